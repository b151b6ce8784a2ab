"""Rules, buses, and the events of AWS services that arrive by rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from recursion_lint.config import Config
from recursion_lint.model.facts import Facts, Trigger
from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Report
from recursion_lint.model.text import render
from recursion_lint.patterns.fields import choices, exact, field, without
from recursion_lint.run.collect import collect
from recursion_lint.run.lint import lint
from recursion_lint.services.eventbridge.recorded_calls import action_of

Json = Mapping[str, Any]
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
CALLS = "AWS API Call via CloudTrail"


def function() -> Json:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Role": ROLE}}


def role(*statements: Json) -> Json:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def allow(*actions: str, resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def rule(pattern: Any, target: Any = None, **more: Any) -> Json:
    arn = {"Fn::GetAtt": ["Function", "Arn"]} if target is None else target
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {"EventPattern": pattern, "Targets": [{"Id": "t", "Arn": arn}], **more},
    }


def template(**resources: Json) -> str:
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def report(**resources: Json) -> Report:
    found = lint(["-"], stdin=template(**resources))
    assert not found.problems
    return found


def findings(**resources: Json) -> list[tuple[str, str]]:
    return [(finding.rule, finding.confidence) for finding in report(**resources).findings]


def facts(**resources: Json) -> Facts:
    (found,) = collect(["-"], Config(), {"<stdin>": template(**resources)}).facts["<stdin>"]
    return found


def triggers(**resources: Json) -> dict[tuple[str, str], Trigger]:
    found = facts(**resources).triggers
    return {(one.channel.service, render(one.channel.name)): one for one in found}


# --- buses and patterns ---------------------------------------------------------------------------

BUS = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}
BUS_ARN = {"Fn::GetAtt": ["Bus", "Arn"]}


def on_bus(pattern: Any, statement: Json, **more: Any) -> list[tuple[str, str]]:
    return findings(
        Bus=BUS,
        Function=function(),
        Role=role(statement),
        Rule=rule(pattern, EventBusName={"Ref": "Bus"}, **more),
    )


@pytest.mark.parametrize(
    ("condition", "confidence"),
    [
        ({"StringEquals": {"events:source": "shop"}}, "likely"),
        ({"StringEquals": {"events:source": ["shop", "other"]}}, "likely"),
        ({"StringLike": {"events:source": "sho*"}}, "unknown"),
        ({"StringEqualsIfExists": {"Events:Source": "other"}}, None),
        ({"ForAllValues:StringLike": {"events:source": "other.*"}}, None),
        ({"ForAnyValue:StringEquals": {"events:source": "other"}}, "unknown"),
        ({"StringNotEquals": {"events:source": "shop"}}, None),
        ({"ForAllValues:StringNotEquals": {"events:source": ["shop", "other"]}}, None),
        ({"ForAllValues:StringNotLike": {"events:source": ["sh*"]}}, None),
        ({"StringNotEquals": {"events:source": "other"}}, "unknown"),
        ({"StringNotEqualsIgnoreCase": {"events:source": "SHOP"}}, None),
        ({"StringNotEqualsIgnoreCase": {"events:source": "SHOPS"}}, "unknown"),
        ({"StringEqualsIgnoreCase": {"events:source": "Other"}}, None),
        ({"ForAnyValue:StringNotEquals": {"events:source": "shop"}}, "unknown"),
        ({"StringNotEquals": {"events:source": "${aws:PrincipalTag/team}"}}, "unknown"),
        ({"StringNotEquals": {"events:detail-type": "Placed"}}, "unknown"),
        ({"StringLike": {"events:source": "s*"}, "StringNotEquals": {"events:source": "shop"}}, None),
        ({"StringLike": {"events:source": "s*"}, "StringNotEquals": {"events:source": "ship"}}, "unknown"),
        (
            {"StringEquals": {"events:source": ["shop", "b"]}, "StringNotEquals": {"events:source": "b"}},
            "likely",
        ),
        ({"StringLike": {"events:source": "s*"}, "StringEquals": {"events:source": "other"}}, None),
        ({"StringEquals": {"events:detail-type": "Placed"}}, "unknown"),
        ({"StringEquals": {"aws:PrincipalTag/team": "shop"}}, "unknown"),
    ],
)
def test_conditions_say_what_is_put(condition: Json, confidence: str | None) -> None:
    found = on_bus({"source": ["shop"]}, allow("events:PutEvents", resource=BUS_ARN, Condition=condition))
    if confidence is None:
        assert found == []
    elif confidence == "unknown":
        assert found == [("eventbridge-loop", "weak")]
    else:
        # A condition lowers what it does not decide; `judge` owns how far.
        assert [name for name, _ in found] == ["eventbridge-loop"]
        assert found[0][1] != "weak"


def test_both_conditions_count() -> None:
    condition = {"StringEquals": {"events:source": "shop", "events:detail-type": "Priced"}}
    statement = allow("events:PutEvents", resource=BUS_ARN, Condition=condition)
    assert on_bus({"source": ["shop"], "detail-type": ["Placed"]}, statement) == []
    assert on_bus({"source": ["shop"], "detail-type": ["Priced"]}, statement) != []


def test_a_pattern_alone_is_a_guard() -> None:
    found = report(
        Bus=BUS,
        Function=function(),
        Role=role(allow("events:PutEvents", resource=BUS_ARN)),
        Rule=rule({"source": ["shop"]}, EventBusName="orders"),
    ).findings
    assert [finding.severity for finding in found] == ["info"]
    assert found[0].guards == ("the rule's event pattern (source cannot be decided)",)


def test_a_pattern_may_be_a_string_and_the_bus_an_arn() -> None:
    found = triggers(Bus=BUS, Function=function(), Rule=rule('{"source": ["shop"]}', EventBusName=BUS_ARN))
    assert found["events", "orders"].accepts.content == ({"source": [("shop",)]},)
    assert found["events", "orders"].via == ("Rule",)


def test_a_partner_bus_keeps_its_slashes() -> None:
    name = "aws.partner/acme.com/1"
    arn = f"arn:aws:events:eu-west-1:111122223333:event-bus/{name}"
    for given in (name, arn):
        assert ("events", name) in triggers(
            Function=function(), Rule=rule({"source": ["x"]}, EventBusName=given)
        )


def test_a_schedule_is_started_by_no_event() -> None:
    made = {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}}
    assert triggers(Function=function(), Rule=made) == {}


def test_a_disabled_rule_is_a_trigger_that_is_switched_off() -> None:
    (trigger,) = triggers(Function=function(), Rule=rule({"source": ["shop"]}, State="DISABLED")).values()
    assert trigger.switch is not None
    assert trigger.switch.state == "off"
    (trigger,) = triggers(Function=function(), Rule=rule({"source": ["shop"]}, State="ENABLED")).values()
    assert trigger.switch is None


@pytest.mark.parametrize("pattern", ["{not json", {"Ref": "Pattern"}, "[1, 2]"])
def test_an_unreadable_pattern_is_a_note(pattern: Any) -> None:
    found = facts(Function=function(), Rule=rule(pattern))
    assert found.triggers == ()
    assert ["event pattern" in note.message for note in found.notes] == [True]


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:sqs:eu-west-1:1:q", "forward"),
        ("arn:aws:kinesis:eu-west-1:1:stream/s", "forward"),
        ("arn:aws:states:eu-west-1:1:stateMachine:m", "rule"),
        ("arn:aws:events:eu-west-1:1:event-bus/b", "bus"),
        ("arn:aws:events:eu-west-1:1:event-busv2/b/1", "forward"),
    ],
)
def test_kinds_of_targets(arn: str, kind: str) -> None:
    assert [one.kind for one in facts(Rule=rule({"source": ["x"]}, arn)).triggers] == [kind]


def test_an_api_destination_is_outside() -> None:
    arn = "arn:aws:events:eu-west-1:1:api-destination/d/1"
    assert facts(Rule=rule({"source": ["x"]}, arn)).triggers == ()


def test_the_target_in_a_cluster_is_the_task() -> None:
    made = rule({"source": ["x"]})
    target = {"Arn": "arn:aws:ecs:eu-west-1:1:cluster/c", "EcsParameters": {"TaskDefinitionArn": "resize:3"}}
    made = {**made, "Properties": {**made["Properties"], "Targets": [target]}}
    assert [one.consumer.service for one in facts(Rule=made).triggers] == ["ecs"]


def test_a_bus_passes_on_one_hop_only() -> None:
    there = {"Fn::GetAtt": ["Bus", "Arn"]}
    other = {"Fn::GetAtt": ["Other", "Arn"]}
    second = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "audit"}}
    pattern = {"source": ["shop"]}
    found = findings(
        Bus=BUS,
        Other=second,
        Forth=rule(pattern, other, EventBusName="orders"),
        Back=rule(pattern, there, EventBusName="audit"),
        Same=rule(pattern, there, EventBusName="orders"),
    )
    assert found == []


@pytest.mark.parametrize(
    ("second", "loops"), [({"source": ["shop"]}, True), ({"source": ["billing"]}, False)]
)
def test_the_event_passed_on_is_the_same(second: Json, loops: bool) -> None:
    condition = {"StringEquals": {"events:source": "shop"}}
    found = findings(
        Bus=BUS,
        Other={"Type": "AWS::Events::EventBus", "Properties": {"Name": "audit"}},
        Forth=rule({"source": ["shop"]}, {"Fn::GetAtt": ["Other", "Arn"]}, EventBusName="orders"),
        Rule=rule(second, EventBusName="audit"),
        Function=function(),
        Role=role(allow("events:PutEvents", resource=BUS_ARN, Condition=condition)),
    )
    assert [name for name, _ in found] == ["eventbridge-loop"] * loops


def test_customers_cannot_put_events_of_aws() -> None:
    for pattern in ({"source": ["aws.health"]}, {"source": [{"prefix": "aws."}]}):
        assert findings(Function=function(), Role=role(allow("events:PutEvents")), Rule=rule(pattern)) == []


# --- objects --------------------------------------------------------------------------------------


def bucket(on: bool | None = True) -> Json:
    switch = {} if on is None else {"EventBridgeConfiguration": {"EventBridgeEnabled": on}}
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "photos", "NotificationConfiguration": switch},
    }


def on_objects(
    pattern: Json, *actions: str, resource: str = "arn:aws:s3:::photos/*", on: bool | None = True
) -> list[Any]:
    return findings(
        Bucket=bucket(on),
        Function=function(),
        Role=role(allow(*actions, resource=resource)),
        Rule=rule(pattern),
    )


CREATED = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
NAMED = {"bucket": {"name": ["photos"]}}


@pytest.mark.parametrize(
    ("detail", "confidence"),
    [
        ({}, "likely"),
        (NAMED, "likely"),
        ({"bucket": {"name": [{"prefix": "pho"}]}}, "likely"),
        ({"bucket": {"name": [{"prefix": "logs"}]}}, None),
        ({"bucket": {"name": ["other"]}}, None),
        ({**NAMED, "reason": ["CopyObject"]}, "likely"),
        ({**NAMED, "reason": ["Lifecycle Expiration"]}, None),
        ({**NAMED, "object": {"key": [{"prefix": "in/"}]}}, "possible"),
        ({**NAMED, "object": {"key": [{"suffix": ".jpg"}, {"suffix": ".png"}]}}, "possible"),
        ({**NAMED, "object": {"key": [{"prefix": {"equals-ignore-case": "IN/"}}]}}, "possible"),
        ({**NAMED, "object": {"key": [{"equals-ignore-case": "in/ä"}]}}, "weak"),
        ({**NAMED, "object": {"size": [{"numeric": [">", 100]}]}}, "weak"),
        ({"$or": [NAMED, {"bucket": {"name": ["other"]}}]}, "likely"),
    ],
)
def test_object_events(detail: Json, confidence: str | None) -> None:
    pattern = {**CREATED, "detail": detail} if detail else CREATED
    assert on_objects(pattern, "s3:PutObject") == ([("s3-loop", confidence)] if confidence else [])


def test_the_grant_may_write_elsewhere() -> None:
    pattern = {**CREATED, "detail": {**NAMED, "object": {"key": [{"anything-but": {"prefix": "out/"}}]}}}
    assert on_objects(pattern, "s3:PutObject", resource="arn:aws:s3:::photos/out/*") == []
    assert on_objects(pattern, "s3:PutObject", resource="arn:aws:s3:::photos/in/*") == [
        ("s3-loop", "possible")
    ]


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("Object Deleted", "s3:DeleteObject"),
        ("Object Tags Added", "s3:PutObjectTagging"),
        ("Object Tags Deleted", "s3:DeleteObjectTagging"),
        ("Object ACL Updated", "s3:PutObjectAcl"),
        ("Object Restore Completed", "s3:RestoreObject"),
    ],
)
def test_each_detail_type_is_met_by_its_action(kind: str, action: str) -> None:
    pattern = {"source": ["aws.s3"], "detail-type": [kind]}
    assert on_objects(pattern, action) == [("s3-loop", "likely")]
    assert on_objects(pattern, "s3:PutObject") == []


@pytest.mark.parametrize("on", [False, None])
def test_a_bucket_must_be_told_to_send_events(on: bool | None) -> None:
    for detail in (NAMED, {"bucket": {"name": [{"prefix": "pho"}]}}):
        assert on_objects({**CREATED, "detail": detail}, "s3:PutObject", on=on) == []


def test_a_bucket_from_outside_counts() -> None:
    found = findings(
        Function=function(),
        Role=role(allow("s3:PutObject", resource="arn:aws:s3:::photos/*")),
        Rule=rule({**CREATED, "resources": ["arn:aws:s3:::photos"]}),
    )
    assert found == [("s3-loop", "likely")]


def test_lambda_does_not_stop_a_loop_through_a_rule() -> None:
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{Statement: [{Effect: Allow, Action: s3:PutObject, Resource: "arn:aws:s3:::photos/*"}]}]
      Events:
        Put:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [photos]}}}
"""
    (found,) = lint(["-"], stdin=text).findings
    assert (found.rule, found.runtime_protection) == ("s3-loop", "none")
    assert [node.resource for node in found.cycle] == ["photos", "Function"]


ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}
BUCKET_ARN = {"Fn::GetAtt": ["Bucket", "Arn"]}


def recorded(service: str, *names: Any, **detail: Any) -> Json:
    filters = {
        "eventSource": [f"{service}.amazonaws.com"],
        **({"eventName": list(names)} if names else {}),
        **detail,
    }
    return {"source": [f"aws.{service}"], "detail-type": [CALLS], "detail": filters}


def test_recorded_puts_need_no_switch() -> None:
    pattern = recorded(
        "s3", "PutObject", requestParameters={"bucketName": ["photos"], "key": [{"prefix": "in/"}]}
    )
    assert on_objects(pattern, "s3:PutObject", on=None) == [("s3-loop", "possible")]
    assert on_objects(pattern, "s3:PutObject", resource="arn:aws:s3:::photos/out/*", on=None) == []
    assert on_objects(pattern, "s3:DeleteObject", on=None) == []


@pytest.mark.parametrize(
    ("resources", "grant", "confidence"),
    [
        ({"ARN": ["arn:aws:s3:::photos"]}, "*", "likely"),
        ({"ARN": [{"prefix": "arn:aws:s3:::photos"}]}, "*", "likely"),
        ({"ARN": [{"prefix": "arn:aws:s3:::photos/"}]}, "*", "likely"),
        ({"ARN": [{"prefix": "arn:aws:s3:::photos/in/"}]}, "in/*", "likely"),
        ({"ARN": [{"prefix": "arn:aws:s3:::photos/in/"}]}, "*", "possible"),
        ({"ARN": [{"prefix": "arn:aws:s3:::photos/in/"}]}, "out/*", None),
        ({"ARN": ["arn:aws:s3:::photos/in/a"]}, "out/*", None),
        ({"ARN": ["arn:aws:s3:::photos/in/a", "arn:aws:s3:::photos/out/a"]}, "out/*", "weak"),
        ({"ARN": ["arn:aws:s3:::photos/in/a", "arn:aws:s3:::photos"]}, "out/*", "likely"),
        ({"ARN": ["arn:aws:s3:::other"]}, "*", None),
        ({"ARN": [{"prefix": "arn:aws:s3:::pho"}, {"prefix": "arn:aws:s3:::logs"}]}, "*", "likely"),
        ({"type": ["AWS::S3::Object"], "ARN": [{"prefix": "arn:aws:s3:::photos/"}]}, "*", "likely"),
        ({"type": ["AWS::EC2::Instance"], "ARN": [{"prefix": "arn:aws:s3:::photos/"}]}, "*", "weak"),
        ({"ARN": [{"suffix": "photos"}]}, "*", "weak"),
        ({"ARN": [{"wildcard": "arn:aws:s3:::ph*/in/*"}]}, "in/*", "weak"),
        ({"ARN": [{"anything-but": ["arn:aws:s3:::photos"]}]}, "*", "weak"),
    ],
)
def test_recorded_calls_by_the_arns_that_they_list(
    resources: Json, grant: str, confidence: str | None
) -> None:
    pattern = recorded("s3", "PutObject", resources=resources)
    found = on_objects(pattern, "s3:PutObject", resource=f"arn:aws:s3:::photos/{grant}", on=None)
    assert found == ([("s3-loop", confidence)] if confidence else [])


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        ({"sessionContext": {"sessionIssuer": {"arn": [{"anything-but": [ROLE_ARN]}]}}}, []),
        ({"sessionContext": {"sessionIssuer": {"arn": [ROLE_ARN]}}}, [("s3-loop", "likely")]),
        ({"sessionContext": {"sessionIssuer": {"userName": [{"anything-but": [{"Ref": "Role"}]}]}}}, []),
        ({"sessionContext": {"sessionIssuer": {"arn": [{"anything-but": ["arn:aws:iam::1:role/x"]}]}}}, [("s3-loop", "likely")]),
        ({"type": [{"anything-but": ["AssumedRole"]}]}, []),
        ({"principalId": [{"anything-but": ["x"]}]}, [("s3-loop", "weak")]),
    ],
)  # fmt: skip
def test_recorded_calls_of_others(identity: Json, found: list[Any]) -> None:
    pattern = recorded("s3", "PutObject", userIdentity=identity)
    assert on_objects(pattern, "s3:PutObject", on=None) == found


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("arn:aws:s3:::photos", [("s3-loop", "likely")]),
        (BUCKET_ARN, [("s3-loop", "likely")]),
        ("arn:aws:s3:::other", []),
    ],
)
def test_a_bucket_by_its_name_and_among_the_listed_arns(arn: Any, found: list[Any]) -> None:
    """The CDK writes both; a rule that names two buckets lets nothing through."""
    pattern = recorded(
        "s3", "PutObject", resources={"ARN": [arn]}, requestParameters={"bucketName": ["photos"]}
    )
    assert on_objects(pattern, "s3:PutObject", on=None) == found


def test_listed_arns_and_keys_both_count() -> None:
    listed = {"ARN": [{"prefix": "arn:aws:s3:::photos/in/"}]}
    for suffix, found in (("jpg", [("s3-loop", "possible")]), ("png", [])):
        keys = {"key": [{"suffix": suffix}]}
        pattern = recorded("s3", "PutObject", resources=listed, requestParameters=keys)
        assert on_objects(pattern, "s3:PutObject", resource="arn:aws:s3:::photos/in/*.jp?", on=None) == found


# --- API calls ------------------------------------------------------------------------------------


def on_calls(pattern: Json, *statements: Json, **more: Any) -> list[tuple[str, str]]:
    return findings(Function=function(), Role=role(*statements), Rule=rule(pattern, **more))


LIKELY, WEAK = [("api-call-loop", "likely")], [("api-call-loop", "weak")]


@pytest.mark.parametrize(
    ("names", "action", "found"),
    [
        (["CreateTags"], "ec2:CreateTags", LIKELY),
        (["CreateTags"], "ec2:createtags", LIKELY),
        (["CreateTags", "RunInstances"], "ec2:CreateTags", LIKELY),
        (["CreateTags"], "ec2:DeleteTags", []),
        (["CreateTags"], "ec2:Create*", WEAK),
        (["CreateTags"], "*", WEAK),
        (["CreateTags"], "ec2:Describe*", []),
        (["CreateTags"], "s3:*", []),
        ([{"prefix": "Create"}], "ec2:CreateTags", LIKELY),
        ([{"prefix": "Create"}], "ec2:DeleteTags", []),
        ([{"anything-but": ["CreateTags"]}], "ec2:CreateTags", []),
        ([], "ec2:CreateTags", LIKELY),
        ([], "ec2:DescribeInstances", []),
        ([], "ec2:*", WEAK),
    ],
)
def test_calls_and_actions(names: list[Any], action: str, found: list[Any]) -> None:
    assert on_calls(recorded("ec2", *names), allow(action)) == found


def test_the_calls_of_several_rules_count() -> None:
    rules = {name: rule(recorded("ec2", name)) for name in ("CreateTags", "DeleteTags", "StopInstances")}
    for name in rules:
        assert findings(Function=function(), Role=role(allow(f"ec2:{name}")), **rules) == LIKELY


def test_a_managed_policy_is_broad() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    made = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [arn]}}
    assert findings(Function=function(), Role=made, Rule=rule(recorded("ec2", "CreateTags"))) == WEAK


@pytest.mark.parametrize(("where", "loops"), [("Live", 1), ("Dead", 0)])
def test_a_call_is_made_only_where_its_statement_is_there(where: str, loops: int) -> None:
    maybe = {"Fn::If": ["Live", allow("ec2:CreateTags"), {"Ref": "AWS::NoValue"}]}
    resources = {
        "Function": function(),
        "Role": role(maybe),
        "Rule": {**rule(recorded("ec2", "CreateTags")), "Condition": where},
    }
    conditions = {
        "Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
        "Dead": {"Fn::Not": [{"Condition": "Live"}]},
    }
    body = {"Parameters": {"Stage": {"Type": "String"}}, "Conditions": conditions, "Resources": resources}
    assert len(lint(["-"], stdin=json.dumps(body)).findings) == loops


@pytest.mark.parametrize(
    ("assumed", "found"),
    [({"Fn::GetAtt": ["Tagger", "Arn"]}, LIKELY), ("*", WEAK), ("arn:aws:iam::1:role/x", [])],
)
def test_a_call_by_an_assumed_role_is_as_sure_as_that_it_is_assumed(assumed: Any, found: list[Any]) -> None:
    tagger = role(allow("ec2:CreateTags"))
    trust = {"Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}, "Action": "sts:AssumeRole"}
    tagger["Properties"] |= {"RoleName": "tagger", "AssumeRolePolicyDocument": {"Statement": trust}}
    own = role(allow("sts:AssumeRole", resource=assumed))
    pattern = rule(recorded("ec2", "CreateTags"))
    assert findings(Function=function(), Role=own, Tagger=tagger, Rule=pattern) == found


def test_read_only_calls_must_be_asked_for() -> None:
    pattern, statement = recorded("ec2", "DescribeInstances"), allow("ec2:DescribeInstances")
    assert on_calls(pattern, statement) == []
    assert on_calls(pattern, statement, State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") == LIKELY


def test_a_denied_call_is_not_made() -> None:
    deny = {"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "*"}
    assert on_calls(recorded("ec2", "CreateTags"), allow("ec2:CreateTags"), deny) == []
    assert on_calls(recorded("ec2", "CreateTags", "DeleteTags"), allow("ec2:*Tags"), deny) == WEAK


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        ({"sessionContext": {"sessionIssuer": {"userName": [{"anything-but": [{"Ref": "Role"}]}]}}}, []),
        ({"sessionContext": {"sessionIssuer": {"arn": [{"anything-but": [ROLE]}]}}}, []),
        ({"sessionContext": {"sessionIssuer": {"userName": [{"anything-but": ["another"]}]}}}, LIKELY),
        ({"sessionContext": {"sessionIssuer": {"userName": [{"anything-but": [{"Ref": "Name"}]}]}}}, WEAK),
        ({"type": ["Root"]}, []),
        ({"type": ["Root", "AssumedRole"]}, LIKELY),
    ],
)
def test_who_called(identity: Json, found: list[Any]) -> None:
    assert on_calls(recorded("ec2", "CreateTags", userIdentity=identity), allow("ec2:CreateTags")) == found


def test_only_calls_that_worked() -> None:
    assert (
        on_calls(recorded("ec2", "CreateTags", errorCode=[{"exists": False}]), allow("ec2:CreateTags"))
        == LIKELY
    )
    assert on_calls(recorded("ec2", "CreateTags", errorCode=["Denied"]), allow("ec2:CreateTags")) == WEAK


@pytest.mark.parametrize(
    ("prefix", "event", "action"),
    [
        ("s3", "DeleteObjects", "DeleteObject"),
        ("s3", "PutBucketPolicy", "PutBucketPolicy"),
        ("lambda", "Invoke", "InvokeFunction"),
        ("lambda", "UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("lambda", "CreateFunction20150331", "CreateFunction"),
        ("iam", "CreateRole", "CreateRole"),
    ],
)
def test_names_of_calls(prefix: str, event: str, action: str) -> None:
    assert action_of(prefix, event) == action


def test_the_host_name_is_not_always_the_prefix() -> None:
    assert on_calls(recorded("monitoring", "PutMetricAlarm"), allow("cloudwatch:PutMetricAlarm")) == LIKELY


def test_service_events_arrive_on_the_default_bus_only() -> None:
    pattern, statement = recorded("ec2", "CreateTags"), allow("ec2:CreateTags")
    assert on_calls(pattern, statement, EventBusName="default") == LIKELY
    assert on_calls(pattern, statement, EventBusName="orders") == []


# --- work of services -----------------------------------------------------------------------------

PARAMETER = {
    "Type": "AWS::SSM::Parameter",
    "Properties": {"Name": "/shop/rate", "Type": "String", "Value": "1"},
}


@pytest.mark.parametrize(
    ("detail", "found"),
    [
        ({}, ["other-loop"]),
        ({"name": ["/shop/rate"]}, ["other-loop"]),
        ({"name": [{"prefix": "/shop/"}]}, ["other-loop"]),
        ({"name": ["/shop/other"]}, []),
        ({"operation": ["Update"]}, ["other-loop"]),
        ({"operation": ["Delete"]}, []),
    ],
)
def test_parameters(detail: Json, found: list[str]) -> None:
    pattern = {"source": ["aws.ssm"], "detail-type": ["Parameter Store Change"]}
    if detail:
        pattern["detail"] = detail  # type: ignore[assignment]
    arn = {"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/rate"}
    statement = allow("ssm:PutParameter", resource=arn)
    named = findings(Parameter=PARAMETER, Function=function(), Role=role(statement), Rule=rule(pattern))
    assert [name for name, _ in named] == found


@pytest.mark.parametrize(("name", "found"), [("rate", [("other-loop", "likely")]), ("other", [])])
def test_parameters_by_arn(name: str, found: list[Any]) -> None:
    arn = {"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/rate"}
    wanted = {"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/" + name}
    pattern = {"source": ["aws.ssm"], "detail-type": ["Parameter Store Change"], "resources": [wanted]}
    made = findings(
        Parameter=PARAMETER,
        Function=function(),
        Role=role(allow("ssm:PutParameter", resource=arn)),
        Rule=rule(pattern),
    )
    assert made == found


REPOSITORY = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": "pages"}}
REPOSITORY_ARN = {"Fn::GetAtt": ["Repository", "Arn"]}
PUSHED = {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"]}
PUSHES, PERHAPS = [("other-loop", "likely")], [("other-loop", "weak")]


@pytest.mark.parametrize(
    ("action", "pattern", "found"),
    [
        ("GitPush", PUSHED, PUSHES),
        ("GitPush", {"source": ["aws.codecommit"]}, PUSHES),
        ("GitPush", {"detail-type": ["CodeCommit Repository State Change"]}, PUSHES),
        (
            "GitPush",
            {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Pull Request State Change"]},
            [],
        ),
        ("GitPull", PUSHED, []),
        # the repository
        ("GitPush", {**PUSHED, "resources": [REPOSITORY_ARN]}, PUSHES),
        ("GitPush", {"resources": [REPOSITORY_ARN]}, PUSHES),
        ("GitPush", {"detail": {"repositoryId": ["1"]}}, []),
        ("GitPush", {**PUSHED, "resources": [{"suffix": ":pages"}]}, PUSHES),
        ("GitPush", {**PUSHED, "resources": [{"suffix": ":books"}]}, []),
        ("GitPush", {**PUSHED, "detail": {"repositoryName": ["pages"]}}, PUSHES),
        ("GitPush", {**PUSHED, "detail": {"repositoryName": ["books"]}}, []),
        ("GitPush", {**PUSHED, "detail": {"repositoryName": [{"prefix": "pa"}]}}, PUSHES),
        ("GitPush", {**PUSHED, "detail": {"repositoryName": [{"anything-but": "pages"}]}}, []),
        ("GitPush", {**PUSHED, "detail": {"repositoryName": [{"prefix": {"Ref": "Start"}}]}}, PERHAPS),
        # the change
        ("CreateBranch", {**PUSHED, "detail": {"event": ["referenceCreated"]}}, PUSHES),
        ("CreateBranch", {**PUSHED, "detail": {"event": ["referenceUpdated"]}}, []),
        ("DeleteBranch", {**PUSHED, "detail": {"event": [{"prefix": "reference"}]}}, PUSHES),
        ("MergeBranchesBySquash", {**PUSHED, "detail": {"event": ["referenceDeleted"]}}, []),
        ("GitPush", {**PUSHED, "detail": {"event": ["pullRequestCreated"]}}, []),
        # the branch
        ("GitPush", {**PUSHED, "detail": {"referenceType": ["branch"]}}, PUSHES),
        ("GitPush", {**PUSHED, "detail": {"referenceType": ["tag"]}}, PERHAPS),
        ("GitPush", {**PUSHED, "detail": {"referenceName": ["main"]}}, PERHAPS),
        (
            "GitPush",
            {**PUSHED, "detail": {"referenceFullName": [{"prefix": "refs/heads/release/"}]}},
            PERHAPS,
        ),
        ("GitPush", {**PUSHED, "detail": {"callerUserArn": [{"anything-but": "bot"}]}}, PERHAPS),
        (
            "GitPush",
            {**PUSHED, "detail": {"$or": [{"referenceName": ["main"]}, {"commitId": ["1"]}]}},
            PERHAPS,
        ),
    ],
)
def test_pushes_to_a_repository(action: str, pattern: Json, found: list[Any]) -> None:
    made = findings(
        Repository=REPOSITORY,
        Function=function(),
        Role=role(allow(f"codecommit:{action}", resource=REPOSITORY_ARN)),
        Rule=rule(pattern),
    )
    assert list(dict.fromkeys(made)) == found


def test_pushes_to_a_repository_elsewhere_and_a_bus_of_its_own() -> None:
    arn = "arn:aws:codecommit:eu-west-1:1:books"
    changed = role(allow("codecommit:PutFile", resource=arn))
    pattern = {**PUSHED, "resources": [arn], "detail": {"referenceFullName": ["refs/heads/main"]}}
    (loop,) = report(Function=function(), Role=changed, Rule=rule(pattern)).findings
    assert loop.guards == ("whether the branch main is written cannot be told",)
    bus = {"Bus": BUS, "Rule": rule(PUSHED, EventBusName={"Ref": "Bus"})}
    assert findings(Function=function(), Role=changed, Repository=REPOSITORY, **bus) == []


def machine(status: list[str], *names: Json, **properties: Json) -> list[Finding]:
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    made = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"Definition": definition, **properties},
    }
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": status, **({"stateMachineArn": list(names)} if names else {})},
    }
    return list(report(Machine=made, Rule=rule(pattern, {"Ref": "Machine"})).findings)


@pytest.mark.parametrize("names", [(), ({"Ref": "Machine"},), ({"prefix": "arn:"},)])
@pytest.mark.parametrize(
    ("kind", "loops"),
    [
        ("EXPRESS", False),
        ("STANDARD", True),
        ({"Ref": "Kind"}, True),
        ({"Fn::If": ["Cheap", "EXPRESS", "EXPRESS"]}, False),
        ({"Fn::If": ["Cheap", "EXPRESS", "STANDARD"]}, True),
        ({"Fn::If": ["Cheap", "EXPRESS", {"Ref": "AWS::NoValue"}]}, True),
    ],
)
def test_express_workflows_send_no_events(kind: Json, names: tuple[Json, ...], loops: bool) -> None:
    assert bool(machine(["SUCCEEDED"], *names, StateMachineType=kind)) == loops


def test_a_name_of_an_express_and_a_standard_workflow_is_heard() -> None:
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    same = {"StateMachineName": "same", "Definition": definition}
    kinds = {"One": "STANDARD", "Two": "EXPRESS"}
    made = {
        name: {
            "Type": "AWS::StepFunctions::StateMachine",
            "Condition": name,
            "Properties": {**same, "StateMachineType": kind},
        }
        for name, kind in kinds.items()
    }
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [{"Ref": "Two"}]}}
    assert report(**made, Rule=rule(pattern, {"Ref": "Two"})).findings


def test_a_state_machine_started_by_its_own_end() -> None:
    (found,) = machine(["SUCCEEDED"])
    assert (found.rule, found.confidence, found.severity) == ("stepfunctions-loop", "likely", "warning")
    assert [node.resource for node in found.cycle] == ["Machine", "Rule"]


def test_a_retry_after_failure_is_guarded() -> None:
    (found,) = machine(["FAILED"])
    assert found.severity == "info"
    assert found.guards


@pytest.mark.parametrize(
    ("barred", "loops"),
    [
        ({"Ref": "Machine"}, False),
        ({"Fn::GetAtt": ["Machine", "Arn"]}, False),
        ([{"Ref": "Machine"}, "arn:aws:states:eu-west-1:123456789012:stateMachine:other"], False),
        ({"prefix": {"Ref": "Machine"}}, False),
        ("arn:aws:states:eu-west-1:123456789012:stateMachine:other", True),
    ],
)
def test_anything_but_the_own_arn(barred: Json, loops: bool) -> None:
    assert bool(machine(["SUCCEEDED"], {"anything-but": barred})) == loops


@pytest.mark.parametrize(("barred", "loops"), [({"Ref": "Build"}, False), ("build", False), ("deploy", True)])
def test_anything_but_the_own_project(barred: Json, loops: bool) -> None:
    project = {"Type": "AWS::CodeBuild::Project", "Properties": {"Name": "build"}}
    pattern = {
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change"],
        "detail": {"project-name": [{"anything-but": barred}]},
    }
    target = rule(pattern, {"Fn::GetAtt": ["Build", "Arn"]})
    assert bool(report(Build=project, Rule=target).findings) == loops


# --- destinations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "pattern", "loops"),
    [
        ("OnSuccess", {"source": ["lambda"]}, True),
        ("OnFailure", {"source": ["lambda"], "detail-type": [{"suffix": "Failure"}]}, True),
        ("OnFailure", {"source": ["lambda"], "detail-type": [{"suffix": "Success"}]}, False),
        ("OnSuccess", {"source": ["shop"]}, False),
    ],
)
def test_destination_on_a_bus(outcome: str, pattern: Json, loops: bool) -> None:
    config = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "DestinationConfig": {outcome: {"Destination": BUS_ARN}},
        },
    }
    found = findings(
        Bus=BUS,
        Config=config,
        Function=function(),
        Role=role(),
        Rule=rule(pattern, EventBusName={"Ref": "Bus"}),
    )
    assert found == ([("eventbridge-loop", "certain")] if loops else [])


RESULT = {"source": ["lambda"], "detail-type": ["Lambda Function Invocation Result - Success"]}
LATEST = {"Fn::Sub": "${Function.Arn}:$LATEST"}
OF_OTHER = {"Fn::Sub": "${Other.Arn}:$LATEST"}
CERTAIN, UNSURE = [("eventbridge-loop", "certain")], [("eventbridge-loop", "weak")]


def settled(pattern: Json, qualifier: Any = "$LATEST", name: Any = None, **resources: Json) -> list[Any]:
    properties = {
        "FunctionName": name or {"Ref": "Function"},
        "Qualifier": qualifier,
        "DestinationConfig": {"OnSuccess": {"Destination": BUS_ARN}},
    }
    alias = {"FunctionName": {"Ref": "Function"}, "FunctionVersion": "1", "Name": "live"}
    # What the configuration is about is started: only its outcomes come back.
    called = {"live": ":live", "{'Ref': 'Stage'}": ":${Stage}"}.get(str(qualifier), "")
    target = {"Id": "t", "Arn": {"Fn::Sub": "${Function.Arn}" + called}}
    declared = {
        "Bus": BUS,
        "Alias": {"Type": "AWS::Lambda::Alias", "Properties": alias},
        "Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties},
        "Function": function(),
        "Other": function(),
        "Role": role(),
        "Rule": rule({**RESULT, **pattern}, EventBusName={"Ref": "Bus"}, Targets=[target]),
    }
    return findings(**{**declared, **resources})


@pytest.mark.parametrize(
    ("qualifier", "resources", "found"),
    [
        # $LATEST is how a function without a qualifier is told
        ("$LATEST", [LATEST], CERTAIN),
        ("$LATEST", [OF_OTHER], []),
        ("$LATEST", [OF_OTHER, LATEST], CERTAIN),
        ("$LATEST", [{"Ref": "Alias"}], []),
        ("$LATEST", [{"Fn::GetAtt": ["Function", "Arn"]}], UNSURE),
        ("$LATEST", [{"Fn::GetAtt": ["Other", "Arn"]}], []),
        ("$LATEST", [{"prefix": {"Fn::GetAtt": ["Function", "Arn"]}}], CERTAIN),
        ("$LATEST", [{"wildcard": {"Fn::Sub": "${Function.Arn}:*"}}], UNSURE),
        ("$LATEST", [{"suffix": ":$LATEST"}], CERTAIN),
        ("$LATEST", [BUS_ARN], CERTAIN),
        ("$LATEST", [{"Ref": "AnArn"}], UNSURE),
        ("$LATEST", ["arn:aws:lambda:eu-west-1:1:function:shop-Function-1A2B:$LATEST"], UNSURE),
        ("$LATEST", ["arn:aws:lambda:eu-west-1:1:function:orders:$LATEST"], []),
        # an alias may stand there by its name or by its version
        ("live", [{"Ref": "Alias"}], CERTAIN),
        ("live", [{"Fn::Sub": "${Function.Arn}:7"}], UNSURE),
        ("live", [LATEST], UNSURE),
        ("live", [OF_OTHER], []),
        ({"Ref": "Stage"}, [{"Fn::Sub": "${Function.Arn}:${Stage}"}], CERTAIN),
        ({"Fn::If": ["C", "live", "$LATEST"]}, [LATEST], CERTAIN),
        ({"Fn::If": ["C", "live", "$LATEST"]}, [OF_OTHER], []),
        (None, [LATEST], UNSURE),
    ],
)
def test_resources_of_an_outcome(qualifier: Any, resources: list[Any], found: list[Any]) -> None:
    assert settled({"resources": resources}, qualifier) == found


@pytest.mark.parametrize(
    ("qualifier", "request_context", "found"),
    [
        ("$LATEST", {"functionArn": [LATEST]}, CERTAIN),
        ("$LATEST", {"functionArn": [OF_OTHER]}, []),
        ("$LATEST", {"functionArn": [{"prefix": {"Fn::GetAtt": ["Function", "Arn"]}}]}, CERTAIN),
        ("live", {"functionArn": [{"Ref": "Alias"}]}, UNSURE),
        ("live", {"functionArn": [OF_OTHER]}, []),
        ("$LATEST", {"condition": ["Success"]}, CERTAIN),
        ("$LATEST", {"condition": ["RetriesExhausted"]}, []),
        ("$LATEST", {"approximateInvokeCount": [1]}, UNSURE),
    ],
)
def test_request_of_an_outcome(qualifier: str, request_context: Json, found: list[Any]) -> None:
    assert settled({"detail": {"requestContext": request_context}}, qualifier) == found


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("orders", "orders", []),
        ("orders-${Stage}", {"Fn::Sub": "orders-${Stage}"}, []),
        ("bills", "bills", CERTAIN),
        ("${Name}", {"Ref": "Name"}, UNSURE),  # the parameter may be an ARN
        ("orders", {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:orders"}, UNSURE),
    ],
)
def test_outcomes_of_a_function_that_is_told_by_its_name(name: str, given: Any, found: list[Any]) -> None:
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    pattern = {**RESULT, "resources": [{"Fn::Sub": f"{arn}bills:$LATEST"}]}
    on = rule(pattern, {"Fn::Sub": arn + name}, EventBusName={"Ref": "Bus"})
    assert settled({}, name=given, Rule=on) == found


def test_a_grant_for_a_destination_puts_no_outcomes() -> None:
    put = {"Role": role(allow("events:PutEvents", resource=BUS_ARN))}
    assert settled({"resources": [OF_OTHER]}, **put) == []
    assert settled({"detail-type": [{"prefix": "Lambda"}], "resources": [OF_OTHER]}, **put) == UNSURE
    assert settled({"source": ["lambda", "shop"], "resources": [OF_OTHER]}, **put) == UNSURE
    elsewhere = {"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": "x"}}}
    assert settled({"resources": [OF_OTHER]}, **put, **elsewhere) == UNSURE


# --- custom event buses ---------------------------------------------------------------------------


def custom(
    resource: Any, action: str = "events:PutEvents", condition: Json = None, **more: Any
) -> list[tuple[str, str]]:
    return [(finding.rule, finding.confidence) for finding in customs(resource, action, condition, **more)]


def customs(
    resource: Any, action: str = "events:PutEvents", condition: Json = None, **more: Any
) -> tuple[Finding, ...]:
    subscriber = {
        "EventBusArn": {"Ref": "Bus"},
        "InvokeConfiguration": {"TargetArn": {"Fn::GetAtt": ["Function", "Arn"]}},
        **more,
    }
    return report(
        Bus={"Type": "AWS::EventsV2::EventBus", "Properties": {"Name": "telemetry"}},
        Subscriber={"Type": "AWS::EventsV2::Subscriber", "Properties": subscriber},
        Function=function(),
        Role=role(allow(action, resource=resource, **({"Condition": condition} if condition else {}))),
    ).findings


def test_raw_events_are_put_on_custom_buses_alone() -> None:
    own = {"Fn::GetAtt": ["Bus", "EventBusArn"]}
    assert custom(own, action="events:PutRawEvents") == [("eventbridge-loop", "likely")]
    assert custom(own, action="events:Put*Events") == [("eventbridge-loop", "likely")]
    assert on_bus({"source": ["shop"]}, allow("events:PutRawEvents", resource=BUS_ARN)) == []
    source = {"StringEquals": {"events:source": "shop"}}
    assert custom(own, action="events:PutRawEvents", condition=source) == []
    assert custom(own, condition=source) == [("eventbridge-loop", "likely")]


def test_custom_buses() -> None:
    own = {"Fn::GetAtt": ["Bus", "EventBusArn"]}
    assert custom(own) == [("eventbridge-loop", "likely")]
    (stopped,) = customs(own, State="STOPPED")
    assert stopped.severity == "info"
    assert stopped.only_where[0].startswith("the subscriber Subscriber is switched on (State: STOPPED")
    assert custom({"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-busv2/telemetry/*"}) == [
        ("eventbridge-loop", "likely")
    ]
    assert custom({"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/telemetry"}) == []
    filtered = {"Filters": [{"Pattern": '{"source": ["a"]}', "Scope": "DATA"}]}
    assert custom(own, FilterConfiguration=filtered) == [("eventbridge-loop", "weak")]


# --- parts of patterns ----------------------------------------------------------------------------


def test_choices_are_written_out() -> None:
    pattern = {"a": ["1"], "d": {"$or": [{"b": ["2"]}, {"c": ["3"]}]}}
    assert choices(pattern) == [{"a": ["1"], "d": {"b": ["2"]}}, {"a": ["1"], "d": {"c": ["3"]}}]
    both = {"d": {"a": ["1"]}, "$or": [{"d": {"b": ["2"]}}, {"c": ["3"]}]}
    assert choices(both) == [{"d": {"a": ["1"], "b": ["2"]}}, {"d": {"a": ["1"]}, "c": ["3"]}]
    many = {str(at): {"$or": [{"a": ["1"]}, {"b": ["2"]}]} for at in range(4)}
    assert len(choices(many)) == 16


def test_entangled_choices_stay() -> None:
    for pattern in (
        {"a": ["1"], "$or": [{"a": ["2"]}, {"b": ["3"]}]},
        {"a": ["1"], "$or": [{"a": {"b": ["2"]}}, {"b": ["3"]}]},
        {"a": {"b": ["1"]}, "$or": [{"a": ["2"]}, {"b": ["3"]}]},
        {str(at): {"$or": [{"a": ["1"]}, {"b": ["2"]}]} for at in range(5)},
    ):
        assert choices(pattern) == [pattern]


def test_fields() -> None:
    pattern = {"source": [("s",)], "detail": {"a": {"b": [("x",)]}, "c": [1]}}
    assert field(pattern, "detail", "a", "b") == [("x",)]
    assert field(pattern, "detail", "c", "b") is None
    assert without(pattern, [("source",), ("detail", "a", "b")]) == {"detail": {"c": [1]}}
    assert without({"a": {"c": [1]}, "b": {"c": [2]}}, [("a", "c")]) == {"b": {"c": [2]}}
    assert exact([("x",), ("y",)]) == [("x",), ("y",)]
    assert exact([("x",), {"prefix": ("y",)}]) is None
    assert exact([1]) is None


# --- what is started, and what carries events on ----------------------------------------------------


@pytest.mark.parametrize(
    ("arn", "action", "carries"),
    [
        ("sqs:@:jobs", {"Sqs": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/jobs"}}, True),
        ("sns:@:news", {"Sns": {"TargetArn": "arn:aws:sns:eu-west-1:1:news"}}, True),
        ("kinesis:@:stream/s", {"Kinesis": {"StreamName": "s"}}, True),
        ("firehose:@:deliverystream/s", {"Firehose": {"DeliveryStreamName": "s"}}, True),
        ("logs:@:log-group:lines", {"CloudwatchLogs": {"LogGroupName": "lines"}}, True),
        ("lambda:@:function:f", {"Lambda": {"FunctionArn": "arn:aws:lambda:eu-west-1:1:function:f"}}, False),
        ("states:@:stateMachine:m", {"StepFunctions": {"StateMachineName": "m"}}, False),
    ],
)
def test_rules_start_what_does_not_carry_events_on(arn: str, action: Json, carries: bool) -> None:
    target = {"Id": "t", "Arn": "arn:aws:" + arn.replace("@", "eu-west-1:1")}
    rule = {"EventPattern": {"source": ["orders"]}, "Targets": [target]}
    payload = {"Sql": "SELECT * FROM 'orders'", "Actions": [action]}
    found = facts(
        Rule={"Type": "AWS::Events::Rule", "Properties": rule},
        Topic={"Type": "AWS::IoT::TopicRule", "Properties": {"TopicRulePayload": payload}},
    ).triggers
    kinds = {one.channel.service: one.kind for one in found}
    assert kinds == (
        {"events": "forward", "iot": "forward"} if carries else {"events": "rule", "iot": "trigger"}
    )
    reason = next(one.reason for one in found if one.channel.service == "iot")
    assert (" go to " in reason, " start " in reason) == (carries, not carries)
