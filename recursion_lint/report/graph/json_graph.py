"""The drawing as JSON, schema 1: docs/schema/graph-v1.schema.json describes it."""

from __future__ import annotations

import json
from typing import Any

from recursion_lint.report.graph.scene import Edge, Loop, Node, Scene
from recursion_lint.version import __version__

SCHEMA = 1


def draw(scene: Scene) -> str:
    """The whole scene, keys always in the same order; what is new in a later version comes as new keys."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "recursion-lint", "version": __version__},
        "nodes": [_node(node) for node in scene.nodes],
        "edges": [_edge(edge) for edge in scene.edges],
        "loops": [_loop(loop) for loop in scene.loops],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "label": node.label,
        "type": node.type if node.file else None,
        "service": node.service,
        "file": node.file or None,
        "line": node.line or None,
        "loops": list(node.loops),
    }


def _edge(edge: Edge) -> dict[str, Any]:
    known = bool(edge.span.file)
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "evidence": edge.evidence,
        "reason": edge.reason,
        "via": list(edge.via),
        "file": edge.span.file or None,
        "line": edge.span.line if known else None,
        "column": edge.span.column if known else None,
        "end_line": edge.span.end_line if known else None,
        "end_column": edge.span.end_column if known else None,
        "loops": list(edge.loops),
    }


def _loop(loop: Loop) -> dict[str, Any]:
    finding = loop.finding
    return {
        "number": loop.number,
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "nodes": list(loop.nodes),
        "edges": list(loop.edges),
    }
