"""A rule on API calls starts a target that makes the same calls.

## What it finds

A rule on `AWS API Call via CloudTrail` events whose target's role allows a call that the rule matches: a function
that corrects the tags of new instances and is started by `CreateTags`, one that repairs a bucket's policy and is
started by `PutBucketPolicy`. The names of calls are matched with IAM actions, with their exceptions
(`DeleteObjects` is allowed by `s3:DeleteObject`, `Invoke` by `lambda:InvokeFunction`).

An action that is spelled out in the policy makes a warning; one that a wildcard or a managed policy brings makes
info. Recorded calls on the objects of a bucket belong to `s3-loop`.

## Why it is bad

Correction is what such rules are for, and the correction is an API call: the function wakes itself, sees that
all is well if it was written carefully, and changes it once more if it was not. AWS uses this very loop, about an
access control list that is changed back and forth, to warn of EventBridge. Nothing stops it: Lambda's detection
of recursive loops does not follow events through EventBridge.
[Cloud Custodian](https://github.com/cloud-custodian/cloud-custodian/issues/3238) ran about 4,000 times for each
bucket in this way, and
[another governance tool](https://github.com/reply-fr/sustainable-personal-accounts/issues/19) spent over 1,000
dollars at 380 invocations a second.

## Example

```yaml
Tagger:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - Statement:
          - Effect: Allow
            Action: ec2:CreateTags
            Resource: "*"
    Events:
      Tagged:
        Type: EventBridgeRule
        Properties:
          Pattern:
            source: [aws.ec2]
            detail-type: [AWS API Call via CloudTrail]
            detail:
              eventSource: [ec2.amazonaws.com]
              eventName: [RunInstances, CreateTags]     # CreateTags is what Tagger does
```

## How to break it

1. **Leave the role's own calls out**: `detail.userIdentity.sessionContext.sessionIssuer.userName:
   [{anything-but: [!Ref TaggerRole]}]`, with the name of the role that the function runs under. This is
   provable, and the finding goes away.
2. **Narrow `eventName`** to the calls that make the bad state, and do not correct with one of them.
3. **Match the bad state only**: a filter on `detail.requestParameters` that the corrected call does not pass. The
   linter cannot compare the two, so the finding becomes info.
4. **Look before changing**, in code: a correction that finds nothing to correct makes no call. Costs one more
   invocation for each correction.

## What is not reported

- Read-only calls (`Get`, `List`, `Describe`), which a rule sees only with the state
  `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
- Calls that the role's policies deny for all resources.
- Rules with `State: DISABLED`, and rules that name neither a service nor a source.
- Whether a trail exists that records the call: data events (a Lambda `Invoke`, an object's `PutObject`) reach
  EventBridge only when a trail selects them.

## Read more

- [Events of CloudTrail in EventBridge](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html)
- [PutRule, on infinite loops](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html)
- [userIdentity](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("api-call-loop", "R2200", ("error", "warning", "info"), __doc__)
