"""What a write is for decides which remedy goes first: the work must not end with the loop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recursion_lint.assessment.coded import guard_in_words
from recursion_lint.model.findings import Remedy
from recursion_lint.model.text import Text
from recursion_lint.model.text import text as made
from recursion_lint.patterns.events import Doc, overlap
from recursion_lint.remedies.definition import ALL_BUT_ONE
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


def text_of(value: str) -> Text:
    return made([value])


def _remedies(tmp_path: Path, text: str, code: str = "") -> tuple[Remedy, ...]:
    (tmp_path / "template.yaml").write_text(HEAD + text)
    if code:
        (tmp_path / "app.py").write_text(code)
    found = [one for one in lint([str(tmp_path / "template.yaml")]).findings if one.severity != "info"]
    assert len(found) == 1
    return found[0].remedies


def _first(tmp_path: Path, text: str, code: str = "") -> str:
    return _remedies(tmp_path, text, code)[0].id


def test_code_that_is_not_read_may_bound_its_rounds_already(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, TOPIC.replace("VARIABLE", "TOPIC_ARN"))
    assert remedies[0].id == "accept-bounded"
    assert remedies[0].title == (
        "If Worker (code not found) never publishes to Steps, remove sns:Publish (line 8); if it does, "
        "accept the finding with what bounds its rounds"
    )


def test_what_is_told_a_topic_for_results_publishes_to_another(tmp_path: Path) -> None:
    assert _first(tmp_path, TOPIC.replace("VARIABLE", "RESULTS_TOPIC_ARN")) == "second-topic"


def _table(variable: str, action: str = "dynamodb:UpdateItem", filtered: str = "") -> str:
    return TABLE.replace("VARIABLE", variable).replace("ACTION", action).replace("FILTER", filtered)


def test_a_table_that_holds_the_state_is_not_split(tmp_path: Path) -> None:
    remedies = _remedies(tmp_path, _table("JOBS_TABLE"))
    # No filter is known that tells its own changes apart, and each of them may have to be taken up.
    assert [one.id for one in remedies[:2]] == ["accept-bounded", "stream-filter"]
    assert remedies[0].title == (
        "If Worker (code not found) never writes to Jobs, remove dynamodb:UpdateItem (line 14); else accept "
        "the finding if what it writes ends, or filter the stream on a key (dynamodb.Keys)"
    )


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
    assert ids[0] == "accept-bounded"
    assert "round-counter" in ids
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
    assert remedies[0].id == "accept-bounded"
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


ITSELF = """\
  Scan:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: scan
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Policies:
        - Statement:
            - Effect: Allow
              Action: lambda:InvokeFunction
              Resource: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:scan
"""
ROUNDS = """\
import json, boto3
MAX_ROUNDS = MOST
def handler(event, context):
    answer = boto3.client("dynamodb").scan(TableName="letters")
    if answer["ResponseMetadata"]["HTTPStatusCode"] != 200:
        raise RuntimeError("no answer")
    if not answer["Items"] or len(answer["Items"]) == 0:
        return
    if TEST:
        again = {"round": event["round"] + 1}
        boto3.client("lambda").invoke(FunctionName="scan", InvocationType="Event", Payload=json.dumps(again))
"""


def _bounded(tmp_path: Path, test: str, most: str) -> Remedy:
    found = _remedies(tmp_path, ITSELF, ROUNDS.replace("TEST", test).replace("MOST", most))[0]
    assert found.id == "accept-bounded"
    return found


def test_the_test_that_is_cited_is_the_one_that_another_round_changes(tmp_path: Path) -> None:
    for test in ('event["round"] < MAX_ROUNDS', 'event["round"] < 5'):
        assert (
            _bounded(tmp_path, test, "5").title
            == f"Accept the finding if the test at app.py:9 ends the loop: {test}"
        )


def test_what_always_invokes_itself_counts_its_rounds(tmp_path: Path) -> None:
    code = ROUNDS.replace("if TEST:", "for _ in [1]:").replace("MOST", "5")
    always = "\n".join(
        line
        for line in code.splitlines()
        if "answer" not in line and line.strip() not in ('raise RuntimeError("no answer")', "return")
    )
    assert _first(tmp_path, ITSELF, always) == "round-counter"


def test_where_no_test_is_known_to_end_the_loop_none_is_cited(tmp_path: Path) -> None:
    code = ROUNDS.replace("MOST", "5").replace(
        "if TEST:", 'if answer["Count"] > 3:\n      if answer["ScannedCount"] > 4:'
    )
    found = _remedies(tmp_path, ITSELF, code)[0]
    assert found.title == "Accept the finding if the conditions before app.py:12 bound the loop"


def test_conditions_that_each_round_passes_are_no_bound(tmp_path: Path) -> None:
    """The token of the next page is not handed on: each round begins with the first one."""
    code = ROUNDS.replace("MOST", "5").replace("TEST", 'answer["LastEvaluatedKey"]')
    assert _first(tmp_path, ITSELF, code) == "round-counter"
    changes = '    boto3.client("dynamodb").delete_item(TableName="letters", Key=answer["Items"][0])\n    if '
    found = _remedies(tmp_path, ITSELF, code.replace('    if answer["L', changes + 'answer["L'))[0]
    assert found.title.startswith("Accept the finding if the test at app.py:7 ends the loop: not answer")


def test_more_rounds_than_lambda_lets_through_are_to_be_allowed(tmp_path: Path) -> None:
    test = 'event["round"] < MAX_ROUNDS'
    assert _bounded(tmp_path, test, "17").title.startswith(
        "Set RecursiveLoop: Allow on Scan (up to 17 rounds are meant, Lambda stops it after about 16), and accept"
    )
    assert "RecursiveLoop" not in _bounded(tmp_path, test, "16").title


LAZY = """\
from slack_bolt import App
app = App()
app.command("/work")(LISTENER)
def handler(event, context):
    return SlackRequestHandler(app).handle(event, context)
"""


def test_a_library_that_invokes_the_function_once_for_a_listener_needs_no_counter(tmp_path: Path) -> None:
    found = _remedies(tmp_path, ITSELF, LAZY.replace("LISTENER", "ack=answer, lazy=[work]"))[0]
    assert found.title == "Accept the finding: Slack Bolt invokes Scan once for each lazy listener (app.py:3)"
    found = _remedies(tmp_path, ITSELF, LAZY.replace("LISTENER", "work"))[0]
    assert found.title.startswith(
        "If the code of Scan never invokes itself, remove lambda:InvokeFunction (line "
    )


JAVA = """\
package app;
import software.amazon.awssdk.services.lambda.LambdaClient;
public class Handler {
    public String handleRequest(Event event) {
        if (TEST) { return "done"; }
        LambdaClient.create().invoke(request -> request.functionName("scan"));
        return "again";
    }
}
"""


def test_a_maximum_that_code_compares_is_named_where_code_is_read_by_names(tmp_path: Path) -> None:
    (tmp_path / "src/main/java/app").mkdir(parents=True)
    text = ITSELF.replace("python3.13", "java21").replace("app.handler", "app.Handler::handleRequest")
    for test, told in (
        (
            "event.getCount() >= maxInvocations",
            "If maxInvocations may be more than 16, set RecursiveLoop: Allow on Scan; accept the finding if maxInvocations "
            "bounds the rounds of Scan (Handler.java:5)",
        ),
        (
            "event.done()",
            "If the code of Scan never invokes itself, remove lambda:InvokeFunction (line ",
        ),
        # Tries that start from a number of their own bound no rounds, nor does a loop that tries a call again.
        ("retries >= maxRetries", "If the code of Scan never invokes itself"),
        (
            "event.getLambdaCount() > 30",
            "Set RecursiveLoop: Allow on Scan (up to 30 rounds are meant, Lambda stops it after about 16), and accept the "
            "finding if event.getLambdaCount() > 30 bounds",
        ),
    ):
        (tmp_path / "src/main/java/app/Handler.java").write_text(JAVA.replace("TEST", test))
        assert _remedies(tmp_path, text)[0].title.startswith(told)


PATTERNED = """\
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {LOOKUP: !Ref Lookup}}
      Policies:
        - Statement:
            - Effect: Allow
              Action: lambda:InvokeFunction
              Resource: !GetAtt Lookup.Arn
  Lookup:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement:
            - Effect: Allow
              Action: lambda:InvokeFunction
              Resource: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:NAME
"""


def test_a_pattern_of_names_that_nobody_shows_to_need_gives_way_to_names(tmp_path: Path) -> None:
    found = _remedies(tmp_path, PATTERNED.replace("NAME", "${AWS::StackName}*"))[0]
    assert found.id == "name-targets"
    assert "what Lookup really invokes" in found.title
    # The prefix of a generated name is how a policy names a function that refers to it.
    assert _first(tmp_path, PATTERNED.replace("NAME", "${AWS::StackName}-Answer*")) == "accept-bounded"


def test_a_rule_that_leaves_one_role_out_still_hears_whoever_has_none() -> None:
    pattern = {"userIdentity": {"sessionContext": {"sessionIssuer": json.loads(ALL_BUT_ONE)}}}

    def role(name: str) -> Doc:
        return Doc({"sessionContext": Doc({"sessionIssuer": Doc({"userName": text_of(name)})})})

    assert overlap(pattern, Doc({"userIdentity": Doc({"type": text_of("Root")})})).verdict == "matches"
    assert overlap(pattern, Doc({"userIdentity": role("another")})).verdict == "matches"
    assert overlap(pattern, Doc({"userIdentity": role("ROLE NAME")})).verdict == "disjoint"
    named = {"userName": [{"anything-but": ["ROLE NAME"]}]}
    alone = {"userIdentity": {"sessionContext": {"sessionIssuer": named}}}
    assert overlap(alone, Doc({"userIdentity": Doc({"type": text_of("Root")})})).verdict == "disjoint"


STATES = """\
import boto3
def handler(event, context):
    for record in event["Records"]:
        item = {"id": {"S": record["eventID"]}, "status": ITEM}
        boto3.client("dynamodb").put_item(TableName="jobs", Item=item)
"""
CODED_TABLE = (
    TABLE.replace(
        "    Properties:\n      AttributeDefinitions",
        "    Properties:\n      TableName: jobs\n      AttributeDefinitions",
    )
    .replace("VARIABLE", "JOBS_TABLE")
    .replace("ACTION", "dynamodb:PutItem")
    .replace(
        "      Environment",
        "      Runtime: python3.13\n      Handler: app.handler\n      CodeUri: .\n      Environment",
    )
)


def test_a_stream_filter_is_written_out_where_the_code_tells_its_own_items(tmp_path: Path) -> None:
    text = CODED_TABLE.replace("FILTER", "")
    found = _remedies(tmp_path, text, STATES.replace("ITEM", '{"S": "done"}'))[0]
    assert found.id == "stream-filter"
    pattern = json.loads(found.steps.removeprefix("take the pattern "))

    def image(fields: dict[str, Doc]) -> Doc:
        return Doc({"dynamodb": Doc({"NewImage": Doc(fields)})})

    done, new = Doc({"S": text_of("done")}), Doc({"S": text_of("new")})
    assert overlap(pattern, image({"status": done})).verdict == "disjoint"
    assert overlap(pattern, image({"status": new})).verdict == "matches"
    assert overlap(pattern, image({})).verdict == "matches"


def test_a_filter_that_the_stream_has_is_named_and_extended(tmp_path: Path) -> None:
    filtered = INSERTS.replace('["INSERT"]', '["INSERT", "MODIFY"]')
    remedies = _remedies(tmp_path, _table("JOBS_TABLE", filtered=filtered))
    assert remedies[0].title.endswith("or extend its filter (template.yaml:18)")
    assert remedies[1].title.startswith("Extend the filter of Worker (template.yaml:18)")


DELETES = """\
package app;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
public class Handler {
    public void handleRequest(DynamodbEvent event) {
        for (Record record : event.getRecords()) {
            TEST
            DynamoDbClient.create().deleteItem(request -> request.tableName("jobs"));
        }
    }
}
"""


@pytest.mark.parametrize(
    ("test", "told"),
    [
        (
            'if (!"INSERT".equals(record.getEventName())) { continue; }',
            'the pattern {"eventName": ["INSERT"]}',
        ),
        ('if ("REMOVE".equals(record.getEventName())) { count(record); }', ""),
        ('if ("INSERT".equals(record.getEventName())) { add(record); } else { take(record); }', ""),
        ('if ("INSERT".equals(record.getEventName())) { continue; }', ""),
        ("", ""),
    ],
)
def test_only_kinds_of_change_that_the_code_does_not_act_on_are_filtered(
    tmp_path: Path, test: str, told: str
) -> None:
    (tmp_path / "src/main/java/app").mkdir(parents=True)
    (tmp_path / "src/main/java/app/Handler.java").write_text(DELETES.replace("TEST", test))
    text = CODED_TABLE.replace("FILTER", "").replace("dynamodb:PutItem", "dynamodb:DeleteItem")
    text = text.replace("python3.13", "java21").replace("app.handler", "app.Handler::handleRequest")
    steps = [one.steps for one in _remedies(tmp_path, text) if one.id == "stream-filter"]
    assert [told in one for one in steps] == [True]
    assert told or 'eventName": [' not in steps[0]


COUNTS = """\
import boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("dynamodb").update_item(TableName="jobs", Key=KEY, UpdateExpression="ADD done :one")
"""


def test_what_always_writes_one_key_is_filtered_by_it(tmp_path: Path) -> None:
    text = CODED_TABLE.replace("FILTER", "").replace("dynamodb:PutItem", "dynamodb:UpdateItem")
    found = _remedies(tmp_path, text, COUNTS.replace("KEY", '{"id": {"S": "total"}}'))[0]
    assert found.id == "stream-filter"
    pattern = json.loads(found.steps.removeprefix("take the pattern "))

    def keys(value: str) -> Doc:
        return Doc({"dynamodb": Doc({"Keys": Doc({"id": Doc({"S": text_of(value)})})})})

    # Keys are there whatever the change is, so no kind of change is lost.
    assert overlap(pattern, keys("total")).verdict == "disjoint"
    assert overlap(pattern, keys("order-1")).verdict == "matches"


def test_no_filter_is_written_out_for_a_key_that_the_event_tells(tmp_path: Path) -> None:
    text = CODED_TABLE.replace("FILTER", "").replace("dynamodb:PutItem", "dynamodb:UpdateItem")
    remedies = _remedies(tmp_path, text, COUNTS.replace("KEY", '{"id": {"S": record["eventID"]}}'))
    told = remedies[0]
    assert told.title.startswith("Filter the stream of Jobs on id in dynamodb.Keys")
    assert '"eventName": [' not in told.steps


def test_the_condition_that_ends_the_loop_is_told_first() -> None:
    from recursion_lint.assessment.coded import Coded
    from recursion_lint.assessment.evidence.said import Said
    from recursion_lint.model.findings import HopCode

    first = Said("conditional", guards=("ready", "not (records.length === 0)"))
    other = Said("conditional", guards=("turn < MAX_TURN_HOPS",), ends="turn < MAX_TURN_HOPS")
    shown = (HopCode("conditional"), HopCode("conditional"))
    told = Coded(words=((None, first), (None, other)), shown=shown).guards  # type: ignore[arg-type]
    assert [words.rpartition(" if ")[2] for words in told] == [
        "turn < MAX_TURN_HOPS",
        "ready",
        "records.length === 0",
    ]


def test_a_json_template_is_told_no_comment(tmp_path: Path) -> None:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Scan": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "FunctionName": "scan",
                    "Policies": [
                        {
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": "lambda:InvokeFunction",
                                    "Resource": {
                                        "Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:scan"
                                    },
                                }
                            ]
                        }
                    ],
                },
            }
        },
    }
    path = tmp_path / "stack.template"
    path.write_text(json.dumps(template, indent=2))
    finding = next(iter(lint([str(path)]).findings))
    steps = finding.remedies[0].steps
    assert "#" not in steps
    told = '"recursion-lint": {"ignore": ["lambda-loop"], "reason": "…"}'
    assert f"suppress it in the Metadata of Scan, {told}" in steps
    template["Resources"]["Scan"]["Metadata"] = json.loads(f"{{{told}}}")  # type: ignore[index]
    path.write_text(json.dumps(template, indent=2))
    assert not lint([str(path)]).findings


def test_a_yaml_template_is_told_a_comment(tmp_path: Path) -> None:
    steps = _remedies(tmp_path, ITSELF)[0].steps
    assert steps.startswith("suppress it with # recursion-lint: ignore[lambda-loop] -- ")


PLANS = """\
import boto3
table = boto3.resource("dynamodb").Table("jobs")
def handler(event, context):
    for record in event["Records"]:
        if TEST:
            table.update_item(Key={"id": record["eventID"]}, UpdateExpression="SET done = :one",
                ExpressionAttributeValues={":one": 1}, ConditionExpression="attribute_exists(id)")
MORE
"""


@pytest.mark.parametrize(
    ("test", "more", "told"),
    [
        ("'OldImage' not in record['dynamodb']", "", '{"eventName": ["INSERT"]}'),
        (
            "record['eventName'] == 'INSERT'",
            "        elif record['eventName'] == 'REMOVE': table.delete_item(Key={'id': record['eventID']})",
            "",  # what it deletes it would take up again
        ),
        ("'NewImage' in record['dynamodb']", "", ""),
        ("record['eventName'] != 'REMOVE'", "", ""),
    ],
)
def test_kinds_of_change_on_which_the_code_makes_no_call_are_filtered(
    tmp_path: Path, test: str, more: str, told: str
) -> None:
    text = CODED_TABLE.replace("FILTER", "")
    text = text.replace("dynamodb:PutItem", "[dynamodb:UpdateItem, dynamodb:DeleteItem]")
    first = _remedies(tmp_path, text, PLANS.replace("TEST", test).replace("MORE", more))[0]
    assert ('{"eventName"' in first.steps) == bool(told)
    assert told in first.steps
