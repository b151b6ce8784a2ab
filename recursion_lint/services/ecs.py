"""Amazon ECS: task definitions, which run when somebody runs them as a task.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecs-taskdefinition.html
"""

from __future__ import annotations

from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.jobs import Job
from recursion_lint.template.resource_types import ResourceKind

_TASK = Job(roles=("TaskRoleArn",), variables=("ContainerDefinitions.*.Environment.*",))

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
    arn=ArnForm("task-definition/", ":", granted=("task-definition/{}", "task-definition/{}:*")),
    runs=True,
    filtered_by="rule",
)
