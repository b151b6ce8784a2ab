"""What a call starts a state machine with, as the event of the function that the machine invokes with it."""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.code.calls import CallSite, Literal, ObjectValue, Pure, Value
from recursion_lint.code.carried_values import walked
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.values import either
from recursion_lint.model.facts import Echo
from recursion_lint.model.text import literal
from recursion_lint.patterns.events import Doc
from recursion_lint.patterns.events import Value as Known

_NOTHING_GIVEN = Pure("json", (ObjectValue(()),))
_DEEPEST = 8

Template = tuple[Known | None, tuple[Echo, ...]]
"""What a task makes of it: the constants of the event, and the parts that the input gives."""


def invoked(site: CallSite, templates: Iterable[Template]) -> CallSite:
    """The call as an invocation of the function, by one of several tasks."""
    given = site.value("payload")
    given = _NOTHING_GIVEN if given is None else given
    payload = either(_event(given, document, dict(echoes), ()) for document, echoes in templates)
    return site._replace(operation="lambda.Invoke", content=(("payload", Pure("json", (payload,))),))


def _event(
    given: Value,
    document: Known | None,
    echoes: dict[tuple[str, ...], tuple[str, ...]],
    path: tuple[str, ...],
) -> Value:
    """What stands at ``path`` of the event."""
    if path in echoes:
        return walked(given, ("json", *echoes[path]))
    if isinstance(document, Doc) and len(path) < _DEEPEST:
        fields = (
            (name, _event(given, part, echoes, (*path, name))) for name, part in document.fields.items()
        )
        return ObjectValue(tuple(fields), document.open)
    if isinstance(document, tuple):
        plain = literal(document)
        return Literal(plain) if plain is not None else UNTOLD
    return Literal(document) if isinstance(document, (bool, int, float)) else UNTOLD
