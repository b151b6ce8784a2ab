"""A notification filter has a wildcard, which S3 takes literally.

## What it finds

`*` or `?` in the prefix or the suffix of a bucket's notification filter.

## Why it is bad

A prefix is compared letter by letter. `*.jpg` as a suffix matches keys that end in an asterisk, a dot and
`jpg`: in practice none, so the function is never started and nobody is told. A filter that was meant to keep
a function away from its own output may then be taken out again "because it does not work", and the loop
that it would have prevented begins.

The deployment succeeds: S3 only checks that filters do not overlap.

## Example

```yaml
LambdaConfigurations:
  - Event: s3:ObjectCreated:*
    Function: !GetAtt Resize.Arn
    Filter:
      S3Key:
        Rules:
          - Name: suffix
            Value: "*.jpg"       # write .jpg
```

## How to break it

1. **Leave the wildcard out**: a prefix matches whatever follows, a suffix whatever precedes. Costs nothing.
2. **For a wildcard in the middle** (`in/*/raw/`) send the bucket's events to EventBridge and match
   `detail.object.key` with `{"wildcard": "in/*/raw/*"}`. Lambda does not stop loops through EventBridge.
3. **If the key really holds the character**, write it URL-encoded (`%2A`, `%3F`), as S3 wants all special
   characters in filters.

## What is not reported

- Wildcards in event types (`s3:ObjectCreated:*`) and in EventBridge patterns, where they work.
- A value that is a parameter without a known value.

## Read more

- [Notification types with filtering](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)
- [Wildcards in EventBridge patterns](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from recursion_lint.assessment.ruleset import rule, wrongly_set_up
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Trigger
from recursion_lint.model.loops import FindingHop
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Text, render
from recursion_lint.services.s3.notifications import is_notification

if TYPE_CHECKING:
    from recursion_lint.model.findings import Finding

NAME = "wildcard-in-s3-filter"


def check(graph: EventGraph, cycles: Sequence[Cycle]) -> Iterator[Finding]:
    """One finding for each filter value with a wildcard in it."""
    seen: set[tuple[Span, Text]] = set()
    for vertex in graph.vertices:
        trigger = vertex.trigger
        if not is_notification(trigger):
            continue
        for pattern in trigger.accepts.keys[0][0] if trigger.accepts.keys else ():
            known = (trigger.span, pattern)
            if known not in seen and any(isinstance(part, str) and set(part) & set("*?") for part in pattern):
                seen.add(known)
                yield _finding(graph, trigger, pattern)


def _finding(graph: EventGraph, trigger: Trigger, pattern: Text) -> Finding:
    part, value = ("suffix", pattern[1:]) if pattern[0] == ANY else ("prefix", pattern[:-1])
    bucket, consumer = graph.node(trigger.channel), graph.node(trigger.consumer)
    reason = f"{consumer.resource} only gets keys that {'end' if part == 'suffix' else 'begin'} with {render(value)}"
    message = f'The {part} "{render(value)}" is literal: S3 knows no wildcards in filters'
    ends = bucket.resource, consumer.resource
    hop = FindingHop(*ends, trigger.kind, "declared", reason, trigger.span)
    return wrongly_set_up(NAME, "warning", message, trigger.span, (bucket, consumer), (hop,))


RULE = rule(NAME, "R4300", ("warning",), __doc__, check)
