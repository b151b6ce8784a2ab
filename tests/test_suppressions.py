"""Accepting findings: comments, Metadata and the baseline, as docs/suppressions-and-baseline.md tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recursion_lint import Config, Report, lint
from recursion_lint.assessment.baseline import parse
from recursion_lint.cli.main import main
from recursion_lint.model.findings import Finding

PAGE = Path(__file__).resolve().parent.parent / "docs" / "suppressions-and-baseline.md"
LOOP = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue

  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: worker.handler
      Policies:

        - SQSSendMessagePolicy:
            QueueName: !GetAtt Jobs.QueueName
      Events:

        Job:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn

  Elsewhere:
    Type: AWS::SNS::Topic
"""
TRIGGER = "        Job:\n"
GRANT = "        - SQSSendMessagePolicy:\n"
QUEUE = "  Jobs:\n    Type: AWS::SQS::Queue\n"
WORKER = "  Worker:\n    Type: AWS::Serverless::Function\n"
TOPIC = "  Elsewhere:\n    Type: AWS::SNS::Topic\n"
OTHER_RULE = "ignore[s3-loop]"
SCHEMA = Path(__file__).parents[1] / "docs" / "schema" / "report-v1.schema.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


DEFAULT = Config()


def checked(text: str, config: Config = DEFAULT, name: str = "template.yaml") -> Report:
    Path(name).write_text(text, encoding="utf-8")
    return lint([name], config)


def with_comment(line: str, comment: str, text: str = LOOP) -> str:
    """The loop with a comment behind ``line``."""
    assert line in text
    return text.replace(line, f"{line.splitlines()[0]} # recursion-lint: {comment}\n", 1)


def before(line: str, comment: str, away: int = 1) -> str:
    """The loop with a comment ``away`` lines before ``line``."""
    assert line in LOOP
    return LOOP.replace(line, f"# recursion-lint: {comment}\n" + "# more\n" * (away - 1) + line, 1)


def with_metadata(block: str, metadata: str) -> str:
    """The loop with ``Metadata`` on the resource that ``block`` begins."""
    assert block in LOOP
    return LOOP.replace(block, f"{block}    Metadata:\n      recursion-lint: {metadata}\n", 1)


def rules(report: Report) -> list[str]:
    return sorted(finding.rule for finding in report.findings)


def accepted(report: Report) -> bool:
    """Is the loop suppressed, and nothing else reported?"""
    return not report.findings and [found.rule for found, _ in report.suppressed] == ["sqs-loop"]


def complaint(report: Report) -> Finding:
    (found,) = (finding for finding in report.findings if finding.rule == "unused-suppression")
    return found


def test_the_loop_is_reported_without_a_suppression() -> None:
    report = checked(LOOP)
    assert rules(report) == ["sqs-loop"]
    assert not report.suppressed
    assert report.summary.suppressed == 0


@pytest.mark.parametrize("line", [TRIGGER, GRANT, "  Jobs:\n", "  Worker:\n"])
@pytest.mark.parametrize(
    "comment", ["ignore[sqs-loop]", "ignore[R1200]", "ignore[s3-loop, sqs-loop]", "ignore"]
)
def test_a_comment_on_any_hop_or_resource_of_the_loop(line: str, comment: str) -> None:
    assert accepted(checked(with_comment(line, comment)))


@pytest.mark.parametrize("line", [TRIGGER, GRANT])
def test_a_comment_on_the_line_before(line: str) -> None:
    assert accepted(checked(before(line, "ignore[sqs-loop]")))


@pytest.mark.parametrize("line", [TRIGGER, GRANT])
def test_a_comment_two_lines_before_is_too_far(line: str) -> None:
    assert rules(checked(before(line, "ignore[sqs-loop]", away=2))) == ["sqs-loop", "unused-suppression"]


def test_a_comment_on_the_line_after_is_too_late() -> None:
    text = LOOP.replace(TRIGGER, TRIGGER + "# recursion-lint: ignore[sqs-loop]\n")
    assert rules(checked(text)) == ["sqs-loop", "unused-suppression"]


@pytest.mark.parametrize("line", ["  Elsewhere:\n", "Resources:\n"])
def test_a_comment_elsewhere_accepts_nothing(line: str) -> None:
    # The line after `Resources:` declares Jobs, which is on the loop: a blank line keeps them apart.
    text = with_comment(line, "ignore[sqs-loop]", LOOP.replace("Resources:\n", "Resources:\n\n"))
    assert rules(checked(text)) == ["sqs-loop", "unused-suppression"]


@pytest.mark.parametrize("comment", [OTHER_RULE, "ignore[s3-loop,sns-loop]", "ignore[R1100]"])
def test_a_comment_for_another_rule(comment: str) -> None:
    report = checked(with_comment(TRIGGER, comment))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    found = complaint(report)
    assert found.message == "this suppression does nothing: it matches no finding"
    assert (found.severity, found.code) == ("warning", "R9100")
    line = next(n for n, text in enumerate(LOOP.splitlines(), 1) if text == TRIGGER.rstrip())
    assert (found.span.file, found.span.line, found.span.column) == ("template.yaml", line, 14)


def test_a_misspelt_rule_is_told_with_what_was_meant() -> None:
    report = checked(with_comment(TRIGGER, "ignore[sqs-lop]"))
    assert not accepted(report)
    meant = "unknown rule 'sqs-lop', did you mean 'sqs-loop'?"
    assert complaint(report).message == f"this suppression does nothing: {meant}"


def test_a_comment_without_ignore_is_told() -> None:
    report = checked(with_comment(TRIGGER, "[sqs-loop]"))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert complaint(report).message.endswith("'[sqs-loop]' is not understood, write 'ignore[sqs-loop]'")


@pytest.mark.parametrize(
    "comment",
    [
        "ignore sqs-loop",
        "ignore(sqs-loop)",
        "ignore=sqs-loop",
        "ignore: sqs-loop",
        "ignore[sqs-loop",
        "ignore sqs-loop]",
        "ignore [sqs-loop]",
        "ignore{sqs-loop}",
        "ignored[sqs-loop]",
        "Ignore[sqs-loop]",
        "disable=sqs-loop",
        "ignore[sqs-loop] it ends itself",
        "ignore[sqs-loop] for 2999-01-01",
        "ignore[sqs-loop] through",
        "sqs-loop",
    ],
)
def test_what_is_written_otherwise_accepts_nothing_and_is_told_how_to_write_it(comment: str) -> None:
    report = checked(with_comment(TRIGGER, comment))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert complaint(report).message.endswith(f"{comment!r} is not understood, write 'ignore[sqs-loop]'")


@pytest.mark.parametrize("comment", ["ignore[]", "ignore[ , ]"])
def test_no_rule_is_not_every_rule(comment: str) -> None:
    report = checked(with_comment(TRIGGER, comment))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert "names no rule" in complaint(report).message


def test_a_mark_without_its_colon_is_told_and_prose_is_not() -> None:
    report = checked(LOOP.replace(TRIGGER, "        Job: # recursion-lint ignore[sqs-loop]\n"))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert "with a colon" in complaint(report).message
    assert rules(checked(LOOP.replace(TRIGGER, "        Job: # recursion-lint found this\n"))) == ["sqs-loop"]


def test_a_misspelt_rule_beside_a_good_one_is_told_and_accepts_nothing() -> None:
    report = checked(with_comment(TRIGGER, "ignore[sqs-loop, s3-lop]"))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert "did you mean 's3-loop'?" in complaint(report).message


def test_rules_are_named_in_any_case() -> None:
    assert accepted(checked(with_comment(TRIGGER, "ignore[SQS-Loop]")))
    assert accepted(checked(with_comment(TRIGGER, "ignore[r1200]")))


@pytest.mark.parametrize("metadata", ["[sqs-loop]", "sqs-loop", "true", "{ignore: []}", "{ignore: {a: b}}"])
def test_metadata_of_another_shape_accepts_nothing(metadata: str) -> None:
    assert rules(checked(with_metadata(QUEUE, metadata))) == ["sqs-loop", "unused-suppression"]


def test_no_ignores_shows_what_there_is() -> None:
    text = with_comment(TRIGGER, "ignore[sqs-loop] -- meant", with_comment(GRANT, "ignore sqs-loop"))
    report = checked(text, Config(no_ignores=True))
    assert rules(report) == ["sqs-loop"]
    assert not report.suppressed


# One suppression, one loop

SECOND = LOOP.replace(
    "  Elsewhere:\n    Type: AWS::SNS::Topic\n",
    """\
  Elsewhere:
    Type: AWS::SNS::Topic
  Forward:
    Type: AWS::Serverless::Function
    Properties:
      Handler: forward.handler
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Told: {Type: SNS, Properties: {Topic: !Ref Elsewhere}}}
""",
).replace(GRANT, "        - SNSPublishMessagePolicy: {TopicName: !GetAtt Elsewhere.TopicName}\n" + GRANT)
"""A later ring, Jobs → Worker → Elsewhere → Forward, goes through the trigger of the first."""


def loops(report: Report) -> list[frozenset[str]]:
    return [frozenset(node.resource for node in one.cycle) for one in report.findings if one.hops]


def test_a_later_loop_through_a_suppressed_trigger_is_new() -> None:
    assert accepted(checked(with_comment(TRIGGER, "ignore")))
    report = checked(with_comment(TRIGGER, "ignore", SECOND))
    assert len(report.suppressed) == 1
    assert loops(report) == [frozenset({"Jobs", "Worker", "Elsewhere", "Forward"})]
    (told,) = [note.message for note in report.notes if "suppression" in note.message]
    assert "is for another loop; for this one too it would say 'through " in told


@pytest.mark.parametrize("through", ["Jobs, Worker, Elsewhere, Forward", "Forward,Elsewhere ,Worker,  Jobs"])
def test_a_suppression_can_name_what_loops_may_pass(through: str) -> None:
    report = checked(with_comment(TRIGGER, f"ignore through {through} until 2999-01-01 -- meant", SECOND))
    assert not report.findings
    assert len(report.suppressed) == 2
    assert rules(checked(with_comment(TRIGGER, "ignore[sqs-loop] through Jobs -- meant"))) == ["sqs-loop"]
    named = f"{{through: [{through}]}}"
    assert not loops(checked(SECOND.replace(QUEUE, f"{QUEUE}    Metadata: {{recursion-lint: {named}}}\n")))


def test_the_metadata_of_a_template_is_for_every_loop_in_it() -> None:
    report = checked("Metadata: {recursion-lint: {reason: a test bed}}\n" + SECOND)
    assert not report.findings
    assert len(report.suppressed) == 2


@pytest.mark.parametrize("block", [QUEUE, WORKER])
@pytest.mark.parametrize(
    "metadata",
    ["{ignore: [sqs-loop]}", "{ignore: sqs-loop}", "{ignore: [s3-loop, R1200]}", "{reason: it ends itself}"],
)
def test_metadata_on_any_resource_of_the_loop(block: str, metadata: str) -> None:
    assert accepted(checked(with_metadata(block, metadata)))


def test_metadata_on_another_resource() -> None:
    assert rules(checked(with_metadata(TOPIC, "{ignore: [sqs-loop]}"))) == ["sqs-loop", "unused-suppression"]


def test_metadata_for_another_rule() -> None:
    assert rules(checked(with_metadata(QUEUE, "{ignore: [s3-loop]}"))) == ["sqs-loop", "unused-suppression"]


def test_metadata_of_the_template() -> None:
    assert accepted(checked("Metadata: {recursion-lint: {ignore: [sqs-loop], reason: meant}}\n" + LOOP))
    report = checked("Metadata: {recursion-lint: {ignore: [s3-loop]}}\n" + LOOP)
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert complaint(report).span.line == 1


def test_an_unknown_key_in_metadata_is_told_and_accepts_nothing() -> None:
    report = checked(with_metadata(QUEUE, "{ignore: [sqs-loop], because: x}"))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert "unknown key 'because' (known: ignore, through, reason, until)" in complaint(report).message


JSON: dict[str, Any] = {
    "Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "Worker": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Policies": [{"SQSSendMessagePolicy": {"QueueName": {"Fn::GetAtt": ["Jobs", "QueueName"]}}}],
                "Events": {"Job": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}}}},
            },
        },
    }
}


@pytest.mark.parametrize("resource", ["Jobs", "Worker"])
def test_metadata_in_json(resource: str) -> None:
    assert rules(checked(json.dumps(JSON), name="template.json")) == ["sqs-loop"]
    resources = {name: dict(body) for name, body in JSON["Resources"].items()}
    resources[resource]["Metadata"] = {"recursion-lint": {"ignore": ["sqs-loop"], "until": "2999-12-31"}}
    assert accepted(checked(json.dumps({"Resources": resources}), name="template.json"))


@pytest.mark.parametrize(
    "until",
    [
        lambda day: with_comment(TRIGGER, f"ignore[sqs-loop] until {day} -- meant"),
        lambda day: with_comment(TRIGGER, f"ignore[sqs-loop] until {day}"),
        lambda day: with_comment(TRIGGER, f"ignore[sqs-loop] -- meant until {day}"),
        lambda day: with_metadata(QUEUE, f"{{ignore: [sqs-loop], until: {day}}}"),
        lambda day: with_metadata(QUEUE, f"{{ignore: [sqs-loop], until: '{day}'}}"),
    ],
    ids=["comment", "without-reason", "after-reason", "metadata", "quoted"],
)
def test_until(until: Any) -> None:
    assert accepted(checked(until("2999-01-01")))
    report = checked(until("2000-01-01"))
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert complaint(report).message == "this suppression does nothing: it ended on 2000-01-01"
    assert report.summary.suppressed == 0


@pytest.mark.parametrize(
    "text",
    [
        with_comment(TRIGGER, "ignore[sqs-loop] until spring -- meant"),
        with_comment(TRIGGER, "ignore[sqs-loop] until 2999-1-1"),
        with_comment(TRIGGER, "ignore[sqs-loop] until 9999-99-99 -- meant"),
        with_comment(TRIGGER, "ignore[sqs-loop] until 2999-02-30"),
        with_comment(TRIGGER, "ignore[sqs-loop] until"),
        with_comment(TRIGGER, "ignore[sqs-loop] -- until 9999-99-99"),
        with_metadata(QUEUE, "{ignore: [sqs-loop], until: 9999-99-99}"),
        with_metadata(QUEUE, "{ignore: [sqs-loop], until: spring}"),
        with_metadata(QUEUE, "{ignore: [sqs-loop], until: 2999-1-1}"),
        with_metadata(QUEUE, "{ignore: [sqs-loop], until: [2999-01-01]}"),
    ],
)
def test_an_end_that_is_no_date_accepts_nothing(text: str) -> None:
    report = checked(text)
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert complaint(report).message.endswith("its end is no date such as 2027-01-31")


def test_a_reason_may_speak_of_until() -> None:
    assert accepted(checked(with_comment(TRIGGER, "ignore[sqs-loop] -- runs until the counter is 3")))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_comment(TRIGGER, "ignore[sqs-loop] -- the counter ends it"), "the counter ends it"),
        (with_metadata(QUEUE, "{ignore: [sqs-loop], reason: the counter ends it}"), "the counter ends it"),
    ],
)
def test_require_reason(text: str, reason: str) -> None:
    strict = Config(require_reason=True)
    report = checked(text, strict)
    assert accepted(report)
    assert [why for _, why in report.suppressed] == [reason]
    without = text.replace(" -- the counter ends it", "").replace(", reason: the counter ends it", "")
    assert without != text
    assert accepted(checked(without))
    refused = checked(without, strict)
    assert rules(refused) == ["sqs-loop", "unused-suppression"]
    assert complaint(refused).message == "this suppression does nothing: it gives no reason"


def test_one_good_suppression_is_enough_and_the_bad_one_is_told() -> None:
    text = with_comment(TRIGGER, "ignore[sqs-loop] until 2000-01-01", with_comment(GRANT, "ignore[sqs-loop]"))
    report = checked(text)
    assert rules(report) == ["unused-suppression"]
    assert report.summary.suppressed == 1


def test_the_rule_itself_can_be_configured(capsys: pytest.CaptureFixture[str]) -> None:
    text = with_comment(TRIGGER, OTHER_RULE)
    assert rules(checked(text, Config(ignore=("unused-suppression",)))) == ["sqs-loop"]
    report = checked(text, Config(severity={"unused-suppression": "info"}))
    assert complaint(report).severity == "info"
    for asked in ("unused-suppression", "R9100"):
        assert main(["check", "--ignore", asked, "template.yaml"]) == 1
        assert "unused-suppression" not in capsys.readouterr().out
        assert main(["check", "--select", asked, "template.yaml"]) == 1
        assert "sqs-loop" not in capsys.readouterr().out


def test_suppressed_findings_are_counted_and_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    report = checked(with_comment(TRIGGER, "ignore[sqs-loop] -- meant"))
    assert (report.summary.suppressed, report.summary.error, report.summary.warning) == (1, 0, 0)
    assert main(["check", "template.yaml"]) == 0
    assert capsys.readouterr().out.startswith("No loops found (1 suppressed).")
    assert main(["check", "--show-suppressed", "--color", "template.yaml"]) == 0
    assert "\x1b[1msuppressed\x1b[0m" in capsys.readouterr().out
    assert main(["check", "--show-suppressed", "template.yaml"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(
        "suppressed: template.yaml:16:9: sqs-loop: Worker may re-trigger itself through Jobs (meant)\n"
    )
    assert main(["check", "--format", "json", "template.yaml"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["findings"], document["summary"]["suppressed"]) == ([], 1)


def test_suppressed_findings_in_the_formats_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    for words, reason in (("ignore[sqs-loop] -- meant", "meant"), ("ignore[sqs-loop]", "")):
        checked(with_comment(TRIGGER, words))
        assert main(["check", "--show-suppressed", "--format", "json", "template.yaml"]) == 0
        document = json.loads(capsys.readouterr().out)
        Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
        [one] = document["suppressed"]
        assert (one["reason"], one["finding"]["rule"], document["findings"]) == (reason, "sqs-loop", [])
        assert main(["check", "--show-suppressed", "--format", "sarif", "template.yaml"]) == 0
        [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert result["ruleId"] == "sqs-loop"
        assert result["suppressions"] == [
            {"kind": "inSource", **({"justification": reason} if reason else {})}
        ]
        assert main(["check", "--format", "sarif", "template.yaml"]) == 0
        assert json.loads(capsys.readouterr().out)["runs"][0]["results"] == []


def test_half_a_letter_in_a_reason_is_part_of_it() -> None:
    rule = {"ignore": ["s3-loop"], "reason": "half a letter: \ud83d"}
    resources = {
        **JSON["Resources"],
        "Jobs": {**JSON["Resources"]["Jobs"], "Metadata": {"recursion-lint": rule}},
    }
    report = checked(json.dumps({"Resources": resources}), name="template.json")
    assert rules(report) == ["sqs-loop", "unused-suppression"]


@pytest.mark.parametrize("written", ['"{}"', "'{}'", "'two\n      {}\n      lines'", "{{'{}': key}}"])
def test_a_comment_sign_in_quotes_is_text(written: str) -> None:
    text = LOOP.replace(
        QUEUE, QUEUE + f"    Metadata:\n      Told: {written.format('# recursion-lint: ignore')}\n"
    )
    assert rules(checked(text)) == ["sqs-loop"]


def test_a_comment_after_a_block_or_a_quote_is_a_comment() -> None:
    for value in ("|\n        some\n        lines", "'quoted'", "plain"):
        told = f"    Metadata:\n      Told: {value}\n"
        text = LOOP.replace(
            WORKER, QUEUE.replace("Jobs", "Others") + told + "# recursion-lint: ignore[sqs-loop]\n" + WORKER
        )
        assert accepted(checked(text))


def test_a_suppression_is_used_if_it_accepts_one_of_several_findings() -> None:
    two = LOOP.replace(GRANT, "        - SQSSendMessagePolicy: {QueueName: !GetAtt More.QueueName}\n" + GRANT)
    two = two.replace(TOPIC, "  More:\n    Type: AWS::SQS::Queue\n").replace(
        "        Job:\n", "        Again: {Type: SQS, Properties: {Queue: !GetAtt More.Arn}}\n        Job:\n"
    )
    assert rules(checked(two)) == ["sqs-loop", "sqs-loop"]
    report = checked(with_comment("  More:\n", "ignore[sqs-loop]", two))
    assert rules(report) == ["sqs-loop"]
    assert report.summary.suppressed == 1


# The baseline


def accept() -> None:
    assert main(["baseline", "template.yaml"]) == 0


WITH_BASELINE = Config(baseline=".recursion-lint-baseline.json")


def test_a_baseline_accepts_what_is_there_today_wherever_it_moves(capsys: pytest.CaptureFixture[str]) -> None:
    checked(LOOP)
    accept()
    assert capsys.readouterr().out.startswith("Accepted 1 finding in .recursion-lint-baseline.json\n")
    report = checked("# a line more\n" + LOOP, WITH_BASELINE)
    assert not report.findings
    assert (report.summary.baselined, report.summary.suppressed) == (1, 0)


@pytest.mark.parametrize(
    "accepted_as", ["template.yaml", "./template.yaml", "{here}/template.yaml", ".", "{here}"]
)
@pytest.mark.parametrize("checked_as", ["template.yaml", "./template.yaml", "{here}/template.yaml", "."])
def test_a_baseline_knows_a_file_however_it_is_named(folder: Path, accepted_as: str, checked_as: str) -> None:
    checked(LOOP)
    assert main(["baseline", accepted_as.format(here=folder)]) == 0
    report = lint([checked_as.format(here=folder)], WITH_BASELINE)
    assert (report.findings, report.summary.baselined) == ((), 1)


def test_a_run_on_some_files_leaves_the_entries_of_others_alone() -> None:
    checked(LOOP, name="one.yaml")
    checked(LOOP.replace("Jobs", "Tasks"), name="two.yaml")
    assert main(["baseline", "."]) == 0
    for paths in (["one.yaml"], ["two.yaml"], ["one.yaml", "two.yaml"], ["."]):
        report = lint(paths, WITH_BASELINE)
        assert report.findings == ()
    Path("two.yaml").unlink()
    assert lint(["one.yaml"], WITH_BASELINE).findings == ()
    # Who searches the folder sees that the file is gone.
    assert complaint(lint(["."], WITH_BASELINE)).message.endswith("in two.yaml that is gone")


def test_settings_and_suppressions_make_no_entry_stale() -> None:
    checked(LOOP)
    accept()
    assert not checked(LOOP, WITH_BASELINE._replace(select=("s3-loop",))).findings
    assert not checked(LOOP, WITH_BASELINE._replace(ignore=("sqs-loop",))).findings
    assert not checked(with_comment(TRIGGER, "ignore -- meant"), WITH_BASELINE).findings


def test_what_got_worse_is_new() -> None:
    checked(LOOP)
    corroborated = LOOP.replace(
        "      Policies:\n", "      Environment: {Variables: {TARGET_QUEUE: !Ref Jobs}}\n      Policies:\n", 1
    )
    assert [one.severity for one in checked(LOOP).findings] == ["warning"]
    accept()
    report = checked(corroborated, WITH_BASELINE)
    assert [(one.rule, one.severity) for one in report.findings] == [("sqs-loop", "error")]
    assert "the baseline accepts this sqs-loop, but as warning" in {note.message for note in report.notes}
    assert main(["check", "--baseline", ".recursion-lint-baseline.json"]) == 1
    accept()
    assert not checked(LOOP, WITH_BASELINE).findings


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "no such file"),
        ("[]", "not a baseline written by 'recursion-lint baseline'"),
        ('{"schema": 1, "findings": []}', "its schema is 1, this version knows 2"),
    ],
)
def test_a_baseline_that_is_none_ends_the_run_with_a_sentence(
    text: str | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checked(LOOP)
    if text is not None:
        Path("accepted.json").write_text(text)
    for options in ([], ["--fix"], ["--diff"], ["--format", "json"]):
        assert main(["check", "--baseline", "accepted.json", *options]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(f"error: the baseline accepted.json cannot be used: {why}")
        assert said.err.count("\n") == 1


def test_a_baseline_does_not_accept_another_loop() -> None:
    checked(LOOP)
    accept()
    report = checked(LOOP.replace("Worker", "Other"), WITH_BASELINE)
    assert rules(report) == ["sqs-loop", "unused-suppression"]
    assert report.summary.baselined == 0


def test_an_entry_whose_finding_is_gone_is_stale_until_the_baseline_is_written_anew() -> None:
    checked(LOOP)
    accept()
    repaired = LOOP.replace(GRANT, "        - SQSPollerPolicy:\n")
    found = complaint(checked(repaired, WITH_BASELINE))
    assert found.message == "the baseline accepts a sqs-loop in template.yaml that is gone"
    assert (found.span.file, found.severity) == (".recursion-lint-baseline.json", "warning")
    accept()
    assert not checked(repaired, WITH_BASELINE).findings


def test_a_baseline_leaves_suppressed_findings_to_their_suppression() -> None:
    checked(with_comment(TRIGGER, "ignore[sqs-loop] -- meant"))
    accept()
    assert parse(Path(".recursion-lint-baseline.json").read_text(encoding="utf-8")) == ()


def test_a_useless_suppression_in_the_baseline_accepts_no_other() -> None:
    checked(with_comment("  Elsewhere:\n", OTHER_RULE))
    accept()
    assert not checked(with_comment("  Elsewhere:\n", OTHER_RULE), WITH_BASELINE).findings
    report = checked(with_comment("  Elsewhere:\n", "ignore[sns-loop]"), WITH_BASELINE)
    assert "matches no finding" in " ".join(finding.message for finding in report.findings)


# The page


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_the_examples_of_the_page_accept_their_loop(number: int) -> None:
    text = blocks("yaml")[number]
    assert accepted(checked(text)), text
    assert rules(checked(text.replace("sqs-loop", "s3-loop"))) == ["sqs-loop", "unused-suppression"]


def test_the_json_example_of_the_page_accepts_its_loop() -> None:
    (text,) = blocks("json")
    assert accepted(checked(text, name="template.json"))


def test_a_nested_template_that_is_deployed_twice_accepts_its_loop_once(tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
      Events:
        Job: # recursion-lint: ignore[sqs-loop] -- ends after three rounds
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn}
""",
        encoding="utf-8",
    )
    stack = "  {}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: child.yaml}}}}\n"
    parent = "Resources:\n" + stack.format("One") + stack.format("Two")
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    report = lint([tmp_path])
    assert accepted(report)
