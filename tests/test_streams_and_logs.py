"""Kinesis, Firehose and CloudWatch Logs: what makes a loop through them, and the one change that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.model.report import Report
from recursion_lint.model.text import ANY, ONE, Symbol
from recursion_lint.run.lint import lint
from recursion_lint.services.firehose import object_keys

FIXTURES = Path(__file__).parent.parent / "fixtures"


def report_of(resources: str, head: str = "") -> Report:
    lines = [f"  {line}" for line in resources.strip("\n").splitlines()]
    report = lint(["-"], stdin="\n".join([head, "Resources:", *lines]) + "\n")
    assert not report.problems
    return report


def loops(resources: str, head: str = "") -> list[tuple[str, str]]:
    return [(finding.rule, finding.confidence) for finding in report_of(resources, head).findings]


def names(finding: Finding) -> set[str]:
    return {node.resource for node in finding.cycle}


@pytest.mark.parametrize(
    ("case", "rule", "confidence", "nodes"),
    [
        ("kinesis-loop/put-back", "kinesis-loop", "likely", {"Clicks", "Enrich"}),
        ("dynamodb-loop/through-kinesis", "dynamodb-loop", "likely", {"Orders", "OrderChanges", "AddUp"}),
        ("firehose-loop/transform", "firehose-loop", "likely", {"Events", "Shrink"}),
        # Loops with writes to two channels belong to the rule of one of them.
        ("s3-loop/firehose-delivery", "", "likely", {"Landing", "Replay", "Records"}),
        (
            "logs-loop/ping-pong",
            "logs-loop",
            "likely",
            {"Alert", "Indexer", "/aws/lambda/alert", "/aws/lambda/indexer"},
        ),
        ("logs-loop/through-firehose", "", "likely", {"AppLogs", "Lines", "LogFiles", "Index"}),
        ("logs-loop/account-policy", "logs-loop", "likely", {"/aws/lambda/ship", "Lines", "Ship"}),
    ],
)
def test_fixture_and_its_near_miss(case: str, rule: str, confidence: str, nodes: set[str]) -> None:
    (finding,) = lint([str(FIXTURES / case / "template.yaml")]).findings
    assert finding.rule == rule or not rule
    assert finding.confidence == confidence
    assert names(finding) == nodes
    assert finding.runtime_protection == "none"
    assert lint([str(FIXTURES / case / "near-miss.yaml")]).findings == ()


# --- Kinesis --------------------------------------------------------------------------------------

ROLE = """
Role:
  Type: AWS::IAM::Role
  Properties:
    Policies:
      - PolicyName: write
        PolicyDocument:
          Statement:
            - {Effect: Allow, Action: %s, Resource: %s}
Fn:
  Type: AWS::Lambda::Function
  Properties: {Role: !GetAtt Role.Arn, Code: {S3Bucket: code, S3Key: fn.zip}}
"""


def stream(action: str, mapped: str, granted: str, enabled: str = "true") -> str:
    return f"""
Stream: {{Type: AWS::Kinesis::Stream, Properties: {{Name: clicks}}}}
FanOut:
  Type: AWS::Kinesis::StreamConsumer
  Properties: {{ConsumerName: fan, StreamARN: !GetAtt Stream.Arn}}
OpaqueFanOut:
  Type: AWS::Kinesis::StreamConsumer
  Properties: {{ConsumerName: fan, StreamARN: !Ref StreamArn}}
Mapping:
  Type: AWS::Lambda::EventSourceMapping
  Properties: {{EventSourceArn: {mapped}, FunctionName: !Ref Fn, Enabled: {enabled}}}
{ROLE % (action, granted)}"""


PARAMETER = "Parameters: {StreamArn: {Type: String}}"


@pytest.mark.parametrize(
    ("mapped", "granted"),
    [
        ("!GetAtt Stream.Arn", "!GetAtt Stream.Arn"),
        ("!GetAtt FanOut.ConsumerARN", "!GetAtt Stream.Arn"),
        ("!Ref FanOut", "!GetAtt Stream.Arn"),
        ("!GetAtt Stream.Arn", "!Sub 'arn:aws:kinesis:${AWS::Region}:${AWS::AccountId}:stream/clicks'"),
        ("!Ref StreamArn", "!Ref StreamArn"),
        ("!Ref OpaqueFanOut", "!Ref StreamArn"),
    ],
)
def test_a_mapping_on_a_stream_or_its_consumer_meets_a_grant_on_the_stream(mapped: str, granted: str) -> None:
    (found,) = loops(stream("kinesis:PutRecords", mapped, granted), PARAMETER)
    assert found[1] == "likely"


def test_a_consumer_of_a_parameter_is_not_a_consumer_of_another_stream() -> None:
    assert loops(stream("kinesis:PutRecord", "!Ref OpaqueFanOut", "!GetAtt Stream.Arn"), PARAMETER) == []


def test_a_disabled_mapping_is_an_info_and_a_reading_grant_no_loop() -> None:
    arn = "!GetAtt Stream.Arn"
    assert loops(stream("kinesis:PutRecord", arn, arn), PARAMETER) == [("kinesis-loop", "likely")]
    off = report_of(stream("kinesis:PutRecord", arn, arn, enabled="false"), PARAMETER).findings
    assert [(one.rule, one.severity) for one in off] == [("kinesis-loop", "info")]
    assert loops(stream("kinesis:GetRecords", arn, arn), PARAMETER) == []


# --- Firehose -------------------------------------------------------------------------------------

TRANSFORM = (
    "{Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: !GetAtt Fn.Arn}]}]}"
)


def delivery(destination: str, source: str = "") -> str:
    return f"""
Stream: {{Type: AWS::Kinesis::Stream}}
Delivery:
  Type: AWS::KinesisFirehose::DeliveryStream
  Properties:
    {source or "DeliveryStreamType: DirectPut"}
    {destination}
{ROLE % ("[firehose:PutRecord, 'kinesis:PutRecord']", "[!GetAtt Delivery.Arn, !GetAtt Stream.Arn]")}"""


@pytest.mark.parametrize(
    "kind",
    [
        "S3DestinationConfiguration",
        "ExtendedS3DestinationConfiguration",
        "SplunkDestinationConfiguration",
        "AmazonopensearchserviceDestinationConfiguration",
    ],
)
def test_the_transform_of_every_destination_is_seen(kind: str) -> None:
    assert loops(delivery(f"{kind}: {{ProcessingConfiguration: {TRANSFORM}}}")) == [
        ("firehose-loop", "likely")
    ]


def test_a_stream_that_reads_from_kinesis_refuses_records_but_closes_a_loop_through_kinesis() -> None:
    source = "KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Stream.Arn}"
    destination = f"ExtendedS3DestinationConfiguration: {{ProcessingConfiguration: {TRANSFORM}}}"
    (finding,) = report_of(delivery(destination, source)).findings
    assert finding.rule == "kinesis-loop"
    assert names(finding) == {"Stream", "Delivery", "Fn"}
    only_firehose = delivery(destination, source).replace(", !GetAtt Stream.Arn]", "]")
    assert loops(only_firehose) == []


def bucket_loop(settings: str, wanted: str, kind: str = "ExtendedS3DestinationConfiguration") -> str:
    rule = f"{{Name: prefix, Value: {wanted}}}"
    return f"""
Bucket:
  Type: AWS::S3::Bucket
  Properties:
    BucketName: landing
    NotificationConfiguration:
      LambdaConfigurations:
        - Event: s3:ObjectCreated:*
          Function: !GetAtt Fn.Arn
          Filter: {{S3Key: {{Rules: [{rule}]}}}}
Delivery:
  Type: AWS::KinesisFirehose::DeliveryStream
  Properties:
    DeliveryStreamName: records
    {kind}: {settings}
{ROLE % ("firehose:PutRecord", "'arn:aws:firehose:*:*:deliverystream/records'")}"""


ARN = "BucketARN: 'arn:aws:s3:::landing'"


@pytest.mark.parametrize(
    ("settings", "wanted", "loop"),
    [
        (f"{{{ARN}, Prefix: in/}}", "in/", True),
        (f"{{{ARN}, Prefix: in/}}", "out/", False),
        (f"{{{ARN}, Prefix: in/}}", "in/2026/", True),
        (f"{{{ARN}, Prefix: in/}}", "in/raw/", False),  # the hour's folders come next
        (f"{{{ARN}}}", "'20'", True),
        (f"{{{ARN}}}", "in/", False),
        (f"{{{ARN}, Prefix: 'in/!{{timestamp:yyyy}}/'}}", "in/raw/", True),
        (f"{{{ARN}, Prefix: !Ref Prefix}}", "in/", True),
        (f"{{{ARN}, Prefix: in/, ErrorOutputPrefix: failed/}}", "failed/", True),
        (f"{{S3BackupMode: Enabled, S3BackupConfiguration: {{{ARN}, Prefix: in/}}}}", "in/", True),
        (f"{{S3BackupMode: Disabled, S3BackupConfiguration: {{{ARN}, Prefix: in/}}}}", "in/", False),
    ],
)
def test_the_keys_that_firehose_writes_against_the_filter(settings: str, wanted: str, loop: bool) -> None:
    found = report_of(bucket_loop(settings, wanted), "Parameters: {Prefix: {Type: String}}").findings
    assert len(found) == (1 if loop else 0)
    assert all(names(finding) == {"Bucket", "Fn", "Delivery"} for finding in found)


def test_objects_of_failed_records_are_assumed_all_others_declared() -> None:
    settings = f"{{S3BackupMode: FailedEventsOnly, S3Configuration: {{{ARN}, Prefix: in/}}}}"
    evidence = {
        mode: next(
            hop.evidence
            for finding in report_of(
                bucket_loop(
                    settings.replace("FailedEventsOnly", mode), "in/", "SplunkDestinationConfiguration"
                )
            ).findings
            for hop in finding.hops
            if hop.kind == "deliver"
        )
        for mode in ("FailedEventsOnly", "AllEvents")
    }
    assert evidence == {"FailedEventsOnly": "assumed", "AllEvents": "declared"}


def test_object_keys_end_at_the_first_expression_and_have_folders_for_the_hour_without_one() -> None:
    parameter = Symbol("parameter", "Prefix", "t")
    assert object_keys(("a/!{timestamp:yyyy}/b!{x}",)) == ("a/", ANY)
    assert object_keys(("a",)) == ("a20", ONE, ONE, "/", ANY)
    assert object_keys(("a/", parameter, "/")) == ("a/", parameter, "/", ANY)


def test_the_error_log_of_a_delivery_stream_may_feed_the_stream() -> None:
    template = """
Group: {{Type: AWS::Logs::LogGroup}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {{LogGroupName: !Ref Group, DestinationArn: !GetAtt Delivery.Arn, FilterPattern: ''}}
Delivery:
  Type: AWS::KinesisFirehose::DeliveryStream
  Properties:
    HttpEndpointDestinationConfiguration:
      CloudWatchLoggingOptions: {{Enabled: {enabled}, LogGroupName: !Ref Group}}
"""
    assert loops(template.format(enabled="true")) == [("logs-loop", "likely")]
    assert loops(template.format(enabled="false")) == []
    assert loops(template.format(enabled="null")) == []  # off unless it is switched on


# --- CloudWatch Logs ------------------------------------------------------------------------------


def pair(pattern: str = "''", back: str = "!Sub '/aws/lambda/${A}'", logging: str = "") -> str:
    """``A`` and ``B`` with generated names: ``A`` reads B's log group, ``B`` reads ``back``."""
    return f"""
A: {{Type: AWS::Lambda::Function, Properties: {{{logging}}}}}
B: {{Type: AWS::Lambda::Function}}
ToA:
  Type: AWS::Logs::SubscriptionFilter
  Properties:
    LogGroupName: !Sub '/aws/lambda/${{B}}'
    DestinationArn: !GetAtt A.Arn
    FilterPattern: {pattern}
ToB:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {{LogGroupName: {back}, DestinationArn: !GetAtt B.Arn, FilterPattern: ''}}
"""


def test_two_functions_that_read_each_others_logs() -> None:
    assert loops(pair()) == [("logs-loop", "likely")]
    assert loops(pair(back="/app/other")) == []


def test_a_log_group_of_its_own_takes_a_function_out_of_the_loop_and_a_shared_one_brings_it_in() -> None:
    assert loops(pair(logging="LoggingConfig: {LogGroup: /own/a}")) == []
    shared = pair(back="/own/a", logging="LoggingConfig: {LogGroup: /own/a}")
    assert loops(shared) == [("logs-loop", "likely")]


def test_a_filter_pattern_is_named_and_makes_the_loop_weak() -> None:
    (finding,) = report_of(pair(pattern="'ERROR'")).findings
    assert (finding.severity, finding.confidence) == ("info", "weak")
    assert any("filter pattern 'ERROR'" in guard for guard in finding.guards)


def test_a_function_cannot_be_subscribed_to_its_own_log_group() -> None:
    report = report_of("""
A: {Type: AWS::Lambda::Function}
Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub '/aws/lambda/${A}'}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {LogGroupName: !Ref Group, DestinationArn: !GetAtt A.Arn, FilterPattern: ''}
""")
    assert report.findings == ()
    assert ["own log group" in note.message for note in report.notes] == [True]


def test_a_shared_log_group_of_another_name_may_be_subscribed_to_a_function_that_logs_there() -> None:
    template = """
A: {Type: AWS::Lambda::Function, Properties: {LoggingConfig: {LogGroup: /app/all}}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {LogGroupName: /app/all, DestinationArn: !GetAtt A.Arn, FilterPattern: ''}
"""
    assert loops(template) == [("logs-loop", "likely")]


@pytest.mark.parametrize(
    "resource", ["'*'", "'arn:aws:logs:*:*:log-group:/aws/lambda/*:*'", "'arn:aws:logs:*:*:*'"]
)
def test_permission_to_log_is_silent(resource: str) -> None:
    assert (
        loops(f"""
Group: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: /aws/lambda/web}}}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {{LogGroupName: !Ref Group, DestinationArn: !GetAtt Fn.Arn, FilterPattern: ''}}
{ROLE % ("'logs:PutLogEvents'", resource)}""")
        == []
    )


def test_a_log_destination_hands_on_to_its_stream() -> None:
    template = """
Stream: {{Type: AWS::Kinesis::Stream}}
Central:
  Type: AWS::Logs::Destination
  Properties: {{DestinationName: central, TargetArn: !GetAtt Stream.Arn}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties:
    LogGroupName: {group}
    DestinationArn: !Sub 'arn:aws:logs:${{AWS::Region}}:${{AWS::AccountId}}:destination:central'
    FilterPattern: ''
Fn: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: reader}}}}
Mapping:
  Type: AWS::Lambda::EventSourceMapping
  Properties: {{EventSourceArn: !GetAtt Stream.Arn, FunctionName: !Ref Fn}}
"""
    (finding,) = report_of(template.format(group="/aws/lambda/reader")).findings
    assert finding.rule == "logs-loop"
    assert names(finding) == {"/aws/lambda/reader", "Central", "Stream", "Fn"}
    assert loops(template.format(group="/aws/lambda/other")) == []


def policy(
    criteria: str = "", destination: str = "${Stream.Arn}", kind: str = "SUBSCRIPTION_FILTER_POLICY"
) -> str:
    return f"""
Policy:
  Type: AWS::Logs::AccountPolicy
  Properties:
    PolicyName: all
    PolicyType: {kind}
    {criteria or "Scope: ALL"}
    PolicyDocument: !Sub '{{"DestinationArn": "{destination}", "FilterPattern": ""}}'
Stream: {{Type: AWS::Kinesis::Stream}}
Fn: {{Type: AWS::Lambda::Function}}
Other: {{Type: AWS::Lambda::Function}}
Mapping:
  Type: AWS::Lambda::EventSourceMapping
  Properties: {{EventSourceArn: !GetAtt Stream.Arn, FunctionName: !Ref Fn}}
"""


def test_an_account_policy_subscribes_the_groups_of_functions_that_it_does_not_exclude() -> None:
    assert loops(policy()) == [("logs-loop", "likely")]
    assert loops(policy("SelectionCriteria: !Sub 'LogGroupName NOT IN [\"/aws/lambda/${Fn}\"]'")) == []
    others = 'SelectionCriteria: !Sub \'LogGroupName NOT IN ["/aws/lambda/${Other}", "/x"]\''
    assert loops(policy(others)) == [("logs-loop", "likely")]
    assert loops(policy(kind="DATA_PROTECTION_POLICY")) == []


def test_an_account_policy_leaves_out_the_group_of_the_function_that_it_delivers_to() -> None:
    report = report_of(policy(destination="${Fn.Arn}"))
    assert report.findings == ()
    assert report.notes == ()


def test_selection_criteria_that_are_not_understood_are_noted() -> None:
    report = report_of(policy("SelectionCriteria: 'LogGroupNamePrefix IN [\"/aws\"]'"))
    assert report.findings == ()
    assert any("not understood" in note.message for note in report.notes)


def test_a_state_machine_whose_log_group_starts_it_again() -> None:
    template = f"""
Group: {{{{Type: AWS::Logs::LogGroup}}}}
Filter:
  Type: AWS::Logs::SubscriptionFilter
  Properties: {{{{LogGroupName: !Ref Group, DestinationArn: !GetAtt Fn.Arn, FilterPattern: ''}}}}
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
    DefinitionString: '{{{{"StartAt": "A", "States": {{{{"A": {{{{"Type": "Succeed"}}}}}}}}}}}}'
    LoggingConfiguration:
      Level: {{level}}
      Destinations: [{{{{CloudWatchLogsLogGroup: {{{{LogGroupArn: !GetAtt Group.Arn}}}}}}}}]
{(ROLE % ("'states:StartExecution'", "!Ref Machine")).replace("{", "{{").replace("}", "}}")}"""
    (finding,) = report_of(template.format(level="ALL")).findings
    assert names(finding) == {"Group", "Fn", "Machine"}
    assert report_of(template.format(level="'OFF'")).findings == ()
