"""The attributes of messages: those who send them name their parts in another way than those who receive them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html
"""

from __future__ import annotations

from collections.abc import Mapping

from recursion_lint.code.calls import ObjectValue, Value
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.values import ABSENT, NOTHING, either, options

IN_QUEUES = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
"""In the records of a queue: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
IN_NOTICES = {"StringValue": "Value", "BinaryValue": "Value", "DataType": "Type"}
"""In the records of a topic: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
_ALWAYS_THERE = frozenset({"stringListValues", "binaryListValues"})


def received(sent: Value | None, names: Mapping[str, str]) -> Value:
    """The attributes in an event, of those that were sent: ``names`` gives the parts of each by what they were called.

    A part that is read under any other name is never there.
    """
    if sent is None or sent == NOTHING:
        return ObjectValue(())
    if not isinstance(sent, ObjectValue) or sent.rest is not None or sent.computed:
        return UNTOLD
    return ObjectValue(tuple((name, _attribute(value, names)) for name, value in sent.fields), sent.open)


def _attribute(sent: Value, names: Mapping[str, str]) -> Value:
    if len(options(sent)) > 1:
        return either(_attribute(option, names) for option in options(sent))
    if not isinstance(sent, ObjectValue) or sent.open or sent.rest is not None or sent.computed:
        return sent if sent == ABSENT else UNTOLD
    fields = [(names[name], value) for name, value in sent.fields if name in names]
    lists = [(name, UNTOLD) for name in sorted(_ALWAYS_THERE)] if "stringValue" in names.values() else []
    return ObjectValue((*fields, *lists))
