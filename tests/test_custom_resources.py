"""Custom resources that wire events: known by the shape of their properties, whatever their type is called."""

from __future__ import annotations

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

FUNCTION = """
Parameters:
  Token: {Type: String}
  Given: {Type: String}
Conditions:
  Wanted: !Equals [!Ref Given, 'yes']
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: work
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
"""
BUCKET = (
    FUNCTION
    + """
              - {Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::data/in/*'}
  Data:
    Type: AWS::S3::Bucket
    Properties: {BucketName: data}
  Queue:
    Type: AWS::SQS::Queue
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Work, EventSourceArn: !GetAtt Queue.Arn}
"""
)


def custom(properties: str, kind: str = "Custom::Wiring", more: str = "") -> str:
    return f"""
  Wiring:
    Type: {kind}
    {more}
    Properties:
      ServiceToken: !Ref Token
{chr(10).join("      " + line for line in properties.strip().splitlines())}
"""


def found(text: str) -> tuple[Finding, ...]:
    report = lint(["-"], stdin=text)
    assert not report.problems
    return report.findings


RULES = "[{Name: Prefix, Value: %s}]"
EVERY = "Events: ['s3:ObjectCreated:*']"
FUNCTIONS_API = (
    "NotificationConfiguration: {LambdaFunctionConfigurations: "
    f"[{{LambdaFunctionArn: !GetAtt Work.Arn, {EVERY}, Filter: {{Key: {{FilterRules: {RULES}}}}}}}]}}"
)
FUNCTIONS_CFN = (
    "NotificationConfiguration: {LambdaConfigurations: "
    f"[{{Function: !GetAtt Work.Arn, Event: 's3:ObjectCreated:*', Filter: {{S3Key: {{Rules: {RULES}}}}}}}]}}"
)
QUEUES = (
    "NotificationConfiguration: {QueueConfigurations: "
    f"[{{QueueArn: !GetAtt Queue.Arn, {EVERY}, Filter: {{Key: {{FilterRules: {RULES}}}}}}}]}}"
)


@pytest.mark.parametrize("kind", ["Custom::Wiring", "Custom::S3", "AWS::CloudFormation::CustomResource"])
@pytest.mark.parametrize("configuration", [FUNCTIONS_API, FUNCTIONS_CFN, QUEUES])
@pytest.mark.parametrize(
    "bucket", ["Bucket: !Ref Data", "BucketName: data", "S3Bucket: data", "Bucket: !GetAtt Data.Arn"]
)
def test_a_notification_configuration_next_to_a_bucket(kind: str, configuration: str, bucket: str) -> None:
    (loop,) = found(BUCKET + custom(f"{bucket}\n{configuration % 'in/'}", kind))
    assert (loop.rule, loop.confidence) == ("s3-loop", "likely")
    assert found(BUCKET + custom(f"{bucket}\n{configuration % 'out/'}", kind)) == ()


def test_it_is_there_under_its_condition_only() -> None:
    same = FUNCTIONS_API % "in/"
    held = custom(f"Bucket: data\n{same}", more="Condition: Wanted")
    assert len(found(BUCKET + held)) == 1
    other = BUCKET.replace(
        "Type: AWS::Lambda::Function\n", "Type: AWS::Lambda::Function\n    Condition: Not\n"
    )
    other = other.replace("Conditions:\n", "Conditions:\n  Not: !Not [!Condition Wanted]\n")
    assert found(other + held) == ()


PERMISSION = """
  May:
    Type: AWS::Lambda::Permission
    Properties: {Principal: s3.amazonaws.com, SourceArn: 'arn:aws:s3:::data', FunctionName: %s}
"""


def test_what_the_resource_shows_need_not_be_assumed_from_a_permission() -> None:
    (assumed,) = found(BUCKET + PERMISSION % "work")
    assert assumed.confidence == "weak"
    assert found(BUCKET + PERMISSION % "work" + custom(f"Bucket: data\n{FUNCTIONS_API % 'out/'}")) == ()


def test_a_resource_without_a_configuration_says_nothing() -> None:
    (assumed,) = found(BUCKET + PERMISSION % "work" + custom("Bucket: data"))
    assert assumed.confidence == "weak"


RULE = """
  Listen:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [data]}}}
      Targets: [{Id: one, Arn: !GetAtt Work.Arn}]
"""


def test_it_may_send_the_events_of_a_bucket_to_eventbridge() -> None:
    assert found(BUCKET + RULE) == ()
    switch = custom("Bucket: data\nNotificationConfiguration: {EventBridgeConfiguration: {}}")
    assert [loop.rule for loop in found(BUCKET + RULE + switch)] == ["s3-loop"]


CALL = """
service: S3
action: {action}
parameters: {{Bucket: data, {configuration}}}
"""
AS_JSON = """Fn::Join:
  - ''
  - - '{"service":"S3","action":"putBucketNotificationConfiguration","parameters":{"Bucket":"'
    - !Ref Data
    - '","NotificationConfiguration":{"LambdaFunctionConfigurations":[{"Events":["s3:ObjectCreated:*"],"LambdaFunctionArn":"'
    - !GetAtt Work.Arn
    - '","Filter":{"Key":{"FilterRules":[{"Name":"prefix","Value":"%s"}]}}}]}}}'
"""


def called(call: str) -> str:
    return custom("Create:\n" + "\n".join("  " + line for line in call.strip().splitlines()), "Custom::AWS")


def test_the_call_that_the_custom_resource_of_the_cdk_makes() -> None:
    wired = CALL.format(action="PutBucketNotificationConfiguration", configuration=FUNCTIONS_API % "in/")
    assert [loop.rule for loop in found(BUCKET + called(wired))] == ["s3-loop"]
    assert found(BUCKET + called(wired.replace("in/", "out/"))) == ()
    assert found(BUCKET + called(wired.replace("PutBucketNotif", "GetBucketNotif"))) == ()
    assert [loop.rule for loop in found(BUCKET + called(AS_JSON % "in/"))] == ["s3-loop"]
    assert found(BUCKET + PERMISSION % "work" + called(AS_JSON % "out/")) == ()
    assert len(found(BUCKET + PERMISSION % "work" + called("not: {a call}"))) == 1
    assert len(found(BUCKET + PERMISSION % "work" + custom("Create: '{'", "Custom::AWS"))) == 1


# --- the Serverless Framework ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("configs", "loop"),
    [
        ("BucketConfigs: [{Event: 's3:ObjectCreated:*', Rules: [{Prefix: in/}]}]", True),
        ("BucketConfigs: [{Event: 's3:ObjectCreated:*', Rules: []}]", True),
        ("BucketConfigs: [{Event: 's3:ObjectCreated:*'}]", True),
        ("BucketConfigs: [{Event: 's3:ObjectCreated:*', Rules: [{Prefix: out/}]}]", False),
        ("BucketConfigs: [{Event: 's3:ObjectCreated:*', Rules: [{Prefix: in/}, {Suffix: .x}]}]", True),
        ("BucketConfigs: [{Event: 's3:ObjectRemoved:*', Rules: [{Prefix: in/}]}]", False),
        (
            "BucketConfigs: [{Event: 's3:ObjectRemoved:*', Rules: []}, {Event: 's3:ObjectCreated:Put', Rules: []}]",
            True,
        ),
        ("BucketConfig: {Event: 's3:ObjectCreated:*', Rules: [{Prefix: in/}]}", True),
        ("BucketConfig: {Event: 's3:ObjectCreated:*', Rules: [{prefix: out/}]}", False),
    ],
)
def test_an_event_of_an_existing_bucket(configs: str, loop: bool) -> None:
    text = BUCKET + custom(f"FunctionName: work\nBucketName: data\n{configs}", "Custom::S3")
    assert len(found(text)) == loop
    assert found(BUCKET + custom(f"BucketName: data\n{configs}", "Custom::S3")) == ()


def test_an_existing_bucket_may_have_other_notifications() -> None:
    """Its permission goes without saying, but not those of other functions for the same bucket."""
    wired = custom("FunctionName: %s\nBucketName: data\nBucketConfigs: [{Event: 's3:ObjectRemoved:*'}]")
    assert found(BUCKET + PERMISSION % "work" + wired % "work") == ()
    assert len(found(BUCKET + PERMISSION % "work" + wired % "another")) == 1


BUS = (
    FUNCTION
    + """
              - Effect: Allow
                Action: events:PutEvents
                Resource: arn:aws:events:eu-west-1:123456789012:event-bus/%s
                Condition: {StringEquals: {'events:source': shop}}
"""
)


@pytest.mark.parametrize(
    ("config", "bus", "loop"),
    [
        ("EventBus: shop, Pattern: {source: [shop]}", "shop", True),
        ("EventBus: 'arn:aws:events:eu-west-1:1:event-bus/shop', Pattern: {source: [shop]}", "shop", True),
        ("EventBus: shop, Pattern: {source: [till]}", "shop", False),
        ("EventBus: till, Pattern: {source: [shop]}", "shop", False),
        ("Pattern: {source: [shop]}", "default", True),
        ("Pattern: {source: [shop]}, State: ENABLED", "default", True),
        ("Schedule: rate(1 minute)", "default", False),
    ],
)
def test_a_rule_that_a_custom_resource_makes(config: str, bus: str, loop: bool) -> None:
    made = custom(f"FunctionName: work\nEventBridgeConfig: {{RuleName: r, {config}}}", "Custom::EventBridge")
    findings = found(BUS % bus + made)
    assert len(findings) == loop
    for finding in findings:
        assert ("Wiring", "Custom::EventBridge") in [(node.resource, node.type) for node in finding.cycle]


def test_a_rule_that_a_custom_resource_makes_disabled_is_an_info() -> None:
    made = "FunctionName: work\nEventBridgeConfig: {RuleName: r, Pattern: {source: [shop]}, State: DISABLED}"
    (finding,) = found(BUS % "default" + custom(made, "Custom::EventBridge"))
    assert finding.severity == "info"


def test_a_rule_without_a_function_starts_nothing() -> None:
    assert found(BUS % "default" + custom("EventBridgeConfig: {Pattern: {source: [shop]}}")) == ()
