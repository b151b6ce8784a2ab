"""A log group is delivered to something that logs to that group.

## What it finds

A loop through CloudWatch Logs: a subscription filter, or an account policy that subscribes every log group, sends
log events to a function, a Kinesis stream or a delivery stream, and what handles them writes to a log group that
is subscribed as well. The log groups that Lambda makes for functions (`/aws/lambda/<name>`, or the one in
`LoggingConfig`) count although no template names them, and so do the logs of state machines, delivery streams,
builds, tasks and jobs.

## Why it is bad

Each invocation writes at least three lines, and each line starts the next invocation. Logs are paid for by volume,
Lambda's recursive loop detection does not cover them, and an account policy brings the loop into every account
that the template is rolled out to.

## Example

```yaml
ShipEverything:
  Type: AWS::Logs::AccountPolicy
  Properties:
    PolicyName: ship-everything
    PolicyType: SUBSCRIPTION_FILTER_POLICY
    PolicyDocument: !Sub '{"DestinationArn": "${Lines.Arn}", "RoleArn": "${ShipRole.Arn}", "FilterPattern": ""}'
    # no SelectionCriteria: the log group of the function that reads Lines is subscribed too
```

## How to break it

1. **Leave out the groups of the delivery itself**: `SelectionCriteria: 'LogGroupName NOT IN ["/aws/lambda/reader"]'`
   on the policy; no subscription on the log groups of functions that handle log events. Costs nothing; those
   functions' logs stay in CloudWatch.
2. **Give the handler a log group of its own** with `LoggingConfig.LogGroup`, if the subscribed one is shared.
3. **Narrow `FilterPattern`** to lines that the handler never writes. A linter cannot check that, so the finding
   stays, as information.

## What is not reported

- A function that is subscribed to its own log group: AWS refuses that, and an account policy leaves out the group
  of the function that it delivers to.
- Permission to log, `logs:PutLogEvents` on whatever: nearly every role has it.
- Log groups that nobody is subscribed to in the templates at hand. A function that may subscribe log groups when it
  runs (`logs:PutSubscriptionFilter`) is noted, with the groups that its code must leave out.
- A filter pattern makes the finding weak: what the log lines hold is not in a template.

## Read more

- [Preventing recursion](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-recursion-prevention.html)
- [Account-level subscription filters](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters-AccountLevel.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("logs-loop", "R2000", ("error", "warning", "info"), __doc__)
