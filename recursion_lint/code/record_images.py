"""Which kinds of change of a table's items a condition is about, by their names or by the images of a record.

A new item has no old image, one that is removed no new one; who asks for them has a stream of both:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
"""

from __future__ import annotations

from recursion_lint.code.applying import applied
from recursion_lint.code.asked_parts import LOGIC
from recursion_lint.code.calls import CallSite, EventPath, Guard, Literal, Pure, Value
from recursion_lint.code.deciding import decide

_HAS_IMAGE = {
    "INSERT": {"OldImage": False, "NewImage": True},
    "MODIFY": {"OldImage": True, "NewImage": True},
    "REMOVE": {"OldImage": True, "NewImage": False},
}


def of_another_kind(guard: Guard, came: CallSite, channel: str) -> bool | None:
    """Is a test for the images of a record true of the one kind of change that ``came`` makes? ``None``: no such test.

    A new item has no old image, one that is removed no new one; who asks for them has a stream of both:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
    """
    kinds = {_HAS_IMAGE[event]["OldImage"]: event for event in came.events if event in _HAS_IMAGE}
    if channel != "dynamodb" or len(set(came.events)) != 1 or not kinds:
        return None
    has = _HAS_IMAGE[came.events[0]]
    shown = with_images(guard.test, has)
    return decide(shown) if shown != guard.test else None


def refuses(guard: Guard, kind: str) -> bool:
    """Does a condition surely not hold for a record of this kind of change, by its name or by its images?"""
    shown = with_images(guard.test, {**_HAS_IMAGE[kind]}, kind)
    return shown != guard.test and decide(shown) not in (None, guard.holds)


def with_images(value: Value, has: dict[str, bool], kind: str = "") -> Value:
    """A test with what is known of the images of a record in place of the looks at them."""
    if isinstance(value, EventPath) and value.path[-1:] and value.path[-1] in has:
        return Literal(has[value.path[-1]])
    if kind and isinstance(value, EventPath) and value.path[-1:] == ("eventName",):
        return Literal(kind)
    if not isinstance(value, Pure):
        return value
    if value.name in ("in", "not in", "has") and len(value.arguments) == 2:
        name = next((one.value for one in value.arguments if isinstance(one, Literal)), None)
        held = any(isinstance(one, EventPath) and one.path[-1:] == ("dynamodb",) for one in value.arguments)
        if held and isinstance(name, str) and name in has:
            return Literal(has[name] == (value.name != "not in"))
    if value.name in LOGIC:
        return Pure(value.name, tuple(with_images(one, has, kind) for one in value.arguments))
    if kind and value.name in ("==", "!=", "in", "not in", "is", "is not"):
        return Pure(value.name, tuple(with_images(one, {}, kind) for one in value.arguments))
    if kind and value.name in ("lower", "upper"):
        return applied(value.name, tuple(with_images(one, {}, kind) for one in value.arguments))
    return value


def holds_for_changes(guard: Guard, came: CallSite, channel: str) -> bool:
    """Does a condition hold where ``came`` updates what is there, as updates do as a rule?"""
    if channel != "dynamodb" or not came.operation.endswith("UpdateItem"):
        return False
    shown = with_images(guard.test, {}, "MODIFY")
    return shown != guard.test and decide(shown) == guard.holds
