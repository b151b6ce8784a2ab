"""What a handler on a loop is surely given: its variables as the template fills them in, and the sender in its events.

So a condition of the code such as ``bucket == os.environ["OUTPUT"]`` is decided where both are names of the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.assessment.evidence.code_values import Around, sender_of
from recursion_lint.code.calls import Environment, Literal, Value
from recursion_lint.code.deciding import UNTOLD
from recursion_lint.code.event_forms import OF_A_RULE, always, present
from recursion_lint.code.fixed_texts import TEMPLATE
from recursion_lint.code.settings import Known
from recursion_lint.code.values import concatenated, either
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import Symbol, Text, has_wildcard, literal, undecided

_USUAL = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
"""What people write in place of these, and what they are but for a few regions."""
_OWN = 3
"""So many steps of a path at most lead to what the record itself says of its source: ``Records.[].eventSourceARN``."""


def known_before(place: Around) -> Known:
    """What is known of the variables and of the events of the function that makes a step."""
    start = place.step.start.trigger
    service = start.channel.service
    if start.reshaped or start.kind not in ("trigger", "rule"):
        return Known(_variables(place))
    records = service if start.kind == "trigger" else ""
    form = records or OF_A_RULE
    view = _view(place)

    def events(path: tuple[str, ...]) -> Value | None:
        told = always(path, records, view)
        return told if told is not None else _sender(path, place)

    return Known(_variables(place), events, lambda path: present(path, form))


def _variables(place: Around) -> Mapping[str, Value]:
    """The variables that have values whenever the function runs: of fixed parts where these are not plain."""
    found: dict[str, Value] = {}
    for name, mentions in place.variables.items():
        values = dict.fromkeys(mention.value for mention in mentions)
        fixed = all(mention.value == () or _is_fixed(mention.value) for mention in mentions)
        if fixed and not any(mention.requires for mention in mentions):
            found[name] = either(_value(text) for text in sorted(values, key=repr))
    return found


def _is_fixed(value: Text) -> bool:
    unknown = any(isinstance(part, Symbol) and part.kind == "unknown" for part in value)
    return not (has_wildcard(value) or undecided(value) or unknown)


def _value(text: Text) -> Value:
    return concatenated(_parts(text)) if len(text) != 1 else next(iter(_parts(text)))


def _parts(text: Text) -> Iterator[Value]:
    for part in text:
        if isinstance(part, str):
            yield Literal(part)
        elif part.kind == "pseudo" and part.name in _USUAL:
            yield Literal(_USUAL[part.name])
        else:
            yield Environment(f"{TEMPLATE}{part.kind} {part.scope} {part.name}".replace("  ", " "))


def _view(place: Around) -> str:
    """Which images the events show, as the template declares it; empty where it says nothing, or two things."""
    channel, graph = place.step.start.trigger.channel, place.graph
    known = graph.declared.get(channel)
    told = {one.view for one in (known, *graph.variants.get(channel, {}).values()) if one is not None}
    return told.pop() if len(told) == 1 else ""


def _sender(path: tuple[str, ...], place: Around) -> Value | None:
    """The name or the ARN of the channel that sent the event; ``None`` for other parts of it."""
    direct = place.step.start.trigger.channel.service
    passed = {step.end.trigger.channel.service for step in place.cycle} - {direct}
    # What passed something on stands in the body of the record.
    services = [direct] if len(path) <= _OWN else [direct, *sorted(passed)]
    for service in services:
        found = sender_of(".".join(path), service, place)
        if found is not None:
            return _name(found) if path[-1].lower().endswith("name") else _arn(found, place)
    return None


def _name(channel: Endpoint) -> Value | None:
    return _value(channel.name) if channel.name and _is_fixed(channel.name) else None


def _arn(channel: Endpoint, place: Around) -> Value | None:
    known = place.graph.declared.get(channel)
    if known is None or not known.arn or not _is_fixed(known.arn) or literal(known.arn) == "":
        return None
    arn = _value(known.arn)
    if channel.service != place.step.start.trigger.channel.service or not known.view:
        return arn
    # A stream's own part of the ARN is made when it is: nothing is known of it.
    return concatenated((arn, Literal("/stream/"), UNTOLD))
