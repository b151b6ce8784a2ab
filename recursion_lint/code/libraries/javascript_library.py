"""Node's modules, packages and the AWS SDKs of JavaScript: what they give for symbolic values."""

from recursion_lint.code.calls import CallResult, Literal, Pure, Unknown, Value
from recursion_lint.code.evaluation.changing import change, changed_by
from recursion_lint.code.evaluation.delayed import due_arguments
from recursion_lint.code.evaluation.elements import elements, values_of
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ENVIRONMENT_ALL,
    Bound,
    Client,
    Function,
    Library,
    Opaque,
    Record,
    Sequence,
    V,
)
from recursion_lint.code.evaluation.invoking import call
from recursion_lint.code.evaluation.library_functions import may_run_aws, names_aws, unmarshalled
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.presigned import PRESIGNING, requested, signed_by_function
from recursion_lint.code.evaluation.recording import here, record
from recursion_lint.code.evaluation.sdk_clients import EXCEPTION, make_command
from recursion_lint.code.libraries.javascript_globals import GLOBAL_CLASSES, GLOBALS
from recursion_lint.code.libraries.joined_paths import normalised, resolved
from recursion_lint.code.sdk_calls import operation, service_of, services
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, concatenated

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
        "",
        "structuredClone",
        "util.promisify",
        "Object.freeze",
        "Object.seal",
        "Object.create",
        "querystring.unescape",
        "url.parse",
        "atob",
        "btoa",
        "Array.of",
        "lodash.cloneDeep",
    ]
)
_CAPTURES = ("captureAWS", "captureAWSClient", "captureAWSv3Client", "captureFunc", "captureAsyncFunc")
_DOCUMENT = frozenset({"DocumentClient", "DynamoDBDocumentClient", "DynamoDBDocument"})
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
    arguments = due_arguments(m, arguments) if not library.name.startswith("console.") else arguments
    name, given = library.name, arguments.positional
    last = name.rpartition(".")[2]
    requested(m, name, arguments, at)
    run = GLOBALS.get(name)
    if run is not None:
        return run(m, name, arguments, at)
    if name in _IDENTITIES or last in _CAPTURES:
        for function in given[1:] if name.startswith("zlib.") else ():
            call(m, function, Arguments((EXCEPTION, given[0])), at)
        return given[0] if given else NOTHING
    if changed_by(name):
        m.escape_values(arguments.every(), at)
        return change(m, name, arguments, at)
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
    if library.name in ("globalThis", "global") and name == "process":
        return Library(name)
    if (library.name, name) == ("require", "main"):
        return NOTHING
    if name == "default":
        return library
    if library.name == "AWS" and name == "config":
        return Unknown("configuration")
    del m, at
    return Library(f"{library.name}.{name}", root=library)


def construct_javascript_library(m: Machine, made: Opaque, arguments: Arguments, at: At) -> V:
    """A new object of a class of a library."""
    arguments = due_arguments(m, arguments)
    name = made.reason
    last = name.rpartition(".")[2]
    package = name.removesuffix(f".{last}") if last != name else ""
    if last.endswith("Command") and (package.startswith("@aws-sdk/") or not package or package == "aws-sdk"):
        return make_command(m, package, last, arguments, at)
    if last == "ManagedUpload" or (last == "Upload" and (not package or package.startswith("@aws-sdk/"))):
        return _upload(m, last, arguments, at)
    if last in _DOCUMENT:
        return Client("dynamodb", "document")
    if name.startswith(("aws-sdk", "@aws-sdk/")):
        service = service_of(
            package.removeprefix("@aws-sdk/") if package.startswith("@aws-sdk/client-") else last
        )
        if name.startswith("aws-sdk/clients/"):
            service = service_of(name.removeprefix("aws-sdk/clients/").partition(".")[0])
        return Client(service)
    if last.endswith("Client") and service_of(last) in services():
        return Client(service_of(last))
    run = GLOBAL_CLASSES.get(name)
    return (
        run(m, name, arguments, at) if run is not None else escaped(m, arguments.every(), at, f"new {name}")
    )


def _of_sdk(m: Machine, name: str, last: str, arguments: Arguments, at: At) -> V:
    given = arguments.positional
    if name.endswith((".from",)) and any(part in _DOCUMENT for part in name.split(".")):
        return Client("dynamodb", "document")
    if last in ("unmarshall", "output") and given:
        return unmarshalled(m, given[0], at)
    if last in ("marshall", "input") and given:
        return given[0]
    if last in PRESIGNING:
        return signed_by_function(m, last, arguments)
    if last == "require" or last.startswith("paginate"):
        return CallResult("sdk", last)
    if last == "S3" or service_of(last) in services():
        return construct_javascript_library(m, Library(name), arguments, at)
    return Unknown(f"result of {name}", m.sources_of(arguments.every()))


def _upload(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``new Upload({client, params})`` of ``@aws-sdk/lib-storage``."""
    options = arguments.positional[0] if arguments.positional else m.record()
    parameters = m.attribute(options, "params", at)
    events = ("s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload")
    record(m, operation("s3.PutObject"), parameters, here(m, at, name), events)
    return Unknown("upload")


def _step(at: int, value: Value) -> tuple[Value, ...]:
    return (Literal("/"), value) if at else (value,)


def _path(m: Machine, last: str, arguments: Arguments) -> V:
    values = [m.freeze(value) for value in arguments.positional]
    if last == "join":
        # A part that begins with a slash is a part as well.
        steps = [one for one in values if one != Literal("")]
        return normalised(concatenated(part for at, one in enumerate(steps) for part in _step(at, one)))
    if last == "resolve":
        return resolved(values)
    if last == "normalize" and values:
        return normalised(values[0])
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
    if not words or may_run_aws(words[0]) or any(map(names_aws, words)):
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
