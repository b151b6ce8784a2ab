"""A function invokes itself, directly or through others.

## What it finds

A loop of invocations alone: a function that may invoke itself, functions that may invoke each other, and
`OnSuccess` or `OnFailure` destinations that lead back. Names, ARNs, aliases and versions count as the
function they belong to.

## Why it is bad

Each invocation starts the next. Synchronous calls also wait for each other: a chain holds one concurrent
execution per link, and takes the account's pool (1,000 unless raised) from everything else that runs in the
region. AWS's best practices say to avoid recursive code.

Lambda stops a chain of invocations after about 16 rounds: the caller of a synchronous call gets
`RecursiveInvocationException`, an asynchronous event goes to the dead-letter queue or the failure destination
if there is one, and is lost otherwise. A job that was cut into more than 16 slices therefore ends
unfinished, and nothing says so but the metric `RecursiveInvocationsDropped`. Calls over HTTP (a function URL,
API Gateway) are not recognised.

A loop of destinations needs no code at all: it is certain from the template.

## Example

```yaml
Crawl:
  Type: AWS::Serverless::Function
  Properties:
    FunctionName: !Sub "${AWS::StackName}-crawl"
    Policies:
      - LambdaInvokePolicy:
          FunctionName: !Sub "${AWS::StackName}-crawl"
```

## How to break it

1. **Loop inside one invocation**, or over the items of a queue. Costs nothing; limited to 15 minutes.
2. **Step Functions**: a `Map` state or a loop with a counter, which can be seen, stopped and bounded. Costs
   state transitions.
3. **Send the rest of the work to a queue** that another function consumes. If it is the same function, the
   loop moves to the queue, where at least a dead-letter queue holds what fails.
4. **If the recursion is meant and bounded by its input**: `RecursiveLoop: Allow`, a depth counter in the
   event, and `ReservedConcurrentExecutions`. Costs the protection of AWS; the finding becomes info.

## What is not reported

- Permissions for services to invoke the function (`AWS::Lambda::Permission`): they describe triggers.
- A grant on another function. `order*` is a grant on `order`, if there is one; that it also fits `orders`
  is reported as info.
- `OnSuccess` and `OnFailure` of a function that is only invoked synchronously or polled: they serve
  asynchronous invocations.

## Read more

- [Lambda recursive loop detection](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
- [Best practices for functions](https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html)
- [Asynchronous invocation and destinations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html)
"""

from recursion_lint.assessment.ruleset import rule

RULE = rule("lambda-loop", "R1800", ("error", "warning", "info"), __doc__)
