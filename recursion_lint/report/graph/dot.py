"""The drawing in Graphviz's language: https://graphviz.org/doc/info/lang.html"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.report.graph.scene import Node, Scene
from recursion_lint.report.graph.selection import FILLS, STROKES, Arrow, selected
from recursion_lint.report.wording import one_line
from recursion_lint.services.registry import declared

_SHAPES = {"store": "cylinder", "bus": "hexagon"}
_LINES = {"broad": "dotted", "assumed": "dotted", "granted": "dashed"}
_HEAD = """\
digraph "recursion-lint" {
  graph [rankdir=LR, fontname="Helvetica", bgcolor="transparent", nodesep=0.4, ranksep=1.0];
  node [fontname="Helvetica", fontsize=11, shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f"];
  edge [fontname="Helvetica", fontsize=9, color="#8c959f", fontcolor="#59636e"];
"""


def draw(scene: Scene) -> str:
    """All of the scene, a cluster per file where there are several; Graphviz lays out large graphs, too."""
    shown = selected(scene, max(len(scene.edges), 1))
    lines: list[str] = []
    clusters = len(shown.files.keys() - {""}) > 1
    for number, (file, nodes) in enumerate(shown.files.items(), 1):
        if file and clusters:
            lines += [f"  subgraph cluster_{number} {{", f'    label={quoted(file)}; color="#d0d7de";']
            lines += [f"    {_node(scene, node)}" for node in nodes]
            lines.append("  }")
        else:
            lines += [f"  {_node(scene, node)}" for node in nodes]
    lines += [f"  {_arrow(scene, arrow)}" for arrow in shown.arrows]
    return _HEAD + "".join(line + "\n" for line in lines) + "}\n"


def _node(scene: Scene, node: Node) -> str:
    words = [f"label={quoted(node.label, node.kind)}"]
    shape = _SHAPES.get(declared(node.service).shape)
    if shape:
        words += [f"shape={shape}", "style=filled"]
    severity = scene.severity(node.loops)
    if severity is not None:
        words += [f'fillcolor="{FILLS[severity]}"', f'color="{STROKES[severity]}"', "penwidth=2"]
    elif not node.file:
        words.append('style="rounded,dashed"')
    return f"{node.id} [{', '.join(words)}];"


def _arrow(scene: Scene, arrow: Arrow) -> str:
    return f"{arrow.source} -> {arrow.target} [{', '.join(_arrow_words(scene, arrow))}];"


def _arrow_words(scene: Scene, arrow: Arrow) -> Iterator[str]:
    yield f"label={quoted(arrow.words)}"
    if arrow.evidence in _LINES:
        yield f"style={_LINES[arrow.evidence]}"
    severity = scene.severity(arrow.loops)
    if severity is not None:
        stroke = STROKES[severity]
        yield f'color="{stroke}", fontcolor="{stroke}", penwidth=2.5'
        loops = [scene.loops[number - 1].finding for number in arrow.loops]
        yield f"tooltip={quoted(*(f'{one.severity}[{one.rule}]: {one.message}' for one in loops))}"


def quoted(*rows: str) -> str:
    """A quoted string of one or more rows. Entities are read inside quotes, so ``&`` is one itself."""
    shown = (one_line(row) for row in rows)
    safe = (row.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for row in shown)
    return '"' + "\\n".join(safe) + '"'
