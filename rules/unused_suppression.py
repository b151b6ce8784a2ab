"""A suppression or a baseline entry that accepts nothing.

## What it finds

A suppression (a comment or `Metadata`) that no finding needs, and an entry of the baseline whose finding is
gone. Also a suppression that does not count: its end has passed or is no date, it gives no reason where
`require-reason` asks for one, it lacks the word `ignore`, its `Metadata` has a key that is not known.

## Why it is bad

It was right once. When the loop is gone the suppression stays, and accepts the next loop at the same place
without anybody having looked at it. One that never worked lets its author believe that it does: the name of
the rule is misspelt, or the comment stands two lines too high.

A suppression stands for somebody's word that a loop is meant and bounded, because AWS stops only loops that
run through Lambda, SQS, SNS and S3, and none that allow recursion.

## Example

```yaml
Worker:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Job: # recursion-lint: ignore[sqs-loop] -- the retry counter ends it
        Type: SQS
        Properties:
          Queue: !GetAtt Jobs.Arn
    Policies:
      - SQSSendMessagePolicy:
          QueueName: !GetAtt Results.QueueName       # was Jobs: there is no loop any more
```

## How to break it

1. **Remove the suppression**, if its loop is gone. A comment that stays explains nothing.
2. **Correct it**, if the loop is still reported: the name of the rule, the line (that of a step of the loop, of
   a resource on it, or the one before), the date, the reason.
3. **Write the baseline anew** with `recursion-lint baseline`; review the diff: it should only lose lines.

## What is not reported

- A suppression that accepts a finding at any step of the loop, in any of its templates.
- Suppressions of other tools, such as cfn-lint's `ignore_checks`.

To leave this rule out: `ignore = ["unused-suppression"]` in the settings.

## Read more

- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Metadata of a template](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("unused-suppression", "R9100", ("warning",), __doc__)
