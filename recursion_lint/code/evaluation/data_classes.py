"""Classes of libraries of Python that give their objects data: wrappers of the event, and settings.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/data_classes/
https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

from recursion_lint.code.calls import UNMARSHALLED, Environment, Unknown
from recursion_lint.code.evaluation.heap import Class, Library, Thing, V, join
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.values import ENVIRONMENT

_RECORD = ("Records", "[]")
_OF_ATTRIBUTE = {"value": ("Value",), "type": ("Type",)}
_SHORT = {
    "bucket_name": (*_RECORD, "s3", "bucket", "name"),
    "object_key": (*_RECORD, "s3", "object", "key"),
    "record": _RECORD,
    "records": ("Records",),
    "sns_message": (*_RECORD, "Sns", "Message"),
}
_NAMES = {
    "get_object": ("object",),
    "event_name": ("eventName",),
    "event_source": ("eventSource",),
    "event_source_arn": ("eventSourceARN",),
    "aws_region": ("awsRegion",),
    "message_attributes": ("messageAttributes",),
    "string_value": ("stringValue",),
    "data_type": ("dataType",),
    "message_id": ("messageId",),
    "receipt_handle": ("receiptHandle",),
    "json_body": ("body", "json"),
    "decoded_nested_s3_event": ("body", "json"),
    "decoded_nested_sns_event": ("body", "json"),
    "new_image": ("NewImage", UNMARSHALLED),
    "old_image": ("OldImage", UNMARSHALLED),
    "keys": ("Keys",),
    "stream_view_type": ("StreamViewType",),
    "detail_type": ("detail-type",),
    "e_tag": ("eTag",),
    "etag": ("eTag",),
    "version_id": ("versionId",),
    "partition_key": ("partitionKey",),
    "topic_arn": ("TopicArn",),
}


def canonical(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The steps from a part of the event at ``path`` to what its wrapper calls ``name``, in the event's own names."""
    if not path and name in _SHORT:
        return _SHORT[name]
    if path == _RECORD and name == "sns":
        return ("Sns",)
    if path[-1:] == ("Sns",):
        return {"message": ("Message",), "message_attributes": ("MessageAttributes",)}.get(
            name, _NAMES.get(name, (name,))
        )
    if path[-1:] == ("dynamodb",) and name == "keys":
        return ("Keys", UNMARSHALLED)
    if path[-2:-1] == ("MessageAttributes",):
        return _OF_ATTRIBUTE.get(name, (name,))
    return _NAMES.get(name, (name,))


def is_settings(of: Class) -> bool:
    """Is it a class whose fields the environment sets?"""
    return any(isinstance(base, Library) and base.name.endswith("BaseSettings") for base in of.foreign())


def from_settings(m: Machine, of: Class, name: str, default: V) -> V:
    """A field of an object with what its class says of it: of settings that is what stands in for a variable.

    The class may tell under which name that is looked for.
    """
    if not is_settings(of) or isinstance(default, Thing):
        return default
    told = any(word in one.cell for one in of.ancestry() for word in ("Config", "model_config"))
    return (
        join((default, Unknown(name, ENVIRONMENT))) if told else Environment(name.upper(), m.freeze(default))
    )
