"""Parts of the event, of the context, and of what calls returned."""

from recursion_lint.code.calls import CallResult, ContextPath, EventPath


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
