"""Spans end where the text does, whatever ends its lines."""

from __future__ import annotations

import pytest

from recursion_lint.template.yaml.nodes import parse


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_a_text_without_a_last_line_end(end: str) -> None:
    root = parse(end.join(["Resources:", "  Jobs:", "    Type: AWS::SQS::Queue"]), "t.yaml")
    for node in (root, root.get("Resources"), root.get("Resources", "Jobs")):
        assert node is not None
        assert (node.span.end_line, node.span.end_column) == (3, 26)
