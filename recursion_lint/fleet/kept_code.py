"""What is kept of a function's code: its calls and the names in it, not a line of it, and no secret.

Verdicts need what a call writes and where, and the conditions before it, as values. A longer text is no name of
anything, and what stands below a name such as ``password`` is nobody's business: both are unknown in what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from recursion_lint.assessment.evidence.code_reader import in_template
from recursion_lint.assessment.evidence.code_words import value_in_words
from recursion_lint.assessment.evidence.handler_code import FunctionCode, HandlerCode
from recursion_lint.code.by_name.names_only import Named, NamesRead, NamesTold, told
from recursion_lint.code.calls import CallSite, Gap, Guard, Interpreted, Literal, ObjectValue, Unknown
from recursion_lint.fleet.repository import ReadCode
from recursion_lint.model.described import Described
from recursion_lint.model.facts import Endpoint, Facts, Mention
from recursion_lint.model.findings import Span
from recursion_lint.model.suppressions import Suppression
from recursion_lint.model.text import Symbol, literal
from recursion_lint.template.suppressions import in_code
from recursion_lint.template.yaml.files import SourceError, read_text

MAX_TEXT = 80
"""Longer texts in code are not kept: no channel, key, source or type of an event has a name like that."""
MAX_CALLS = 2_000
"""Of code with more calls than that none are kept."""
SECRET = re.compile(r"passw|secret|token|credential|api.?key|private.?key|access.?key", re.IGNORECASE)
"""Names of what is secret."""
_ADDRESS = re.compile(r"arn:|https?://[^@]*$|/aws/")
HIDDEN = Unknown("a text that is not kept")
ReadText = Callable[[str], str]


def code_of(facts: Sequence[Facts]) -> tuple[ReadCode, ...]:
    """What the code of all functions that ``facts`` know of does, in the order of their names."""
    handlers = HandlerCode(facts, read_text)
    told = dict.fromkeys((source.function, source.file) for one in facts for source in one.sources)
    return tuple(_kept(*one, handlers.told_by(*one)) for one in sorted(told, key=repr))


def _kept(function: Endpoint, template: str, code: FunctionCode) -> ReadCode:
    if code.located is None or code.names is None:
        return ReadCode(function, template, code.reason)
    calls = code.calls
    if calls is not None and len(calls.calls) > MAX_CALLS:
        return ReadCode(function, template, f"more than {MAX_CALLS:,} calls stand in its code")
    shown = _Shown(code)
    return ReadCode(
        function,
        template,
        code.reason,
        code.located.language,
        shown.file(code.located.file),
        code.located.function,
        code.exact,
        shown.calls(calls) if calls is not None else None,
        shown.names(told(code.names) if isinstance(code.names, NamesRead) else code.names),
        code.placeholders,
        code.whole,
    )


class _Shown:
    """Places in code as a person knows them: what stands in a template is there, not in a file of its own."""

    def __init__(self, code: FunctionCode) -> None:
        self._code = code
        inline = code.located.inline if code.located is not None else None
        self._inline = frozenset(inline or ()) if code.source is not None else frozenset()

    def file(self, file: str) -> str:
        return self._code.source.file if file in self._inline and self._code.source is not None else file

    def calls(self, found: Interpreted) -> Interpreted:
        return found._replace(
            calls=tuple(map(self._site, found.calls)),
            gaps=tuple(map(self._gap, found.gaps)),
            files=tuple(map(self.file, found.files)),
            implied=tuple(one._replace(file=self.file(one.file)) for one in found.implied),
        )

    def names(self, found: NamesTold) -> NamesTold:
        return found._replace(
            files=tuple(map(self.file, found.files)),
            gaps=tuple(map(self._gap, found.gaps)),
            named=tuple(map(self._named, found.named)),
            stated=tuple((service, tuple(map(self._site, sites))) for service, sites in found.stated),
        )

    def _span(self, span: Span) -> Span:
        return in_template(span, self._code, read_text) if span.file in self._inline else span

    def _site(self, site: CallSite) -> CallSite:
        at = self._span(Span(site.file, site.line, site.column, site.end_line, site.end_column))
        return site._replace(
            file=at.file,
            line=at.line,
            column=at.column,
            end_line=at.end_line,
            end_column=at.end_column,
            target=kept(site.target),
            key=kept(site.key),
            content=tuple((role, HIDDEN if SECRET.search(role) else kept(one)) for role, one in site.content),
            guards=tuple(map(self._guard, site.guards)),
        )

    def _guard(self, guard: Guard) -> Guard:
        """A condition as it stands in the code is a line of it: what it asks is told in words of our own."""
        test = kept(guard.test)
        words = value_in_words(test)
        words = words if "?" not in words else f"the condition in line {guard.line}"
        return guard._replace(test=test, text=words, file=self.file(guard.file))

    def _gap(self, gap: Gap) -> Gap:
        return gap._replace(file=self.file(gap.file))

    def _named(self, one: Named) -> Named:
        at = self._span(Span(one.file, one.line, one.column, one.line, one.column + len(one.word)))
        return one._replace(file=at.file, line=at.line, column=at.column)


def kept(value: Any) -> Any:
    """A value of code without texts that are not to be kept."""
    if isinstance(value, Literal):
        return HIDDEN if isinstance(value.value, str) and not _is_name(value.value) else value
    if isinstance(value, ObjectValue):
        named = tuple((name, HIDDEN if SECRET.search(name) else kept(one)) for name, one in value.fields)
        computed = tuple((kept(name), kept(one)) for name, one in value.computed)
        return ObjectValue(named, value.open, kept(value.rest), computed)
    if isinstance(value, tuple):
        return tuple(map(kept, value))
    if isinstance(value, Described):
        code = type(value).__init__.__code__
        return type(value)(*(kept(getattr(value, name)) for name in code.co_varnames[1 : code.co_argcount]))
    return value


def _is_name(text: str) -> bool:
    return len(text) <= MAX_TEXT and "\n" not in text and text.count(" ") < 6


def without_secrets(facts: Facts) -> Facts:
    """Facts without the code that stands in the template, and without the values of variables that sound secret."""
    return facts._replace(
        sources=tuple(one._replace(inline=()) for one in facts.sources),
        mentions=tuple(map(_harmless, facts.mentions)),
    )


def _harmless(mention: Mention) -> Mention:
    value = literal(mention.value)
    if not value or _ADDRESS.match(value):
        return mention
    if SECRET.search(mention.name) or not _is_name(value):
        return mention._replace(value=(Symbol("unknown", mention.name),))
    return mention


def suppressions_in(code: Sequence[ReadCode], templates: frozenset[str]) -> tuple[Suppression, ...]:
    """The suppressions in the files of handlers, those of templates apart."""
    return tuple(
        dict.fromkeys(_suppressions(sorted({file for one in code for file in _files(one)} - templates)))
    )


def _suppressions(files: Sequence[str]) -> Iterator[Suppression]:
    for file in files:
        try:
            yield from in_code(read_text(file), file)
        except SourceError:
            continue


def _files(code: ReadCode) -> Iterator[str]:
    yield from (site.file for site in (code.calls.calls if code.calls is not None else ()))
    yield from (one.file for one in (code.names.named if code.names is not None else ()))
