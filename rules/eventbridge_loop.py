"""A target of an EventBridge rule puts the events that the rule matches.

## What it finds

A loop through an event bus: a rule passes events on to a function, a state machine, a queue or another bus, and
what they start may put events on that bus which the same rule matches. An asynchronous destination on a bus, a
pipe that ends on one and a subscriber of a custom event bus (`AWS::EventsV2`) are hops like any other.

Rules are compared with what a grant, a definition or a destination can put there. `source` and `detail-type`
are decided exactly: against `events:source` and `events:detail-type` conditions of the policy, the values that a
pipe or a Lambda destination stamps on its events, and the entries of a `putEvents` task. A grant without such a
condition may put anything, so the pattern alone is a guard that nobody can check: the finding is then info.

Object events of S3 that arrive by a rule belong to `s3-loop`, recorded API calls to `api-call-loop`.

## Why it is bad

AWS says so itself: "it is possible to create rules that lead to infinite loops, where a rule is fired
repeatedly". Lambda's detection of recursive loops does not see through EventBridge, there is no count of rounds,
and each event may have several targets, so a loop grows as fast as its fan-out. One team paid
[about 14,000 dollars](https://blog.datachef.co/) for a loop of EventBridge and Step Functions.

## Example

```yaml
Enrich:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - Statement:
          - Effect: Allow
            Action: events:PutEvents
            Resource: !GetAtt Orders.Arn
            Condition:
              StringEquals:
                events:source: shop.orders
    Events:
      Placed:
        Type: EventBridgeRule
        Properties:
          EventBusName: !Ref Orders
          Pattern:
            source: [shop.orders]           # what Enrich puts there, too
```

## How to break it

1. **Give what is produced its own `source`**, and hold the role to it: a condition
   `StringEquals: {events:source: shop.enriched}` on `events:PutEvents`, while the rule keeps
   `source: [shop.orders]`. This is provable, and the finding goes away. Costs nothing.
2. **A second bus** for the results. Costs a bus and the grant on it.
3. **A marker in the event**: `detail: {enriched: [{exists: false}]}` in the pattern, and the field in every event
   that is put. The linter cannot see the field, so the finding stays info.
4. **Take the grant away** where the target puts no events.

## What is not reported

- Rules with `State: DISABLED`, and rules that have only a schedule.
- A bus that passes events on to a bus, and so on: EventBridge ends that after one hop (an event sent to another
  bus is not sent on from there). Through a function the event is a new one, and the loop is reported.
- Patterns that only match sources beginning with `aws.`: no customer can put such events.
- Grants whose conditions and the rule's pattern have no event in common.

## Read more

- [PutRule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html)
- [Conditions on PutEvents](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html)
- [From bus to bus](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html)
- [Event patterns](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("eventbridge-loop", "R1700", ("error", "warning", "info"), __doc__)
