"""A function writes to the bucket that triggers it.

## What it finds

A loop through a bucket's objects: a notification (to a function, a queue or a topic) starts something that
may write, delete, tag or change objects in the same bucket in a way that fires the same notification. Rings
through several buckets and functions count as well, and so do notifications that a custom resource makes: the
CDK's `Custom::S3BucketNotifications`, the Serverless Framework's `Custom::S3`, and any other that holds a
`NotificationConfiguration`.

Bucket names are compared as text, because templates that deploy repeat a name rather than a `!Ref` (see
`circular-notification`). Prefix, suffix and event type of the notification are intersected with the resource
and the action of the grant; the example in the finding is a key that passes both.

## Why it is bad

One upload becomes an endless chain of invocations, requests and objects, and a chain that writes two objects
a round doubles every round. A loop of this kind was reported (xqa.io, "serverless recursion") to have cost
15,420 dollars in 48 hours.

Lambda recognises a loop that runs only through Lambda, SQS, SNS and S3 and stops it after about 16 rounds.
That is 16 invocations and 16 objects for every upload, each time, and only where the function writes through
a recent AWS SDK, in a region that has the detection. It sees nothing of a loop that passes through
EventBridge, DynamoDB, Step Functions or a container.

## Example

```yaml
Photos:
  Type: AWS::S3::Bucket
  Properties:
    BucketName: !Ref PhotosName
Resize:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - S3CrudPolicy:
          BucketName: !Ref PhotosName    # may write to Photos ...
    Events:
      Upload:
        Type: S3
        Properties:
          Bucket: !Ref Photos            # ... which starts it
          Events: s3:ObjectCreated:*
```

## How to break it

1. **Only read** where the function does not write: `S3ReadPolicy` instead of `S3CrudPolicy`. Costs nothing,
   and is the most frequent answer.
2. **Use two buckets**: read from one, write to the other. Costs a bucket, its name and its lifecycle rules;
   a mistake then stays harmless, and old objects are processed again by copying them.
3. **Separate by key**: a `prefix` (or `suffix`) on the notification, and a grant on
   `arn:aws:s3:::bucket/out/*` only. The filter alone does not show that the function keeps to `out/`; with
   the grant it is proved, and the finding goes away. Costs a second key for each object.
4. **A marker in the metadata**: the producer sets `x-amz-meta-original: true`, the function asks with
   `HeadObject` and returns when it is missing. Costs a second invocation and a request for each object, and
   a producer that can be trusted. A template does not show it, so suppress the finding with the reason.
5. **A table of seen keys**: the bucket starts a function that puts the key into a DynamoDB table; the
   table's stream, filtered to `INSERT`, starts the one that writes back. Costs the table, and a TTL (in
   seconds, not milliseconds) that ends before the key may come again.

| way | same bucket | same key | needs metadata | invocations per object |
|---|---|---|---|---|
| two buckets | no | yes | no | 1 |
| prefix or suffix | yes | no | no | 1 |
| metadata | yes | yes | yes | 2 |
| DynamoDB table | yes | yes | no | 2 for an original, 1 for a processed one |

Reserved concurrency and a budget alarm only bound the bill. To stop a loop that is running, set the
function's reserved concurrency to 0.

## What is not reported

- Writes that cannot fire the notification: `DeleteObject` where only `ObjectCreated` is notified, tagging
  where tags are not, a grant on keys that no filter matches, a `Deny` that covers them.
- Grants on another bucket. Two buckets of one stack have different names, even if both are parameters.
- Functions that may write but that the bucket does not start, such as one that signs upload URLs.
- Notifications and grants whose conditions exclude each other, and functions with a reserved concurrency of 0.

A grant on `*` is reported as info: it includes the bucket, and says nothing about it.

## Read more

- [Avoiding recursive triggers with S3](https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html)
- [Notification types with filtering](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html)
- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Actions on S3 objects](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("s3-loop", "R1100", ("error", "warning", "info"), __doc__)
