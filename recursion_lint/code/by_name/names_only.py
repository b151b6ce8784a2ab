"""The plain search: which SDK operations stand by name in the files that a handler's imports reach?

It knows nothing of values and calls, so it errs to "yes". It is the only reader of Java, Go, C#, Ruby and Rust, and
the second opinion on Python and JavaScript: where it finds a name, nothing is said never to be done.
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from recursion_lint.code.by_name import compiled_modules, python_modules
from recursion_lint.code.by_name.bound_names import Sources, sources
from recursion_lint.code.by_name.spelled_operations import places
from recursion_lint.code.by_name.stated_targets import stated_targets
from recursion_lint.code.calls import CallSite, Gap
from recursion_lint.code.location.function_source import Located, SourceLanguage
from recursion_lint.code.location.javascript_modules import javascript_modules, specifiers
from recursion_lint.code.location.source_files import ConfinedFiles
from recursion_lint.code.sdk_calls import Operation, operations, spellings


class Named(NamedTuple):
    """An operation's name in a file; lines and columns count from 1."""

    operation: str
    word: str
    file: str
    line: int
    column: int


class NamesRead:
    """The files that a handler's imports reach, with their texts, and what could not be followed.

    Each loop through a function asks the same, and again where its remedies are verified, so answers are kept.
    """

    def __init__(
        self, language: SourceLanguage, texts: tuple[tuple[str, str], ...], gaps: tuple[Gap, ...]
    ) -> None:
        self.language = language
        self.texts = texts
        self.gaps = gaps
        self._on: dict[str, tuple[Named, ...]] = {}
        self._targets: dict[str, tuple[CallSite, ...]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that were read in full."""
        return tuple(file for file, _ in self.texts)

    def on(self, channel: str) -> tuple[Named, ...]:
        """Where a writing operation on channels of a service stands by name, the first place in each file."""
        if channel not in self._on:
            asked = [entry for entry in operations().values() if entry.channel == channel]
            self._on[channel] = tuple(_named(asked, self))
        return self._on[channel]

    def targets(self, channel: str) -> tuple[CallSite, ...]:
        """The calls on channels of a service, with the targets that they state; none where calls are not told apart
        from other uses of their names."""
        if channel not in self._targets:
            found = self._sources
            self._targets[channel] = stated_targets(found, channel) if found is not None else ()
        return self._targets[channel]

    @cached_property
    def _sources(self) -> Sources | None:
        return sources(self.language, self.texts)


class NamesTold(NamedTuple):
    """What ``NamesRead`` came to, without the texts: the files that were read and the writing operations by name.

    ``stated`` are the calls by the service of their channel, with the targets that they state.
    """

    language: SourceLanguage
    files: tuple[str, ...]
    gaps: tuple[Gap, ...]
    named: tuple[Named, ...] = ()
    stated: tuple[tuple[str, tuple[CallSite, ...]], ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """None: they were not kept."""
        return ()

    def on(self, channel: str) -> tuple[Named, ...]:
        """Where a writing operation on channels of a service stands by name, the first place in each file."""
        known = operations()
        return tuple(
            one for one in self.named if one.operation in known and known[one.operation].channel == channel
        )

    def targets(self, channel: str) -> tuple[CallSite, ...]:
        """The calls on channels of a service, with the targets that they state."""
        return next((sites for service, sites in self.stated if service == channel), ())


def told(read: NamesRead) -> NamesTold:
    """What a search came to, in a form that holds no source."""
    channels = sorted({entry.channel for entry in operations().values() if entry.channel})
    named = (one for channel in channels for one in read.on(channel))
    stated = ((channel, read.targets(channel)) for channel in channels)
    return NamesTold(
        read.language,
        read.files,
        read.gaps,
        tuple(named),
        tuple((channel, sites) for channel, sites in stated if sites),
    )


def names_read(located: Located, files: ConfinedFiles) -> NamesRead:
    """Read the handler's file and all that its imports reach."""
    if located.language in ("python", "javascript"):
        texts, gaps = _closure(located, files, _followers(located, files)[located.language])
    else:
        texts, gaps = compiled_modules.closure(located, files)
    gaps = [*gaps, *(gap for file, text in texts for gap in _opaque(located.language, file, text))]
    return NamesRead(located.language, tuple(texts), tuple(dict.fromkeys(gaps)))


_Follow = Callable[[str, str], Iterator["tuple[str, ...] | Gap"]]


def _followers(located: Located, files: ConfinedFiles) -> dict[str, _Follow]:
    """By language, what the imports of a file lead to: files, or a gap."""

    def python(file: str, text: str) -> Iterator[tuple[str, ...] | Gap]:
        for asked in python_modules.imports(text):
            found = python_modules.files_of(asked, file, located.roots, located.layers, files)
            name = "." * asked.level + asked.module
            yield Gap(f"the module {name} is missing", file, asked.line) if found is None else found

    modules = javascript_modules(files.tree)

    def javascript(file: str, text: str) -> Iterator[tuple[str, ...] | Gap]:
        for specifier, line in specifiers(text):
            found = modules.files_of(specifier, file, located.layers)
            yield Gap(f"the module {specifier} is missing", file, line) if found is None else found

    return {"python": python, "javascript": javascript}


def _closure(
    located: Located, files: ConfinedFiles, follow: _Follow
) -> tuple[list[tuple[str, str]], list[Gap]]:
    texts: list[tuple[str, str]] = []
    gaps: list[Gap] = []
    queue = [located.file]
    seen = set(queue)
    for file in queue:
        text = files.read(file)
        if text is None:
            reason = next((one.reason for one in reversed(files.refused) if one.file == file), "is not read")
            gaps.append(Gap(reason, file, 1))
            continue
        texts.append((file, text))
        for found in follow(file, text):
            if isinstance(found, Gap):
                gaps.append(found)
                continue
            new = [path for path in found if path not in seen]
            seen.update(new)
            queue += new
    return texts, gaps


_SIGNED = re.compile(r"AWS4-HMAC|SigV4|aws4|SignatureV4|AWS4Auth|AWSRequestsAuth", re.I)
_SIGNING = ("aws4", "sigv4", "signaturev4", "awsrequestsauth")
"""One of these stands in all that ``_SIGNED`` finds: to look for words is ten times as fast."""
_PROGRAMS: dict[SourceLanguage, re.Pattern[str]] = {
    "java": re.compile(r"\bProcessBuilder\b|Runtime\.getRuntime\(\)\.exec"),
    "go": re.compile(r"\bexec\.Command"),
    "csharp": re.compile(r"\bProcess\.Start\b|\bnew Process\b"),
    "ruby": re.compile(r"\b(?:system|spawn|exec|popen|open3)\b|%x[\[({]|Open3|`[^`\n]*aws", re.I),
    "rust": re.compile(r"\bCommand::new"),
}
_REFLECTION: dict[SourceLanguage, re.Pattern[str]] = {
    "java": re.compile(r"\bClass\.forName|ServiceLoader\.load"),
    "csharp": re.compile(r"\bActivator\.CreateInstance|\bAssembly\.Load|\.GetMethod\("),
    "ruby": re.compile(
        r"\bpublic_send\b|\.send\((?![:\"'])|\bconst_get\b|\beval\b|\bautoload\b|zeitwerk", re.I
    ),
    "go": re.compile(r"\bMethodByName\b|\bplugin\.Open\b"),
}


def _opaque(language: SourceLanguage, file: str, text: str) -> Iterator[Gap]:
    """What a search by name cannot see through, in the languages that have no other reader."""
    lowered = text.lower()
    for pattern, reason in (
        (
            _SIGNED if any(word in lowered for word in _SIGNING) else None,
            "requests that the code signs itself",
        ),
        (_PROGRAMS.get(language), "runs a program"),
        (_REFLECTION.get(language), "calls by a name that is worked out at run time"),
    ):
        found = pattern.search(text) if pattern is not None else None
        if found is not None:
            yield Gap(reason, file, text.count("\n", 0, found.start()) + 1)


def _named(asked: list[Operation], read: NamesRead) -> Iterator[Named]:
    spelled = [(entry, spellings(entry, read.language)) for entry in asked]
    for file, text in read.texts:
        for entry, words in spelled:
            found = next(places(words, text), None)
            if found is not None:
                line = text.count("\n", 0, found.start()) + 1
                column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
                yield Named(entry.key, found[0].strip(".( \t"), file, line, column)
