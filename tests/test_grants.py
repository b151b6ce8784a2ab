"""What IAM statements allow: actions, resources, Deny, roles and where their policies stand."""

from __future__ import annotations

import pytest

from recursion_lint.config import Config
from recursion_lint.graph.event_graph import link
from recursion_lint.model.findings import Finding
from recursion_lint.model.spans import Span
from recursion_lint.run.collect import STDIN, collect
from recursion_lint.run.lint import lint

BASE = """
Parameters: {Name: {Type: String, Default: ""}, Other: {Type: String, Default: ""}}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-in}}
  Spare: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: work, Role: !GetAtt Role.Arn}
  Listen:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Work}
"""
ROLE = "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"


def found(resources: str, base: str = BASE, **parameters: str) -> tuple[Finding, ...]:
    report = lint(["-"], Config(parameters=parameters), stdin=base + resources)
    assert report.problems == ()
    return report.findings


def inline(*statements: str) -> str:
    listed = ", ".join(f"{{{statement}}}" for statement in statements)
    return ROLE + f"      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{listed}]}}}}]\n"


def verdict(*statements: str, base: str = BASE) -> str:
    findings = found(inline(*statements), base)
    return findings[0].confidence if findings else "none"


def allow(action: str, resource: str, more: str = "") -> str:
    return f"Effect: Allow, Action: {action}, Resource: {resource}{more}"


@pytest.mark.parametrize(
    ("action", "reaches"),
    [
        ("'sqs:SendMessage'", True),
        ("'SQS:sendmessage'", True),
        ("'sqs:Send*'", True),
        ("'sqs:S?ndMessage'", True),
        ("['sqs:ReceiveMessage', 'sqs:SendMessage']", True),
        ("'sqs:ReceiveMessage'", False),
        ("'sqs:SendMessageBatch'", False),  # no such action: it grants nothing
        ("'sns:*'", False),
    ],
)
def test_actions(action: str, reaches: bool) -> None:
    assert verdict(allow(action, "!GetAtt Jobs.Arn")) == ("likely" if reaches else "none")


@pytest.mark.parametrize(
    ("action", "confidence"),
    [
        ("'sqs:*'", "weak"),
        ("'*'", "weak"),
        ("'*:*'", "weak"),
        ("'SQS:*'", "weak"),
        ("['sqs:*', 'sqs:SendMessage']", "likely"),  # named as well
        ("['sqs:*', 'sqs:Send*']", "likely"),
        ("['sqs:*', 's3:PutObject']", "weak"),
    ],
)
def test_all_actions_of_a_service_on_what_is_consumed_say_little(action: str, confidence: str) -> None:
    """That right is written by whoever only wants to receive."""
    assert verdict(allow(action, "!GetAtt Jobs.Arn")) == confidence


def test_all_actions_on_what_is_not_consumed_are_a_grant() -> None:
    elsewhere = allow("'sqs:*'", "!GetAtt Spare.Arn")
    base = BASE + (
        "  Forward:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]\n"
        "      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Spare.Arn}}}\n"
    )
    assert verdict(elsewhere, base=base) == "likely"


@pytest.mark.parametrize(
    ("resource", "confidence"),
    [
        ("!GetAtt Jobs.Arn", "likely"),
        ("!Sub '${Jobs.Arn}'", "likely"),
        ("!Sub 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs-in'", "likely"),
        ("!Join [':', ['arn:aws:sqs', !Ref AWS::Region, !Ref AWS::AccountId, jobs-in]]", "likely"),
        ("'arn:aws:sqs:*:*:jobs-in'", "likely"),
        ("'arn:aws:sqs:*:*:jobs-*'", "weak"),
        ("'arn:aws:sqs:*:*:jobs-in*'", "likely"),
        ("'arn:aws:sqs:*:*:*'", "weak"),
        ("'arn:aws:sqs:*'", "weak"),
        ("'*'", "weak"),
        ("'arn:aws:sqs:*:*:job'", "none"),
        ("'arn:aws:sqs:*:*:other-*'", "none"),
        ("'arn:aws:sns:*:*:jobs-in'", "none"),
        ("!GetAtt Spare.Arn", "none"),
        ("[!GetAtt Spare.Arn, !GetAtt Jobs.Arn]", "likely"),
        ("!If [Never, !GetAtt Jobs.Arn, !GetAtt Spare.Arn]", "none"),
    ],
)
def test_resources(resource: str, confidence: str) -> None:
    base = "Conditions: {Never: !Equals [a, b]}\n" + BASE
    assert verdict(allow("'sqs:SendMessage'", resource), base=base) == confidence


def test_a_name_prefix_means_the_resource_of_that_name_first() -> None:
    base = BASE + "  Exact: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n"
    base += "  E: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Exact.Arn, FunctionName: elsewhere}}\n"
    assert verdict(allow("'sqs:SendMessage'", "'arn:aws:sqs:*:*:jobs*'"), base=base) == "weak"


def test_not_action_and_not_resource() -> None:
    assert verdict("Effect: Allow, NotAction: 'iam:*', Resource: !GetAtt Jobs.Arn") == "weak"
    assert verdict("Effect: Allow, NotAction: 'sqs:*', Resource: !GetAtt Jobs.Arn") == "none"
    assert verdict("Effect: Allow, Action: 'sqs:SendMessage', NotResource: !GetAtt Spare.Arn") == "weak"
    assert verdict("Effect: Allow, Action: 'sqs:SendMessage', NotResource: !GetAtt Jobs.Arn") == "none"


def test_deny_wins() -> None:
    send = allow("'sqs:*'", "'*'")
    assert verdict(send, "Effect: Deny, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn") == "none"
    assert verdict(send, "Effect: Deny, Action: 'sqs:SendMessage', Resource: !GetAtt Spare.Arn") == "weak"
    assert verdict(send, "Effect: Deny, Action: 'sqs:DeleteMessage', Resource: '*'") == "weak"
    conditional = (
        "Effect: Deny, Action: 'sqs:*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': 'false'}}"
    )
    assert verdict(send, conditional) == "weak"


@pytest.mark.parametrize(
    ("send", "denial", "confidence"),
    [
        ("%s", "{%s}", "none"),
        ("%s", "!If [Prod, {%s}, !Ref AWS::NoValue]", "likely"),
        ("!If [Prod, %s, !Ref AWS::NoValue]", "!If [Prod, {%s}, !Ref AWS::NoValue]", "none"),
        ("!If [Prod, !Ref AWS::NoValue, %s]", "!If [Prod, {%s}, !Ref AWS::NoValue]", "likely"),
        ("!If [Prod, %s, !Ref AWS::NoValue]", "{%s}", "none"),
    ],
)
@pytest.mark.parametrize("where", ["statement", "resource"])
def test_a_deny_wins_only_where_it_is_there(send: str, denial: str, confidence: str, where: str) -> None:
    allowed = send % "{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}"
    if where == "statement":
        denied = denial % "Effect: Deny, Action: 'sqs:*', Resource: '*'"
    else:
        denied = (denial % "R").replace("{R}", "'*'")
        denied = f"{{Effect: Deny, Action: 'sqs:*', Resource: {denied}}}"
    statements = f"[{allowed}, {denied}]"
    policies = f"      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: {statements}}}}}]\n"
    base = "Conditions: {Prod: !Equals [!Ref Other, prod]}\n" + BASE
    findings = found(ROLE + policies, base)
    assert [finding.confidence for finding in findings] == [confidence] * (confidence != "none")


ATTACHED = (
    "PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]}"
)


@pytest.mark.parametrize(
    "resources",
    [
        ROLE
        + "      Path: /\n  P: {Type: AWS::IAM::Policy, Properties: {Roles: [!Ref Role], %s}}\n" % ATTACHED,
        ROLE
        + "      RoleName: fixed\n  P: {Type: AWS::IAM::Policy, Properties: {Roles: [fixed], %s}}\n"
        % ATTACHED,
        ROLE
        + "      Path: /\n  P: {Type: AWS::IAM::RolePolicy, Properties: {RoleName: !Ref Role, %s}}\n"
        % ATTACHED,
        ROLE
        + "      Path: /\n  P: {Type: AWS::IAM::ManagedPolicy, Properties: {Roles: [!Ref Role], %s}}\n"
        % ATTACHED,
        ROLE
        + "      ManagedPolicyArns: [!Ref P]\n  P: {Type: AWS::IAM::ManagedPolicy, Properties: {%s}}\n"
        % ATTACHED,
    ],
    ids=["Policy", "Policy by name", "RolePolicy", "ManagedPolicy", "ManagedPolicyArns"],
)
def test_policies_from_outside_the_role(resources: str) -> None:
    (finding,) = found(resources)
    assert (finding.rule, finding.confidence) == ("sqs-loop", "likely")


def test_a_document_may_be_a_json_string() -> None:
    document = '{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "${Jobs.Arn}"}]}'
    (finding,) = found(ROLE + f"      Policies: [{{PolicyName: p, PolicyDocument: !Sub '{document}'}}]\n")
    assert finding.confidence == "likely"


def test_a_known_managed_policy_is_broad_and_an_unknown_one_is_noted() -> None:
    (finding,) = found(
        ROLE + "      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/AmazonSQSFullAccess']\n"
    )
    assert finding.confidence == "weak"
    report = lint(
        ["-"], stdin=BASE + ROLE + "      ManagedPolicyArns: ['arn:aws:iam::123456789012:policy/ours']\n"
    )
    assert report.findings == ()
    assert any("policy/ours" in note.message for note in report.notes)


def test_parameters_are_themselves_and_not_their_defaults() -> None:
    base = BASE.replace("QueueName: jobs-in", "QueueName: !Ref Name")
    statement = inline(allow("'sqs:SendMessage'", "!Sub 'arn:aws:sqs:*:*:${%s}'"))
    assert [finding.confidence for finding in found(statement % "Name", base)] == ["likely"]
    assert found(statement % "Other", base) == ()
    assert [f.confidence for f in found(statement % "Other", base, Name="a", Other="a")] == ["likely"]
    assert found(statement % "Other", base, Name="a", Other="b") == ()


def test_events_conditions_prove_that_events_differ() -> None:
    base = """
Resources:
  Work: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [raw]}, Targets: [{Id: t, Arn: !GetAtt Work.Arn}]}}
"""
    put = allow(
        "'events:PutEvents'",
        "!Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default'",
        ", Condition: %s",
    )
    only = "{StringEquals: {'events:source': %s}}"
    assert verdict(put % (only % "done"), base=base) == "none"
    assert verdict(put % (only % "raw"), base=base) == "likely"
    assert verdict(put % "{}", base=base) == "weak"


@pytest.mark.parametrize(
    ("region", "level"),
    [
        ("AWS::Region", "likely"),
        ("Region", "likely"),
        ("AWSRegion", "likely"),
        ("PeerRegion", "weak"),
        ("DestinationRegion", "weak"),
    ],
)
def test_a_region_that_a_parameter_gives_may_be_another_one_unless_it_is_called_the_region(
    region: str, level: str
) -> None:
    parameters = "" if region == "AWS::Region" else f"  {region}: {{Type: String}}\n"
    arn = f"!Sub 'arn:aws:sqs:${{{region}}}:${{AWS::AccountId}}:jobs-in'"
    source = BASE.replace(
        'Parameters: {Name: {Type: String, Default: ""}, Other: {Type: String, Default: ""}}',
        f"Parameters:\n  Name: {{Type: String}}\n{parameters}",
    )
    assert verdict(allow("'sqs:SendMessage'", arn), base=source) == level


def test_who_holds_a_statement() -> None:
    second = "  Second: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}\n"
    third = "  Third: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Other.Arn}}\n"
    own = inline(allow("sqs:SendMessage", "'*'"))
    text = BASE + own + second + third + own.replace("Role:", "Other:", 1)
    graph = link(collect(["-"], Config(), {STDIN: text}).all_facts())
    held = {actor: [one.span for one, _ in graph.grants.statements(actor)] for actor in graph.actors}
    assert sorted(map(len, held.values())) == [1, 1, 1]
    for (span,) in held.values():
        assert set(graph.grants.holders(span)) == {actor for actor, spans in held.items() if span in spans}
    assert {len(graph.grants.holders(span)) for (span,) in held.values()} == {1, 2}
    assert not graph.grants.holders(Span("-", 1, 1, 1, 1))
