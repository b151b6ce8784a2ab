"""Intrinsic functions → symbolic text. The only reader of If, Sub, Join, Select, Split, FindInMap and their kin.

Nothing is guessed: what cannot be known becomes a ``Symbol`` that equals itself only, so that two
unknown values compare as the same exactly when the template computes them in the same way.
Intrinsic functions: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TypeVar

from recursion_lint.model.path_conditions import (
    ALWAYS,
    MAX_ALTERNATIVES,
    Alternatives,
    Requirement,
    Requires,
    product,
    sure,
    under,
)
from recursion_lint.model.text import Part, Symbol, Text, literal, split_text, text, with_dynamic_references
from recursion_lint.template.choices import Choices, Undecided
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, URL_SUFFIX
from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import Node, symbols, written

MAX_DEPTH = 40
_BRANCHING = ("Fn::If", "Fn::FindInMap", "Ref")
"""What may stand for other nodes, or (a Ref of AWS::NoValue) for none."""
_Found = TypeVar("_Found")
_BESIDE_LETTERS = {PARTITION: "-", REGION: "-", ACCOUNT: "", URL_SUFFIX: "."}
"""What the value of a pseudo parameter may hold besides letters and digits."""


class Intrinsics(Choices, ABC):
    """Reads the functions of one template; what references to names return, a ``Resolver`` says.

    ``branches``, ``items`` and ``texts`` give all alternatives, each with what it requires. ``one``, ``elements``,
    ``text``, ``literal`` and ``boolean`` give what holds on the way that is being read (see ``choices``).
    """

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template

    @abstractmethod
    def _referenced(self, name: str) -> Alternatives:
        """What ``Ref: name`` may return."""

    @abstractmethod
    def _attribute_of(self, name: str, attribute: str) -> Alternatives:
        """What ``Fn::GetAtt: [name, attribute]`` may return."""

    @abstractmethod
    def _imported(self, name: Text) -> Text:
        """What ``Fn::ImportValue: name`` returns."""

    # --- structure: conditions, lists -------------------------------------------------------------

    def branches(
        self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0, absent: bool = False
    ) -> Iterator[tuple[Node, Requires]]:
        """``node`` with every ``Fn::If`` opened: its branches and what each requires.

        ``AWS::NoValue`` is nothing, unless what is ``absent`` is asked for too.
        """
        if node is None or node.null:
            if node is not None and absent:
                yield node, requires
            return
        call = node.intrinsic
        if call is None or depth > MAX_DEPTH:
            yield node, requires
        elif call[0] == "Fn::If":
            parts = call[1].elements()
            condition = parts[0].text if len(parts) == 3 else None
            if condition is None:
                return
            for part, holds in ((parts[1], True), (parts[2], False)):
                if Requirement(self.template.scope, condition, not holds) not in requires:
                    needed = Requirement(self.template.scope, condition, holds)
                    if self._possible(needed):
                        yield from self.branches(part, requires | {needed}, depth + 1, absent)
        elif _is_no_value(node):
            if absent:
                yield node, requires
        elif call[0] == "Fn::FindInMap":
            yield self._in_map(call[1], depth) or node, requires
        else:
            yield node, requires

    def items(
        self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0
    ) -> Iterator[tuple[Node, Requires]]:
        """The elements of a list (or a single value), through ``Fn::If`` around the list and inside it."""
        if node is None or node.null:
            return
        # Lists and scalars have no branches, and most values are one of them.
        whole = node.kind != "map"
        for branch, needed in ((node, requires),) if whole else self.branches(node, requires):
            if branch.kind == "list" and depth < MAX_DEPTH:
                for element in branch.elements():
                    if element.kind != "list" and element.intrinsic is None:
                        if not element.null:
                            yield element, needed
                    else:
                        yield from self.items(element, needed, depth + 1)
            else:
                yield branch, needed

    def one(self, node: Node | None, *path: str) -> Node | None:
        """The branch of ``node`` that holds on the way that is being read, then that of each key below it."""
        here = self._held(node)
        for key in path:
            here = self._held(here.get(key)) if here is not None else None
        return here

    def below(self, node: Node | None, *path: str) -> Node | None:
        """What stands at ``path`` below ``node``, with its own branches; those around it are the ones that hold."""
        holder = self.one(node, *path[:-1])
        return holder.get(path[-1]) if holder is not None else None

    def _held(self, node: Node | None) -> Node | None:
        if node is None or node.null:
            return None
        call = node.intrinsic
        if call is None or call[0] not in _BRANCHING:
            return node
        branches = list(self.branches(node, absent=True))
        if len({branch.text for branch, _ in branches} - {None}) == 1 and all(
            branch.kind == "scalar" for branch, _ in branches
        ):
            branches = branches[:1]
        try:
            found = self._chosen(branches)
        except Undecided:
            return symbols(self._opaque(node), node.span)
        return None if found is None or found.null or _is_no_value(found) else found

    def elements(self, node: Node | None) -> list[Node]:
        """The elements of a list (or a single value) that hold on the way that is being read."""
        whole = self.one(node)
        if whole is None or whole.kind != "list":
            return [] if whole is None else [whole]
        found: list[Node] = []
        for element in whole.elements():
            if element.kind == "list" or element.intrinsic is not None:
                found += self.elements(element)
            elif not element.null:
                found.append(element)
        return found

    def boolean(self, node: Node | None) -> bool | None:
        """``True`` or ``False`` where the template says so, else ``None``."""
        found = self.one(node)
        if found is None:
            return None
        return found.boolean if found.kind == "scalar" else self._literal_boolean(found)

    def _literal_boolean(self, node: Node) -> bool | None:
        value = self.literal(node)
        return {"true": True, "false": False}.get(value.lower()) if value is not None else None

    # --- text --------------------------------------------------------------------------------------

    def texts(self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0) -> Alternatives:
        """Every text that ``node`` may be, with what each requires; at most ``MAX_ALTERNATIVES``."""
        if node is None or node.null:
            return ()
        if node.kind == "scalar":
            return self._texts(node, requires, depth)
        found: list[tuple[Text, Requires]] = []
        branching = node.intrinsic is None or node.intrinsic[0] in _BRANCHING
        for branch, needed in self.branches(node, requires, depth) if branching else ((node, requires),):
            found += self._texts(branch, needed, depth)
        return tuple(self._bounded(found, node))

    def _bounded(self, found: list[_Found], node: Node) -> list[_Found]:
        if len(found) > MAX_ALTERNATIVES:
            self.cut[node.span] = None
        return found[:MAX_ALTERNATIVES]

    def text(self, node: Node | None) -> Text | None:
        """The text that ``node`` is on the way that is being read; ``None`` where there is none."""
        held = self.one(node)
        if held is None:
            return None
        try:
            return self._chosen(self._texts(held, ALWAYS, 0))
        except Undecided:
            return self._opaque(held)

    def literal(self, node: Node | None) -> str | None:
        """The plain string that ``node`` is on the way that is being read; ``None`` for one with a symbol in it."""
        if node is not None and node.kind == "scalar":
            return self.constant(node)
        value = self.text(node)
        return literal(value) if value is not None else None

    def constant(self, node: Node | None, depth: int = 0) -> str | None:
        """The plain string of ``node`` where it is the same in every branch and has no symbol in it."""
        found = {value for value, _ in self.texts(node, ALWAYS, depth)}
        return literal(found.pop()) if len(found) == 1 else None

    def _texts(self, node: Node, requires: Requires, depth: int) -> Alternatives:
        if depth > MAX_DEPTH:
            return ((self._opaque(node), requires),)
        if node.kind == "scalar":
            return ((with_dynamic_references(node.value), requires),)
        call = node.intrinsic
        if call is None:
            return ()
        name, argument = call
        if name == "Ref":
            # Under AWS::LanguageExtensions the name may be put together by an intrinsic function.
            named = argument.text or self.constant(argument, depth + 1)
            return under(self._referenced(named) if named else sure(self._opaque(node)), requires)
        if name == "Fn::GetAtt":
            return under(self._get_att(argument, depth), requires)
        if name == "Fn::Sub":
            return self._sub(argument, requires, depth)
        if name == "Fn::Join":
            return self._join(argument, requires, depth)
        if name == "Fn::Select":
            return self._select(node, argument, requires, depth)
        if name == "Fn::Symbols" and argument.kind == "symbols":
            return ((argument.value, requires),)
        if name == "Fn::Base64":
            return self.texts(argument, requires, depth + 1)
        if name == "Fn::ImportValue":
            return tuple(
                (self._imported(value), needed) for value, needed in self.texts(argument, requires, depth + 1)
            )
        return ((self._opaque(node), requires),)

    def _get_att(self, argument: Node, depth: int) -> Alternatives:
        if argument.kind == "scalar":
            name, _, attribute = argument.value.partition(".")
        else:
            parts = [self.constant(part, depth + 1) for part in argument.elements()]
            if len(parts) != 2 or parts[0] is None or parts[1] is None:
                return sure(self._opaque(argument))
            name, attribute = parts[0], parts[1]
        return self._attribute_of(name, attribute)

    def _sub(self, argument: Node, requires: Requires, depth: int) -> Alternatives:
        pattern, *given = argument.elements() or [argument]
        variables = {key: node for values in given for key, node in values.items()}
        if pattern.text is None:
            return ((self._opaque(argument), requires),)
        results: list[tuple[list[Part], Requires]] = [([], requires)]
        for at, piece in enumerate(re.split(r"\$\{([^}]*)\}", pattern.text)):
            if at % 2 == 0:
                choices: Alternatives = ((with_dynamic_references(piece), ALWAYS),)
            else:
                choices = self._variable(piece.strip(), variables, depth)
            results = self._bounded(product(results, choices), argument)
        return tuple((text(parts), needed) for parts, needed in results)

    def _variable(self, name: str, variables: Mapping[str, Node], depth: int) -> Alternatives:
        if name.startswith("!"):
            return (((("${" + name[1:] + "}"),), ALWAYS),)
        if name in variables:
            return self.texts(variables[name], ALWAYS, depth + 1) or (((), ALWAYS),)
        if "." in name and not name.startswith("AWS::"):
            base, _, attribute = name.partition(".")
            return self._attribute_of(base, attribute)
        return self._referenced(name)

    def _join(self, argument: Node, requires: Requires, depth: int) -> Alternatives:
        parts = argument.elements()
        delimiter = parts[0].text if len(parts) == 2 else None
        if delimiter is None:
            return ((self._opaque(argument), requires),)
        found: list[tuple[Text, Requires]] = []
        for branch, needed in self.branches(parts[1], requires, depth):
            results: list[tuple[list[Part], Requires]] = [([], needed)]
            for choices in self._fragments(branch, delimiter, depth):
                results = self._bounded(product(results, choices), argument)
            found += [(text(joined[1:]), more) for joined, more in results]
        return tuple(found)

    def _fragments(self, node: Node, delimiter: str, depth: int) -> Iterator[Alternatives]:
        """What each element of a list adds to ``Fn::Join``: delimiter and text, nothing where it is ``AWS::NoValue``.

        A list that is unknown is one opaque element.
        """
        if node.kind != "list":
            for piece in self._pieces(node, depth) or [self._opaque(node)]:
                yield (((delimiter, *piece), ALWAYS),)
        for element in node.elements():
            found = self.texts(element, ALWAYS, depth + 1)
            there = tuple(((delimiter, *value), needed) for value, needed in found)
            branches = self.branches(element, ALWAYS, depth, True)
            gone = tuple(((), needed) for branch, needed in branches if _is_no_value(branch))
            yield there + gone or (((delimiter,), ALWAYS),)

    def _pieces(self, node: Node, depth: int) -> list[Text] | None:
        """The pieces of ``Fn::Split`` where the text around its symbols decides them, else ``None``.

        A symbol might hold the delimiter, so only what surely does not is split: ARNs of resources, plain text.
        """
        call = node.intrinsic
        parts = call[1].elements() if call is not None and call[0] == "Fn::Split" else []
        delimiter = parts[0].text if len(parts) == 2 else None
        if not delimiter:
            return None
        found = self.texts(parts[1], ALWAYS, depth + 1)
        if len(found) != 1:
            return None
        value = found[0][0]
        if any(isinstance(part, Symbol) and not _within_a_field(part, delimiter) for part in value):
            return None
        return split_text(value, delimiter)

    def _select(self, node: Node, argument: Node, requires: Requires, depth: int) -> Alternatives:
        parts = argument.elements()
        index = self.constant(parts[0], depth + 1) if len(parts) == 2 else None
        if index is None or not index.isdecimal():
            return ((self._opaque(node), requires),)
        found: list[tuple[Text, Requires]] = []
        for branch, needed in self.branches(parts[1], requires, depth):
            picked = self._picked(branch, int(index), needed, depth)
            found += ((self._opaque(node), needed),) if picked is None else picked
        return tuple(found)

    def _picked(self, node: Node, at: int, requires: Requires, depth: int) -> Alternatives | None:
        """One element of a list value; ``None`` where the list is unknown or shorter."""
        if node.kind == "list":
            there = [element for element in node.elements() if not _is_no_value(element)]
            return self.texts(there[at], requires, depth + 1) if at < len(there) else None
        pieces = self._pieces(node, depth)
        return ((pieces[at], requires),) if pieces and at < len(pieces) else None

    def _in_map(self, argument: Node, depth: int) -> Node | None:
        """The value of ``Fn::FindInMap`` when its keys are known, or when all rows agree on it."""
        parts = argument.elements()
        if len(parts) < 3:
            return None
        names = [self.constant(part, depth + 1) for part in parts]
        if names[0] is None or names[2] is None:
            return None
        table = self.template.section("Mappings").get(names[0])
        if table is None:
            return None
        if names[1] is not None:
            return table.get(names[1], names[2])
        values = [row.get(names[2]) for _, row in table.items()]
        texts = {value.text if value is not None else None for value in values}
        return values[0] if len(texts) == 1 and None not in texts else None

    def _opaque(self, node: Node) -> Text:
        """A symbol named by the expression itself: the same expression is the same value."""
        return (Symbol("unknown", written(node), self.template.scope),)


def is_absent(node: Node) -> bool:
    """Is it nothing: ``AWS::NoValue`` or ``null``?"""
    return node.null or _is_no_value(node)


def _is_no_value(node: Node) -> bool:
    call = node.intrinsic
    return call is not None and call[0] == "Ref" and call[1].text == "AWS::NoValue"


def _within_a_field(symbol: Symbol, delimiter: str) -> bool:
    """Does the value of a symbol surely hold nothing of a delimiter?"""
    if symbol.kind == "random":
        beside: str | None = ""
    elif symbol.name == "AWS::StackName" and symbol.kind == "pseudo":
        beside = "-"
    else:
        beside = _BESIDE_LETTERS.get(symbol)
    return beside is not None and not any(letter.isalnum() or letter in beside for letter in delimiter)
