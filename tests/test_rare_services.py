"""IoT, SES, Cognito, CodeCommit, CodePipeline and MSK: one small template a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.findings import Finding
from recursion_lint.model.text import Symbol, glob, render
from recursion_lint.run.lint import lint
from recursion_lint.services.iot import filled, granted_topics, read_sql

FIXTURES = Path(__file__).parent.parent / "fixtures"
SAM = "Transform: AWS::Serverless-2016-10-31\n"
ROLE = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: writes
          PolicyDocument:
            Statement:
              - {{Effect: Allow, Action: "{action}", Resource: "{resource}"}}
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: fn
      Role: !GetAtt Role.Arn
"""


def found(template: str) -> list[Finding]:
    report = lint(["-"], stdin=template)
    assert not report.problems
    return list(report.findings)


def shown(template: str) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.confidence) for finding in found(template)]


def rule(sql: str, action: str, more: str = "", name: str = "Rule") -> str:
    return f"""
  {name}:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload:
        Sql: "{sql}"
        {more or "AwsIotSqlVersion: '2016-03-23'"}
        Actions:
          - {action}
"""


REPUBLISH = "Republish: {{RoleArn: r, Topic: '{}'}}"
LAMBDA = "Lambda: {FunctionArn: !GetAtt Fn.Arn}"
CERTAIN, WEAK = ("iot-loop", "error", "certain"), ("iot-loop", "info", "weak")


@pytest.mark.parametrize(
    ("sql", "topic", "expected"),
    [
        ("SELECT * FROM 'a/+'", "a/b", [CERTAIN]),
        ("SELECT * FROM 'a/+'", "a/b/c", []),
        ("SELECT * FROM '#'", "$$aws/things/x/shadow/update", []),
        ("SELECT * FROM '$aws/things/+/shadow/update'", "$$aws/things/x/shadow/update", [CERTAIN]),
        ("SELECT * FROM 'a/+/in'", "a/${topic(2)}/in", [CERTAIN]),
        ("SELECT * FROM 'a/+/in'", "a/${topic(2)}/out", []),
        ("SELECT * FROM 'a/+/in/#'", "a/${topic(2)}/out", []),
        ("SELECT * FROM 'a/+/in/#'", "a/${topic(3)}/in/x", [CERTAIN]),
        ("SELECT * FROM 'a/+/in/#'", "a/${device}/out", [WEAK]),
        ("SELECT * FROM 'a/+/in/#'", "a/${newuuid()}/out", []),
        ("SELECT * FROM 'a/+/in/#'", "a/${concat(topic(2), b)}/out", [WEAK]),
        ("SELECT * FROM 'a/+/#'", "b/${topic()}", []),
        ("SELECT * FROM '+/in/#'", "${topic()}/out", [CERTAIN]),
        ("SELECT * FROM 'a/b/in'", "a/${topic(2)}/in", [CERTAIN]),
        ("SELECT * FROM 'a/b/in'", "x/${topic(2)}/in", []),
        ("SELECT * FROM 'a/b/in'", "a/${device}/in", [WEAK]),
        ("SELECT * FROM 'a/#'", "${topic()}", [CERTAIN]),
        ("SELECT * FROM 'a/#'", "out/${topic()}", []),
        ("SELECT * FROM 'a/#'", "a", [WEAK]),
        ("SELECT * FROM 'a/#' WHERE t > 60", "a/alarm", [CERTAIN]),
        ("SELECT t AS u FROM 'a/#' WHERE t > 60", "a/alarm", [WEAK]),
        ("SELECT * FROM 'a/#' WHERE topic(2) = 'b'", "a/alarm", [WEAK]),
        ("SELECT *", "a/b", []),
    ],
)
def test_republish(sql: str, topic: str, expected: list[Any]) -> None:
    assert shown("Resources:" + rule(sql, REPUBLISH.format(topic))) == expected


def test_a_disabled_rule_must_be_switched_on() -> None:
    def disabled(value: str) -> list[Finding]:
        return found(
            "Resources:" + rule("SELECT * FROM 'a'", REPUBLISH.format("a"), f"RuleDisabled: {value}")
        )

    for off in ("true", "'true'"):
        (finding,) = disabled(off)
        assert finding.severity == "info"
        assert finding.only_where == ("the rule Rule is switched on (RuleDisabled: true, line 7)",)
    for on in ("false", "'false'"):
        (finding,) = disabled(on)
        assert (finding.severity, finding.only_where) == ("error", ())


def test_the_error_action_counts() -> None:
    error = "ErrorAction: {Republish: {RoleArn: r, Topic: a}}"
    findings = found("Resources:" + rule("SELECT * FROM 'a'", "Sqs: {QueueUrl: q, RoleArn: r}", error))
    assert [finding.rule for finding in findings] == ["iot-loop"]
    assert any("when an action fails" in hop.reason for hop in findings[0].hops)


def test_two_rules_that_feed_each_other() -> None:
    template = "Resources:" + rule("SELECT * FROM 'a'", REPUBLISH.format("b"))
    template += rule("SELECT * FROM 'b'", REPUBLISH.format("a"), name="Back")
    assert shown(template) == [CERTAIN]
    assert shown(template.replace("Topic: 'a'", "Topic: 'c'")) == []


def test_basic_ingest_reaches_a_rule_by_its_name() -> None:
    template = "Resources:" + rule("SELECT * FROM 'a'", REPUBLISH.format("$$aws/rules/direct/x"))
    named = template.replace("Properties:\n", "Properties:\n      RuleName: direct\n", 1)
    assert shown(named) == [CERTAIN]
    assert shown(named.replace("direct/x", "direct")) == [CERTAIN]
    assert shown(named.replace("RuleName: direct", "RuleName: other")) == []


def test_a_topic_filter_with_a_parameter() -> None:
    template = """
Parameters: {Stage: {Type: String}}
Resources:
  Rule:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload:
        Sql: !Sub "SELECT * FROM '${Stage}/in'"
        Actions:
          - Republish: {RoleArn: r, Topic: !Sub "${Stage}/in"}
"""
    assert shown(template) == [CERTAIN]
    assert shown(template.replace('Topic: !Sub "${Stage}/in"', 'Topic: !Sub "${Stage}/out"')) == []


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("iot:Publish", "arn:aws:iot:eu-west-1:1:topic/a/b", [("iot-loop", "warning", "likely")]),
        ("iot:Publish", "arn:aws:iot:eu-west-1:1:topic/a/*", [("iot-loop", "warning", "possible")]),
        ("iot:Publish", "arn:aws:iot:eu-west-1:1:topic/*", [WEAK]),
        ("iot:*", "*", [WEAK]),
        ("iot:Publish", "arn:aws:iot:eu-west-1:1:topic/b/*", []),
        ("iot:Subscribe", "arn:aws:iot:eu-west-1:1:topicfilter/a/b", []),
        ("iot:UpdateThingShadow", "arn:aws:iot:eu-west-1:1:thing/x", []),
    ],
)
def test_a_function_that_may_publish(action: str, resource: str, expected: list[Any]) -> None:
    template = (
        "Resources:" + rule("SELECT * FROM 'a/+'", LAMBDA) + ROLE.format(action=action, resource=resource)
    )
    assert shown(template) == expected


def test_a_shadow_that_is_updated_on_its_own_change() -> None:
    sql = "SELECT * FROM '$aws/things/+/shadow/update/delta'"
    resource = "arn:aws:iot:eu-west-1:1:thing/lamp"
    template = (
        "Resources:" + rule(sql, LAMBDA) + ROLE.format(action="iot:UpdateThingShadow", resource=resource)
    )
    assert shown(template) == [("iot-loop", "warning", "possible")]
    assert shown(template.replace("iot:UpdateThingShadow", "iot:GetThingShadow")) == []


def test_a_wildcard_does_not_reach_the_rules_of_another_template(tmp_path: Any) -> None:
    publisher = tmp_path / "publisher.yaml"
    listener = tmp_path / "listener.yaml"
    text = ROLE.format(action="iot:Publish", resource="*").replace("fn\n", "shared\n")
    publisher.write_text("Resources:" + text + rule("SELECT * FROM 'x'", LAMBDA))
    listener.write_text("Resources:" + rule("SELECT * FROM 'y'", REPUBLISH.format("x")))
    findings = lint([str(publisher), str(listener)]).findings
    assert [len(finding.cycle) for finding in findings] == [3]
    assert not any("listener" in hop.span.file for finding in findings for hop in finding.hops)


def test_a_rule_that_fills_a_bucket_and_a_table() -> None:
    template = "Resources:" + rule(
        "SELECT * FROM 'a/+'", "S3: {BucketName: b, Key: 'in/${topic(2)}', RoleArn: r}"
    )
    template += """
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: b
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: s3:ObjectCreated:*
            Function: !GetAtt Fn.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
""" + ROLE.format(action="iot:Publish", resource="arn:aws:iot:eu-west-1:1:topic/a/b")
    assert [found[1:] for found in shown(template)] == [("warning", "likely")]
    assert shown(template.replace("Value: in/", "Value: out/")) == []


def test_a_statement_that_is_a_parameter() -> None:
    template = "Parameters: {Statement: {Type: String}}\nResources:" + rule("SQL", REPUBLISH.format("a"))
    report = lint(["-"], stdin=template.replace('"SQL"', "!Ref Statement"))
    assert [finding.severity for finding in report.findings] == ["info"]
    assert any("cannot be read" in note.message for note in report.notes)


def test_sql_is_read_with_either_quotes_and_symbols() -> None:
    stage = Symbol("parameter", "Stage")
    assert read_sql(('SELECT a FROM "x/y"',)).topic_filter == ("x/y",)
    assert read_sql(
        (
            "select ",
            stage,
            " from '",
            stage,
            "/#' where a > 1",
        )
    ).topic_filter == (stage, "/#")
    assert read_sql(("SELECT *",)).topic_filter is None


def test_substitutions_and_granted_topics() -> None:
    here = Endpoint("iot", ("rule",))
    assert render(filled(("x/${topic(1)}/${topic(2)}",), ("a/+",), here)) == "x/a/${topic(2)}"
    patterns = (glob(("topic/a/*",)), ("thing/lamp",), ("topicfilter/a",))
    assert granted_topics(patterns, frozenset({"Publish"})) == (glob(("a/*",)),)
    assert granted_topics(patterns, frozenset({"UpdateThingShadow"})) == (
        glob(("$aws/things/lamp/shadow/*",)),
    )


MAIL = """
  Receipt:
    Type: AWS::SES::ReceiptRule
    Properties:
      RuleSetName: set
      Rule:
        Enabled: true
        Recipients: [info@example.org]
        Actions:
          - LambdaAction: {FunctionArn: !GetAtt Fn.Arn}
"""


def test_mail_that_comes_back_is_never_more_than_info() -> None:
    template = "Resources:" + MAIL + ROLE.format(action="ses:SendEmail", resource="*")
    (finding,) = found(template)
    assert (finding.rule, finding.severity) == ("other-loop", "info")
    assert "info@example.org" in finding.guards[0]
    assert found(template.replace("ses:SendEmail", "ses:GetSendQuota")) == []
    assert found(template.replace("Enabled: true", "Enabled: false")) == []


def test_mail_over_a_bucket() -> None:
    stored = MAIL.replace(
        "LambdaAction: {FunctionArn: !GetAtt Fn.Arn}", "S3Action: {BucketName: b, ObjectKeyPrefix: in/}"
    )
    template = (
        "Resources:"
        + stored
        + """
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: b
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: s3:ObjectCreated:Put
            Function: !GetAtt Fn.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
"""
        + ROLE.format(action="ses:SendEmail", resource="*")
    )
    assert [found[1:] for found in shown(template)] == [("info", "weak")]
    assert shown(template.replace("Value: in/", "Value: out/")) == []


@pytest.mark.parametrize(
    ("trigger", "action", "loops"),
    [
        ("PreSignUp", "AdminCreateUser", True),
        ("PostConfirmation", "AdminCreateUser", False),
        ("PostConfirmation", "AdminConfirmSignUp", True),
        ("PreTokenGeneration", "AdminInitiateAuth", True),
        ("PreTokenGeneration", "AdminUpdateUserAttributes", False),
        ("CustomMessage", "AdminUpdateUserAttributes", True),
        ("VerifyAuthChallengeResponse", "AdminRespondToAuthChallenge", True),
        ("PostAuthentication", "AdminGetUser", False),
    ],
)
def test_user_pool_triggers(trigger: str, action: str, loops: bool) -> None:
    pool = f"""
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      LambdaConfig: {{{trigger}: !GetAtt Fn.Arn}}
"""
    template = "Resources:" + pool + ROLE.format(action=f"cognito-idp:{action}", resource="*")
    assert bool(found(template)) is loops
    nested = template.replace(f"{trigger}: !GetAtt Fn.Arn", f"{trigger}Config: {{LambdaArn: !GetAtt Fn.Arn}}")
    assert bool(found(nested)) is loops


def test_a_cognito_event_of_sam() -> None:
    template = (
        SAM
        + """
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{Effect: Allow, Action: cognito-idp:AdminCreateUser, Resource: "*"}]
      Events:
        Sign: {Type: Cognito, Properties: {UserPool: !Ref Pool, Trigger: [PreSignUp, PostConfirmation]}}
"""
    )
    assert shown(template) == [("other-loop", "info", "weak")]
    assert shown(template.replace("[PreSignUp, PostConfirmation]", "PostConfirmation")) == []


REPOSITORY = """
  Repository:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: repo
      Triggers:
        - {Name: t, DestinationArn: !GetAtt Fn.Arn, Events: [all]}
"""


def test_repository_triggers() -> None:
    role = ROLE.format(action="codecommit:PutFile", resource="arn:aws:codecommit:eu-west-1:1:repo")
    template = "Resources:" + REPOSITORY + role
    assert shown(template) == [("other-loop", "warning", "likely")]
    assert shown(template.replace("[all]", "[deleteReference]")) == []
    assert shown(template.replace("Events: [all]", "Events: [all], Branches: [main]"))[0][1] == "info"
    assert shown(template.replace("1:repo", "1:another")) == []


def test_a_pipeline_that_its_own_function_starts() -> None:
    pipeline = """
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: release
      Stages:
        - Name: Test
          Actions:
            - Name: Check
              ActionTypeId: {Category: Invoke, Owner: AWS, Provider: Lambda, Version: "1"}
              Configuration: {FunctionName: fn}
"""
    role = ROLE.format(
        action="codepipeline:StartPipelineExecution", resource="arn:aws:codepipeline:eu-west-1:1:release"
    )
    assert shown("Resources:" + pipeline + role) == [("other-loop", "warning", "likely")]
    assert shown("Resources:" + pipeline + role.replace("1:release", "1:another")) == []


def test_polling_can_be_switched_off() -> None:
    content = (FIXTURES / "s3-loop/pipeline-deploys-to-source/template.yaml").read_text(encoding="utf-8")
    off = content.replace(
        "S3ObjectKey: site.zip", "S3ObjectKey: site.zip\n                PollForSourceChanges: false"
    )
    assert [finding.rule for finding in found(content)] == ["s3-loop"]
    assert found(off) == []


KAFKA = """
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: arn:aws:kafka:eu-west-1:1:cluster/orders/11-22
      FunctionName: fn
      Topics: [placed]
"""


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:kafka:eu-west-1:1:topic/orders/11-22/placed", [("other-loop", "warning", "likely")]),
        ("arn:aws:kafka:eu-west-1:1:topic/orders/*", [("other-loop", "warning", "possible")]),
        ("arn:aws:kafka:eu-west-1:1:topic/*", [("other-loop", "info", "weak")]),
        ("arn:aws:kafka:eu-west-1:1:topic/orders/*/done", []),
        ("arn:aws:kafka:eu-west-1:1:topic/others/*", []),
        ("arn:aws:kafka:eu-west-1:1:cluster/orders/*", []),
    ],
)
def test_kafka_topics(resource: str, expected: list[Any]) -> None:
    template = "Resources:" + KAFKA + ROLE.format(action="kafka-cluster:WriteData", resource=resource)
    assert shown(template) == expected
    assert shown(template.replace("kafka-cluster:WriteData", "kafka-cluster:ReadData")) == []


def test_a_function_that_calls_its_own_url() -> None:
    template = "Resources:" + ROLE.format(
        action="lambda:InvokeFunctionUrl", resource="arn:aws:lambda:eu-west-1:1:function:fn"
    )
    assert [finding.rule for finding in found(template)] == ["lambda-loop"]
    assert found(template.replace("InvokeFunctionUrl", "GetFunctionUrlConfig")) == []


TASK = """
Resources:
  Parameter: {{Type: AWS::SSM::Parameter, Properties: {{Name: /app/state, Type: String, Value: a}}}}
  Repository: {{Type: AWS::CodeCommit::Repository, Properties: {{RepositoryName: site}}}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {pattern}
      Targets: [{{Id: t, Arn: !Ref Machine, RoleArn: "arn:aws:iam::1:role/r"}}]
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::1:role/r
      Definition:
        StartAt: Do
        States: {{Do: {{Type: Task, Resource: "arn:aws:states:::aws-sdk:{call}", Parameters: {arguments}, End: true}}}}
"""
CHANGED = (
    "{{source: [aws.ssm], detail-type: [Parameter Store Change],"
    " detail: {{name: [/app/state], operation: [{}]}}}}"
)
PUSHED = (
    "{{source: [aws.codecommit], detail-type: [CodeCommit Repository State Change],"
    " resources: [!GetAtt Repository.Arn], detail: {{event: [{}]}}}}"
)


@pytest.mark.parametrize(
    ("pattern", "call", "arguments", "loops"),
    [
        (CHANGED.format("Update"), "ssm:putParameter", "{Name: /app/state, Value: b}", True),
        (CHANGED.format("Delete"), "ssm:putParameter", "{Name: /app/state, Value: b}", False),
        (CHANGED.format("Update"), "ssm:putParameter", "{Name: /app/other, Value: b}", False),
        (CHANGED.format("Delete"), "ssm:deleteParameter", "{Name: /app/state}", True),
        (PUSHED.format("referenceUpdated"), "codecommit:putFile", "{RepositoryName: site}", True),
        (PUSHED.format("referenceDeleted"), "codecommit:putFile", "{RepositoryName: site}", False),
        (PUSHED.format("referenceUpdated"), "codecommit:putFile", "{RepositoryName: blog}", False),
    ],
)
def test_a_task_writes_to_rare_channels(pattern: str, call: str, arguments: str, loops: bool) -> None:
    assert bool(found(TASK.format(pattern=pattern, call=call, arguments=arguments))) is loops
