"""Functions of Python's library, boto3 and Powertools: what they give for symbolic values."""

from recursion_lint.code.calls import EventPath, ListValue, Literal, Pure, Unknown, Value
from recursion_lint.code.evaluation.changing import change, changed_by
from recursion_lint.code.evaluation.delayed import due_arguments
from recursion_lint.code.evaluation.elements import counted, open_record
from recursion_lint.code.evaluation.escaping import escaped
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import CALLED, ENVIRONMENT_ALL, Client, Library, V, options_of
from recursion_lint.code.evaluation.invoking import call
from recursion_lint.code.evaluation.library_functions import (
    FILE_WRITERS,
    may_run_aws,
    parse_json,
    unmarshalled,
    write_to_address,
)
from recursion_lint.code.evaluation.machine import Machine, Model
from recursion_lint.code.evaluation.methods import environment
from recursion_lint.code.evaluation.presigned import requested
from recursion_lint.code.evaluation.recording import here, record
from recursion_lint.code.libraries.joined_paths import joined, normalised
from recursion_lint.code.libraries.python_builtins import BUILTINS, DELAYING
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, concatenated

_IDENTITIES = frozenset(
    [
        "ast.literal_eval",
        "boto3.dynamodb.types.TypeSerializer().serialize",
        "base64.b64decode",
        "base64.b64encode",
        "base64.decodebytes",
        "base64.urlsafe_b64decode",
        "bytes.decode",
        "builtins.bytearray",
        "builtins.bytes",
        "builtins.frozenset",
        "builtins.iter",
        "builtins.memoryview",
        "builtins.reversed",
        "builtins.set",
        "builtins.str",
        "builtins.tuple",
        "bz2.decompress",
        "codecs.decode",
        "codecs.getreader",
        "copy.copy",
        "csv.DictReader",
        "csv.reader",
        "gzip.GzipFile",
        "gzip.compress",
        "gzip.decompress",
        "io.BytesIO",
        "io.StringIO",
        "io.TextIOWrapper",
        "json.JSONEncoder",
        "html.unescape",
        "six.ensure_str",
        "textwrap.dedent",
        "unquote",
        "unquote_plus",
        "urllib.parse.quote",
        "urllib.parse.quote_plus",
        "urllib.parse.unquote",
        "urllib.parse.unquote_plus",
        "urllib.unquote_plus",
        "urllib.parse.urlparse",
        "urllib.parse.urlsplit",
        "urllib.request.Request",
        "yaml.safe_dump",
        "zlib.decompress",
        "asyncio.run",
        "asyncio.wait_for",
        "asyncio.create_task",
        "contextlib.closing",
        "contextlib.suppress",
        "contextlib.nullcontext",
        "itertools.islice",
    ]
)
_PARSERS = frozenset(
    {"json.loads", "json.load", "simplejson.loads", "orjson.loads", "ujson.loads", "yaml.safe_load"}
)
_DUMPERS = frozenset({"json.dumps", "simplejson.dumps", "orjson.dumps", "ujson.dumps"})
_TESTS = frozenset({"isinstance", "hasattr", "any", "all", "bool", "callable", "issubclass"})
_FUNCTIONS = frozenset(
    {"len", "type", "id", "min", "max", "sum", "abs", "round", "ord", "hash", "int", "float", "chr", "hex"}
)
_DATA_CLASSES = (
    "S3Event", "SQSEvent", "SNSEvent", "DynamoDBStreamEvent", "EventBridgeEvent", "KinesisStreamEvent",
    "S3EventBridgeNotificationEvent", "KinesisFirehoseEvent", "CloudWatchLogsEvent", "S3ObjectLambdaEvent",
)  # fmt: skip
_BATCH = frozenset(
    {"process_partial_response", "async_process_partial_response", "batch_processor", "async_batch_processor"}
)
_PROGRAMS = ("subprocess.", "os.system", "os.popen", "os.exec", "os.spawn", "sh.", "pexpect.")


def call_python_library(m: Machine, library: Library, arguments: Arguments, at: At) -> V:
    """The result of a function or class of a library."""
    name = library.name
    last = name.rpartition(".")[2]
    if name not in DELAYING:
        arguments = due_arguments(m, arguments)
        requested(m, name, arguments, at)
    run = _RUN.get(name) or (_by_shape(name, last))
    if run is not None:
        return run(m, name, arguments, at)
    if changed_by(name):
        return change(m, name, arguments, at)
    if name in _IDENTITIES or last in ("unquote_plus", "unquote"):
        return arguments.positional[0] if arguments.positional else m.sequence(())
    if library.registered() and m.running:
        m.escape_values(tuple(library.registered()), at)
    result = escaped(m, arguments.every(), at, f"result of {name}")
    if name.startswith((*_AWS, "aws_lambda_powertools")):
        return Library(f"{name}()", root=library)
    return result


def _by_shape(name: str, last: str) -> Model | None:
    """The model of a function by the form of its name."""
    if name.startswith(_AWS) and last in _CLIENTS:
        return _client
    if name.startswith("builtins."):
        return _builtin(last)
    for begin, model in _BY_BEGIN:
        if name.startswith(begin):
            return model
    for names, model in _BY_LAST:
        if last in names:
            return model
    return None


def _builtin(last: str) -> Model | None:
    if last in _TESTS or last in _FUNCTIONS:
        return _pure
    return _error if last.endswith(("Error", "Exception")) else None


def python_library_member(m: Machine, library: Library, name: str, at: At) -> V:
    """What a library has under a name."""
    if library.name == "os" and name in ("environ", "environb"):
        return ENVIRONMENT_ALL
    if (library.name, name) == ("sys", "modules"):
        m.gap("sys.modules is used", at)
    return Library(f"{library.name}.{name}", root=library)


_AWS = ("boto3", "aioboto3", "aiobotocore", "botocore")
_CLIENTS = frozenset({"client", "resource", "create_client"})


def _client(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    service = m.freeze(arguments.get(0, "service_name") or Unknown("service"))
    style = "resource" if name.endswith("resource") else "client"
    if isinstance(service, Literal) and isinstance(service.value, str):
        return Client({"sfn": "stepfunctions"}.get(service.value, service.value), style)
    m.gap("a client of a computed service", at)
    return Unknown("client")


def _environment(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    key = arguments.get(0, "key")
    if isinstance(key, Literal):
        return environment(m, str(key.value), arguments.get(1, "default"))
    return Unknown("a computed environment variable", frozenset({"environment"}))


def _dump(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("json", (m.freeze(arguments.positional[0]),)) if arguments.positional else Unknown("text")


def _pure(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del at
    values = tuple(m.freeze(value) for value in arguments.positional)
    if name in ("builtins.any", "builtins.all") and len(values) == 1 and isinstance(values[0], ListValue):
        return _several(name.removeprefix("builtins."), values[0])
    if name == "builtins.len" and len(values) == 1 and isinstance(values[0], ListValue) and values[0].exact:
        return Literal(len(values[0].items))
    if len(values) == 1 and name in ("builtins.int", "builtins.float") and isinstance(values[0], Literal):
        return _number(values[0])
    if name == "builtins.len" and len(values) == 1:
        return counted(arguments.positional[0]) or Pure("len", values)
    return Pure(name.rpartition(".")[2], values)


def _several(name: str, tests: ListValue) -> Value:
    """``any`` and ``all`` of tests. Where some of several may not be there, one alone decides nothing."""
    found = Pure(name, tests.items)
    if tests.exact or len(tests.items) == 1:
        return found
    return Pure("and" if name == "any" else "or", (Unknown("elements", frozenset({"unknown"})), found))


def _number(value: Literal) -> Value:
    try:
        return Literal(int(value.value)) if isinstance(value.value, (str, int, float)) else Unknown("number")
    except (ValueError, OverflowError):
        return Unknown("number")


def _path(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del at
    last = name.rpartition(".")[2]
    values = [m.freeze(value) for value in arguments.positional]
    if last == "join":
        return joined(values)
    if last == "splitext" and values:
        return m.sequence((Pure("root", (values[0],)), Pure("extension", (values[0],))))
    if last == "split" and values:
        return m.sequence((Pure("dirname", (values[0],)), Pure("basename", (values[0],))))
    if last == "normpath" and values:
        return normalised(values[0])
    if last in ("abspath", "realpath", "expanduser") and values:
        return values[0]
    return Pure(last, tuple(values))


def _regular(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del at
    values = tuple(m.freeze(value) for value in arguments.positional)
    last = name.rpartition(".")[2]
    if last == "sub" and len(values) > 2:
        return Pure("sub", (values[2], values[0], values[1]))
    if last == "split" and len(values) > 1:
        return Pure("split", (values[1], Pure("regex", (values[0],))))
    if last == "compile":
        return Pure("regex", values)
    if last in ("match", "search", "fullmatch", "findall") and len(values) > 1:
        return Pure("search", (values[1], Pure("regex", (_bordered(values[0], last),))))
    return Unknown("regular expression", m.sources_of(values))


def _bordered(pattern: Value, function: str) -> Value:
    """A pattern for a search anywhere in the text."""
    begin = Literal("^") if function in ("match", "fullmatch") and pattern not in (NOTHING,) else Literal("")
    if isinstance(pattern, Literal) and str(pattern.value).startswith("^"):
        begin = Literal("")
    return concatenated((begin, pattern, Literal("$" if function == "fullmatch" else "")))


def _program(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    given = m.freeze(arguments.get(0, "args") or NOTHING)
    if may_run_aws(given):
        m.gap(f"{name} runs a program", at)
    return Unknown("result of a program")


def _batch(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """Powertools' batch processing calls the handler of records with each record of the event."""
    handler = arguments.named.get("record_handler")
    if isinstance(handler, CALLED):
        if not m.running:
            m.of_records.append(handler)
        else:
            call(m, handler, Arguments((EventPath(("Records", "[]")),)), at)
    return Library(f"{name}()")


def _data_class(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del at, name
    found = arguments.named.get("event") or (arguments.positional[0] if arguments.positional else None)
    if found is not None and any(isinstance(option, EventPath) for option in options_of(found)):
        return found
    return Unknown("wrapped data", m.sources_of(arguments.every()))


def _persistence(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """The table of idempotency records: https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/"""
    table = arguments.get(0, "table_name") or Unknown("table name")
    running, m.running = m.running, True
    parameters = m.record({"TableName": table, "Item": Unknown("idempotency record")})
    record(m, operation("dynamodb.PutItem"), parameters, here(m, at, name.rpartition(".")[2]))
    m.running = running
    m.pending = []
    return Library(f"{name}()")


def _address(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A library that writes to an address of S3."""
    for value in arguments.every():
        frozen = m.freeze(value)
        if write_to_address(m, frozen, at, name):
            return Unknown("written")
    m.gap(f"{name} may write to S3", at)
    return Unknown("written", m.sources_of(arguments.every()))


def _transfer(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, arguments, at
    return Client("s3") if m is not None else NOTHING


def _error(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del m, name, arguments, at
    return Unknown("error", frozenset({"error"}))


def _pathlib(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    del name, at
    return Pure("path", tuple(m.freeze(value) for value in arguments.positional))


def _with_defaults(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """A dictionary that has something under every name; made empty, unless it is given its contents."""
    del at
    filled = len(arguments.positional) > (name == "collections.defaultdict") or arguments.named
    return open_record(m, made_empty=not filled)


_BY_BEGIN: tuple[tuple[str | tuple[str, ...], Model], ...] = (
    ("os.path.", _path),
    ("re.", _regular),
    ("pathlib.", _pathlib),
    (_PROGRAMS, _program),
    (("awswrangler.s3", "smart_open", "s3fs"), _address),
    ("boto3.s3.transfer", _transfer),
)
_BY_LAST: tuple[tuple[frozenset[str], Model], ...] = (
    (_BATCH, _batch),
    (frozenset({*_DATA_CLASSES, "parse"}), _data_class),
    (frozenset({"DynamoDBPersistenceLayer"}), _persistence),
    (FILE_WRITERS, _address),
    (frozenset({"S3Transfer"}), _transfer),
)
_RUN: dict[str, Model] = {
    **BUILTINS,
    **dict.fromkeys(("os.getenv", "os.environ.get"), _environment),
    **dict.fromkeys(_PARSERS, parse_json),
    **dict.fromkeys(_DUMPERS, _dump),
    "copy.deepcopy": lambda m, _name, arguments, _at: (
        m.thaw(m.freeze(arguments.positional[0])) if arguments.positional else NOTHING
    ),
    "boto3.dynamodb.types.TypeDeserializer().deserialize": lambda m, _name, arguments, at: (
        unmarshalled(m, arguments.positional[0], at) if arguments.positional else NOTHING
    ),
    "collections.defaultdict": _with_defaults,
    "collections.Counter": _with_defaults,
}
