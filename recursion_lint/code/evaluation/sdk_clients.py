"""Calls of SDK clients, boto3's resource objects and the commands of the JavaScript SDK."""

from collections.abc import Mapping

from recursion_lint.code.calls import CallResult, Literal, ObjectValue, Pure, Unknown, Value
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ANY,
    ANY_KEY,
    Client,
    Command,
    Function,
    Promised,
    Record,
    Resource,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.invoking import call_function
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.presigned import PRESIGNING, signed_by_client
from recursion_lint.code.evaluation.recording import Where, here, known_parameters, record
from recursion_lint.code.evaluation.spreading import spread
from recursion_lint.code.sdk_calls import (
    Operation,
    called,
    camel,
    commanded,
    form,
    operation,
    operations,
    service_of,
)
from recursion_lint.code.service_jobs import may_write_objects
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING

EXCEPTION = Unknown("exception", frozenset({"error"}))
_IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "Bucket": ("Bucket",),
    "BucketNotification": ("Bucket",),
    "MultipartUpload": ("Bucket", "Key", "UploadId"),
    "Object": ("Bucket", "Key"),
    "ObjectAcl": ("Bucket", "Key"),
    "ObjectSummary": ("Bucket", "Key"),
    "Table": ("TableName",),
    "Queue": ("QueueUrl",),
    "Topic": ("TopicArn",),
    "PlatformEndpoint": ("TargetArn",),
}
_SPELLED = {"bucket_name": "Bucket", "object_key": "Key", "key": "Key", "url": "QueueUrl", "arn": "TopicArn"}
_OBJECTS = frozenset({"objects", "object_versions"})
_UPLOADS = ("s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload")
_COPIES = ("s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload")
_FORM_EVENTS = {"upload_file": _UPLOADS, "upload_fileobj": _UPLOADS, "upload": _UPLOADS, "copy": _COPIES}
_ASKED_BY_NAME = frozenset({"GetQueueUrl", "CreateQueue"})


def parameters_of(m: Machine, arguments: Arguments, positional: tuple[str, ...] = ()) -> Record:
    """The parameters of a Python call as an object; ``ExtraArgs`` of transfers are parameters too."""
    made = m.record(dict(zip(positional, arguments.positional, strict=False)))
    for name, value in arguments.named.items():
        made.cell[name] = value
    if arguments.rest is not None:
        spread(m, made, arguments.rest)
    extra = made.cell.get("ExtraArgs")
    if extra is not None:
        spread(m, made, extra)
    return made


def call_client(m: Machine, client: Client, name: str, arguments: Arguments, at: At) -> V:
    """A method of a client."""
    if name in PRESIGNING:
        address = signed_by_client(m, client.service, name, arguments)
        return _called_back(
            m, [one for one in arguments.positional if isinstance(one, Function)], address, at
        )
    if name in ("__enter__", "from_"):
        return client
    if m.python:
        return _of_python(m, client, name, arguments, at)
    return Promised(_of_javascript(m, client, name, arguments, at))


# Python ---------------------------------------------------------------------------------------------------------------


def _of_python(m: Machine, client: Client, name: str, arguments: Arguments, at: At) -> V:
    if client.style == "resource":
        made = _resource(m, client, name, arguments)
        if made is not None:
            return made
    if name in ("get_paginator", "get_waiter"):
        asked = arguments.get(0, "operation_name")
        operation_name = camel(str(asked.value)) if isinstance(asked, Literal) else "List"
        m.used[client.service, operation_name] = None
        return CallResult(client.service, operation_name)
    if name == "_make_api_call":
        return _raw_call(m, client, arguments, at)
    further = form("boto3_client", f"{client.service}.{name}")
    if further is not None:
        parameters = parameters_of(m, arguments, further.positional)
        return record(m, further.operation, parameters, here(m, at), _FORM_EVENTS.get(name, ()))
    for entry in called(name, "python"):
        if entry.service == client.service:
            return record(m, entry, parameters_of(m, arguments), here(m, at))
    return _other(m, client.service, camel(name), parameters_of(m, arguments), at)


def _raw_call(m: Machine, client: Client, arguments: Arguments, at: At) -> V:
    """A call of an operation by its name as a text."""
    wanted = arguments.positional[0] if arguments.positional else NOTHING
    parameters = arguments.positional[1] if len(arguments.positional) > 1 else m.record()
    if not isinstance(wanted, Literal):
        m.gap(f"an operation of a computed name is called by a client of {client.service}", at)
        return Unknown("answer")
    name = str(wanted.value)
    name = name[:1].upper() + name[1:]
    known = operations().get(f"{client.service}.{name}")
    if known is not None:
        return record(m, known, parameters, here(m, at))
    return _other(m, client.service, name, parameters, at)


def _other(m: Machine, service: str, name: str, parameters: V, at: At) -> V:
    """The result of an operation that is not in the catalogue."""
    m.probes.append((service, name))
    m.used[service, name] = None
    frozen = m.freeze(parameters)
    asked = m.field(parameters, "QueueName", at) if name in _ASKED_BY_NAME else NOTHING
    if name in _ASKED_BY_NAME:
        return m.record({"QueueUrl": Pure("queue_url", (m.freeze(asked),))}, open=True)
    if name == "CreateTopic":
        asked = m.field(parameters, "Name", at)
        return m.record({"TopicArn": Pure("topic_arn", (m.freeze(asked),))}, open=True)
    if may_write_objects(service, name, frozen):
        m.gap(f"{service}.{name} may let the service write objects", at)
    return CallResult(service, name, (), known_parameters(frozen))


def _resource(m: Machine, client: Client, name: str, arguments: Arguments) -> V | None:
    if name in _IDENTITIES:
        return resource(client.service, name, {}, arguments)
    if name in ("get_queue_by_name", "create_queue"):
        asked = m.freeze(arguments.get(0, "QueueName") or Unknown("queue name"))
        return Resource("sqs", "Queue", {"QueueUrl": Pure("queue_url", (asked,))})
    if name == "create_topic":
        asked = m.freeze(arguments.get(0, "Name") or Unknown("topic name"))
        return Resource("sns", "Topic", {"TopicArn": Pure("topic_arn", (asked,))})
    if name == "create_table":
        return Resource(
            "dynamodb", "Table", {"TableName": arguments.get(0, "TableName") or Unknown("table name")}
        )
    return None


def resource(service: str, kind: str, known: Mapping[str, V], arguments: Arguments) -> Resource:
    """A resource object: what is known of its parent, then its own identifiers in order."""
    names = [name for name in _IDENTITIES[kind] if name not in known]
    parameters = {**known, **dict(zip(names, arguments.positional, strict=False))}
    for name, value in arguments.named.items():
        own = _IDENTITIES[kind][0] if name == "name" else _SPELLED.get(name, name)
        parameters[own] = value
    return Resource(service, kind, parameters)


def call_resource(m: Machine, owner: Resource, name: str, arguments: Arguments, at: At) -> V:
    """A method of a boto3 resource object."""
    if name in _IDENTITIES:
        return resource(owner.service, name, owner.parameters, arguments)
    if name == "Acl":
        return Resource(owner.service, "ObjectAcl", owner.parameters)
    if name == "Notification":
        return Resource(owner.service, "BucketNotification", owner.parameters)
    if owner.kind == "Table" and name in ("batch_writer", "__enter__"):
        return Resource(
            owner.service, "BatchWriter" if name == "batch_writer" else owner.kind, owner.parameters
        )
    if owner.kind == "BatchWriter":
        return _batch_writer(m, owner, name, arguments, at)
    if name == "__enter__":
        return owner
    further = form("boto3_resource", f"{owner.kind}.{name}")
    if further is None:
        if owner.kind == "Bucket" and name in ("delete", "delete_objects"):
            return CallResult(owner.service, camel(name))
        return _other(m, owner.service, f"{owner.kind}.{camel(name)}", m.record(owner.parameters), at)
    own = parameters_of(m, arguments, further.positional)
    parameters = m.record(owner.parameters)
    spread(m, parameters, own)
    return record(m, further.operation, parameters, here(m, at), _FORM_EVENTS.get(name, ()))


def _batch_writer(m: Machine, owner: Resource, name: str, arguments: Arguments, at: At) -> V:
    """``with table.batch_writer() as batch: batch.put_item(Item=…)``."""
    if name == "__enter__":
        return owner
    own = parameters_of(m, arguments)
    if name == "put_item":
        request = m.record({"PutRequest": m.record({"Item": own.cell.get("Item", Unknown("item"))})})
    elif name == "delete_item":
        request = m.record({"DeleteRequest": own})
    else:
        return Unknown(name)
    requests = m.record()
    requests.cell[ANY_KEY] = owner.parameters.get("TableName", Unknown("table name"))
    requests.cell[ANY] = m.sequence((request,), False)
    return record(m, operation("dynamodb.BatchWriteItem"), m.record({"RequestItems": requests}), here(m, at))


# JavaScript -----------------------------------------------------------------------------------------------------------


def _of_javascript(m: Machine, client: Client, name: str, arguments: Arguments, at: At) -> V:
    if name == "send":
        return _send(m, client, arguments, at)
    if name == "makeRequest":
        return _raw_call(m, client, arguments, at)
    callbacks = [value for value in arguments.positional if isinstance(value, Function)]
    given = [value for value in arguments.positional if not isinstance(value, Function)]
    parameters = given[0] if given else m.record()
    found = _javascript_operation(client, name)
    if found is not None:
        result: V = record(m, found, parameters, here(m, at), _FORM_EVENTS.get(name, ()))
    else:
        result = _other(m, client.service, name[:1].upper() + name[1:], parameters, at)
    return _called_back(m, callbacks, result, at)


def _javascript_operation(client: Client, name: str) -> Operation | None:
    if client.style == "document":
        further = form("document_client", name)
        if further is not None:
            return further.operation
    further = form("javascript_client", f"{client.service}.{name}")
    if further is not None:
        return further.operation
    return next((entry for entry in called(name, "javascript") if entry.service == client.service), None)


def _send(m: Machine, client: Client, arguments: Arguments, at: At) -> V:
    callbacks = [value for value in arguments.positional if isinstance(value, Function)]
    given = arguments.positional[0] if arguments.positional else NOTHING
    result = join(_sent(m, client, option, at) for option in options_of(given) if option != NOTHING)
    return _called_back(m, callbacks, result, at)


def _sent(m: Machine, client: Client, command: V, at: At) -> V:
    if isinstance(command, Command):
        return send(m, command, at)
    if not isinstance(command, (CallResult, Function)):
        m.gap(f"an unknown command is sent by a client of {client.service}", at)
    return command if isinstance(command, CallResult) else Unknown("answer")


def send(m: Machine, command: Command, at: At) -> V:
    """What sending a command does."""
    where = Where(command.module, command.at, command.name)
    further = form("document_command", command.name)
    document = command.service in ("document", "?")
    if further is not None and document:
        return record(m, further.operation, command.parameters, where)
    for entry in commanded(command.name):
        if command.service in (entry.service, "?"):
            return record(m, entry, command.parameters, where)
    service = "dynamodb" if command.service == "document" else command.service
    return _other(m, service, command.name.removesuffix("Command"), command.parameters, at)


def _called_back(m: Machine, callbacks: list[Function], result: V, at: At) -> V:
    for callback in callbacks:
        call_function(m, callback, Arguments((EXCEPTION, result)), at)
    return result


def make_command(m: Machine, library: str, name: str, arguments: Arguments, at: At) -> Command:
    """A command of a package: ``@aws-sdk/client-s3``, ``@aws-sdk/lib-dynamodb``; of others the service is ``?``."""
    parameters = arguments.positional[0] if arguments.positional else m.record()
    service = "?"
    if library.startswith("@aws-sdk/client-"):
        service = service_of(library.removeprefix("@aws-sdk/"))
    elif library.startswith("@aws-sdk/lib-dynamodb"):
        service = "document"
    return Command(service, name, parameters, m.module, at)


# Clients that are not known -------------------------------------------------------------------------------------------

_COMMON = frozenset(
    {"publish", "invoke", "put_record", "putRecord", "execute_statement", "executeStatement", "create_job", "createJob",
     "send_email", "sendEmail", "sendMessage", "startExecution", "put_file", "putFile", "submit_job", "submitJob",
     "delete_file", "deleteFile", "create_commit", "createCommit", "create_branch", "createBranch", "delete_branch",
     "deleteBranch", "start_task", "startTask"}
)  # fmt: skip


def call_by_name(m: Machine, name: str, arguments: Arguments, at: At) -> V | None:
    """A call on something unknown whose name is an operation's; else ``None``. Parameters tell the service."""
    language = m.entry.language
    entries = called(name, language)
    if not entries and m.python and name in ("upload_file", "upload_fileobj"):
        further = form("boto3_client", f"s3.{name}")
        entries = (further.operation,) if further is not None else ()
    if not entries:
        return None
    positional = ("Filename", "Bucket", "Key") if name.startswith("upload_file") else ()
    if m.python:
        parameters: V = parameters_of(m, arguments, positional)
    else:
        parameters = arguments.positional[0] if arguments.positional else m.record()
    frozen = m.freeze(parameters)
    fitting = [entry for entry in entries if _names_target(entry, frozen)]
    plain = isinstance(frozen, Literal) or (
        isinstance(frozen, ObjectValue) and not frozen.open and not frozen.rest
    )
    if not fitting and name in _COMMON and plain:
        return None
    found = join(record(m, entry, parameters, here(m, at)) for entry in (fitting or entries)[:3])
    return found if m.python else Promised(found)


def _names_target(entry: Operation, parameters: Value) -> bool:
    if not isinstance(parameters, ObjectValue):
        return False
    names = {path.lstrip("[].").split(".")[0].split("[")[0] for path in entry.target}
    if entry.each is not None:
        names.add(entry.each)
    return any(name in names for name, _ in parameters.fields)
