"""A bucket's access logs are delivered to a bucket whose deliveries are logged in turn.

## What it finds

Server access logging (`LoggingConfiguration`) that leads back to where it began: a bucket that logs to itself, or
two and more buckets that log to each other in a ring. A configuration with a `LogFilePrefix` and without a
`DestinationBucketName` logs to its own bucket.

## Why it is bad

The delivery of a log file is a request to the bucket that gets it, so it is logged, and that log is delivered
again: the bucket fills up with logs about logs, for as long as it exists, and the entries about real requests are
hard to find among them. Nothing stops it. A `LogFilePrefix` does not help: it tells the files apart, it does not
keep S3 from writing them.

## Example

```yaml
Uploads:
  Type: AWS::S3::Bucket
  Properties:
    LoggingConfiguration:
      LogFilePrefix: logs/        # no DestinationBucketName: the bucket logs to itself
```

## How to break it

1. **Log to a bucket of its own** that does not log: `DestinationBucketName: !Ref AccessLogs`. One more bucket,
   which may serve many; give it a lifecycle rule.
2. **Leave out the logging of the log bucket**: with CloudTrail or an organisation-wide rule for its few requests.

## What is not reported

- Chains that end in a bucket without logging.
- Branches of `Fn::If`, and buckets with a `Condition`, that cannot hold together.
- A `LoggingConfiguration` that a stack's parameter points to a bucket elsewhere.
- Replication to and fro: S3 does not replicate replicas.

## Read more

- [Enabling server access logging](https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html)
- [LoggingConfiguration](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-loggingconfiguration.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("s3-access-log-loop", "R3100", ("error",), __doc__)
