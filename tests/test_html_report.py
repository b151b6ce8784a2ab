"""The report as a page: what it holds, in the same bytes each time, and what may run on it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graph_samples import node
from report_samples import clean_report, full_report, s3_finding, sqs_report

from recursion_lint.model.findings import Cost
from recursion_lint.model.report import Problem
from recursion_lint.report import page, render
from recursion_lint.report.graph.scene import Scene
from recursion_lint.report.page.content import content
from recursion_lint.report.wording import price_line
from recursion_lint.run.lint import lint

ROOT = Path(__file__).parents[1]
ASSETS = Path(page.__file__).parent / "assets"


def data_of(text: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert match is not None
    document: dict[str, Any] = json.loads(match[1])
    return document


def lines_at(data: dict[str, Any], at: int) -> list[str]:
    return [row[1].strip() for row in data["snippets"][at] if row[2] >= 0]


def test_a_finding_is_told_with_its_hops_and_its_ways_out() -> None:
    data = data_of(render(full_report(), "html"))
    assert [finding["rule"] for finding in data["findings"]] == [
        "sqs-loop",
        "s3-loop",
        "wildcard-in-s3-filter",
    ]
    finding = data["findings"][1]
    assert (finding["number"], finding["folder"], finding["loop"]) == (2, "stacks", True)
    assert [(hop["from"], hop["to"], hop["place"]) for hop in finding["hops"]] == [
        ("Pictures", "Thumbnails", "stacks/pictures.yaml:7"),
        ("Thumbnails", "Pictures", "stacks/role.yaml:11"),
    ]
    assert lines_at(data, finding["hops"][1]["snippet"]) == ["Resource: !Sub arn:aws:s3:::${Bucket}/*"]
    first, second = finding["remedies"]
    assert (first["breaks"], first["applied"]) == (2, "--fix applies it")
    assert "+                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*" in first["diff"]
    assert (second["breaks"], second["applied"], second["diff"]) == (None, "by hand", [])
    assert ["because", "the notification has no key filter"] in finding["said"]
    assert ["against", s3_finding().guards[0]] in finding["said"]


def test_what_a_loop_costs_is_told_where_it_is_known() -> None:
    priced = s3_finding()._replace(cost=Cost(0.5, 40.0, "1,000 at once"))
    (finding,) = data_of(render(full_report()._replace(findings=(priced,)), "html"))["findings"]
    assert ["price", price_line(priced)] in finding["said"]
    (finding,) = data_of(render(full_report()._replace(findings=(s3_finding(),)), "html"))["findings"]
    assert "price" not in dict(finding["said"])


def test_what_is_no_loop_has_its_line() -> None:
    data = data_of(render(full_report(), "html"))
    finding = data["findings"][2]
    assert (finding["loop"], finding["hops"]) == (False, [])
    assert lines_at(data, finding["snippet"]) == ["- Event: s3:ObjectCreated:*"]


def test_what_was_not_read_or_not_resolved_is_told() -> None:
    told = data_of(render(full_report(), "html"))["report"]
    assert told["problems"] == [["broken.yaml:3", "mapping values are not allowed here"]]
    assert len(told["notes"]) == 2
    assert told["summary"].startswith("1 error, 1 warning, 1 info")
    unread = clean_report()._replace(problems=(Problem("a.yaml", 0, "no"),))
    assert data_of(render(unread, "html"))["report"]["summary"].startswith("Not all was checked")


def test_the_line_of_the_handler_is_there() -> None:
    report = lint(ROOT / "fixtures" / "sqs-loop" / "requeues-what-is-not-ready" / "template.yaml")
    data = data_of(render(report, "html"))
    codes = [hop["code"] for hop in data["findings"][0]["hops"] if hop["code"]]
    assert [code["verdict"] for code in codes] == ["conditional"]
    assert any("send_message" in line for line in lines_at(data, codes[0]["snippet"]))
    assert ["only if", 'export["asked"] < 10'] in codes[0]["said"]


def test_the_whole_graph_of_a_run_is_there() -> None:
    report = lint(ROOT / "fixtures" / "s3-loop" / "access-point" / "template.yaml")
    data = data_of(render(report, "html"))
    assert len(data["nodes"]) == report.graph().number_of_nodes()
    assert all(edge["snippet"] is not None for edge in data["edges"])
    by_hand = data_of(render(report._replace(pictured=None), "html"))
    assert len(by_hand["nodes"]) <= len(data["nodes"])
    assert [one["hops"] for one in by_hand["findings"]] != []


def test_a_run_says_the_same_in_the_same_bytes_whenever_it_is_made() -> None:
    report = lint(ROOT / "fixtures" / "s3-loop" / "access-point")
    slower = report._replace(elapsed=99.0)
    assert render(report, "html") == render(slower, "html")
    again = lint(ROOT / "fixtures" / "s3-loop" / "access-point")
    assert render(report, "html") == render(again, "html")


def test_only_what_has_its_hash_may_hold() -> None:
    text = render(full_report(), "html")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    style, script = (
        re.search(r"<style>(.*?)</style>", text, re.S),
        re.search(r"<script>(.*?)</script>", text, re.S),
    )
    assert policy is not None
    assert style is not None
    assert script is not None

    def digest(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    assert policy[1] == (
        f"default-src 'none'; style-src {digest(style[1])}; script-src {digest(script[1])}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_command_in_a_template_breaks_no_hash() -> None:
    evil = "##[set-output]x ::error::y"
    report = sqs_report()._replace(findings=(sqs_report().findings[0]._replace(message=evil),))
    text = render(report, "html")
    assert "##[" not in text
    assert data_of(text)["findings"][0]["message"] == evil
    assert "".join(re.findall(r"(?s)<script>(.*?)</script>", text)) == "".join(
        re.findall(r"(?s)<script>(.*?)</script>", render(clean_report(), "html"))
    )


@pytest.mark.parametrize("file", sorted(ASSETS.iterdir()), ids=lambda file: file.name)
def test_no_asset_makes_markup_of_text_or_asks_a_network(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "import(",
    ):
        assert word not in text
    assert re.findall(r"https?://\S+?[\"' ;]", text.replace("http://www.w3.org/2000/svg", "")) == []
    assert text.count("\n") <= 260
    assert file.name == "page.html" or file.name in (*page._STYLES, *page._SCRIPTS)


def test_equal_names_have_as_much_of_their_file_as_tells_them_apart() -> None:
    nodes = (
        node(1, "A", file="x/a/t.yaml"),
        node(2, "A", file="x/b/t.yaml"),
        node(3, "A", file="other.yaml"),
        node(4, "A", file=""),
        node(5, "B", file="t.yaml"),
        node(6, "C", file="t.yaml"),
        node(7, "C", file="t.yaml"),
    )
    data = content(Scene(nodes, (), ()), lambda file: None)
    assert [one["apart"] for one in data["nodes"]] == [
        "a/t.yaml",
        "b/t.yaml",
        "other.yaml",
        "outside",
        "",
        "t.yaml:6",
        "t.yaml:7",
    ]
