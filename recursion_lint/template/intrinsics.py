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

from recursion_lint.model.findings import Span
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
from recursion_lint.template.limits import MAX_LETTERS, Limits, letters
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, URL_SUFFIX
from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import Node, written

MAX_DEPTH = 40
MAX_DELIMITER = 10
"""The delimiters that a person joins with are shorter; longer ones count as letters that ``Fn::Join`` adds."""
_BRANCHING = ("Fn::If", "Fn::FindInMap", "Ref")
"""What may stand for other nodes, or (a Ref of AWS::NoValue) for none."""
_Found = TypeVar("_Found")
_BESIDE_LETTERS = {PARTITION: "-", REGION: "-", ACCOUNT: "", URL_SUFFIX: "."}
"""What the value of a pseudo parameter may hold besides letters and digits."""


class Intrinsics(ABC):
    """Reads the functions of one template; what references to names return, a ``Resolver`` says.

    ``cut`` collects where there are more alternatives than are followed.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.cut: dict[Span, None] = {}
        self.limits = Limits()

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
                    more = requires | {Requirement(self.template.scope, condition, holds)}
                    yield from self.branches(part, more, depth + 1, absent)
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
        """The first branch of ``node``, then the first branch of each key below it: for values that seldom vary."""
        here = self._first(node)
        for key in path:
            here = self._first(here.get(key)) if here is not None else None
        return here

    def _first(self, node: Node | None) -> Node | None:
        if node is not None and node.intrinsic is None:
            return None if node.null else node
        return next((branch for branch, _ in self.branches(node)), None)

    def boolean(self, node: Node | None) -> bool | None:
        """``True`` or ``False`` where the template says so in every branch, else ``None``."""
        found = {
            branch.boolean if branch.kind == "scalar" else self._literal_boolean(branch)
            for branch, _ in self.branches(node)
        }
        return found.pop() if len(found) == 1 else None

    def _literal_boolean(self, node: Node) -> bool | None:
        value = self.literal(node)
        return {"true": True, "false": False}.get(value.lower()) if value is not None else None

    # --- text --------------------------------------------------------------------------------------

    def texts(self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0) -> Alternatives:
        """Every text that ``node`` may be, with what each requires; at most ``MAX_ALTERNATIVES``."""
        if node is None or node.null:
            return ()
        if not self.limits.step():
            self.limits.exhausted(node.span)
            return ((self._beyond(node), requires),)
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
        """The first text that ``node`` may be; ``None`` where there is none."""
        found = self.texts(node)
        return found[0][0] if found else None

    def literal(self, node: Node | None, depth: int = 0) -> str | None:
        """The plain string of ``node`` where it has exactly one and no symbol in it."""
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
            named = argument.text or self.literal(argument, depth + 1)
            return under(self._referenced(named) if named else sure(self._opaque(node)), requires)
        if name == "Fn::GetAtt":
            return under(self._get_att(argument, depth), requires)
        if name == "Fn::Sub":
            return self._sub(argument, requires, depth)
        if name == "Fn::Join":
            return self._join(argument, requires, depth)
        if name == "Fn::Select":
            return self._select(node, argument, requires, depth)
        if name == "Fn::Symbols":
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
            parts = [self.literal(part, depth + 1) for part in argument.elements()]
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
        read: dict[str, Alternatives] = {}
        grown = 0
        for at, piece in enumerate(re.split(r"\$\{([^}]*)\}", pattern.text)):
            if at % 2 == 0:
                choices: Alternatives = ((with_dynamic_references(piece), ALWAYS),)
            else:
                name = piece.strip()
                # A name that stands there twice is worked out once: else each level of nesting would double the work.
                choices = (
                    read[name]
                    if name in read
                    else read.setdefault(name, self._variable(name, variables, depth))
                )
                grown += max((letters(value) for value, _ in choices), default=0)
            if grown > MAX_LETTERS:
                self.limits.too_long(argument.span)
                return ((self._beyond(argument), requires),)
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
            own = branch.elements() if len(delimiter) < MAX_DELIMITER else []
            grown = -sum(len(element.text or "") + len(delimiter) for element in own)
            for choices in self._fragments(branch, delimiter, depth):
                grown += max((letters(value) for value, _ in choices), default=0)
                if grown > MAX_LETTERS:
                    self.limits.too_long(argument.span)
                    return ((self._beyond(argument), requires),)
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
        index = self.literal(parts[0], depth + 1) if len(parts) == 2 else None
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
        names = [self.literal(part, depth + 1) for part in parts]
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

    def _beyond(self, node: Node) -> Text:
        """A symbol for a value that is beyond a limit, named by its place."""
        span = node.span
        return (Symbol("unknown", f"value at {span.line}:{span.column}", self.template.scope),)

    def _opaque(self, node: Node) -> Text:
        """A symbol named by the expression itself: the same expression is the same value."""
        return (Symbol("unknown", written(node), self.template.scope),)


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
