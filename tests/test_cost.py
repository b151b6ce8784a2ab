"""What a loop costs: a range of one significant figure, held against incidents that others have told of."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from recursion_lint import rules
from recursion_lint.assessment.assess import assess
from recursion_lint.assessment.cost import HOUR, Stage, around, bounds, fastest, rounded, stages, stopped
from recursion_lint.model.findings import Cost, Finding
from recursion_lint.report import render
from recursion_lint.report.wording import dollars, price_clause
from recursion_lint.run.extract import facts_of
from recursion_lint.run.lint import lint
from recursion_lint.services.declaration import Price
from recursion_lint.services.registry import all_services
from recursion_lint.template.yaml.files import Beside

FACTOR = 3.0
"""The model is right if it is within this factor of what was paid."""

COPIES_IN_PLACE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Site:
    Type: AWS::S3::Bucket
  Headers:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Policies: [{S3CrudPolicy: {BucketName: !Ref Site}}]
      Events:
        New: {Type: S3, Properties: {Bucket: !Ref Site, Events: "s3:ObjectCreated:*"}}
"""
RULE_ON_ITS_OWN_CALLS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Meter:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Policies: [{Statement: [{Effect: Allow, Action: "sns:CreateTopic", Resource: "*"}]}]
      Events:
        Call:
          Type: EventBridgeRule
          Properties:
            Pattern:
              source: [aws.sns]
              detail-type: [AWS API Call via CloudTrail]
              detail: {eventName: [CreateTopic]}
"""


class Incident(NamedTuple):
    """What was told: of which shape, how many rounds in how many hours, of handlers that ran for how long, and the bill."""

    page: str
    shape: str
    paid: float
    hours: float
    rounds: float | None
    seconds: float
    dear: bool


METADATA = Incident(
    # 1,116,128 PUTs in a day, 16,349 GB-seconds: with 128 MB 0.117 s a run.
    "https://www.codependentcodr.com/failure-bow-1-the-aws-lambda-goof.html",
    COPIES_IN_PLACE,
    paid=6.66,
    hours=24,
    rounds=1_116_128,
    seconds=0.117,
    dear=True,
)
METRICS = Incident(
    # 380 invocations a second for three days, each of them a call of CloudWatch, which is a dear one.
    "https://github.com/reply-fr/sustainable-personal-accounts/issues/19",
    RULE_ON_ITS_OWN_CALLS,
    paid=1_000,
    hours=72,
    rounds=380 * 72 * HOUR,
    seconds=0.1,
    dear=True,
)
ONE_OBJECT = Incident(
    # One object, from a Friday morning to the Monday morning; nothing is told of the rounds, so the most is taken.
    "https://blog.duncanpierce.org/p/serverless-solutions-are-cheaper",
    COPIES_IN_PLACE,
    paid=3_000,
    hours=72,
    rounds=None,
    seconds=0.1,
    dear=True,
)
INCIDENTS = pytest.mark.parametrize(
    "incident", [METADATA, METRICS, ONE_OBJECT], ids=["metadata", "metrics", "one object"]
)


def stages_of(template: str) -> tuple[Stage, ...]:
    """The stages of a template's one loop."""
    facts = facts_of("t.yaml", template, {}, {}, Beside())
    found = assess(facts, rules)
    (cycle,) = found.cycles.values()
    made = stages(cycle, found.graph)
    assert made is not None
    return made


def modelled(incident: Incident) -> float:
    """What the model says that an incident came to, in dollars."""
    loop = stages_of(incident.shape)
    rounds = incident.rounds or fastest(loop, incident.seconds) * incident.hours * HOUR
    return rounds * around(loop, incident.seconds, incident.dear)


@INCIDENTS
def test_within_a_factor_of_three_of_what_was_paid(incident: Incident) -> None:
    assert incident.paid / FACTOR <= modelled(incident) <= incident.paid * FACTOR


@INCIDENTS
def test_what_was_paid_is_in_the_range_that_the_template_alone_gives(incident: Incident) -> None:
    found = bounds(stages_of(incident.shape))
    assert found is not None
    assert found[0] <= incident.paid / incident.hours <= found[1]


@INCIDENTS
def test_the_page_names_the_incident_and_what_the_model_says(incident: Incident) -> None:
    from pathlib import Path

    page = (Path(__file__).parent.parent / "docs" / "cost.md").read_text(encoding="utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith("|") and incident.page in line)
    assert (
        f"${modelled(incident):,.2f}" in row if incident.paid < 10 else f"${modelled(incident):,.0f}" in row
    )


# -- the model -----------------------------------------------------------------------------------------------

WRITE = Price("https://example.com", event=(1e-6, 2e-6), waits=(0.0, 0.9), most=50)
RUN = Price("https://example.com", run=(1e-7, 1e-7), gb_second=1e-5)


def test_one_event_and_all_that_goes_through() -> None:
    stage = Stage(WRITE, RUN, gigabytes=0.5, lanes=10)
    assert stage.dollars(1.0, dear=True) == pytest.approx(2e-6 + 1e-7 + 5e-6)
    # Ten runs of a second are fewer than the quota, a hundred of a tenth are more.
    assert (stage.most(1.0), stage.most(0.1)) == (10, 50)
    low, high = bounds([stage]) or (0, 0)
    slow, fast = 1e-6 + 1e-7 + 5e-6, 1e-6 + 1e-7 + 5e-7
    assert low == pytest.approx(min(slow / 1.9, fast / 1.0) * HOUR)
    assert high == pytest.approx(max(10 * 7.1e-6, 50 * 2.6e-6) * HOUR)


def test_what_multiplies_soon_takes_all() -> None:
    stage = Stage(WRITE, RUN, gigabytes=0.5, lanes=10)
    alone, many = bounds([stage]), bounds([stage], multiplies=True)
    assert alone is not None
    assert many is not None
    assert many[1] == alone[1]
    assert many[0] > 5 * alone[0]


def test_batches_share_a_run() -> None:
    queue = Stage(WRITE._replace(receipt=1e-6), RUN, gigabytes=0.5, batch=10)
    assert queue.dollars(1.0, False, 10) == pytest.approx(1e-6 + (1e-6 + 1e-7 + 5e-6) / 10)
    assert queue._replace(channel=WRITE._replace(most=None), lanes=2).most(0.5) == 40


def test_a_timeout_ends_a_run() -> None:
    stage = Stage(WRITE, RUN, gigabytes=1.0, timeout=0.5, lanes=1)
    assert stage.dollars(1.0, False) == pytest.approx(1e-6 + 1e-7 + 5e-6)


def test_without_any_limit_nothing_is_said() -> None:
    assert bounds([Stage(WRITE._replace(most=None))]) is None


def test_sixteen_rounds() -> None:
    stage = Stage(WRITE)
    assert stopped([stage]) == (pytest.approx(16e-6), pytest.approx(16 * 2e-6 * HOUR))


@pytest.mark.parametrize(
    ("amount", "told"), [(0, 0.0), (0.0346, 0.03), (95, 100.0), (0.95, 0.9), (1234, 1000.0), (7e-06, 7e-06)]
)
def test_one_figure(amount: float, told: float) -> None:
    assert rounded(amount) == told


def test_every_price_has_a_page() -> None:
    priced = [service for service in all_services() if service.price is not None]
    assert len(priced) >= 12
    for service in priced:
        assert service.price is not None
        assert service.price.page.startswith("https://aws.amazon.com/")
        assert service.price.event[0] <= service.price.event[1]
        assert service.price.run[0] <= service.price.run[1]
        assert 0 < service.price.waits[0] < service.price.waits[1]


# -- from a template -----------------------------------------------------------------------------------------

STREAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}
  Total:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      MemorySize: 128
      Policies: [{DynamoDBWritePolicy: {TableName: !Ref Orders}}]
      Events:
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST, BatchSize: 100}
"""


def cost_of(template: str, file: str = "-") -> Cost | None:
    (finding,) = lint([file], stdin=template).findings
    return finding.cost


def high_of(template: str) -> float:
    cost = cost_of(template)
    assert cost is not None
    return cost.high


def test_what_a_template_says_counts() -> None:
    high = high_of(STREAM)
    assert high_of(STREAM.replace("BatchSize: 100", "BatchSize: 1")) < high / 10
    assert high_of(STREAM.replace("MemorySize: 128", "ReservedConcurrentExecutions: 1")) < high
    slow = STREAM.replace("BatchSize: 100", "BatchSize: 1")
    assert high_of(slow.replace("MemorySize: 128", "MemorySize: 10240")) > 3 * high_of(slow)
    assert high_of(slow.replace("BatchSize: 1", "BatchSize: 1, ParallelizationFactor: 10")) > 3 * high_of(
        slow
    )


def test_the_limit_of_a_mapping_counts() -> None:
    queue = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      RecursiveLoop: Allow
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    limited = queue.replace("Jobs.Arn}", "Jobs.Arn, ScalingConfig: {MaximumConcurrency: 2}}")
    found = [
        next(one for one in lint("-", stdin=text).findings if one.rule == "sqs-loop")
        for text in (queue, limited)
    ]
    costs = [one.cost for one in found]
    assert costs[0] is not None
    assert costs[1] is not None
    assert costs[1].high < costs[0].high / 100
    assert "2 invocations at once" in costs[1].assumes
    assert price_clause(found[0]).startswith(": up to about $")


def test_two_loops_of_each_event_multiply_it() -> None:
    (one,) = lint("fixtures/s3-loop/code-marks-what-it-wrote/template.yaml").findings
    assert one.cost is not None
    assert "16 rounds" in one.cost.assumes
    second = """
  Again:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Environment: {Variables: {TARGET_TABLE: !Ref Orders}}
      Policies: [{DynamoDBWritePolicy: {TableName: !Ref Orders}}]
      Events:
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST}
"""
    sure = STREAM.replace(
        "      MemorySize: 128", "      Environment: {Variables: {TARGET_TABLE: !Ref Orders}}"
    )
    alone = cost_of(sure)
    both = [finding.cost for finding in lint("-", stdin=sure + second).findings]
    assert alone is not None
    assert all(cost is not None and cost.low > 100 * alone.low for cost in both)
    assert all(cost is not None and "more events than came" in cost.assumes for cost in both)


@pytest.mark.parametrize(
    "file",
    [
        "fixtures/circular-notification/permission/template.yaml",  # no loop of events
        "fixtures/s3-loop/pipeline-deploys-to-source/template.yaml",  # a round is a job
        "fixtures/sqs-loop/code-sends-back/near-miss.yaml",  # the code does not make it
    ],
)
def test_where_nothing_is_known_nothing_is_said(file: str) -> None:
    found = lint(file).findings
    assert found
    assert all(finding.cost is None for finding in found)
    assert all(told["cost_per_hour"] is None for told in json.loads(render(lint(file), "json"))["findings"])


# -- in reports ----------------------------------------------------------------------------------------------


def test_json_and_sarif_have_it() -> None:
    report = lint("-", stdin=STREAM)
    (told,) = json.loads(render(report, "json"))["findings"]
    cost = told["cost_per_hour"]
    assert list(cost) == ["low", "high", "currency", "assumes"]
    assert cost["currency"] == "USD"
    (result,) = json.loads(render(report, "sarif"))["runs"][0]["results"]
    assert result["properties"]["costPerHour"] == cost


def told(protection: str, low: float, high: float) -> str:
    (finding,) = lint("-", stdin=STREAM).findings
    changed: Finding = finding._replace(cost=Cost(low, high, "so"), runtime_protection=protection)  # type: ignore[arg-type]
    return price_clause(changed)


def test_the_clause() -> None:
    assert told("none", 0.003, 40) == ": up to about $40 an hour until you do"
    assert told("none", 0.5, 40) == ": about $0.50–40 an hour until you do"
    assert told("none", 40, 40) == ": about $40 an hour until you do"
    assert told("none", 0.001, 0.003) == ": under $0.01 an hour until you do"
    assert told("off", 0.003, 2000) == ": up to about $2,000 an hour"
    assert told("stops", 0.0001, 0.5) == ", under $0.01 an event"
    assert told("stops", 0.03, 90) == ", about $0.03 an event"
    assert [dollars(one) for one in (0.003, 0.5, 4, 1000)] == ["$0.003", "$0.50", "$4", "$1,000"]


def test_the_line_fits_and_an_info_has_none() -> None:
    text = render(lint("-", stdin=STREAM), "text")
    (line,) = (line for line in text.splitlines() if "detection" in line)
    assert line.endswith("an hour until you do")
    assert len(line) <= 100
    report = lint("fixtures/eventbridge-loop")
    infos = report._replace(findings=tuple(one for one in report.findings if one.severity == "info"))
    assert any(one.cost is not None for one in infos.findings)
    assert "$" not in "".join(line for line in render(infos, "text").splitlines() if "info[" in line)


def test_verbose_says_what_it_rests_on() -> None:
    text = " ".join(render(lint("-", stdin=STREAM), "text", verbose=True).split())
    assert "= price: up to about $" in text
    assert (
        "list prices of us-east-1 without free tiers; from one event that goes round to 4 invocations" in text
    )


# -- the stages of a loop ------------------------------------------------------------------------------------

TWO = """
Transform: AWS::Serverless-2016-10-31
Resources:
  There: {Type: AWS::SNS::Topic}
  Waiting: {Type: AWS::SQS::Queue}
  Back: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref There, Protocol: sqs, Endpoint: !GetAtt Waiting.Arn}
  First:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      MemorySize: 512
      Policies: [{DynamoDBWritePolicy: {TableName: !Ref Back}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Waiting.Arn, BatchSize: 5}}
  Second:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt There.TopicName}}]
      Events:
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Back.StreamArn, StartingPosition: LATEST}
"""


def test_each_step_has_its_price_once() -> None:
    by_page = {stage.channel.page: stage for stage in stages_of(TWO)}
    topic, queue, table = (
        by_page[f"https://aws.amazon.com/{name}/"]
        for name in ("sns/pricing", "sqs/pricing", "dynamodb/pricing/on-demand")
    )
    assert len(by_page) == 3
    assert topic.consumer is None  # the queue, which is the next channel
    assert queue.consumer is not None
    assert queue.consumer == table.consumer
    assert (queue.gigabytes, table.gigabytes) == (0.5, 0.125)
    assert (queue.batch, table.batch) == (5, 100)
    assert (queue.lanes, table.lanes) == (500, 4)


def test_a_reserved_concurrency_leaves_the_rest_to_the_others() -> None:
    reserved = TWO.replace("MemorySize: 512", "ReservedConcurrentExecutions: 7")
    lanes = {stage.channel.page: stage.lanes for stage in stages_of(reserved)}
    assert lanes["https://aws.amazon.com/sqs/pricing/"] == 7
    other = TWO.replace(
        "      Policies: [{SNS", "      ReservedConcurrentExecutions: 2\n      Policies: [{SNS"
    )
    lanes = {stage.channel.page: stage.lanes for stage in stages_of(other)}
    assert lanes["https://aws.amazon.com/sqs/pricing/"] == 1000
    assert lanes["https://aws.amazon.com/dynamodb/pricing/on-demand/"] == 2


def test_full_batches_at_full_speed_only() -> None:
    stage = Stage(WRITE, RUN, gigabytes=0.5, batch=10, lanes=1)
    assert around([stage], 1.0, True) == pytest.approx(2e-6 + 1e-7 + 5e-6)
    assert around([stage], 1.0, True, full=True) == pytest.approx(2e-6 + (1e-7 + 5e-6) / 10)
    assert (bounds([stage]) or (0, 0))[1] == pytest.approx(50 * (2e-6 + (1e-7 + 5e-7) / 10) * HOUR)


def test_the_dear_run_counts_at_most() -> None:
    express = Stage(WRITE, RUN._replace(run=(1e-6, 2.5e-4)))
    assert express.dollars(1.0, dear=True) - express.dollars(1.0, dear=False) == pytest.approx(1e-6 + 2.49e-4)


def test_a_state_machine_that_its_own_end_starts_has_its_price() -> None:
    (finding,) = lint("fixtures/stepfunctions-loop/reports-its-own-end/template.yaml").findings
    assert finding.cost is not None
    assert finding.cost.high > 10


def test_a_message_goes_to_one_consumer_only() -> None:
    queue = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
"""
    worker = """
  NAME:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      RecursiveLoop: Allow
      Environment: {Variables: {TARGET_QUEUE: !Ref Jobs}}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events:
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
    text = queue + worker.replace("NAME", "One") + worker.replace("NAME", "Other")
    costs = [one.cost for one in lint("-", stdin=text).findings if one.rule == "sqs-loop"]
    assert costs
    assert all(cost is not None and "from one event" in cost.assumes for cost in costs)


def test_what_is_only_permitted_multiplies_nothing() -> None:
    second = STREAM.partition("  Total:")[2].replace("MemorySize: 128", "MemorySize: 256")
    found = lint("-", stdin=f"{STREAM}  Again:{second}").findings
    assert {one.severity for one in found} == {"warning"}
    assert len({name for one in found for node in one.cycle for name in [node.resource]}) == 3
    assert all(one.cost is not None and "from one event" in one.cost.assumes for one in found)
