"""A state machine that starts itself again.

## What it finds

A chain that leads from a state machine back to its own start: a task that starts the same state machine, two
state machines that start each other, or a function that a task invokes and whose role may start the state
machine. A loop that passes through a queue, a topic, a bus, a table or a bucket belongs to the rule of that
channel, even where a state machine does the writing.

State machines are judged by their definition, in the template or in a file beside it: a task does what it says,
so a loop of tasks alone is certain. What the role of a state machine allows beyond its definition does not count.
Functions are judged by their role.

## Why it is bad

Each round is a new execution, so no limit of a single execution (25,000 events of history, five minutes of an
express workflow) ever ends it. State transitions, or the duration of express workflows, are billed round after
round, together with all that the tasks do. Lambda's detection of recursive loops does not look at Step Functions.

## Example

```yaml
Poll:
  Type: AWS::Serverless::StateMachine
  Properties:
    Definition:
      StartAt: Again
      States:
        Again:
          Type: Task
          Resource: arn:aws:states:::states:startExecution
          Parameters:
            StateMachineArn.$: $$.StateMachine.Id
          End: true
```

## How to break it

1. Loop inside of one execution: a Choice state that leads back to an earlier state, with a Wait state between and a
   counter that ends it. For many items, a Map state; for more than 40 at a time, a distributed one.
2. If a new execution is needed because the history grows too long, pass a counter in its input and start it only
   behind a Choice state that compares the counter with a limit.
3. If a function only needs to answer a waiting task, grant it `states:SendTaskSuccess` and `states:SendTaskFailure`
   in place of `states:StartExecution`.

## What is not reported

- The grant of `states:StartExecution` on itself that a distributed Map state needs for its child executions.
- A task that learns its target when it runs: a note says so. The state machine's own ARN from the context object
  (`$$.StateMachine.Id`) is known.
- A Choice state before the task is not read: a loop that a counter bounds is reported as well. Suppress it there.

## Read more

- [Nested workflow executions](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html)
- [Continuing long executions as new ones](https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-continue-new.html)
- [Quotas of executions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("stepfunctions-loop", "R1900", ("error", "warning", "info"), __doc__)
