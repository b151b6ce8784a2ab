"""The baseline: findings accepted on one day, so that only new ones fail a build."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recursion_lint.assessment.suppress import unused
from recursion_lint.model.findings import Finding, Span

DEFAULT_FILE = ".recursion-lint-baseline.json"
_SCHEMA = 1


class Entry(NamedTuple):
    """One accepted finding. Only ``fingerprint`` decides; the rest tells a reader what was accepted."""

    fingerprint: str
    rule: str
    file: str
    resources: tuple[str, ...] = ()


class BaselineError(Exception):
    """A baseline file that is not one."""


def render(findings: Iterable[Finding]) -> str:
    """The text of a baseline that accepts ``findings``: sorted, one a line, so that diffs stay small."""
    entries = {entry.fingerprint: entry for finding in findings for entry in _entries(finding)}
    ordered = sorted(entries.values(), key=lambda entry: (entry.file, entry.rule, entry.fingerprint))
    lines = ",\n".join("    " + json.dumps(entry._asdict(), ensure_ascii=False) for entry in ordered)
    body = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "schema": {_SCHEMA},\n  "findings": {body}\n}}\n'


def parse(text: str) -> tuple[Entry, ...]:
    """The entries of a baseline's text. Raises ``BaselineError`` for what ``render`` did not write."""
    try:
        document = json.loads(text)
        if document["schema"] != _SCHEMA:
            raise BaselineError(
                f"schema {document['schema']} is not known here (this version writes {_SCHEMA})"
            )
        return tuple(_read(one) for one in document["findings"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BaselineError("not a baseline written by 'recursion-lint baseline'") from error


def _entries(finding: Finding) -> Iterator[Entry]:
    """One for the finding and one for each copy of it."""
    resources = tuple(node.resource for node in finding.cycle)
    yield Entry(finding.fingerprint, finding.rule, finding.span.file, resources)
    for copy in finding.copies:
        yield Entry(copy.fingerprint, finding.rule, copy.file, resources)


def _read(one: Mapping[str, Any]) -> Entry:
    return Entry(str(one["fingerprint"]), str(one["rule"]), str(one["file"]), tuple(one.get("resources", ())))


def left(
    findings: Sequence[Finding], file: str, text: str
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that a baseline does not accept, and a complaint for each entry that matches nothing any more.

    Raises ``BaselineError``.
    """
    entries = parse(text)
    known = {entry.fingerprint for entry in entries}
    present = {finding.fingerprint for finding in findings}
    stale = tuple(
        unused(
            Span(file, 1, 1, 1, 1),
            f"the baseline accepts a {entry.rule} in {entry.file} that is gone",
            entry.fingerprint,
        )
        for entry in entries
        if entry.fingerprint not in present
    )
    return tuple(finding for finding in findings if finding.fingerprint not in known), stale
