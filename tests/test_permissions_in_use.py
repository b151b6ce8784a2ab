"""A permission that the code uses on a channel is not taken away, though what it writes there starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.run.lint import lint

FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
"""
BUS = """\
      Policies:
        - Statement: [{Effect: Allow, Action: [events:PutEvents], Resource: !Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default'}]
      Events:
        Order:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [shop.orders], detail-type: [Placed]}}
"""
PUTS = """\
import boto3, json
events = boto3.client("events")
def handler(event, context):
    entry = {"Source": SOURCE, "DetailType": TYPE, "Detail": json.dumps({})}
    events.put_events(Entries=[entry])
"""
IDLE = "def handler(event, context):\n    return event\n"
TOPIC = """\
      Policies:
        - SNSPublishMessagePolicy: {TopicName: !GetAtt News.TopicName}
      Environment: {Variables: {TOPIC: !Ref News}}
      Events:
        Raw:
          Type: SNS
          Properties: {Topic: !Ref News, FilterPolicy: {stage: [raw]}}
  News: {Type: AWS::SNS::Topic}
"""
PUBLISHES = """\
import boto3, os
sns = boto3.client("sns")
def handler(event, context):
    stage = {"stage": {"DataType": "String", "StringValue": "done"}}
    sns.publish(TopicArn=os.environ["TOPIC"], Message="x", MessageAttributes=stage)
"""
TABLE = """\
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Jobs}
      Environment: {Variables: {TABLE: !Ref Jobs}}
      Events:
        New:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Jobs.StreamArn
            StartingPosition: LATEST
            FilterCriteria: {Filters: [{Pattern: '{"dynamodb": {"NewImage": {"kind": {"S": ["job"]}}}}'}]}
  Jobs:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
"""
PUTS_ITEM = """\
import boto3, os
table = boto3.client("dynamodb")
def handler(event, context):
    item = {"id": {"S": "1"}, "kind": {"S": "result"}}
    table.put_item(TableName=os.environ["TABLE"], Item=item)
"""
BUCKET = """\
      Policies:
        - Statement: [{Effect: Allow, Action: [s3:PutObject], Resource: 'arn:aws:s3:::photos-of-a-test/*'}]
      Events:
        New:
          Type: S3
          Properties:
            Bucket: !Ref Photos
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
"""
PUTS_OBJECT = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for folder in ("out/", "logs/"):
        s3.put_object(Bucket="photos-of-a-test", Key=folder + context.aws_request_id, Body=b"x")
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(resources: str, code: str) -> Finding:
    Path("template.yaml").write_text(FUNCTION + resources, encoding="utf-8")
    Path("src").mkdir(exist_ok=True)
    Path("src/app.py").write_text(code, encoding="utf-8")
    (finding,) = lint(["template.yaml"]).findings
    return finding


def breaking(finding: Finding) -> list[str]:
    """The remedies that take the permission from the whole channel, by a diff or in words."""
    taking = ("drop-grant", "read-only-grant", "explicit-deny", "second-", "use-other-", "two-buckets")
    return [one.id for one in finding.remedies if one.id.startswith(taking) and " at in/*" not in one.title]


def diff(remedy: Remedy) -> str:
    return " ".join(line for line in remedy.diff.splitlines() if line.startswith(("+ ", "- ")))


@pytest.mark.parametrize(
    ("resources", "code"),
    [
        pytest.param(
            BUS, PUTS.replace("SOURCE", '"shop.audit"').replace("TYPE", '"Placed"'), id="source of an event"
        ),
        pytest.param(BUS, PUTS.replace("SOURCE", '"shop.orders"').replace("TYPE", '"Done"'), id="type"),
        pytest.param(TOPIC, PUBLISHES, id="attributes of a message"),
        pytest.param(TABLE, PUTS_ITEM, id="attributes of an item"),
        pytest.param(BUCKET, PUTS_OBJECT, id="key of an object"),
    ],
)
def test_what_the_code_uses_on_the_channel_is_not_taken_away(resources: str, code: str) -> None:
    """Twin: code that makes no such call."""
    finding = found(resources, code)
    assert [hop.code.verdict for hop in finding.hops if hop.code] == ["elsewhere"]
    assert breaking(finding) == []
    assert breaking(found(resources, IDLE)) == ["read-only-grant" if "Crud" in resources else "drop-grant"]


def test_events_are_allowed_with_the_source_that_the_code_gives_them() -> None:
    """Twin: a source that is known only when it runs, which no condition can name."""
    code = PUTS.replace("SOURCE", '"shop.audit"').replace("TYPE", 'event["detail-type"]')
    (narrowed,) = [one for one in found(BUS, code).remedies if one.diff]
    assert narrowed.id == "own-source"
    assert narrowed.title == "Let Worker put only events with the source shop.audit, as its code does"
    code = PUTS.replace("SOURCE", 'event["source"]').replace("TYPE", '"Done"')
    assert not [one for one in found(BUS, code).remedies if one.diff or one.id == "own-source"]


FEEDS = """\
      Environment: {Variables: {BUCKET: !Ref Photos}}
      Policies:
        - S3CrudPolicy: {BucketName: !Ref Photos}
      Events:
        Order:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [shop.orders], detail-type: [Placed]}}
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
  Tell:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.tell
      Runtime: python3.13
      Policies:
        - EventBridgePutEventsPolicy: {EventBusName: default}
      Events:
        New: {Type: S3, Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*}}
"""
FEEDING = """\
import boto3, json, os
def handler(event, context):
    boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key="a", Body=b"x")
def tell(event, context):
    entry = {"Source": "shop.photos", "DetailType": "Placed", "Detail": json.dumps({})}
    boto3.client("events").put_events(Entries=[entry])
"""


def test_what_feeds_the_next_function_stays_where_another_step_is_not_taken() -> None:
    """The loop ends at the second function, so the first one may go on writing where the second one listens."""
    finding = found(FEEDS, FEEDING)
    assert [hop.code.verdict for hop in finding.hops if hop.code] == ["writes-back", "elsewhere"]
    assert [one.id for one in finding.remedies if one.diff] == ["own-source"]
    assert breaking(finding) == []
