"""A template written in another notation, and in another order: the same to CloudFormation, another text.

``read`` takes a text apart into plain values; ``Notation.draw`` chooses how to write; ``written`` writes.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml


class Unfit(Exception):
    """A template that cannot be written anew, or not in this notation, without saying something else."""


class Scalar(NamedTuple):
    """A value without parts. ``plain`` ones are no strings to YAML: numbers, booleans, dates, nothing at all."""

    text: str
    plain: bool = False


class Map(NamedTuple):
    """Keys and values in order; ``tag`` is the short form of an intrinsic function that was written so."""

    entries: tuple[tuple[Scalar, Any], ...]


class Items(NamedTuple):
    elements: tuple[Any, ...]


Value = Any
SHORT = ("Ref", "Condition")
LONG_TO_SHORT = {
    name: "!" + name.removeprefix("Fn::")
    for name in (
        *(
            "Ref",
            "Fn::Sub",
            "Fn::GetAtt",
            "Fn::Join",
            "Fn::If",
            "Fn::Select",
            "Fn::Split",
            "Fn::Equals",
            "Fn::Not",
        ),
        *("Fn::And", "Fn::Or", "Fn::ImportValue", "Fn::FindInMap", "Fn::Base64"),
    )
}
MAX_NODES = 20_000


def read(text: str) -> Map:
    """A template's text as values, short forms as long ones. Raises ``Unfit``."""
    try:
        raw = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unfit("is not read") from None
    found = _value(raw, [MAX_NODES])
    if not isinstance(found, Map):
        raise Unfit("is no map")
    return found


def _value(raw: Any, room: list[int]) -> Value:
    room[0] -= 1
    if room[0] < 0:
        raise Unfit("is too large")
    if isinstance(raw, yaml.ScalarNode):
        own = Scalar(raw.value, not raw.style and raw.tag != "tag:yaml.org,2002:str" and raw.tag[0] != "!")
    elif isinstance(raw, yaml.SequenceNode):
        own = Items(tuple(_value(one, room) for one in raw.value))
    elif isinstance(raw, yaml.MappingNode):
        keys = [_key(key) for key, _ in raw.value]
        if len({key.text for key in keys}) < len(keys):
            raise Unfit("has a key twice")
        own = Map(tuple((key, _value(one, room)) for key, (_, one) in zip(keys, raw.value, strict=True)))
    else:
        raise Unfit("is empty")
    if not raw.tag.startswith("!"):
        if raw.tag.rpartition(":")[2] not in (
            "str",
            "int",
            "float",
            "bool",
            "null",
            "timestamp",
            "map",
            "seq",
            "value",
        ):
            raise Unfit(f"has the tag {raw.tag}")
        return own
    name = raw.tag[1:]
    if not re.fullmatch(r"\w+", name):
        raise Unfit(f"has the tag {raw.tag}")
    if name == "GetAtt" and isinstance(own, Scalar) and "." in own.text:
        own = Items(tuple(map(Scalar, own.text.split(".", 1))))
    if isinstance(own, Scalar):
        own = Scalar(own.text)
    return Map(((Scalar(name if name in SHORT else f"Fn::{name}"), own),))


def _key(raw: Any) -> Scalar:
    if not isinstance(raw, yaml.ScalarNode) or raw.value == "<<" or raw.tag.startswith("!"):
        raise Unfit("has a key that is no string")
    return Scalar(raw.value, not raw.style and raw.tag != "tag:yaml.org,2002:str")


SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")


def shuffled(template: Map, rng: random.Random) -> Map:
    """The same with its sections, what they hold, and what each resource says in another order."""
    entries = []
    for key, value in _mixed(template.entries, rng):
        if key.text in SECTIONS and isinstance(value, Map):
            inner = [
                (name, Map(_mixed(one.entries, rng)) if isinstance(one, Map) else one)
                for name, one in value.entries
            ]
            value = Map(_mixed(inner, rng)) if key.text != "Conditions" else Map(_mixed(value.entries, rng))
        entries.append((key, value))
    return Map(tuple(entries))


def _mixed(entries: Any, rng: random.Random) -> tuple[Any, ...]:
    found = list(entries)
    rng.shuffle(found)
    return tuple(found)


class Notation(NamedTuple):
    """How to write a template. Numbers between 0 and 1 are how often something is done where it can be."""

    json: bool = False
    step: int = 2
    tabs: bool = False
    compact: bool = False
    ascii: bool = False
    indented: bool = True
    flow: float = 0.0
    short: float = 1.0
    quoted_keys: float = 0.0
    quoted: float = 0.2
    literal: float = 0.5
    comments: float = 0.0
    anchors: int = 0
    crlf: bool = False
    start: bool = False

    @classmethod
    def draw(cls, rng: random.Random) -> Notation:
        often = lambda: rng.choice((0.0, 0.0, 0.15, 0.5, 1.0))  # noqa: E731
        return cls(
            json=rng.random() < 0.35,
            step=rng.choice((1, 2, 2, 3, 4, 8)),
            tabs=rng.random() < 0.3,
            compact=rng.random() < 0.4,
            ascii=rng.random() < 0.5,
            indented=rng.random() < 0.5,
            flow=often(),
            short=rng.choice((0.0, 0.5, 1.0)),
            quoted_keys=often(),
            quoted=rng.choice((0.0, 0.3, 1.0)),
            literal=rng.random(),
            comments=rng.choice((0.0, 0.0, 0.2, 0.8)),
            anchors=rng.choice((0, 0, 1, 4)),
            crlf=rng.random() < 0.25,
            start=rng.random() < 0.2,
        )


def written(template: Map, notation: Notation, rng: random.Random) -> str:
    """The text of a template in a notation. Raises ``Unfit`` for what JSON has no words for."""
    text = _as_json(template, notation) if notation.json else _Yaml(template, notation, rng).text()
    return text.replace("\n", "\r\n") if notation.crlf else text


# --- JSON ------------------------------------------------------------------------------------------


def _as_json(template: Map, notation: Notation) -> str:
    indent = None if notation.compact else "\t" if notation.tabs else notation.step
    separators = (",", ":") if notation.compact else None
    return (
        json.dumps(_plain(template), indent=indent, separators=separators, ensure_ascii=notation.ascii) + "\n"
    )


def _plain(value: Value) -> Any:
    if isinstance(value, Map):
        return {key.text: _plain(one) for key, one in value.entries}
    if isinstance(value, Items):
        return [_plain(one) for one in value.elements]
    if not value.plain or re.fullmatch(r"\d{4}-\d\d-\d\d", value.text):
        return value.text
    known: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
    if value.text.lower() in known:
        return known[value.text.lower()]
    if re.fullmatch(r"-?(0|[1-9]\d{0,15})", value.text):
        return int(value.text)
    raise Unfit(f"{value.text} is no JSON")


# --- YAML ------------------------------------------------------------------------------------------

_SAFE = re.compile(r"[A-Za-z/_][\w/.-]*(?:::?[\w/.-]+)*")
_COMMENTS = (
    "# see below",
    "# TODO: { unfinished ]",
    "#",
    "# 'quoted' \"text\": value",
    "# - an item",
    "#! & * %",
)


class _Yaml:
    def __init__(self, template: Map, notation: Notation, rng: random.Random) -> None:
        self._template = template
        self._how = notation
        self._rng = rng
        self._anchored: dict[str, str] = {}
        self._placed: set[str] = set()
        if notation.anchors:
            seen = Counter(map(repr, _parts(template)))
            twice = sorted(one for one, count in seen.items() if count > 1 and len(one) > 60)
            for at, one in enumerate(rng.sample(twice, min(notation.anchors, len(twice)))):
                self._anchored[one] = f"a{at}"

    def text(self) -> str:
        lines = ["---"] if self._how.start else []
        lines += self._map(self._template, 0)
        return "\n".join(lines) + "\n"

    def _chance(self, often: float) -> bool:
        return self._rng.random() < often

    def _remark(self, indent: int) -> list[str]:
        if not self._chance(self._how.comments):
            return []
        pads = (indent, 0)
        return [
            " " * self._rng.choice(pads) + self._rng.choice(_COMMENTS)
            for _ in range(self._rng.choice((1, 1, 2)))
        ]

    def _map(self, value: Map, indent: int) -> list[str]:
        lines = []
        for key, one in value.entries:
            lines += self._remark(indent)
            lines += self._entry(self._word(key, self._how.quoted_keys, key=True) + ":", one, indent, False)
        return lines

    def _entry(self, lead: str, value: Value, indent: int, in_list: bool) -> list[str]:
        """A key with its value, or a dash with its element; ``lead`` is written at ``indent``."""
        pad = " " * indent
        head, value, alias = self._head(value)
        lead = f"{lead} {head}".rstrip() if head else lead
        if alias:
            return [f"{pad}{lead}"]
        if isinstance(value, Scalar):
            return self._scalar_lines(pad + lead, value, indent)
        if not (value.entries if isinstance(value, Map) else value.elements) or self._chance(self._how.flow):
            return [f"{pad}{lead} {self._in_flow(value)}{self._end()}"]
        if isinstance(value, Items):
            inner = indent + (self._how.step if self._how.indented or in_list else 0)
            return [f"{pad}{lead}{self._end()}", *self._items(value, inner)]
        if in_list and not head:
            first, *rest = self._map_bare(value, indent + 2)
            return [f"{pad}- {first.lstrip()}", *rest]
        return [
            f"{pad}{lead}{self._end()}",
            *self._map(value, indent + max(self._how.step, 2 if in_list else 1)),
        ]

    def _map_bare(self, value: Map, indent: int) -> list[str]:
        """A map whose first line is a key, not a comment: it stands behind a dash."""
        comments, self._how = self._how.comments, self._how._replace(comments=0.0)
        key, one = value.entries[0]
        lines = self._entry(self._word(key, self._how.quoted_keys, key=True) + ":", one, indent, False)
        self._how = self._how._replace(comments=comments)
        return lines + self._map(Map(value.entries[1:]), indent)

    def _items(self, value: Items, indent: int) -> list[str]:
        lines = []
        for one in value.elements:
            lines += self._remark(indent)
            lines += self._entry("-", one, indent, True)
        return lines

    def _head(self, value: Value) -> tuple[str, Value, bool]:
        """Anchor, alias or tag before a value, what is left of the value, and whether that is nothing."""
        mark = self._anchored.get(repr(value)) if self._anchored and not isinstance(value, Scalar) else None
        if mark is not None and mark in self._placed:
            return f"*{mark}", value, True
        anchor = ""
        if mark is not None:
            self._placed.add(mark)
            anchor = f"&{mark} "
        tagged = self._tagged(value)
        if tagged is None:
            return anchor.strip(), value, False
        return anchor + tagged[0], tagged[1], False

    def _tagged(self, value: Value) -> tuple[str, Value] | None:
        if not isinstance(value, Map) or len(value.entries) != 1 or not self._chance(self._how.short):
            return None
        (key, inner), *_ = value.entries
        tag = LONG_TO_SHORT.get(key.text)
        if tag is None or (isinstance(inner, Scalar) and inner.plain):
            return None
        if isinstance(inner, Scalar) and key.text in (
            "Fn::GetAtt",
            "Fn::Sub",
            "Ref",
            "Fn::ImportValue",
            "Fn::Base64",
        ):
            return tag, inner
        if key.text == "Fn::GetAtt" and all(isinstance(one, Scalar) for one in inner.elements):
            dotted = ".".join(one.text for one in inner.elements)
            return tag, Scalar(dotted) if self._rng.random() < 0.7 else inner
        return (tag, inner) if isinstance(inner, Items) else None

    def _scalar_lines(self, lead: str, value: Scalar, indent: int) -> list[str]:
        block = self._block(value) if self._chance(self._how.literal) else None
        if block is not None:
            mark, lines = block
            pad = " " * (indent + max(self._how.step, 2))
            return [f"{lead} {mark}", *[pad + line if line else "" for line in lines]]
        word = self._word(value, self._how.quoted)
        return [f"{lead} {word}".rstrip() + self._end()]

    @staticmethod
    def _block(value: Scalar) -> tuple[str, list[str]] | None:
        text = value.text
        if (
            value.plain
            or "\n" not in text.rstrip("\n")
            or (not text.isprintable() and not re.fullmatch(r"[\x20-\x7e\n]*", text))
        ):
            return None
        body = text[:-1] if text.endswith("\n") else text
        lines = body.split("\n")
        if (
            body.endswith("\n")
            or not lines[0]
            or lines[0][0] == " "
            or any(line != line.rstrip() for line in lines)
        ):
            return None
        return ("|" if text.endswith("\n") else "|-"), lines

    def _end(self) -> str:
        return "  " + self._rng.choice(_COMMENTS) if self._chance(self._how.comments) else ""

    def _flow(self, value: Value) -> str:
        head, value, alias = self._head(value)
        if alias:
            return head + " "
        return (head + " " if head else "") + self._in_flow(value)

    def _in_flow(self, value: Value) -> str:
        if isinstance(value, Scalar):
            return self._word(value, self._how.quoted, flow=True)
        if isinstance(value, Items):
            return "[" + ", ".join(map(self._flow, value.elements)) + "]"
        pairs = (
            f"{self._word(key, self._how.quoted_keys, key=True)}: {self._flow(one)}"
            for key, one in value.entries
        )
        return "{" + ", ".join(pairs) + "}"

    def _word(self, value: Scalar, quoted: float, key: bool = False, flow: bool = False) -> str:
        text = value.text
        if value.plain:
            return text or ("null" if flow else "")
        safe = _SAFE.fullmatch(text) is not None and _loads_as_string(text)
        if safe and not self._chance(quoted):
            return text
        if "'" not in text and text.isprintable() and self._rng.random() < 0.5:
            return f"'{text}'"
        return json.dumps(
            text, ensure_ascii=any(not one.isprintable() for one in text if one != "\n") or self._how.ascii
        )


def _parts(value: Value) -> Any:
    if isinstance(value, Map):
        yield value
        for _, one in value.entries:
            yield from _parts(one)
    elif isinstance(value, Items):
        yield value
        for one in value.elements:
            yield from _parts(one)


def _loads_as_string(text: str) -> bool:
    tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))
    return bool(tag == "tag:yaml.org,2002:str")
