"""What a call in a handler's code puts on its channel: keys, event types and content, as far as the code tells.

A grant's ``Produces`` is all that is allowed; this is what is done. What the code leaves open stays open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile

from recursion_lint.assessment.evidence.code_values import (
    Around,
    Relation,
    is_event_key,
    relation,
    texts,
)
from recursion_lint.assessment.evidence.own_items import table_keys
from recursion_lint.code.calls import (
    Alternatives,
    CallSite,
    Concatenation,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Value,
)
from recursion_lint.code.deciding import plain_pattern
from recursion_lint.code.replay import once_only
from recursion_lint.code.service_jobs import keys_of_job
from recursion_lint.graph.matching import Meeting
from recursion_lint.model.facts import KeyRule, Produces
from recursion_lint.model.text import ANY, Text, has_wildcard, text
from recursion_lint.patterns.events import UNKNOWN, Doc, Glob, Items, OneOf
from recursion_lint.patterns.events import Value as Known
from recursion_lint.services.registry import declared

_DEEPEST = 30
_NOT_ENCODED = re.compile(r"^[A-Za-z0-9_.*/-]+$")
"""Letters that stand in an event's key as they are in the object's."""


def produced(site: CallSite, place: Around) -> Produces:
    """What one call puts on the channel of a step; the grant's word stands where the code says nothing."""
    granted = place.step.write.produces if place.step.write is not None else Produces()
    events = frozenset(site.events) or granted.events
    service = declared(place.channel.service)
    if service.keyed:
        return granted._replace(events=events, keys=_object_keys(site, place, granted))
    topics = _topics(site, place)
    if topics is not None:
        return granted._replace(topics=topics or granted.topics)
    found = service.written(site, _Values(place)) if service.written is not None else None
    return granted._replace(events=events, document=found if found is not None else granted.document)


def stands(site: CallSite, place: Around) -> Relation:
    """How what a call writes to stands to the channel of the step: all topics of an account are one channel."""
    topics = _topics(site, place)
    if topics is None:
        return relation(site.target, place)
    return "same" if topics else "unknown"


def _topics(site: CallSite, place: Around) -> tuple[Text, ...] | None:
    """The topics that a call names, none where it may name any; ``None`` where the channel has no topics."""
    published = declared(place.channel.service).published
    if published is None:
        return None
    found = published(site.operation, texts(site.key, place))
    return () if (ANY,) in found else found


# --- object keys -----------------------------------------------------------------------------------------------


def _object_keys(site: CallSite, place: Around, granted: Produces) -> tuple[Text, ...]:
    """Patterns of ``bucket/key``. The event's own key is whatever its trigger lets through."""
    bucket = text([*place.channel.name, "/"])
    everywhere = site.file.endswith(".py")
    keys = [key for option in _options(site.key) for key in _keys(option, place, everywhere)]
    keys = keys_of_job(site, keys)
    if not keys or (ANY,) in keys:
        return granted.keys
    return tuple(dict.fromkeys(text([*bucket, *key]) for key in keys))


def _options(value: Value | None) -> tuple[Value | None, ...]:
    return value.options if isinstance(value, Alternatives) else (value,)


def _keys(value: Value | None, place: Around, everywhere: bool) -> Iterator[Text]:
    parts = value.parts if isinstance(value, Concatenation) else (value,)
    at_begin, at_end = _ends(_rule(place))
    rooted = isinstance(at_begin[0], str) and at_begin[0].startswith("/")
    if rooted and any(is_event_key(part, place.channel.service) for part in parts[1:]):
        # Put behind a folder by a library, a key with a slash before it may drop the folder.
        yield (ANY,)
        return
    found: list[Text] = [()]
    for at, part in enumerate(parts):
        if is_event_key(part, place.channel.service):
            head = at_begin if at == 0 else (ANY,)
            tail = at_end if at == len(parts) - 1 else (ANY,)
            options: tuple[Text, ...] = (head,) if at == 0 else (tail,)
        elif (renamed := _renamed(part, place, everywhere)) is not None:
            options = (renamed,)
        else:
            options = texts(part, place)
        found = [text([*one, *option]) for one in found for option in options][:64]
    yield from found


def _renamed(value: Value | None, place: Around, everywhere: bool) -> Text | None:
    """The event's own key with a part that all its keys have put otherwise: ``key.replace("raw/", "clean/")``.

    ``None`` where it is none, or the part does not stand in what the trigger asks for. ``everywhere``: not only the
    first of several is replaced, as in JavaScript.
    """
    if not isinstance(value, Pure) or value.name not in ("replace", "sub") or len(value.arguments) < 3:
        return None
    whole, old, new = value.arguments[:3]
    if value.name == "sub" and len(value.arguments) > 3:
        return None  # perhaps with flags
    if not is_event_key(whole, place.channel.service) or not isinstance(new, Literal):
        return None
    plainly = isinstance(old, Literal) and value.name == "replace"
    found = (str(old.value), False, False) if plainly and isinstance(old, Literal) else plain_pattern(old)
    put = str(new.value)
    if found is None or not _NOT_ENCODED.match(found[0]) or "$" in put or "\\" in put or _by_lines(old):
        return None
    (plain, at_start, at_stop), (begin, end) = found, _ends(_rule(place))
    if not at_stop and isinstance(begin[0], str) and plain in begin[0]:
        place_of_it = begin[0].index(plain)
        if place_of_it == 0 or not at_start:
            return text([begin[0][:place_of_it], put, ANY])
    last = at_stop or (everywhere and len(value.arguments) == 3 and not at_start and _apart(plain))
    if last and isinstance(end[-1], str) and end[-1].endswith(plain):
        return text([ANY, put])
    return None


def _by_lines(old: Value) -> bool:
    """Does a regular expression have the beginning or the end of a line for that of the text?"""
    flags = old.arguments[1:2] if isinstance(old, Pure) else ()
    return any(not isinstance(one, Literal) or set(str(one.value)) - set("gu") for one in flags)


def _apart(plain: str) -> bool:
    """Can the text not overlap with itself, so that the one at the end is always found?"""
    return not any(plain.startswith(plain[at:]) for at in range(1, len(plain)))


def _rule(place: Around) -> KeyRule | None:
    """The one rule that keys of the trigger that starts the function obey; ``None`` where it is another service."""
    trigger = place.step.start.trigger
    known = declared(trigger.channel.service).keyed and len(trigger.accepts.keys) == 1
    return trigger.accepts.keys[0] if known else None


def _ends(rule: KeyRule | None) -> tuple[Text, Text]:
    """What the trigger's keys begin with and end with, as patterns."""
    begin: Text = (ANY,)
    end: Text = (ANY,)
    for pattern in rule[0] if rule is not None else ():
        if pattern and pattern[-1] == ANY and not has_wildcard(pattern[:-1]):
            begin = pattern
        elif pattern and pattern[0] == ANY and not has_wildcard(pattern[1:]):
            end = pattern
    return begin, end


def same_key(site: CallSite, place: Around) -> bool:
    """Does the call write the object that the event is about?"""
    return is_event_key(site.key, place.channel.service)


def _is_name(value: Value | None) -> bool:
    """Is it one component of a path, which has no slash in it?"""
    if not isinstance(value, Pure):
        return False
    if value.name in ("basename", "file_name", "path_name"):
        return True
    whole = value.arguments[0] if value.arguments else None
    if value.name not in ("item", "element", "index") or not isinstance(whole, Pure) or whole.name != "split":
        return False
    return len(whole.arguments) == 2 and whole.arguments[1] == Literal("/")


def below_another_folder(site: CallSite, place: Around) -> bool:
    """Is the key a bare file name, where every rule of the trigger asks for a prefix with a slash?"""
    options = _options(site.key)
    names = all(_is_name(option) or _starts_with_name(option) for option in options)
    rules = place.step.end.trigger.accepts.keys
    return names and bool(rules) and all(any(map(_in_folder, rule[0])) for rule in rules)


def _starts_with_name(value: Value | None) -> bool:
    """A file's name with letters around it, none of them a slash."""
    if not isinstance(value, Concatenation):
        return False
    return all(
        _is_name(part) or (isinstance(part, Literal) and "/" not in str(part.value)) for part in value.parts
    )


def _in_folder(pattern: Text) -> bool:
    fixed = tuple(takewhile(lambda part: isinstance(part, str), pattern))
    return bool(fixed) and "/" in str(fixed[0])


def in_later_rounds(found: Meeting | None, site: CallSite, place: Around) -> Meeting | None:
    """How the call meets the trigger, where that may refuse what the call writes in the rounds after the first."""
    trigger = place.step.end.trigger
    if found is None or found.extent != "all":
        return found
    doubt = once_only(site, trigger.accepts.events, table_keys(place))
    return found._replace(extent="some", guard=doubt) if doubt else found


# --- documents ---------------------------------------------------------------------------------------------------


class _Values:
    """What is known of values at a place."""

    def __init__(self, place: Around) -> None:
        self._place = place

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes of the key of the table that is written to."""
        return table_keys(self._place)

    def known(self, value: Value | None) -> Known:
        """A value as a partly known document."""
        return _known(value, self._place)

    def held(self, value: Value | None) -> Known:
        """What a JSON text holds."""
        return _held(value, self._place)


def _known(value: Value | None, place: Around, depth: int = 0) -> Known:
    """A value as a partly known document."""
    if depth > _DEEPEST or value is None:
        return UNKNOWN
    if isinstance(value, Literal) and not isinstance(value.value, str):
        return value.value
    if isinstance(value, ObjectValue):
        fields = {name: _known(inner, place, depth + 1) for name, inner in value.fields}
        return Doc(fields, value.open or value.rest is not None)
    if isinstance(value, ListValue):
        items = tuple(_known(item, place, depth + 1) for item in value.items)
        return Items(items) if value.exact else UNKNOWN
    leaves = tuple(_leaf(found) for found in texts(value, place))
    if len(leaves) == 1:
        return leaves[0]
    plain = tuple(leaf for leaf in leaves if isinstance(leaf, (tuple, Glob)))
    return OneOf(plain) if len(plain) == len(leaves) else UNKNOWN


def _leaf(value: Text) -> Known:
    if value == (ANY,):
        return UNKNOWN
    return Glob(value) if has_wildcard(value) else value


def _held(value: Value | None, place: Around) -> Known:
    """What a JSON text holds; an object that is to become one is taken as it is."""
    if isinstance(value, Pure) and value.name == "json" and value.arguments:
        return _known(value.arguments[0], place)
    if isinstance(value, Literal) and isinstance(value.value, str):
        try:
            return _parsed(json.loads(value.value))
        except (ValueError, RecursionError):
            return (value.value,)
    return UNKNOWN


def _parsed(value: object) -> Known:
    if isinstance(value, dict):
        return Doc({str(key): _parsed(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return Items(tuple(map(_parsed, value)))
    return (value,) if isinstance(value, str) else value  # type: ignore[return-value]
