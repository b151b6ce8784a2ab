"""A bucket and what it notifies wait for each other, and CloudFormation refuses the stack.

## What it finds

A bucket with a notification whose target, by itself or through its role, its policy or its permission,
refers to the same bucket (`Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`). The usual form is a SAM function
with an S3 event on a bucket and a policy that names the bucket by `!Ref`.

## Why it is bad

S3 checks the targets of a notification when the bucket is created, so they must exist before it:
bucket → function → role → bucket. CloudFormation answers *Circular dependency between resources* and
creates nothing. In a SAM template the ring only appears with the resources that SAM adds, so a linter that
reads the template as written does not see it.

It also tells of a loop to come. Once the reference is written as a name, the template deploys, and if the
policy allows writing, the function can start itself: see `s3-loop`.

## Example

```yaml
Photos:
  Type: AWS::S3::Bucket
Resize:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - S3ReadPolicy:
          BucketName: !Ref Photos      # Resize needs Photos ...
    Events:
      Upload:
        Type: S3
        Properties:
          Bucket: !Ref Photos          # ... and Photos needs Resize
          Events: s3:ObjectCreated:*
```

## How to break it

1. **Name the bucket by a parameter** or a `!Sub` of one: `BucketName: !Ref PhotosName` on the bucket and in
   the policy. The names are equal, and nobody waits. Costs a name that you must keep unique.
2. **Attach the policy from outside**, by an `AWS::IAM::Policy` with `Roles: [!Ref ResizeRole]`: nothing
   waits for it, so it may refer to the bucket. For a moment after creation the function has no permission.
3. **Send the events through EventBridge**: a rule refers to the bucket and the function, and the bucket to
   neither. Filters become more precise; Lambda no longer stops a loop.

## What is not reported

- Names: the same parameter, `!Sub` text or import on both sides.
- `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy` and `AWS::Lambda::Permission` that refer to the bucket from
  outside, as long as nothing on the ring depends on them.
- `Custom::S3BucketNotifications` of the CDK: a resource of its own, made after bucket and function.
- References under conditions that cannot hold together with the notification.

## Read more

- [NotificationConfiguration of a bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-notificationconfig.html)
- [Circular dependencies in CloudFormation](https://repost.aws/knowledge-center/unable-validate-circular-dependency-cloudformation)
- [S3 event of a SAM function](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-s3.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from recursion_lint.assessment.ruleset import rule, wrongly_set_up
from recursion_lint.graph.cycle_search import Cycle
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import CircularReference
from recursion_lint.template.conditions import compatible

if TYPE_CHECKING:
    from recursion_lint.model.findings import Finding

NAME = "circular-notification"


def check(graph: EventGraph, cycles: Sequence[Cycle]) -> Iterator[Finding]:
    """One finding for each bucket that waits for itself."""
    for facts in graph.facts:
        for circle in facts.circular:
            if compatible(circle.requires, graph.conditions):
                yield _finding(circle)


def _finding(circle: CircularReference) -> Finding:
    *before, last = (node.resource for node in circle.nodes)
    message = f"{', '.join(before)} and {last} wait for each other, which CloudFormation refuses"
    return wrongly_set_up(NAME, "error", message, circle.hops[-1].span, circle.nodes, circle.hops)


RULE = rule(NAME, "R4200", ("error",), __doc__, check)
