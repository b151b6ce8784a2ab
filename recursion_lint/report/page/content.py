"""A scene and a report → the data of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Report
from recursion_lint.report import wording
from recursion_lint.report.graph.scene import Edge, Node, Scene
from recursion_lint.report.page.snippets import Snippets, Texts
from recursion_lint.report.page.told import told
from recursion_lint.report.wording import one_line, place, printable
from recursion_lint.version import __version__


def content(scene: Scene, texts: Texts, report: Report | None = None) -> dict[str, Any]:
    """What the page shows: the findings of ``report``, without one the loops of ``scene``, and all that is drawn.

    ``texts`` gives the text of a file, of which the lines around each place are copied. Findings are numbered from 1.
    """
    snippets = Snippets(texts)
    numbered = _numbered(scene, report)
    number_of = {number: at for at, (_, number) in enumerate(numbered, 1) if number}
    apart = _told_apart(scene.nodes)
    loops = {loop.number: loop.edges for loop in scene.loops}
    return {
        "version": __version__,
        "report": _run(report) if report is not None else None,
        "findings": [
            told(finding, at, loops.get(number, ()), snippets)
            for at, (finding, number) in enumerate(numbered, 1)
        ],
        "nodes": [_node(node, apart.get(node.id, ""), number_of) for node in scene.nodes],
        "edges": [_edge(edge, snippets, number_of) for edge in scene.edges],
        "snippets": snippets.rows,
    }


def _numbered(scene: Scene, report: Report | None) -> list[tuple[Finding, int]]:
    """The findings, each with the number of its loop in the scene, or 0."""
    if report is None:
        return [(loop.finding, loop.number) for loop in scene.loops]
    numbers = iter([loop.number for loop in scene.loops])
    # A scene numbers its loops in this very order.
    return [
        (finding, next(numbers, 0) if wording.is_loop(finding) else 0)
        for finding in wording.worst_first(report.findings)
    ]


def _told_apart(nodes: Sequence[Node]) -> dict[str, str]:
    """For each node whose name others have too: as much of its file as tells it apart, and its line if need be."""
    names: dict[str, list[Node]] = {}
    for node in nodes:
        names.setdefault(node.label, []).append(node)
    found: dict[str, str] = {}
    for group in names.values():
        if len(group) < 2:
            continue
        count = Counter(node.file for node in group)
        tails = _tails(sorted(count))
        for node in group:
            tail = tails[node.file] or "outside"
            found[node.id] = printable(f"{tail}:{node.line}" if count[node.file] > 1 and node.file else tail)
    return found


def _tails(files: Sequence[str]) -> dict[str, str]:
    """The shortest ends of paths, from the file's name on, that no other of them has."""
    parts = {file: wording.repository_path(file).split("/") for file in files}
    found: dict[str, str] = {}
    length, left = 1, list(files)
    while left:
        tails = Counter("/".join(parts[file][-length:]) for file in files)
        for file in left:
            tail = "/".join(parts[file][-length:])
            if tails[tail] == 1 or length >= len(parts[file]):
                found[file] = tail
        left = [file for file in left if file not in found]
        length += 1
    return found


def _node(node: Node, apart: str, number_of: Mapping[int, int]) -> dict[str, Any]:
    return {
        "id": node.id,
        "label": node.label,
        "apart": apart,
        "kind": node.kind,
        "service": node.service or "other",
        "file": printable(wording.repository_path(node.file)),
        "line": node.line,
        "findings": [number_of[number] for number in node.loops if number in number_of],
    }


def _edge(edge: Edge, snippets: Snippets, number_of: Mapping[int, int]) -> dict[str, Any]:
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "evidence": edge.evidence,
        "reason": edge.reason,
        "via": list(edge.via),
        "file": printable(wording.repository_path(edge.span.file)),
        "line": edge.span.line,
        "snippet": snippets.at(edge.span),
        "findings": [number_of[number] for number in edge.loops if number in number_of],
    }


def _run(report: Report) -> dict[str, Any]:
    """What a run says besides its findings: a page must not look green where something was not read."""
    return {
        "summary": wording.summary_line(report, timed=False),
        "problems": [[place(one.file, one.line), one_line(one.message)] for one in report.problems],
        "warnings": [one_line(text) for text in (*report.warnings, report.unfinished) if text],
        "notes": [
            [place(note.span.file, note.span.line), one_line(note.message)]
            for note in wording.notes_in_order(report.notes)
        ],
        "suppressed": [
            [
                place(finding.span.file, finding.span.line),
                f"{finding.rule}: {wording.sentence(finding)} ({one_line(reason) or 'no reason given'})",
            ]
            for finding, reason in report.suppressed
        ],
    }
