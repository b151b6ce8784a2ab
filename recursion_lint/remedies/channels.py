"""The channels that a template can have a second one of: what is declared, and how it is referred to."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from recursion_lint.assessment.evidence.variables import points_to
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.text import Symbol, Text, literal
from recursion_lint.remedies.case import Case, Change, Place
from recursion_lint.services.declaration import SecondChannel
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Call, Value, Verbatim, get_att, ref, sub
from recursion_lint.template.yaml.nodes import Node


def second(service: str) -> SecondChannel:
    """How a second channel of a service is written. Raises ``EditError`` where there can be none."""
    found = declared(service).second
    if found is None:
        raise EditError(f"no second channel of {service} can be written")
    return found


class Target(NamedTuple):
    """A channel to write to instead: its logical id and its kind."""

    id: str
    service: str

    @property
    def name(self) -> Value:
        attribute = second(self.service).name_attribute
        return get_att(self.id, attribute) if attribute else ref(self.id)

    @property
    def arn(self) -> Value:
        return ref(self.id) if second(self.service).ref == "arn" else get_att(self.id, "Arn")

    @property
    def url(self) -> Value:
        return ref(self.id)

    def arn_with(self, tail: str) -> Value:
        """The ARN with ``tail`` behind it: the objects of a bucket, the index of a table."""
        if not tail:
            return self.arn
        return sub("${" + (self.id if second(self.service).ref == "arn" else f"{self.id}.Arn") + "}" + tail)


def declaration(case: Case, channel: Endpoint) -> Mapping[str, Value]:
    """The body of a second channel like ``channel``: what its writers need to be the same."""
    kind = second(channel.service)
    place = case.place(channel)
    first = place.properties if place is not None else None
    if not kind.interchangeable and place is not None and place.type == "AWS::Serverless::SimpleTable":
        key = first.get("PrimaryKey") if first is not None else None
        simple: dict[str, Value] = {"Type": place.type}
        return simple if key is None else {**simple, "Properties": {"PrimaryKey": copied(place, key)}}
    properties = {name: _property(value) for name, value in kind.properties}
    if not kind.interchangeable:
        properties |= _keys(place)
    ordered = first.get(kind.first_in_first_out) if first is not None and kind.first_in_first_out else None
    if ordered is not None and ordered.boolean:
        properties |= {kind.first_in_first_out: True, "ContentBasedDeduplication": True}
    return {"Type": kind.type, "Properties": properties} if properties else {"Type": kind.type}


def _property(value: object) -> Value:
    """A property of a declaration as it is written: ``${…}`` in a text is substituted."""
    if isinstance(value, Mapping):
        return {name: _property(inner) for name, inner in value.items()}
    return sub(str(value)) if "${" in str(value) else str(value)


def _keys(place: Place | None) -> dict[str, Value]:
    """The key of a table: its schema, and the attributes that the schema names."""
    schema = place.body.get("Properties", "KeySchema") if place is not None else None
    attributes = place.body.get("Properties", "AttributeDefinitions") if place is not None else None
    if place is None or schema is None or attributes is None:
        raise EditError("the table's key is not known")
    names = {name.text for item in schema.elements() if (name := item.get("AttributeName")) is not None}
    kept = [
        item for item in attributes.elements() if (name := item.get("AttributeName")) and name.text in names
    ]
    return {
        "AttributeDefinitions": [copied(place, item) for item in kept],
        "KeySchema": [copied(place, item) for item in schema.elements()],
    }


def copied(place: Place, node: Node) -> Value:
    """A value of the template, to be written a second time."""
    call = node.intrinsic
    if call is not None:
        return Call(call[0], copied(place, call[1]))
    if node.kind == "map":
        return {key: copied(place, child) for key, child in node.items()}
    if node.kind == "list":
        return [copied(place, child) for child in node.elements()]
    return str(node.value) if node.quoted or place.editor.style.json else Verbatim(place.editor.source(node))


def free_id(case: Case, channel: Endpoint, suffix: str) -> str:
    """A logical id for a second channel that no resource has yet."""
    place = case.place(channel)
    base = place.id if place is not None else second(channel.service).noun.title().replace(" ", "")
    for word in ("Source", "Input", "Upload", "Raw"):
        if word in base:
            # ``Uploads`` become ``Results``.
            base = base.replace(f"{word}s", suffix) if suffix.endswith("s") else base
            base = base.replace(word, suffix)
            break
    else:
        base += suffix
    resources = place.editor.root.get("Resources") if place is not None else None
    taken = {name for name, _ in resources.items()} if resources is not None else set()
    parameters = place.editor.root.get("Parameters") if place is not None else None
    taken |= {name for name, _ in parameters.items()} if parameters is not None else set()
    return next(name for at in range(1, 100) if (name := base + (str(at) if at > 1 else "")) not in taken)


_INWARD = frozenset(
    [
        "source",
        "src",
        "input",
        "in",
        "raw",
        "incoming",
        "upload",
        "uploads",
        "origin",
        "ingest",
        "ingestion",
        "inbound",
        "inbox",
        "landing",
    ]
)


def is_inward(name: str) -> bool:
    """Does a variable's name say that it is where input comes from? ``SOURCE_QUEUE`` does, ``Destination`` does not."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return not _INWARD.isdisjoint(word.lower() for word in words)


_OUTWARD = re.compile(
    "out|outputs?|outgoing|outbound|targets?|dest|destinations?|dst|results?|next|done|processed|completed|finished|"
    "forward|sink|downstream|publish|responses?|repl(y|ies)|to|dead|failed|failures?|errors?|dlq",
    re.IGNORECASE,
)


def is_outward(name: str) -> bool:
    """Does a variable's name say that it is where something goes on? ``TARGET_QUEUE`` does, ``QUEUE_URL`` does not."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return any(_OUTWARD.fullmatch(word) for word in words)


def outward(case: Case, actor: Endpoint, channel: Endpoint) -> list[Mention]:
    """The environment variables that give ``channel`` to ``actor``, but not as where its input comes from."""
    return [
        mention
        for mention in case.mentions(actor)
        if points_to(mention, channel) and not is_inward(mention.name)
    ]


def retarget(case: Case, actor: Endpoint, mention: Mention, target: Target) -> tuple[Change, ...]:
    """The environment variable set to another channel, in the actor's own environment."""
    place = case.place(actor)
    if place is None or place.properties is None:
        raise EditError("the function is not in the template")
    value = target.name
    if mention.value[:1] and str(mention.value[0]).startswith("arn:"):
        value = target.arn
    elif mention.value[:1] and str(mention.value[0]).startswith("http"):
        value = target.url
    return place.change(place.editor.put(place.properties, ("Environment", "Variables", mention.name), value))


def as_sub(value: Text) -> str | None:
    """Symbolic text as a ``Fn::Sub`` pattern; ``None`` where it holds more than parameters and pseudo parameters."""
    pieces: list[str] = []
    for part in value:
        if not isinstance(part, Symbol):
            pieces.append(part.replace("${", "${!"))
        elif part.kind in ("parameter", "pseudo"):
            pieces.append("${" + part.name + "}")
        elif part.wild:
            pieces.append(part.name)
        else:
            return None
    return "".join(pieces)


def written(value: Text) -> Value | None:
    """Symbolic text as the shortest expression for it; ``None`` where a template cannot say it."""
    plain = literal(value)
    if plain is not None:
        return plain
    if len(value) == 1 and isinstance(value[0], Symbol) and value[0].kind in ("parameter", "pseudo"):
        return ref(value[0].name)
    pattern = as_sub(value)
    return sub(pattern) if pattern is not None else None


def with_tail(node: Node | None, old: str, new: str) -> Value:
    """The expression ``node`` with ``new`` in the place of the ``old`` that it ends with."""
    if node is None:
        raise EditError("there is no expression")
    call = node.intrinsic
    if call is None and node.text is not None and node.text.endswith(old):
        return node.text[: len(node.text) - len(old)] + new
    if call is not None and call[0] == "Fn::Sub" and call[1].text is not None and call[1].text.endswith(old):
        return sub(call[1].text[: len(call[1].text) - len(old)] + new)
    if call is not None and not old and call[0] in ("Ref", "Fn::GetAtt"):
        name = call[1].text or ".".join(part.text or "" for part in call[1].elements())
        return sub("${" + name + "}" + new)
    if call is not None and call[0] == "Fn::Join" and len(call[1].elements()) == 2:
        joint, parts = call[1].elements()
        items = parts.elements()
        if joint.text == "" and items and items[-1].text is not None and items[-1].text.endswith(old):
            last = items[-1].text[: len(items[-1].text) - len(old)] + new
            return Call("Fn::Join", ["", [*(plain(item) for item in items[:-1]), last]])
    raise EditError("the expression cannot be extended")


def plain(node: Node) -> Value:
    """A value of the template as a value to write; numbers and booleans become strings."""
    call = node.intrinsic
    if call is not None:
        if call[0] == "Fn::GetAtt" and call[1].kind == "list":
            return Call(call[0], ".".join(part.text or "" for part in call[1].elements()))
        return Call(call[0], plain(call[1]))
    if node.kind == "map":
        return {key: plain(child) for key, child in node.items()}
    if node.kind == "list":
        return [plain(child) for child in node.elements()]
    return str(node.value)
