"""A value in a handler's code → what the template makes of it: symbolic texts, and whether it names a channel.

The environment gives variables their values, the event names what sent it, the context names the function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Literal as OneOf
from typing import NamedTuple

from recursion_lint.assessment.evidence.handler_code import with_values
from recursion_lint.assessment.evidence.task_inputs import inputs_of
from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.assessment.only_where import holds_by_default, known_text
from recursion_lint.code.calls import (
    Alternatives,
    Concatenation,
    ContextPath,
    Environment,
    EventPath,
    ListValue,
    Literal,
    Pure,
    Value,
)
from recursion_lint.code.values import either
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.paths import Cycle, Step
from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.text import ANY, Symbol, Text, has_wildcard, literal, split_text, text
from recursion_lint.services.naming import endpoint_of, unrevised
from recursion_lint.services.registry import declared
from recursion_lint.template.resource_types import arn_text

Relation = OneOf["same", "perhaps", "different", "unknown"]
"""Of a target to a channel: it is the channel, on some ways it is, it is surely another one, it cannot be told."""
MAX_TEXTS = 16
_OWN_NAMES = frozenset({"function_name", "functionName", "invoked_function_arn", "invokedFunctionArn"})
_OWN_VARIABLES = frozenset({"AWS_LAMBDA_FUNCTION_NAME"})


class Around(NamedTuple):
    """A step of a loop, with what the template gives the function that makes it."""

    graph: EventGraph
    step: Step
    cycle: Cycle
    variables: Mapping[str, tuple[Mention, ...]]
    placeholders: Mapping[str, Text]

    @property
    def function(self) -> Endpoint:
        """The function that makes the step."""
        return self.step.start.trigger.consumer

    @property
    def channel(self) -> Endpoint:
        """What the step leads to."""
        return self.step.end.trigger.channel


def around(graph: EventGraph, step: Step, cycle: Cycle, placeholders: Mapping[str, Text]) -> Around:
    """What is around a step of a cycle."""
    variables: dict[str, list[Mention]] = {}
    for mention in graph.mentions.get(step.start.trigger.consumer, ()):
        if mention.name:
            variables.setdefault(mention.name, []).append(mention)
    return Around(graph, step, cycle, {name: tuple(all_) for name, all_ in variables.items()}, placeholders)


def settings(place: Around) -> Mapping[str, Value]:
    """The variables that have a value in plain text whenever the function runs, and these values."""
    found: dict[str, Value] = {}
    for name, mentions in place.variables.items():
        words = {"" if mention.value == () else literal(mention.value) for mention in mentions}
        if None not in words and not any(mention.requires for mention in mentions):
            found[name] = either(Literal(word) for word in sorted(word for word in words if word is not None))
    return found


def usual(place: Around) -> Mapping[str, Value]:
    """The variables' values where every parameter has its default, as far as the defaults tell them."""
    found: dict[str, Value] = {}
    for name, mentions in place.variables.items():
        words = {
            known_text(mention.value, place.graph)
            for mention in mentions
            if all(holds_by_default(one, place.graph) is not False for one in mention.requires)
        }
        if words and None not in words:
            found[name] = either(Literal(word) for word in sorted(word for word in words if word is not None))
    return found


# --- texts ---------------------------------------------------------------------------------------------------


def texts(value: Value | None, place: Around) -> tuple[Text, ...]:
    """Every text that ``value`` may be, ``ANY`` where nothing is known; at most ``MAX_TEXTS``."""
    found = tuple(dict.fromkeys(_texts(value, place)))
    return found if found and len(found) <= MAX_TEXTS else ((ANY,),)


def _texts(value: Value | None, place: Around) -> Iterator[Text]:
    if isinstance(value, Literal):
        yield _literal_text(value, place)
    elif isinstance(value, Environment):
        yield from _variable(value, place)
    elif isinstance(value, EventPath):
        yield from _event_texts(value, place)
    elif isinstance(value, ContextPath) and value.path[-1:] in (("function_name",), ("functionName",)):
        yield place.function.name
    elif isinstance(value, Concatenation):
        parts = [texts(part, place) for part in value.parts]
        count = 1
        for part in parts:
            count *= len(part)
        if count > MAX_TEXTS:
            yield (ANY,)
        else:
            yield from (text(piece for part in chosen for piece in part) for chosen in product(*parts))
    elif isinstance(value, Alternatives):
        for option in value.options:
            yield from texts(option, place)
    elif isinstance(value, Pure) and value.name == "when" and len(value.arguments) == 3:
        yield from texts(value.arguments[1], place)
        yield from texts(value.arguments[2], place)
    elif isinstance(value, Pure) and value.name == "item" and len(value.arguments) == 2:
        yield from _field(*value.arguments, place)
    else:
        yield (ANY,)


def _field(whole: Value, at: Value, place: Around) -> Iterator[Text]:
    """What stands at a place of a text that is split at a delimiter: ``arn.split(":")[-1]``."""
    index = at.value if isinstance(at, Literal) else None
    if not isinstance(whole, Pure) or whole.name != "split" or len(whole.arguments) != 2:
        yield (ANY,)
        return
    delimiter = whole.arguments[1]
    split_at = delimiter.value if isinstance(delimiter, Literal) else None
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(split_at, str) or not split_at:
        yield (ANY,)
        return
    for found in texts(whole.arguments[0], place):
        fields = split_text(found, split_at)
        # What a wildcard stands for may hold the delimiter: none may stand where fields are counted.
        counted = fields[:index] if index >= 0 else fields[index:]
        known = -len(fields) <= index < len(fields) and not any(map(has_wildcard, counted))
        yield fields[index] if known and len(fields) > 1 else (ANY,)


def _literal_text(value: Literal, place: Around) -> Text:
    if value.value is None:
        return (ANY,)
    if isinstance(value.value, bool):
        return (ANY,)
    return with_values(str(value.value), place.placeholders)


def _variable(value: Environment, place: Around) -> Iterator[Text]:
    """A variable's values; what the code puts in its place counts where the variable may not be set."""
    if value.name in _OWN_VARIABLES:
        yield place.function.name
        return
    mentions = place.variables.get(value.name, ())
    yield from (mention.value for mention in mentions)
    if not mentions:
        yield (ANY,)
    elif value.default is not None and all(mention.requires for mention in mentions):
        yield from texts(value.default, place)


def _event_texts(value: EventPath, place: Around) -> Iterator[Text]:
    """The name of the channel that sent the event, where it names that, or what a definition puts there."""
    path = ".".join(value.path)
    sender = sender_of(path, place.channel.service, place)
    if sender is not None and path.endswith("name"):
        yield sender.name
        return
    if sender is not None and path.lower().endswith("arn") and not declared(sender.service).keyed:
        yield _arn_told(sender)
        return
    yield from inputs(value.path, place)


def _arn_told(sender: Endpoint) -> Text:
    """The ARN by which events name their sender; where more may follow the name (a stream's label), it is not known.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    form = declared(sender.service).arn
    arn = arn_text(f"{sender.service}:@:{form.prefix}{{}}", sender.name)
    return text([*arn, form.end, ANY]) if form.end else arn


def inputs(path: tuple[str, ...], place: Around) -> tuple[Text, ...]:
    """What the state machine that invokes the function puts at a path of its event."""
    start = place.step.start
    before = next((step for step in place.cycle if step.end.number == start.number), None)
    if before is None or before.write is None:
        return ((ANY,),)
    return inputs_of(place.graph.facts, before.write, path)


def is_event_key(value: Value | None, service: str) -> bool:
    """Is ``value`` the object key that the event names, as it is?"""
    pattern = declared(service).event_key
    return bool(pattern) and isinstance(value, EventPath) and _fits(pattern, ".".join(value.path))


def _fits(pattern: str, path: str) -> bool:
    return bool(pattern) and re.search(pattern, path) is not None


def sender_of(path: str, service: str, place: Around) -> Endpoint | None:
    """The channel that a path of the event names, where it is one of ``service`` that is known.

    Where the function is started by another channel in between (a queue that a bucket feeds), it is the only one of
    its service on the loop.
    """
    if not _fits(declared(service).sender, path):
        return None
    direct = place.step.start.trigger.channel
    if direct.service == service:
        return direct
    there = {step.end.trigger.channel for step in place.cycle if step.end.trigger.channel.service == service}
    return next(iter(there)) if len(there) == 1 else None


# --- targets -------------------------------------------------------------------------------------------------


def relation(value: Value | None, place: Around) -> Relation:
    """How the target of a call stands to the channel of the step; ``None`` is a target that is left out."""
    return _first(_relation(option, place) for option in _options(value))


def _options(value: Value | None) -> Iterable[Value | None]:
    if isinstance(value, Alternatives):
        return [one for option in value.options for one in _options(option)]
    if isinstance(value, Pure) and value.name == "when" and len(value.arguments) == 3:
        return [one for option in value.arguments[1:] for one in _options(option)]
    if isinstance(value, ListValue) and len(value.items) == 1:
        return _options(value.items[0])
    return (value,)


def _relation(value: Value | None, place: Around) -> Relation:
    if value is None or value == Literal(None) or value == Literal(""):
        return _default_target(place)
    if isinstance(value, Pure) and value.name == "kept_by_the_service":
        return "different"
    if isinstance(value, Pure) and value.name in ("queue_url", "topic_arn") and value.arguments:
        return relation(value.arguments[0], place)
    if declared(place.channel.service).runs_handler and _is_itself(value):
        return "same" if place.function == place.channel else "different"
    if isinstance(value, Environment):
        return _by_variable(value, place)
    if isinstance(value, EventPath):
        return _by_event(value, place)
    return _first(_named(one, place) for one in texts(value, place))


def _first(relations: Iterable[Relation]) -> Relation:
    """What several values come to."""
    found = set(relations)
    if len(found) == 1:
        return found.pop()
    return "perhaps" if found & {"same", "perhaps"} else "unknown"


def _default_target(place: Around) -> Relation:
    """PutEvents without a bus puts on the default one; no other call goes without a target."""
    unnamed = declared(place.channel.service).unnamed
    name = literal(place.channel.name)
    if not unnamed or name is None:
        return "unknown"
    return "same" if name == unnamed else "different"


def _is_itself(value: Value) -> bool:
    """Is it the name or the ARN of the function that runs, perhaps with a qualifier?"""
    if isinstance(value, Environment):
        return value.name in _OWN_VARIABLES
    if isinstance(value, ContextPath):
        return bool(value.path) and value.path[-1] in _OWN_NAMES
    if not isinstance(value, Concatenation) or len(value.parts) < 2 or not _is_itself(value.parts[0]):
        return False
    qualifier = value.parts[1]
    return isinstance(qualifier, Literal) and str(qualifier.value).startswith(":")


def _by_variable(value: Environment, place: Around) -> Relation:
    mentions = place.variables.get(value.name, ())
    if not mentions:
        other = relation(value.default, place) if value.default is not None else "unknown"
        return "unknown" if other == "different" else other
    found: set[Relation] = set()
    for mention in mentions:
        found.add("same" if points_to(mention, place.channel) else _named(mention.value, place))
    return _first(found)


def _by_event(value: EventPath, place: Around) -> Relation:
    """A target that the event names is the channel that sent it."""
    sender = sender_of(".".join(value.path), place.channel.service, place)
    if sender is None:
        return _first(_named(one, place) for one in inputs(value.path, place))
    if sender == place.channel:
        return "same"
    return "different" if place.step.start.trigger.channel == sender else "unknown"


def _named(value: Text, place: Around) -> Relation:
    """A name, an ARN or a URL against the channel."""
    channel, known = place.channel, place.graph.declared
    if not value or value == (ANY,):
        return "unknown"
    arn = split_arn(value)
    if arn is not None and has_wildcard(value):
        value = _name_in(value)
    found = unrevised(endpoint_of(value, channel.service))
    if set_apart(value):
        return "unknown"
    if found == channel:
        return "same"
    if channel.service == "?":
        return "unknown"
    if found.service != channel.service:
        return "different"
    if found in known and channel in known:
        return "different"
    return "different" if _never_equal(found.name, channel.name, channel in known) else "unknown"


def _name_in(value: Text) -> Text:
    """The name in an ARN or a URL whose account and region are put in when the code runs."""
    last = value[-1]
    if not isinstance(last, str):
        return value[-1:]
    return (re.split(r"[:/]", last)[-1],) if re.search(r"[:/]", last) else value


def _never_equal(one: Text, other: Text, generated: bool) -> bool:
    """Can two names never be the same, whatever their symbols stand for?"""
    if has_wildcard(one) or has_wildcard(other):
        return False
    plain, known = literal(one), literal(other)
    if plain is not None and known is not None:
        return plain != known
    if generated and plain is not None and any(isinstance(p, Symbol) and p.kind == "random" for p in other):
        return True
    return _extends(one, other) or _extends(other, one) or _other_tail(one, other)


def _extends(longer: Text, shorter: Text) -> bool:
    """Is one the other with more letters before or behind it?"""
    size = len(shorter)
    if not size or len(longer) != size + 1:
        return False
    more = longer[size] if longer[:size] == shorter else longer[0] if longer[1:] == shorter else None
    return isinstance(more, str) and bool(more)


def _other_tail(one: Text, other: Text) -> bool:
    """The same beginning and another literal end: ``${Stack}-a`` and ``${Stack}-b``."""
    if len(one) != len(other) or one[:-1] != other[:-1]:
        return False
    return isinstance(one[-1], str) and isinstance(other[-1], str) and one[-1] != other[-1]
