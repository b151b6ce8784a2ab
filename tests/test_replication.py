"""Loops through replicas: what is copied to another bucket starts what new objects start there."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

HEAD = """
Parameters:
  Given: {Type: String}
Conditions:
  Wanted: !Equals [!Ref Given, 'yes']
  Unwanted: !Not [!Condition Wanted]
Resources:
  Work:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
"""


def role(resource: str) -> str:
    return f"""
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement: [{{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::{resource}'}}]
"""


def source(rule: str, target: str = "copies", name: str = "originals", more: str = "") -> str:
    return f"""
  {name.title()}:
    Type: AWS::S3::Bucket
    {more}
    Properties:
      BucketName: {name}
      ReplicationConfiguration:
        Rules:
          - {{Destination: {{Bucket: 'arn:aws:s3:::{target}'}}, {rule}}}
"""


def copies(event: str = "s3:ObjectCreated:*", prefix: str = "") -> str:
    return f"""
  Copies:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: copies
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: {event}
            Function: !GetAtt Work.Arn
            Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: '{prefix}'}}]}}}}
"""


def found(text: str) -> tuple[Finding, ...]:
    report = lint(["-"], stdin=text)
    assert not report.problems
    return report.findings


ALL = "Status: Enabled, Filter: {Prefix: ''}"
TAGGED = "TagFilters: [{Key: k, Value: v}]"


@pytest.mark.parametrize(
    ("rule", "confidence"),
    [
        (ALL, "possible"),
        ("Status: Enabled, Prefix: ''", "possible"),
        ("Status: Enabled", "possible"),
        ("Status: Enabled, Filter: {Prefix: out/}", "possible"),
        ("Status: Enabled, Prefix: out/", "possible"),
        ("Status: Enabled, Filter: {And: {Prefix: out/, %s}}" % TAGGED, "weak"),
        ("Status: Enabled, Filter: {TagFilter: {Key: k, Value: v}}", "weak"),
        ("Status: Enabled, Filter: {Prefix: !If [Wanted, out/, in/]}", "possible"),
        ("Status: Enabled, Filter: {Prefix: out/deep/}", "weak"),
        ("Status: Disabled, Filter: {Prefix: ''}", None),
        ("Status: Enabled, Filter: {Prefix: in/}", None),
        ("Status: Enabled, Prefix: in/", None),
        ("Status: Enabled, Filter: {And: {Prefix: in/, %s}}" % TAGGED, None),
    ],
)
def test_the_rule_of_the_replication(rule: str, confidence: str | None) -> None:
    """A step less certain than the same loop without a replica: that replicas start anything is not documented."""
    findings = found(HEAD + role("originals/out/*") + source(rule) + copies())
    assert [(one.rule, one.confidence) for one in findings] == (
        [("s3-loop", confidence)] if confidence else []
    )


@pytest.mark.parametrize(
    ("event", "prefix", "loop"),
    [
        ("s3:ObjectCreated:*", "out/", True),
        ("s3:ObjectCreated:Put", "", True),
        ("s3:ObjectCreated:*", "in/", False),  # a replica has the key of its original
        ("s3:ObjectRemoved:*", "", False),
        ("s3:ObjectTagging:*", "", False),
    ],
)
def test_the_trigger_of_the_destination(event: str, prefix: str, loop: bool) -> None:
    assert len(found(HEAD + role("originals/out/*") + source(ALL) + copies(event, prefix))) == loop


def test_the_loop_as_it_is_told() -> None:
    (loop,) = found(HEAD + role("originals/*") + source(ALL) + copies())
    assert [(hop.source, hop.target, hop.kind) for hop in loop.hops] == [
        ("Originals", "Copies", "replication"),
        ("Copies", "Work", "trigger"),
        ("Work", "Originals", "write"),
    ]
    assert [node.type for node in loop.cycle] == [
        "AWS::S3::Bucket",
        "AWS::S3::Bucket",
        "AWS::Lambda::Function",
    ]
    assert loop.runtime_protection == "none"
    assert any("does not document" in guard for guard in loop.guards)


def test_replicas_are_not_replicated_but_what_a_function_copies_back_is() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html"""
    both = source(ALL) + source(ALL, "originals", "copies")
    assert found(HEAD + role("originals/*") + both) == ()
    chain = source(ALL, "between") + source(ALL, "copies", "between") + copies()
    assert found(HEAD + role("originals/*") + chain) == ()
    assert len(found(HEAD + role("between/*") + chain)) == 1


RULE = """
  Listen:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [copies]}}}
      Targets: [{Id: one, Arn: !GetAtt Work.Arn}]
"""


def test_a_destination_that_only_a_rule_knows() -> None:
    (loop,) = found(HEAD + role("originals/*") + source(ALL) + RULE)
    assert [hop.target for hop in loop.hops] == ["copies", "Work", "Originals"]


def test_a_destination_in_another_template(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("Resources:" + source(ALL), encoding="utf-8")
    (tmp_path / "two.yaml").write_text(HEAD + role("originals/*") + copies(), encoding="utf-8")
    (loop,) = lint([str(tmp_path)]).findings
    assert [hop.target for hop in loop.hops] == ["Copies", "Work", "Originals"]


def test_whether_a_replica_is_logged_is_not_known() -> None:
    logs = "LoggingConfiguration: {DestinationBucketName: originals}"
    logged = copies().replace("BucketName: copies", f"BucketName: copies\n      {logs}")
    (loop,) = found(HEAD + role("elsewhere/*") + source(ALL) + logged)
    assert (loop.rule, loop.confidence, len(loop.guards)) == ("s3-loop", "weak", 2)


def test_its_condition_counts() -> None:
    text = HEAD + role("originals/*") + source(ALL, more="Condition: Wanted")
    assert len(found(text + copies())) == 1
    other = copies().replace("Type: AWS::S3::Bucket\n", "Type: AWS::S3::Bucket\n    Condition: Unwanted\n")
    assert found(text + other) == ()


def test_a_role_for_replication_is_no_writer() -> None:
    """The same with the grants that S3 itself needs: its role is nobody's who is triggered."""
    grants = role("originals/*").replace("s3:PutObject", "s3:ReplicateObject")
    assert found(HEAD + grants + source(ALL) + copies()) == ()
