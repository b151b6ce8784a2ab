"""Where the templates of nested stacks are found: within the folders of a run, by the CDK's word, or by their name."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint import Config, Report, lint

PARENT = """\
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Packing:
    Type: AWS::CloudFormation::Stack
%s    Properties:
      TemplateURL: %s
      Parameters: {Orders: !GetAtt Orders.Arn}
"""
CHILD = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Orders: {Type: String}}
Resources:
  Packer:
    Type: AWS::Serverless::Function
    Properties:
      Handler: packer.handler
      Policies: [{Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !Ref Orders}]}]
      Events: {In: {Type: SQS, Properties: {Queue: !Ref Orders}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No repository, as in a tarball or a build container."""
    here = tmp_path / "unpacked"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def put(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def loops(report: Report) -> list[str]:
    """The loops through the nested stack; by itself its template loops as well, through a parameter."""
    found = ["/".join(node.resource for node in one.cycle) for one in report.findings]
    return [loop for loop in found if "Packing" in loop]


def noted(report: Report) -> list[str]:
    return [note.message for note in report.notes if "nested stack" in note.message]


@pytest.mark.parametrize("named", [".", "{here}", "app services"])
def test_the_folders_that_were_named_are_ground_enough(folder: Path, named: str) -> None:
    put("app/main.yaml", PARENT % ("", "../services/packing.yaml"))
    put("services/packing.yaml", CHILD)
    report = lint(named.format(here=folder).split())
    assert loops(report) == ["Orders/Packing/Packer"]
    assert noted(report) == []
    # The child is read as what the parent makes of it, and not once more by itself.
    assert report.summary.templates == 2


def test_what_lies_outside_them_is_not_opened(folder: Path) -> None:
    put("app/main.yaml", PARENT % ("", "../services/packing.yaml"))
    put("services/packing.yaml", CHILD)
    for paths in (["app"], ["app/main.yaml"]):
        report = lint(paths)
        assert loops(report) == []
        assert "lies outside the repository" in noted(report)[0]
    put("app/link/nothing.yaml", "")
    Path("app/link/packing.yaml").symlink_to(folder / "services/packing.yaml")
    put("app/main.yaml", PARENT % ("", "link/packing.yaml"))
    assert "lies outside the repository" in noted(lint(["app/main.yaml"]))[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://releases.example.org/stacks/packing.yaml",
        "!Sub 'https://${Bucket}.s3.${AWS::Region}.amazonaws.com/v1/packing.yaml?versionId=7'",
        "build/packing.yaml",
        "packing.yaml",
    ],
)
def test_a_template_that_cannot_be_read_is_the_one_of_its_name(address: str) -> None:
    put("app/main.yaml", PARENT % ("", address))
    put("services/packing.yaml", CHILD)
    report = lint(["."])
    assert loops(report) == ["Orders/Packing/Packer"]
    assert noted(report) == [
        "the nested stack Packing was taken for services/packing.yaml, the one template of that name here"
    ]
    # Near misses: two of that name, none of it, only what is no template, only the parent itself.
    put("other/packing.yaml", CHILD)
    assert loops(lint(["."])) == []
    assert loops(lint(["app"])) == []
    put("other/packing.yaml", "name: packing\n")
    assert loops(lint(["."])) == ["Orders/Packing/Packer"]
    Path("services/packing.yaml").rename("services/other.yaml")
    assert loops(lint(["."])) == []


def test_what_lies_in_another_repository_changes_nothing(tmp_path: Path) -> None:
    put("app/main.yaml", PARENT % ("", "https://releases.example.org/packing.yaml"))
    put("app/parts/packing.yaml", CHILD)
    put("other/packing.yaml", CHILD)
    assert loops(lint(["app"])) == loops(lint(["app", "other"])) == ["Orders/Packing/Packer"]
    assert loops(lint(["."])) == []
    cached = Config(cache_dir=str(tmp_path / "cache"))
    assert loops(lint(["."], cached)) == []
    assert loops(lint(["app", "other"], cached)) == ["Orders/Packing/Packer"]
    put("app/.git/HEAD", "")
    assert loops(lint(["."])) == ["Orders/Packing/Packer"]
    # Near miss: two in its own repository.
    put("app/packing.yaml", CHILD)
    assert loops(lint(["app", "other"])) == []
    # The only one is taken wherever it lies.
    for name in ("app/packing.yaml", "app/parts/packing.yaml"):
        Path(name).unlink()
    assert loops(lint(["."])) == ["Orders/Packing/Packer"]


def test_a_parent_is_not_its_own_namesake() -> None:
    put("packing.yaml", PARENT % ("", "https://releases.example.org/packing.yaml"))
    report = lint(["."])
    assert "is https://releases.example.org/packing.yaml" in noted(report)[0]


@pytest.mark.parametrize("address", ["!Ref Address", "!Sub '${Name}.yaml'", "https://releases.example.org/"])
def test_an_address_that_tells_no_name_is_noted(address: str) -> None:
    put("app/main.yaml", PARENT % ("", address))
    put("services/packing.yaml", CHILD)
    report = lint(["."])
    assert loops(report) == []
    assert len(noted(report)) == 1


def test_the_cdk_tells_where_the_template_of_a_nested_stack_is() -> None:
    told = "    Metadata: {'aws:asset:path': %s, 'aws:asset:property': TemplateURL}\n"
    address = "!Sub 'https://s3.${AWS::Region}.${AWS::URLSuffix}/cdk-assets/0a1b2c.json'"
    put("cdk.out/App.template.yaml", PARENT % (told % "AppPacking.nested.yaml", address))
    put("cdk.out/AppPacking.nested.yaml", CHILD)
    assert loops(lint(["cdk.out"])) == ["Orders/Packing/Packer"]
    put("cdk.out/App.template.yaml", PARENT % ("", address))
    assert loops(lint(["cdk.out"])) == []


def test_a_cache_knows_what_else_the_run_was_given(tmp_path: Path) -> None:
    put("app/main.yaml", PARENT % ("", "https://releases.example.org/packing.yaml"))
    put("services/packing.yaml", CHILD)
    kept = tmp_path / "kept"
    kept.mkdir()
    config = Config(cache_dir=str(kept))
    for paths, expected in ((["app"], 0), (["."], 1), (["app"], 0), (["."], 1), (["."], 1)):
        assert len(loops(lint(paths, config))) == len(loops(lint(paths))) == expected
    put("services/packing.yaml", CHILD.replace("SendMessage", "ReceiveMessage"))
    assert loops(lint(["."], config)) == []
    put("other/packing.yaml", CHILD)
    assert loops(lint(["."], config)) == loops(lint(["."])) == []
