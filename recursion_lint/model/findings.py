"""What the linter says of a loop, or of what is wrong around loops. Plain frozen data, no I/O."""

from collections.abc import Iterable
from typing import NamedTuple

from recursion_lint.model.levels import CONFIDENCES as CONFIDENCES
from recursion_lint.model.levels import FAIL_ON as FAIL_ON
from recursion_lint.model.levels import SEVERITIES as SEVERITIES
from recursion_lint.model.levels import Applicability as Applicability
from recursion_lint.model.levels import CodeVerdict as CodeVerdict
from recursion_lint.model.levels import Confidence as Confidence
from recursion_lint.model.levels import EvidenceName as EvidenceName
from recursion_lint.model.levels import RuntimeProtection as RuntimeProtection
from recursion_lint.model.levels import Severity as Severity
from recursion_lint.model.levels import WitnessKind as WitnessKind
from recursion_lint.model.levels import confidence_rank as confidence_rank
from recursion_lint.model.levels import evidence_rank as evidence_rank
from recursion_lint.model.levels import lesser as lesser
from recursion_lint.model.levels import severity_rank as severity_rank
from recursion_lint.model.loops import NO_SOURCE as NO_SOURCE
from recursion_lint.model.loops import CycleNode as CycleNode
from recursion_lint.model.loops import FindingHop as FindingHop
from recursion_lint.model.loops import HopCode as HopCode
from recursion_lint.model.spans import Note as Note
from recursion_lint.model.spans import Span as Span


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


def fingerprint(rule: str, nodes: Iterable[CycleNode]) -> str:
    """Stable over edits that move lines: rule, file names and logical ids only, wherever a ring is entered."""
    import hashlib

    passed = [f"{node.file}:{node.resource}" for node in nodes]
    ring = [name for at, name in enumerate(passed) if name != passed[at - 1]] or passed[:1]
    parts = [rule, *min((ring[at:] + ring[:at] for at in range(len(ring))), default=ring)]
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
