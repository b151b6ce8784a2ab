"""The catalogue of SDK calls that can close an event loop, loaded on first use.

One entry describes an operation for all languages; each language spells it by its own convention. Parameters were
checked against botocore's service models, actions against the Service Authorization Reference, events against
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

_DATA = os.path.join(os.path.dirname(__file__), "data", "sdk_calls.json")
_WORD = re.compile(r"(.)([A-Z][a-z]+)")
_EDGE = re.compile(r"([a-z0-9])([A-Z])")

Effect = Literal[
    "write", "delete", "tag", "acl", "retention", "annotation", "restore", "delegated", "trigger"
]
Spelling = Literal["python", "javascript", "java", "go", "csharp", "ruby", "rust"]
Style = Literal["boto3_client", "boto3_resource", "javascript_client", "document_client", "document_command"]

# Services as botocore names them, by what clients and packages of JavaScript call them, in lower case without dashes.
_JAVASCRIPT_SERVICES = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "iotdata": "iot-data",
    "iotdataplane": "iot-data",
    "sfn": "stepfunctions",
    "transcribeservice": "transcribe",
    "bedrockruntime": "bedrock-runtime",
    "dynamodbdocument": "dynamodb",
    "dynamodbdocumentclient": "dynamodb",
}


class Operation(NamedTuple):
    """One operation. ``key`` is ``<service>.<name>``, ``channel`` the service of the channel that it writes to.

    ``effect`` is what it does there: ``delegated`` lets a service write the objects, ``trigger`` makes a trigger at run
    time. ``events`` are the event types that follow (``()`` where the channel has one kind only). ``action_parameters``
    says on which parameter's resource an action is needed, where that is not the target. ``target``, ``parameter`` (the
    object key or topic) and ``content`` (by role) hold paths of parameters: ``[]`` is any element, ``*`` any field's
    name. The form ``id`` is that of something that belongs to the target and does not tell it. With ``each`` the call
    carries a list of entries, and paths that begin with ``[]`` lie in one entry. Without a target a service keeps what
    it makes in a place of its own where ``kept_without`` is set: the parameter that each such call has.
    """

    key: str
    service: str
    name: str
    channel: str
    effect: Effect
    events: tuple[str, ...]
    actions: tuple[str, ...]
    action_parameters: Mapping[str, str]
    target: tuple[str, ...]
    target_forms: tuple[str, ...]
    parameter: str | None
    content: tuple[tuple[str, tuple[str, ...]], ...]
    each: str | None
    note: str | None
    kept_without: str | None


class Form(NamedTuple):
    """A call of another name that makes an operation; ``positional`` names its arguments."""

    operation: Operation
    positional: tuple[str, ...]


def operation(key: str) -> Operation:
    """The operation of a key such as ``s3.PutObject``; raises ``KeyError`` where the catalogue has none."""
    return operations()[key]


@cache
def operations() -> Mapping[str, Operation]:
    """All operations by key."""
    return {key: _operation(key, entry) for key, entry in _catalogue()["operations"].items()}


@cache
def services() -> frozenset[str]:
    """The services that have operations in the catalogue, as botocore names them."""
    return frozenset(entry.service for entry in operations().values())


def complete(channel: str) -> bool:
    """Are all SDK calls that write to channels of this service in the catalogue? Else nothing is ever "never"."""
    return channel in _catalogue()["complete_channels"]


@cache
def called(name: str, language: Literal["python", "javascript"]) -> tuple[Operation, ...]:
    """The operations that a client's method of this name makes (``put_object``, ``putObject``)."""
    return tuple(entry for entry in _plain() if method(entry.name, language) == name)


@cache
def commanded(name: str) -> tuple[Operation, ...]:
    """The operations that a command class of JavaScript makes (``PutObjectCommand``)."""
    return tuple(entry for entry in _plain() if entry.name + "Command" == name)


@cache
def _plain() -> tuple[Operation, ...]:
    return tuple(entry for entry in operations().values() if ":" not in entry.key)


@cache
def beside(key: str) -> tuple[Operation, ...]:
    """What an operation writes to channels of other services: a topic that is notified of the end of a job."""
    return tuple(entry for entry in operations().values() if entry.key.startswith(f"{key}:"))


@cache
def form(style: Style, name: str) -> Form | None:
    """The further form of a name: ``s3.copy`` of a client, ``Bucket.upload_file`` of a resource, ``PutCommand``."""
    found = _catalogue()["forms"][style].get(name)
    return Form(operation(found[0]), tuple(found[1])) if found else None


@cache
def method(name: str, language: Literal["python", "javascript"]) -> str:
    """How clients of a language spell an operation's name."""
    return snake(name) if language == "python" else name[:1].lower() + name[1:]


@cache
def snake(name: str) -> str:
    """``PutObject`` as ``put_object``."""
    return _EDGE.sub(r"\1_\2", _WORD.sub(r"\1_\2", name)).lower()


def camel(name: str) -> str:
    """``put_object`` as ``PutObject``."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def spellings(entry: Operation, language: Spelling) -> tuple[str, ...]:
    """The words by which source text of a language may make an operation, its further forms among them.

    A word that begins with a dot is a method that other objects have too; the search must look at it so. Libraries
    that write by themselves are named as they are imported.
    """
    if entry.effect == "delegated" and entry.channel == "sns":
        parameter = entry.target[0].partition(".")[0]
        return (parameter, parameter[:1].lower() + parameter[1:], snake(parameter))
    further = _catalogue()["further_names"].get(language, {}).get(entry.key, ())
    return (*_own_spellings(entry.name, language), *further)


def service_of(name: str) -> str:
    """The service of a JavaScript client's name: ``SQSClient``, ``EventBridge``, ``client-sfn``."""
    plain = name.lower().removeprefix("client-").replace("-", "")
    plain = plain if plain in ("client",) else plain.removesuffix("client")
    return _JAVASCRIPT_SERVICES.get(plain, plain)


def _own_spellings(name: str, language: Spelling) -> tuple[str, ...]:
    lower = name[:1].lower() + name[1:]
    if language in ("python", "ruby", "rust"):
        return (snake(name),)
    if language == "javascript":
        return (lower, name + "Command")
    if language == "java":
        return (lower, name + "Request")
    if language == "go":
        return (name, name + "WithContext", name + "Request", name + "Input")
    return (name + "Async", name + "Request", name)


@cache
def _catalogue() -> Any:
    with open(_DATA, encoding="utf-8") as stream:
        return json.load(stream)


def _operation(key: str, entry: Mapping[str, Any]) -> Operation:
    service, _, name = key.partition(":")[0].partition(".")
    return Operation(
        key=key,
        service=service,
        name=name,
        channel=entry.get("channel", service),
        effect=entry.get("effect", "write"),
        events=tuple(entry.get("events", ())),
        actions=tuple(entry["actions"]),
        action_parameters=entry.get("on", {}),
        target=tuple(entry["target"]),
        target_forms=tuple(entry["form"]),
        parameter=entry.get("key"),
        content=tuple((role, tuple(paths)) for role, paths in entry.get("content", {}).items()),
        each=entry.get("each"),
        note=entry.get("note"),
        kept_without=entry.get("kept_without"),
    )
