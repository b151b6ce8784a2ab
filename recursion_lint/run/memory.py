"""What runs of one process remember for the next: an editor's are many, and between two of them one text changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.model.facts import Facts
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.text import Text
from recursion_lint.run.discovery import Candidate, shortest
from recursion_lint.template.yaml.files import Beside, Ground, SourceError, read_text

if TYPE_CHECKING:
    from recursion_lint.assessment.assess import Assessment
    from recursion_lint.assessment.evidence.code_reader import CodeReader

MAX_TEXTS = 64_000_000
"""Letters of files that are kept; of more none are, and what is asked for is read again."""
MOST_READINGS = 4
"""Of one template: with and without what others export, before and after the last change."""

_Stamp = tuple[int, int, int]


class _Reading(NamedTuple):
    """The facts of a text, with all that they hang on: parameters, imports, files beside it."""

    content: str
    parameters: Mapping[str, str]
    imports: Mapping[Text, Alternatives]
    answers: Mapping[tuple[str, str], tuple[str, str] | str]
    namesakes: Mapping[str, tuple[str, ...]]
    facts: tuple[Facts, ...]


class Memory:
    """Facts by the text that they are of, texts by the stamp of their file, the files of a run, the code it has read.

    Whatever is remembered is compared with what is there now: a text with its stamp, facts with every file that was
    asked for. Only which files there are, and how code finds its modules, counts until ``forget``.
    """

    def __init__(self) -> None:
        self.code: CodeReader | None = None
        self._judged: tuple[list[Facts], tuple[Assessment, ...]] | None = None
        self._opened: Mapping[str, str] = {}
        self._texts: dict[str, tuple[_Stamp, str]] = {}
        self._kept = 0
        self._facts: dict[str, list[_Reading]] = {}
        self._used: set[str] = set()
        self._chosen: dict[tuple[str, ...], list[Candidate]] = {}
        self._of_code: dict[str, str] = {}

    def forget(self) -> None:
        """Look for files and modules anew: something else than an open document may have changed."""
        self._chosen.clear()
        self._forget_code()

    def begin(self, opened: Mapping[str, str]) -> None:
        """A run begins; ``opened`` are texts in place of files. Code that is no more as it was is forgotten."""
        self._opened = opened
        self._used = set()
        for path, text in self._of_code.items():
            try:
                same = self.text(path) == text
            except SourceError:
                same = False
            if not same:
                self._forget_code()
                break

    def end(self) -> None:
        """A run has ended: templates that it has not looked at are forgotten."""
        self._facts = {path: readings for path, readings in self._facts.items() if path in self._used}

    def text(self, path: str) -> str:
        """The text of a file. Raises ``SourceError``."""
        for name in (path, shortest(path)):
            if name in self._opened:
                return self._opened[name]
        stamp = _stamp(path)
        known = self._texts.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        found = read_text(path)
        if stamp is not None:
            self._kept += len(found) - (len(known[1]) if known is not None else 0)
            if self._kept > MAX_TEXTS:
                self._texts.clear()
                self._kept = len(found)
            self._texts[path] = stamp, found
        return found

    def text_of_code(self, path: str) -> str:
        """The same for a file of code: what was read of it counts while it stays as it is. Raises ``SourceError``."""
        found = self._of_code[path] = self.text(path)
        return found

    def chosen(self, paths: Sequence[str], choose: Callable[[], list[Candidate]]) -> list[Candidate]:
        """The files at ``paths``: those that ``choose`` found the last time."""
        asked = tuple(paths)
        if asked not in self._chosen:
            self._chosen = {asked: choose()}
        return self._chosen[asked]

    def judged(
        self, facts: list[Facts], judge: Callable[[], tuple[Assessment, ...]]
    ) -> tuple[Assessment, ...]:
        """What ``judge`` makes of ``facts``: what it made of them, where what was typed has changed none of them."""
        if self._judged is None or self._judged[0] != facts:
            self._judged = facts, judge()
            self.code = self._judged[1][-1].reader or self.code
        return self._judged[1]

    def facts(
        self,
        path: str,
        content: str,
        parameters: Mapping[str, str],
        imports: Mapping[Text, Alternatives],
        ground: Ground,
        read: Callable[[Beside], tuple[Facts, ...]],
    ) -> tuple[Facts, ...]:
        """The facts of a template, which ``read`` reads where they are not known. Raises ``SourceError``."""
        self._used.add(path)
        known = self._facts.setdefault(path, [])
        for one in known:
            told = one.content, one.parameters, one.imports
            if told == (content, parameters, imports) and self._holds(one, ground):
                return one.facts
        beside = Beside(self._opened, ground)
        facts = read(beside)
        namesakes = {name: ground.choice(name) for name in beside.sought}
        latest = _Reading(content, dict(parameters), imports, beside.answers, namesakes, facts)
        self._facts[path] = [latest, *known[: MOST_READINGS - 1]]
        return facts

    def _holds(self, one: _Reading, ground: Ground) -> bool:
        """Is everything beside a template as it was when it was read?"""
        if any(ground.choice(name) != paths for name, paths in one.namesakes.items()):
            return False
        beside = Beside(self._opened, ground)
        for file, relative in one.answers:
            with suppress(SourceError):
                beside.read(file, relative)
        return beside.answers == one.answers

    def _forget_code(self) -> None:
        self.code = None
        self._judged = None
        self._of_code = {}


def _stamp(path: str) -> _Stamp | None:
    """What is another number once a file is another one; ``None`` for what is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
