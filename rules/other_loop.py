"""A loop through a service without a rule of its own.

## What it finds

A loop whose channel is one of these:

- **Amazon SES**: mail that a receipt rule takes starts a function that may send mail.
- **Amazon Cognito**: a user pool's trigger calls an API that fires the same trigger, as `AdminCreateUser` fires
  PreSignUp.
- **AWS CodeCommit**: a push starts a function that may write to the repository.
- **AWS CodePipeline**: a pipeline runs a build or a function that may write to its source repository, or may start
  the pipeline. (Where the source is a bucket, the loop is an *s3-loop*.)
- **Amazon MSK**: a function reads a topic of a cluster and may write to it.
- **Amazon ECS, AWS Batch, AWS Glue and AWS CodeBuild**: what a task, job or build starts, over rules or functions,
  starts it again.
- **AWS Systems Manager**: a change of a parameter starts what may change the parameter.
- **Work of any other service that tells of it by EventBridge**, or by a topic that a resource names: queries of Athena,
  backups, deployments, snapshots, states of instances, images, crawlers, transcriptions, imported findings, commands,
  changes of tags and more ([the list](../services.md#events-of-services)). What their events start may do what causes
  such an event.

## Why it is bad

None of these is watched by Lambda's recursion detection. A mail loop also costs the sender's reputation, a loop
through a user pool ends in a time-out in front of the user, and a pipeline that commits to its source never
stops building.

## Example

```yaml
UserPool:
  Type: AWS::Cognito::UserPool
  Properties:
    LambdaConfig:
      PreSignUp: !GetAtt LinkAccounts.Arn
```

where the role of `LinkAccounts` allows `cognito-idp:AdminCreateUser` on the pool: each user that it creates is
signed up, which calls it again.

## How to break it

1. Leave the API call that fires the trigger out of the trigger's role, or make it from a queue's consumer.
2. Send mail only to addresses outside of the domains that receipt rules take: a condition on `ses:Recipients`.
3. Keep what a build writes apart from what starts it: another bucket, another key, another branch.
4. Write results to another topic, and name topics in `kafka-cluster:WriteData`.
5. Leave the work that the rule starts out of the rule: `anything-but` on the name of the project, the job, the
   workgroup; and allow the call on resources of other names only.

## What is not reported

- Receipt rules with `Enabled: false`, and mappings that are not enabled.
- Whether a mail goes to an address that a receipt rule takes, or a push to a branch that starts something, is not in
  a template: these findings are an *info*, and say so.
- API Gateway, AppSync and function URLs that a function may call over HTTP: a call needs no grant where the endpoint
  is open, so that the template does not show it.
- Amazon MQ, Amazon DocumentDB and self-managed Kafka: writing to them takes a network connection, not a grant.
- AWS Config rules, CloudWatch alarms and GuardDuty: their loops run over the state of other resources.

## Read more

- [Recursive loop detection of Lambda](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Lambda triggers of a user pool](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html)
- [Receipt rules of Amazon SES](https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("other-loop", "R2300", ("error", "warning", "info"), __doc__)
