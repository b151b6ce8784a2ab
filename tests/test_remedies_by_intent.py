"""What a write is for decides which remedy goes first: the work must not end with the loop."""

from __future__ import annotations

from pathlib import Path

from recursion_lint.assessment.coded import guard_in_words
from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
TOPIC = """\
  Steps: {Type: AWS::SNS::Topic}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {VARIABLE: !Ref Steps}}
      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt Steps.TopicName}}]
      Events: {Step: {Type: SNS, Properties: {Topic: !Ref Steps}}}
"""
TABLE = """\
  Jobs:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {VARIABLE: !Ref Jobs}}
      Policies: [{Statement: [{Effect: Allow, Action: ACTION, Resource: !GetAtt Jobs.Arn}]}]
      Events:
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Jobs.StreamArn, StartingPosition: LATESTFILTER}
"""
INSERTS = """, FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}"""
BUCKET = """\
  Files:
    Type: AWS::S3::Bucket
    Properties: {BucketName: files-of-a-test}
  SPARE: {Type: AWS::S3::Bucket}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Policies: [{Statement: [{Effect: Allow, Action: ['s3:PutObject', 's3:GetObject'], Resource: RESOURCE}]}]
      Events:
        File:
          Type: S3
          Properties: {Bucket: !Ref Files, Events: 's3:ObjectCreated:*'FILTER}
"""
PREFIXED = ", Filter: {S3Key: {Rules: [{Name: suffix, Value: start.json}]}}"
WRITES = """\
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        of = record["s3"]
        TEST
        s3.put_object(Bucket=of["bucket"]["name"], Key="done-" + of["object"]["key"], Body=b"")
"""


def _remedies(tmp_path: Path, text: str, code: str = "") -> tuple[Remedy, ...]:
    (tmp_path / "template.yaml").write_text(HEAD + text)
    if code:
        (tmp_path / "app.py").write_text(code)
    found = [one for one in lint([str(tmp_path / "template.yaml")]).findings if one.severity != "info"]
    assert len(found) == 1
    return found[0].remedies


def _first(tmp_path: Path, text: str, code: str = "") -> str:
    return _remedies(tmp_path, text, code)[0].id


def test_what_is_told_its_own_topic_counts_its_rounds(tmp_path: Path) -> None:
    assert _first(tmp_path, TOPIC.replace("VARIABLE", "TOPIC_ARN")) == "round-counter"


def test_what_is_told_a_topic_for_results_publishes_to_another(tmp_path: Path) -> None:
    assert _first(tmp_path, TOPIC.replace("VARIABLE", "RESULTS_TOPIC_ARN")) == "second-topic"


def _table(variable: str, action: str = "dynamodb:UpdateItem", filtered: str = "") -> str:
    return TABLE.replace("VARIABLE", variable).replace("ACTION", action).replace("FILTER", filtered)


def test_a_table_that_holds_the_state_is_not_split(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, _table("JOBS_TABLE"))
    assert remedies[0].id == "stream-filter"
    assert "second-table" not in [one.id for one in remedies[:2]]


def test_a_table_for_results_is_another_one(tmp_path: Path) -> None:
    assert _first(tmp_path, _table("RESULTS_TABLE")) == "second-table"


def test_a_stream_of_inserts_asks_for_updates_of_what_exists(tmp_path: Path) -> None:
    assert _first(tmp_path, _table("JOBS_TABLE", filtered=INSERTS)) == "existing-items"


WORKER = """\
  NAME: {Type: AWS::SQS::Queue}
  NAMEWorker:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {QUEUE_URL: !Ref NEXT}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt NEXT.QueueName}}]
      Events: {Message: {Type: SQS, Properties: {Queue: !GetAtt NAME.Arn}}}
"""


def _ring(names: tuple[str, ...]) -> str:
    """Queues in a ring, each with a worker that sends to the next."""
    following = (*names[1:], names[0])
    return "".join(
        WORKER.replace("NAME", name).replace("NEXT", after)
        for name, after in zip(names, following, strict=True)
    )


def test_the_only_one_that_feeds_another_keeps_its_permission(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, _ring(("First", "Second")))
    ids = [one.id for one in remedies]
    assert ids[0] == "round-counter"
    assert all(one.applicability == "manual" for one in remedies if one.id in ("second-queue", "drop-grant"))
    assert "second-queue" in ids[1:]


def test_a_function_that_may_invoke_itself_keeps_that(tmp_path: Path) -> None:
    text = """\
  Walk:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: walk
      Policies:
        - Statement:
            - Effect: Allow
              Action: lambda:InvokeFunction
              Resource: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:walk
"""
    remedies = _remedies(tmp_path, text)
    assert remedies[0].id == "round-counter"
    assert "itself" in remedies[0].title
    assert not [one for one in remedies if one.id == "drop-grant" and one.applicability != "manual"]


def _bucket(resource: str, filtered: str = "", spare: str = "Spare") -> str:
    text = BUCKET.replace("RESOURCE", resource).replace("FILTER", filtered)
    return text.replace("SPARE", spare)


OWN = "arn:aws:s3:::files-of-a-test/*"


def test_where_code_writes_under_a_test_only_the_keys_that_trigger_are_denied(tmp_path: Path) -> None:
    code = WRITES.replace("TEST", 'if event.get("dry"): continue').replace('"done-" + ', "event['folder'] + ")
    remedies = _remedies(tmp_path, _bucket(OWN, PREFIXED), code)
    assert next(one.id for one in remedies if one.edits) == "deny-trigger-keys"


def test_code_that_always_writes_there_is_not_denied_it(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, _bucket(OWN, PREFIXED), WRITES.replace("TEST", "pass"))
    assert not {"deny-trigger-keys", "explicit-deny"} & {one.id for one in remedies[:2]}


def test_a_bucket_that_nothing_uses_is_where_the_results_go(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, _bucket("'*'"), WRITES.replace("TEST", "pass"))
    assert remedies[0].id == "use-other-bucket"
    assert "Spare" in remedies[0].title


def test_a_test_in_the_code_is_looked_at_before_anything_is_taken_away(tmp_path: Path) -> None:
    code = WRITES.replace("TEST", 'if of["object"]["key"].startswith("done-"): continue')
    first = _remedies(
        tmp_path, _bucket(OWN), code.replace('Key="done-" + of["object"]["key"]', 'Key=event["k"]')
    )[0]
    assert first.id == "accept-bounded"
    assert "recursion-lint: ignore[s3-loop]" in first.steps
    assert not first.edits


def test_what_is_started_gets_a_role_of_its_own(tmp_path: Path) -> None:
    text = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {Service: [lambda.amazonaws.com, ecs-tasks.amazonaws.com]}
      Policies:
        - PolicyName: run
          PolicyDocument:
            Statement: [{Effect: Allow, Action: 'ecs:RunTask', Resource: !Ref Task}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {TaskRoleArn: !GetAtt Role.Arn}
  Starter:
    Type: AWS::Serverless::Function
    Properties: {Role: !GetAtt Role.Arn}
"""
    remedies = _remedies(tmp_path, text)
    assert remedies[0].id == "own-role"
    assert "Starter" in remedies[0].trade_off


def test_a_guard_is_told_without_a_negation_of_a_negation() -> None:
    assert guard_in_words("not (not kwargs)") == "the code writes only if kwargs"
    assert guard_in_words("not (a and b)") == "the code stops before the write if a and b"
    assert guard_in_words("a") == "the code writes only if a"
    assert guard_in_words("not (only if #Id = :Id)") == "the write itself is made only if #Id = :Id"
    assert guard_in_words("not (not a and b)") == "the code stops before the write if not a and b"
    assert guard_in_words("not (a) and not (b)") == "the code writes only if not (a) and not (b)"
    cases = "not (not (case 'mp3') and not (case 'wav'))"
    assert guard_in_words(cases) == "the code writes only in case 'mp3' or 'wav'"
    assert guard_in_words("not (not (a(1)) and not (b))") == "the code writes only if a(1) or b"
    assert guard_in_words("not (not (a))") == "the code writes only if a"


def test_the_condition_that_counts_rounds_is_told_first() -> None:
    from recursion_lint.assessment.coded import Coded
    from recursion_lint.assessment.evidence.code_verdicts import Said
    from recursion_lint.model.findings import HopCode

    said = Said("conditional", guards=("not (records.length === 0)", "ready", "turn < MAX_TURN_HOPS"))
    told = Coded(words=((None, said),), shown=(HopCode("conditional"),)).guards  # type: ignore[arg-type]
    assert [words.rpartition(" if ")[2] for words in told] == [
        "turn < MAX_TURN_HOPS",
        "ready",
        "records.length === 0",
    ]
