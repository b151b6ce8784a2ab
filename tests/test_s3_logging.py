"""Access logs and trails: configurations that feed themselves, and their near misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

FIXTURES = Path(__file__).parent.parent / "fixtures"


def report_of(text: str) -> Report:
    report = lint(["-"], stdin=text)
    assert not report.problems
    return report


def finding_of(text: str) -> Finding:
    (finding,) = report_of(text).findings
    return finding


def bucket(logging: str, more: str = "", name: str = "Uploads") -> str:
    return f"""
  {name}:
    Type: AWS::S3::Bucket
    {more}
    Properties:
      AccessControl: LogDeliveryWrite
      LoggingConfiguration: {logging}
"""


HEAD = """
Parameters:
  Name: {Type: String}
  Other: {Type: String}
Conditions:
  Given: !Not [!Equals [!Ref Other, '']]
  Absent: !Equals [!Ref Other, '']
Resources:
"""


@pytest.mark.parametrize(
    ("case", "rule", "nodes"),
    [
        ("s3-access-log-loop/itself", "s3-access-log-loop", ["Uploads"]),
        ("s3-access-log-loop/no-destination", "s3-access-log-loop", ["Uploads"]),
        ("s3-access-log-loop/ring", "s3-access-log-loop", ["Uploads", "Exports"]),
        ("s3-access-log-loop/one-branch", "s3-access-log-loop", ["Uploads"]),
        ("cloudtrail-loop/all-buckets", "cloudtrail-loop", ["TrailLogs", "Audit"]),
        ("cloudtrail-loop/advanced-selector", "cloudtrail-loop", ["TrailLogs", "Audit"]),
    ],
)
def test_fixture_and_its_near_miss(case: str, rule: str, nodes: list[str]) -> None:
    (finding,) = lint([str(FIXTURES / case / "template.yaml")]).findings
    assert (finding.rule, finding.severity, finding.confidence) == (rule, "error", "certain")
    assert [node.resource for node in finding.cycle] == nodes
    assert finding.runtime_protection == "none"
    assert lint([str(FIXTURES / case / "near-miss.yaml")]).findings == ()


# --- access logs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logging", "loop"),
    [
        ("{DestinationBucketName: !Ref Uploads}", True),
        ("{DestinationBucketName: !Ref Uploads, LogFilePrefix: logs/}", True),
        ("{LogFilePrefix: logs/}", True),
        ("{DestinationBucketName: !Ref AWS::NoValue, LogFilePrefix: logs/}", True),
        ("{DestinationBucketName: !If [Given, !Ref Other, !Ref Uploads]}", True),
        ("{DestinationBucketName: !If [Given, !Ref Other, !Ref AWS::NoValue], LogFilePrefix: a}", True),
        ("!If [Given, {LogFilePrefix: a}, !Ref AWS::NoValue]", True),
        ("!If [Given, !If [Absent, {LogFilePrefix: a}, !Ref AWS::NoValue], !Ref AWS::NoValue]", False),
        ("!If [Given, {DestinationBucketName: !Ref Other}, !Ref AWS::NoValue]", False),
        ("{DestinationBucketName: !If [Given, !Ref Other, !Ref Name], LogFilePrefix: a}", False),
        ("{DestinationBucketName: !Ref Other}", False),
        ("{}", False),
    ],
)
def test_where_the_logs_of_a_bucket_go(logging: str, loop: bool) -> None:
    findings = report_of(HEAD + bucket(logging)).findings
    assert [finding.rule for finding in findings] == (["s3-access-log-loop"] if loop else [])


def test_a_bucket_that_does_not_exist_when_its_branch_holds_is_no_loop() -> None:
    logging = "!If [Absent, {LogFilePrefix: a}, !Ref AWS::NoValue]"
    assert finding_of(HEAD + bucket(logging, "Condition: Absent"))
    assert report_of(HEAD + bucket(logging, "Condition: Given")).findings == ()


def test_a_ring_needs_all_its_buckets_at_once() -> None:
    first = bucket("{DestinationBucketName: !Ref Exports}", "Condition: Given")
    for condition, count in (("Given", 1), ("Absent", 0)):
        second = bucket("{DestinationBucketName: !Ref Uploads}", f"Condition: {condition}", "Exports")
        assert len(report_of(HEAD + first + second).findings) == count


def test_a_chain_ends_and_a_ring_of_three_does_not() -> None:
    chain = bucket("{DestinationBucketName: !Ref B}", name="A") + bucket(
        "{DestinationBucketName: !Ref C}", name="B"
    )
    assert report_of(HEAD + chain + "  C: {Type: AWS::S3::Bucket}\n").findings == ()
    ring = finding_of(HEAD + chain + bucket("{DestinationBucketName: !Ref A}", name="C"))
    assert [hop.source for hop in ring.hops] == ["A", "B", "C"]


def test_the_hop_says_itself_and_points_to_the_line() -> None:
    finding = finding_of(HEAD + bucket("{DestinationBucketName: !Ref Uploads}"))
    assert finding.hops[0].reason == "Uploads delivers its access logs to itself"
    assert finding.hops[0].span.line == len(HEAD.splitlines()) + 7


def test_replication_to_and_fro_is_safe_with_and_without_metadata_changes() -> None:
    rule = """
  {name}:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: {name}-data
      VersioningConfiguration: {{Status: Enabled}}
      ReplicationConfiguration:
        Role: arn:aws:iam::111122223333:role/replicate
        Rules:
          - Status: Enabled
            Priority: 1
            Filter: {{Prefix: ''}}
            DeleteMarkerReplication: {{Status: Disabled}}
            SourceSelectionCriteria: {{ReplicaModifications: {{Status: {status}}}}}
            Destination: {{Bucket: 'arn:aws:s3:::{other}-data'}}
"""
    for status in ("Enabled", "Disabled"):
        both = rule.format(name="east", other="west", status=status)
        both += rule.format(name="west", other="east", status=status)
        assert report_of("Resources:" + both).findings == ()


# --- trails ---------------------------------------------------------------------------------------


def trail(selectors: str, *more: str, name: str = "Trail", logs: str = "TrailLogs") -> str:
    lines = "".join(f"      {line}\n" for line in ("IsLogging: true", *more))
    return f"""
  {name}:
    Type: AWS::CloudTrail::Trail
    Properties:
      S3BucketName: !Ref {logs}
{lines}      {selectors}
"""


BUCKETS = """
Parameters:
  Elsewhere: {Type: String}
Resources:
  Data: {Type: AWS::S3::Bucket}
  TrailLogs: {Type: AWS::S3::Bucket}
  MoreLogs: {Type: AWS::S3::Bucket}
""" + "".join(
    f"""
  {name}Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref {name}
      PolicyDocument:
        Statement: {{Effect: Allow, Principal: {{Service: cloudtrail.amazonaws.com}}, Action: ['s3:PutObject']}}
"""
    for name in ("TrailLogs", "MoreLogs")
)


def basic(values: str, extra: str = "") -> str:
    return f"EventSelectors: [{{DataResources: [{{Type: 'AWS::S3::Object', Values: [{values}]}}]{extra}}}]"


@pytest.mark.parametrize(
    ("value", "loop"),
    [
        ("'arn:aws:s3'", True),
        ("'arn:aws:s3:::'", True),
        ("!Sub 'arn:${AWS::Partition}:s3'", True),
        ("!Sub '${TrailLogs.Arn}/'", True),
        ("!Sub 'arn:aws:s3:::${TrailLogs}/AWSLogs/'", True),
        ("!Sub '${TrailLogs.Arn}/data/'", False),
        ("!Sub '${Data.Arn}/'", False),
        ("!Sub 'arn:aws:s3:::${Elsewhere}/'", False),
        ("'arn:aws:lambda'", False),
    ],
)
def test_the_data_resources_of_a_basic_selector(value: str, loop: bool) -> None:
    findings = report_of(BUCKETS + trail(basic(value))).findings
    assert [(finding.rule, finding.confidence) for finding in findings] == (
        [("cloudtrail-loop", "certain")] if loop else []
    )


def test_the_key_prefix_of_the_trail_counts() -> None:
    selector = basic("!Sub '${TrailLogs.Arn}/audit/'")
    assert finding_of(BUCKETS + trail(selector, "S3KeyPrefix: audit"))
    assert report_of(BUCKETS + trail(selector)).findings == ()


def test_reads_only_and_a_trail_that_does_not_log_are_safe() -> None:
    assert finding_of(BUCKETS + trail(basic("'arn:aws:s3'", ", ReadWriteType: All")))
    assert report_of(BUCKETS + trail(basic("'arn:aws:s3'", ", ReadWriteType: ReadOnly"))).findings == ()
    off = trail(basic("'arn:aws:s3'")).replace("IsLogging: true", "IsLogging: false")
    assert report_of(BUCKETS + off).findings == ()


def test_all_buckets_may_leave_out_a_bucket_of_another_account() -> None:
    finding = finding_of(BUCKETS + trail(basic("'arn:aws:s3'"), logs="Elsewhere"))
    assert (finding.severity, finding.confidence) == ("warning", "likely")
    named = finding_of(BUCKETS + trail(basic("!Sub 'arn:aws:s3:::${Elsewhere}/'"), logs="Elsewhere"))
    assert named.confidence == "certain"


def test_two_trails_that_record_each_others_bucket() -> None:
    first = trail(basic("!Sub '${MoreLogs.Arn}/'"))
    second = trail(basic("!Sub '${TrailLogs.Arn}/'"), name="Second", logs="MoreLogs")
    finding = finding_of(BUCKETS + first + second)
    assert {node.resource for node in finding.cycle} == {"Trail", "Second", "TrailLogs", "MoreLogs"}
    assert report_of(BUCKETS + first).findings == ()


def advanced(*fields: str) -> str:
    given = [
        "{Field: eventCategory, Equals: [Data]}",
        "{Field: resources.type, Equals: ['AWS::S3::Object']}",
        *fields,
    ]
    return f"AdvancedEventSelectors: [{{FieldSelectors: [{', '.join(given)}]}}]"


@pytest.mark.parametrize(
    ("field", "loop"),
    [
        ("{Field: readOnly, Equals: ['false']}", True),
        ("{Field: readOnly, Equals: ['true']}", False),
        ("{Field: eventName, Equals: [DeleteObject, PutObject]}", True),
        ("{Field: eventName, StartsWith: [Put]}", True),
        ("{Field: eventName, Equals: [DeleteObject]}", False),
        ("{Field: eventName, NotEquals: [PutObject]}", False),
        ("{Field: resources.ARN, StartsWith: [!Sub '${TrailLogs.Arn}/']}", True),
        ("{Field: resources.ARN, StartsWith: [!Sub '${Data.Arn}/']}", False),
        ("{Field: resources.ARN, NotStartsWith: [!Sub '${Data.Arn}/']}", True),
        ("{Field: resources.ARN, NotStartsWith: [!Sub '${Data.Arn}/', !Sub '${TrailLogs.Arn}/']}", False),
        ("{Field: resources.ARN, NotStartsWith: [!Sub '${TrailLogs.Arn}/other/']}", True),
        ("{Field: resources.ARN, Equals: [!Sub '${TrailLogs.Arn}/one']}", False),
    ],
)
def test_the_fields_of_an_advanced_selector(field: str, loop: bool) -> None:
    report = report_of(BUCKETS + trail(advanced(field)))
    assert [finding.confidence for finding in report.findings] == (["certain"] if loop else [])
    assert report.notes == ()


@pytest.mark.parametrize(
    "field",
    [
        "{Field: userIdentity.arn, NotStartsWith: ['arn:aws:sts::111122223333:assumed-role/x']}",
        "{Field: resources.ARN, NotEquals: [!GetAtt TrailLogs.Arn]}",
    ],
)
def test_what_an_advanced_selector_leaves_open_is_noted(field: str) -> None:
    report = report_of(BUCKETS + trail(advanced(field)))
    assert report.findings == ()
    assert any("could not be decided" in note.message for note in report.notes)


def test_an_advanced_selector_of_another_type_is_silent() -> None:
    other = advanced().replace("AWS::S3::Object", "AWS::Lambda::Function")
    assert report_of(BUCKETS + trail(other)).findings == ()
    assert finding_of(BUCKETS + trail(advanced()))


@pytest.mark.parametrize(
    ("statement", "confidence"),
    [
        ("Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: 's3:PutObject'", "certain"),
        (
            "Effect: Allow, Principal: {Service: [a.amazonaws.com, cloudtrail.amazonaws.com]}, Action: 's3:*'",
            "certain",
        ),
        ("Effect: Allow, Principal: '*', Action: 's3:Put*'", "certain"),
        ("Effect: Allow, Principal: {Service: !Ref Elsewhere}, Action: 's3:PutObject'", "certain"),
        ("Effect: Deny, Principal: {Service: cloudtrail.amazonaws.com}, Action: 's3:PutObject'", "likely"),
        ("Effect: Allow, Principal: {Service: config.amazonaws.com}, Action: 's3:PutObject'", "likely"),
        (
            "Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: 's3:GetBucketAcl'",
            "likely",
        ),
    ],
)
def test_a_trail_that_nothing_lets_deliver_is_not_certain(statement: str, confidence: str) -> None:
    text = (
        """
Parameters: {Elsewhere: {Type: String}}
Resources:
  TrailLogs: {Type: AWS::S3::Bucket}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref TrailLogs, PolicyDocument: {Statement: [{%s}]}}
"""
        % statement
    )
    finding = finding_of(text + trail(basic("'arn:aws:s3'")))
    assert finding.confidence == confidence
    assert ("no bucket policy here lets it" in finding.hops[-1].reason) == (confidence == "likely")


def test_access_logs_that_nothing_lets_s3_deliver_are_not_certain() -> None:
    logging = "{DestinationBucketName: !Sub '${Name}-uploads', LogFilePrefix: access/}"
    named = bucket(logging, name="Uploads").replace(
        "    Properties:\n", "    Properties:\n      BucketName: !Sub '${Name}-uploads'\n"
    )
    assert finding_of(HEAD + named).severity == "error"
    assert finding_of(HEAD + named.replace("LogDeliveryWrite", "Private")).severity == "warning"


@pytest.mark.parametrize("effect", ["{e: f}", "[Allow]", "''", "!If [A, B, C]", "5"])
def test_an_effect_that_is_none_lets_nothing_deliver(effect: str) -> None:
    report_of(
        "Resources:\n"
        "  A: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: !Ref B}}}\n"
        "  B: {Type: AWS::S3::Bucket}\n"
        "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n"
        f"      PolicyDocument: {{Statement: {{Effect: {effect}}}}}\n"
    )
