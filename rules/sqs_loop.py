"""A function sends to the queue that triggers it.

## What it finds

A loop through a queue: a consumer may send to the queue it is fed from, directly or by way of other queues,
topics and functions. A dead-letter queue whose consumer sends back to the source is one too, and so is an
asynchronous destination or dead-letter queue of a function that leads back to it.

## Why it is bad

Every message becomes the next one. It seldom looks like a loop in the template: most often an environment
variable (`TARGET_QUEUE`) was pointed at the wrong queue. A loop of this kind was reported (aimadetools.com)
to have cost about 14,000 dollars in a week.

Lambda follows the chain in a trace header and stops it after about 16 rounds, if the function sends through
a recent AWS SDK. What it does not stop are the retries: the message stays in the queue, is received again
until `maxReceiveCount` is reached, and without a dead-letter queue until its retention ends (4 days unless
set). `maxReceiveCount` in turn bounds the retries of one message, never the loop, because a message that is
sent again counts from zero. A batch is as old as its oldest message: the whole batch is dropped.

Loops that pass through an EventBridge pipe or a container are not stopped.

## Example

```yaml
Worker:
  Type: AWS::Serverless::Function
  Properties:
    Environment:
      Variables:
        TARGET_QUEUE: !Ref Jobs             # meant to be Results
    Policies:
      - SQSSendMessagePolicy:
          QueueName: !GetAtt Jobs.QueueName
    Events:
      Job:
        Type: SQS
        Properties:
          Queue: !GetAtt Jobs.Arn
```

## How to break it

1. **Send to a second queue**: the environment variable *and* the policy. Costs a queue.
2. **Take the grant away** where the function only consumes; an event source mapping needs no `SendMessage`.
3. **Let SQS wait**: to try later, fail the message or change its visibility timeout instead of sending it
   again; for longer than 12 hours use a Step Functions `Wait` state. Costs a failed invocation per attempt.
4. **Redrive by hand**: let the consumer of the dead-letter queue alert or store, and move messages back
   with a redrive task once the cause is gone.
5. **If the loop is meant**: `RecursiveLoop: Allow`, a `RedrivePolicy` with a `maxReceiveCount` of at least
   5, a counter in the message, and `ReservedConcurrentExecutions`. Costs the protection of AWS; the finding
   becomes info.

`FilterCriteria` are a poor way out: a message that matches no filter is deleted from the queue.

## What is not reported

- Reading: `ReceiveMessage`, `DeleteMessage`, `ChangeMessageVisibility`, and all that the poller needs.
- Queue policies that let a topic or a bucket send: they describe a trigger, not the function.
- Mappings with `Enabled: false`, and functions with a reserved concurrency of 0.
- `OnFailure` and `DeadLetterConfig` of a function that is only polled: they serve asynchronous invocations.

## Read more

- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Using Lambda with SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)
- [Dead-letter queues of SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("sqs-loop", "R1200", ("error", "warning", "info"), __doc__)
