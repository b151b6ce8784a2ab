"""The editing engine: only what is edited changes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.template.yaml.edits import Edit, EditError, Editor, apply_edits, unified
from recursion_lint.template.yaml.emitter import Style, Verbatim, entry, get_att, inline, ref, sub
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import parse

FIXTURES = Path(__file__).parent.parent / "fixtures"
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus" / "templates"

YAML = """\
# A queue and its worker
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Queue:   # the source
    Type: AWS::SQS::Queue

  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment:
        Variables: {TARGET: !Ref Queue, OTHER: "x"}
      Tags:
        - Key: a   # first
          Value: b
        # about c
        - Key: c
          Value: d
      Layers: [one, two,
               three]

Outputs:
  Url:
    Value: !Ref Queue
"""
JSON = """\
{
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue"
        },
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Tags": [
                    {"Key": "a"},
                    {"Key": "b"}
                ],
                "Role": {
                    "Ref": "Role"
                }
            }
        }
    }
}
"""


def edited(text: str, *edits: Edit) -> str:
    return apply_edits(text, edits)


def editor(text: str) -> Editor:
    return Editor("template.yaml", text)


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines taken away and the lines added, by the diff."""
    lines = unified("t.yaml", before, after).split("\n")[2:]
    return [line[1:] for line in lines if line[:1] == "-"], [line[1:] for line in lines if line[:1] == "+"]


def node(doc: Editor, *path: str):  # type: ignore[no-untyped-def]
    found = doc.root.get(*path)
    assert found is not None
    return found


def test_a_scalar_is_replaced_and_its_comment_stays() -> None:
    doc = editor(YAML)
    after = edited(
        YAML, doc.replace(node(doc, "Resources", "Worker", "Properties", "Role"), get_att("Other", "Arn"))
    )
    assert changed(YAML, after) == (["      Role: !GetAtt Role.Arn"], ["      Role: !GetAtt Other.Arn"])


def test_a_value_in_flow_brackets_is_replaced_alone() -> None:
    doc = editor(YAML)
    properties = node(doc, "Resources", "Worker", "Properties")
    after = edited(YAML, doc.put(properties, ("Environment", "Variables", "TARGET"), ref("Results")))
    assert changed(YAML, after)[1] == ['        Variables: {TARGET: !Ref Results, OTHER: "x"}']


def test_an_entry_is_added_inside_flow_brackets() -> None:
    doc = editor(YAML)
    properties = node(doc, "Resources", "Worker", "Properties")
    after = edited(YAML, doc.put(properties, ("Environment", "Variables", "NEW"), ref("Queue")))
    assert changed(YAML, after)[1] == ['        Variables: {TARGET: !Ref Queue, OTHER: "x", NEW: !Ref Queue}']


def test_missing_maps_are_made_on_the_way() -> None:
    doc = editor(YAML)
    after = edited(
        YAML, doc.put(node(doc, "Resources", "Worker", "Properties"), ("A", "B", "C"), [{"D": 1, "E": True}])
    )
    assert changed(YAML, after) == (
        [],
        ["      A:", "        B:", "          C:", "            - D: 1", "              E: true"],
    )


@pytest.mark.parametrize(
    ("index", "gone"),
    [
        (0, ["        - Key: a   # first", "          Value: b"]),
        (1, ["        - Key: c", "          Value: d"]),
    ],
)
def test_an_item_is_removed_with_its_own_lines_only(index: int, gone: list[str]) -> None:
    doc = editor(YAML)
    after = edited(YAML, doc.remove_item(node(doc, "Resources", "Worker", "Properties", "Tags"), index))
    assert changed(YAML, after) == (gone, [])


@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_item_of_a_flow_list_is_removed_with_its_comma(index: int) -> None:
    doc = editor(YAML)
    layers = node(doc, "Resources", "Worker", "Properties", "Layers")
    after = parse(edited(YAML, doc.remove_item(layers, index)), "t")
    left = [item.text for item in after.get("Resources", "Worker", "Properties", "Layers").each()]  # type: ignore[union-attr]
    assert left == [name for at, name in enumerate(["one", "two", "three"]) if at != index]


def test_an_item_is_added_after_another_in_the_lists_own_indentation() -> None:
    doc = editor(YAML)
    after = edited(
        YAML,
        doc.add_item(node(doc, "Resources", "Worker", "Properties", "Tags"), {"Key": "m", "V": ["x"]}, 0),
    )
    assert changed(YAML, after)[1] == ["        - Key: m", "          V:", "            - x"]
    tags = parse(after, "t").get("Resources", "Worker", "Properties", "Tags")
    assert tags is not None
    assert [item.get("Key").text for item in tags.each()] == ["a", "m", "c"]  # type: ignore[union-attr]


def test_an_item_takes_the_place_of_another() -> None:
    doc = editor(YAML)
    after = edited(
        YAML, doc.swap_item(node(doc, "Resources", "Worker", "Properties", "Tags"), 1, {"Key": "z"})
    )
    assert changed(YAML, after) == (["        - Key: c", "          Value: d"], ["        - Key: z"])


def test_an_item_in_flow_takes_the_place_of_another() -> None:
    text = "Resources: {A: {Type: T::T, L: [{Key: a}, {Key: c}]}}\n"
    doc = editor(text)
    after = edited(text, doc.swap_item(node(doc, "Resources", "A", "L"), 1, {"Key": "z"}))
    assert after == text.replace("{Key: c}", "{Key: z}")


def test_lists_that_are_not_indented_stay_so() -> None:
    text = "Resources:\n  A:\n    Type: T::T\n    Properties:\n      L:\n      - one\n      - two\n"
    doc = editor(text)
    after = edited(text, doc.put(node(doc, "Resources", "A", "Properties"), ("M",), ["x"]))
    assert after == text + "      M:\n      - x\n"


def test_an_entry_that_begins_a_list_item_is_removed_and_the_dash_stays() -> None:
    doc = editor(YAML)
    tag = node(doc, "Resources", "Worker", "Properties", "Tags").elements()[0]
    after = edited(YAML, doc.remove_entry(tag, "Key"))
    assert "        - Value: b\n        # about c" in after


def test_a_resource_is_added_after_the_last_one_with_the_blank_line_that_others_have() -> None:
    doc = editor(YAML)
    after = edited(YAML, doc.add_resource("New", {"Type": "AWS::SNS::Topic"}))
    assert "               three]\n\n  New:\n    Type: AWS::SNS::Topic\n\nOutputs:" in after
    with pytest.raises(EditError):
        doc.add_resource("Queue", {"Type": "AWS::SNS::Topic"})


def test_two_additions_at_one_place_nest_as_they_are_indented() -> None:
    doc = editor(YAML)
    resource = doc.add_resource("New", {"Type": "T::T"})
    inner = doc.put(node(doc, "Resources", "Worker", "Properties"), ("Timeout",), 3)
    for order in ((resource, inner), (inner, resource)):
        assert "      Timeout: 3\n\n  New:\n    Type: T::T\n" in edited(YAML, *order)


def test_json_gets_commas_and_its_own_indentation() -> None:
    doc = editor(JSON)
    worker = node(doc, "Resources", "Worker", "Properties")
    after = edited(
        JSON,
        doc.add_resource("New", {"Type": "AWS::SNS::Topic"}),
        doc.put(worker, ("Timeout",), 3),
        doc.put(worker, ("Role",), get_att("Other", "Arn")),
        doc.add_item(node(doc, "Resources", "Worker", "Properties", "Tags"), {"Key": "c"}),
    )
    found = json.loads(after)["Resources"]
    assert list(found) == ["Queue", "Worker", "New"]
    assert found["Worker"]["Properties"]["Timeout"] == 3
    assert found["Worker"]["Properties"]["Role"] == {"Fn::GetAtt": ["Other", "Arn"]}
    assert found["Worker"]["Properties"]["Tags"][-1] == {"Key": "c"}
    assert '        "New": {\n            "Type": "AWS::SNS::Topic"\n        }\n    }\n}\n' in after


def test_json_items_are_removed_with_the_right_comma() -> None:
    doc = editor(JSON)
    tags = node(doc, "Resources", "Worker", "Properties", "Tags")
    for index in (0, 1):
        assert (
            len(
                json.loads(edited(JSON, doc.remove_item(tags, index)))["Resources"]["Worker"]["Properties"][
                    "Tags"
                ]
            )
            == 1
        )


def test_json_on_one_line_is_edited_on_that_line() -> None:
    text = json.dumps(json.loads(JSON))
    doc = editor(text)
    after = edited(text, doc.add_resource("New", {"Type": "T::T"}))
    assert list(json.loads(after)["Resources"]) == ["Queue", "Worker", "New"]
    assert "\n" not in after


def test_braces_alone_do_not_make_json() -> None:
    text = """{Resources: {Worker: {Type: AWS::Lambda::Function, Properties: {Role: worker}}}} # no JSON\n"""
    doc = editor(text)
    copied = {"Effect": Verbatim("Allow"), "Resource": Verbatim("{Fn::Sub: '${In}/*'}")}
    after = edited(text, doc.put(node(doc, "Resources", "Worker", "Properties"), ("Statement",), copied))
    assert "{Role: worker, Statement: {Effect: Allow, Resource: {Fn::Sub: '${In}/*'}}}" in after
    assert [one.style.json for one in (doc, editor(JSON), editor("\ufeff" + JSON))] == [False, True, True]


def test_line_endings_and_a_missing_final_newline_stay() -> None:
    text = "Resources:\r\n  A:\r\n    Type: T::T # x"
    doc = editor(text)
    after = edited(text, doc.add_resource("B", {"Type": "U::U"}))
    assert after == text + "\r\n  B:\r\n    Type: U::U"


def test_a_key_without_a_value_is_filled() -> None:
    text = "Resources:\n  A:\n    Type: T::T\n    Properties:\n  B:\n    Type: T::T\n"
    doc = editor(text)
    after = edited(text, doc.put(node(doc, "Resources", "A"), ("Properties", "X"), 1))
    assert after == text.replace("Properties:\n", "Properties:\n      X: 1\n")


def test_an_alias_is_not_edited_as_if_it_were_the_value() -> None:
    text = "Resources:\n  A: &a\n    Type: T::T\n  B:\n    Type: U::U\n    Properties: *a\n"
    doc = editor(text)
    with pytest.raises(EditError):
        doc.put(node(doc, "Resources", "B"), ("Properties",), 1)
    after = edited(text, doc.add_resource("C", {"Type": "T::T"}))
    assert after == text + "  C:\n    Type: T::T\n"


def test_a_literal_block_ends_where_its_text_does() -> None:
    text = "Resources:\n  A:\n    Type: T::T\n    Code: |\n      x = 1\n\n      y = 2\n\n# end\n"
    doc = editor(text)
    after = edited(text, doc.put(node(doc, "Resources", "A"), ("B",), 1))
    assert after == text.replace("y = 2\n", "y = 2\n    B: 1\n")


def test_overlapping_edits_are_refused() -> None:
    doc = editor(YAML)
    properties = node(doc, "Resources", "Worker", "Properties")
    with pytest.raises(EditError):
        edited(YAML, doc.replace(properties.get("Role"), "x"), doc.remove_entry(properties, "Role"))  # type: ignore[arg-type]


def test_long_forms_are_written_where_the_file_has_them() -> None:
    text = "Resources:\n  A:\n    Type: T::T\n    Properties:\n      X:\n        Ref: B\n"
    doc = editor(text)
    after = edited(text, doc.put(node(doc, "Resources", "A", "Properties"), ("Z",), sub("${B}-y")))
    assert after == text + '      Z:\n        Fn::Sub: "${B}-y"\n'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("s3:ObjectCreated:*", "s3:ObjectCreated:*"),
        ("yes", '"yes"'),
        ("2012-10-17", '"2012-10-17"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ('{"eventName": ["INSERT"]}', '\'{"eventName": ["INSERT"]}\''),
        ("a/${B}", '"a/${B}"'),
        (True, "true"),
        (3, "3"),
        (Verbatim("!Ref X"), "!Ref X"),
        ([ref("A"), "b"], "[!Ref A, b]"),
    ],
)
def test_scalars_are_quoted_only_where_yaml_asks_for_it(value: object, written: str) -> None:
    assert inline(value, Style()) == written  # type: ignore[arg-type]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20),
    st.sampled_from(["'", '"']),
)
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_as_what_was_meant(value: str, quote: str) -> None:
    text = "\n".join(entry("Key", value, Style(quote=quote), "")) + "\n"
    found = parse(text, "t").get("Key")
    assert found is not None
    assert found.text == value
    in_flow = parse("a: [" + inline(value, Style(quote=quote), True) + "]\n", "t").get("a")
    assert in_flow is not None
    assert [item.text for item in in_flow.each()] == [value]


NAMES = st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True)
KINDS = st.sampled_from(["  ", "    ", "\t"])


@st.composite
def templates(draw: st.DrawFn) -> str:
    """A small template with comments, blank lines, both list styles, both line endings."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    unit = draw(st.sampled_from(["  ", "    "]))
    dash = draw(st.sampled_from(["", "  "]))
    lines = ["# head", "Resources:"]
    for name in names:
        lines += [f"{unit}{name}:" + draw(st.sampled_from(["", "  # why"])), f"{unit * 2}Type: A::B"]
        lines.append(f"{unit * 2}Properties:")
        for key in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
            shape = draw(st.integers(0, 3))
            if shape == 0:
                lines.append(f"{unit * 3}{key}: 'v'" + draw(st.sampled_from(["", " # c"])))
            elif shape == 1:
                lines.append(f"{unit * 3}{key}: [a, !Ref X]")
            elif shape == 2:
                lines += [f"{unit * 3}{key}:", f"{unit * 3}{dash}- a: 1", f"{unit * 3}{dash}- b: 2 # c"]
            else:
                lines += [f"{unit * 3}{key}: |", f"{unit * 4}text", "", f"{unit * 4}more"]
        lines += draw(st.sampled_from([[], [""], ["", "# between"]]))
    text = draw(st.sampled_from(["\n", "\r\n"])).join(lines)
    return text + draw(st.sampled_from(["", "\n", "\r\n\r\n"]))


@given(templates(), st.data())
@settings(max_examples=100, deadline=None)
def test_an_edit_keeps_every_other_line(text: str, data: st.DataObject) -> None:
    doc = editor(text)
    resources = node(doc, "Resources")
    name = data.draw(st.sampled_from([key for key, _ in resources.items()]))
    properties = node(doc, "Resources", name, "Properties")
    key = data.draw(st.sampled_from([key for key, _ in properties.items()]))
    kind = data.draw(st.sampled_from(["put", "new", "resource"]))
    if kind == "put":
        try:
            edit = doc.put(properties, (key,), "z")
        except EditError:
            return
        path = ("Resources", name, "Properties", key)
    elif kind == "new":
        edit, path = doc.put(properties, ("Zz",), "z"), ("Resources", name, "Properties", "Zz")
    else:
        edit, path = doc.add_resource("Zz", {"Type": "z"}), ("Resources", "Zz", "Type")
    after = edited(text, edit)
    found = parse(after, "t").get(*path)
    assert found is not None
    assert found.text == "z"
    kept = [line for line in text.split("\n") if line.strip()]
    left = after.split("\n")
    gone = [
        line
        for line in kept
        if line not in left and line.rstrip("\r") not in left and line + "\r" not in left
    ]
    assert kind == "put" or not gone
    assert _without(parse(text, "t"), path) == _without(parse(after, "t"), path)


def _without(root, path: tuple[str, ...], at: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    """The value of a node without what is at ``path``."""
    if at == path or (at and at == path[: len(at)] and at[-1] == "Zz"):
        return None
    if root.kind == "map":
        pairs = [(key, _without(child, path, (*at, key))) for key, child in root.items()]
        return [pair for pair in pairs if pair[1] is not None]
    if root.kind == "list":
        return [_without(child, path, (*at, "*")) for child in root.elements()]
    # A literal block that ended the file without a newline has one once something follows.
    return root.value.replace("\r\n", "\n").rstrip("\n")


def _templates() -> list[Path]:
    files = sorted(path for path in FIXTURES.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    if CORPUS.is_dir():
        files += sorted(path for path in CORPUS.rglob("template.y*ml"))[::60]
    return files


def test_no_edit_gives_back_the_same_text_and_every_resource_takes_an_edit() -> None:
    """Over all templates at hand: nothing, and a property replaced by itself, change nothing."""
    for path in _templates():
        text = path.read_bytes().decode()
        try:
            doc = Editor(str(path), text)
        except SourceError:
            continue
        assert apply_edits(text, []) == text
        resources = doc.root.get("Resources")
        for name, body in resources.items() if resources is not None and resources.kind == "map" else ():
            kind = body.get("Type")
            if kind is None or name.startswith("Fn::"):
                continue
            same = doc.replace(kind, Verbatim(doc.source(kind)))
            assert apply_edits(text, [same]) == text


@pytest.mark.parametrize("final", ["", "\n"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_git_takes_the_diff(tmp_path: Path, final: str, eol: str) -> None:
    text = YAML.rstrip("\n").replace("\n", eol) + final
    doc = editor(text)
    after = edited(
        text,
        doc.add_resource("New", {"Type": "T::T"}),
        doc.put(node(doc, "Outputs", "Url"), ("Value",), ref("New")),
    )
    (tmp_path / "my template.yaml").write_bytes(text.encode())
    (tmp_path / "p.diff").write_bytes(unified("my template.yaml", text, after).encode())
    subprocess.run(["git", "apply", "p.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "my template.yaml").read_bytes().decode() == after
    assert unified("x", text, text) == ""


def patched(old: str, diff: str) -> str:
    """``old`` with a unified diff applied where its line numbers say, and nowhere else."""
    body = re.sub(r"\n\\ No newline at end of file\n", "\0", diff)
    source, made, at = re.findall(r"[^\n]*\n|[^\n]+", old), [], 0
    for line in re.findall(r"[^\n\0]*[\n\0]|[^\n\0]+", body)[2:]:
        mark, text = line[0], line[1:].replace("\0", "")
        if mark == "@":
            start, length = re.match(r"@@ -(\d+),?(\d*)", line).groups()  # type: ignore[union-attr]
            first = int(start) - (length != "0")
            made += source[at:first]
            at = first
        elif mark == "+":
            made.append(text)
        else:
            assert source[at] == text
            at += 1
            made += [text] if mark == " " else []
    return "".join([*made, *source[at:]])


_LINES = st.lists(st.sampled_from(["a\n", "b\n", "}\n", "\n"]), max_size=14).map("".join)


@given(_LINES, _LINES, _LINES, _LINES, st.sampled_from(["", "end"]), st.sampled_from(["", "end", "other"]))
def test_the_diff_applies_at_its_line_numbers(
    head: str, one: str, other: str, tail: str, last: str, final: str
) -> None:
    old, new = head + one + tail + last, head + other + tail + final
    diff = unified("t.yaml", old, new)
    assert patched(old, diff) == new
    assert_framed(old, diff)


def assert_framed(old: str, diff: str) -> None:
    """Three lines that stay stand around each change, or the file begins or ends there: ``git apply`` counts on it."""
    for start, length, body in re.findall(r"^@@ -(\d+),?(\d*) .*\n((?:[ +\\-].*\n?)*)", diff, re.M):
        marks = re.sub(r"(?m)^([ +-]).*\n?|^\\.*\n?", r"\1", body)
        before, after = len(marks) - len(marks.lstrip(" ")), len(marks) - len(marks.rstrip(" "))
        last = int(start) - (length != "0") + int(length or 1)
        assert before == 3 or int(start) <= 1
        assert after == 3 or last >= len(re.findall(r"[^\n]*\n|[^\n]+", old))


def test_a_block_before_blank_lines_is_framed(tmp_path: Path) -> None:
    old = "a: 1\nb:\n  c: |\n    x\n\n\n\n# end\n"
    new = old.replace("    x\n\n", "    x\n\n  D:\n    T: y\n\n", 1)
    diff = unified("t.yaml", old, new)
    assert_framed(old, diff)
    (tmp_path / "t.yaml").write_text(old, encoding="utf-8")
    (tmp_path / "p.diff").write_text(diff, encoding="utf-8")
    subprocess.run(["git", "apply", "p.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "t.yaml").read_text(encoding="utf-8") == new


def test_a_block_with_a_tag_ends_where_it_ends() -> None:
    """The last value of an entry that is removed is ``!GetAtt`` of a block list: the next entry stays."""
    for inside in (
        "Resource: !GetAtt\n        - Jobs\n        - Arn\n",
        "Resource:\n          !GetAtt\n          - Jobs\n          - Arn\n",
    ):
        text = f"A:\n  P:\n    Policies:\n      - {inside}    Next: 1\n  B: 2\n"
        doc = editor(text)
        after = edited(text, doc.remove_entry(node(doc, "A", "P"), "Policies"))
        assert after == "A:\n  P:\n    Next: 1\n  B: 2\n"
