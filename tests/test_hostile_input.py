"""Input that nobody vouched for: a clear message with file and line, never a traceback, bounded time and memory."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from recursion_lint.iam.actions import matches_action
from recursion_lint.model.findings import Span
from recursion_lint.model.text import Symbol, Text
from recursion_lint.run.lint import lint
from recursion_lint.template.embedded import _stem, parse_text
from recursion_lint.template.yaml.files import MAX_BYTES, SourceError
from recursion_lint.template.yaml.nodes import Node, parse, walk

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n"


UNREADABLE = {
    "empty": b"",
    "white space": b"  \n\n",
    "binary": bytes(range(256)) * 40,
    "truncated YAML": b"Resources:\n  A:\n    Type: 'AWS::S3::Bu",
    "truncated JSON": b'{"Resources": {"A": {"Type": "AWS::SQS::Queue"',
    "a tab": b"Resources:\n\tA: {Type: AWS::SQS::Queue}\n",
    "not UTF-8": b"Resources:\n  A: {Type: AWS::SQS::Queue} # \xff\xfe\n",
    "deep flow": b"Resources: " + b"[" * 50_000,
    "deep block": b"Resources:\n  " + b"- " * 50_000 + b"a: 'AWS::X::Y Type'",
    "deep JSON": b'{"Resources":' + b'{"Type::":' * 30_000 + b"1" + b"}" * 30_001,
    "a list": b"- Resources\n- Type\n- '::'\n",
    "a scalar": b"Resources Type ::\n",
    "an unknown alias": b"Resources: {A: {Type: 'A::B', Properties: *nowhere}}\n",
    "no template": b"name: example\nvalues: [1, 2]\n",
    "two documents": b"a: 1\n---\nResources: {A: {Type: 'A::B'}}\n",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_named_file_that_is_no_template_is_an_error_with_its_name(
    tmp_path: Path, data: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(data)
    from recursion_lint.cli.main import main

    assert main(["check", str(path)]) == 3
    said = capsys.readouterr()
    assert (said.out + said.err).count(f"error: {path}:") == 1
    assert "Traceback" not in said.err + said.out
    assert "internal error" not in said.err


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_in_a_folder_it_is_passed_over_unless_it_says_that_it_is_a_template(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "t.yaml").write_bytes(data)
    report = lint([str(tmp_path)])
    says_so = b"Resources" in data and b"AWS::S" in data
    assert [problem.named for problem in report.problems] == [False] * says_so
    assert report.findings == ()


def test_a_bom_utf_16_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = HEAD + "  A: {Type: AWS::SQS::Queue}\n"
    for name, data in {
        "bom.yaml": b"\xef\xbb\xbf" + text.encode(),
        "utf16.yaml": text.encode("utf-16"),
        "crlf.yaml": text.replace("\n", "\r\n").encode(),
    }.items():
        (tmp_path / name).write_bytes(data)
        report = lint([str(tmp_path / name)])
        assert (report.problems, report.summary.resources) == ((), 1), name


STANDING = {
    "policy": "M: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: %s}}",
    "definition": "M: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionString: %s}}",
    "pattern": "M: {Type: AWS::Events::Rule, Properties: {EventPattern: %s}}",
    "filter": "M: {Type: AWS::SNS::Subscription, Properties: {TopicArn: t, Protocol: lambda, FilterPolicy: %s}}",
    "sql": "M: {Type: AWS::IoT::TopicRule, Properties: {TopicRulePayload: {Sql: %s, Actions: []}}}",
    "input template": (
        "M: {Type: AWS::Pipes::Pipe, Properties: {Source: 'arn:aws:sqs:eu-west-1:1:q', Target: 'arn:aws:events:eu-west-1:1:"
        "event-bus/b', TargetParameters: {InputTemplate: %s}}}"
    ),
    "redrive": "M: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: %s}}",
}


@pytest.mark.parametrize("letter", ["\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue006", "\uf8ff"])
@pytest.mark.parametrize("resource", STANDING.values(), ids=STANDING.keys())
def test_no_letter_stands_for_something_else(resource: str, letter: str) -> None:
    """Letters of the private-use area are text like any other, written out or escaped, in values and in keys."""
    for one in (letter, letter * 2, f"{letter}0", f"{letter}0\ue001", f"{letter}0\ue003\ue003"):
        held = json.dumps(
            {
                f"a{one}": [f"{one}b", "${A}", "c"],
                one: one,
                "States": {one: {"Type": "Task", "Resource": one}},
            }
        )
        for written in (held, held.replace("\\u", "\\\\u"), json.loads(f'"{one}"') + held):
            for value in (json.dumps(written), "!Sub " + json.dumps(written + "${AWS::Region}")):
                text = "Parameters: {A: {Type: String}}\nResources:\n  " + resource % value + "\n"
                assert lint(["-"], stdin=text).findings == ()


def test_a_word_of_its_own_digest_cannot_be_foreseen() -> None:
    """The word that stands for a symbol depends on all of the text: a text that holds another's word has other words."""
    symbol = Symbol("parameter", "A")
    first: Text = ('{"a": "', symbol, '", "b": "x"}')
    assert parse_text(first, "f").get("b").text == "x"  # type: ignore[union-attr]
    seen: list[str] = []
    value: Text = first
    for _ in range(3):
        word = _stem(value) + "0x"
        assert word not in seen
        seen.append(word)
        value = ('{"a": "', symbol, f'", "b": "{word}"}}')
        assert parse_text(value, "f").get("b").text == word  # type: ignore[union-attr]


def test_a_file_over_the_limit_is_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with open(path, "wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    (problem,) = lint([str(path)]).problems
    assert f"{MAX_BYTES:,}" in problem.message


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    body = """
Resources:
  Q: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies: *a11
      ManagedPolicyArns: *a11
  F: {Type: AWS::Lambda::Function, Properties: {Role: *a11, Environment: {Variables: {A: *a11}}, Code: *a11}}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: *a11, FunctionName: *a11, FilterCriteria: *a11}}
  B: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {LambdaConfigurations: *a11, QueueConfigurations: *a11}}}
  S: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: *a11}}
  R: {Type: AWS::Events::Rule, Properties: {EventPattern: *a11, Targets: *a11}}
"""
    (tmp_path / "bomb.yaml").write_text("\n".join(lines) + body)
    (problem,) = lint([str(tmp_path / "bomb.yaml")]).problems
    assert "aliases" in problem.message


WRONG = [
    "null",
    "7",
    "text",
    "[]",
    "{}",
    "[[], {}]",
    "{Ref: [a]}",
    "{'Fn::If': []}",
    "{'Fn::Sub': {}}",
    "{'Fn::Join': x}",
]
PROPERTIES = {
    "AWS::S3::Bucket": [
        "NotificationConfiguration",
        "BucketName",
        "LoggingConfiguration",
        "ReplicationConfiguration",
    ],
    "Custom::S3BucketNotifications": ["BucketName", "NotificationConfiguration"],
    "Custom::Any": ["NotificationConfiguration", "Bucket"],
    "Custom::S3": ["FunctionName", "BucketName", "BucketConfigs"],
    "Custom::EventBridge": ["FunctionName", "EventBridgeConfig"],
    "Custom::AWS": ["Create"],
    "AWS::SQS::Queue": ["RedrivePolicy", "QueueName"],
    "AWS::SNS::Topic": ["Subscription", "TopicName"],
    "AWS::SNS::Subscription": ["TopicArn", "Protocol", "Endpoint", "FilterPolicy"],
    "AWS::Lambda::Function": [
        "Role",
        "Environment",
        "DeadLetterConfig",
        "Code",
        "LoggingConfig",
        "RecursiveLoop",
    ],
    "AWS::Lambda::EventSourceMapping": ["EventSourceArn", "FunctionName", "FilterCriteria", "Enabled"],
    "AWS::Lambda::Permission": ["FunctionName", "Principal", "SourceArn"],
    "AWS::IAM::Role": ["Policies", "ManagedPolicyArns", "RoleName"],
    "AWS::IAM::Policy": ["PolicyDocument", "Roles"],
    "AWS::Serverless::Function": [
        "Policies",
        "Events",
        "Role",
        "EventInvokeConfig",
        "DeadLetterQueue",
        "Environment",
    ],
    "AWS::Serverless::StateMachine": [
        "Definition",
        "DefinitionUri",
        "DefinitionSubstitutions",
        "Events",
        "Policies",
    ],
    "AWS::Serverless::Connector": ["Source", "Destination", "Permissions"],
    "AWS::Serverless::Application": ["Location", "Parameters"],
    "AWS::CloudFormation::Stack": ["TemplateURL", "Parameters"],
    "AWS::StepFunctions::StateMachine": [
        "DefinitionString",
        "Definition",
        "DefinitionSubstitutions",
        "RoleArn",
    ],
    "AWS::Events::Rule": ["EventPattern", "Targets", "EventBusName", "State"],
    "AWS::Pipes::Pipe": ["Source", "Target", "SourceParameters", "Enrichment", "TargetParameters"],
    "AWS::DynamoDB::Table": ["KinesisStreamSpecification", "StreamSpecification", "TableName"],
    "AWS::KinesisFirehose::DeliveryStream": [
        "ExtendedS3DestinationConfiguration",
        "KinesisStreamSourceConfiguration",
    ],
    "AWS::Logs::SubscriptionFilter": ["LogGroupName", "DestinationArn", "FilterPattern"],
    "AWS::Logs::AccountPolicy": ["PolicyDocument", "SelectionCriteria", "PolicyType"],
    "AWS::CloudTrail::Trail": ["S3BucketName", "EventSelectors", "AdvancedEventSelectors"],
    "AWS::IoT::TopicRule": ["TopicRulePayload"],
    "AWS::SES::ReceiptRule": ["Rule"],
    "AWS::Cognito::UserPool": ["LambdaConfig"],
    "AWS::CodePipeline::Pipeline": ["Stages"],
    "AWS::CodeCommit::Repository": ["Triggers"],
    "AWS::CodeBuild::Project": ["ServiceRole", "Environment"],
    "AWS::ECS::TaskDefinition": ["TaskRoleArn", "ContainerDefinitions"],
}


@pytest.mark.parametrize("kind", PROPERTIES)
def test_values_of_the_wrong_type_never_stop_a_run(kind: str) -> None:
    for wrong in WRONG:
        entries = ", ".join(f"{name}: {wrong}" for name in PROPERTIES[kind])
        text = f"Transform: AWS::Serverless-2016-10-31\nResources:\n  X: {{Type: '{kind}', Properties: {{{entries}}}}}\n"
        report = lint(["-"], stdin=text)
        assert report.problems == (), (kind, wrong)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    "section",
    ["Parameters", "Mappings", "Conditions", "Outputs", "Globals", "Metadata", "Transform", "Resources"],
)
def test_sections_of_the_wrong_type_never_stop_a_run(section: str, wrong: str) -> None:
    body = "Resources: {Q: {Type: AWS::SQS::Queue}}\n" if section != "Resources" else ""
    lint(["-"], stdin=f"AWSTemplateFormatVersion: x\n{section}: {wrong}\n{body}# Resources Type ::\n")


def test_references_that_go_round_end(tmp_path: Path) -> None:
    text = """
AWSTemplateFormatVersion: '2010-09-09'
Conditions: {A: {Condition: B}, B: {'Fn::Not': [{Condition: A}]}}
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: A, Properties: {QueueName: !Ref P}}
  P: {Type: AWS::SQS::Queue, Condition: B, Properties: {QueueName: !GetAtt Q.QueueName}}
  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref A, Name: live}}
"""
    assert lint(["-"], stdin=text).problems == ()


def test_links_that_go_round_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.symlink(tmp_path, tmp_path / "a" / "up")
    os.symlink(tmp_path / "b.yaml", tmp_path / "c.yaml")
    os.symlink(tmp_path / "c.yaml", tmp_path / "b.yaml")
    (tmp_path / "t.yaml").write_text(HEAD + "  Q: {Type: AWS::SQS::Queue}\n")
    report = lint([str(tmp_path)])
    assert report.summary.templates == 1


def test_a_catastrophic_pattern_is_given_up() -> None:
    pattern = "*a" * 60
    text = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: bucket}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket/{pattern}'}}]
        - Statement: [{{Effect: Deny, Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket/{pattern}b*b'}}]
      Events:
        E: {{Type: S3, Properties: {{Bucket: !Ref B, Events: 's3:ObjectCreated:*', Filter: {{S3Key: {{Rules: [{{Name: suffix, Value: {"ab" * 40}}}]}}}}}}}}
"""
    assert lint(["-"], stdin=text).problems == ()


@pytest.mark.parametrize(
    "action", ["*" * 3000, "s3:" + "*" * 3000, "s3:" + "*t*" * 40 + "b", "s" + "*:?" * 200]
)
def test_an_action_of_many_wildcards_is_matched(action: str) -> None:
    text = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: bucket}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{{Effect: Allow, Action: '{action}', Resource: 'arn:aws:s3:::bucket/*'}}]
      Events:
        E: {{Type: S3, Properties: {{Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}}
"""
    assert len(lint(["-"], stdin=text).findings) == (set(action) <= set("s3:*"))


@pytest.mark.parametrize("action", ["s3:Put[O]bject", "s3:Put[A-Z]bject", "s3:[!x]*"])
def test_brackets_in_an_action_are_no_wildcards(action: str) -> None:
    assert not matches_action(action, "s3", "PutObject")
    assert matches_action("s3:?ut*Ob*", "s3", "PutObject")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_devices_are_not_read() -> None:
    (problem,) = lint(["/dev/zero"]).problems
    assert "regular file" in problem.message


LOOPS = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: &a
      FunctionName: f
      Role: {below}
"""


@pytest.mark.parametrize("below", ["*a", "[*a]", "{x: {y: *a}}", "{<<: *a}", "{<<: [*a]}", "&b [*b, *a]"])
def test_a_value_that_an_alias_makes_part_of_itself_is_refused(below: str) -> None:
    (problem,) = lint(["-"], stdin=LOOPS.replace("{below}", below)).problems
    assert "part of" in problem.message
    assert problem.line > 1


@pytest.mark.parametrize(
    "section", ["!Sub [{Q: {Type: AWS::SQS::Queue}}]", "!Transform {Q: {}}", "!Ref Q", "!Sub [x, {a: b}]"]
)
def test_a_short_form_in_place_of_a_section_never_stops_a_run(section: str) -> None:
    for name in ("Resources", "Parameters", "Globals"):
        lint(["-"], stdin=f"AWSTemplateFormatVersion: x\n{name}: {section}\n# Resources Type ::\n")


@pytest.mark.parametrize("event", ["", "s3", "ObjectCreated", "s3:", ":", "s3:ObjectCreated:Put:More"])
def test_names_of_events_that_are_none_never_stop_a_run(event: str) -> None:
    report = lint(
        ["-"],
        stdin=f"""
Resources:
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: b, NotificationConfiguration: {{QueueConfigurations: [{{Event: '{event}', Queue: !GetAtt Q.Arn}}]}}}}}}
  C: {{Type: 'Custom::S3BucketNotifications', Properties: {{BucketName: b, NotificationConfiguration: {{QueueConfigurations: [{{Events: ['{event}'], QueueArn: !GetAtt Q.Arn}}]}}}}}}
  Q: {{Type: AWS::SQS::Queue}}
""",
    )
    assert report.problems == ()


@pytest.mark.parametrize(
    "before",
    ["x: ", "x:\n ", "- ", "[", "[x, ", "{x: ", '{"x":', "", "\ufeff", "!!map ", "x:\u2028 "],
)
def test_an_anchor_is_seen_wherever_yaml_takes_one(before: str) -> None:
    close = {"[": "]", "{": "}"}.get(before[:1], "")
    body = f"{before}&a {{y: *a}}{close}"
    with pytest.raises(SourceError, match="part of"):
        parse(body, "t.yaml")


def test_an_anchor_that_is_set_again_is_no_warning() -> None:
    """Halves of letters are read by a library that warns of it; what it prints would be the first that a user sees."""
    value = parse('a: &x "\\ud83d"\nb: &x 1\nc: *x\n', "t")
    assert (value.get("b").text, value.get("c").text) == ("1", "1")


def test_a_letter_in_two_json_escapes_is_that_letter() -> None:
    text = r'{"\ud83d\ude00": ["\ud83d\ude00!", "\ud83d", "\u00e9", 1, null]}'
    [(key, value)] = parse(text, "names.json").items()
    assert key == "😀"
    assert [item.value for item in value.elements()][:3] == ["😀!", "\ud83d", "é"]


def read(text: str) -> object:
    """What ``parse`` reads, as lists of lists."""

    def plain(node: Node) -> object:
        if node.kind == "map":
            return [[key, plain(child)] for key, child in node.items()]
        return [plain(item) for item in node.elements()] if node.kind == "list" else node.value

    return plain(parse(text, "t.yaml"))


def read_by_ruamel(text: str) -> object:
    """What ruamel.yaml reads, which takes the halves of a pair as they come, joined here."""

    def plain(raw: Any) -> object:
        if raw.id == "mapping":
            return [[plain(key), plain(value)] for key, value in raw.value]
        if raw.id == "sequence":
            return [plain(item) for item in raw.value]
        return raw.value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")

    return plain(YAML(typ="safe", pure=True).compose(text))


ESCAPES = (
    r"\ud83d",
    r"\ude00",
    r"\uD83d\uDE00",
    r"\uDAfF",
    r"\\",
    r"\"",
    r"\u00e9",
    r"\ue83d",
    r"\uF8ff",
    r"\U0000e912",
)
TEXTS = (r"\d", r"\D", "a", "b c", "\ue83d", "\uffe5", "\n  ", "é", "ud83d")


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("\"'|p"), st.lists(st.sampled_from(ESCAPES + TEXTS), max_size=6).map("".join)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_escapes_are_read_as_an_independent_parser_reads_them(scalars: list[tuple[str, str]]) -> None:
    """Only between double quotes they are letters; elsewhere they are the text that stands there."""
    lines = []
    for style, text in scalars:
        flat = text.replace("\n  ", " ")
        quoted = text.replace('\\"', "")
        text = re.sub(r"(?s)(\\\\)|\\[dD]", r"\1", text)  # which stands for nothing between double quotes
        lines.append(
            {'"': f'- "{text}"', "'": f"- '{quoted}'", "|": f"- |2\n  {flat}", "p": f"- x{flat}"}[style]
        )
    text = "\n".join([*lines, r'- "\ud83d"', ""])
    assert read(text) == read_by_ruamel(text)


def test_a_letter_in_two_escapes_moves_no_line_and_no_column() -> None:
    """YAML ends lines at NEL too, where ruamel.yaml does not count one."""
    plain, escaped = (
        '# \x85# \u2028\n{"a": "%s", b: &a [c],\x85 c: *a}' % text for text in ("x" * 12, r"\ud83d\ude00")
    )

    def spans(text: str) -> list[Span]:
        return [node.span for node in walk(parse(text, "t.yaml"))]

    assert spans(escaped) == spans(plain)
    assert spans(plain)[-1].line == 4


def test_an_anchor_of_a_name_that_is_taken_is_refused_in_words_and_with_its_line() -> None:
    with pytest.raises(SourceError, match="found duplicate anchor") as refused:
        parse("a: &x 1\nb: &x 2\n", "t.yaml")
    assert refused.value.line == 2


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: é\r\nb: 1\n\n  c: \x01", "holds U+0001, a character that YAML does not allow", 4),
        ("a: é\rb: \u2028\n \ufffe", "holds U+FFFE, a character that YAML does not allow", 4),
        ("a: éééé\n\x01\n\n\nb: 1", "holds U+0001, a character that YAML does not allow", 2),
        ("a: 1\nb: [1, 2\nc: 3", "did not find expected ',' or ']'", 3),
        ("a: 1\n'b", "found unexpected end of stream", 2),
        ("a: 1\n\tb: 2", "found a tab character that violates indentation", 2),
    ],
)
def test_what_a_parser_refuses_is_told_with_its_line(text: str, message: str, line: int) -> None:
    with pytest.raises(SourceError) as refused:
        parse(text, "t.yaml")
    assert str(refused.value) == f"is neither valid YAML nor JSON: {message}"
    assert refused.value.line == line


def test_without_libyaml_the_same_is_read_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recursion_lint.template.yaml.composer.untyped_loader", lambda: yaml.SafeLoader)
    assert read(r"""{a: "\ud83d\ude00", b: '\ud83d'}""") == [["a", "😀"], ["b", r"\ud83d"]]
    with pytest.raises(SourceError, match=r"holds U\+0001, a character") as refused:
        parse("a: éééé\n\n\x01", "t.yaml")
    assert refused.value.line == 3
    with pytest.raises(SourceError, match=r"^nests deeper than 400 levels$") as refused:
        parse("[" * 3_000 + "]" * 3_000, "t.yaml")
    assert refused.value.line == 1


@pytest.mark.parametrize("levels", [500, 3_000, 9_000, 20_000])
def test_depth_is_refused_in_the_same_words_however_deep(levels: int) -> None:
    with pytest.raises(SourceError, match=r"^nests deeper than 400 levels$") as refused:
        for _ in walk(parse("[" * levels + "]" * levels, "t.yaml")):
            pass
    assert refused.value.line == 1


def test_one_escape_in_capitals_is_enough() -> None:
    assert read(r"""{a: "\uD83D", b: '\uD83D'}""") == [["a", "\ud83d"], ["b", r"\uD83D"]]


def test_what_is_refused_beside_such_a_letter_is_refused_without_it() -> None:
    for text in (
        '{"a": "%s", b: [}',
        '{"a": "%s", b: ' + "[" * 500 + "]" * 500 + "}",
        '{"a": "%s"}\n---\n{}',
        "%s: '",
    ):
        refusals = []
        for letter in ("xxxxxx", r"\ud83d"):
            with pytest.raises(SourceError) as refused:
                for _ in walk(parse(text % letter, "t.yaml")):
                    pass
            refusals.append(str(refused.value))
        assert all(said.startswith(("is neither", "nests deeper", "holds several")) for said in refusals)


def test_letters_in_two_escapes_are_read_up_to_a_length() -> None:
    text = '{"a": "\\ud83d", "b": "' + "x" * 200_000 + '"}'
    with pytest.raises(SourceError, match=r"^writes letters as two escapes .* longer than 200,000 letters$"):
        parse(text, "t.yaml")
    assert read(text.replace("\\ud83d", "\\u00e9")) == [["a", "é"], ["b", "x" * 200_000]]


def test_a_resource_without_a_logical_id_is_noted_and_not_read() -> None:
    text = "Resources:\n  '': {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n  B: {Type: AWS::SQS::Queue}\n"
    report = lint(["-"], stdin=text)
    assert [note.message for note in report.notes] == ["a resource without a logical id was not read"]
    assert report.summary.resources == 1


def test_a_block_ends_where_its_text_ends_without_a_newline_too() -> None:
    """The parser puts the end of such a block on a line that the file does not have."""
    (items,) = [node for _, _, node in parse("A:\n  - b: c\n    d: e ", "t").entries()]
    assert items.span == Span("t", 2, 3, 3, 10)
    (items,) = [node for _, _, node in parse("A:\n  - b: c\n    d: e\n", "t").entries()]
    assert items.span == Span("t", 2, 3, 4, 1)
