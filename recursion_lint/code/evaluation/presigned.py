"""Presigned URLs: what is sent to one is a write of the call that it stands for, whoever hands it on writes nothing.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html
"""

from collections.abc import Iterable, Iterator

from recursion_lint.code.calls import Alternatives, Literal, Pure, Unknown, Value
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import Command, Function, Record, V, join, options_of
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.recording import here, record
from recursion_lint.code.sdk_calls import Operation, called, commanded, operation
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, inner

PRESIGNING = frozenset(
    {"generate_presigned_url", "generate_presigned_post", "getSignedUrl", "getSignedUrlPromise", "createPresignedPost"}
)  # fmt: skip
_POSTS = frozenset({"generate_presigned_post", "createPresignedPost"})
_SIGNED = "presigned"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "PUT", "POST", "PATCH"})
_WRITING = frozenset({"PUT", "POST"})
# Functions that make the request of the method that they are told, ``GET`` where they are told none.
_GETTING = frozenset(
    {"fetch", "node-fetch", "axios", "got", "superagent", "needle", "request", "undici", "default"}
)
_REQUESTING = _GETTING | frozenset({"put", "post", "urlopen", "send", "stream"})
# What only looks at an address, keeps it or tells it.
_QUIET = ("builtins.", "json.", "urllib.parse.", "re.", "os.path.", "logging.", "console.", "url.", "copy.", "html.",
          "base64.", "querystring.", "Object.", "JSON.", "textwrap.", "qrcode",
          "yarl.", "urllib.request.Request", "URL")  # fmt: skip
_TELLING = frozenset(
    {"info", "debug", "warning", "warn", "error", "exception", "critical", "log", "append", "add", "format", "render",
     "set", "annotate", "put_annotation", "put_metadata", "trace", "append_keys", "write"}
)  # fmt: skip
_ADDRESS = frozenset({"url", "uri", "host", "hostname", "path", "pathname", "href", "baseURL", "origin"})
_DEEPEST = 8


def signed(m: Machine, name: str, operations: Iterable[Operation], parameters: V) -> V:
    """The address that stands for a call of one of ``operations``; of those that only read nothing is known."""
    found = next(iter(operations), None)
    if found is None:
        return Unknown("presigned URL")
    m.signed = True
    address = Pure(_SIGNED, (Literal(found.key), m.freeze(parameters)))
    return m.record({"url": address}, open=True) if name in _POSTS else address


def signed_by_client(m: Machine, service: str, name: str, arguments: Arguments) -> V:
    """What the method ``name`` of a client gives, which signs."""
    if name in _POSTS:
        given: V = arguments.positional[0] if arguments.positional else NOTHING
        if m.python:
            named = dict(zip(("Bucket", "Key"), arguments.positional, strict=False)) | dict(arguments.named)
            given = m.record(named)
        elif isinstance(given, Record) and "Key" not in given.cell:
            given = m.record({**given.cell, "Key": m.field(m.field(given, "Fields", _AT), "key", _AT)})
        return signed(m, name, (operation("s3.PutObject"),), given)
    wanted = arguments.get(0, "ClientMethod")
    parameters = arguments.get(1, "Params") or NOTHING
    words = [str(one.value) for one in options_of(wanted) if isinstance(one, Literal)] if wanted else []
    fitting = [one for word in words for one in called(word, m.entry.language) if one.service == service]
    return signed(m, name, fitting, parameters)


def signed_by_function(m: Machine, name: str, arguments: Arguments) -> V:
    """``getSignedUrl(client, command)`` and ``createPresignedPost(client, parameters)``."""
    given = arguments.positional[1] if len(arguments.positional) > 1 else NOTHING
    if name in _POSTS:
        return signed(m, name, (operation("s3.PutObject"),), given)
    commands = [option for option in options_of(given) if isinstance(option, Command)]
    return join(
        [signed(m, name, commanded(one.name), one.parameters) for one in commands]
        or [Unknown("presigned URL")]
    )


_AT: At = (0, 0, 0, 0)


def requested(m: Machine, name: str, arguments: Arguments, at: At) -> None:
    """Notes the write of a call of the library function or the method ``name`` that is given a presigned URL."""
    last = name.rpartition(".")[2]
    if not m.signed or last in _TELLING or name.startswith(_QUIET):
        return
    positional = arguments.positional
    told = _method(m, last, arguments)
    if told is not None and told not in _WRITING:
        return
    addressed = [*positional[: 2 if _is_method(positional) else 1]]
    addressed += [value for word, value in arguments.named.items() if word in _ADDRESS or word == "args"]
    sure = last in _REQUESTING
    for value in addressed:
        for one in dict.fromkeys(_signed_in(m, value)):
            key, parameters = one.arguments
            m.unsure += not sure
            record(m, operation(str(getattr(key, "value", ""))), parameters, here(m, at))
            m.unsure -= not sure


def _is_method(positional: tuple[V, ...]) -> bool:
    first = positional[0] if positional else NOTHING
    return isinstance(first, Literal) and str(first.value).upper() in _METHODS


def _method(m: Machine, last: str, arguments: Arguments) -> str | None:
    """The method of a request in capital letters; ``None`` where it is not known."""
    if last.upper() in _METHODS:
        return last.upper()
    positional = arguments.positional
    if _is_method(positional):
        return str(getattr(positional[0], "value", "")).upper()
    options = [value for value in positional[:2] if isinstance(value, Record)]
    given = [arguments.named.get("method"), *(m.field(one, "method", _AT) for one in options)]
    known = [value for value in given if value is not None and value != NOTHING]
    if not known:
        return "GET" if last in _GETTING and not m.python else None
    words = {
        str(one.value).upper() for value in known for one in options_of(value) if isinstance(one, Literal)
    }
    return words.pop() if len(words) == 1 and all(isinstance(value, Literal) for value in known) else None


def _signed_in(m: Machine, value: V) -> Iterator[Pure]:
    """The presigned URLs that an argument is, or is put together from."""
    if isinstance(value, Function):
        return
    if isinstance(value, Record):
        for word, part in value.cell.items():
            if word in _ADDRESS:
                yield from _signed_in(m, part)
        return
    yield from _within(m.freeze(value), 0)


def _within(value: Value, depth: int) -> Iterator[Pure]:
    if isinstance(value, Pure) and value.name == _SIGNED:
        yield value
    elif depth < _DEEPEST:
        for part in value.options if isinstance(value, Alternatives) else inner(value):
            yield from _within(part, depth + 1)
