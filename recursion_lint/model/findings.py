"""What the linter says: findings, notes and the report that holds them. Plain frozen data, no I/O."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
Confidence = Literal["certain", "likely", "possible", "weak"]
EvidenceName = Literal["declared", "defined", "granted", "broad", "assumed"]
Applicability = Literal["safe", "unsafe", "manual"]
RuntimeProtection = Literal["stops", "none", "off"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Span(NamedTuple):
    """Where something stands: 1-based lines and columns, the end column exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class CycleNode(NamedTuple):
    """One resource on the loop: its logical id (or the external name), its type, where it is declared."""

    resource: str
    type: str
    file: str
    line: int


class FindingHop(NamedTuple):
    """One step of the loop, ``source`` to ``target``, with the lines that make it and why."""

    source: str
    target: str
    kind: str
    evidence: EvidenceName
    reason: str
    span: Span


class Witness(NamedTuple):
    """An example event that goes round the loop; ``key`` is an S3 object key."""

    event: str
    key: str | None = None


class Remedy(NamedTuple):
    """One way out of the loop. ``breaks`` is the 1-based number of the hop it removes, ``None`` for a safety net."""

    id: str
    title: str
    breaks: int | None
    trade_off: str
    applicability: Applicability = "manual"
    steps: str = ""
    diff: str | None = None


class Finding(NamedTuple):
    """One loop (or one misconfiguration around loops), judged.

    ``also`` tells a reader what else it stands for, ``members`` are all other loops of it, by the names of what they
    pass.
    """

    rule: str
    code: str
    severity: Severity
    confidence: Confidence
    message: str
    span: Span
    cycle: tuple[CycleNode, ...]
    hops: tuple[FindingHop, ...]
    because: tuple[str, ...] = ()
    witness: Witness | None = None
    guards: tuple[str, ...] = ()
    safety_nets: tuple[str, ...] = ()
    runtime_protection: RuntimeProtection = "none"
    remedies: tuple[Remedy, ...] = ()
    also: tuple[str, ...] = ()
    fingerprint: str = ""
    members: tuple[tuple[str, ...], ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """The files that it points into, and those that declare the resources of its loop."""
        spans = (self.span, *(hop.span for hop in self.hops))
        named = (*(span.file for span in spans), *(node.file for node in self.cycle))
        return frozenset(file for file in named if file)


class Note(NamedTuple):
    """What could not be seen or resolved, and where."""

    span: Span
    message: str


class Problem(NamedTuple):
    """A file that could not be read as a template; ``line`` is 0 where there is none to name.

    One that was not ``named`` was found in a folder, and looks like a template.
    """

    file: str
    line: int
    message: str
    named: bool = True


class Summary(NamedTuple):
    """What was checked and found, in numbers."""

    templates: int = 0
    resources: int = 0
    triggers: int = 0
    writes: int = 0
    error: int = 0
    warning: int = 0
    info: int = 0
    suppressed: int = 0
    baselined: int = 0


class Report(NamedTuple):
    """Everything one run has to say. ``sources`` holds the text of each file that a finding points into.

    ``suppressed`` are findings accepted in the templates, each with the reason given there. ``warnings`` are
    sentences on what the run was asked for.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: Summary = Summary()
    sources: Mapping[str, str] = {}
    elapsed: float = 0.0
    suppressed: tuple[tuple[Finding, str], ...] = ()
    warnings: tuple[str, ...] = ()


def fingerprint(rule: str, nodes: Iterable[CycleNode]) -> str:
    """Stable over edits that move lines: rule, file names and logical ids only, wherever a ring is entered."""
    import hashlib

    passed = [f"{node.file}:{node.resource}" for node in nodes]
    ring = [name for at, name in enumerate(passed) if name != passed[at - 1]] or passed[:1]
    parts = [rule, *min((ring[at:] + ring[:at] for at in range(len(ring))), default=ring)]
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
