"""A function writes to the table whose stream triggers it.

## What it finds

A loop through a table's changes: the consumer of its stream, or of the Kinesis stream that the table copies
its changes to, may put, update or delete items of the same table.

The filter on `eventName` is compared with the actions of the grant: `PutItem` and `UpdateItem` make `INSERT`
or `MODIFY`, `DeleteItem` makes `REMOVE`.

## Why it is bad

**AWS does not stop it.** Lambda's recursion detection follows SQS, SNS, S3 and direct invocations; a stream
record carries no trace of what caused it. The loop runs until someone notices the bill: writes, stream
reads and invocations, as fast as the shards deliver.

A write that changes nothing makes no stream record, so a function that always computes the same item ends
after one more round. A timestamp or a counter in the item is enough to keep it going.

## Example

```yaml
Index:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - DynamoDBCrudPolicy:
          TableName: !Ref Orders
    Events:
      Changes:
        Type: DynamoDB
        Properties:
          Stream: !GetAtt Orders.StreamArn
          StartingPosition: LATEST
```

## How to break it

1. **Only read** where the function does not write: `DynamoDBReadPolicy`. The stream itself needs no grant
   of yours in a SAM event.
2. **Write to a second table**. Costs a table, and a join where both are read.
3. **Filter by event name, and narrow the grant**: `FilterCriteria` with `{"eventName": ["REMOVE"]}` and a
   grant of `PutItem` alone is proved safe. `INSERT` is not safe with `UpdateItem`, which inserts what is
   missing.
4. **Filter by a marker**: `{"dynamodb": {"NewImage": {"processed": {"BOOL": [{"exists": false}]}}}}`, set
   by the function with each write. Costs an attribute; the finding is lowered, as the template cannot show
   that the function sets it.
5. **Write only what differs**: a condition expression on the write. Costs one more stream record per change,
   and a template does not show it: suppress the finding with the reason.

## What is not reported

- Actions whose events the filter leaves out, and reads of any kind.
- Grants on an index (`table/Orders/index/*`) or on the stream (`table/Orders/stream/*`): neither is a write
  to the table.
- Tables without a consumer of their stream; mappings with `Enabled: false`.

## Read more

- [Streams of DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)
- [Filtering events of a DynamoDB stream](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html)
- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("dynamodb-loop", "R1400", ("error", "warning", "info"), __doc__)
