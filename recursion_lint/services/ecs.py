"""Amazon ECS: task definitions, which run when somebody runs them as a task.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecs-taskdefinition.html
"""

from __future__ import annotations

from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.jobs import Job
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind

_TASK = Job(roles=("TaskRoleArn",), variables=("ContainerDefinitions.*.Environment.*",))

_DEPLOYING = calls("ecs", "CreateService", "UpdateService", "CreateTaskSet", "UpdateServicePrimaryTaskSet")
_ON_INSTANCES = (
    *("UpdateContainerInstancesState", "DeregisterContainerInstance", "DeleteService"),
    *("RunTask", "StartTask", "StopTask"),
)
_STATUSES = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
_EVENTS = (
    ServiceEvent(
        "aws.ecs",
        ("ECS Task State Change",),
        {
            **calls("ecs", "RunTask", "StartTask", "CreateService", "UpdateService", "CreateTaskSet"),
            **calls("ecs", "StopTask", desiredStatus=("STOPPED",), lastStatus=_STATUSES[4:]),
        },
        {"lastStatus": _STATUSES, "desiredStatus": ("RUNNING", "STOPPED")},
        {"detail.taskDefinitionArn": "arn"},
        "task-definition/",
        "TaskDefinition",
        "ecs",
        ("AWS::ECS::TaskDefinition",),
    ),
    ServiceEvent(
        "aws.ecs",
        ("ECS Deployment State Change",),
        _DEPLOYING,
        {
            "eventName": ("SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"),
            "eventType": ("INFO",),
        },
        {"resources": "arn"},
        "service/",
    ),
    ServiceEvent(
        "aws.ecs",
        ("ECS Service Action",),
        _DEPLOYING,
        {"eventName": ("SERVICE_STEADY_STATE", "SERVICE_DESIRED_COUNT_UPDATED"), "eventType": ("INFO",)},
        {"resources": "arn"},
        "service/",
    ),
    ServiceEvent(
        "aws.ecs",
        ("ECS Container Instance State Change",),
        # Tasks that start or stop change what is left of it, also those of a service.
        {**_DEPLOYING, **calls("ecs", *_ON_INSTANCES)},
    ),
)

SERVICE = Service(
    name="ecs",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::ECS::TaskDefinition",
            "ecs",
            "ecs:@:task-definition/{}",
            "Family",
            "arn+:{revision}",
            {"TaskDefinitionArn": "arn+:{revision}"},
        ),
    ),
    writes={"RunTask": frozenset(), "StartTask": frozenset()},
    readers={"AWS::ECS::TaskDefinition": _TASK.read},
    tasks={
        "runTask": TaskTarget(("TaskDefinition",), "runs"),
        "startTask": TaskTarget(("TaskDefinition",), "runs"),
    },
    arn=ArnForm(
        "task-definition/", ":", granted=("task-definition/{}", "task-definition/{}:*"), revised=True
    ),
    runs=True,
    filtered_by="rule",
    verb="run",
    events=_EVENTS,
    as_target={"": "ecs:RunTask"},
)
