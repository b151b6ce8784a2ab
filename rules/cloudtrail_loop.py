"""A trail records what it does, or what the files that it delivers start.

## What it finds

A CloudTrail trail whose data events take in the objects that it writes itself: its event selectors name all
buckets (`arn:aws:s3`), the log bucket, or a prefix that the log files lie under. Two trails that record each
other's bucket make the same loop.

Also a function, a task or a state machine that the log files start, or the lines that the trail sends to a log group,
and whose own requests the trail records: it reads or writes objects of a bucket in the selectors (its log files, to
begin with), its invocations are data events of the trail, or it makes calls to the account, which the trail sends to
the log group.

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
3. **Record reads only** (`ReadWriteType: ReadOnly`), if writes are not needed, or writes only, where it is the reads
   of what handles the files.

## What is not reported

- Trails with `IsLogging: false`, and trails without data events (the default) whose lines nobody is subscribed to.
- Selectors that need a field of which a template says nothing (`userIdentity.arn`): a note says so.
- Log buckets that are declared elsewhere are reported as likely: all buckets are those of the account.

## Read more

- [Logging data events](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html)
"""

from __future__ import annotations

from recursion_lint.assessment.ruleset import rule

RULE = rule("cloudtrail-loop", "R3200", ("error", "warning", "info"), __doc__)
