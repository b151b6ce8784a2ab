"""AWS CodeBuild: projects, which run when somebody starts a build.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-project.html
"""

from __future__ import annotations

from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.jobs import Job
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind

_PROJECT = Job(roles=("ServiceRole",), variables=("Environment.EnvironmentVariables.*",))

# https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
_BUILDS = ServiceEvent(
    "aws.codebuild",
    ("CodeBuild Build State Change", "CodeBuild Build Phase Change"),
    {
        **calls("codebuild", "StartBuild", "StartBuildBatch", "RetryBuild", "RetryBuildBatch"),
        **calls("codebuild", "StopBuild", "StopBuildBatch", build_status=("STOPPED",)),
    },
    {"build-status": ("IN_PROGRESS", "SUCCEEDED")},
    {"detail.project-name": "name"},
    "project/",
    "ProjectName",
    "codebuild",
    ("AWS::CodeBuild::Project",),
)

SERVICE = Service(
    name="codebuild",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::CodeBuild::Project", "codebuild", "codebuild:@:project/{}", "Name", "name", {"Arn": "arn"}
        ),
    ),
    writes=dict.fromkeys(("StartBuild", "StartBuildBatch", "RetryBuild", "RetryBuildBatch"), frozenset()),
    readers={"AWS::CodeBuild::Project": _PROJECT.read},
    tasks={
        "startBuild": TaskTarget(("ProjectName",), "starts"),
        "startBuildBatch": TaskTarget(("ProjectName",), "starts"),
    },
    arn=ArnForm("project/", "/"),
    runs=True,
    filtered_by="rule",
    verb="start",
    events=(_BUILDS,),
    as_target={"": "codebuild:StartBuild"},
)
