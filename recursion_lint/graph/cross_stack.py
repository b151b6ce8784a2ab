"""What stacks export and others import by name, brought together: the names of a run, with what is not known of them.

A name is often begun by the exporting stack's own name, for which the importing stack has a parameter:
``${AWS::StackName}-QueueArn`` is imported as ``${QueueStack}-QueueArn``, or as ``jobs-production-QueueArn``.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.facts import Facts
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.text import Symbol, Text, literal

_STACK = "AWS::StackName"
_TELLING = 4
"""An end of a name must have so many letters in a row to tell exports apart."""


class Imported(NamedTuple):
    """What imports mean, by name. ``guessed`` are those told by the end of their name alone."""

    values: Mapping[Text, Alternatives]
    guessed: frozenset[Text]


class Exports:
    """What the templates of a run export, to be found by the names that others import."""

    def __init__(self, facts: Mapping[str, tuple[Facts, ...]]) -> None:
        self.values = _values(facts)
        self._by_end: dict[Text, list[Text]] = {}
        for name in self.values:
            if is_stack(name[0]) and _telling(name[1:]):
                self._by_end.setdefault(name[1:], []).append(name)

    def imported(self, group: Sequence[Facts]) -> Imported:
        """What the imports of the stacks of one template mean: by the very name, else by its end.

        An end tells where one export of the run has it, and one import of the template: two stacks made of one
        template export two things. A template that has such an export itself imports it from a stack of its kind.
        """
        found: dict[Text, Alternatives] = {}
        by_end: dict[Text, Text] = {}
        own = {everywhere(name) for one in group for name in one.exports}
        for asked in dict.fromkeys(name for one in group for name in sorted(one.imports, key=repr)):
            name = everywhere(asked)
            if name in self.values:
                found[asked] = self.values[name]
            else:
                ends = [export for end in ends_of(name) for export in self._by_end.get(end, ())]
                if len(ends) == 1 and ends[0] not in own:
                    by_end[asked] = ends[0]
        meant = Counter(by_end.values())
        guessed = {asked: self.values[export] for asked, export in by_end.items() if meant[export] == 1}
        return Imported({**found, **guessed}, frozenset(guessed))


def _values(facts: Mapping[str, tuple[Facts, ...]]) -> dict[Text, Alternatives]:
    """The exports by name. A name exported twice, by stacks of different accounts, is unknown.

    A template that is nested in another of the run exports there only.
    """
    found: dict[Text, Alternatives] = {}
    twice: set[Text] = set()
    nested = {one.file for root, group in facts.items() for one in group if one.file != root}
    for root, group in facts.items():
        for one in group if root not in nested else ():
            for given, value in one.exports.items():
                name = everywhere(given)
                if found.setdefault(name, value) != value:
                    twice.add(name)
    return {name: value for name, value in found.items() if name not in twice}


def everywhere(name: Text) -> Text:
    """A name whose parameters are those of any template: ``${Stage}`` here is ``${Stage}`` there."""
    return tuple(
        Symbol(part.kind, part.name) if isinstance(part, Symbol) and part.kind == "parameter" else part
        for part in name
    )


def is_stack(part: object) -> bool:
    """May this be the name of a stack that exports?"""
    return isinstance(part, Symbol) and (part.kind == "parameter" or part.name == _STACK)


def _telling(end: Text) -> bool:
    return any(isinstance(part, str) and len(part) >= _TELLING for part in end)


def ends_of(name: Text) -> Iterable[Text]:
    """What may follow the name of a stack in an imported name: all after a symbol, or after a part of a plain text."""
    first = name[0] if name else ""
    if isinstance(first, Symbol):
        return [name[1:]] if first.kind in ("parameter", "dynamic", "import") else []
    plain = literal(name) or ""
    return [(plain[at:],) for at in range(1, len(plain)) if not plain[at].isalnum()]
