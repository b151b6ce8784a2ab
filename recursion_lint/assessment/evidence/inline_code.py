"""Code that stands in the template: does it make a call that writes to the channel? By names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint

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
"""The calls that write, in the spellings of boto3 and of the JavaScript SDKs."""


def inline_code(graph: EventGraph, actor: Endpoint, channel: Endpoint) -> Iterator[Witnessed]:
    """Code in the template either makes the writing call or does not."""
    calls = _WRITING_CALLS.get(channel.service)
    codes = [mention for mention in graph.mentions.get(actor, ()) if mention.kind == "code"]
    for code in codes if calls is not None else ():
        text = "".join(part for part in code.value if isinstance(part, str))
        found = re.search(calls or "", text)
        if found is not None:
            yield Witnessed("inline-call", f"its inline code calls {found[0].strip('.(')}")
        elif len(text) > 100:
            yield Witnessed(
                "no-inline-call", f"its inline code makes no call that would write to {graph.label(channel)}"
            )
