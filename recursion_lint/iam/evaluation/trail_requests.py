"""IAM statements → the requests that they allow which a trail records: reads and writes of objects, other calls.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from collections.abc import Iterable, Iterator

from recursion_lint.iam.actions import allowed_of, matches_action
from recursion_lint.iam.evaluation.recorded_calls import denies
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Produces, Statement, Write
from recursion_lint.model.text import ANY, Text, has_wildcard, split_text, text
from recursion_lint.patterns.keys import decide
from recursion_lint.services.cloudtrail.requests import MANAGEMENT, OF_FUNCTIONS, OF_TABLES, READS, WRITES

_ON_OBJECTS = {
    READS: ("GetObject", "GetObjectVersion", "GetObjectTagging", "GetObjectAcl"),
    WRITES: ("PutObject", "DeleteObject", "PutObjectTagging", "PutObjectAcl", "DeleteObjectVersion"),
}
_ON_ITEMS = {
    READS: ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"),
    WRITES: ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
}
# Their everyday actions are data events, which the default trail does not record, or no recorded calls at all.
_DATA_PLANES = frozenset(
    ("logs", "xray", "s3", "dynamodb", "sqs", "sns", "kinesis", "firehose", "lambda", "cloudwatch", "events")
)
_READING = ("Get", "List", "Describe", "BatchGet", "Decrypt", "Query", "Search", "Lookup", "AssumeRole")


def recorded_writes(
    actor: Endpoint, statement: Statement, channel: Endpoint, denials: Iterable[Statement]
) -> Iterator[Write]:
    """The requests to the bucket of ``channel`` (or the calls to the account) that a statement lets ``actor`` make."""
    if statement.effect != "Allow":
        return
    if channel == MANAGEMENT:
        yield from _calls(actor, statement, channel)
        return
    name = channel.name[0] if channel.name and isinstance(channel.name[0], str) else ""
    if name.startswith(OF_FUNCTIONS):
        return  # a function is invoked by what triggers it
    service, wanted = ("dynamodb", _ON_ITEMS) if name.startswith(OF_TABLES) else ("s3", _ON_OBJECTS)
    met = [pattern for pattern, _ in statement.resources if _meets(pattern, channel, service)]
    if statement.resources and not met:
        return
    named = any(not has_wildcard(_holder(pattern, service)) for pattern in met)
    for kind, actions in wanted.items():
        allowed = allowed_of(statement.actions, statement.not_actions, service, actions)
        left = (one for one in allowed if not any(denies(denial, service, one) for denial in denials))
        action = next(left, "")
        if action:
            verb = "read from" if kind == READS else "write to"
            yield _write(actor, statement, channel, kind, f"{verb} {{target}}", f"{service}:{action}", named)


def _write(
    actor: Endpoint, statement: Statement, channel: Endpoint, kind: str, verb: str, call: str, named: bool
) -> Write:
    through = f" {statement.through.words}" if statement.through is not None else ""
    span = next(
        (
            span
            for pattern, span in zip(statement.actions, statement.spans, strict=False)
            if matches_action(pattern, *call.split(":"))
        ),
        statement.span,
    )
    return Write(
        actor,
        channel,
        f"{{source}} may {verb}{through} ({statement.label}: {call})",
        span,
        "write",
        Produces(frozenset({kind})),
        "granted" if named else "broad",
    )


def _calls(actor: Endpoint, statement: Statement, channel: Endpoint) -> Iterator[Write]:
    """Calls that are spelled out: whoever may do anything does not say that it does."""
    for call in statement.actions:
        prefix, _, action = call.partition(":")
        if prefix.lower() in _DATA_PLANES or "*" in prefix or not action or action.startswith("*"):
            continue
        kind = READS if action.startswith(_READING) else WRITES
        yield _write(actor, statement, channel, kind, "make calls that are {target}", call, False)
        return


def _meets(pattern: Text, channel: Endpoint, service: str) -> bool:
    arn = split_arn(pattern)
    if arn is None or arn.service not in ((service,), (ANY,)):
        return False
    if not has_wildcard(_holder(pattern, service)):
        return _holder(pattern, service) == channel.name
    parts = [*channel.name, "/", ANY] if service == "s3" else channel.name
    return decide([arn.resource, text(parts)]).verdict != "disjoint"


def _holder(pattern: Text, service: str) -> Text:
    """What a pattern says of the bucket, or of the table: ``table/name`` without an index."""
    arn = split_arn(pattern)
    if arn is None:
        return pattern
    parts = split_text(arn.resource, "/")
    return parts[0] if service == "s3" else text([*parts[0], "/", *parts[1]]) if len(parts) > 1 else parts[0]
