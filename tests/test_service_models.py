"""What declarations and the catalogue say of AWS's calls, against botocore's models of the services.

A service that is declared and forgotten in the catalogue, and a line there that no call has any more, are found here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from recursion_lint.code.sdk_calls import Operation, complete, operations
from recursion_lint.services.declaration import Output, Service
from recursion_lint.services.registry import all_services, by_name, iot_actions
from recursion_lint.services.stepfunctions.outputs import _UNDECLARED

session = pytest.importorskip("botocore.session")

_MODELS = {"states": "stepfunctions", "iot": "iot-data", "logs": "logs"}
"""Services whose SDK has another name."""

MADE_BY = {
    "codecommit:GitPush": None,
    "dynamodb:PartiQLDelete": ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    "dynamodb:PartiQLInsert": ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    "dynamodb:PartiQLUpdate": ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    "dynamodb:PutItem": ("PutItem", "TransactWriteItems"),
    "events:PutRawEvents": None,
    "iot:RetainPublish": ("Publish",),
    "kafka-cluster:WriteData": None,
    "kinesis:PutRecords": ("PutRecords",),
    "lambda:InvokeFunction": ("Invoke", "InvokeAsync", "InvokeWithResponseStream"),
    "lambda:InvokeFunctionUrl": None,
    "s3:DeleteObject": ("DeleteObject", "DeleteObjects"),
    "s3:DeleteObjectVersion": ("DeleteObject", "DeleteObjects"),
    "s3:DeleteObjectTagging": ("DeleteObjectTagging",),
    "s3:DeleteObjectVersionAnnotation": ("DeleteObjectAnnotation",),
    "s3:DeleteObjectVersionTagging": ("DeleteObjectTagging",),
    "s3:PutObject": (
        "PutObject",
        "CopyObject",
        "CreateMultipartUpload",
        "CompleteMultipartUpload",
        "RenameObject",
    ),
    "s3:PutObjectVersionAcl": ("PutObjectAcl",),
    "s3:PutObjectVersionAnnotation": ("PutObjectAnnotation",),
    "s3:PutObjectVersionTagging": ("PutObjectTagging",),
    "ses:SendBulkEmail": None,
    "sns:Publish": ("Publish", "PublishBatch"),
    "sqs:SendMessage": ("SendMessage", "SendMessageBatch"),
}
"""IAM action → the calls that need it, where they are not just the one of its name; ``None``: no call of this SDK."""

UNREAD = {
    "cognito-idp": "a client names its pool in the console only",
    "ses": "who gets a mail is no name of a rule",
}
"""Services some of whose writes handlers are not searched for: never said to be complete."""

BY_OTHER_MEANS = {
    "lambda": "a function's URL is called by HTTP",
    "events": "raw events are of the second version",
}
"""Complete as far as the SDK goes."""


@cache
def loader() -> Any:
    return session.get_session()


@cache
def model(service: str) -> Any:
    """The model of a service by botocore's name; ``None`` where it has none."""
    return loader().get_service_model(service) if service in loader().get_available_services() else None


def writes(service: Service) -> list[tuple[str, tuple[str, ...] | None]]:
    """The IAM actions that a service declares as its writes, and the SDK's calls that need them."""
    named = ((f"{service.prefix or service.name}:{name}", name) for name in service.writes)
    return [(action, MADE_BY.get(action, (name,))) for action, name in named]


def sdk_name(service: str) -> str:
    return _MODELS.get(service, service)


WRITING = [service for service in all_services() if service.writes and service.rule]


@pytest.mark.parametrize("service", WRITING, ids=[service.name for service in WRITING])
def test_the_calls_that_write_are_in_the_catalogue(service: Service) -> None:
    name = sdk_name(service.name)
    needed = {f"{name}.{call}" for _, calls in writes(service) for call in calls or ()}
    if service.name in UNREAD:
        assert not complete(service.name)
        return
    missing = sorted(needed - operations().keys())
    assert not missing, "add them to code/data/sdk_calls.json"


@pytest.mark.parametrize("service", WRITING, ids=[service.name for service in WRITING])
def test_a_complete_channel_is_written_by_calls_of_the_sdk_alone(service: Service) -> None:
    other = [action for action, calls in writes(service) if calls is None]
    if service.name not in BY_OTHER_MEANS:
        assert complete(service.name) == (not other and service.name not in UNREAD)


def test_complete_channels_are_declared() -> None:
    from recursion_lint.code.sdk_calls import _catalogue

    assert set(_catalogue()["complete_channels"]) <= {service.name for service in WRITING}


def test_each_call_that_an_action_is_said_to_need_is_one() -> None:
    declared = {action for service in WRITING for action, _ in writes(service)}
    assert MADE_BY.keys() <= declared
    for action, calls in MADE_BY.items():
        prefix, _, name = action.partition(":")
        known = model(sdk_name(prefix))
        assert known is None or set(calls or ()) <= set(known.operation_names), action
        assert calls is None or known is not None, action
        assert calls is not None or known is None or name not in known.operation_names, action


def parameters(shape: Any, path: str) -> bool:
    """Is there such a parameter?"""
    for step in path.replace("[]", ".[]").lstrip(".").split("."):
        if shape is None:
            return False
        if step == "[]" and shape.type_name == "list":
            shape = shape.member
        elif step == "*" and shape.type_name in ("map", "list"):
            shape = shape.value if shape.type_name == "map" else shape.member
        elif shape.type_name == "structure":
            shape = shape.members.get(step)
        elif shape.type_name != "map":
            return False
    return shape is not None


ENTRIES = list(operations().values())


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.key for entry in ENTRIES])
def test_each_entry_of_the_catalogue_is_a_call_with_its_parameters(entry: Operation) -> None:
    known = model(entry.service)
    assert known is not None
    assert entry.name in known.operation_names
    shape = known.operation_model(entry.name).input_shape
    given = (path for _, several in entry.content for path in several)
    paths = (*entry.target, *([entry.parameter] if entry.parameter else []), *given)
    for path in paths:
        whole = f"{entry.each}{path}" if path.startswith("[]") else path
        assert parameters(shape, whole), path


# --- tasks of state machines --------------------------------------------------------------------------------

TASKS = [(service.name, call) for service in all_services() for call in (*service.tasks, *service.outputs)]


def task_shape(service: str, call: str) -> Any:
    """The input of the call that a task makes; its names are written with a capital letter in definitions."""
    names = {name.replace("-", ""): name for name in loader().get_available_services()}
    known = model(names.get(service, service))
    return known.operation_model(call[:1].upper() + call[1:]).input_shape


def has_argument(shape: Any, path: str) -> bool:
    for step in path.split("."):
        if step == "*":
            shape = shape.member
            continue
        # Abbreviations are spelled in more than one way: ``SNSTopicArn``, ``SnsTopicArn``.
        given = {name.lower(): part for name, part in shape.members.items()}
        if step.lower() not in given:
            return False
        shape = given[step.lower()]
    return True


@pytest.mark.parametrize(("name", "call"), TASKS)
def test_a_task_is_a_call_with_these_arguments(name: str, call: str) -> None:
    service = by_name()[name]
    shape = task_shape(sdk_name(name), call)
    if call in service.tasks:
        assert all(has_argument(shape, argument) for argument in service.tasks[call].arguments)
    check_outputs(service.outputs.get(call, ()), shape)


def check_outputs(outputs: tuple[Output, ...], shape: Any) -> None:
    for output in outputs:
        for path in (output.bucket, output.prefix, output.topic):
            assert not path or has_argument(shape, path), path


@pytest.mark.parametrize("action", sorted(_UNDECLARED.keys() - {"bedrock:invokeModel"}))
def test_the_outputs_of_other_services_are_arguments(action: str) -> None:
    """That of a model's answer is one of Step Functions itself."""
    service, _, call = action.partition(":")
    check_outputs(_UNDECLARED[action], task_shape(service, call))


BESIDE_TASKS = {
    "cognito-idp": "not read",
    "dynamodb": "items have readers of their own",
    "events": "each entry names its bus",
    "iot": "a topic is no resource",
    "s3": "a bucket and a key",
    "ses": "not read",
}
"""Services whose calls in tasks are read by themselves, or not at all."""

NO_TASK = {
    "deleteParameters": "its names are a list",
    "invokeWithResponseStream": "a task takes no stream",
    "retryBuild": "its id does not tell the project",
    "retryBuildBatch": "its id does not tell the project",
}


@pytest.mark.parametrize("service", WRITING, ids=[service.name for service in WRITING])
def test_the_calls_that_write_are_tasks(service: Service) -> None:
    made = {call[:1].lower() + call[1:] for _, calls in writes(service) for call in calls or ()}
    if service.name not in BESIDE_TASKS:
        assert sorted(made - service.tasks.keys() - NO_TASK.keys()) == []


# --- actions of IoT rules -----------------------------------------------------------------------------------

WITHOUT_IOT_ACTION = {
    "dynamodb": "writes items, and S3 objects, with keys of their own",
    "s3": "writes objects",
    "kafka": "names a destination, not a cluster",
}


def test_each_action_of_an_iot_rule_that_reaches_a_declared_service_is_in_its_line() -> None:
    shape = model("iot").shape_for("Action")
    for path in iot_actions():
        assert has_argument(shape, path), path
    known = {service: path.partition(".")[0].lower() for path, service in iot_actions().items()}
    actions = {name.lower() for name in shape.members} - set(known.values())
    assert {service.name for service in all_services()} & actions == set(WITHOUT_IOT_ACTION)
