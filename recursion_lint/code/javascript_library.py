"""Globals of JavaScript, Node's modules and the AWS SDKs: what they give for symbolic values."""

from collections.abc import Callable

from recursion_lint.code.calls import CallResult, EventPath, Literal, Pure, Unknown
from recursion_lint.code.elements import elements, keys_of, pairs_of, values_of
from recursion_lint.code.heap import (
    ENVIRONMENT_ALL,
    Bound,
    Client,
    Function,
    Library,
    Opaque,
    Record,
    Sequence,
    V,
    join,
    options_of,
)
from recursion_lint.code.imports import require
from recursion_lint.code.invoking import call, escaped, spread
from recursion_lint.code.machine import Arguments, Machine
from recursion_lint.code.methods import call_method
from recursion_lint.code.python_library import joined_path, may_run_aws, parsed
from recursion_lint.code.recording import here, record
from recursion_lint.code.sdk_calls import operation, service_of
from recursion_lint.code.sdk_clients import make_command
from recursion_lint.code.tree import At
from recursion_lint.code.values import NOTHING

_Run = Callable[[Machine, str, Arguments, At], V]
_IDENTITIES = frozenset(
    [
        "decodeURIComponent",
        "decodeURI",
        "encodeURIComponent",
        "encodeURI",
        "escape",
        "unescape",
        "String",
        "Buffer.from",
        "Number",
        "parseInt",
        "parseFloat",
        "BigInt",
        "zlib.gunzipSync",
        "zlib.unzipSync",
        "zlib.inflateSync",
        "zlib.gzipSync",
        "zlib.gunzip",
        "zlib.unzip",
        "Promise.resolve",
        "Promise.all",
        "Promise.allSettled",
        "Promise.race",
        "Promise.any",
        "structuredClone",
        "util.promisify",
        "Object.freeze",
        "Object.seal",
        "Object.create",
        "querystring.unescape",
        "atob",
        "btoa",
        "Array.of",
        "lodash.cloneDeep",
    ]
)
_CAPTURES = ("captureAWS", "captureAWSClient", "captureAWSv3Client", "captureFunc", "captureAsyncFunc")
_DOCUMENT = frozenset({"DocumentClient", "DynamoDBDocumentClient", "DynamoDBDocument"})
_SERVICES = frozenset(
    [
        "s3",
        "sqs",
        "sns",
        "dynamodb",
        "kinesis",
        "firehose",
        "events",
        "lambda",
        "stepfunctions",
        "logs",
        "iot-data",
        "ses",
        "sesv2",
        "codepipeline",
        "codebuild",
        "codecommit",
        "ecs",
        "batch",
        "glue",
        "ssm",
        "athena",
        "transcribe",
        "textract",
        "polly",
        "translate",
        "comprehend",
        "mediaconvert",
        "scheduler",
        "bedrock",
        "bedrock-runtime",
        "sagemaker",
    ]
)
_MIDDLEWARE = (
    "@middy/core",
    "middy",
    "@sentry/serverless",
    "lambda-log",
    "source-map-support",
    "datadog-lambda-js",
)
_RANDOM = frozenset(
    {"Math.random", "Date.now", "crypto.randomUUID", "uuid", "uuid.v4", "uuid.v1", "crypto.randomBytes"}
)


def call_javascript_library(m: Machine, library: Library, arguments: Arguments, at: At) -> V:
    """The result of a function of a library or a global."""
    name, given = library.name, arguments.positional
    last = name.rpartition(".")[2]
    run = _RUN.get(name)
    if run is not None:
        return run(m, name, arguments, at)
    if name in _IDENTITIES or last in _CAPTURES:
        return given[0] if given else NOTHING
    if name in _RANDOM:
        return Unknown("random value")
    if name.startswith(("path.", "path.posix.")):
        return _path(m, last, arguments)
    if name.startswith(("aws-sdk", "@aws-sdk/")):
        return _of_sdk(m, name, last, arguments, at)
    if name.startswith(("child_process", "execa", "shelljs")):
        return _program(m, name, arguments, at)
    if name.split(".")[0].startswith(_MIDDLEWARE) or last in ("middy", "wrapHandler", "datadog"):
        return _middleware(m, library, arguments, at)
    if name.startswith("async.") and last in _ASYNC:
        return _async(m, arguments, at)
    return escaped(m, arguments.every(), at, f"result of {name}")


def javascript_library_member(m: Machine, library: Library, name: str, at: At) -> V:
    """What a library has under a name."""
    if (library.name, name) == ("process", "env"):
        return ENVIRONMENT_ALL
    if (library.name, name) == ("require", "main"):
        return NOTHING
    if name == "default":
        return library
    if library.name == "AWS" and name == "config":
        return Unknown("configuration")
    del m, at
    made = Library(f"{library.name}.{name}", root=library)
    made.callbacks = library.callbacks
    return made


def construct_javascript_library(m: Machine, made: Opaque, arguments: Arguments, at: At) -> V:
    """A new object of a class of a library."""
    name = made.reason
    last = name.rpartition(".")[2]
    package = name.removesuffix(f".{last}") if last != name else ""
    if last.endswith("Command") and (package.startswith("@aws-sdk/") or not package or package == "aws-sdk"):
        return make_command(m, package, last, arguments, at)
    if last == "Upload" and (not package or package.startswith("@aws-sdk/")):
        return _upload(m, arguments, at)
    if last in _DOCUMENT:
        return Client("dynamodb", "document")
    if name.startswith(("aws-sdk", "@aws-sdk/")):
        service = service_of(
            package.removeprefix("@aws-sdk/") if package.startswith("@aws-sdk/client-") else last
        )
        if name.startswith("aws-sdk/clients/"):
            service = service_of(name.removeprefix("aws-sdk/clients/").partition(".")[0])
        return Client(service)
    if last.endswith("Client") and service_of(last) in _SERVICES:
        return Client(service_of(last))
    run = _NEW.get(name)
    return (
        run(m, name, arguments, at) if run is not None else escaped(m, arguments.every(), at, f"new {name}")
    )


def _of_sdk(m: Machine, name: str, last: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional
    if name.endswith((".from",)) and any(part in _DOCUMENT for part in name.split(".")):
        return Client("dynamodb", "document")
    if last in ("marshall", "unmarshall", "input", "output") and given:
        return given[0]
    if last in ("getSignedUrl", "createPresignedPost"):
        return Unknown("presigned URL")
    if last == "require" or last.startswith("paginate"):
        return CallResult("sdk", last)
    if last == "S3" or service_of(last) in _SERVICES:
        return construct_javascript_library(m, Library(name), arguments, at)
    return Unknown(f"result of {name}", m.sources_of(arguments.every()))


def _upload(m: Machine, arguments: Arguments, at: At) -> V:
    """``new Upload({client, params})`` of ``@aws-sdk/lib-storage``."""
    options = arguments.positional[0] if arguments.positional else m.record()
    parameters = m.attribute(options, "params", at)
    events = ("s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload")
    record(m, operation("s3.PutObject"), parameters, here(m, at, "Upload"), events)
    return Unknown("upload")


def _path(m: Machine, last: str, arguments: Arguments) -> V:
    values = [m.freeze(value) for value in arguments.positional]
    if last in ("join", "resolve"):
        return joined_path(values)
    if last == "parse" and values:
        base = Pure("basename", (values[0],))
        fields: dict[str, V] = {"base": base, "name": Pure("root", (base,)), "ext": Pure("extension", (values[0],)),
                                "dir": Pure("dirname", (values[0],))}  # fmt: skip
        return m.record(fields)
    if last == "basename" and len(values) > 1:
        return Pure("removesuffix", (Pure("basename", (values[0],)), values[1]))
    return Pure({"extname": "extension"}.get(last, last), tuple(values))


def _program(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    words = [m.freeze(value) for value in arguments.positional[:2] if not isinstance(value, Function)]
    if not words or may_run_aws(words[0]) or "aws" in repr(words):
        m.gap(f"{name} runs a program", at)
    return escaped(m, arguments.every(), at, "result of a program")


def _middleware(m: Machine, library: Library, arguments: Arguments, at: At) -> V:
    """``middy(handler)``: what is given back calls the handler as it is called itself."""
    functions = [value for value in arguments.positional if isinstance(value, Function)]
    if not functions:
        return escaped(m, arguments.every(), at, f"result of {library.name}")
    made = Opaque(library.name)
    made.callbacks.extend(functions)
    return made


_ASYNC = frozenset({"waterfall", "series", "parallel", "each", "eachSeries", "eachLimit", "eachOf", "map", "mapSeries",
                    "mapLimit", "forEach", "forEachSeries", "auto", "parallelLimit"})  # fmt: skip


def _async(m: Machine, arguments: Arguments, at: At) -> V:
    """The package ``async``: functions in a list run one after the other, one function runs for each element."""
    given = list(arguments.positional)
    first = given[0] if given else NOTHING
    functions = [value for value in given[1:] if isinstance(value, (Function, Bound))]
    if isinstance(first, (Sequence, Record)):
        items = elements(m, first).values if isinstance(first, Sequence) else values_of(m, first).values
        if any(isinstance(value, Function) for value in items):
            done = Opaque("done")
            result: tuple[V, ...] = ()
            for value in items:
                if isinstance(value, Function):
                    known = len(value.node.parameters)
                    unknown = [Unknown("result")] * max(0, known - 1)
                    call(m, value, Arguments((*unknown, done) if known else result), at)
            for function in functions:
                call(m, function, Arguments((NOTHING, Unknown("result"))), at)
            return Unknown("done")
    for function in functions[:1]:
        for value in elements(m, first).values[:8]:
            call(m, function, Arguments((value, Opaque("done"))), at)
    for function in functions[1:]:
        call(m, function, Arguments((NOTHING, Unknown("result"))), at)
    return Unknown("done")


def _require(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    wanted = arguments.positional[0] if arguments.positional else NOTHING
    found = options_of(wanted)
    if all(isinstance(option, Literal) and isinstance(option.value, str) for option in found):
        return join(require(m, str(option.value), at) for option in found if isinstance(option, Literal))
    m.gap("require with a computed name", at)
    return Unknown("module")


def _eval(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del arguments
    m.gap(f"{name} is used", at)
    return Unknown("evaluated")


def _parse(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    return (
        join(parsed(m, value, at) for value in options_of(arguments.positional[0]))
        if arguments.positional
        else NOTHING
    )


def _stringify(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("json", (m.freeze(arguments.positional[0]),)) if arguments.positional else NOTHING


def _assign(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    given = arguments.positional
    first = given[0] if given else NOTHING
    made = first if isinstance(first, Record) else m.record()
    if not isinstance(first, Record) and first != NOTHING:
        spread(m, made, first)
    for value in given[1:]:
        spread(m, made, value)
    return made


def _fields(read: Callable[..., object], method: str) -> _Run:
    def run(m: Machine, name: str, arguments: Arguments, at: At) -> V:
        del name, at
        value = arguments.positional[0] if arguments.positional else NOTHING
        if isinstance(value, Record):
            found = {"keys": keys_of, "values": values_of}.get(method, keys_of)(m, value)
            if method == "entries":
                found = pairs_of(m, value)
            return m.sequence(found.values, found.exact)
        if method == "entries":
            found = pairs_of(m, value)
            return m.sequence(found.values, found.exact)
        if method == "values" and isinstance(value, (Sequence, EventPath, CallResult)):
            items = elements(m, value)
            return m.sequence(items.values, items.exact)
        return m.sequence((Unknown("name", m.sources(value)),), False)

    del read
    return run


def _array_from(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    value = arguments.positional[0] if arguments.positional else NOTHING
    if len(arguments.positional) > 1:
        items = elements(m, value)
        listed = m.sequence(items.values or (Unknown("element"),), False)
        return call_method(m, listed, "map", Arguments(arguments.positional[1:2]), at)
    return value


def _timer(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name
    if arguments.positional:
        call(m, arguments.positional[0], Arguments(arguments.positional[2:]), at)
    return Unknown("timer")


def _promise(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``new Promise(executor)``: what the executor resolves with is not followed."""
    del name
    if arguments.positional:
        call(m, arguments.positional[0], Arguments((Opaque("resolve"), Opaque("reject"))), at)
    return Unknown("result of a promise")


def _console(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, arguments, at
    return NOTHING


def _first(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, at
    return arguments.positional[0] if arguments.positional else NOTHING


def _boolean(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("bool", tuple(m.freeze(value) for value in arguments.positional[:1]))


_RUN: dict[str, _Run] = {
    **dict.fromkeys(("eval", "Function", "vm.runInContext", "vm.runInThisContext", "vm.runInNewContext"), _eval),
    **dict.fromkeys(("setTimeout", "setImmediate", "process.nextTick", "queueMicrotask", "setInterval"), _timer),
    **dict.fromkeys(
        ("console.log", "console.error", "console.info", "console.warn", "console.debug", "console.time",
         "console.timeEnd", "console.table", "console.trace"),
        _console,
    ),
    "require": _require,
    "JSON.parse": _parse,
    "JSON.stringify": _stringify,
    "Object.assign": _assign,
    "Object.keys": _fields(keys_of, "keys"),
    "Object.values": _fields(values_of, "values"),
    "Object.entries": _fields(pairs_of, "entries"),
    "Object.fromEntries": lambda m, _name, _arguments, _at: m.record(open=True),
    "Array.from": _array_from,
    "Boolean": _boolean,
    "Array.isArray": lambda m, _name, arguments, _at: Pure(
        "isinstance", tuple(m.freeze(value) for value in arguments.positional)
    ),
}  # fmt: skip
_NEW: dict[str, _Run] = {
    "Promise": _promise,
    "Function": _eval,
    "Date": lambda _m, _name, _arguments, _at: Unknown("date"),
    "Error": lambda _m, _name, _arguments, _at: Unknown("error", frozenset({"error"})),
    "Map": lambda m, _name, _arguments, _at: m.record(open=True),
    "Set": lambda m, _name, arguments, _at: (
        m.sequence(elements(m, arguments.positional[0]).values, False)
        if arguments.positional
        else m.sequence(())
    ),
    "Array": lambda m, _name, arguments, _at: m.sequence(arguments.positional, False),
    "String": _first,
    "RegExp": lambda m, _name, arguments, _at: Pure(
        "regex", tuple(m.freeze(value) for value in arguments.positional)
    ),
    "URL": lambda m, _name, arguments, _at: Pure(
        "url", tuple(m.freeze(value) for value in arguments.positional)
    ),
}
