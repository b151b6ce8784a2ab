"""A DynamoDB table filters duplicate events: same bucket, same key, no metadata.

The bucket starts a small function that records the key; the table's stream starts the function that does the work,
for new items only. TTL is in seconds since the epoch: milliseconds never expire.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies import handlers
from recursion_lint.remedies.case import Case, Offer, Place
from recursion_lint.remedies.channels import plain, with_tail
from recursion_lint.remedies.own_permission import role_of
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Call, Value, entry, get_att, ref, sub

_TABLE = "ProcessedKeys"
_RECORDER = "RecordKey"
_READ_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
_INSERTS = '{"eventName": ["INSERT"]}'


def dedupe_table(case: Case, step: Step) -> Iterator[Offer]:
    """The table, its stream and TTL, both functions' events and grants, as text to paste: the handler changes too."""
    trigger = step.end.trigger
    if (
        step.write is None
        or not declared(step.write.channel.service).keyed
        or not declared(trigger.consumer.service).runs_handler
    ):
        return
    place, bucket = case.place(trigger.consumer), case.place(trigger.channel)
    if place is None:
        return
    actor = case.label(trigger.consumer)
    yield Offer(
        "dedupe-table",
        f"Put a DynamoDB table between {case.label(trigger.channel)} and {actor}",
        case.hop(trigger),
        "the same bucket, the same key, no metadata: 2 invocations for an original object, 1 for a processed object; "
        "a table and a function more, and a key that comes again within the TTL is not processed",
        f"let {_RECORDER} take the notification of {actor}, and {actor} the stream of {_TABLE}; new items only\n\n"
        + _snippet(place, bucket, _notification(case, step))
        + f"\nThe handler of {actor} reads the key from the stream:\n\n"
        + handlers.from_stream(case, trigger.consumer),
        "manual",
    )


def _snippet(place: Place, bucket: Place | None, event: Value | None) -> str:
    """The resources, in the style of the template."""
    serverless = place.type == "AWS::Serverless::Function"
    parts = {_TABLE: table(), **(_serverless(place, bucket, event) if serverless else _raw(place, bucket))}
    style = place.editor.style
    if style.json:
        return ",\n".join("\n".join(entry(name, body, style, "")) for name, body in parts.items()) + "\n"
    return "\n\n".join("\n".join(entry(name, body, style, "")) for name, body in parts.items()) + "\n"


def _notification(case: Case, step: Step) -> Value | None:
    """The properties of the function's own S3 event, to be taken over with their filter."""
    try:
        _, trail = case.locate(step.end.trigger.span)
    except EditError:
        return None
    found = trail.node.get("Properties")
    return plain(found) if found is not None and found.get("Bucket") is not None else None


def table() -> Mapping[str, Value]:
    """The table: a stream of new images, TTL, no capacity to plan."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "ID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "ExpiresAt", "Enabled": True},
        },
    }


def _stream() -> dict[str, Value]:
    return {"StartingPosition": "LATEST", "FilterCriteria": {"Filters": [{"Pattern": _INSERTS}]}}


def _serverless(place: Place, bucket: Place | None, given: Value | None) -> Mapping[str, Value]:
    event: Value = {
        "Bucket": ref(bucket.id if bucket is not None else "Bucket"),
        "Events": "s3:ObjectCreated:*",
    }
    recorder: Value = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": handlers.RECORDER,
            "Environment": {"Variables": {"TABLE_NAME": ref(_TABLE)}},
            "Policies": [{"DynamoDBWritePolicy": {"TableName": ref(_TABLE)}}],
            "Events": {"Uploads": {"Type": "S3", "Properties": event}},
        },
    }
    stream: Value = {"Type": "DynamoDB", "Properties": {"Stream": get_att(_TABLE, "StreamArn"), **_stream()}}
    # The function's own section, to be put in the place of its S3 event: SAM adds the right to read the stream.
    return {_RECORDER: recorder, place.id: {"Properties": {"Events": {"NewKeys": stream}}}}


def _raw(place: Place, bucket: Place | None) -> Mapping[str, Value]:
    permission: Value = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": ref(_RECORDER),
        "Principal": "s3.amazonaws.com",
        "SourceAccount": ref("AWS::AccountId"),
        "SourceArn": _bucket_arn(bucket),
    }
    mapping: Value = {
        "EventSourceArn": get_att(_TABLE, "StreamArn"),
        "FunctionName": ref(place.id),
        **_stream(),
    }
    reads: Value = {
        "PolicyName": "read-new-keys",
        "Roles": [_own_role(place)],
        "PolicyDocument": _document(list(_READ_STREAM), get_att(_TABLE, "StreamArn")),
    }
    return {
        f"{_RECORDER}Role": {"Type": "AWS::IAM::Role", "Properties": _recorder_role()},
        _RECORDER: {"Type": "AWS::Lambda::Function", "Properties": _recorder()},
        f"{_RECORDER}Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "NewKeys": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        f"{place.id}ReadsNewKeys": {"Type": "AWS::IAM::Policy", "Properties": reads},
    }


def _own_role(place: Place) -> Value:
    try:
        return role_of(place)
    except EditError:
        return ref(f"{place.id}Role")


def _recorder() -> Value:
    return {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": get_att(f"{_RECORDER}Role", "Arn"),
        "Environment": {"Variables": {"TABLE_NAME": ref(_TABLE)}},
        "Code": {"ZipFile": handlers.RECORDER},
    }


def _recorder_role() -> Value:
    assume: Value = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    write = _document("dynamodb:PutItem", get_att(_TABLE, "Arn"))
    logs = sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    return {
        "AssumeRolePolicyDocument": assume,
        "ManagedPolicyArns": [logs],
        "Policies": [{"PolicyName": "record", "PolicyDocument": write}],
    }


def _document(actions: Value, resource: Value) -> Value:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}],
    }


def _bucket_arn(bucket: Place | None) -> Value:
    """The bucket's ARN by its name: ``GetAtt`` would be circular with its notification."""
    name = bucket.body.get("Properties", "BucketName") if bucket is not None else None
    try:
        given = with_tail(name, "", "")
    except EditError:
        return sub("arn:${AWS::Partition}:s3:::*")
    if isinstance(given, str):
        return sub("arn:${AWS::Partition}:s3:::" + given)
    pattern = given.argument if isinstance(given, Call) else "*"
    return sub(f"arn:${{AWS::Partition}}:s3:::{pattern}")
