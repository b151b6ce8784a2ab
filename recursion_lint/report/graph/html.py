"""The drawing as one page for a browser: markup, style, program and data in a single file, no network.

The program may run because the page names its hash; nothing else on the page may, whatever a template holds.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from recursion_lint.model.findings import Remedy, Span
from recursion_lint.report.graph.scene import Edge, Loop, Node, Scene
from recursion_lint.report.snippet import source_lines
from recursion_lint.report.wording import one_line, printable, runtime_line, sketched
from recursion_lint.version import __version__

Texts = Callable[[str], "str | None"]
_PARTS = Path(__file__).parent / "page"
_SCRIPTS = ("layout.js", "view.js", "panel.js", "main.js")
_CONTEXT = 2
_MAX_LINES = 12
_MAX_COLUMNS = 220


def draw(scene: Scene, texts: Texts) -> str:
    """The page; ``texts`` gives the text of a template, of which the lines around each edge are copied into it."""
    script = "".join(_part(name) for name in _SCRIPTS)
    # Split at the places first: what a template holds must not be taken for one of them.
    pieces = _part("graph.html").split("@@")
    filling = {
        "CSS": _part("graph.css"),
        "HASH": b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii"),
        "DATA": _embedded(_data(scene, texts)),
        "SCRIPT": script,
    }
    return "".join(filling[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def _part(name: str) -> str:
    # Bytes, because the hash is that of the file as it is, whatever the platform's line ends.
    return (_PARTS / name).read_bytes().decode("utf-8").replace("\r\n", "\n")


def _embedded(data: Any) -> str:
    """JSON inside ``<script>``: no ``<`` can end the element, no ``&`` or line separator be misread."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _data(scene: Scene, texts: Texts) -> dict[str, Any]:
    snippets: list[list[Any]] = []
    known: dict[Span, int] = {}
    lines: dict[str, Sequence[str]] = {}
    for edge in scene.edges:
        if edge.span in known or not edge.span.file:
            continue
        if edge.span.file not in lines:
            lines[edge.span.file] = source_lines(texts(edge.span.file) or "")
        known[edge.span] = len(snippets)
        snippets.append(snippet(lines[edge.span.file], edge.span))
    return {
        "version": __version__,
        "nodes": [_node(node) for node in scene.nodes],
        "edges": [_edge(edge, known.get(edge.span)) for edge in scene.edges],
        "loops": [_loop(loop) for loop in scene.loops],
        "snippets": snippets,
    }


def snippet(lines: Sequence[str], span: Span) -> list[Any]:
    """The lines of a span and two on each side: ``[number, text, begin, end]``, the marked letters 0-based.

    ``begin`` is -1 on a line without a mark. Of a span of many lines the first are kept, of a long line the part
    around the mark.
    """
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    shown_last = min(max(last, span.line), span.line + _MAX_LINES - 1)
    found: list[Any] = []
    for number in range(max(span.line - _CONTEXT, 1), min(shown_last + _CONTEXT, len(lines)) + 1):
        line = printable(lines[number - 1].expandtabs(1)).rstrip()
        begin, end = -1, -1
        if span.line <= number <= last or number == span.line:
            begin = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
            end = span.end_column - 1 if number == span.end_line else len(line)
        found.append([number, *_cut(line, begin, end)])
    while found and not found[-1][1] and found[-1][2] < 0:
        found.pop()
    return found


def _cut(line: str, begin: int, end: int) -> tuple[str, int, int]:
    begin, end = min(begin, len(line)), min(end, len(line))
    if len(line) <= _MAX_COLUMNS:
        return line, begin, end
    first = max(begin - _MAX_COLUMNS // 3, 0)
    part = line[first : first + _MAX_COLUMNS]
    lead = "…" if first else ""
    tail = "…" if first + _MAX_COLUMNS < len(line) else ""
    if begin < 0:
        return lead + part + tail, -1, -1
    move = len(lead) - first
    return lead + part + tail, begin + move, min(end + move, len(lead + part))


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "label": node.label,
        "kind": node.kind,
        "service": node.service or "other",
        "file": printable(node.file),
        "line": node.line,
        "loops": list(node.loops),
    }


def _edge(edge: Edge, at: int | None) -> dict[str, Any]:
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "evidence": edge.evidence,
        "reason": edge.reason,
        "via": list(edge.via),
        "file": printable(edge.span.file),
        "line": edge.span.line,
        "snippet": at,
        "loops": list(edge.loops),
    }


def _loop(loop: Loop) -> dict[str, Any]:
    finding = loop.finding
    said = [("because", text) for text in finding.because]
    if finding.witness is not None:
        key = f' of "{finding.witness.key}"' if finding.witness.key is not None else ""
        said.append(("example", finding.witness.event + key))
    said += [("guard", text) for text in finding.guards]
    runtime = runtime_line(finding)
    said += [("at run time", runtime)] if runtime else []
    told = [[key, one_line(text)] for key, text in said] + [["help", _help(one)] for one in finding.remedies]
    return {
        "number": loop.number,
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": one_line(finding.message),
        "said": told,
        "nodes": list(loop.nodes),
        "edges": list(loop.edges),
    }


def _help(remedy: Remedy) -> str:
    """A remedy on one line, and below it the handler that it sketches."""
    steps = remedy.steps.strip().partition("\n\n")[0]
    first = one_line(f"{remedy.title}: {steps}" if steps else remedy.title)
    return "\n".join((first, *sketched(remedy)))
