"""A subscriber publishes to the topic that triggers it.

## What it finds

A loop through a topic: a function that is subscribed to it, directly or through a queue, may publish to the
same topic, or to something that leads back to it. Subscriptions count wherever they are written: as
`AWS::SNS::Subscription`, inside the topic, or as an SNS event of a SAM function.

## Why it is bad

A topic multiplies: each round reaches every subscriber, and two subscribers that both publish double the
messages with each round. Deliveries to e-mail, SMS and HTTP endpoints go out with every round as well, and
no one can take them back.

Lambda stops a loop that runs only through Lambda, SQS, SNS and S3 after about 16 rounds. A loop that goes on
through an EventBridge pipe or an HTTP endpoint is not stopped.

## Example

```yaml
Notify:
  Type: AWS::Serverless::Function
  Properties:
    Policies:
      - SNSPublishMessagePolicy:
          TopicName: !GetAtt Orders.TopicName
    Events:
      Order:
        Type: SNS
        Properties:
          Topic: !Ref Orders
```

## How to break it

1. **Publish to a second topic**: the environment variable and the policy. Costs a topic.
2. **Take the grant away** where the function only listens.
3. **Filter the subscription** by an attribute that the function never sets, for instance
   `FilterPolicy: {stage: [raw]}`. Costs discipline in every publisher, and a change takes up to 15 minutes
   to be effective. A template cannot prove it: the finding is lowered, not removed.
4. **If the loop is meant** (to wait until something is drained, say): `RecursiveLoop: Allow` on the
   function, with reserved concurrency and a counter in the message. A Step Functions `Wait` state does the
   same without a loop.

## What is not reported

- Topics that only receive: alarms, pipelines and buckets may publish, but nothing starts them.
- Subscriptions by e-mail, SMS and HTTP: what happens behind them is not in the template.
- A grant on another topic, or to subscribe rather than to publish.

## Read more

- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Using Lambda with SNS](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html)
- [Filter policies of SNS](https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("sns-loop", "R1300", ("error", "warning", "info"), __doc__)
