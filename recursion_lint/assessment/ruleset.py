"""What a rule is. The rules themselves lie in ``rules/``, one module each."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import Finding, Severity

Check = Callable[[EventGraph, Sequence[Cycle]], Iterable[Finding]]
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
