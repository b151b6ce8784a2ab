"""A function on a loop has AWS's recursion detection switched off, and nothing else ends it.

## What it finds

`RecursiveLoop: Allow` on a function of a loop that AWS would otherwise stop (one that runs only through
Lambda, SQS, SNS and S3). A dead-letter queue, `maxReceiveCount` and reserved concurrency do not silence it:
they end no loop whose handler succeeds and sends a new message. `maxReceiveCount` counts how often *one*
message is received; a new one begins at 1, and never reaches the dead-letter queue. Reserved concurrency caps
the speed, not the number of rounds.

## Why it is bad

Lambda stops such a loop after about 16 rounds. `Allow` takes that away from this function: the loop runs
until the code ends it, at whatever speed the account allows. The default of 1,000 concurrent executions at
100 ms each is 10,000 invocations a second; a loop through SQS was reported (aimadetools.com) to have cost
about 14,000 dollars in a week. The metric `RecursiveInvocationsDropped` is not published either, so an alarm
on it stays silent.

`Allow` is the right way to say that a loop is meant, and since 1 November 2026, when the detection was
switched on in the last accounts, the only one. What ends the loop must then be in the code.

## Example

```yaml
Poll:
  Type: AWS::Serverless::Function
  Properties:
    RecursiveLoop: Allow           # a RedrivePolicy of Jobs would not end the loop
    Policies:
      - SQSSendMessagePolicy:
          QueueName: !GetAtt Jobs.QueueName
    Events:
      Job:
        Type: SQS
        Properties:
          Queue: !GetAtt Jobs.Arn
```

## How to break it

1. **Remove `RecursiveLoop: Allow`** if the loop is not meant, or ends within 16 rounds. Costs nothing.
2. **Wait without a loop**: a Step Functions `Wait` state, `DelaySeconds`, or a longer visibility timeout.
3. **Keep it, and count**: let the code count its rounds in the message and stop, then
   [accept the finding](../suppressions-and-baseline.md) and say so. `ReservedConcurrentExecutions` on the
   function caps what a mistake costs an hour; a `RedrivePolicy` with a `maxReceiveCount` of at least 5 takes
   messages that fail.

## What is not reported

- `RecursiveLoop: Allow` on a function that is on no loop, or on one that AWS does not watch (through
  EventBridge, DynamoDB, Kinesis, Step Functions): the property changes nothing there.
- `RecursiveLoop: Terminate`, which is the default.

## Read more

- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Reserved concurrency](https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)
- [Dead-letter queues of SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recursion_lint.assessment.judge import judge
from recursion_lint.assessment.ruleset import rule
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.findings import Finding, Span, confidence_rank, fingerprint, lesser

NAME = "recursion-detection-off"


def check(graph: EventGraph, cycles: Sequence[Cycle]) -> Iterator[Finding]:
    """One finding for each function that allows a loop which AWS would stop: the surest of its loops is told."""
    found: dict[Endpoint, Finding] = {}
    for cycle in cycles:
        for step in cycle:
            function = step.end.trigger.consumer
            actor = graph.actors.get(function)
            if actor is not None and actor.loop_allowed is not None:
                finding = _finding(graph, cycle, graph.label(function), actor.loop_allowed)
                best = found.get(function)
                if finding is not None and (best is None or _rank(finding) < _rank(best)):
                    found[function] = finding
    yield from found.values()


def _finding(graph: EventGraph, cycle: Cycle, function: str, allowed: Span) -> Finding | None:
    loop = judge(cycle, graph)
    if loop.runtime_protection != "off":
        return None
    nodes = tuple(node for node in loop.cycle if node.resource == function) + tuple(
        node for node in loop.cycle if node.resource != function
    )
    return loop._replace(
        rule=NAME,
        severity=lesser(loop.severity, "warning"),
        message=f"{function} allows a loop that AWS would stop, and nothing in the template ends it",
        span=allowed,
        fingerprint=fingerprint(NAME, nodes),
    )


def _rank(finding: Finding) -> tuple[object, ...]:
    names = sorted(node.resource for node in finding.cycle)
    return confidence_rank(finding.confidence), len(finding.hops), names


RULE = rule(NAME, "R5100", ("warning", "info"), __doc__, check)
