"""No report gives a build server an order: read as the runners of GitHub and Azure read the lines of a log."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from recursion_lint.cli.main import main
from recursion_lint.report import FORMATS
from recursion_lint.report.escapes import harmless, markdown
from recursion_lint.report.wording import printable

EVIL = (
    "::error::stop",
    "##[command]x",
    "##vso[task.setvariable variable=a]b",
    "###[group]",
    " ::add-mask::a",
)
ANNOTATION = re.compile(r"::(error|warning|notice) (file=|title=)")


def commands(line: str) -> list[str]:
    """What the runners take a line for: ActionCommand.TryParseV2 and TryParse, and Azure's Command.TryParse."""
    found = []
    if line.lstrip().startswith("::") and "::" in line.lstrip()[2:]:
        found.append(line)
    lower = line.lower()
    return found + [line for mark in ("##[", "##vso[") if mark in lower]


def template(text: str) -> str:
    """A loop in whose names, comments and values ``text`` stands, alone on a line too."""
    told = json.dumps(text)
    return (
        f"# {text}\n{text if text.lstrip().startswith('#') else '#'}\nTransform: AWS::Serverless-2016-10-31\n"
        f"Description: |\n  {text}\nResources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"
        f"    Properties: {{QueueName: {told}}}\n  {told}:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      Policies:\n"
        "        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}\n"
        f"      Events:\n        {told}: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn}}}}\n"
    )


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("format_", [*FORMATS, "diff", "graph", "broken"])
def test_no_line_is_a_command(
    format_: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    name = f"{text.replace('/', '')}.yaml"
    Path(name).write_text(template(text) if format_ != "broken" else f"'{text}: [")
    words = {
        "diff": ["check", "--diff", "--unsafe-fixes", "--", name],
        "graph": ["graph", "--", name],
        "broken": ["check", "--", name],
    }.get(format_, ["check", "--format", format_, "--", name])
    main(words)
    out, err = capsys.readouterr()
    assert out or err or format_ in ("diff", "concise")
    lines = [*out.splitlines(), *err.splitlines()]
    meant = [line for line in lines if format_ == "github" and ANNOTATION.match(line)]
    assert [line for line in lines if line not in meant and commands(line)] == []
    assert not any("##[" in line or "##vso[" in line for line in meant)
    if format_ in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(out)
    elif format_ == "junit":
        ET.fromstring(out)


def test_json_and_xml_say_the_same_in_other_letters() -> None:
    for text in EVIL:
        assert json.loads(harmless(json.dumps([text]), "json")) == [text]
        assert ET.fromstring(harmless(f"<a>\n{text.strip()}</a>", "junit")).text == f"\n{text.strip()}"


def test_markdown_is_shown_as_it_is() -> None:
    assert markdown("![x](http://y) <img src=z> @team `c` *a* a|b") == (
        r"!\[x\](http: //y) \<img src=z\> @ team \`c\` \*a\* a\|b"
    )
    assert markdown("#12 o/r#3 GH-4 www.x.y &lt; arn:aws:s3:::a a@b #a") == (
        r"\# 12 o/r\# 3 GH- 4 www. x.y \&lt; arn:aws:s3:::a a@ b \#a"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("J\u200bobs", "J\ufffdobs"),
        ("J\u043ebs", r"J\u043ebs"),
        ("\u202eJobs", "\ufffdJobs"),
        ("Jobs\u3164", "Jobs\ufffd"),
        ("\u0437\u0430\u043a\u0430\u0437\u044b", "\u0437\u0430\u043a\u0430\u0437\u044b"),
        ("caf\u00e9 → x", "caf\u00e9 → x"),
    ],
)
def test_letters_that_deceive_are_visible(name: str, shown: str) -> None:
    assert printable(name) == shown
