"""How sure and how bad: the ladder of docs/how-it-works.md, rung by rung."""

from __future__ import annotations

from typing import Any

import pytest

from recursion_lint.assessment.judge import judge
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph, Vertex, link
from recursion_lint.graph.matching import Meeting
from recursion_lint.model.facts import (
    Actor,
    Declared,
    Endpoint,
    Facts,
    Mention,
    Produces,
    Statement,
    Through,
    Trigger,
    Write,
)
from recursion_lint.model.findings import Finding, Span
from recursion_lint.model.text import ANY
from recursion_lint.run.lint import lint
from recursion_lint.services.awslambda.functions import BY_URL

HERE = Span("template.yaml", 7, 3, 7, 9)
WORK = Endpoint("lambda", ("work",))
ROLE = ("role",)


def end(service: str, name: str) -> Endpoint:
    return Endpoint(service, (name,))


JOBS = end("sqs", "jobs")
TOPIC, BUCKET, MACHINE = end("sns", "news"), end("s3", "in"), end("states", "machine")


def trigger(channel: Endpoint = JOBS, consumer: Endpoint = WORK, **more: Any) -> Trigger:
    return Trigger(channel, consumer, "{source} triggers {target}", HERE, **more)


def statement(**condition: tuple[Any, ...]) -> Statement:
    return Statement(
        ROLE,
        "Allow",
        ("sqs:SendMessage",),
        (),
        (((ANY,), frozenset()),),
        (),
        {"StringEquals": condition} if condition else {},
        HERE,
        "Policy",
    )


def step(
    evidence: str = "granted",
    extent: str = "all",
    guard: str | None = None,
    by: Statement | None = None,
    actor: Endpoint = WORK,
    events: frozenset[str] | None = None,
    implicit: bool = False,
    **more: Any,
) -> Step:
    """A write by ``actor`` to the channel of a trigger; ``more`` describes the trigger."""
    found = trigger(**more)
    write = Write(
        actor,
        found.channel,
        "{source} may send to {target}",
        HERE,
        produces=Produces(events),
        evidence=evidence,
    )
    granted = evidence in ("granted", "broad")
    vertex = Vertex(0, found, implicit)
    return Step(
        vertex, vertex, write, by or (statement() if granted else None), Meeting(extent, "sent", guard=guard)
    )


def forward(channel: Endpoint, consumer: Endpoint, **more: Any) -> Step:
    """A step whose channel is the consumer of the one before."""
    vertex = Vertex(1, trigger(channel, consumer, **more))
    return Step(vertex, vertex, None, None, Meeting("all", "sent"))


def world(*declared: Declared, mentions: tuple[Mention, ...] = (), **actor: Any) -> EventGraph:
    actors = (Actor(WORK, ((ROLE, frozenset()),), **actor),)
    return link([Facts("template.yaml", "", "template.yaml", declared, actors=actors, mentions=mentions)])


def judged(*cycle: Step, graph: EventGraph | None = None) -> Finding:
    return judge(cycle, graph or world())


@pytest.mark.parametrize(
    ("evidence", "extent", "confidence", "severity"),
    [
        ("declared", "all", "certain", "error"),
        ("defined", "all", "certain", "error"),
        ("declared", "some", "possible", "warning"),
        ("defined", "some", "possible", "warning"),
        ("assumed", "all", "likely", "warning"),
        ("assumed", "some", "possible", "warning"),
        ("granted", "all", "likely", "warning"),
        ("granted", "some", "possible", "warning"),
        ("broad", "all", "weak", "info"),
        ("broad", "some", "weak", "info"),
        ("declared", "unknown", "weak", "info"),
        ("defined", "unknown", "weak", "info"),
        ("assumed", "unknown", "weak", "info"),
        ("granted", "unknown", "weak", "info"),
    ],
)
def test_a_step_is_as_sure_as_its_evidence_and_its_overlap(
    evidence: str, extent: str, confidence: str, severity: str
) -> None:
    finding = judged(step(evidence, extent))
    assert (finding.confidence, finding.severity) == (confidence, severity)


def test_a_trigger_that_is_only_assumed_is_not_certain() -> None:
    one = step("declared")
    assumed = one.end._replace(trigger=one.end.trigger._replace(evidence="assumed"))
    assert judged(one).confidence == "certain"
    assert judged(one._replace(end=assumed)).confidence == "likely"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_loop_is_as_sure_as_its_weakest_step(at: int) -> None:
    steps = [step("declared"), step("declared"), step("declared")]
    steps[at] = step("granted", "some")
    assert judged(*steps).confidence == "possible"
    steps[at - 1] = step("granted")
    assert judged(*steps).confidence == "possible"


@pytest.mark.parametrize(
    ("evidence", "extent", "confidence"),
    [
        ("declared", "all", "likely"),
        ("granted", "all", "possible"),
        ("granted", "some", "weak"),
        ("broad", "all", "weak"),
        ("granted", "unknown", "weak"),
    ],
)
def test_a_guard_lowers_by_one(evidence: str, extent: str, confidence: str) -> None:
    by_trigger = judged(step(evidence, extent, guards=("a filter on content",)))
    by_meeting = judged(step(evidence, extent, guard="a filter on content"))
    by_both = judged(step(evidence, extent, guard="one filter", guards=("another",)))
    for finding in (by_trigger, by_meeting, by_both):
        assert finding.confidence == confidence
    assert by_trigger.guards == by_meeting.guards == ("a filter on content",)
    assert set(by_both.guards) == {"one filter", "another"}


def test_what_makes_a_step_unknown_does_not_lower_it_twice_beside_a_surer_step() -> None:
    finding = judged(step("declared"), step("granted", "unknown", guard="the rule's event pattern"))
    assert (finding.confidence, finding.guards) == ("weak", ("the rule's event pattern",))


@pytest.mark.parametrize(
    ("key", "extent", "confidence"),
    [
        ("events:source", "all", "likely"),
        ("events:source", "some", "possible"),
        ("events:detail-type", "all", "likely"),
        ("aws:SourceIp", "all", "possible"),
        ("aws:SourceIp", "some", "weak"),
    ],
)
def test_a_condition_that_cannot_be_decided_lowers_a_grant(key: str, extent: str, confidence: str) -> None:
    assert judged(step(extent=extent, by=statement(**{key: (("x",),)}))).confidence == confidence


def test_the_role_of_a_state_machine_says_little_where_its_definition_is_not_seen() -> None:
    machine = end("states", "machine")
    assert judged(step(actor=machine, consumer=machine)).confidence == "weak"
    assert judged(step("defined", actor=machine, consumer=machine)).confidence == "certain"


def mention(name: str, value: str) -> Mention:
    return Mention(WORK, name, (value,), HERE)


QUEUES = tuple(
    Declared(end("sqs", name), name.title(), "AWS::SQS::Queue", HERE, ("arn:", name))
    for name in ("jobs", "done")
)


@pytest.mark.parametrize(
    ("mentions", "extent", "confidence", "severity"),
    [
        ((), "all", "likely", "warning"),
        ((mention("TARGET", "jobs"),), "all", "likely", "error"),
        ((mention("TARGET", "jobs"),), "some", "possible", "warning"),
        ((mention("TARGET", "jobs"),), "unknown", "weak", "info"),
        ((mention("TARGET", "done"),), "all", "possible", "warning"),
        ((mention("TARGET", "done"),), "some", "weak", "info"),
        ((mention("TARGET", "done"),), "unknown", "weak", "info"),
        ((mention("TARGET", "done"), mention("NEXT", "jobs")), "all", "likely", "error"),
    ],
)
def test_witnesses_raise_and_lower(
    mentions: tuple[Mention, ...], extent: str, confidence: str, severity: str
) -> None:
    finding = judged(step(extent=extent), graph=world(*QUEUES, mentions=mentions))
    assert (finding.confidence, finding.severity) == (confidence, severity)


SENDER = Endpoint("lambda", ("sender",))


@pytest.mark.parametrize(
    ("told", "confidence", "severity"),
    [
        ((WORK,), "likely", "warning"),
        ((SENDER,), "likely", "warning"),
        ((WORK, SENDER), "likely", "error"),
        ((), "likely", "warning"),
    ],
)
def test_a_witness_counts_for_its_own_hop(told: tuple[Endpoint, ...], confidence: str, severity: str) -> None:
    """Two grants close the loop: that one function is told where to send says nothing of the other."""
    named = {WORK: "done", SENDER: "jobs"}
    mentions = tuple(Mention(actor, "NEXT", (named[actor],), HERE) for actor in told)
    there = step(channel=end("sqs", "done"), consumer=SENDER, actor=WORK)
    back = step(channel=JOBS, consumer=WORK, actor=SENDER)
    finding = judged(there, back, graph=world(*QUEUES, mentions=mentions))
    assert (finding.confidence, finding.severity) == (confidence, severity)


def test_a_witness_against_one_hop_is_not_answered_by_one_for_another() -> None:
    mentions = (
        Mention(WORK, "NEXT", ("done",), HERE),
        Mention(SENDER, "TARGET", ("done",), HERE),
    )
    there = step(channel=end("sqs", "done"), consumer=SENDER, actor=WORK)
    back = step(channel=JOBS, consumer=WORK, actor=SENDER)
    assert judged(there, back, graph=world(*QUEUES, mentions=mentions)).confidence == "possible"


def test_a_table_between_lowers_a_loop_through_a_bucket_by_one() -> None:
    through = [step(channel=end("s3", "in")), step(channel=end("dynamodb", "seen"))]
    finding = judged(*through)
    assert finding.confidence == "possible"
    assert len(finding.guards) == 1
    weak = judged(through[0], step("broad", channel=end("dynamodb", "seen")))
    assert weak.confidence == "weak"
    assert judged(step(channel=end("dynamodb", "one")), step(channel=end("dynamodb", "two"))).guards == ()


def elsewhere(one: Step, *, written: bool = False) -> Step:
    """``one`` with its trigger, or with its write, in another template."""
    there = HERE._replace(file="other.yaml")
    if written:
        assert one.write is not None
        return one._replace(write=one.write._replace(span=there))
    return one._replace(end=one.end._replace(trigger=one.end.trigger._replace(span=there)))


def guessing(*names: str) -> EventGraph:
    """A world of two templates in which these names are told by the end of an export's name."""
    meant = {(name,): ("stack-", name) for name in names}
    return link([Facts("a.yaml", "", "a.yaml", guessed=meant), Facts("b.yaml", "", "b.yaml")])


@pytest.mark.parametrize(
    ("cycle", "confidence"),
    [
        ([step("declared")], "certain"),
        ([step("declared"), forward(JOBS, WORK)], "certain"),
        ([elsewhere(step("declared"), written=True)], "likely"),
        ([step("declared", channel=WORK, consumer=JOBS), elsewhere(forward(JOBS, WORK))], "likely"),
        ([step("declared", channel=TOPIC), elsewhere(forward(TOPIC, JOBS))], "likely"),
        ([step("declared", channel=TOPIC), elsewhere(forward(TOPIC, WORK))], "certain"),
        ([elsewhere(step("broad"), written=True)], "weak"),
    ],
)
def test_a_guess_by_the_end_of_a_name_lowers_a_loop_through_two_templates(
    cycle: Cycle, confidence: str
) -> None:
    for graph in (guessing("jobs"), guessing("jobs", "unheard-of"), guessing("unheard-of", "jobs")):
        finding = judged(*cycle, graph=graph)
        assert finding.confidence == confidence
        lowered = confidence != "certain"
        assert finding.guards == (
            ("that stack-jobs is jobs is told by the end of the name alone",) if lowered else ()
        )
    assert (
        judged(*cycle, graph=guessing()).guards == judged(*cycle, graph=guessing("unheard-of")).guards == ()
    )


def test_a_guess_beside_a_table_in_a_loop_through_a_bucket_lowers_once() -> None:
    through = [step("declared", channel=BUCKET), elsewhere(step("declared", channel=end("dynamodb", "seen")))]
    finding = judged(*through, graph=guessing("seen"))
    assert (finding.confidence, len(finding.guards)) == ("likely", 2)


def queue(*bounds: str, name: str = "jobs") -> Declared:
    return Declared(end("sqs", name), name, "AWS::SQS::Queue", HERE, ("arn:", name), bounds=bounds)


@pytest.mark.parametrize(
    ("bounds", "evidence", "severity"),
    [
        (("jobs has a dead-letter queue (maxReceiveCount 5)",), "granted", "warning"),
        (("jobs has a dead-letter queue (maxReceiveCount 5)",), "declared", "error"),
        (("work has a reserved concurrency of 2",), "granted", "warning"),
        ((), "declared", "error"),
        (("jobs has a dead-letter queue (maxReceiveCount 5)",), "broad", "info"),
    ],
)
def test_safety_nets_of_a_loop_that_is_allowed_are_named_and_end_nothing(
    bounds: tuple[str, ...], evidence: str, severity: str
) -> None:
    """A handler that succeeds and sends a new message starts again at a receive count of 1."""
    allowed = judged(step(evidence), graph=world(queue(*bounds), loop_allowed=HERE))
    assert (allowed.severity, allowed.safety_nets, allowed.runtime_protection) == (severity, bounds, "off")
    watched = judged(step(evidence), graph=world(queue(*bounds)))
    assert (watched.severity, watched.runtime_protection) == (severity, "stops")


def test_a_dead_letter_queue_that_is_a_part_of_the_loop_bounds_nothing() -> None:
    bound = "jobs has a dead-letter queue (maxReceiveCount 5)"
    graph = world(queue(bound), queue(name="dead"), loop_allowed=HERE)
    dead = end("sqs", "dead")
    finding = judged(forward(JOBS, dead, kind="redrive"), step(channel=dead), graph=graph)
    assert (finding.safety_nets, finding.severity) == ((), "warning")


@pytest.mark.parametrize(
    ("cycle", "protection"),
    [
        ([step()], "stops"),
        ([step(channel=TOPIC)], "stops"),
        ([step(channel=BUCKET)], "stops"),
        ([step(), step(channel=TOPIC), step(channel=BUCKET)], "stops"),
        ([step(channel=WORK, implicit=True)], "stops"),
        ([step(channel=end("dynamodb", "seen"))], "none"),
        ([step(channel=end("kinesis", "stream"))], "none"),
        ([step(), step(channel=end("events", "bus"))], "none"),
        ([step(consumer=MACHINE, actor=MACHINE)], "none"),
        ([forward(JOBS, end("sqs", "dead")), forward(end("sqs", "dead"), JOBS)], "none"),  # no function runs
        ([step(channel=WORK, implicit=True, events=BY_URL)], "none"),
        ([step(channel=WORK, implicit=True, events=frozenset({"invoke"}))], "stops"),
        ([step(channel=BUCKET, kind="rule")], "none"),
        ([step(channel=BUCKET, via=("Rule",))], "none"),
        ([step(), step(channel=BUCKET, via=("Rule",))], "none"),
        ([step(by=statement()._replace(through=Through("by assuming Publisher")))], "stops"),
        ([step(by=statement()._replace(through=Through("by a job", passed=True)))], "none"),
        ([step("declared"), step(by=statement()._replace(through=Through("by a job", passed=True)))], "none"),
    ],
)
def test_what_aws_stops_by_itself(cycle: Cycle, protection: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
    assert judged(*cycle).runtime_protection == protection
    off = "off" if protection == "stops" else protection
    assert judged(*cycle, graph=world(loop_allowed=HERE)).runtime_protection == off


@pytest.mark.parametrize(
    ("services", "rule"),
    [
        (("logs", "s3"), "logs-loop"),
        (("s3", "sqs"), "s3-loop"),
        (("sqs", "sns"), "sqs-loop"),
        (("sns", "dynamodb"), "sns-loop"),
        (("dynamodb", "kinesis"), "dynamodb-loop"),
        (("kinesis", "firehose"), "kinesis-loop"),
        (("firehose", "events"), "firehose-loop"),
        (("events", "iot"), "eventbridge-loop"),
        (("iot", "states"), "iot-loop"),
        (("states", "lambda"), "stepfunctions-loop"),
        (("lambda", "ssm"), "lambda-loop"),
        (("ssm", "unheard-of"), "other-loop"),
        (("unheard-of",), "other-loop"),
    ],
)
def test_the_rule_is_that_of_the_channel_where_a_remedy_breaks_the_loop_first(
    services: tuple[str, ...], rule: str
) -> None:
    for order in (services, services[::-1]):
        assert judged(*(step(channel=end(service, "it")) for service in order)).rule == rule


def test_a_channel_that_is_written_to_counts_before_one_that_only_forwards() -> None:
    topic = end("sns", "news")
    assert judged(forward(JOBS, WORK), step(channel=topic, consumer=JOBS)).rule == "sns-loop"
    assert judged(forward(JOBS, topic), forward(topic, JOBS)).rule == "sqs-loop"
    assert judged(step(), step(channel=WORK, implicit=True)).rule == "sqs-loop"
    started = step(channel=end("states", "machine"), implicit=True)
    assert judged(started, forward(topic, JOBS)).rule == "sns-loop"


def test_the_example_is_of_a_step_with_a_key_and_never_of_a_call() -> None:
    def seen(event: str | None, key: str | None = None, implicit: bool = False) -> Step:
        return step(implicit=implicit)._replace(meeting=Meeting("all", event, key))

    assert judged(seen("sent"), seen("put", "a.txt")).witness == ("put", "a.txt")
    assert judged(seen("sent"), seen(None, "a.txt")).witness == ("sent", None)
    assert judged(seen("invoke", implicit=True), seen("sent")).witness == ("sent", None)
    assert judged(seen("invoke", implicit=True)).witness is None


def test_the_resources_of_a_loop_are_told_with_types_and_places() -> None:
    text = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {EventBridgeConfiguration: {}}}
  Created:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail: {bucket: {name: [!Ref Bucket]}}}
      Targets: [{Id: work, Arn: !GetAtt Work.Arn}]
  Work:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: put
          PolicyDocument:
            Statement: [{Effect: Allow, Action: s3:PutObject, Resource: !Sub '${Bucket.Arn}/*'}]
"""
    (finding,) = lint(["-"], stdin=text).findings
    assert [(node.resource, node.type, node.line) for node in finding.cycle] == [
        ("Bucket", "AWS::S3::Bucket", 3),
        ("Created", "AWS::Events::Rule", 6),
        ("Work", "AWS::Lambda::Function", 11),
    ]
    assert {node.file for node in finding.cycle} == {"<stdin>"}
    assert [(hop.source, hop.target, hop.kind, hop.evidence) for hop in finding.hops] == [
        ("Bucket", "Work", "rule", "declared"),
        ("Work", "Bucket", "write", "granted"),
    ]
    assert finding.hops[1].reason == "Work may write to Bucket (Role: s3:PutObject)"


def test_what_is_declared_elsewhere_has_a_name_and_no_place() -> None:
    (bucket, work) = judged(step(channel=BUCKET)).cycle
    assert bucket[:4] == ("in", "s3", "", 0)
    assert work[:4] == ("work", "lambda", "", 0)


TASK, REQUESTS, MORE = (
    end("ecs", "task"),
    end("s3-log", "in"),
    tuple(end("sqs", f"part{at}") for at in range(1, 6)),
)


def called(evidence: str, machine: Endpoint) -> Step:
    """Something that starts itself, with nothing between."""
    return step(evidence, channel=machine, consumer=machine, actor=machine, implicit=True)


def around(*cycle: Step) -> Cycle:
    """Each step from where the one before it ends."""
    return tuple(one._replace(start=cycle[at - 1].end) for at, one in enumerate(cycle))


@pytest.mark.parametrize(
    ("cycle", "message"),
    [
        ([step("declared")], "work re-triggers itself through jobs"),
        ([step()], "work may re-trigger itself through jobs"),
        ([step("broad")], "work may re-trigger itself through jobs"),
        ([step("declared", "some")], "work may re-trigger itself through jobs"),
        ([step(actor=TASK, consumer=TASK)], "task may re-trigger itself through jobs"),
        ([step("declared", channel=WORK, implicit=True)], "work invokes itself"),
        ([step(channel=WORK, implicit=True)], "work may invoke itself"),
        ([called("declared", MACHINE)], "machine starts itself"),
        ([called("assumed", MACHINE)], "machine may start itself"),
        ([called("declared", TASK)], "task starts itself"),
        ([called("assumed", TASK)], "task may start itself"),
        ([forward(REQUESTS, REQUESTS)], "in logs to itself"),
        ([forward(JOBS, MORE[0]), forward(MORE[0], JOBS)], "jobs feeds itself through part1"),
        ([forward(WORK, JOBS), forward(JOBS, WORK)], "work re-triggers itself through jobs"),
        # A call is told only where there is no channel.
        (
            [step(channel=end("lambda", "other"), implicit=True), step(actor=end("lambda", "other"))],
            "other may re-trigger itself through jobs → work",
        ),
        # A delivery of logs is told only where there is no other write.
        (
            [
                step(actor=REQUESTS, channel=BUCKET)._replace(
                    write=Write(REQUESTS, BUCKET, "", HERE, "access-log")
                ),
                step(),
            ],
            "work may re-trigger itself through jobs → in",
        ),
        (
            [step(channel=queue) for queue in MORE[:4]],
            "work may re-trigger itself through {1} → {2} → {3} → {4}",
        ),
        (
            [step(channel=queue) for queue in MORE],
            "work may re-trigger itself through {1} → {2} → {3} → 2 more",
        ),
    ],
)
def test_the_message_says_who_and_through_what_and_is_no_surer_than_the_loop(
    cycle: Cycle, message: str
) -> None:
    expected = message.format(*(f"part{at}" for at in range(6)))
    assert judged(*around(*cycle)).message == expected


def test_a_long_loop_is_told_from_its_first_trigger_on() -> None:
    """jobs → work → news → dead → machine → work: a call is a hop without a channel of its own."""
    dead = end("sqs", "dead")
    cycle = around(
        step(channel=TOPIC, consumer=dead, via=("Subscription", "Filter")),
        forward(dead, MACHINE),
        step("defined", actor=MACHINE, implicit=True, channel=WORK),
    )
    declared = (
        Declared(
            TOPIC, "News", "AWS::SNS::Topic", Span("news.yaml", 4, 3, 4, 9), ("arn",), stack=("Out", "In")
        ),
        Declared(end("sns", "other"), "Subscription", "AWS::SNS::Subscription", HERE, ("arn:", "other")),
        Declared(WORK, "Work", "AWS::Lambda::Function", HERE, ("arn:", "work")),
    )
    finding = judged(*cycle, graph=world(*declared))
    assert tuple(node[:4] for node in finding.cycle) == (
        ("Work", "AWS::Lambda::Function", "template.yaml", 7),
        ("Out", "AWS::CloudFormation::Stack", "news.yaml", 4),
        ("In", "AWS::CloudFormation::Stack", "news.yaml", 4),
        ("News", "AWS::SNS::Topic", "news.yaml", 4),
        ("Subscription", "AWS::SNS::Subscription", "template.yaml", 7),
        ("Filter", "AWS::Events::Rule", "template.yaml", 7),
        ("dead", "sqs", "", 0),
        ("machine", "states", "", 0),
    )
    assert [(hop.source, hop.target, hop.kind, hop.evidence, hop.reason) for hop in finding.hops] == [
        ("Work", "Out/In/News", "write", "granted", "Work may send to Out/In/News"),
        ("Out/In/News", "dead", "trigger", "declared", "Out/In/News triggers dead"),
        ("dead", "machine", "trigger", "declared", "dead triggers machine"),
        ("machine", "Work", "write", "defined", "machine may send to Work"),
    ]
    assert (finding.message, finding.code) == (
        "Work may re-trigger itself through Out/In/News → dead → machine",
        "",
    )


def test_from_one_end_of_a_resource_to_its_other_one_is_no_hop() -> None:
    """A bucket is a channel of its objects, and one of the requests that it logs."""
    bucket = [Declared(one, "Box", "AWS::S3::Bucket", HERE, ("arn:", "in")) for one in (BUCKET, REQUESTS)]
    cycle = around(forward(BUCKET, REQUESTS), step(actor=REQUESTS), step(channel=BUCKET, consumer=REQUESTS))
    finding = judged(*cycle, graph=world(*bucket))
    assert [(hop.source, hop.target) for hop in finding.hops] == [
        ("Box", "jobs"),
        ("jobs", "work"),
        ("work", "Box"),
    ]


def test_resources_of_the_same_name_are_not_one() -> None:
    """Two stacks call their queues the same; a topic and its queue have the name of one parameter."""
    queues = [
        Declared(
            one, "Queue", "AWS::SQS::Queue", HERE._replace(file=f"{one.name[0]}.yaml"), ("arn:", *one.name)
        )
        for one in MORE[:2]
    ]
    ring = around(forward(MORE[0], MORE[1]), forward(MORE[1], MORE[0]))
    finding = judged(*ring, graph=world(*queues))
    assert finding.message == "Queue feeds itself"
    assert [(hop.source, hop.target) for hop in finding.hops] == [("Queue", "Queue")] * 2
    assert {node.file for node in finding.cycle} == {"part1.yaml", "part2.yaml"}
    news = end("sqs", "news")
    finding = judged(*around(step(channel=TOPIC, consumer=news), forward(news, WORK)))
    assert [(hop.source, hop.target) for hop in finding.hops] == [
        ("news", "work"),
        ("work", "news"),
        ("news", "news"),
    ]


def test_a_channel_known_by_a_parameter_alone_is_what_the_grant_says() -> None:
    one = step(channel=Endpoint("?", ("queue-arn",)))
    assert one.write is not None
    for service, rule, protection in (("sqs", "sqs-loop", "stops"), ("kinesis", "kinesis-loop", "none")):
        finding = judged(one._replace(write=one.write._replace(granted_on=service)))
        assert (finding.rule, finding.runtime_protection) == (rule, protection)
    assert judged(one).rule == "other-loop"


def test_what_the_witnesses_said_is_told_once() -> None:
    graph = world(*QUEUES, mentions=(mention("TARGET", "jobs"), mention("NEXT", "jobs")))
    finding = judged(step(), step(), graph=graph)
    assert finding.because == ("TARGET is Jobs (line 7)", "NEXT is Jobs (line 7)")
    assert judged(step()).because == ()


def test_the_fingerprint_tells_loops_apart_and_says_nothing_of_places() -> None:
    def known(line: int, file: str = "template.yaml", rule_of: Endpoint = JOBS) -> str:
        place = HERE._replace(file=file, line=line)
        graph = world(Declared(rule_of, "Channel", "AWS::SQS::Queue", place, ("arn:", "channel")))
        return judged(step(channel=rule_of), graph=graph).fingerprint

    assert known(3) == known(8)
    assert len({known(3), known(3, "other.yaml"), known(3, rule_of=TOPIC), judged(step()).fingerprint}) == 4
