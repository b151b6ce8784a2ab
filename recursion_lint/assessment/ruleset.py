"""What a rule is. The rules themselves lie in ``rules/``, one module each."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.levels import Severity
from recursion_lint.model.loops import CycleNode, FindingHop
from recursion_lint.model.spans import Span

if TYPE_CHECKING:
    from recursion_lint.model.findings import Finding

Check = Callable[[EventGraph, Sequence[Cycle]], "Iterable[Finding]"]
"""The linked templates and the loops found in them → findings; the code of the rule is filled in afterwards."""


class Rule(NamedTuple):
    """A rule: its name, code, the severities it reports, a one-line summary and its documentation page (Markdown).

    ``check`` finds what is not a loop in the event graph (an ambiguous notification, say), or says more about the
    loops; these are found by ``loops`` and belong to the rule of their channel.
    """

    name: str
    code: str
    severities: tuple[Severity, ...]
    summary: str
    page: str
    check: Check | None = None


class Rules(Protocol):
    """The rules that a run knows, each loaded when it is asked for: ``recursion_lint.rules`` is one."""

    def rule_named(self, name: str) -> Rule:
        """The rule of that name."""

    def checking_rules(self, loops: bool) -> tuple[Rule, ...]:
        """The rules with a check of their own; those about loops only where there are ``loops``."""


def rule(
    name: str,
    code: str,
    severities: tuple[Severity, ...],
    page: str | None,
    check: Check | None = None,
) -> Rule:
    """A rule whose page is its module's docstring; the first line of the page is the summary."""
    text = (page or "").strip() + "\n"
    return Rule(name, code, severities, text.splitlines()[0].rstrip("."), text, check)


def wrongly_set_up(
    rule: str,
    severity: Severity,
    message: str,
    span: Span,
    nodes: tuple[CycleNode, ...],
    hops: tuple[FindingHop, ...],
    known_by: tuple[CycleNode, ...] = (),
    witness: tuple[str, str] | None = None,
) -> "Finding":
    """A finding that is no loop but surely wrong, as the template stands; of what code its rule is, is filled in later.

    ``known_by`` are the ``nodes`` in the order that its fingerprint is made of, where that is another one. ``witness``
    is an example: the event, and the key of the object.
    """
    # A clean run, which asks these rules too, does not load what findings are made of.
    from recursion_lint.model import findings

    return findings.Finding(
        rule=rule,
        code="",
        severity=severity,
        confidence="certain",
        message=message,
        span=span,
        cycle=nodes,
        hops=hops,
        witness=findings.Witness(*witness) if witness is not None else None,
        fingerprint=findings.fingerprint(rule, known_by or nodes),
    )
