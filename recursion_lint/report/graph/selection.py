"""A scene too large for one picture → its loops and what is next to them, in words what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recursion_lint.model.findings import EvidenceName, evidence_rank
from recursion_lint.report.graph.scene import Edge, Node, Scene

STROKES = {"error": "#d1242f", "warning": "#bf8700", "info": "#0969da"}
FILLS = {"error": "#ffebe9", "warning": "#fff8c5", "info": "#ddf4ff"}


@dataclass(frozen=True)
class Arrow:
    """All edges of one kind between two nodes, drawn as one; its evidence is the best of theirs."""

    source: str
    target: str
    kind: str
    evidence: EvidenceName
    via: tuple[str, ...]
    loops: tuple[int, ...]

    @property
    def words(self) -> str:
        """What stands at the arrow: ``write, granted``; what is declared needs no word."""
        text = f"{self.kind} via {', '.join(self.via)}" if self.via else self.kind
        return text if self.evidence == "declared" else f"{text}, {self.evidence}"


@dataclass(frozen=True)
class Selection:
    """What is drawn; ``omitted`` says what is not, empty if nothing is left out."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    omitted: str = ""

    @property
    def files(self) -> dict[str, list[Node]]:
        """The nodes by the file that declares them, in order; those outside under the empty name."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.file, []).append(node)
        return found


def selected(scene: Scene, most: int) -> Selection:
    """The scene with at most ``most`` arrows: those of loops first, then those at the nodes of loops, then others."""
    arrows = _arrows(scene.edges)
    if len(arrows) <= most:
        return Selection(scene.nodes, arrows)
    on_loops = {name for loop in scene.loops for name in loop.nodes}
    near = [arrow for arrow in arrows if arrow.source in on_loops or arrow.target in on_loops]
    ranked = sorted(near or arrows, key=lambda arrow: (not arrow.loops, arrow.loops))[:most]
    # Sorting ranks them for the cut only; the picture keeps the order of the scene.
    kept = set(ranked)
    shown = tuple(arrow for arrow in arrows if arrow in kept)
    ends = {name for arrow in shown for name in (arrow.source, arrow.target)}
    nodes = tuple(node for node in scene.nodes if node.id in ends)
    what = "the loops and their neighbours" if near else "the first arrows"
    return Selection(
        nodes,
        shown,
        f"Only {what}: {len(nodes)} of {len(scene.nodes)} resources, {len(shown)} of {len(arrows)} arrows. "
        "--format html shows all.",
    )


def _arrows(edges: Iterable[Edge]) -> tuple[Arrow, ...]:
    groups: dict[tuple[str, str, str], list[Edge]] = {}
    for edge in edges:
        groups.setdefault((edge.source, edge.target, edge.kind), []).append(edge)
    return tuple(
        Arrow(
            *ends,
            min((edge.evidence for edge in group), key=evidence_rank),
            tuple(dict.fromkeys(name for edge in group for name in edge.via)),
            tuple(sorted({number for edge in group for number in edge.loops})),
        )
        for ends, group in groups.items()
    )
