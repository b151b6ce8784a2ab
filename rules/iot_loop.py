"""A loop through AWS IoT topics.

## What it finds

A topic rule that republishes to a topic which its own SQL statement selects; and a function, state machine or
other consumer started by a rule that may publish to such a topic, directly or over other resources.

Topics are compared level by level: `+` is one level, `#` all the rest, and neither takes topics that begin with
`$` when it stands first. `${topic(2)}` in the topic of a Republish action is the second level of the rule's filter.

## Why it is bad

Every message makes another one. Rules run at once and without a limit of their own, Lambda's recursion detection
does not know IoT, and each round is charged: the message, the rule, the action and the function. AWS warns of a
circular rule "that causes an infinite loop".

## Example

```yaml
AlarmRule:
  Type: AWS::IoT::TopicRule
  Properties:
    TopicRulePayload:
      Sql: SELECT * FROM 'plant/#' WHERE temperature > 60
      Actions:
        - Republish:
            Topic: plant/alarms
            RoleArn: !GetAtt RuleRole.Arn
```

`plant/alarms` is a topic of `plant/#`, and the message is still as hot as it was.

## How to break it

1. Republish to a topic that no rule on the way selects: `alarms/plant`.
2. Narrow the filter so that it names the level that devices write: `plant/+/telemetry`.
3. Allow a function to publish only where no rule listens: `topic/alarms/*` rather than `*`.

## What is not reported

- A rule with `RuleDisabled: true`.
- Topics that cannot meet: `a/+/in` and `a/b/out`.
- A `WHERE` clause is not evaluated. Where it may end the loop, the finding is an *info* that names the clause; a rule
  with `SELECT *` whose clause reads only the message passes its own message again, and that is an *error*.
- Devices: what they publish in answer to a message is not in the template.

## Read more

- [Creating a rule, with the warning of circular rules](https://docs.aws.amazon.com/iot/latest/developerguide/iot-create-rule.html)
- [The republish action](https://docs.aws.amazon.com/iot/latest/developerguide/republish-rule-action.html)
- [MQTT topics and filters](https://docs.aws.amazon.com/iot/latest/developerguide/topics.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("iot-loop", "R2100", ("error", "warning", "info"), __doc__)
