"""Service integrations of Step Functions: what each task of a definition writes, and where.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Union

from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Echo, Endpoint, Produces, Trigger, Undirected, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Text, has_wildcard, text
from recursion_lint.patterns.events import Doc
from recursion_lint.services import dynamodb
from recursion_lint.services.declaration import TaskTarget
from recursion_lint.services.eventbridge.caused_events import caused
from recursion_lint.services.iot import TOPICS
from recursion_lint.services.naming import endpoint_of, unrevised
from recursion_lint.services.reading import Reading
from recursion_lint.services.registry import declared
from recursion_lint.services.s3 import buckets as s3
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.services.stepfunctions.inputs import echoes
from recursion_lint.services.stepfunctions.outputs import places, topics
from recursion_lint.services.stepfunctions.payloads import Payloads
from recursion_lint.services.stepfunctions.states_language import Task, argument, constant, filled
from recursion_lint.template.embedded import ComputedKey
from recursion_lint.template.yaml.nodes import Node, scalar, symbols


class Dynamic(NamedTuple):
    """A task that learns its target only when it runs, with what it puts there."""

    task: Task
    service: str
    produces: Produces
    requires: Requires

    def undirected(self) -> Undirected:
        """The same as the permissions are asked for it: which actions, guarded by what."""
        return Undirected(
            self.task.name,
            self.service,
            _actions(self.service, self.task.action.partition(":")[2], self.produces.events),
            self.produces,
            self.requires,
            _guard(self.task),
        )


def _actions(service: str, call: str, events: frozenset[str] | None) -> frozenset[str]:
    """The actions of IAM that a call to a service needs: those of its events, or of its name; all if that is none."""
    known = declared(service).writes
    if events is not None and any(known.values()):
        return frozenset(action for action, made in known.items() if made & events)
    name = call[:1].upper() + call[1:]
    meant = {action for action in known if name.startswith(action) or action.startswith(name)}
    return frozenset(meant or known)


def _guard(task: Task) -> str:
    return f"the Choice state {task.behind} decides whether the task {task.name} runs" if task.behind else ""


_ITEM_WRITES = {"putItem": "PutItem", "updateItem": "UpdateItem", "deleteItem": "DeleteItem"}
_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_BATCH = {"PutRequest": "PutItem", "DeleteRequest": "DeleteItem"}
_OBJECT_WRITES = {
    "putObject": frozenset({"s3:ObjectCreated:Put"}),
    "copyObject": frozenset({"s3:ObjectCreated:Copy"}),
    "completeMultipartUpload": frozenset({"s3:ObjectCreated:CompleteMultipartUpload"}),
    "deleteObjects": s3.WRITES["DeleteObject"],
}
_ANYTHING = Produces()
_DEFAULT_BUS: Text = ("default",)

Found = Iterator[Union[Write, Trigger, Dynamic]]


def _key_node(key: str, span: Span) -> Node:
    """The key of a map as a value."""
    return symbols(key.text, span) if isinstance(key, ComputedKey) else scalar(key, span)


class Integrations:
    """The writes of one state machine's tasks. ``itself`` is its ARN, ``variables`` are its substitutions."""

    def __init__(
        self, reading: Reading, machine: Endpoint, itself: Text, variables: Mapping[str, Node]
    ) -> None:
        self.reading = reading
        self.resolver = reading.resolver
        self.variables = variables
        self.payloads = Payloads(reading)
        self.machine = machine
        self.itself = itself

    def writes(self, task: Task) -> Found:
        """What ``task`` writes; ``Dynamic`` where its target is not known before it runs."""
        service, _, call = task.action.partition(":")
        target = declared(service).tasks.get(call)
        if not task.action:
            yield from self._called(task)
        elif target is not None:
            yield from self._sent(task, service, target)
        elif task.action == "events:putEvents":
            yield from self._events(task)
        elif task.action == "iot:publish":
            for topic, needed in argument(self.resolver, task.arguments, "Topic", task.requires):
                yield self._write(task, TOPICS, "publishes to", needed, Produces(topics=(topic,)))
        elif service == "dynamodb":
            yield from self._items(task, call)
        elif service == "s3":
            yield from self._objects(task, call)
        elif task.action == "sqs:receiveMessage":
            yield from self._polled(task)
        elif task.action == "sqs:startMessageMoveTask":
            yield from self._moved(task)
        if task.action:
            yield from self._delegated(task)
            yield from self._told(task)

    def _polled(self, task: Task) -> Iterator[Trigger]:
        """A queue that a task receives messages of: what is sent there goes through the state machine."""
        for value, needed in argument(self.resolver, task.arguments, "QueueUrl", task.requires):
            if not has_wildcard(value):
                yield Trigger(
                    endpoint_of(value, "sqs"),
                    self.machine,
                    f"the task {task.name} of {{target}} receives the messages of {{source}}",
                    task.span,
                    delivery="poll",
                    evidence="defined",
                    requires=needed,
                )

    def _moved(self, task: Task) -> Found:
        """Messages of a dead-letter queue that a task moves on; without a destination they go where they came from.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
        """
        sources = argument(self.resolver, task.arguments, "SourceArn", task.requires)
        for value, needed in sources:
            if has_wildcard(value):
                continue
            source = endpoint_of(value, "sqs")
            words = f"the task {task.name} of {{target}} moves the messages of {{source}}"
            yield Trigger(
                source,
                self.machine,
                words,
                task.span,
                delivery="poll",
                evidence="defined",
                requires=needed,
            )
            given = argument(self.resolver, task.arguments, "DestinationArn", needed)
            back = ((queue, needed) for queue in self._redriven_to(source))
            for target, more in ((endpoint_of(one, "sqs"), also) for one, also in given) if given else back:
                yield self._write(task, target, "moves messages to", more, _ANYTHING)

    def _redriven_to(self, source: Endpoint) -> Iterator[Endpoint]:
        """The queues whose failed messages come to ``source``."""
        for queue in self.reading.of_type("AWS::SQS::Queue"):
            policy = self.resolver.one(queue.get("RedrivePolicy"))
            node = policy.get("deadLetterTargetArn") if policy is not None else None
            if source in self.reading.named(node, "sqs"):
                yield self.reading.endpoint(queue)

    def _delegated(self, task: Task) -> Found:
        """What the job that a task starts writes to S3, and the topic that hears of its end."""
        service = task.action.partition(":")[0]
        for place in places(self.resolver, task.action, task.arguments, task.requires):
            name = (ANY,) if has_wildcard(place.bucket) else endpoint_of(place.bucket, "s3").name
            put = Produces(event_types("s3:ObjectCreated:*"), (text([*name, "/", *place.key]),))
            if has_wildcard(place.bucket):
                yield Dynamic(task, "s3", put, place.requires)
                continue
            bucket = endpoint_of(place.bucket, "s3")
            yield self._write(task, bucket, f"has {service} write to", place.requires, put)
        for topic, needed in topics(self.resolver, task.action, task.arguments, task.requires):
            if not has_wildcard(topic):
                yield self._write(
                    task, endpoint_of(topic, "sns"), f"has {service} publish to", needed, _ANYTHING
                )

    def _told(self, task: Task) -> Iterator[Write]:
        """The events by which a service tells of the work that a task gives it."""

        def names(parameter: str) -> tuple[Text, ...]:
            found = argument(self.resolver, task.arguments, parameter, task.requires, self.itself)
            return tuple(dict(found))

        reason = f"the task {task.name} of {{source}} causes {{target}} events"
        yield from caused(self.reading, self.machine, task.action, names, reason, task.span, task.requires)

    def _called(self, task: Task) -> Found:
        """``Resource`` is the function itself (or something that is no channel)."""
        arn = split_arn(task.resource)
        if arn is None or arn.service == ("lambda",):
            given = self._input(task.arguments)
            write = self._write(task, endpoint_of(task.resource, "lambda"), "invokes", task.requires, given)
            nothing = () if task.arguments is not None or not task.given else (((), ()),)
            yield write._replace(echoes=nothing or echoes(self.resolver, task.arguments, None, task.given))

    def _input(self, payload: Node | None) -> Produces:
        """The event that a task gives a function, where the definition says it field by field."""
        found = self.payloads.held(payload) if payload is not None else None
        return Produces(document=found) if isinstance(found, Doc) else _ANYTHING

    def _sent(self, task: Task, service: str, target: TaskTarget) -> Found:
        call = task.action.partition(":")[2]
        events = declared(service).writes.get(call[:1].upper() + call[1:])
        produces = Produces(events) if events else _ANYTHING
        if task.action == "sqs:sendMessage" and task.arguments is not None:
            produces = Produces(document=self.payloads.body(task.arguments))
        elif task.action == "sns:publish" and task.arguments is not None:
            from recursion_lint.services.stepfunctions.messages import published

            produces = Produces(document=published(self.payloads, task.arguments))
        elif task.action == "lambda:invoke" and task.arguments is not None:
            produces = self._input(task.arguments.get("Payload"))
        for name in target.arguments:
            found = argument(self.resolver, task.arguments, name, task.requires, self.itself)
            for value, needed in found:
                named = text([target.kind, *value]) if value else value
                yield from self._to(task, service, named, target.verb, needed, produces)
            if found and not target.all:
                return

    def _to(
        self, task: Task, service: str, value: Text, verb: str, requires: Requires, produces: Produces
    ) -> Found:
        if has_wildcard(value):
            yield Dynamic(task, service, produces, requires)
        elif value:
            endpoint = unrevised(endpoint_of(value, service))
            yield self._write(task, endpoint, verb, requires, produces._replace(apart=set_apart(value)))

    def _write(
        self, task: Task, channel: Endpoint, verb: str, requires: Requires, produces: Produces
    ) -> Write:
        reason = f"the task {task.name} of {{source}} {verb} {{target}}"
        return Write(
            self.machine,
            channel,
            reason,
            task.span,
            "task",
            produces,
            "defined",
            requires=requires,
            guard=_guard(task),
            only_if=task.only_if,
            echoes=self._echoes(task) if task.action == "lambda:invoke" else (),
        )

    def _echoes(self, task: Task) -> tuple[Echo, ...]:
        if task.arguments is None or task.arguments.kind != "map":
            return ()
        payload, whole = (task.arguments.get(name) for name in ("Payload", "Payload.$"))
        return echoes(self.resolver, payload, whole, task.given)

    def _events(self, task: Task) -> Found:
        """One write for each entry; an entry without a bus goes to the default one.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
        """
        entries = task.arguments.get("Entries") if task.arguments is not None else None
        if entries is None:
            yield Dynamic(task, "events", _ANYTHING, task.requires)
        for entry, needed in self.resolver.items(entries, task.requires):
            if entry.kind != "map" or entry.intrinsic is not None:
                yield Dynamic(task, "events", _ANYTHING, needed)
                continue
            produces = Produces(document=self.payloads.event(entry))
            bus = argument(self.resolver, entry, "EventBusName", needed) or ((_DEFAULT_BUS, needed),)
            for value, more in bus:
                yield from self._to(task, "events", value or _DEFAULT_BUS, "puts events on", more, produces)

    # --- DynamoDB -------------------------------------------------------------------------------------

    def _items(self, task: Task, call: str) -> Found:
        if call in _ITEM_WRITES and task.arguments is not None:
            yield from self._item(task, task.arguments, _ITEM_WRITES[call], task.requires)
        elif call == "transactWriteItems":
            yield from self._transaction(task)
        elif call == "batchWriteItem":
            yield from self._batch(task)
        elif call in ("executeStatement", "batchExecuteStatement", "executeTransaction"):
            yield Dynamic(task, "dynamodb", _ANYTHING, task.requires)

    def _item(self, task: Task, arguments: Node, action: str, requires: Requires) -> Found:
        document = None
        if action == "PutItem":
            document = self.payloads.put_item(arguments)
        elif action == "UpdateItem":
            document = self.payloads.update_item(arguments)
        seldom = dynamodb.UPSERT if action == "UpdateItem" else None
        produces = Produces(dynamodb.WRITES[action], document=document, seldom=seldom)
        verb = "deletes from" if action == "DeleteItem" else "writes to"
        for value, needed in argument(self.resolver, arguments, "TableName", requires):
            yield from self._to(task, "dynamodb", value, verb, needed, produces)

    def _transaction(self, task: Task) -> Found:
        items = task.arguments.get("TransactItems") if task.arguments is not None else None
        if items is None:
            yield Dynamic(task, "dynamodb", _ANYTHING, task.requires)
        for item, needed in self.resolver.items(items, task.requires):
            if item.kind != "map":
                yield Dynamic(task, "dynamodb", _ANYTHING, task.requires)
            for name, action in _TRANSACTION.items():
                inner = item.get(name)
                if inner is not None:
                    yield from self._item(task, inner, action, needed)

    def _batch(self, task: Task) -> Found:
        """``RequestItems`` maps each table to its requests."""
        tables = task.arguments.get("RequestItems") if task.arguments is not None else None
        if tables is None or tables.kind != "map":
            yield Dynamic(task, "dynamodb", _ANYTHING, task.requires)
            return
        for table, requests in tables.items():
            if table.endswith(".$"):
                yield Dynamic(task, "dynamodb", _ANYTHING, task.requires)
                continue
            name = filled(_key_node(table, tables.span), self.variables)
            written = [key for request in requests.elements() for key, _ in request.items() if key in _BATCH]
            events = frozenset().union(*(dynamodb.WRITES[_BATCH[key]] for key in written))
            produces = Produces(events or dynamodb.WRITES["BatchWriteItem"])
            for value, needed in self.resolver.texts(name, task.requires):
                yield from self._to(task, "dynamodb", value, "writes to", needed, produces)

    # --- S3 -------------------------------------------------------------------------------------------

    def _objects(self, task: Task, call: str) -> Found:
        events = _OBJECT_WRITES.get(call) or s3.WRITES.get(call[:1].upper() + call[1:])
        if events is None:
            return
        verb = "deletes from" if call.startswith("deleteObject") and "Tagging" not in call else "writes to"
        for bucket, needed in argument(self.resolver, task.arguments, "Bucket", task.requires):
            keys = self._keys(task, bucket)
            yield from self._to(task, "s3", bucket, verb, needed, Produces(events, keys))

    def _keys(self, task: Task, bucket: Text) -> tuple[Text, ...]:
        """The keys that a task may write, as patterns of the whole resource; a distributed map has a prefix."""
        name = (ANY,) if has_wildcard(bucket) else endpoint_of(bucket, "s3").name
        if task.arguments is None or task.arguments.kind != "map":
            return (text([*name, "/", ANY]),)
        key = constant(self.resolver, task.arguments, "Key")
        prefix = constant(self.resolver, task.arguments, "Prefix") if key is None else None
        return (text([*name, "/", *((*(prefix or ()), ANY) if key is None else key)]),)
