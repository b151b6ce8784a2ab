"""A Firehose delivery stream calls a function that puts records back on it.

## What it finds

A loop that is closed by `PutRecord` or `PutRecordBatch` on a delivery stream: mostly by the stream's own
transform function, which may also write to the stream that it transforms. A loop through the objects that a
stream delivers belongs to the bucket's rule, one through its error log to the log group's.

## Why it is bad

The transform runs again for each record that it puts. Putting back what did not fit into a response of 6 MB is a
known technique, and harmless as long as each round gets smaller; a record that is always too large, or a
condition turned round, makes it endless. Lambda's recursive loop detection does not cover Firehose.

## Example

```yaml
Shrink:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - FirehoseWritePolicy: {DeliveryStreamName: !Ref Delivery}
Delivery:
  Type: AWS::KinesisFirehose::DeliveryStream
  Properties:
    ExtendedS3DestinationConfiguration:
      ProcessingConfiguration:
        Processors:
          - Type: Lambda
            Parameters: [{ParameterName: LambdaArn, ParameterValue: !GetAtt Shrink.Arn}]
```

## How to break it

1. **Return the records** instead of putting them back: a transform may answer `Dropped`, `Ok` or
   `ProcessingFailed` for each. Smaller buffers (`BufferSizeInMBs`) keep the response below its limit.
2. **Put them on another stream**, and grant only that one. One more resource.
3. **Count the rounds in the record**, and let a record that has been round before pass. A template does not show
   that: accept the finding with a suppression.

## What is not reported

- Transforms with `ProcessingConfiguration.Enabled: false`.
- Grants on a stream that reads from Kinesis or MSK: such a stream refuses `PutRecord`.
- Objects whose keys cannot pass the bucket's filter. A prefix is followed up to its first `!{expression}`; where
  there is none, Firehose adds folders for the hour.

## Read more

- [Transform source data](https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html)
- [Custom prefixes for S3 objects](https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("firehose-loop", "R1600", ("error", "warning", "info"), __doc__)
