"""Intrinsic functions → symbolic text. The only reader of If, Sub, Join, Select, Split, FindInMap and their kin.

Nothing is guessed: what cannot be known becomes a ``Symbol`` that equals itself only, so that two
unknown values compare as the same exactly when the template computes them in the same way.
Intrinsic functions: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TypeVar

from recursion_lint.model.path_conditions import (
    ALWAYS,
    MAX_ALTERNATIVES,
    Alternatives,
    Requires,
    product,
    sure,
    under,
)
from recursion_lint.model.text import Part, Symbol, Text, dynamic_references, literal, render, text
from recursion_lint.template.choices import Undecided
from recursion_lint.template.limits import MANY_VALUES, MAX_LETTERS, letters
from recursion_lint.template.structure import MAX_DEPTH, Structure, is_no_value
from recursion_lint.template.yaml.nodes import Node

MAX_DELIMITER = 10
"""The delimiters that a person joins with are shorter; longer ones count as letters that ``Fn::Join`` adds."""
_IN_STRUCTURE = ("Fn::If", "Fn::FindInMap", "Ref")
"""What is a text where its branches are, or nothing."""
_NO_TEXT = frozenset(
    f"Fn::{name}" for name in ("And", "Cidr", "Equals", "GetAZs", "If", "Not", "Or", "Split", "Transform")
)
"""Functions whose value is no text that names anything, or of which a note tells elsewhere."""
_IN_STORE = "resolve:ssm:"
_Found = TypeVar("_Found")


class Intrinsics(Structure):
    """Reads the functions of one template; what references to names return, a ``Resolver`` says.

    ``texts`` gives all alternatives, each with what it requires; ``text`` and ``literal`` what holds on the way that is
    being read.
    """

    @abstractmethod
    def _attribute_of(self, name: str, attribute: str) -> Alternatives:
        """What ``Fn::GetAtt: [name, attribute]`` may return."""

    @abstractmethod
    def _imported(self, name: Text) -> Alternatives:
        """What ``Fn::ImportValue: name`` may return."""

    @abstractmethod
    def _stored(self, name: Text) -> Alternatives:
        """What the parameter ``name`` of the Systems Manager may be; ``()`` where no template of the run sets it."""

    # --- text --------------------------------------------------------------------------------------

    def texts(self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0) -> Alternatives:
        """Every text that ``node`` may be, with what each requires; at most ``MAX_ALTERNATIVES``."""
        if node is None or node.null:
            return ()
        counted = self.limits.step()
        if node.kind == "scalar":
            return self._texts(node, requires, depth)
        if not counted:
            return ((self._past(node), requires),)
        found: list[tuple[Text, Requires]] = []
        branching = node.intrinsic is None or node.intrinsic[0] in _IN_STRUCTURE
        for branch, needed in self.branches(node, requires, depth) if branching else ((node, requires),):
            found += self._texts(branch, needed, depth)
        return tuple(self._bounded(found, node))

    def _bounded(self, found: list[_Found], node: Node) -> list[_Found]:
        if len(found) > MAX_ALTERNATIVES:
            self.cut[node.span] = MANY_VALUES
        return found[:MAX_ALTERNATIVES]

    def text(self, node: Node | None) -> Text | None:
        """The text that ``node`` is on the way that is being read; ``None`` where there is none."""
        held = self.one(node)
        if held is None:
            return None
        if held.kind == "scalar" and "{{resolve:" not in held.value:
            return (held.value,) if held.value else ()
        if not self.limits.left:
            return self._past(held)
        try:
            return self._chosen(self._texts(held, ALWAYS, 0))
        except Undecided:
            return self._undecidable(held)

    def literal(self, node: Node | None) -> str | None:
        """The plain string that ``node`` is on the way that is being read; ``None`` for one with a symbol in it."""
        if node is not None and node.kind == "scalar" and "{{resolve:" not in node.value:
            return None if node.null else node.value
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
            return self._resolved((node.value,) if node.value else (), requires, node)
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
        found = self._of_list(node, name, argument, requires, depth)
        return self._held_text(node, name, argument, requires, depth) if found is None else found

    def _of_list(
        self, node: Node, name: str, argument: Node, requires: Requires, depth: int
    ) -> Alternatives | None:
        """The functions that take a list; ``None`` for others."""
        if name == "Fn::Join":
            return self._join(argument, requires, depth)
        if name == "Fn::Select":
            return self._select(node, argument, requires, depth)
        return self._length(node, argument, requires, depth) if name == "Fn::Length" else None

    def _held_text(
        self, node: Node, name: str, argument: Node, requires: Requires, depth: int
    ) -> Alternatives:
        """The functions that hand on what their argument is; a symbol for those that are not known."""
        if name == "Fn::Symbols" and argument.kind == "symbols":
            return ((argument.value, requires),)
        if name == "Fn::Base64":
            return self.texts(argument, requires, depth + 1)
        if name == "Fn::ImportValue":
            names = self.texts(argument, requires, depth + 1)
            return tuple(one for name, needed in names for one in under(self._imported(name), needed))
        if name.startswith("Fn::") and name not in _NO_TEXT:
            self.cut[node.span] = f"{name} is not a function that is known; what it returns was not seen"
        return ((self._opaque(node), requires),)

    def _resolved(self, value: Text, requires: Requires, node: Node) -> Alternatives:
        """``value`` with its ``{{resolve:…}}``: what the run is known to store there, else a symbol for each.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
        """
        if not any("{{resolve:" in part for part in value if isinstance(part, str)):
            return ((value, requires),)
        results: list[tuple[list[Part], Requires]] = [([], requires)]
        grown = 0
        for piece, reference in dynamic_references(value):
            choices = self._dynamic(piece) if reference else sure(piece)
            grown += max(letters(one) for one, _ in choices) if reference else 0
            if grown > MAX_LETTERS:
                return ((self._too_long(node), requires),)
            results = product(results, choices)[:MAX_ALTERNATIVES]
        return tuple((text(parts), needed) for parts, needed in results)

    def _dynamic(self, reference: Text) -> Alternatives:
        first = reference[0]
        if isinstance(first, str) and first.startswith(_IN_STORE):
            *head, last = text((first.removeprefix(_IN_STORE), *reference[1:])) or ("",)
            name = re.sub(r":\d+$", "", last) if isinstance(last, str) else last
            stored = self._stored(text((*head, name)))
            if stored:
                return stored
        scope = "" if literal(reference) is not None else self.template.scope
        return sure((Symbol("dynamic", render(reference), scope),))

    def _length(self, node: Node, argument: Node, requires: Requires, depth: int) -> Alternatives:
        """``Fn::Length`` of a list whose elements are all there, whatever they are."""
        found: list[tuple[Text, Requires]] = []
        for branch, needed in self.branches(argument, requires, depth):
            listed = self.lists(branch, needed, depth)
            if branch.kind == "list" and not any(
                (element.intrinsic or ("",))[0] == "Fn::If" for element in branch.elements()
            ):
                there = sum(1 for element in branch.elements() if not is_no_value(element))
                found.append(((str(there),), needed))
            elif listed is not None:
                found += [((str(len(values)),), more) for values, more in listed]
            else:
                found.append((self._opaque(node), needed))
        return tuple(found)

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
        read: dict[str, Alternatives] = {}
        grown = 0
        for at, piece in enumerate(re.split(r"\$\{([^}]*)\}", pattern.text)):
            if at % 2 == 0:
                choices: Alternatives = (((piece,) if piece else (), ALWAYS),)
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
                return ((self._too_long(argument), requires),)
            results = self._bounded(product(results, choices), argument)
            if not self.limits.branch(len(results), argument.span):
                return ((self._beyond(argument), requires),)
        if "{{resolve:" in pattern.text:
            return tuple(
                one for parts, needed in results for one in self._resolved(text(parts), needed, argument)
            )
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
            if branch.kind != "list":
                found += self._joined_list(branch, delimiter, needed, depth)
                continue
            results: list[tuple[list[Part], Requires]] = [([], needed)]
            own = branch.elements() if len(delimiter) < MAX_DELIMITER else []
            grown = -sum(len(element.text or "") + len(delimiter) for element in own)
            for choices in self._fragments(branch, delimiter, depth):
                grown += max((letters(value) for value, _ in choices), default=0)
                if grown > MAX_LETTERS:
                    return ((self._too_long(argument), requires),)
                results = self._bounded(product(results, choices), argument)
                if not self.limits.branch(len(results), argument.span):
                    return ((self._beyond(argument), requires),)
            for joined, more in results:
                found += self._resolved(text(joined[1:]), more, argument)
        return tuple(found)

    def _joined_list(self, node: Node, delimiter: str, requires: Requires, depth: int) -> Alternatives:
        """``Fn::Join`` of a list that is computed. Joined by commas a list parameter is the text that is given."""
        listed = self.lists(node, requires, depth)
        if listed is None:
            call = node.intrinsic
            whole = (
                delimiter == ","
                and call is not None
                and call[0] == "Ref"
                and self.is_list(call[1].text or "")
            )
            return self._texts(node, requires, depth) if whole else ((self._opaque(node), requires),)
        if any(len(values) * len(delimiter) > MAX_LETTERS for values, _ in listed):
            return ((self._too_long(node), requires),)
        return tuple(
            (text([part for value in values for part in (delimiter, *value)][1:]), needed)
            for values, needed in listed
        )

    def _fragments(self, node: Node, delimiter: str, depth: int) -> Iterator[Alternatives]:
        """What each element of a list adds to ``Fn::Join``: delimiter and text, nothing for ``AWS::NoValue``."""
        for element in node.elements():
            found = self.texts(element, ALWAYS, depth + 1)
            there = tuple(((delimiter, *value), needed) for value, needed in found)
            branches = self.branches(element, ALWAYS, depth, True)
            gone = tuple(((), needed) for branch, needed in branches if is_no_value(branch))
            yield there + gone or (((delimiter,), ALWAYS),)

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
            there = [element for element in node.elements() if not is_no_value(element)]
            return self.texts(there[at], requires, depth + 1) if at < len(there) else None
        listed = self.lists(node, requires, depth)
        if listed is None or any(at >= len(values) for values, _ in listed):
            return None
        return tuple((values[at], needed) for values, needed in listed)
