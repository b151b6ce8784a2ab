"""GraphML: what a reader of it gets is what the JSON drawing says, whatever a template writes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx
import pytest

from recursion_lint.run.lint import draw

ROOT = Path(__file__).resolve().parent.parent


def read(text: str) -> networkx.MultiDiGraph[str]:
    found = networkx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    assert isinstance(found, networkx.MultiDiGraph)
    return found


@pytest.mark.parametrize("case", ["sqs-loop/wrong-variable", "eventbridge-loop", "s3-loop"])
def test_it_says_what_the_json_drawing_says(case: str) -> None:
    path = str(ROOT / "fixtures" / case)
    graph, told = read(draw([path], format="graphml")), json.loads(draw([path], format="json"))
    assert {name: (node["label"], node["line"]) for name, node in graph.nodes(data=True)} == {
        node["id"]: (node["label"], node["line"] or 0) for node in told["nodes"]
    }
    assert sorted(
        (edge["kind"], edge["evidence"], edge["reason"]) for _, _, edge in graph.edges(data=True)
    ) == sorted((edge["kind"], edge["evidence"], edge["reason"]) for edge in told["edges"])


def test_what_xml_cannot_hold_is_made_visible() -> None:
    name = "Q\\u0001\\ufffe<&\\ud83d"
    text = (
        '{"Resources": {"A": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": "arn:aws:sns:r:1:%s",'
        ' "Protocol": "sqs", "Endpoint": "arn:aws:sqs:r:1:q"}}}}' % name
    )
    graph = read(draw(["-"], format="graphml", stdin=text))
    assert any("<&" in told["label"] for _, told in graph.nodes(data=True))
