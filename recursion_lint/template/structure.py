"""Structure through functions: the branches of ``Fn::If``, the rows of ``Fn::FindInMap``, the elements of lists."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from recursion_lint.model.path_conditions import (
    ALWAYS,
    MAX_ALTERNATIVES,
    Alternatives,
    Requirement,
    Requires,
    agree,
)
from recursion_lint.model.spans import Span
from recursion_lint.model.text import UNDECIDED, Symbol, Text, literal, split_text
from recursion_lint.template.choices import Choices, Undecided
from recursion_lint.template.limits import MANY_VALUES
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, URL_SUFFIX
from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import Node, sequence, symbols, written

MAX_DEPTH = 40
_BRANCHING = ("Fn::If", "Fn::FindInMap", "Fn::ToJsonString", "Ref")
"""What may stand for other nodes, or (a Ref of AWS::NoValue) for none."""
_BESIDE_LETTERS = {PARTITION: "-", REGION: "-", ACCOUNT: "", URL_SUFFIX: "."}
"""What the value of a pseudo parameter may hold besides letters and digits."""
_LISTS = ("CommaDelimitedList", "List<")


class Structure(Choices, ABC):
    """Reads the structure of one template. What texts are, ``Intrinsics`` says.

    ``branches`` and ``items`` give all alternatives, each with what it requires; ``one``, ``one_below``, ``elements``
    and ``boolean`` give what holds on the way that is being read (see ``choices``). ``implied`` are conditions that
    stand in no template: that a key of a mapping is a certain one.
    """

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self.implied: dict[str, tuple[Text, tuple[str, ...]]] = {}
        self._groups: dict[tuple[Span, str | None, tuple[str, ...]], dict[str, list[str]]] = {}

    @abstractmethod
    def texts(self, node: Node | None, requires: Requires = ALWAYS, depth: int = 0) -> Alternatives:
        """Every text that ``node`` may be."""

    @abstractmethod
    def constant(self, node: Node | None, depth: int = 0) -> str | None:
        """The plain string of ``node`` where there is no other."""

    @abstractmethod
    def literal(self, node: Node | None) -> str | None:
        """The plain string that ``node`` is on the way that is being read."""

    @abstractmethod
    def allowed(self, name: str) -> tuple[str, ...]:
        """The values that a parameter may have; ``()`` for any."""

    @abstractmethod
    def _referenced(self, name: str) -> Alternatives:
        """What ``Ref: name`` may return."""

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
            yield from self._either(call[1].elements(), requires, depth, absent)
        elif is_no_value(node):
            if absent:
                yield node, requires
        elif call[0] == "Fn::FindInMap":
            yield from self._in_map(node, call[1], requires, depth, absent)
        elif call[0] == "Fn::ToJsonString":
            # What is read of the string is what it holds.
            yield from self.branches(call[1], requires, depth + 1, absent)
        else:
            yield node, requires

    def _either(
        self, parts: Sequence[Node], requires: Requires, depth: int, absent: bool
    ) -> Iterator[tuple[Node, Requires]]:
        condition = parts[0].text if len(parts) == 3 else None
        if condition is None:
            return
        for part, holds in ((parts[1], True), (parts[2], False)):
            needed = Requirement(self.template.scope, condition, holds)
            if needed._replace(holds=not holds) not in requires and self._possible(needed):
                yield from self.branches(part, requires | {needed}, depth + 1, absent)

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
                yield from self._listed(branch, needed, depth) or ((branch, needed),)

    def one(self, node: Node | None, *path: str) -> Node | None:
        """The branch of ``node`` that holds on the way that is being read, then that of each key below it."""
        self.limits.step()
        here = self._held(node)
        for key in path:
            here = self._held(here.get(key)) if here is not None else None
        return here

    def one_below(self, node: Node | None, *path: str) -> Node | None:
        """What stands at ``path`` below ``node``, with its own branches; those around it are the ones that hold."""
        holder = self.one(node, *path[:-1])
        return holder.get(path[-1]) if holder is not None else None

    def _held(self, node: Node | None) -> Node | None:
        if node is None or node.null:
            return None
        call = node.intrinsic
        if call is None or call[0] not in _BRANCHING:
            return node
        if call[0] == "Ref":
            return None if is_no_value(node) else node
        branches = list(self.branches(node, absent=True))
        if len({branch.text for branch, _ in branches} - {None}) == 1 and all(
            branch.kind == "scalar" for branch, _ in branches
        ):
            branches = branches[:1]
        try:
            found = self._chosen(branches)
        except Undecided:
            return symbols(self._undecidable(node), node.span)
        return None if found is None or found.null or is_no_value(found) else found

    def elements(self, node: Node | None) -> list[Node]:
        """The elements of a list (or a single value) that hold on the way that is being read."""
        whole = self.one(node)
        if whole is not None and whole.kind == "map":
            whole = self._as_list(whole)
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

    # --- lists that are computed ----------------------------------------------------------------------

    def lists(self, node: Node, requires: Requires, depth: int) -> list[tuple[list[Text], Requires]] | None:
        """The elements of ``Fn::Split`` or of a list parameter; ``None`` where they are not known.

        A symbol might hold the delimiter, so only what surely does not is split: ARNs of resources, plain text.
        """
        call = node.intrinsic
        if call is None:
            return None
        delimiter, found = ",", Alternatives()
        parts = call[1].elements()
        if call[0] == "Fn::Split" and len(parts) == 2:
            delimiter, found = parts[0].text or "", self.texts(parts[1], requires, depth + 1)
        elif call[0] == "Ref" and self.is_list(call[1].text or ""):
            found = self._referenced(call[1].text or "")
        if not delimiter or not found:
            return None
        if any(not _splits(value, delimiter) for value, _ in found):
            return None
        strip = call[0] == "Ref"
        return [
            (
                [_stripped(piece) if strip else piece for piece in split_text(value, delimiter)],
                requires | needed,
            )
            for value, needed in found
            if agree(requires, needed)
        ]

    def is_list(self, name: str) -> bool:
        """Is a parameter a list of strings?

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
        """
        kind = self.template.section("Parameters").get(name, "Type")
        plain = (kind.text or "") if kind is not None else ""
        return plain.removeprefix("AWS::SSM::Parameter::Value<").startswith(_LISTS)

    def _listed(self, node: Node, requires: Requires, depth: int) -> list[tuple[Node, Requires]]:
        found = self.lists(node, requires, depth) or []
        return [(symbols(value, node.span), needed) for values, needed in found for value in values]

    def _as_list(self, node: Node) -> Node:
        """``node`` as the list that it is on the way that is being read, if it is known to be one."""
        found = self.lists(node, ALWAYS, 0)
        try:
            held = self._chosen(found) if found else None
        except Undecided:
            held = None
        return node if held is None else sequence([symbols(value, node.span) for value in held], node.span)

    # --- mappings -------------------------------------------------------------------------------------

    def _in_map(
        self, node: Node, argument: Node, requires: Requires, depth: int, absent: bool
    ) -> Iterator[tuple[Node, Requires]]:
        """The values of ``Fn::FindInMap``: each that its keys may name; ``node`` itself where that is not known.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-findinmap-enhancements.html
        """
        parts = argument.elements()
        mappings = self.template.section("Mappings")
        name = self.constant(parts[0], depth + 1) if len(parts) >= 3 else None
        default = parts[3].get("DefaultValue") if len(parts) > 3 else None
        # With the language extensions the name of the mapping may depend on a parameter too.
        table, keys = (mappings, parts[:3]) if name is None else (mappings.get(name), parts[1:3])
        if len(parts) < 3 or table is None:
            yield node, requires
            return
        rows = self._rows(table, keys, requires, depth, default is not None)
        values = {"" if row is None or row is _UNREAD else written(row, 60) for row, _ in rows}
        if len(values) == 1 and "" not in values:
            rows = [(rows[0][0], requires)]
        if len(rows) > MAX_ALTERNATIVES:
            self.cut[node.span] = MANY_VALUES
            rows = [(_UNREAD, requires)]
        for row, needed in rows:
            if row is None and default is not None:
                yield from self.branches(default, needed, depth + 1, absent)
            else:
                yield node if row is None or row is _UNREAD else row, needed

    def _rows(
        self, table: Node, keys: Sequence[Node], requires: Requires, depth: int, otherwise: bool
    ) -> list[tuple[Node | None, Requires]]:
        """What stands in ``table`` under ``keys``: ``None`` where nothing does, ``_UNREAD`` where a key is unknown."""
        if not keys:
            return [(table, requires)]
        found: list[tuple[Node | None, Requires]] = []
        for key, needed in self.texts(keys[0], requires, depth + 1):
            plain = literal(key)
            if plain is not None:
                row = table.get(plain)
                found += (
                    [(None, needed)] if row is None else self._rows(row, keys[1:], needed, depth, otherwise)
                )
            elif len(key) == 1 and isinstance(key[0], Symbol):
                found += self._by_key(table, key[0], keys[1:], needed, depth, otherwise)
            else:
                found.append((_UNREAD, needed))
        return found or [(_UNREAD, requires)]

    def _by_key(
        self, table: Node, key: Symbol, keys: Sequence[Node], requires: Requires, depth: int, otherwise: bool
    ) -> list[tuple[Node | None, Requires]]:
        """The rows that a key which is not known may name, those of one content together: each where it names them."""
        allowed = self.allowed(key.name) if key.kind == "parameter" else ()
        groups = self._alike(table, keys[0].text if keys else None, allowed)
        missing = otherwise and (not allowed or any(table.get(name) is None for name in allowed))
        if len(groups) > MAX_ALTERNATIVES:
            return [(_UNREAD, requires)]
        found: list[tuple[Node | None, Requires]] = []
        rest = requires
        last = len(groups) - 1
        for at, group in enumerate(groups.values()):
            condition = self._implied(key, tuple(group))
            # Without a default the key names one of the rows, or nothing is deployed.
            there = rest if at == last and not missing else rest | {condition}
            row = table.get(group[0])
            if row is not None and agree(frozenset({condition}), rest) and self._possible(condition):
                found += self._rows(row, keys, there, depth, otherwise)
            rest = rest | {condition._replace(holds=False)}
        return [*found, (None, rest)] if missing else found

    def _alike(self, table: Node, key: str | None, allowed: tuple[str, ...]) -> dict[str, list[str]]:
        """The names of rows, those that are ``allowed`` or all, by what they hold under ``key``, or altogether."""
        asked = table.span, key, allowed
        known = self._groups.get(asked)
        if known is None:
            known = self._groups[asked] = {}
            for name, _ in table.items():
                if allowed and name not in allowed:
                    continue
                row = table.get(name)
                inner = row.get(key) if row is not None and key else row
                known.setdefault("" if inner is None else written(inner, 60), []).append(name)
        return known

    def _implied(self, key: Symbol, values: tuple[str, ...]) -> Requirement:
        """The condition that ``key`` is one of ``values``."""
        name = f"{key.name} is {' or '.join(values)}"
        while self.template.section("Conditions").get(name) is not None:
            name += " "
        self.implied[name] = ((key,), values)
        return Requirement(self.template.scope, name, True)

    def _undecidable(self, node: Node) -> Text:
        """A symbol for what is one of more alternatives than are followed."""
        return (Symbol(UNDECIDED, written(node), self.template.scope),)

    def _past(self, node: Node) -> Text:
        """A symbol for a value that comes when enough was worked out, with a note."""
        self.limits.exhausted(node.span)
        return self._beyond(node)

    def _too_long(self, node: Node) -> Text:
        """A symbol for a value that is longer than what is read, with a note."""
        self.limits.too_long(node.span)
        return self._beyond(node)

    def _beyond(self, node: Node) -> Text:
        """A symbol for a value that is beyond a limit, named by its place."""
        name = f"value at {node.span.line}:{node.span.column}"
        return (Symbol("unknown", name, self.template.scope),)

    def _opaque(self, node: Node) -> Text:
        """A symbol named by the expression itself: the same expression is the same value."""
        return (Symbol("unknown", written(node), self.template.scope),)


_UNREAD = Node("scalar", "", None)
"""Stands for what a mapping holds under a key that is not known."""


def is_absent(node: Node) -> bool:
    """Is it nothing: ``AWS::NoValue`` or ``null``?"""
    return node.null or is_no_value(node)


def is_no_value(node: Node) -> bool:
    """Is it ``Ref: AWS::NoValue``?"""
    call = node.intrinsic
    return call is not None and call[0] == "Ref" and call[1].text == "AWS::NoValue"


def _stripped(value: Text) -> Text:
    """An element of a list parameter, without the white space around it."""
    parts = list(value)
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip()
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
    return tuple(part for part in parts if part)


def _splits(value: Text, delimiter: str) -> bool:
    return not any(isinstance(part, Symbol) and not _within_a_field(part, delimiter) for part in value)


def _within_a_field(symbol: Symbol, delimiter: str) -> bool:
    """Does the value of a symbol surely hold nothing of a delimiter?"""
    if symbol.kind == "random":
        beside: str | None = ""
    elif symbol.name == "AWS::StackName" and symbol.kind == "pseudo":
        beside = "-"
    else:
        beside = _BESIDE_LETTERS.get(symbol)
    return beside is not None and not any(letter.isalnum() or letter in beside for letter in delimiter)
