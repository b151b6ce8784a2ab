"""What the items that code writes have in common: the filter of a stream by which they start nothing.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""

from __future__ import annotations

import json

from recursion_lint.code.calls import Literal, ObjectValue, Value
from recursion_lint.code.comebacks import content
from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case

_PUTS = "PutItem"
_REMOVED = frozenset({"REMOVE"})
_STATES = ("status", "state", "stage", "phase", "type", "kind", "source", "origin")


def written_pattern(case: Case, step: Step) -> str:
    """A pattern that no item written by the call of ``step`` matches, but every other; empty where none is known.

    ``anything-but`` does not match an attribute that is not there, so that is an alternative.
    """
    if step.write is not None and step.write.produces.events == _REMOVED:
        return json.dumps({"eventName": ["INSERT", "MODIFY"]})
    said = case.said(step)
    site = said.site if said is not None else None
    # The service is also what the part of a record is called that holds the images of an item.
    service = step.end.trigger.channel.service
    item = content(site, "item") if site is not None and site.operation == f"{service}.{_PUTS}" else None
    if not isinstance(item, ObjectValue) or item.computed or item.rest is not None:
        return ""
    constant = {name: text for name, value in item.fields if (text := _constant(value))}
    name = next((state for state in _STATES if state in constant), "")
    if not name:
        return ""

    def on(test: object) -> object:
        return {service: {"NewImage": {name: {"S": [test]}}}}

    return json.dumps({"$or": [on({"anything-but": [constant[name]]}), on({"exists": False})]})


def _constant(value: Value) -> str:
    """The text that an attribute always has, with its type beside it or without; empty for any other."""
    if isinstance(value, ObjectValue) and len(value.fields) == 1 and value.fields[0][0] == "S":
        value = value.fields[0][1]
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""
