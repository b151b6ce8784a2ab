"""Small independent witnesses about a granted hop: does the actor really write there?

Each looks at one thing and says *raises*, *lowers* or nothing, with a sentence. ``judge`` only counts them.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from recursion_lint.graph.cycle_search import Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.iam.actions import matches_action
from recursion_lint.model.arns import set_apart
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.text import text
from recursion_lint.services.naming import endpoint_of, kind_told

Direction = Literal["raises", "lowers"]
_WORD_BEGINS = r"(?:^|(?<=[^A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_WORD_ENDS = r"(?=$|[^A-Za-z])|(?<=[a-z])(?=[A-Z])"
_TOWARDS = re.compile(rf"{_WORD_BEGINS}(?i:target|dest|out|result|sink|processed|forward|publish|next|send)")
_FROM = re.compile(
    rf"{_WORD_BEGINS}(?i:(?:source|src|input|in|raw|incoming|inbound|inbox|ingest|upload|origin|original)s?)"
    rf"(?:{_WORD_ENDS})"
)
"""Words of a variable's name: ``OUTPUT_QUEUE`` and ``outputQueue`` send there, ``TIMEOUT_QUEUE`` need not."""


class Witnessed(NamedTuple):
    """One witness's word on a hop."""

    direction: Direction
    sentence: str


def witnesses(graph: EventGraph, step: Step, settled: bool = False) -> Iterator[Witnessed]:
    """What is said for and against the write of ``step``; nothing where the code itself has ``settled`` it.

    A variable that the code only compares is no witness then.
    """
    if step.write is None or step.statement is None or settled:
        return
    yield from _variables(graph, step.write.actor, step.write.channel)
    if step.statement.through is not None and step.statement.through.passed:
        return  # a service writes: the code makes no such call, and what may be read is the service's own need
    yield from _inline_code(graph, step.write.actor, step.write.channel)
    yield from _write_only(graph, step)


# The calls that write, in the spellings of boto3 and of the JavaScript SDKs.
_WRITING_CALLS = {
    "s3": r"(put|copy|delete)_object|upload_file|\.copy\(|\.upload\(|(put|copy)Object|(Put|Copy)ObjectCommand",
    "sqs": r"send_message|sendMessage|SendMessage(Batch)?Command",
    "sns": r"\.publish\(|PublishCommand|publish_batch",
    "dynamodb": r"(put|update|delete)_item|batch_write|transact_write|(put|update|delete)Item|\.(put|update|delete)\(|"
    r"(Put|Update|Delete|BatchWrite)(Item)?Command|batchWrite|transactWrite",
    "lambda": r"\.invoke\(|invoke_async|InvokeCommand",
    "events": r"put_events|putEvents|PutEventsCommand",
    "states": r"start_(sync_)?execution|startExecution|StartExecutionCommand",
    "kinesis": r"put_records?\(|putRecords?\(|PutRecords?Command",
    "firehose": r"put_record(_batch)?\(|putRecord(Batch)?\(|PutRecord(Batch)?Command",
}


def _inline_code(graph: EventGraph, actor: Endpoint, channel: Endpoint) -> Iterator[Witnessed]:
    """Code in the template either makes the writing call or does not."""
    calls = _WRITING_CALLS.get(channel.service)
    codes = [mention for mention in graph.mentions.get(actor, ()) if mention.where == "the inline code"]
    for code in codes if calls is not None else ():
        text = "".join(part for part in code.value if isinstance(part, str))
        found = re.search(calls or "", text)
        if found is not None:
            yield Witnessed("raises", f"its inline code calls {found[0].strip('.(')}")
        elif len(text) > 100:
            yield Witnessed(
                "lowers", f"its inline code makes no call that would write to {graph.label(channel)}"
            )


def _write_only(graph: EventGraph, step: Step) -> Iterator[Witnessed]:
    """May write objects but not read them: what else would the grant be for?

    Not said of queues and topics, whose grants never do both, nor of tables, whose streams bring the item along.
    """
    if step.write is None or step.statement is None or step.write.channel.service != "s3":
        return
    reads = any(
        statement.not_actions
        or any(matches_action(pattern, "s3", "GetObject") for pattern in statement.actions)
        for statement, _ in graph.grants.statements(step.write.actor)
    )
    if not reads and step.evidence == "granted":
        yield Witnessed(
            "raises",
            f"{graph.label(step.write.actor)} may write to {graph.label(step.write.channel)}, not read",
        )


_HANDED_ADDRESS = frozenset({"sqs", "sns", "kinesis", "lambda", "states"})
"""A function is not told the address of the queue that feeds it, unless it is to send there."""


def _variables(graph: EventGraph, actor: Endpoint, channel: Endpoint) -> Iterator[Witnessed]:
    """Environment variables that name a destination: this channel, or another one of its kind."""
    named = [
        mention
        for mention in graph.mentions.get(actor, ())
        if mention.name and not _FROM.search(mention.name)
    ]
    here = [
        mention
        for mention in named
        if points_to(mention, channel)
        and (channel.service in _HANDED_ADDRESS or _TOWARDS.search(mention.name))
    ]
    for mention in here:
        yield Witnessed("raises", f"{mention.name} is {graph.label(channel)}")
    for mention in named:
        other = elsewhere(graph, mention, channel)
        if not here and other is not None and _TOWARDS.search(mention.name):
            yield Witnessed("lowers", f"{mention.name} is {graph.label(other)}, not {graph.label(channel)}")


def points_to(mention: Mention, channel: Endpoint) -> bool:
    """Is the value of ``mention`` the name, the ARN or the URL of ``channel``?"""
    named = endpoint_of(mention.value, channel.service)
    of_its_kind = named._replace(name=text([kind_told(channel), *named.name]))
    return bool(mention.value) and channel in (named, of_its_kind) and not set_apart(mention.value)


def elsewhere(graph: EventGraph, mention: Mention, channel: Endpoint) -> Endpoint | None:
    """Another channel of the same service that ``mention`` names, or ``None``."""
    named = endpoint_of(mention.value, channel.service)
    if named != channel and named.service == channel.service and named in graph.declared:
        return named
    return None
