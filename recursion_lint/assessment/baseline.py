"""The baseline: findings accepted on one day, so that only new ones fail a build."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from recursion_lint.assessment.suppress import unused
from recursion_lint.model.findings import Copy, Finding, Note, Severity, Span, severity_rank

DEFAULT_FILE = ".recursion-lint-baseline.json"
_SCHEMA = 2


class Entry(NamedTuple):
    """One accepted finding: what it is known by, how bad it was, and what it stood for besides.

    ``files`` are all that it points into, ``also`` the other loops of the finding, by the names of what they pass.
    """

    fingerprint: str
    rule: str
    severity: Severity
    file: str
    resources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    also: tuple[tuple[str, ...], ...] = ()


class BaselineError(Exception):
    """A baseline file that is not one."""


class Left(NamedTuple):
    """What a baseline leaves: findings that it does not accept, why where it knows them, entries that are stale."""

    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    stale: tuple[Finding, ...]


def render(findings: Iterable[Finding]) -> str:
    """The text of a baseline that accepts ``findings``: sorted, one a line, so that diffs stay small."""
    # Of two findings that are known by one fingerprint the worse is what was accepted.
    worst_last = sorted(findings, key=lambda finding: -severity_rank(finding.severity))
    entries = {entry.fingerprint: entry for finding in worst_last for entry in _entries(finding)}
    ordered = sorted(entries.values(), key=lambda entry: (entry.file, entry.rule, entry.fingerprint))
    lines = ",\n".join("    " + json.dumps(_written(entry), ensure_ascii=False) for entry in ordered)
    body = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "schema": {_SCHEMA},\n  "findings": {body}\n}}\n'


def parse(text: str) -> tuple[Entry, ...]:
    """The entries of a baseline's text. Raises ``BaselineError`` for what ``render`` did not write."""
    try:
        document = json.loads(text)
        if document["schema"] != _SCHEMA:
            raise BaselineError(
                f"its schema is {document['schema']!r:.20}, this version knows {_SCHEMA}: "
                "write it anew with 'recursion-lint baseline'"
            )
        return tuple(_read(one) for one in document["findings"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BaselineError("not a baseline written by 'recursion-lint baseline'") from error


def _entries(finding: Finding) -> Iterator[Entry]:
    """One for the finding and one for each copy of it."""
    resources = tuple(node.resource for node in finding.cycle)
    also = tuple(sorted(finding.members))
    own = Copy(finding.span.file, finding.span.line, finding.fingerprint, tuple(sorted(finding.files)))
    for one in (own, *finding.copies):
        yield Entry(
            one.fingerprint,
            finding.rule,
            finding.severity,
            one.file,
            resources,
            one.files or (one.file,),
            also,
        )


def _written(entry: Entry) -> dict[str, Any]:
    """The entry without what goes without saying."""
    given = entry._asdict()
    if entry.files == (entry.file,):
        del given["files"]
    if not entry.also:
        del given["also"]
    return given


def _read(one: Mapping[str, Any]) -> Entry:
    severity, file = one["severity"], _text(one["file"])
    if severity not in get_args(Severity):
        raise ValueError(severity)
    return Entry(
        _text(one["fingerprint"]),
        _text(one["rule"]),
        severity,
        file,
        _texts(one.get("resources", ())),
        _texts(one.get("files", (file,))),
        tuple(map(_texts, one.get("also", ()))),
    )


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(map(_text, given))


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(given)
    return given


def left(
    findings: Sequence[Finding],
    present: Iterable[Finding],
    file: str,
    text: str,
    in_view: Callable[[str], bool],
) -> Left:
    """What the baseline ``file``, of the given text, leaves of ``findings``.

    It accepts what was accepted: a finding that is worse than it was, or stands for a loop more, is new. ``present``
    is everything that was found, whatever became of it. An entry can be stale only if all its files are ``in_view``: a
    run on some files knows nothing of the others. Raises ``BaselineError``.
    """
    entries = {entry.fingerprint: entry for entry in parse(text)}
    kept: list[Finding] = []
    notes: list[Note] = []
    for finding in findings:
        entry = entries.get(finding.fingerprint)
        more = more_than_accepted(finding, entry) if entry is not None else ""
        if more:
            notes.append(Note(finding.span, f"the baseline accepts this {finding.rule}, but {more}"))
        if entry is None or more:
            kept.append(finding)
    there = {finding.fingerprint for finding in (*findings, *present)}
    stale = tuple(
        unused(
            Span(file, 1, 1, 1, 1),
            f"the baseline accepts a {entry.rule} in {entry.file} that is gone",
            entry.fingerprint,
        )
        for entry in entries.values()
        if entry.fingerprint not in there and all(map(in_view, map(os.path.normpath, entry.files)))
    )
    return Left(tuple(kept), tuple(notes), stale)


def more_than_accepted(finding: Finding, accepted: Entry) -> str:
    """What there is of a finding that was not there when it was accepted, or nothing."""
    if severity_rank(finding.severity) < severity_rank(accepted.severity):
        return f"as {accepted.severity}"
    known = {frozenset(accepted.resources), *map(frozenset, accepted.also)}
    new = next((loop for loop in finding.members if frozenset(loop) not in known), None)
    return f"not the loop {' → '.join(new)}" if new is not None else ""
