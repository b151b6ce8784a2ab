"""Environment variables whose values are known: a call as it is made with them, and whether it is made at all."""

from collections.abc import Collection, Mapping

from recursion_lint.code.calls import (
    Alternatives,
    CallSite,
    Concatenation,
    Environment,
    ListValue,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.deciding import UNTOLD, applied, decide
from recursion_lint.code.values import NOTHING, concatenated, either, inner

Settings = Mapping[str, Value]
"""By the name of a variable, the value that it has whenever the code runs."""
_DEEPEST = 14
_GIVEN = ("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN", "TZ", "PATH", "HOME", "LANG", "NODE_", "PYTHON")
"""How variables begin that Lambda sets itself."""


def with_settings(site: CallSite, settings: Settings) -> CallSite:
    """The call with the values of variables in its conditions, its key and what it writes. Its target stays."""
    if not settings:
        return site
    return site._replace(
        key=_settled(site.key, settings) if site.key is not None else None,
        content=tuple((role, _settled(value, settings)) for role, value in site.content),
        guards=tuple(
            guard if guard.on_error else guard._replace(test=_settled(guard.test, settings))
            for guard in site.guards
        ),
    )


def switched_off(site: CallSite, settings: Settings, told: Collection[str] | None = None) -> bool:
    """Do the variables' values keep the call from being made, whatever the event is?

    Where the variables that are set are ``told``, others are what the code takes in their place, or nothing.
    """
    for guard in site.guards:
        if guard.on_error:
            continue
        settled = _settled(guard.test, settings, told)
        if settled is not guard.test and decide(settled) is (not guard.holds):
            return True
    return False


def _settled(value: Value, settings: Settings, told: Collection[str] | None = None, depth: int = 0) -> Value:
    """``value`` itself where it depends on no variable that is known."""
    if isinstance(value, Environment):
        if told is None or value.name in told or value.name.startswith(_GIVEN):
            return settings.get(value.name, value)
        return value.default if value.default is not None else NOTHING
    if depth > _DEEPEST:
        return value
    before = inner(value)
    after = tuple(_settled(part, settings, told, depth + 1) for part in before)
    if all(one is other for one, other in zip(before, after, strict=True)):
        return value
    if isinstance(value, Concatenation):
        return concatenated(after)
    if isinstance(value, Alternatives):
        return either(after)
    if isinstance(value, ListValue):
        return ListValue(after, value.exact)
    if isinstance(value, Pure):
        found = applied(value.name, after)
        return Pure(value.name, after) if found is UNTOLD else found
    return _record(value, after) if isinstance(value, ObjectValue) else value


def _record(value: ObjectValue, parts: tuple[Value, ...]) -> ObjectValue:
    fields = tuple((name, part) for (name, _), part in zip(value.fields, parts, strict=False))
    return ObjectValue(fields, value.open, value.rest, value.computed)
