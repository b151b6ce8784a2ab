"""The drawing as a Mermaid flowchart, which GitHub and GitLab render in Markdown.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recursion_lint.model.findings import SEVERITIES
from recursion_lint.report.graph.scene import Node, Scene
from recursion_lint.report.graph.selection import FILLS, STROKES, Arrow, Selection, selected
from recursion_lint.services.registry import declared

MAX_ARROWS = 300
"""GitHub refuses more than 500 arrows, and far fewer can still be read."""
MAX_LABEL = 60
_PLAIN = frozenset(" _-./,()")
_SHAPES = {
    "function": ("([", "])"),
    "store": ("[(", ")]"),
    "queue": ("[[", "]]"),
    "topic": (">", "]"),
    "bus": ("{{", "}}"),
}


def draw(scene: Scene) -> str:
    """A flowchart with one subgraph per file where there are several; the arrows of loops are thick and coloured."""
    shown = selected(scene, MAX_ARROWS)
    lines = ["flowchart LR", f"  %% {_comment(scene)}"]
    if shown.omitted:
        lines.append(f"  %% {shown.omitted}")
    lines += _nodes(shown)
    lines += [f"  {_arrow(arrow)}" for arrow in shown.arrows]
    lines += _styles(scene, shown)
    return "".join(line + "\n" for line in lines)


def _comment(scene: Scene) -> str:
    if not scene.nodes:
        return "recursion-lint: no resource triggers or writes to another"
    levels = [loop.finding.severity for loop in scene.loops]
    counts = ", ".join(f"{levels.count(level)} {level}" for level in SEVERITIES if level in levels)
    return f"recursion-lint: {len(levels)} loop{'' if len(levels) == 1 else 's'}" + (
        f" ({counts})" if counts else ""
    )


def _nodes(shown: Selection) -> Iterator[str]:
    files = shown.files
    if len(files.keys() - {""}) < 2:
        yield from (f"  {_node(node)}" for node in shown.nodes)
        return
    for number, (file, nodes) in enumerate(files.items(), 1):
        if not file:
            yield from (f"  {_node(node)}" for node in nodes)
            continue
        yield f'  subgraph f{number}["{escaped(file, MAX_LABEL * 2)}"]'
        yield from (f"    {_node(node)}" for node in nodes)
        yield "  end"


def _node(node: Node) -> str:
    start, end = _SHAPES.get(declared(node.service).shape, ("[", "]"))
    return f'{node.id}{start}"{escaped(node.label)}<br/>{escaped(node.kind)}"{end}'


def _arrow(arrow: Arrow) -> str:
    shaft = "-.->" if arrow.evidence in ("broad", "assumed") else "-->"
    return f'{arrow.source} {shaft}|"{escaped(arrow.words)}"| {arrow.target}'


def _styles(scene: Scene, shown: Selection) -> Iterator[str]:
    for severity in SEVERITIES:
        stroke = STROKES[severity]
        arrows = [str(at) for at, one in enumerate(shown.arrows) if scene.severity(one.loops) == severity]
        if arrows:
            yield f"  linkStyle {','.join(arrows)} stroke:{stroke},stroke-width:3px"
        nodes = _ids(scene, shown.nodes, severity)
        if nodes:
            yield f"  classDef {severity} fill:{FILLS[severity]},stroke:{stroke},stroke-width:2px,color:#1f2328"
            yield f"  class {','.join(nodes)} {severity}"


def _ids(scene: Scene, nodes: Sequence[Node], severity: str) -> list[str]:
    return [node.id for node in nodes if scene.severity(node.loops) == severity]


def escaped(text: str, most: int = MAX_LABEL) -> str:
    """``text`` for a quoted label: all that Mermaid, Markdown or HTML might read becomes ``#code;``."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(
        letter
        if letter.isalnum() or letter in _PLAIN or (ord(letter) > 127 and letter.isprintable())
        else f"#{ord(letter)};"
        for letter in short
    )
