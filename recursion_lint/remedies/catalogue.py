"""What each remedy does in general, and a worked example of it: what ``explain`` and the pages of docs/ tell.

The examples in ``data/`` are written by ``scripts/generate_remedy_examples.py`` from ``fixtures/``, which is not
installed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, cast

from recursion_lint.model.findings import Applicability

WIDTH = 110
EXAMPLES = os.path.join(os.path.dirname(__file__), "data", "examples.json")

_INTRO = """\
## Remedies

What a report offers for these findings, best first; a diff is offered only where linting the edited template shows
that the finding is gone. *Safe*: `--fix` applies it. *Unsafe*: behaviour changes, `--fix --unsafe-fixes` applies the
first one. *Manual*: more than the template must change, so a person carries it out."""


class Kind(NamedTuple):
    """A remedy in general words: what is done, and what it costs.

    ``cdk`` is what changes in a CDK app; nothing where only code does. It may name ``{actor}``, who writes to
    ``{channel}``, and ``{consumer}``, which listens to ``{source}`` by the ``{trigger}``, the ``{grant}`` that lets the
    actor write, and a call that grants only the ``{write}`` or the ``{read}``.
    """

    title: str
    cost: str
    cdk: str = ""


class Fitting(NamedTuple):
    """A remedy that fits a rule: at best how applicable, and an example of it.

    ``case`` is the folder in ``fixtures/`` that the example is of. Without a ``diff`` the ``steps`` tell what to do.
    """

    id: str
    applicability: Applicability
    case: str
    diff: str
    steps: str


def _channels() -> dict[str, Kind]:
    """The remedies that lead to another channel, one for each kind of channel."""
    found = {}
    for noun, move in {
        "bucket": "the same key, no metadata, 1 invocation per object; what reads the results must look there",
        "queue": "1 invocation per message; what consumes the results must poll that queue",
        "topic": "1 invocation per message; what wants the results must subscribe to that topic",
        "table": "1 invocation per change; what reads the results must look in that table",
        "stream": "1 invocation per record; a second stream costs by the hour",
        "event-bus": "1 invocation per event; the rules for the results move to that bus",
    }.items():
        words = noun.replace("-", " ")
        construct = noun.title().replace("-", "")
        name = "two-buckets" if noun == "bucket" else f"second-{noun}"
        found[f"use-other-{noun}"] = Kind(
            f"Write to another {words} that the template has already",
            move,
            f"call {{write}} of the other {words} in place of {{grant}}, and name it in environment",
        )
        found[name] = Kind(
            f"Write to a second {words}: the grant and the environment variable move to it",
            move,
            f"make a new {construct}, call its {{write}} in place of {{grant}}, and name it in environment",
        )
    return found


KINDS: Mapping[str, Kind] = {
    "literal-filter": Kind(
        "Leave the wildcard out of the filter",
        "none; the notification starts to arrive, so look at what the function writes",
        cdk="leave the * out of prefix and suffix of addEventNotification, or of eventPattern",
    ),
    "detect-again": Kind(
        "Let Lambda stop the loop again",
        "a loop that is meant ends after about 16 rounds",
        cdk="leave recursiveLoop: RecursiveLoop.ALLOW out of the function",
    ),
    "one-notification": Kind(
        "Make the filters exclude each other, or notify one topic that all subscribe to",
        "none with filters; a topic with its policy otherwise",
        cdk="give each addEventNotification a prefix of its own, or notify one SnsDestination",
    ),
    "name-by-parameter": Kind(
        "Name the bucket by a parameter on one side of the circle",
        "the bucket's name is chosen by you",
        cdk="give the bucket a bucketName, and use Bucket.fromBucketName on one side",
    ),
    "log-bucket": Kind(
        "Deliver the logs to a bucket of their own",
        "one bucket more, which must not log to itself",
        cdk="set serverAccessLogsBucket of {source} to another bucket, which logs to none",
    ),
    "exclude-log-bucket": Kind(
        "Leave the log bucket out of what the trail records",
        "requests to the log bucket are no longer recorded",
        cdk="name the buckets in addS3EventSelector of {consumer}, and leave {source} out",
    ),
    "drop-receive": Kind(
        "Take the right to receive messages of a queue from whom no mapping lets poll it",
        "none where the code does not receive messages itself",
        cdk="leave grantConsumeMessages({consumer}) of {source} out",
    ),
    "accept-bounded": Kind(
        "Accept the loop where a test in the code ends it, or where the code leaves a permission to a destination",
        "nothing changes: the finding is suppressed with the test or the destination as the reason",
    ),
    "name-targets": Kind(
        "Name what is really invoked or written, instead of a pattern that reaches the loop as well",
        "no cost: what the code and the variables show to be needed stays",
        cdk="call {grant} of each construct that {actor} needs, in place of a PolicyStatement with a pattern",
    ),
    "leave-policy": Kind(
        "Take the role out of a policy for others (`Roles`)",
        "no cost where the policy has no other statement: the other roles keep it",
        cdk="leave the role of {actor} out of roles of the Policy",
    ),
    "own-role": Kind(
        "Accept what is not done, or give what shares a role one of its own, without what closes the loop",
        "a role more, named beside the old one wherever that is trusted or granted to",
        cdk="give {actor} a role of its own: role: new Role(…), without {grant}",
    ),
    "existing-items": Kind(
        "Update only items that exist (`attribute_exists`), where the stream takes INSERT alone",
        "no cost: an update of an item that is missing fails instead of inserting it",
    ),
    "stream-filter": Kind(
        "Filter the stream (`FilterCriteria`), so that not every change of the loop starts it again",
        "no cost: filtered records invoke nothing; what the loop writes last must not pass the filter",
        cdk="set filters: [FilterCriteria.filter({{…}})] of the event source on {source}",
    ),
    "deny-trigger-keys": Kind(
        "Forbid writes at the keys that start the trigger",
        "the same bucket and code, as long as the code writes no such key",
        cdk="call {actor}.addToRolePolicy with a PolicyStatement of Effect.DENY for these keys of {channel}",
    ),
    "read-only-grant": Kind(
        "Only read: leave the writes out of the grant",
        "nothing, where the writes are not needed; 1 invocation per event",
        cdk="call {read} in place of {grant}",
    ),
    **_channels(),
    "key-filter": Kind(
        "Trigger on one key prefix, and allow writes under another one only",
        "the same bucket, another key, no metadata, 1 invocation per object; uploads and the handler keep to "
        "the prefixes",
        cdk="add {{ prefix: … }} to {trigger}; {narrowed} in place of {grant}",
    ),
    "created-only": Kind(
        "Trigger on new objects, not on changes of tags",
        "1 invocation per object; changes of tags made by others no longer start the function",
        cdk="name EventType.OBJECT_CREATED in {trigger}, not OBJECT_TAGGING",
    ),
    "inserts-only": Kind(
        "Take only new items from the stream of the table",
        "1 invocation per new item; provable only where no grant can insert an item",
        cdk="filter the DynamoEventSource: FilterCriteria.filter({{ eventName: FilterRule.isEqual('INSERT') }})",
    ),
    "own-source": Kind(
        "Allow only events with a source of the function's own",
        "1 invocation per event; the handler must put events with that source, and the pattern must name others",
        cdk="in place of {grant} call addToRolePolicy, with a condition on events:source; narrow eventPattern",
    ),
    "filter-policy": Kind(
        "Subscribe with a filter that the function's own messages do not pass",
        "1 invocation per message; holds as long as the function never sets the attribute, which a template "
        "cannot show",
        cdk="set filterPolicy of the subscription of {consumer}: SubscriptionFilter.stringFilter({{ allowlist: […] }})",
    ),
    "drop-grant": Kind(
        "Take the write out of the policy",
        "nothing, where the write is not needed; safe where the template shows it",
        cdk="take {grant} away",
    ),
    "explicit-deny": Kind(
        "Forbid the write with a Deny statement",
        "a statement that holds against every other policy of the role, managed ones included",
        cdk="call {actor}.addToRolePolicy with a PolicyStatement of Effect.DENY for {channel}",
    ),
    "drop-destination": Kind(
        "Stop sending the outcome to where the loop begins",
        "whoever waits for the outcome needs another destination",
        cdk="leave onSuccess or onFailure out of {actor}, or name another destination there",
    ),
    "drop-redrive": Kind(
        "Do not move what fails back into the loop",
        "what fails is received again until it expires; better a dead-letter queue outside the loop",
        cdk="leave deadLetterQueue out of {source}, or name another queue there",
    ),
    "key-guard": Kind(
        "Return where the key begins or ends as only what the code writes does",
        "the same bucket, 2 invocations per object; no object with such a key is processed any more",
    ),
    "item-guard": Kind(
        "Pass over the items that the function has written itself",
        "the same table, 2 invocations per change; whoever changes an item anew must take the attribute away",
    ),
    "round-counter": Kind(
        "Count the rounds in what is sent, and stop",
        "some rounds for each message: it bounds the loop, for work that is done again on purpose",
    ),
    "metadata-guard": Kind(
        "Process only objects whose metadata says that they are originals",
        "the same bucket, the same key, 2 invocations per object and a HeadObject each; uploaders must set metadata",
    ),
    "dedupe-table": Kind(
        "Put a DynamoDB table of seen keys between the bucket and the function",
        "the same bucket, the same key, no metadata, 2 invocations for an original object, 1 for a processed one; "
        "a table and a function more",
    ),
    "bound-execution": Kind("Bound the executions in the definition", "the definition changes"),
    "exclude-log-group": Kind(
        "Leave the function's own log group out of the subscription",
        "what it logs reaches nobody else",
        cdk="leave the SubscriptionFilter out of the log group of {actor}",
    ),
    "other-topic": Kind("Publish outside the topics of the rule", "the code or the rule's action changes"),
    "return-records": Kind("Return the records instead of putting them on the stream", "the code changes"),
    "other-stream": Kind("Put what is written on another stream", "a stream more; the code changes"),
    "log-elsewhere": Kind(
        "Deliver access logs where they start nothing that writes to the bucket they are about",
        "what reads those logs must look there",
        cdk="set serverAccessLogsBucket of {actor} to a bucket that starts nothing",
    ),
    "exclude-caller": Kind(
        "Leave the calls of the actor itself out of a rule on API calls",
        "the rule must know the actor's role by its name; whoever has no role starts it as before",
        cdk="leave the role of {actor} out by anything-but in eventPattern of the Rule, under $or with exists: false",
    ),
    "narrow-pattern": Kind(
        "Narrow the rule to events that the loop does not cause",
        "events of others may fall out of the pattern as well",
        cdk="narrow eventPattern of the Rule",
    ),
    "break-the-hop": Kind("Lead one hop of the loop elsewhere", "the definition changes"),
    "redeliver": Kind(
        "Let SQS deliver a message again (`batchItemFailures`) instead of sending it anew",
        "1 invocation more per delivery, after the visibility timeout; the code changes",
        cdk="set reportBatchItemFailures: true of the SqsEventSource of {consumer}",
    ),
    "allow-loop": Kind(
        "Say that the loop is meant (`RecursiveLoop: Allow`), and cap its speed",
        "Lambda no longer stops it after about 16 rounds: the handler must count its rounds",
        cdk="set recursiveLoop: RecursiveLoop.ALLOW and reservedConcurrentExecutions: 5 of the function",
    ),
    "safety-nets": Kind(
        "Bound what the loop can cost: reserved concurrency, a dead-letter queue, an alarm",
        "does not end the loop; reserved concurrency is taken from the account's pool and throttles peaks",
        cdk="set reservedConcurrentExecutions: 5 of the function, and deadLetterQueue of the queue",
    ),
}
"""Every remedy, best first."""


@cache
def examples() -> Mapping[str, Sequence[Fitting]]:
    """The remedies that fit each rule, by the name of the rule."""
    with open(EXAMPLES, encoding="utf-8") as stream:
        known = cast("dict[str, list[dict[str, str]]]", json.load(stream))
    return {
        rule: tuple(
            Fitting(
                one["id"], cast(Applicability, one["applicability"]), one["case"], one["diff"], one["steps"]
            )
            for one in fitting
        )
        for rule, fitting in known.items()
    }


def section(rule: str) -> str:
    """The part of a rule's page about remedies (Markdown); empty for a rule without any."""
    fitting = examples().get(rule, ())
    return "\n\n".join([_INTRO, *(_entry(one) for one in fitting)]) + "\n" if fitting else ""


def _entry(one: Fitting) -> str:
    kind = KINDS[one.id]
    head = f"### {one.id}\n\n" + _wrapped(
        f"{kind.title}. Applicability: {one.applicability}. Cost: {kind.cost}."
    )
    if one.diff:
        return f"{head}\n\nIn the case `{one.case}`:\n\n```diff\n{one.diff}```"
    if one.steps:
        told, _, sketch = one.steps.partition("\n\n")
        text = f"{head}\n\n" + _wrapped(f"In the case `{one.case}`: {told}.")
        return f"{text}\n\n```text\n{sketch.rstrip()}\n```" if sketch else text
    shown = [name for name, known in examples().items() if any(it.id == one.id and it.diff for it in known)]
    return f"{head}\n\nFor an example see `recursion-lint explain {shown[0]}`." if shown else head


def _wrapped(text: str) -> str:
    from textwrap import fill

    return fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
