"""Writing down a call of the catalogue: its target, key and content as values, and the conditions on the way to it."""

import re

from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    Concatenation,
    ContextPath,
    EventPath,
    Guard,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.evaluation.frames import Exit
from recursion_lint.code.evaluation.heap import Module, V
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.parts import child
from recursion_lint.code.sdk_calls import Operation, beside
from recursion_lint.code.service_jobs import writes_tables
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.update_expressions import needs_an_item
from recursion_lint.code.values import ABSENT, NOTHING, concatenated, either, made_of, options

_MOST_AT_ONE_PLACE = 24
_MOST_ENTRIES = 8
_SMALL = 12
_REQUIRED = frozenset({"s3", "sqs", "dynamodb", "kinesis", "firehose", "lambda", "states"})
_REST_OF_KEY = Unknown("rest of the key")
_KEPT = Pure("kept_by_the_service", ())
_STATEMENT = re.compile(r"^\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM|SELECT)\b", re.IGNORECASE)
_TABLE = re.compile(r"^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+[\"']?([\w.-]*)", re.IGNORECASE)
_PUT, _CHANGED, _REMOVED = ("INSERT", "MODIFY"), ("MODIFY",), ("REMOVE",)
_UPSERTS = frozenset({"dynamodb.PutItem", "dynamodb.UpdateItem"})
_STATEMENT_EVENTS = {"insert": ("INSERT",), "update": _PUT, "delete": _REMOVED}


class Where:
    """Where a call stands, and how it is written."""

    __slots__ = ("at", "call", "module")

    def __init__(self, module: Module, at: At, call: str) -> None:
        self.module = module
        self.at = at
        self.call = call


def here(m: Machine, at: At, call: str | None = None) -> Where:
    """The call that is being run; without a name it is as written."""
    return Where(m.module, at, call if call is not None else m.source(m.callee))


def record(
    m: Machine, operation: Operation, parameters: V, where: Where, events: tuple[str, ...] = ()
) -> CallResult:
    """Notes a call of an operation, and gives its result. ``events``: those of a further form of it."""
    frozen = m.freeze(parameters)
    m.probes.append((operation.service, operation.name))
    m.used[operation.service, operation.name] = None
    m.written += 1
    if not m.running:
        m.gap(f"{operation.service}.{operation.name} is called while the module is loaded", where.at)
    refused = _refusal(m, operation, frozen, where)
    for made in beside(operation.key):
        if (site := _site(m, made, frozen, None, where, ())) is not None:
            _keep(m, site)
    for entry in _entries(operation, frozen):
        site = _site(m, operation, frozen, entry, where, events)
        if site is not None:
            _keep(m, site._replace(guards=(*site.guards, *refused)))
    for guard in refused:
        changes = m.journal.changes(m.try_marks[-1]) if m.try_marks else {}
        m.pending.append(Exit("raise", (guard._replace(holds=True),), changes))
    return CallResult(operation.service, operation.name, (), known_parameters(frozen))


def known_parameters(parameters: Value) -> ObjectValue | None:
    """The parameters that a result is remembered with: small ones."""
    if not isinstance(parameters, ObjectValue):
        return None
    fields = tuple((name, part) for name, part in parameters.fields if getattr(part, "weight", 1) <= _SMALL)
    return ObjectValue(fields, parameters.open or len(fields) < len(parameters.fields))


def _entries(operation: Operation, parameters: Value) -> tuple[Value | None, ...]:
    """The entries that a call carries, one by one where they are known; ``None`` for a call without entries."""
    if operation.each is None:
        return (None,)
    found = read(parameters, (operation.each,))
    if isinstance(found, ListValue) and len(found.items) <= _MOST_ENTRIES:
        return tuple(option for item in found.items for option in options(item))
    inner = read(parameters, (operation.each, "[]"))
    return (inner if inner is not None else Unknown("entries"),)


def _site(
    m: Machine,
    operation: Operation,
    parameters: Value,
    entry: Value | None,
    where: Where,
    events: tuple[str, ...],
) -> CallSite | None:
    def at(path: str) -> Value | None:
        steps = _steps(path)
        return read(entry, steps[1:]) if entry is not None and steps[0] == "[]" else read(parameters, steps)

    narrowed = _events(operation, parameters, entry, events or operation.events)
    if narrowed is None:
        return None
    target = _first([at(path) for path in operation.target])
    key = at(operation.parameter) if operation.parameter else None
    if operation.channel in _REQUIRED and operation.effect not in ("delegated", "trigger"):
        # What is not given here has been lost on the way: without it the call would be refused.
        target = target if target is not None else Unknown("a target that is not given")
        key = key if key is not None or not operation.parameter else Unknown("a key that is not given")
    if operation.effect == "delegated" and operation.channel == "sns":
        if target is None:  # nobody is notified
            return None
    elif operation.effect == "delegated":
        target, key = _delegated(operation, parameters, target, key)
    elif "partiql" in operation.target_forms:
        target = _table(target)
    elif "id" in operation.target_forms and target is not None:
        target = Unknown("what an id belongs to", made_of(target))
    found = ((role, _first([at(path) for path in paths])) for role, paths in operation.content)
    line, column, end_line, end_column = where.at
    outside, m.module = m.module, where.module
    columns = m.column(line, column), m.column(end_line, end_column)
    m.module = outside
    return CallSite(
        where.module.path, line, columns[0], end_line, columns[1], where.call, operation.key, narrowed, target, key,
        tuple((role, value) for role, value in found if value is not None), tuple(m.guards),
        any(guard.on_error for guard in m.guards), m.unsure == 0 and m.running,
    )  # fmt: skip


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.replace("[]", ".[]").lstrip(".").split("."))


def _first(values: list[Value | None]) -> Value | None:
    """The values of several parameters that serve one purpose, as alternatives."""
    known = [value for value in values if value is not None and value != NOTHING]
    return either(known) if known else None


def _keep(m: Machine, site: CallSite) -> None:
    """Keeps a site; where a place has very many, one that stands for all that follow."""
    place = site.file, site.line, site.column, site.operation
    if site in m.sites:
        return
    count = m.places.get(place, 0)
    m.places[place] = count + 1
    if count >= _MOST_AT_ONE_PLACE:
        sources = frozenset({"unknown"})
        content = tuple((role, Unknown("many values", sources)) for role, _ in site.content)
        target = Unknown("many values", sources) if site.target is not None else None
        key = Unknown("many values", sources) if site.key is not None else None
        site = site._replace(target=target, key=key, content=content, guards=())
    m.sites[site] = site


# Parameters -----------------------------------------------------------------------------------------------------------


def read(value: Value | None, path: tuple[str, ...]) -> Value | None:
    """What stands at a path of a parameter; ``None`` where it was surely left out."""
    if value is None or value in (NOTHING, ABSENT):
        return None
    if not path:
        return value
    if isinstance(value, Alternatives):
        found = [read(option, path) for option in value.options]
        known = (NOTHING if one is None else one for one in found)
        return None if all(one is None for one in found) else either(known)
    step, rest = path[0], path[1:]
    if isinstance(value, ObjectValue):
        return _read_field(value, step, rest)
    if isinstance(value, ListValue) and step == "[]":
        items = [read(item, rest) for item in value.items]
        given = [item for item in items if item is not None]
        return either(given) if given else None
    if isinstance(value, (EventPath, CallResult, ContextPath)):
        return read(child(value, step), rest)
    return Unknown("a parameter", made_of(value))


def _read_field(value: ObjectValue, step: str, rest: tuple[str, ...]) -> Value | None:
    if step == "*" and rest:
        return _first([read(part, rest) for _, part in (*value.fields, *value.computed)])
    if step == "*":
        names: list[Value] = [Literal(name) for name, _ in value.fields] + [
            name for name, _ in value.computed
        ]
        if value.open or value.rest is not None:
            names.append(Unknown("a name"))
        return either(names) if names else None
    found = value.get(step)
    if found is not None:
        absent = any(option == ABSENT for option in options(found))
        if absent and value.rest is not None:
            found = either([*(x for x in options(found) if x != ABSENT), Unknown(step, made_of(value.rest))])
        return read(found, rest)
    if value.rest is not None:
        return read(value.rest, (step, *rest))
    if value.open or value.computed:
        return Unknown(f"parameter {step}", made_of(value))
    return None


def _refusal(m: Machine, operation: Operation, parameters: Value, where: Where) -> tuple[Guard, ...]:
    """The condition that the call itself carries: the service refuses it otherwise."""
    paths = dict(operation.content).get("condition", ())
    entries = _entries(operation, parameters) if any(path.startswith("[]") for path in paths) else (None,)
    for path in paths:
        for entry in entries:
            steps = _steps(path)
            condition = read(entry, steps[1:]) if steps[0] == "[]" else read(parameters, steps)
            if condition is not None:
                shown = condition.value if isinstance(condition, Literal) else steps[-1]
                test = CallResult(operation.service, operation.name, ("exception",))
                return (Guard(test, False, where.module.path, where.at[0], f"only if {shown}"),)
    del m
    return ()


def _events(
    operation: Operation, parameters: Value, entry: Value | None, events: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The event types that a call makes, by what it carries; ``None`` where it writes nothing."""
    if operation.key in _UPSERTS and needs_an_item(read(parameters, ("ConditionExpression",))):
        return _CHANGED
    if operation.key == "dynamodb.TransactWriteItems":
        if not isinstance(entry, ObjectValue) or entry.open or entry.rest is not None:
            return events
        names = {name for name, _ in entry.fields}
        if names == {"ConditionCheck"}:
            return None
        return _REMOVED if names == {"Delete"} else _PUT if names <= {"Put", "Update"} else events
    if operation.key == "dynamodb.BatchWriteItem":
        return _batch_events(read(parameters, ("RequestItems", "*", "[]")), events)
    if "partiql" in operation.target_forms:
        statement = read(parameters if entry is None else entry, ("Statement",))
        begin = statement.parts[0] if isinstance(statement, Concatenation) else statement
        found = _STATEMENT.match(str(begin.value)) if isinstance(begin, Literal) else None
        word = found.group(1).split()[0].lower() if found else ""
        return None if word == "select" else _STATEMENT_EVENTS.get(word, events)
    return events


def _batch_events(requests: Value | None, events: tuple[str, ...]) -> tuple[str, ...]:
    kinds: set[str] = set()
    for option in options(requests) if requests is not None else (Unknown("requests"),):
        if not isinstance(option, ObjectValue) or option.open or option.rest is not None:
            return events
        kinds |= {name for name, _ in option.fields}
    return _PUT if kinds == {"PutRequest"} else _REMOVED if kinds == {"DeleteRequest"} else events


def _table(statement: Value | None) -> Value | None:
    """The table that a PartiQL statement names."""
    if isinstance(statement, Alternatives):
        return either(_table(option) or Unknown("table") for option in statement.options)
    parts = statement.parts if isinstance(statement, Concatenation) else (statement,)
    found = _TABLE.match(str(parts[0].value)) if isinstance(parts[0], Literal) else None
    if found and found.group(1):
        return Literal(found.group(1).split(".")[0])
    if found and len(parts) > 1 and parts[1] is not None:
        return parts[1]
    return Unknown("the table of a statement")


def _delegated(
    operation: Operation, parameters: Value, target: Value | None, key: Value | None
) -> tuple[Value | None, Value | None]:
    """Bucket and key of the objects that a service will write.

    Without a bucket Textract and Transcribe keep results where only their own operations get them.
    https://docs.aws.amazon.com/textract/latest/dg/API_OutputConfig.html
    https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
    """
    if operation.kept_without is not None and read(parameters, (operation.kept_without,)) is not None:
        target = either(_KEPT if one == NOTHING else one for one in options(target or NOTHING))
    if "s3uri" in operation.target_forms and target is not None:
        found = [split_uri(option) for option in options(target)]
        if operation.service == "athena" and writes_tables(read(parameters, ("QueryString",))):
            found.append((Unknown("the place of a table"), Literal("")))
        return either(bucket for bucket, _ in found), either(_below(key) for _, key in found)
    if operation.service == "transcribe":
        return target, _transcripts(parameters, key)
    return target, _below(key) if key is not None else _REST_OF_KEY


def _transcripts(parameters: Value, key: Value | None) -> Value:
    """The keys of what a transcription writes: the transcript, and beside it subtitles of each format.

    What is redacted gets a name of its own.
    https://docs.aws.amazon.com/transcribe/latest/dg/subtitles.html
    https://docs.aws.amazon.com/transcribe/latest/dg/pii-redaction-batch.html
    """
    job = read(parameters, ("TranscriptionJobName",)) or Unknown("job name")
    files = options(concatenated((job, Literal(".json"))) if key is None else key)
    if read(parameters, ("ContentRedaction",)) is not None:
        return _REST_OF_KEY if key is None else either(_below(_folder(one)) for one in files)
    made = [one if key is None or _is_file(one) else _below(one) for one in files]
    formats = read(parameters, ("Subtitles", "Formats", "[]"))
    for one in options(formats) if formats is not None else ():
        ending = Literal(f".{one.value}") if isinstance(one, Literal) else _REST_OF_KEY
        made += [concatenated((_without_ending(file), _REST_OF_KEY, ending)) for file in files]
    return either(made)


def _without_ending(key: Value) -> Value:
    *before, last = key.parts if isinstance(key, Concatenation) else (key,)
    if not isinstance(last, Literal):
        return key
    return concatenated((*before, Literal(str(last.value).removesuffix(".json"))))


def _folder(key: Value) -> Value:
    """What a key begins with, up to its last slash as far as that is told."""
    parts = key.parts if isinstance(key, Concatenation) else (key,)
    begin = str(parts[0].value) if isinstance(parts[0], Literal) else ""
    return Literal(begin[: begin.rfind("/") + 1])


def _is_file(key: Value) -> bool:
    last = key.parts[-1] if isinstance(key, Concatenation) else key
    return isinstance(last, Literal) and not str(last.value).endswith("/")


def _below(prefix: Value) -> Value:
    return concatenated((prefix, _REST_OF_KEY))


def split_uri(value: Value) -> tuple[Value, Value]:
    """Bucket and key of ``s3://bucket/key``; unknown where it is no such text."""
    parts = list(value.parts) if isinstance(value, Concatenation) else [value]
    first = parts[0]
    unknown = Unknown("an S3 address", made_of(value))
    if not isinstance(first, Literal) or not str(first.value).startswith("s3://"):
        return unknown, unknown
    parts[0] = Literal(str(first.value)[len("s3://") :])
    bucket: list[Value] = []
    for place, part in enumerate(parts):
        if isinstance(part, Literal) and "/" in str(part.value):
            before, _, after = str(part.value).partition("/")
            return concatenated([*bucket, Literal(before)]), concatenated(
                [Literal(after), *parts[place + 1 :]]
            )
        bucket.append(part)
    return concatenated(bucket), Literal("")
