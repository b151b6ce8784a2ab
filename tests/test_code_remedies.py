"""Remedies that the code of a function decides: what it does not need is taken away, and only that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from recursion_lint.cli.main import main
from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.run.lint import lint

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
Advised = Callable[..., Remedy]

BUCKET = """\
Parameters:
  Name: {Type: String}
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Ref Name}
  Other: {Type: AWS::S3::Bucket}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: RUNTIME
      Handler: app.handler
      CodeUri: src/
      Environment: {Variables: {OTHER: !Ref Other, UPLOADS: !Ref Name}}
      Policies:
POLICIES
      Events:
        Upload:
          Type: S3
          Properties: {Bucket: !Ref Uploads, Events: s3:ObjectCreated:*}
"""
CRUD = "- S3CrudPolicy: {BucketName: !Ref Name}\n"
ON_OTHER = "- S3CrudPolicy: {BucketName: !Ref Other}\n"
READS = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        of = record["s3"]
        s3.get_object(Bucket=of["bucket"]["name"], Key=of["object"]["key"])
"""
ELSEWHERE = """\
import boto3, os
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        of = record["s3"]
        body = s3.get_object(Bucket=of["bucket"]["name"], Key=of["object"]["key"])["Body"]
        s3.put_object(Bucket=os.environ["OTHER"], Key=of["object"]["key"], Body=body)
"""


@pytest.fixture
def advised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Advised:
    """The best remedy of the worst finding on a template with the code of its function beside it."""
    monkeypatch.chdir(tmp_path)

    def found(template: str, text: str, name: str = "app.py") -> Remedy:
        return worst(template, text, name).remedies[0]

    return found


def worst(template: str, text: str, name: str = "app.py") -> Finding:
    Path("template.yaml").write_text(HEAD + template, encoding="utf-8")
    Path("src").mkdir(exist_ok=True)
    (Path("src") / name).write_text(dedent(text), encoding="utf-8")
    return lint(["template.yaml"]).findings[0]


def bucket(policies: str = CRUD, runtime: str = "python3.13") -> str:
    return BUCKET.replace("RUNTIME", runtime).replace("POLICIES\n", indent(policies, " " * 8))


def change(remedy: Remedy) -> list[str]:
    """The lines that a remedy takes away and adds."""
    lines = (remedy.diff or "").splitlines()
    return [
        line[0] + line[1:].strip() for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]


def test_what_the_code_only_reads_is_narrowed_safely(advised: Advised) -> None:
    remedy = advised(bucket(), READS)
    assert (remedy.id, remedy.applicability) == ("read-only-grant", "safe")
    assert change(remedy) == [
        "-- S3CrudPolicy: {BucketName: !Ref Name}",
        "+- S3ReadPolicy: {BucketName: !Ref Name}",
    ]
    assert remedy.trade_off == "none: its code (src/app.py) uses s3:GetObject only"


def test_code_that_writes_elsewhere_keeps_that_grant(advised: Advised) -> None:
    remedy = advised(bucket(CRUD + ON_OTHER), ELSEWHERE)
    assert (remedy.id, remedy.applicability) == ("read-only-grant", "safe")
    assert change(remedy) == [
        "-- S3CrudPolicy: {BucketName: !Ref Name}",
        "+- S3ReadPolicy: {BucketName: !Ref Name}",
    ]
    assert remedy.trade_off == "none: its code (src/app.py) writes to OTHER only"


@pytest.mark.parametrize(
    "more",
    [
        's3.delete_object(Bucket=of["bucket"]["name"], Key="old")',
        's3.put_object_acl(Bucket=of["bucket"]["name"], Key="a", ACL="private")',
        's3.put_bucket_lifecycle_configuration(Bucket=of["bucket"]["name"], LifecycleConfiguration={})',
        's3.put_bucket_lifecycle(Bucket=of["bucket"]["name"], LifecycleConfiguration={})',
        's3.generate_presigned_url("get_object", Params={"Bucket": os.environ["UPLOADS"], "Key": "a"})',
        's3.generate_presigned_post(os.environ["UPLOADS"], "a")',
        "from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer",
        "token = boto3.Session().get_credentials()",
        's3.delete_objects(Bucket=os.environ["UPLOADS"], Delete={"Objects": [{"Key": "a"}]})',
    ],
    ids=["delete", "acl", "lifecycle", "old-lifecycle", "url", "post", "library", "credentials", "several"],
)
@pytest.mark.parametrize("base", [READS, ELSEWHERE], ids=["never", "elsewhere"])
def test_what_else_the_code_does_there_keeps_the_grant(advised: Advised, base: str, more: str) -> None:
    """None of it closes the loop, all of it needs what the narrower policy lacks."""
    code = base.replace("import boto3\n", "import boto3, os\n") + f"        {more}\n"
    safe = [one for one in worst(bucket(CRUD + ON_OTHER), code).remedies if one.applicability == "safe"]
    assert not safe


def test_a_name_that_is_not_called_is_no_need(advised: Advised) -> None:
    """Twin of those above: the same words with another call."""
    code = READS + '        s3.head_object(Bucket=of["bucket"]["name"], Key="old")\n'
    assert advised(bucket(), code).applicability == "safe"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (READS.replace("import boto3", "import boto3, helpers"), "a module that is not there"),
        (READS + "        other(s3)\n", "a client that is handed on"),
        (READS + "        getattr(s3, event['call'])()\n", "a call by a name that is not known"),
    ],
)
def test_code_that_is_not_known_to_its_end_is_not_trusted(advised: Advised, code: str, why: str) -> None:
    assert all(one.applicability != "safe" for one in worst(bucket(), code).remedies), why


def test_a_call_that_no_way_leads_to_is_not_trusted_to_stay_unused(advised: Advised) -> None:
    code = READS + 'def unused(bucket):\n    s3.put_object(Bucket=bucket, Key="a")\n'
    finding = worst(bucket(), code)
    assert finding.hops[1].code is not None
    assert finding.hops[1].code.verdict == "never"
    assert all(one.applicability != "safe" for one in finding.remedies)


def test_a_library_that_was_not_read_is_not_trusted(advised: Advised) -> None:
    Path("src").mkdir()
    code = READS.replace("import boto3\n", "import boto3\nimport uploader\n")
    Path("src/requirements.txt").write_text("uploader\n", encoding="utf-8")
    assert all(one.applicability != "safe" for one in worst(bucket(), code).remedies)


def test_a_layer_that_was_not_read_is_not_trusted(advised: Advised) -> None:
    layer = "      Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:sync:1']\n      CodeUri: src/\n"
    template = bucket().replace("      CodeUri: src/\n", layer)
    assert all(one.applicability != "safe" for one in worst(template, READS).remedies)


def test_a_dead_letter_queue_needs_the_right_to_send(advised: Advised) -> None:
    """Lambda sends what fails with the function's role."""
    policy = "- SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}\n"
    event = "Type: SQS\n          Properties: {Queue: !GetAtt Jobs.Arn}\n"
    template = (
        bucket(policy).replace("Type: S3\n", event).split("          Properties: {Bucket: !Ref Uploads")[0]
    )
    template += "  Jobs: {Type: AWS::SQS::Queue}\n"
    code = "def handler(event, context):\n    print(event)\n"
    assert [one.id for one in worst(template, code).remedies if one.applicability == "safe"] == ["drop-grant"]
    told = "      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Jobs.Arn}}}\n"
    assert not [
        one
        for one in worst(template.replace("      Policies:\n", told + "      Policies:\n"), code).remedies
        if one.applicability == "safe" and one.id == "drop-grant"
    ]


RAW = """\
Parameters:
  Name: {Type: String}
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      NotificationConfiguration:
        LambdaConfigurations:
          - {Event: 's3:ObjectCreated:*', Function: !GetAtt Worker.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: PRINCIPAL}, Action: 'sts:AssumeRole'}
      Policies:
        - PolicyName: objects
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [ACTIONS]
                Resource: RESOURCE
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Role: !GetAtt Role.Arn
"""
OBJECTS = "!Sub 'arn:aws:s3:::${Name}/*'"


def raw(
    actions: str, principal: str = "lambda.amazonaws.com", resource: str = OBJECTS, more: str = ""
) -> str:
    found = RAW.replace("PRINCIPAL", principal).replace("ACTIONS", actions).replace("RESOURCE", resource)
    return found + more


def test_a_statement_loses_its_write_safely(advised: Advised) -> None:
    remedy = advised(raw("'s3:GetObject', 's3:PutObject'"), READS)
    assert (remedy.applicability, change(remedy)) == (
        "safe",
        ["-Action: ['s3:GetObject', 's3:PutObject']", "+Action: ['s3:GetObject']"],
    )


ALIAS = "  Job: {Type: AWS::CodeBuild::Project, Properties: {ServiceRole: !GetAtt Role.Arn}}\n"
OUTPUT = "Outputs:\n  Lent: {Value: !GetAtt Role.Arn}\n"
TOLD = "  Told: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Role.Arn}}\n"
SECOND = """\
  Second:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: src/, Role: !GetAtt Role.Arn}
"""


@pytest.mark.parametrize(
    "template",
    [
        raw("'s3:GetObject', 's3:PutObject'", principal="ec2.amazonaws.com"),
        raw("'s3:GetObject', 's3:PutObject'", more=ALIAS),
        raw("'s3:GetObject', 's3:PutObject'", more=OUTPUT),
        raw("'s3:GetObject', 's3:PutObject'", more=TOLD),
        raw("'s3:GetObject', 's3:PutObject'", more=SECOND),
        raw("'s3:GetObject', 's3:Put*'").replace("s3:Put*", "s3:*"),
    ],
    ids=["trust", "service", "output", "parameter", "function", "all-actions"],
)
def test_a_role_that_serves_others_is_left_to_a_person(advised: Advised, template: str) -> None:
    assert all(one.applicability != "safe" for one in worst(template, READS).remedies)


def test_a_broad_grant_that_the_code_does_not_use_goes(advised: Advised) -> None:
    remedy = advised(raw("'s3:GetObject', 's3:PutObject'", resource="'*'"), READS)
    assert (remedy.id, remedy.applicability) == ("drop-grant", "safe")
    assert change(remedy) == ["-Action: ['s3:GetObject', 's3:PutObject']", "+Action: ['s3:GetObject']"]


def test_a_broad_grant_that_the_code_uses_elsewhere_stays(advised: Advised) -> None:
    """Twin: the same right serves another bucket."""
    template = raw(
        "'s3:GetObject', 's3:PutObject'", resource="'*'", more="  Other: {Type: AWS::S3::Bucket}\n"
    )
    environment = "      Environment: {Variables: {OTHER: !Ref Other}}\n      CodeUri: src/\n"
    template = template.replace("      CodeUri: src/\n", environment)
    assert all(one.applicability != "safe" for one in worst(template, ELSEWHERE).remedies)


def test_fix_applies_what_is_safe(advised: Advised) -> None:
    assert worst(bucket(), READS).severity == "info"
    assert main(["check", "--fix", "template.yaml"]) == 0
    fixed = Path("template.yaml").read_text(encoding="utf-8")
    assert fixed == HEAD + bucket().replace("S3CrudPolicy", "S3ReadPolicy")
    assert not lint(["template.yaml"]).findings


def test_code_that_may_write_makes_nothing_safe(advised: Advised) -> None:
    code = READS + '        s3.put_object(Bucket=of["bucket"]["name"], Key="a")\n'
    assert all(one.applicability != "safe" for one in worst(bucket(), code).remedies)


TO_ITS_OUTPUT = """\
import boto3, os
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        s3.put_object(Bucket=os.environ["OUTPUT_BUCKET"], Key=record["s3"]["object"]["key"])
"""


def with_output(name: str) -> str:
    return bucket().replace("UPLOADS: !Ref Name", f"{name}: !Ref Name").replace("OTHER: !Ref Other, ", "")


def test_a_variable_that_names_the_wrong_channel_is_the_cause(advised: Advised) -> None:
    finding = worst(with_output("OUTPUT_BUCKET"), TO_ITS_OUTPUT)
    assert finding.severity == "error"
    told = "OUTPUT_BUCKET is Uploads (line 15), and src/app.py:5 calls s3.put_object on Uploads"
    assert finding.because[0] == told
    first = finding.remedies[0]
    assert first.title == "Set OUTPUT_BUCKET (line 15) to Other, not to Uploads"
    assert (first.id, first.applicability) == ("use-other-bucket", "unsafe")
    assert "+Environment: {Variables: {OUTPUT_BUCKET: !Ref Other}}" in change(first)


def test_a_variable_that_is_meant_is_no_cause(advised: Advised) -> None:
    """Twin: by its name it may well be the bucket that it is."""
    finding = worst(with_output("BUCKET"), TO_ITS_OUTPUT.replace("OUTPUT_BUCKET", "BUCKET"))
    assert finding.because[0] == "src/app.py:5 calls s3.put_object on Uploads"
    assert not any(one.id == "use-other-bucket" for one in finding.remedies)


def test_a_variable_that_functions_share_is_no_mistake_of_one(advised: Advised) -> None:
    """Twin: another function writes there by it."""
    template = with_output("OUTPUT_BUCKET") + (
        "  Loader:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Environment: {Variables: {OUTPUT_BUCKET: !Ref Name}}\n"
    )
    finding = worst(template, TO_ITS_OUTPUT)
    assert finding.because[0] == "src/app.py:5 calls s3.put_object on Uploads"
    assert not any(one.id == "use-other-bucket" for one in finding.remedies)


def test_of_two_other_channels_none_is_the_one_that_is_meant(advised: Advised) -> None:
    """Twin: there is a third bucket."""
    template = with_output("OUTPUT_BUCKET").replace("  Other:", "  Third: {Type: AWS::S3::Bucket}\n  Other:")
    assert not any(one.id == "use-other-bucket" for one in worst(template, TO_ITS_OUTPUT).remedies)


INTO_A_FOLDER = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        of = record["s3"]
        s3.put_object(Bucket=of["bucket"]["name"], Key="thumbnails/" + of["object"]["key"], Body=b"")
"""
INTO_A_FOLDER_TS = """\
import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
const s3 = new S3Client({});
export const handler = async (event: any) => {
  for (const record of event.Records) {
    const { bucket, object } = record.s3;
    await s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: `thumbnails/${object.key}`, Body: "" }));
  }
};
"""


def named(finding: Finding, name: str) -> Remedy | None:
    return next((one for one in finding.remedies if one.id == name), None)


def sketched(remedy: Remedy | None) -> str:
    assert remedy is not None
    assert remedy.applicability == "manual"
    assert not remedy.edits
    return remedy.steps.partition("\n\n")[2]


def runs_on(sketch: str, *records: dict[str, object]) -> None:
    """The sketch is Python that takes these records."""
    scope: dict[str, object] = {}
    exec(compile(sketch, "sketch", "exec"), scope)
    scope["handler"]({"Records": list(records)}, None)  # type: ignore[operator]


def test_a_test_of_the_key_is_sketched_where_the_key_tells(advised: Advised) -> None:
    found = sketched(named(worst(bucket(), INTO_A_FOLDER), "key-guard"))
    assert 'if key.startswith("thumbnails/"):' in found
    runs_on(found, {"s3": {"object": {"key": "thumbnails/a+b"}}})


def test_the_sketch_is_in_the_language_that_was_read(advised: Advised) -> None:
    template = bucket(runtime="nodejs22.x")
    javascript = INTO_A_FOLDER_TS.replace("event: any", "event")
    found = sketched(named(worst(template, javascript, "app.mjs"), "key-guard"))
    assert 'if (key.startsWith("thumbnails/")) continue;' in found
    assert "import type" not in found
    Path("src/app.mjs").unlink()
    esbuild = "      Metadata: {BuildMethod: esbuild, BuildProperties: {EntryPoints: [app.ts]}}\n"
    built = template.replace(
        "    Type: AWS::Serverless::Function\n", "    Type: AWS::Serverless::Function\n" + esbuild[2:]
    )
    found = sketched(named(worst(built, INTO_A_FOLDER_TS, "app.ts"), "key-guard"))
    assert found.startswith('import type { S3Event } from "aws-lambda";\n')
    assert "async (event: S3Event): Promise<void> =>" in found


@pytest.mark.parametrize(
    "key",
    ['of["object"]["key"]', '"thumbnails/" + of["object"]["key"] if x else of["object"]["key"]', 'x + "/a"'],
)
def test_a_key_that_does_not_tell_is_not_tested(advised: Advised, key: str) -> None:
    """Twins: the event's own key, one of two ways, what is known at run time only (but for its last letters)."""
    code = INTO_A_FOLDER.replace('"thumbnails/" + of["object"]["key"]', key)
    code = code.replace("        s3.put", '        x = event["x"]\n        s3.put')
    guard = named(worst(bucket(), code), "key-guard")
    assert guard is None or 'endswith("/a")' in guard.steps


def test_a_key_that_the_trigger_asks_for_tells_nothing(advised: Advised) -> None:
    """Twin: uploads have that folder too."""
    rule = "Events: s3:ObjectCreated:*, Filter: {S3Key: {Rules: [{Name: prefix, Value: thumbnails/}]}}}"
    template = bucket().replace("Events: s3:ObjectCreated:*}", rule)
    finding = worst(template, INTO_A_FOLDER)
    assert finding.severity == "error"
    assert named(finding, "key-guard") is None


TABLE = """\
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment: {Variables: {TABLE: !Ref Orders}}
      Policies: [DynamoDBCrudPolicy: {TableName: !Ref Orders}]
      Events:
        Change: {Type: DynamoDB, Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST}}
"""
ON_TABLE = """\
import boto3, os
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def handler(event, context):
    for record in event["Records"]:
        table.CALL
"""


def test_an_item_carries_its_mark(advised: Advised) -> None:
    finding = worst(TABLE, ON_TABLE.replace("CALL", 'put_item(Item={"id": event["x"]})'))
    found = sketched(named(finding, "item-guard"))
    assert '"handledBy" in item' in found
    runs_on(found, {"eventName": "MODIFY", "dynamodb": {"NewImage": {"handledBy": {"S": "Worker"}}}})


def test_what_only_deletes_is_told_by_the_kind_of_change(advised: Advised) -> None:
    finding = worst(TABLE, ON_TABLE.replace("CALL", 'delete_item(Key={"id": event["x"]})'))
    found = sketched(named(finding, "item-guard"))
    assert 'record["eventName"] == "REMOVE"' in found
    runs_on(found, {"eventName": "REMOVE"})


QUEUE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment: {Variables: {QUEUE_URL: !Ref Jobs}}
      Policies: [SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
SENDS = """\
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=record["body"])
"""


def test_a_message_counts_its_rounds(advised: Advised) -> None:
    found = sketched(named(worst(QUEUE, SENDS), "round-counter"))
    assert 'record["messageAttributes"].get("rounds"' in found
    runs_on(found, {"messageAttributes": {"rounds": {"stringValue": "1"}}})
    with pytest.raises(RuntimeError, match="not done after 3 rounds"):
        runs_on(found, {"messageAttributes": {"rounds": {"stringValue": "3"}}})


def test_without_code_no_guard_is_sketched(advised: Advised) -> None:
    """Twin: the handler is not there."""
    assert named(worst(QUEUE.replace("src/", "elsewhere/"), SENDS), "round-counter") is None


def test_the_sketch_is_shown_to_whoever_asks_for_more(
    advised: Advised, capsys: pytest.CaptureFixture[str]
) -> None:
    worst(bucket(), INTO_A_FOLDER)
    main(["check", "-v", "template.yaml"])
    assert 'if key.startswith("thumbnails/"):' in capsys.readouterr().out
    main(["check", "template.yaml"])
    assert "startswith" not in capsys.readouterr().out
    main(["check", "--format", "json", "template.yaml"])
    assert "startswith" in capsys.readouterr().out


RAW_FOLDER = "Events: s3:ObjectCreated:*, Filter: {S3Key: {Rules: [{Name: prefix, Value: raw/}]}}}"


def from_raw(policies: str = CRUD) -> str:
    return bucket(policies).replace("Events: s3:ObjectCreated:*}", RAW_FOLDER)


def test_the_folder_that_the_code_writes_to_becomes_the_grant(advised: Advised) -> None:
    remedy = advised(from_raw(), INTO_A_FOLDER)
    assert (remedy.id, remedy.applicability) == ("key-filter", "safe")
    assert remedy.trade_off == "none: its code writes there only"
    assert change(remedy) == [
        "-- S3CrudPolicy: {BucketName: !Ref Name}",
        "+- S3ReadPolicy: {BucketName: !Ref Name}",
        "+- S3WritePolicy:",
        '+BucketName: !Sub "${Name}/thumbnails"',
    ]


@pytest.mark.parametrize(
    "more",
    [
        's3.delete_object(Bucket=of["bucket"]["name"], Key="cleaned/a")',
        's3.put_object(Bucket=of["bucket"]["name"], Key="other/a")',
        's3.generate_presigned_url("put_object", Params={"Bucket": of["bucket"]["name"], "Key": "raw/a"})',
    ],
)
def test_what_the_code_does_outside_of_the_folder_keeps_the_grant(advised: Advised, more: str) -> None:
    """Twins: none of it starts the function again, and all of it needs more than the folder."""
    finding = worst(from_raw(), INTO_A_FOLDER + f"        {more}\n")
    assert finding.severity == "info"
    assert all(one.applicability != "safe" for one in finding.remedies)


def test_a_filter_is_offered_with_the_folder_that_the_code_writes_to(advised: Advised) -> None:
    remedy = named(worst(bucket(), INTO_A_FOLDER), "key-filter")
    assert remedy is not None
    assert remedy.applicability == "unsafe"
    assert remedy.title == "Trigger on input/ in Uploads, and let Worker write under thumbnails/ only"
    assert remedy.trade_off.endswith("; its code writes there already, uploads must go to input/")
    assert '+BucketName: !Sub "${Name}/thumbnails"' in change(remedy)


def test_a_statement_is_narrowed_to_what_names_begin_with(advised: Advised) -> None:
    template = raw("'s3:GetObject', 's3:PutObject'").replace(
        "Function: !GetAtt Worker.Arn}",
        "Function: !GetAtt Worker.Arn, Filter: {S3Key: {Rules: [{Name: prefix, Value: raw/}]}}}",
    )
    remedy = advised(template, INTO_A_FOLDER.replace("thumbnails/", "small-"))
    assert (remedy.id, remedy.applicability) == ("key-filter", "safe")
    assert "+Resource: !Sub 'arn:aws:s3:::${Name}/small-*'" in change(remedy)


WITH_EXTENSION = INTO_A_FOLDER.replace('"thumbnails/" + of["object"]["key"]', 'of["object"]["key"] + ".mp3"')


@pytest.mark.parametrize(("suffix", "expected"), [(".wav", "safe"), (".mp3", None)])
def test_a_statement_is_narrowed_to_the_extension_that_the_code_writes(
    advised: Advised, suffix: str, expected: str | None
) -> None:
    """Twin: an extension that the trigger takes."""
    template = raw("'s3:GetObject', 's3:PutObject'").replace(
        "Function: !GetAtt Worker.Arn}",
        f"Function: !GetAtt Worker.Arn, Filter: {{S3Key: {{Rules: [{{Name: suffix, Value: {suffix}}}]}}}}}}",
    )
    finding = worst(template, WITH_EXTENSION)
    safe = [one for one in finding.remedies if one.applicability == "safe"]
    assert [one.applicability for one in safe] == ([expected] if expected else [])
    if safe:
        assert safe[0].title == "Let Worker write only keys that end with .mp3 in Uploads"
        assert "+Resource: !Sub 'arn:aws:s3:::${Name}/*.mp3'" in change(safe[0])


READS_BACK = """\
import boto3, os
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        MORE
        s3.put_object(Bucket=os.environ["STORE"], Key=key + ".txt", Body=b"x")
"""


@pytest.mark.parametrize(
    ("more", "moved"), [("pass", True), ("s3.get_object(Bucket=os.environ['STORE'], Key=key)", False)]
)
def test_a_variable_that_the_code_reads_by_stays(advised: Advised, more: str, moved: bool) -> None:
    """A second bucket for the results has a variable of its own then, which a person puts into the code."""
    template = with_output("STORE").replace("  Other: {Type: AWS::S3::Bucket}\n", "")
    finding = worst(template, READS_BACK.replace("MORE", more))
    second = next(one for one in finding.remedies if one.id == "two-buckets")
    assert ("STORE names it" in second.steps) == moved
    assert second.applicability == ("unsafe" if moved else "manual")
