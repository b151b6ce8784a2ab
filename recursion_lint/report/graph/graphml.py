"""The drawing as GraphML, which Gephi, yEd and Cytoscape open: http://graphml.graphdrawing.org/specification.html"""

from __future__ import annotations

from typing import Any

from recursion_lint.report.graph.networkx_graph import as_networkx
from recursion_lint.report.graph.scene import Scene
from recursion_lint.report.wording import printable


def draw(scene: Scene) -> str:
    """All of the scene; lists are written with commas, for GraphML has none."""
    from networkx import generate_graphml

    graph = as_networkx(scene)
    for _, told in graph.nodes(data=True):
        told.update({name: _scalar(value) for name, value in told.items()})
    for _, _, told in graph.edges(data=True):
        told.update({name: _scalar(value) for name, value in told.items()})
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + "\n".join(generate_graphml(graph)) + "\n"


def _scalar(value: Any) -> str | int:
    """A value as GraphML holds it. XML has neither control characters nor the last two of a plane."""
    if isinstance(value, int):
        return value
    text = printable(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))
    return "".join("\ufffd" if ord(letter) & 0xFFFE == 0xFFFE else letter for letter in text)
