"""A trail records the delivery of its own log files.

## What it finds

A CloudTrail trail whose data events take in the objects that it writes itself: its event selectors name all
buckets (`arn:aws:s3`), the log bucket, or a prefix that the log files lie under. Two trails that record each
other's bucket make the same loop.

## Why it is bad

CloudTrail delivers a log file with `PutObject`. If that request is recorded, it goes into the next log file, whose
delivery is recorded again: data events that are paid for, every few minutes, for ever. Nothing stops it.

## Example

```yaml
Trail:
  Type: AWS::CloudTrail::Trail
  Properties:
    IsLogging: true
    S3BucketName: !Ref TrailLogs
    EventSelectors:
      - DataResources:
          - Type: AWS::S3::Object
            Values: ["arn:aws:s3"]      # every bucket, TrailLogs too
```

## How to break it

1. **Name the buckets that matter**: `Values: [!Sub "${Data.Arn}/"]`. New buckets have to be added by hand.
2. **Exclude the log bucket** with an advanced selector: `Field: resources.ARN`,
   `NotStartsWith: [!Sub "${TrailLogs.Arn}/"]`. All other buckets stay recorded.
3. **Record reads only** (`ReadWriteType: ReadOnly`), if writes are not needed.

## What is not reported

- Trails with `IsLogging: false`, selectors for reads only, and trails without data events (the default).
- Selectors that need a field of which a template says nothing (`userIdentity.arn`): a note says so.
- Log buckets that are declared elsewhere are reported as likely: all buckets are those of the account.

## Read more

- [Logging data events](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("cloudtrail-loop", "R3200", ("error", "warning", "info"), __doc__)
