"""Parts of the event, of the context, and of what calls returned."""

from recursion_lint.code.calls import UNMARSHALLED, CallResult, ContextPath, EventPath, Unknown, Value
from recursion_lint.code.values import inner

_DEEPEST = 6


def child(value: EventPath | ContextPath | CallResult, name: str) -> EventPath | ContextPath | CallResult:
    """A part of the event, of the context, or of a result."""
    if isinstance(value, EventPath):
        return EventPath((*value.path, name))
    if isinstance(value, ContextPath):
        return ContextPath((*value.path, name))
    return CallResult(value.service, value.operation, (*value.path, name), value.parameters)


def is_part(part: object, whole: object) -> bool:
    """Is ``part`` the part ``whole`` of the event or of a result, or within it?"""
    return part == whole or (isinstance(whole, (EventPath, CallResult)) and within(part, whole))


def stems_from(part: object, whole: object) -> bool:
    """Is ``part`` within ``whole``, or the result of a call that was given something of it?"""
    if is_part(part, whole):
        return True
    given = part.parameters if isinstance(part, CallResult) else None
    return given is not None and _holds(given, whole, 0)


def _holds(value: Value, whole: object, depth: int) -> bool:
    return depth < _DEEPEST and any(
        stems_from(one, whole) or _holds(one, whole, depth + 1) for one in inner(value)
    )


def within(base: object, value: EventPath | CallResult) -> bool:
    """Is ``base`` a part of ``value``?"""
    if type(base) is not type(value) or not isinstance(base, (EventPath, CallResult)):
        return False
    size = len(value.path)
    if len(base.path) <= size or base.path[:size] != value.path:
        return False
    if isinstance(base, EventPath) or isinstance(value, EventPath):
        return True
    return (base.service, base.operation, base.parameters) == (
        value.service,
        value.operation,
        value.parameters,
    )


def all_fields(name: object, value: object) -> EventPath | None:
    """``{name: value for name, value in part.items()}``: the part of the event that it takes all fields of.

    The attributes of a table's item may lose their types on the way.
    """
    if not isinstance(name, Unknown) or name.reason != "name" or not isinstance(value, EventPath):
        return None
    if value.path[-1:] == ("[]",):
        return EventPath(value.path[:-1])
    plain = value.path[-2:] == ("[]", UNMARSHALLED)
    return EventPath((*value.path[:-2], UNMARSHALLED)) if plain else None
