"""The report as Markdown: what it shows, how long it gets, and that no name in a template does anything there."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from report_samples import clean_report, filter_finding, full_report, s3_finding, sqs_finding, sqs_report

from recursion_lint import lint
from recursion_lint.cli.main import main
from recursion_lint.model.findings import CycleNode, FindingHop, Remedy, TextEdit
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.report import render

FENCE = re.compile(r"(?ms)^(`{3,})(mermaid|text|diff)\n(.*?)^\1$\n?")
OURS = ("<span>$</span>", "<details><summary>The change, as a patch</summary>", "</details>")
EVIL = (
    "# heading",
    "- list\n\n```\nfence\n```",
    "```mermaid",
    "~~~",
    "![image](https://evil.example/x.png)",
    "[link](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "<!-- comment",
    "</details></summary>",
    "@team and @org/team",
    "see #12, org/repo#13 and GH-14",
    "https://evil.example and www.evil.example",
    "a | b | c",
    "`code` **bold** _it_ ~~gone~~",
    "$x$ ${A}-${B}",
    "&lt;b&gt; &#35;1",
    "a\\",
    "\u202ereversed\u202c zero\u200bwidth",
    "x\u0000y\u001b[31m",
    "::error::stop ##[command]",
    'a"]; click n1 "javascript:alert(1)" "',
    "`" * 40,
)


def blocks(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, language, content in FENCE.findall(text):
        found.setdefault(language, []).append(content)
    return found


def prose(text: str) -> str:
    """What stands outside of the blocks of code, without the HTML that we write."""
    left = FENCE.sub("", text)
    for one in OURS:
        left = left.replace(one, "")
    return left


def active(text: str) -> list[str]:
    """What a code host would act on in prose: markup that nothing escapes, addresses, mentions, issues."""
    left = re.sub(r"(?m)^(#{2,3} |\|---\|---\|---\|$|\| \| step \| at \|$|\* )", "", prose(text))
    left = re.sub(r"(?m)^\| ([^|\\]*) \| ((?:[^|\\]|\\.)*) \| ((?:[^|\\]|\\.)*) \|$", r"\1 \2 \3", left)
    left = re.sub(
        r"\*\*(because:|against:|at run time:|costs:|also in:|help:|error|warning|info)\*\*|_Only where_",
        "",
        left,
    )
    left = re.sub(r"\\[\\`*_\[\]<>#|~&]", "", left)
    found = re.findall(r"[`*_\[\]<>|~&$\\]", left)
    return found + re.findall(
        r"@\w+|#\d|GH-\d|://|www\.\w|^\s*(?:[-+>#]|\d+[.)]) ", re.sub(r"\\(.)", r"\1", prose(text))
    )


def test_the_parser_sees_what_is_active() -> None:
    """The check itself fails on what it is to find."""
    for text in ("![a](b)", "<b>", "@team", "a `b`", "x\\\\`y`", "#12", "https://x", "&lt;"):
        assert active(text), text
    assert not active(r"\<b\> @ team \#a")


def test_a_finding_with_its_loop_lines_and_remedy() -> None:
    text = render(full_report(), "markdown")
    assert text.startswith("## recursion-lint: 1 error, 1 warning, 1 info\n")
    assert (
        text.index("### error: Worker may")
        < text.index("### warning: Thumbnails may")
        < text.index("* **info**")
    )
    found = blocks(text)
    assert found["mermaid"][0] == (
        'flowchart LR\n  n1["JobQueue"]\n  n2["Worker"]\n  n1 -->|"①"| n2\n  n2 -->|"②"| n1\n'
    )
    assert found["text"][0].splitlines()[0] == "template.yaml:34:         Jobs:  ①"
    assert "+                Resource: !Sub arn:aws:s3:::${Bucket}/thumbnails/*" in found["diff"][0]
    assert "| ② | Worker may send to JobQueue (granted) | template.yaml:29 |" in text
    assert "* **help:** send to another queue (breaks ②)" in text
    assert "Not all could be read:\n\n* broken.yaml:3: mapping values are not allowed here\n" in text
    assert active(text) == []


def test_nothing_found() -> None:
    assert render(clean_report(), "markdown") == (
        "## recursion-lint: No loops found\n\nNo loops found. Checked 2 templates: 1 resource, 0 triggers, 0 writes in 4 ms.\n"
    )
    assert "Nothing was checked" in render(Report(), "markdown")


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_does_anything(evil: str) -> None:
    """In every field that a template, a file or a rule may write."""
    hop = FindingHop(evil, f"{evil}2", "trigger", "declared", evil, sqs_finding().span)
    back = hop._replace(source=f"{evil}2", target=evil, evidence="broad")
    remedy = Remedy("x", evil, 1, evil, "safe", evil, f"--- a\n+++ b\n@@ -1 +1 @@\n-{evil}\n+{evil}\n")
    name = evil.replace("\n", " ").replace("\x00", "")
    finding = sqs_finding()._replace(
        message=evil,
        span=sqs_finding().span._replace(file=name),
        cycle=(CycleNode(evil, evil, name, 1, evil),),
        hops=(hop._replace(span=hop.span._replace(file=name, line=1)), back),
        because=(evil,),
        guards=(evil,),
        safety_nets=(evil,),
        only_where=(evil,),
        remedies=(remedy,),
    )
    problems = (Problem(name, 1, evil),)
    report = Report(
        (finding, filter_finding()._replace(message=evil)), problems=problems, sources={name: evil}
    )
    text = render(report, "markdown")
    assert active(text) == []
    assert not re.search("[\x00-\x09\x0b-\x1f\u200b\u202e]", text)
    # The blocks are ours, each whole, and what is in them cannot end them.
    found = blocks(text)
    assert {language: len(those) for language, those in found.items()} == {"mermaid": 1, "text": 1, "diff": 1}
    for line in found["mermaid"][0].splitlines()[1:]:
        assert re.fullmatch(r'  n\d\["[^"\[\]<>`@]*"\]|  n\d (-->|-\.->)\|"[①②]"\| n\d', line), line
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("evil", EVIL)
def test_another_parser_sees_text_only(evil: str) -> None:
    parser = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"html": True, "linkify": False})
    finding = s3_finding()._replace(message=evil, because=(evil,), guards=(evil,), remedies=())
    text = render(Report((finding, filter_finding()._replace(message=evil))), "markdown")
    kinds = set()
    for token in parser.parse(text):
        for one in (token, *(token.children or ())):
            kinds.add(one.type)
            if one.type in ("html_inline", "html_block"):
                assert one.content.strip() in ("<span>", "</span>"), one.content
    assert kinds <= {
        *(f"{name}_{end}" for name in PLAIN for end in ("open", "close")),
        *("inline", "text", "softbreak", "text_special", "fence", "html_inline"),
    }


PLAIN = (
    "heading",
    "paragraph",
    "bullet_list",
    "list_item",
    "strong",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
)


def test_a_name_that_is_escaped_is_shown_as_it_is() -> None:
    text = render(Report((filter_finding()._replace(message="a *b* <i> ${C} | d & `e`"),)), "markdown")
    shown = re.sub(r"\\(.)", r"\1", prose(text.replace("<span>$</span>", "$")))
    assert "a *b* <i> ${C} | d & `e`" in html.unescape(shown)


def many(number: int, severity: str = "error", message: str = "it loops") -> Report:
    findings = tuple(
        s3_finding()._replace(
            severity=severity,  # type: ignore[arg-type]
            message=f"{message} {at}",
            span=s3_finding().span._replace(line=at + 1),
            fingerprint=str(at),
        )
        for at in range(number)
    )
    return full_report()._replace(findings=findings)


@pytest.mark.parametrize("number", [1, 20, 21, 100, 1000])
@pytest.mark.parametrize("severity", ["error", "info"])
@pytest.mark.parametrize("message", ["x", "long " * 100_000, "`" * 50_000])
def test_a_comment_has_room_for_it(number: int, severity: str, message: str) -> None:
    report = many(number, severity, message)
    text = render(report, "markdown")
    assert len(text) <= 65_536
    assert len(text.encode()) <= 1_048_576
    told = text.count("### error") + len(re.findall(r"(?m)^\* \*\*(?:error|info)\*\* ", text))
    left = re.search(r"… and (\d+) more: the log", text)
    assert told + (int(left[1]) if left else 0) == number
    assert told >= min(number, 40)
    assert FENCE.sub("", text).count("```") == 0
    assert text.count("<details>") == text.count("</details>")


def test_a_long_loop_and_a_long_change_are_cut() -> None:
    hops = tuple(
        FindingHop(f"A{at}", f"A{(at + 1) % 500}", "write", "granted", f"step {at}", sqs_finding().span)
        for at in range(500)
    )
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n" + "+line\n" * 5000
    edit = TextEdit(sqs_finding().span, "x")
    remedy = Remedy("x", "change", 1, "", "safe", "", diff, (edit,))
    text = render(
        sqs_report()._replace(findings=(sqs_finding()._replace(hops=hops, remedies=(remedy,)),)), "markdown"
    )
    assert "… and 488 more" in text
    assert "… 4963 more lines" in text
    assert "mermaid" not in blocks(text)
    assert len(text) < 12_000


def test_many_files_that_cannot_be_read() -> None:
    problems = tuple(Problem(f"{at}.yaml", 1, "x" * 5000) for at in range(500))
    text = render(Report(problems=problems, summary=Summary(templates=1)), "markdown")
    assert "* … and 480 more" in text
    assert len(text) < 20_000


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parent.parent
    monkeypatch.chdir(root)
    case = "fixtures/sqs-loop/wrong-variable/template.yaml"
    assert main(["check", "-f", "markdown", "-o", str(tmp_path / "summary.md"), case]) == 1
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert text.startswith("## recursion-lint: 1 error\n")
    assert [one.message for one in lint([case]).findings] == ["Worker may re-trigger itself through Jobs"]
    assert active(text) == []
    assert json.dumps(text)
