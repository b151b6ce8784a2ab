"""The report of a run: its findings, what could not be read or resolved, what was checked. Frozen data, no I/O."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.model.spans import Note

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    # A clean run loads no findings.
    from recursion_lint.model.findings import Finding


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

    findings: "tuple[Finding, ...]" = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: Summary = Summary()
    sources: Mapping[str, str] = {}
    elapsed: float = 0.0
    suppressed: "tuple[tuple[Finding, str], ...]" = ()
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
