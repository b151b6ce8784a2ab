"""Two notifications of a bucket match the same object, and S3 refuses both.

## What it finds

Two notification configurations of one bucket that share an event type and a possible key. Keys are shared
when a string can begin with both prefixes *and* end with both suffixes; a missing prefix or suffix fits
everything. It does not matter whether the targets are functions, queues or topics, or the same one twice,
and SAM's S3 events of all functions count: SAM writes them into the bucket they name.

## Why it is bad

The deployment fails and is rolled back, with a message that names neither of the two:
*Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are
overlapping for the same event type.*

It is listed here because it stands in the way of breaking a loop: a second function that is to take the
output of the first needs a filter that keeps the two apart.

## Example

```yaml
Photos:
  Type: AWS::S3::Bucket
  Properties:
    NotificationConfiguration:
      LambdaConfigurations:
        - Event: s3:ObjectCreated:*
          Function: !GetAtt Resize.Arn
          Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}
        - Event: s3:ObjectCreated:Put
          Function: !GetAtt Index.Arn
          Filter: {S3Key: {Rules: [{Name: suffix, Value: jpg}]}}   # .jpg ends in jpg
```

## How to break it

1. **Make the filters exclude each other**: prefixes of which neither begins with the other, or suffixes of
   which neither ends with the other. Costs nothing; keys may have to move.
2. **Notify one SNS topic** and subscribe both consumers to it: every object reaches both. One more resource
   and one more hop.
3. **Send the bucket's events to EventBridge** (`EventBridgeConfiguration`), whose rules may overlap and can
   match on more than two ends of a key. Lambda does not stop loops that pass through EventBridge.

## What is not reported

- Configurations for different event types, even with the same filter.
- Prefixes or suffixes that are parameters whose values decide: `${In}` and `${Out}` may well differ.
- The same configuration written twice for one consumer: AWS does not say what it does with it.
- Configurations whose conditions cannot hold together, and buckets that are notified by EventBridge rules.

## Read more

- [Notification types with filtering](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)
- [Event types and destinations](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from recursion_lint.assessment.ruleset import rule, wrongly_set_up
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.matching import plainest, readable
from recursion_lint.model.facts import Endpoint, Trigger
from recursion_lint.model.loops import FindingHop
from recursion_lint.model.text import ANY, ONE, Text, render
from recursion_lint.patterns.keys import decide, may_meet
from recursion_lint.services.s3.notifications import is_notification
from recursion_lint.template.conditions import compatible

if TYPE_CHECKING:
    from recursion_lint.model.findings import Finding

NAME = "overlapping-notifications"
MAX_CONFIGURATIONS = 100
"""S3 takes no more for a bucket, so no more are compared. https://docs.aws.amazon.com/general/latest/gr/s3.html"""


def check(graph: EventGraph, cycles: Sequence[Cycle]) -> Iterator[Finding]:
    """One finding for each configuration that overlaps with an earlier one."""
    configured: dict[tuple[str, Endpoint], list[Trigger]] = {}
    for vertex in graph.vertices:
        trigger = vertex.trigger
        if is_notification(trigger):
            # Another template that notifies the bucket replaces this configuration: nothing to compare with.
            configured.setdefault((trigger.span.file, trigger.channel), []).append(trigger)
    for triggers in configured.values():
        triggers.sort(key=lambda trigger: trigger.span)
        for at, later in enumerate(triggers[:MAX_CONFIGURATIONS]):
            found = (_overlap(graph, earlier, later) for earlier in triggers[:at])
            yield from [finding for finding in found if finding is not None][:1]


def _overlap(graph: EventGraph, earlier: Trigger, later: Trigger) -> Finding | None:
    if earlier.accepts.events is None or later.accepts.events is None:
        return None
    if earlier.consumer == later.consumer and earlier.accepts == later.accepts:
        return None  # AWS does not say what it does with an exact repetition
    events = earlier.accepts.events & later.accepts.events
    key = _common_key([*_rules(earlier), *_rules(later)]) if events else None
    if key is None or not _together(graph, earlier, later):
        return None
    bucket, first, second = map(graph.label, (earlier.channel, earlier.consumer, later.consumer))
    targets = f"{first} and {second}" if first != second else f"{first} twice"
    ends = dict.fromkeys((earlier.channel, earlier.consumer, later.consumer))
    nodes = tuple(graph.node(end) for end in ends)
    return wrongly_set_up(
        NAME,
        "error",
        f"{bucket} would notify {targets} of the same object, which S3 refuses",
        later.span,
        nodes,
        (_hop(graph, earlier), _hop(graph, later)),
        # Which of two triggers stands first in the template makes no other finding of it.
        known_by=(nodes[0], *sorted(nodes[1:], key=lambda node: (node.file, node.resource))),
        witness=(min(events, key=plainest), render(key)),
    )


def _rules(trigger: Trigger) -> tuple[Text, ...]:
    return trigger.accepts.keys[0][0] if trigger.accepts.keys else ()


def _common_key(rules: list[Text]) -> Text | None:
    """A key that both filters match whatever the parameters are, or ``None``."""
    wanted = rules or [(ONE, ANY)]
    if not may_meet(wanted):  # most do not, and this is told at a glance
        return None
    decided = decide(wanted)
    if decided.verdict != "overlaps":
        return None
    return readable((ANY,), (ANY,), wanted, []) or decided.witness


def _together(graph: EventGraph, earlier: Trigger, later: Trigger) -> bool:
    needed = (
        earlier.requires | later.requires | graph.requires(earlier.consumer) | graph.requires(later.consumer)
    )
    return compatible(needed | graph.requires(earlier.channel), graph.conditions)


def _hop(graph: EventGraph, trigger: Trigger) -> FindingHop:
    source, target = graph.label(trigger.channel), graph.label(trigger.consumer)
    reason = trigger.reason.replace("{source}", source).replace("{target}", target)
    return FindingHop(source, target, trigger.kind, trigger.evidence, reason, trigger.span)


RULE = rule(NAME, "R4100", ("error",), __doc__, check)
