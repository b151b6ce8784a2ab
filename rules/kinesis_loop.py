"""A Kinesis data stream feeds a function that puts records back on it.

## What it finds

A loop through a stream: an event source mapping (on the stream, or on an enhanced fan-out consumer of it), a
pipe or a delivery stream reads the records, and what it starts may call `PutRecord` or `PutRecords` on the same
stream, directly or through other functions, queues and tables.

## Why it is bad

Every record comes back, and a batch comes back as a batch: with two records written for one read, the traffic
doubles with each round until the shards throttle. Lambda's recursive loop detection does not cover Kinesis, so
nothing stops it, and the records stay in the stream for at least a day.

## Example

```yaml
Enrich:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Clicks:
        Type: Kinesis
        Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}
    Policies:
      - KinesisCrudPolicy: {StreamName: !Ref Clicks}   # reads, and may write to what it reads
```

## How to break it

1. **Write to a second stream**, and grant `PutRecord` on that one only. Costs a shard.
2. **Read with a read-only policy**: `KinesisStreamReadPolicy` instead of `KinesisCrudPolicy`. The mapping needs
   no more, so it costs nothing where the function only reads.
3. **Count the rounds in the record** and give up after a few. A template does not show that, so the finding
   stays; accept it with a suppression.

## What is not reported

- Mappings with `Enabled: false`.
- Grants on another stream, and grants that only read.
- Filter criteria on the content of records are named as a guard: whether the function's own records pass them
  cannot be told.

## Read more

- [Using Lambda with Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html)
- [Recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("kinesis-loop", "R1500", ("error", "warning", "info"), __doc__)
