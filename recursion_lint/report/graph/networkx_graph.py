"""The scene as a ``networkx.MultiDiGraph``, for whoever wants to ask the whole graph something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recursion_lint.report.graph.scene import Scene

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def as_networkx(scene: Scene) -> MultiDiGraph[str]:
    """Every resource as a node, every trigger and write as an edge of its own.

    A node has ``label``, ``type``, ``service``, ``file``, ``line``; an edge (its key is its number in the scene)
    ``kind``, ``evidence``, ``reason``, ``via``, ``file``, ``line``. Both have ``loops``, the numbers of the loops
    that they are on, the worst first. What is outside the templates has no file, and the line 0.
    """
    import networkx

    graph: MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in scene.nodes:
        graph.add_node(
            node.id,
            label=node.label,
            type=node.type,
            service=node.service,
            file=node.file,
            line=node.line,
            loops=node.loops,
        )
    for edge in scene.edges:
        graph.add_edge(
            edge.source,
            edge.target,
            key=edge.id,
            kind=edge.kind,
            evidence=edge.evidence,
            reason=edge.reason,
            via=edge.via,
            file=edge.span.file,
            line=edge.span.line,
            loops=edge.loops,
        )
    return graph
