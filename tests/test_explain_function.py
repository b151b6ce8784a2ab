"""``explain-function``: from a name in an AWS e-mail to the loops, who stops them, and what to change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recursion_lint.cli.main import main
from recursion_lint.code.location.sdk_versions import MINIMA, Sdk, sdk_of
from recursion_lint.config import Config
from recursion_lint.model.findings import CodeVerdict, HopCode
from recursion_lint.model.functions import FunctionAnswer
from recursion_lint.report.functions import ends
from recursion_lint.run.functions import called, functions

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "docs" / "schema" / "functions-v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: src/app.handler
      CodeUri: worker/
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
  Named:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: reader, Runtime: python3.13, Handler: a.b, CodeUri: reader/}
  Staged:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: !Sub "shop-${Stage}-sort", Runtime: java21, Handler: a.b, CodeUri: sort/}
  OrderConfirmationMailSender:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.7, Handler: a.b, CodeUri: mail/}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "worker" / "src").mkdir(parents=True)
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def answers(path: str = "template.yaml") -> tuple[FunctionAnswer, ...]:
    found, problems, templates = functions((path,), Config())
    assert (problems, templates) == ((), 1)
    return found


# -- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Worker", ["Worker"]),
        ("arn:aws:lambda:eu-west-1:123456789012:function:reader", ["Named"]),
        ("arn:aws:lambda:eu-west-1:123456789012:function:reader:live", ["Named"]),
        ("function:Worker", ["Worker"]),
        ("reader", ["Named"]),
        ("shop-prod-sort", ["Staged"]),
        ("shop-prod-eu-sort", ["Staged"]),
        ("prod-Worker-1A2B3C4D5E6F", ["Worker"]),
        ("prod-jobs-Worker-AbCdEfGh1234", ["Worker"]),
        ("prod-OrderConfirmationMail-1A2B3C4D5E6F", ["OrderConfirmationMailSender"]),
        ("arn:aws:lambda:eu-west-1:1:function:prod-Worker-1A2B3C4D5E6F", ["Worker"]),
        ("prod-Wor-1A2B3C4D5E6F", []),
        ("Worker-1A2B3C4D5E6F", []),
        ("prod-Named-1A2B3C4D5E6F", []),  # it has a name, so CloudFormation makes none
        ("worker", []),
        ("", []),
    ],
)
def test_names(project: Path, name: str, found: list[str]) -> None:
    assert [one.name for one in called(name, answers())] == found


def test_an_unknown_name_is_refused_with_the_nearest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain-function", "Wroker"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert (
        told.err == "error: no template that was read declares a function 'Wroker', did you mean 'Worker'?\n"
    )
    assert main(["explain-function", "prod-Wrker-1A2B3C4D5E6F"]) == 2
    assert "did you mean 'Worker'?" in capsys.readouterr().err


# -- the SDK -------------------------------------------------------------------------------------------------


def sdk(runtime: str, **files: str) -> Sdk:
    """The SDK by files that lie in one folder, ``__`` standing for a dot."""
    texts = {f"src/{name.replace('__', '.').replace('_', '-')}": text for name, text in files.items()}
    return sdk_of(runtime, ("src", "."), texts.get)


@pytest.mark.parametrize(
    ("files", "version", "follows"),
    [
        ({"package__json": '{"dependencies": {"@aws-sdk/client-sqs": "3.104.0"}}'}, "3.104.0", False),
        ({"package__json": '{"dependencies": {"@aws-sdk/client-sqs": "3.105.0"}}'}, "3.105.0", True),
        ({"package__json": '{"dependencies": {"@aws-sdk/client-sqs": "^3.1.0"}}'}, "3.1.0", None),
        ({"package__json": '{"dependencies": {"@aws-sdk/client-sqs": "^3.400.0"}}'}, "3.400.0", True),
        ({"package__json": '{"dependencies": {"aws-sdk": "2.1146.0"}}'}, "2.1146.0", False),
        ({"package__json": '{"dependencies": {"aws-sdk": "*"}}'}, "", None),
        (
            {"package_lock__json": '{"packages": {"node_modules/aws-sdk": {"version": "2.900.0"}}}'},
            "2.900.0",
            False,
        ),
        ({"package_lock__json": '{"dependencies": {"aws-sdk": {"version": "2.1200.0"}}}'}, "2.1200.0", True),
        (
            {
                "package_lock__json": '{"packages": {"node_modules/@aws-sdk/client-s3": {"version": "3.500.0"},'
                '"node_modules/@aws-sdk/client-sqs": {"version": "3.90.0"}}}'
            },
            "3.90.0",
            False,
        ),
        ({"yarn__lock": 'aws-sdk@^2.0.0:\n  version "2.1300.0"\n'}, "2.1300.0", True),
        ({"yarn__lock": '"@aws-sdk/client-sqs@npm:^3.1.0":\n  version: 3.99.0\n'}, "3.99.0", False),
        ({"pnpm_lock__yaml": "packages:\n  /aws-sdk@2.1000.0:\n    resolution: {}\n"}, "2.1000.0", False),
        (
            {"pnpm_lock__yaml": "packages:\n  '@aws-sdk/client-sqs@3.600.0':\n    engines: {}\n"},
            "3.600.0",
            True,
        ),
    ],
)
def test_node(files: dict[str, str], version: str, follows: bool | None) -> None:
    found = sdk("nodejs20.x", **files)
    assert (found.version, found.follows) == (version, follows)
    assert found.file == "src/" + next(iter(files)).replace("__", ".").replace("_", "-")


@pytest.mark.parametrize(
    ("files", "version", "follows"),
    [
        ({"requirements__txt": "requests\nboto3==1.24.45\n"}, "1.24.45", False),
        ({"requirements__txt": "boto3[crt]>=1.26\n"}, "1.26", True),
        ({"requirements__txt": "Boto3>=1.20\n"}, "1.20", None),
        ({"requirements__txt": "botocore==1.27.46"}, "1.27.46", True),
        ({"poetry__lock": '[[package]]\nname = "boto3"\nversion = "1.20.0"\n'}, "1.20.0", False),
        ({"uv__lock": '[[package]]\nname = "boto3"\nversion = "1.40.0"\n'}, "1.40.0", True),
        ({"Pipfile__lock": '{"default": {"boto3": {"hashes": [], "version": "==1.21.1"}}}'}, "1.21.1", False),
    ],
)
def test_python(files: dict[str, str], version: str, follows: bool | None) -> None:
    found = sdk("python3.13", **files)
    assert (found.version, found.follows) == (version, follows)


def test_what_the_runtime_brings() -> None:
    assert sdk("python3.13") == Sdk("the SDK of python3.13", follows=True)
    assert sdk("nodejs22.x").follows
    assert sdk("python3.13", requirements__txt="requests==2.0\n# boto3==1.0\n").follows
    assert sdk("nodejs20.x", package__json='{"devDependencies": {"aws-sdk": "2.1.0"}}').follows
    old = sdk("nodejs14.x")
    assert (old.follows, old.needed) == (None, "@aws-sdk/* 3.105.0 or aws-sdk 2.1147.0")
    assert sdk("java21").needed == "AWS SDK for Java 2.21.24"
    assert sdk("java8.al2").needed == "AWS SDK for Java 2.17.135"
    assert sdk("") == Sdk("")


def test_go_counts_by_its_core_module() -> None:
    assert sdk("provided.al2023", go__mod="require (\n\tgithub.com/aws/aws-sdk-go-v2 v1.41.2\n)").follows
    assert sdk("go1.x", go__mod="require github.com/aws/aws-sdk-go-v2 v1.17.8\n").follows is False
    assert sdk("go1.x", go__mod="require github.com/aws/aws-sdk-go-v2/service/sqs v1.0.0\n").follows is None


def test_the_lock_file_above_tells_more_than_a_range() -> None:
    texts = {
        "app/package.json": '{"dependencies": {"aws-sdk": "^2.1000.0"}}',
        "package-lock.json": '{"packages": {"node_modules/aws-sdk": {"version": "2.1692.0"}}}',
    }
    found = sdk_of("nodejs20.x", ("app", "."), texts.get)
    assert (found.file, found.version, found.follows) == ("package-lock.json", "2.1692.0", True)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[" * 100_000, '{"dependencies": 1}', '{"packages": {"a": 1}}', "\0"]
)
def test_whatever_stands_there_nothing_is_raised(text: str) -> None:
    names = ("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml")
    for name in names:
        assert sdk_of("nodejs20.x", (".",), {name: text}.get).follows
    for name in ("requirements.txt", "uv.lock", "Pipfile.lock"):
        assert sdk_of("python3.13", (".",), {name: text}.get).follows


def test_the_minima_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "explain-function.md").read_text(encoding="utf-8")
    assert all(version in page for version in MINIMA.values())


# -- would Lambda stop it ------------------------------------------------------------------------------------


def worker() -> FunctionAnswer:
    return next(one for one in answers() if one.name == "Worker")


def test_stopped_by_what_the_runtime_brings(project: Path) -> None:
    (loop,) = worker().loops
    assert (loop.stops, loop.why) == ("yes", ())


def test_not_stopped_with_an_old_sdk(project: Path) -> None:
    Path("worker/package.json").write_text('{"dependencies": {"aws-sdk": "2.1000.0"}}')
    (loop,) = worker().loops
    assert loop.stops == "no"
    assert loop.why == (
        "Worker has aws-sdk 2.1000.0 (worker/package.json), and Lambda follows aws-sdk 2.1147.0 or newer",
    )


def test_perhaps_where_the_sdk_is_not_known(project: Path) -> None:
    Path("template.yaml").write_text(TEMPLATE.replace("nodejs20.x", "java17"))
    (loop,) = worker().loops
    assert loop.stops == "perhaps"
    assert loop.why == (
        "which version Worker has of java17 is not known, and Lambda follows AWS SDK for Java 2.20.81 or newer",
    )


def test_off_where_the_template_allows_it(project: Path) -> None:
    allowed = TEMPLATE.replace(
        "      Handler: src/app.handler", "      RecursiveLoop: Allow\n      Handler: a.b"
    )
    Path("template.yaml").write_text(allowed)
    found = worker()
    assert found.allows
    assert [loop.stops for loop in found.loops] == ["off"]


def test_every_function_of_the_loop_must_be_followed() -> None:
    """A loop of two functions is as good as the older SDK; none of it where a table is between."""
    found, _, _ = functions(("fixtures/dynamodb-loop/expired-items/template.yaml",), Config())
    loops = [loop for one in found for loop in one.loops]
    assert loops
    assert {loop.stops for loop in loops} == {"no"}
    assert all("it does not follow DynamoDB" in loop.why for loop in loops)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("eventbridge-loop/puts-what-it-matches", ("it does not follow EventBridge",)),
        ("stepfunctions-loop/function-starts-it", ("it does not follow Step Functions",)),
        ("kinesis-loop/put-back", ("it does not follow Kinesis",)),
        ("s3-loop/eventbridge-rule", ("it does not follow EventBridge",)),
        ("lambda-loop/function-url", ("it does not follow calls of a function's URL",)),
        ("firehose-loop/transform", ("it does not follow Firehose",)),
    ],
)
def test_why_not_is_told_in_names_that_aws_uses(file: str, why: tuple[str, ...]) -> None:
    found, _, _ = functions((f"fixtures/{file}/template.yaml",), Config())
    assert {loop.why for one in found for loop in one.loops} == {why}


def test_nothing_outside_of_the_repository_is_read(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "package.json").write_text('{"dependencies": {"aws-sdk": "2.1.0"}}')
    (project / "worker" / "package.json").symlink_to(outside / "package.json")
    assert worker().sdk.version == ""


def test_a_suppressed_loop_counts(project: Path) -> None:
    suppressed = TEMPLATE.replace(
        "        Job:", "        # recursion-lint: ignore[sqs-loop] -- counted\n        Job:"
    )
    Path("template.yaml").write_text(suppressed)
    (loop,) = worker().loops
    assert loop.accepted == "counted"
    assert not [one for one in answers() if one.loops and one.name != "Worker"]


def test_settings_leave_nothing_out(project: Path) -> None:
    Path(".recursion-lint.toml").write_text('ignore = ["sqs-loop"]\n[severity]\nsqs-loop = "off"\n')
    assert main(["check"]) == 0
    assert main(["explain-function", "--format", "json", "--output", "a.json", "Worker"]) == 0
    (function,) = json.loads(Path("a.json").read_text(encoding="utf-8"))["functions"]
    assert len(function["loops"]) == 1


# -- what is printed -----------------------------------------------------------------------------------------

PRINTED = {
    "one": ["Worker", "fixtures/sqs-loop/wrong-variable/template.yaml"],
    "code": ["prod-Convert-1A2B3C4D5E6F", "fixtures/s3-loop/code-marks-what-it-wrote"],
    "allowed": ["Worker", "fixtures/sqs-loop/wrong-variable/fixed-allow-loop.yaml"],
    "not followed": ["Total", "fixtures/dynamodb-loop/all-but-removals/template.yaml"],
    "no loop": ["Worker", "fixtures/sqs-loop/wrong-variable/near-miss.yaml"],
    "construct": ["WorkerD1F60B38", "fixtures/sqs-loop/cdk-grants-its-own-queue/template.json"],
    "table": ["fixtures/sqs-loop/code-sends-back", "fixtures/dynamodb-loop/all-but-removals"],
}


@pytest.mark.parametrize("case", PRINTED)
def test_printed(
    case: str,
    golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["explain-function", *PRINTED[case]]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    golden(f"explain-function-{case.replace(' ', '-')}.txt", told.out)


def in_json(paths: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["explain-function", "--format", "json", *paths]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_json_keeps_its_schema(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    Draft202012Validator.check_schema(SCHEMA)
    document = in_json(["fixtures"], capsys)
    assert not list(VALIDATOR.iter_errors(document))
    found = [loop for one in document["functions"] for loop in one["loops"]]
    assert {loop["lambda_stops"] for loop in found} >= {"yes", "no", "off"}
    assert {loop["code_ends"] for loop in found} == {"yes", "perhaps", "no", "unknown"}
    document["functions"][0]["extra"] = 1
    assert list(VALIDATOR.iter_errors(document))


def test_every_key_of_the_schema_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (function,) = in_json(["Worker", "fixtures/sqs-loop/wrong-variable/template.yaml"], capsys)["functions"]
    for name, told in (("function", function), ("loop", function["loops"][0]), ("sdk", function["sdk"])):
        part = SCHEMA["$defs"][name]
        assert list(told) == list(part["properties"]) == part["required"]


def test_a_folder_without_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["explain-function"]) == 0
    assert capsys.readouterr().err == "warning: nothing that was read is a SAM or CloudFormation template\n"
    assert main(["explain-function", "Worker", "gone.yaml"]) == 3
    assert "gone.yaml: no such file" in capsys.readouterr().err


def test_help_fits_on_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain-function", "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) <= 40


# -- which loops are a function's ----------------------------------------------------------------------------


def test_a_copy_of_a_template_has_the_loop_too(project: Path) -> None:
    (project / "copy").mkdir()
    (project / "copy" / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    found, _, templates = functions((".",), Config())
    assert templates == 2
    workers = [one for one in found if one.name == "Worker"]
    assert [one.span.file for one in workers] == ["copy/template.yaml", "template.yaml"]
    assert [len(one.loops) for one in workers] == [1, 1]
    assert not [one for one in found if one.loops and one.name != "Worker"]


SHARED_ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies:
        - PolicyName: send
          PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}]}
  Jobs: {Type: AWS::SQS::Queue}
  One: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Runtime: python3.13, Handler: a.b, Code: {S3Bucket: b, S3Key: one.zip}}}
  Two: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Runtime: python3.13, Handler: a.b, Code: {S3Bucket: b, S3Key: two.zip}}}
  Idle: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Runtime: python3.13, Handler: a.b, Code: {S3Bucket: b, S3Key: idle.zip}}}
  MapOne: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref One}}
  MapTwo: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Two}}
"""


def test_a_loop_that_is_told_with_another_one_counts(project: Path) -> None:
    """One statement closes both: one finding, told by the shorter of its loops."""
    Path("template.yaml").write_text(SHARED_ROLE)
    found = {one.name: len(one.loops) for one in answers()}
    assert found["Idle"] == 0
    assert found["One"] == found["Two"] == 1


PING_PONG = """
Transform: AWS::Serverless-2016-10-31
Resources:
  There: {Type: AWS::SQS::Queue}
  Back: {Type: AWS::SQS::Queue}
  Ping:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Environment: {Variables: {QUEUE: !Ref Back}}
      InlineCode: |
        import os, boto3
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="on")
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Back.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt There.Arn}}
  Pong:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Environment: {Variables: {QUEUE: !Ref There}}
      InlineCode: |
        import os, boto3
        def handler(event, context):
            if event["Records"][0]["messageId"] != "last":
                boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="on")
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt There.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Back.Arn}}
"""


def test_each_function_answers_for_its_own_code(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("template.yaml").write_text(PING_PONG)
    told = {
        one["name"]: (one["loops"][0]["code_ends"], [code["channel"] for code in one["loops"][0]["code"]])
        for one in in_json(["template.yaml"], capsys)["functions"]
    }
    assert told["Ping"] == ("no", ["Back"])
    assert told["Pong"][1] == ["There"]
    assert told["Pong"][0] != "no"


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ((), "unknown"),
        (("writes-back",), "no"),
        (("writes-back", "unread"), "unknown"),
        (("writes-back", "conditional", "may"), "perhaps"),
        (("writes-back", "conditional", "elsewhere"), "yes"),
    ],
)
def test_one_step_that_is_not_taken_ends_a_loop(
    project: Path, verdicts: tuple[CodeVerdict, ...], word: str
) -> None:
    (loop,) = worker().loops
    code = tuple(("Jobs", HopCode(verdict)) for verdict in verdicts)
    assert ends(loop._replace(code=code)) == word


def test_the_folder_of_the_handler_is_looked_at_first(project: Path) -> None:
    Path("worker/src/package.json").write_text('{"dependencies": {"aws-sdk": "2.1000.0"}}')
    Path("worker/package.json").write_text('{"dependencies": {"aws-sdk": "2.1500.0"}}')
    assert (worker().sdk.file, worker().sdk.version) == ("worker/src/package.json", "2.1000.0")


def test_of_two_generations_the_older_counts() -> None:
    both = '{"dependencies": {"@aws-sdk/client-sqs": "3.500.0", "aws-sdk": "2.1000.0"}}'
    assert (sdk("nodejs20.x", package__json=both).version, sdk("nodejs20.x", package__json=both).follows) == (
        "2.1000.0",
        False,
    )
    dev = '{"packages": {"node_modules/aws-sdk": {"version": "2.1000.0", "dev": true}}}'
    assert sdk("nodejs20.x", package_lock__json=dev).follows


def test_a_change_that_allows_the_loop_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "fixtures/sqs-loop/requeues-what-is-not-ready", "project")
    for file in Path("project").rglob("app.py"):
        file.write_text(file.read_text().replace('export["asked"] < 10', 'export["waited"] < WAIT_TIMEOUT'))
    assert main(["explain-function", "Check", "project/template.yaml"]) == 0
    told = capsys.readouterr().out
    assert "change   If the loop is meant, set RecursiveLoop: Allow" in told
    assert "meant?" not in told


def test_the_table_tells_the_worst_of_several_loops(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function with a loop that Lambda stops and one that it does not."""
    two = TEMPLATE.replace(
        "  Named:",
        "        Change: {Type: DynamoDB, Properties: {Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST}}\n"
        "  Items: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}\n"
        "  Named:",
    ).replace("Policies: [", "Policies: [{DynamoDBWritePolicy: {TableName: !Ref Items}}, ", 1)
    Path("template.yaml").write_text(two)
    assert main(["explain-function", "template.yaml"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("Worker"))
    cells = [cell.strip() for cell in row.split("  ") if cell]
    assert cells[:3] == ["Worker", "2 warning", "no"]
