"""The event graph as a drawing: for Markdown, Graphviz, programs and a browser. A format is imported when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.findings import Finding
from recursion_lint.report.graph.scene import arranged

if TYPE_CHECKING:
    from recursion_lint.report.graph.backstage import Catalogue

FORMATS: tuple[str, ...] = ("mermaid", "dot", "html", "json", "graphml")
CATALOGUES: tuple[str, ...] = ("backstage",)

_MODULES = {"json": "json_graph"}


def drawn(
    graph: EventGraph,
    findings: Iterable[Finding],
    cycles: Mapping[str, Cycle],
    format: str,
    texts: Callable[[str], str | None],
    catalogue: Catalogue | None = None,
) -> str:
    """``graph`` in one of ``FORMATS``, the loops among ``findings`` marked; always encodable as UTF-8.

    ``cycles`` are the loops behind the findings, by fingerprint; ``texts`` gives the text of a file.
    With a ``catalogue`` it is what that is made of, in the format of ``CATALOGUES``; raises ``NoOwner``. Raises
    ``ValueError`` for an unknown format.
    """
    if format not in (CATALOGUES if catalogue is not None else FORMATS):
        raise ValueError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")
    scene = arranged(graph, findings, cycles)
    module = import_module(f"{__name__}.{_MODULES.get(format, format)}")
    result: str
    if catalogue is not None:
        result = module.draw((scene,), catalogue)
    else:
        result = module.draw(scene, texts) if format == "html" else module.draw(scene)
    # A JSON template may hold half of a surrogate pair, which no output stream can encode.
    return result.encode("utf-8", "replace").decode("utf-8")
