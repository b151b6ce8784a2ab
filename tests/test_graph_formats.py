"""The drawings as text: goldens that were read by a person, the published schema, hostile names, size."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from graph_samples import HOSTILE, TWO_STACKS, edge, hostile_scene, loop, node, wide_scene
from jsonschema import Draft202012Validator

from recursion_lint.config import Config
from recursion_lint.model.findings import Span
from recursion_lint.report.graph import FORMATS, dot, html, json_graph, mermaid
from recursion_lint.report.graph.scene import Scene
from recursion_lint.report.graph.selection import selected
from recursion_lint.report.page.snippets import snippet
from recursion_lint.report.wording import one_line
from recursion_lint.run.lint import draw, lint
from recursion_lint.version import __version__

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "graph-v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "fixtures").glob("*/*/template.*")
    if path.suffix != ".txt"
)
EMPTY = Scene((), (), ())


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two templates that loop through each other by physical names."""
    for name, text in TWO_STACKS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return sorted(TWO_STACKS)


def parsed(paths: list[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(draw(paths, format="json"))
    return document


# -- goldens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["mermaid", "dot", "json"])
@pytest.mark.parametrize("fixture", ["sqs-loop/pipe-back", "s3-access-log-loop/ring"])
def test_golden(fixture: str, format: str, golden: Callable[[str, str], None]) -> None:
    text = draw([f"fixtures/{fixture}/template.yaml"], format=format)
    golden(f"graph/{fixture.replace('/', '-')}.{format}", text.replace(f'"{__version__}"', '"VERSION"'))


@pytest.mark.parametrize("format", ["mermaid", "dot"])
def test_golden_of_two_files(format: str, stacks: list[str], golden: Callable[[str, str], None]) -> None:
    golden(f"graph/two-stacks.{format}", draw(stacks, format=format))


# -- all formats ------------------------------------------------------------------------------------------


def test_the_same_text_whatever_the_order_of_sets(stacks: list[str]) -> None:
    code = (
        "import sys; from recursion_lint.run.lint import draw\n"
        "for format in ('mermaid', 'dot', 'json', 'html'): sys.stdout.write(draw(sys.argv[1:], format=format))"
    )
    seen = set()
    for seed in "12":
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", code, *stacks], capture_output=True, env=env, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match=r"svg.*mermaid"):
        draw([TEMPLATES[0]], format="svg")


def test_nothing_to_draw() -> None:
    assert mermaid.draw(EMPTY).splitlines()[0] == "flowchart LR"
    assert dot.draw(EMPTY).endswith("];\n}\n")
    VALIDATOR.validate(json.loads(json_graph.draw(EMPTY)))
    assert data_of(html.draw(EMPTY, lambda file: None))["nodes"] == []


def test_half_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    text = json.dumps({"Resources": {"Q\ud83d": {"Type": "AWS::SQS::Queue", "Properties": {
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": 3}}},
        "D": {"Type": "AWS::SQS::Queue"}}})  # fmt: skip
    (tmp_path / "t.json").write_text(text)
    for format in FORMATS:
        assert "Q" in draw([str(tmp_path / "t.json")], format=format).encode("utf-8").decode("utf-8")


def test_a_message_brings_no_control_characters_into_a_drawing(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("""
Resources:
  t:
    Type: AWS::CloudTrail::Trail
    Properties:
      S3BucketName: {Ref: "\\b"}
      EventSelectors:
        - DataResources: [{Type: AWS::S3::Object, Values: ["arn:aws:s3"]}]
""")
    for format in ("dot", "mermaid", "html"):
        drawn = draw([str(tmp_path / "t.yaml")], format=format)
        assert "cloudtrail-loop" in drawn or format == "mermaid"
        assert all(letter.isprintable() or letter == "\n" for letter in drawn), format


# -- JSON -------------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema_closed_and_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def visit(part: dict[str, Any]) -> None:
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])
            for name, member in part["properties"].items():
                if "$ref" not in member or len(member) > 1:
                    assert member["description"], name
                visit(member)

    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        visit(part)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_fixture_is_valid_and_its_loops_go_round(template: str) -> None:
    document = parsed([template])
    VALIDATOR.validate(document)
    edges = {one["id"]: one for one in document["edges"]}
    nodes = {one["id"]: one for one in document["nodes"]}
    assert {end for one in edges.values() for end in (one["from"], one["to"])} == set(nodes)
    for one in document["loops"]:
        hops = [edges[name] for name in one["edges"]]
        assert [hop["to"] for hop in hops] == [hop["from"] for hop in [*hops[1:], hops[0]]]
        assert set(one["nodes"]) == {hop["from"] for hop in hops}
        assert all(
            one["number"] in part["loops"] for part in (*hops, *(nodes[name] for name in one["nodes"]))
        )


@pytest.mark.parametrize("template", TEMPLATES)
def test_its_hops_are_those_of_the_report(template: str) -> None:
    document = parsed([template])
    edges = {one["id"]: one for one in document["edges"]}
    labels = {one["id"]: one["label"] for one in document["nodes"]}
    drawn = {
        one["fingerprint"]: [
            (labels[hop["from"]], labels[hop["to"]], hop["kind"], hop["reason"], hop["line"])
            for hop in (edges[name] for name in one["edges"])
        ]
        for one in document["loops"]
    }
    reported = {
        one.fingerprint: [(hop.source, hop.target, hop.kind, hop.reason, hop.span.line) for hop in one.hops]
        for one in lint([template], Config(no_ignores=True)).findings
        if one.hops and one.hops[0].source == one.hops[-1].target and one.hops[0].kind != "reference"
    }
    assert drawn == reported


def test_a_resource_of_two_services_is_one_node() -> None:
    """A delivery stream takes records in and gives objects out: what happens inside is no edge."""
    document = parsed(["fixtures/s3-loop/firehose-delivery/template.yaml"])
    assert [one["label"] for one in document["nodes"]] == ["Landing", "Replay", "Records"]
    assert all(one["from"] != one["to"] for one in document["edges"])


def test_a_bucket_that_logs_to_itself_has_an_edge_to_itself() -> None:
    document = parsed(["fixtures/s3-access-log-loop/itself/template.yaml"])
    assert [(one["from"], one["to"], one["loops"]) for one in document["edges"]] == [("n1", "n1", [1])]


def test_what_is_outside_has_no_place(stacks: list[str]) -> None:
    outside = parsed(stacks)["nodes"][-1]
    assert (outside["label"], outside["type"], outside["file"], outside["line"]) == (
        "PartnerQueueArn",
        None,
        None,
        None,
    )


def test_the_configuration_says_which_loops_count() -> None:
    from recursion_lint import Config

    path = ["fixtures/sqs-loop/pipe-back/template.yaml"]
    document = json.loads(draw(path, Config(ignore=("sqs-loop",)), "json"))
    assert document["loops"] == []
    assert len(document["edges"]) == len(parsed(path)["edges"])


# -- Mermaid ----------------------------------------------------------------------------------------------

_LABEL = r'"(?:[^"\\\[\]{}|<>`%&;#:]|<br/>|#\d+;)*"'
_MERMAID = re.compile(
    "|".join(
        (
            r"flowchart LR",
            r" +%% [^{}]*",
            rf" +subgraph f\d+\[{_LABEL}\]",
            r" +end",
            rf" +n\d+(?:\[|\(\[|\[\(|\[\[|>|{{{{){_LABEL}(?:\]|\]\)|\)\]|\]\]|}}}})",
            rf" +n\d+ (?:-->|-\.->)\|{_LABEL}\| n\d+",
            r" +linkStyle [\d,]+ [\w:#,-]+",
            r" +classDef \w+ [\w:#,-]+",
            r" +class [n\d,]+ \w+",
        )
    )
)


def test_mermaid_has_only_its_own_syntax() -> None:
    lines = mermaid.draw(hostile_scene()).splitlines()
    assert [line for line in lines if not _MERMAID.fullmatch(line)] == []
    assert len(lines) == 2 + 2 * 2 + 2 * len(HOSTILE) + 3  # head, two files, nodes and arrows, styles


def test_mermaid_words_can_be_read_back() -> None:
    text = mermaid.escaped(HOSTILE[1], 200)
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text) == HOSTILE[1]
    assert mermaid.escaped("x" * 99) == "x" * 59 + "…"


def test_mermaid_styles_the_arrows_of_loops() -> None:
    """linkStyle counts arrows in the order in which they stand."""
    text = mermaid.draw(wide_scene(2))
    arrows = re.findall(r"(n\d+) -.*> ?\|.*\| (n\d+)", text)
    styled = [arrows[int(at)] for at in re.search(r"linkStyle ([\d,]+) stroke:#d1242f", text)[1].split(",")]  # type: ignore[index]
    assert sorted(styled) == [("n1", "n2"), ("n2", "n1")]
    assert "  class n1,n2 error\n" in text


def test_mermaid_of_a_large_graph_shows_the_loops_and_their_neighbours() -> None:
    text = mermaid.draw(wide_scene(mermaid.MAX_ARROWS))
    assert set(re.findall(r"\bn\d+", text)) == {"n1", "n2", "n3"}
    assert "  %% Only the loops and their neighbours: 3 of 603 resources, 3 of 303 arrows. " in text
    assert "Only" not in mermaid.draw(wide_scene(mermaid.MAX_ARROWS - 3))


def test_a_large_graph_stays_within_the_limits_of_github() -> None:
    nodes = tuple(node(at, f"Resource{at}" * 9, 1) for at in range(1, 501))
    edges = tuple(edge(at, at, at % 500 + 1, 1, kind="a long kind of hop") for at in range(1, 501))
    text = mermaid.draw(Scene(nodes, edges, (loop(1, *edges),)))
    assert text.count("-->") == mermaid.MAX_ARROWS
    assert len(text) < 50_000 * 1.5


def test_the_loops_come_first_where_not_even_they_fit() -> None:
    scene = wide_scene(50)
    assert [arrow.loops for arrow in selected(scene, 2).arrows] == [(1,), (1,)]
    without = Scene(scene.nodes, scene.edges, ())
    assert selected(without, 5).omitted.startswith("Only the first arrows: 8 of 103 resources, 5 of 53")


def test_edges_of_one_kind_are_one_arrow_with_the_best_evidence() -> None:
    edges = (edge(1, 1, 2, evidence="broad"), edge(2, 1, 2, 1), edge(3, 1, 2, kind="trigger"))
    arrows = selected(Scene((node(1, "A"), node(2, "B")), edges, ()), 9).arrows
    assert [(arrow.kind, arrow.evidence, arrow.loops) for arrow in arrows] == [
        ("write", "granted", (1,)),
        ("trigger", "granted", ()),
    ]
    assert arrows[0].words == "write, granted"


# -- DOT --------------------------------------------------------------------------------------------------

_STRING = r'"(?:[^"\\]|\\.)*"'
_DOT = re.compile(
    "|".join(
        (
            r" +(?:graph|node|edge) \[[^\]]*\];",
            r'digraph "recursion-lint" {',
            r" +subgraph cluster_\d+ {",
            r" *}",
            rf' +label={_STRING}; color="#\w+";',
            rf" +n\d+(?: -> n\d+)? \[(?:\w+=(?:{_STRING}|[\w.]+)(?:, )?)+\];",
        )
    )
)


def test_dot_has_only_its_own_syntax() -> None:
    lines = dot.draw(hostile_scene()).splitlines()
    assert [line for line in lines if not _DOT.fullmatch(line)] == []


def test_dot_words() -> None:
    assert dot.quoted('a"b', "c\\N") == '"a\\"b\\nc\\\\N"'
    assert dot.quoted("&quot;\n x") == '"&amp;quot; x"'


# -- the page ---------------------------------------------------------------------------------------------


class _Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts.append(data)


def data_of(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_Elements(text).scripts[0])
    return document


def test_the_page_holds_hostile_words_as_data() -> None:
    text = html.draw(hostile_scene(), lambda file: f"\n  {HOSTILE[0]}\n{HOSTILE[2]}")
    plain = html.draw(EMPTY, lambda file: None)
    assert [tag for tag, _ in _Elements(text).found] == [tag for tag, _ in _Elements(plain).found]
    assert [one["label"] for one in data_of(text)["nodes"]] == list(HOSTILE)
    assert data_of(text)["snippets"] == [
        [[1, "", -1, -1], [2, f"  {HOSTILE[0]}", 2, 8], [3, HOSTILE[2], -1, -1]]
    ]


def test_only_the_programs_hash_may_run() -> None:
    from base64 import b64encode
    from hashlib import sha256

    elements = _Elements(html.draw(hostile_scene(), lambda file: None))
    policy = next(
        attributes["content"] or "" for _, attributes in elements.found if "http-equiv" in attributes
    )
    digest = b64encode(sha256(elements.scripts[1].encode("utf-8")).digest()).decode("ascii")
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")


def test_the_page_needs_no_network() -> None:
    elements = _Elements(html.draw(hostile_scene(), lambda file: None))
    links = [
        value
        for _, attributes in elements.found
        for key, value in attributes.items()
        if key in ("src", "href")
    ]
    assert links == ["data:,"]
    assert "url(" not in html.draw(EMPTY, lambda file: None).replace("url(#", "")


def test_a_place_is_copied_once() -> None:
    scene = Scene((node(1, "A"), node(2, "B")), (edge(1, 1, 2), edge(1, 2, 1), edge(2, 1, 2)), ())
    data = data_of(html.draw(scene, lambda file: "one two three\nfour five six\n"))
    assert [one["snippet"] for one in data["edges"]] == [0, 0, 1]
    assert len(data["snippets"]) == 2


def lines_of(text: str, *span: int) -> list[Any]:
    return snippet(text.split("\n"), Span("t.yaml", *span))


def test_snippet_of_one_line() -> None:
    assert lines_of("a\nb\nc\n  key: x\n\ne\nf", 4, 3, 4, 6) == [
        [2, "b", -1, -1],
        [3, "c", -1, -1],
        [4, "  key: x", 2, 5],
        [5, "", -1, -1],
        [6, "e", -1, -1],
    ]


def test_snippet_of_several_lines_marks_them_from_their_indent() -> None:
    assert lines_of("- a:\n    b\n    c\nd", 1, 3, 4, 1) == [
        [1, "- a:", 2, 4],
        [2, "    b", 4, 5],
        [3, "    c", 4, 5],
        [4, "d", -1, -1],
    ]


def test_snippet_of_many_lines_is_cut() -> None:
    shown = lines_of("\n".join("x" * 9 for _ in range(50)), 3, 1, 40, 5)
    assert [row[0] for row in shown] == list(range(1, 17))
    assert shown[-1][2] == 0


def test_snippet_of_a_long_line_keeps_the_mark() -> None:
    text = "x" * 5000 + "KEY" + "y" * 5000
    ((number, shown, begin, end),) = lines_of(text, 1, 5001, 1, 5004)
    assert (number, shown[begin:end]) == (1, "KEY")
    assert len(shown) < 230
    assert shown[0] == shown[-1] == "…"


def test_snippet_cannot_steer() -> None:
    ((_, shown, begin, end),) = lines_of("\ta\u202eb: c", 1, 2, 1, 5)
    assert (shown, shown[begin:end]) == (" a\ufffdb: c", "a\ufffdb")


@pytest.mark.parametrize("span", [(9, 1, 9, 2), (1, 90, 1, 95)])
def test_snippet_of_what_is_not_there(span: tuple[int, int, int, int]) -> None:
    for row in lines_of("one", *span):
        assert row[1] == "one"


@pytest.mark.parametrize("name", ["\r", " ", "\u2028"])
def test_a_name_of_blanks_alone_is_still_something_to_read(name: str) -> None:
    assert one_line(name)
    assert one_line(f"a{name}b") in ("a b", "a\ufffdb")


def test_variants_of_a_template_are_drawn_each_with_what_it_declares(tmp_path: Path) -> None:
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""
    for name in ("production", "test"):
        (tmp_path / f"{name}.yaml").write_text(text)
    graph = lint(tmp_path).graph()
    files = [(told["label"], Path(told["file"]).stem) for _, told in graph.nodes(data=True)]
    assert sorted(files) == [
        ("Jobs", "production"),
        ("Jobs", "test"),
        ("Worker", "production"),
        ("Worker", "test"),
    ]
    assert all(graph.nodes[one]["file"] == graph.nodes[other]["file"] for one, other in graph.edges())
