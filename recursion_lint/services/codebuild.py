"""AWS CodeBuild: projects, which run when somebody starts a build.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-project.html
"""

from __future__ import annotations

from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.jobs import Job
from recursion_lint.template.resource_types import ResourceKind

_PROJECT = Job(roles=("ServiceRole",), variables=("Environment.EnvironmentVariables.*",))

SERVICE = Service(
    name="codebuild",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::CodeBuild::Project", "codebuild", "codebuild:@:project/{}", "Name", "name", {"Arn": "arn"}
        ),
    ),
    writes={"StartBuild": frozenset(), "StartBuildBatch": frozenset(), "RetryBuild": frozenset()},
    readers={"AWS::CodeBuild::Project": _PROJECT.read},
    arn=ArnForm("project/", "/"),
    runs=True,
    filtered_by="rule",
)
