"""What the linter says: findings, notes and the report that holds them. Plain frozen data, no I/O."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from networkx import MultiDiGraph

Severity = Literal["error", "warning", "info"]
"""How bad a finding is, worst first."""
FailOn = Literal["error", "warning", "info", "never"]
"""The least severity to fail on."""
Confidence = Literal["certain", "likely", "possible", "weak"]
"""How sure a finding is, surest first."""
EvidenceName = Literal["declared", "defined", "coded", "granted", "assumed", "broad"]
"""What a hop of a loop rests on, strongest first."""
WitnessKind = Literal["variable", "write-only", "other-variable"]
"""What speaks for a granted hop, and (the last) against it."""
CodeVerdict = Literal[
    "writes-back", "conditional", "may", "on-error", "stops-itself", "elsewhere", "never", "unread"
]
"""What a handler's code says of a step that its function is permitted."""
Applicability = Literal["safe", "unsafe", "manual"]
RuntimeProtection = Literal["stops", "none", "off"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
EVIDENCE: tuple[EvidenceName, ...] = get_args(EvidenceName)


def severity_rank(severity: Severity) -> int:
    """0 for the worst."""
    return SEVERITIES.index(severity)


def lesser(one: Severity, other: Severity) -> Severity:
    """The one that is less bad."""
    return max(one, other, key=severity_rank)


def confidence_rank(confidence: Confidence) -> int:
    """0 for the surest."""
    return CONFIDENCES.index(confidence)


def evidence_rank(evidence: EvidenceName) -> int:
    """0 for the strongest."""
    return EVIDENCE.index(evidence)


class Span(NamedTuple):
    """Where something stands: 1-based lines and columns, the end column exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class CycleNode(NamedTuple):
    """One resource on the loop: its logical id (or the external name), its type, where it is declared.

    ``construct`` is the path of the CDK construct that it is of, where the template tells one.
    """

    resource: str
    type: str
    file: str
    line: int
    construct: str = ""


NO_SOURCE = "no source file that fits is here"
"""Why nothing can be said of a function whose code lies elsewhere."""


class HopCode(NamedTuple):
    """What the code of the function says about a hop that it is granted.

    ``span`` is the call (or the name of one) in the handler's code, ``call`` is it as written; ``target`` and
    ``content`` are what it writes to and what, in words. ``guards`` are the conditions before it as they stand there.
    ``read`` are the files that were read, ``reason`` why no more can be said.
    """

    verdict: CodeVerdict
    span: Span | None = None
    call: str = ""
    target: str = ""
    content: str = ""
    guards: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    reason: str = ""


class FindingHop(NamedTuple):
    """One step of the loop, ``source`` to ``target``, with the lines that make it and why.

    ``template`` is its place in a synthesised template, where it is told at the line of the app that made it.
    """

    source: str
    target: str
    kind: str
    evidence: EvidenceName
    reason: str
    span: Span
    code: HopCode | None = None
    template: Span | None = None


class Witness(NamedTuple):
    """An example event that goes round the loop; ``key`` is an S3 object key."""

    event: str
    key: str | None = None


class TextEdit(NamedTuple):
    """The text at ``span``, whole lines of a file as it is, becomes ``text``."""

    span: Span
    text: str


class Remedy(NamedTuple):
    """One way out of the loop. ``breaks`` is the 1-based number of the hop it removes, ``None`` for a safety net.

    ``edits`` are what it changes, in the order of the files and of their lines; ``diff`` shows them to a person.
    ``cdk`` says what to change in the CDK app that a template was made by.
    """

    id: str
    title: str
    breaks: int | None
    trade_off: str
    applicability: Applicability = "manual"
    steps: str = ""
    diff: str | None = None
    edits: tuple[TextEdit, ...] = ()
    cdk: str = ""


class Copy(NamedTuple):
    """The same finding in files that say the same: where, as what a baseline knows it, and all ``files`` of it."""

    file: str
    line: int
    fingerprint: str
    files: tuple[str, ...] = ()


class Cost(NamedTuple):
    """What a loop costs in an hour, at least and at most, in US dollars of one significant figure; and why, in words.

    docs/cost.md lists the pages that the prices come from.
    """

    low: float
    high: float
    assumes: str


class RepositoryAt(NamedTuple):
    """A repository that a loop passes: its commit, and who owns the files of the loop there.

    ``commit``, ``account`` and ``region`` are "" where they are not known.
    """

    name: str
    commit: str = ""
    owners: tuple[str, ...] = ()
    account: str = ""
    region: str = ""


class Synthesised(NamedTuple):
    """A place in a template that the CDK wrote: the logical id of the resource there, and its construct's path."""

    span: Span
    resource: str
    construct: str


class Finding(NamedTuple):
    """One loop (or one misconfiguration around loops), judged. ``only_where`` are the conditions that it needs.

    ``template`` is its place in a synthesised template, where it may be told at the line of the app that made it.
    ``also`` tells a reader what else it stands for, ``members`` are all other loops of it, by the names of what they
    pass. ``repositories`` are those that the loop passes, where the facts of several were linked; ``since`` is the day
    on which a store first saw it. ``through_function``: does a Lambda function take part?
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
    only_where: tuple[str, ...] = ()
    members: tuple[tuple[str, ...], ...] = ()
    copies: tuple[Copy, ...] = ()
    template: Synthesised | None = None
    cost: Cost | None = None
    repositories: tuple[RepositoryAt, ...] = ()
    since: str = ""
    through_function: bool = True

    def applied(self, unsafe: bool) -> Remedy | None:
        """The remedy that ``--fix`` applies: the first safe one, or the first unsafe one where that is allowed."""
        allowed = ("safe", "unsafe") if unsafe else ("safe",)
        fitting = (one for one in self.remedies if one.edits and one.applicability in allowed and one.breaks)
        return next(fitting, None)

    @property
    def files(self) -> frozenset[str]:
        """The files that it points into, and those that declare the resources of its loop."""
        coded = (hop.code.span for hop in self.hops if hop.code is not None and hop.code.span is not None)
        spans = (self.span, *(hop.span for hop in self.hops), *coded)
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
    """What was checked and found, in numbers.

    ``hidden`` findings are below the levels that were asked for, ``unchanged`` ones in files that have not changed.
    """

    templates: int = 0
    resources: int = 0
    triggers: int = 0
    writes: int = 0
    error: int = 0
    warning: int = 0
    info: int = 0
    suppressed: int = 0
    baselined: int = 0
    hidden: int = 0
    unchanged: int = 0


class Report(NamedTuple):
    """Everything one run has to say. ``sources`` holds the text of each file that a finding points into.

    ``suppressed`` are findings accepted in the templates, each with the reason given there. ``linked`` makes the graph
    of the run when it is asked for, ``pictured`` the same for a drawing. ``unfinished`` says what was not looked at
    because the time was over; it is empty where all was. ``warnings`` are sentences on what the run was asked for.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: Summary = Summary()
    sources: Mapping[str, str] = {}
    elapsed: float = 0.0
    suppressed: tuple[tuple[Finding, str], ...] = ()
    linked: "Callable[[], MultiDiGraph[str]] | None" = None
    unfinished: str = ""
    warnings: tuple[str, ...] = ()
    pictured: Callable[[], object] | None = None

    def graph(self) -> "MultiDiGraph[str]":
        """Who triggers whom, as a ``networkx.MultiDiGraph``: resources as nodes, triggers and writes as edges.

        A node has ``label``, ``type``, ``service``, ``file`` and ``line``, an edge ``kind``, ``evidence``, ``reason``,
        ``via``, ``file`` and ``line``; both have ``loops``, the numbers of the loops that they are on, counted from 1,
        the worst first. networkx is imported here. Raises ``ValueError`` for a report that no run has made.

        >>> from recursion_lint import lint
        >>> graph = lint("fixtures/sqs-loop/wrong-variable/template.yaml").graph()
        >>> sorted(told["label"] for _, told in graph.nodes(data=True))
        ['Jobs', 'Worker']
        """
        if self.linked is None:
            raise ValueError("no run has made this report: it has no graph")
        return self.linked()


def fingerprint(rule: str, nodes: Iterable[CycleNode]) -> str:
    """Stable over edits that move lines: rule, file names and logical ids only, wherever a ring is entered."""
    import hashlib

    passed = [f"{node.file}:{node.resource}" for node in nodes]
    ring = [name for at, name in enumerate(passed) if name != passed[at - 1]] or passed[:1]
    parts = [rule, *min((ring[at:] + ring[:at] for at in range(len(ring))), default=ring)]
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
