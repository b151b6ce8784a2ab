"""AWS Systems Manager: parameters, whose changes EventBridge is told of, and the events of its other work.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.services.declaration import ArnForm, Output, Service, TaskTarget
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_parameter(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::SSM::Parameter``."""
    endpoint = endpoint_of(reading.resolver.name_of(resource), "ssm")
    yield reading.declared(resource, endpoint)


_PARAMETER = ResourceKind(
    "AWS::SSM::Parameter", "ssm", "ssm:@:parameter/{}", "Name", "name", {"Name": "name", "Value": "value"}
)

# https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-eventbridge-events.html
_EVENTS = (
    ServiceEvent(
        "aws.ssm",
        ("Parameter Store Change",),
        {
            **calls("ssm", "PutParameter", operation=("Create", "Update")),
            **calls("ssm", "DeleteParameter", "DeleteParameters", operation=("Delete",)),
            **calls("ssm", "LabelParameterVersion", operation=("LabelParameterVersion",)),
        },
        {},
        {"detail.name": "path"},
        "parameter/",
        "Name",
        "ssm",
        ("AWS::SSM::Parameter",),
        "operation",
    ),
    ServiceEvent(
        "aws.ssm",
        ("EC2 Command Status-change Notification", "EC2 Command Invocation Status-change Notification"),
        {
            **calls("ssm", "SendCommand"),
            **calls("ssm", "CancelCommand", status=("Cancelling", "Cancelled")),
        },
        {"status": ("Pending", "InProgress", "Success")},
        {"detail.document-name": "name"},
        "document/",
        "DocumentName",
    ),
    ServiceEvent(
        "aws.ssm",
        (
            "EC2 Automation Execution Status-change Notification",
            "EC2 Automation Step Status-change Notification",
        ),
        {
            **calls("ssm", "StartAutomationExecution", "StartChangeRequestExecution"),
            **calls("ssm", "StopAutomationExecution", Status=("Cancelling", "Cancelled")),
        },
        {"Status": ("InProgress", "Success")},
        {"detail.Definition": "name"},
        "automation-definition/",
        "DocumentName",
    ),
    ServiceEvent(
        "aws.ssm",
        ("EC2 State Manager Association State Change", "EC2 State Manager Instance Association State Change"),
        calls("ssm", "CreateAssociation", "UpdateAssociation", "StartAssociationsOnce"),
    ),
    ServiceEvent("aws.ssm", ("OpsItem Create",), calls("ssm", "CreateOpsItem")),
    ServiceEvent("aws.ssm", ("OpsItem Update",), calls("ssm", "UpdateOpsItem")),
    ServiceEvent("aws.ssm", ("Configuration Compliance State Change",), calls("ssm", "PutComplianceItems")),
)

SERVICE = Service(
    name="ssm",
    rule="other-loop",
    kinds=(_PARAMETER,),
    writes={
        "PutParameter": frozenset({"Create", "Update"}),
        "DeleteParameter": frozenset({"Delete"}),
        "DeleteParameters": frozenset({"Delete"}),
        "LabelParameterVersion": frozenset({"LabelParameterVersion"}),
    },
    readers={"AWS::SSM::Parameter": read_parameter},
    tasks={
        "putParameter": TaskTarget(("Name",), "writes to"),
        "deleteParameter": TaskTarget(("Name",), "deletes"),
        "labelParameterVersion": TaskTarget(("Name",), "labels"),
    },
    outputs={"sendCommand": (Output(topic="NotificationConfig.NotificationArn"),)},
    arn=ArnForm("parameter/", rooted=True),
    filtered_by="rule",
    events=_EVENTS,
    as_target={"document/": "ssm:SendCommand", "automation-definition/": "ssm:StartAutomationExecution"},
)
