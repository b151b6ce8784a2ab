"""AWS CodePipeline: sources that start a pipeline, and the functions, builds and buckets that it reaches.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text, literal, render, text
from recursion_lint.services.codecommit import CREATED, UPDATED, only_branch
from recursion_lint.services.declaration import Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

# Provider of an action → where its configuration names what it runs, and that thing's service.
_RUN = {"Lambda": ("FunctionName", "lambda"), "CodeBuild": ("ProjectName", "codebuild")}


def read_pipeline(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CodePipeline::Pipeline``: what starts it, and what its actions run or write."""
    resolver = reading.resolver
    pipeline, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, pipeline)
    for stage, more in resolver.items(resource.get("Stages"), needed):
        for action, also in resolver.items(stage.get("Actions"), more):
            provider = resolver.literal(resolver.one(action, "ActionTypeId", "Provider")) or ""
            category = resolver.literal(resolver.one(action, "ActionTypeId", "Category")) or ""
            configuration = resolver.one(action, "Configuration")
            if configuration is None:
                continue
            if category == "Source":
                yield from _sources(reading, pipeline, provider, configuration, also)
            elif category == "Deploy" and provider == "S3":
                yield from _deployed(reading, pipeline, configuration, also)
            elif provider in _RUN:
                key, service = _RUN[provider]
                node = configuration.get(key)
                for target, last in reading.endpoints(node, service, also):
                    if node is not None:
                        yield Trigger(pipeline, target, "{source} runs {target}", node.span, requires=last)


def _sources(
    reading: Reading, pipeline: Endpoint, provider: str, configuration: Node, requires: Requires
) -> Iterator[Trigger]:
    """A source is polled unless ``PollForSourceChanges`` is false; then an EventBridge rule starts the pipeline."""
    resolver = reading.resolver
    if resolver.boolean(configuration.get("PollForSourceChanges")) is False:
        return
    reason = "changes in {source} start {target}"
    if provider == "S3":
        node, key = configuration.get("S3Bucket"), resolver.text(configuration.get("S3ObjectKey"))
        accepts = Accepts(event_types("s3:ObjectCreated:*"), (((key,), ()),) if key else ())
        for bucket, more in reading.endpoints(node, "s3", requires):
            yield Trigger(
                bucket, pipeline, reason, configuration.span, accepts=accepts, delivery="poll", requires=more
            )
    elif provider == "CodeCommit":
        branch = resolver.text(configuration.get("BranchName"))
        accepts = Accepts(CREATED | UPDATED, undecided=only_branch(render(branch) if branch else ""))
        for repository, more in reading.endpoints(
            configuration.get("RepositoryName"), "codecommit", requires
        ):
            yield Trigger(
                repository,
                pipeline,
                reason,
                configuration.span,
                accepts=accepts,
                delivery="poll",
                requires=more,
            )


def _deployed(
    reading: Reading, pipeline: Endpoint, configuration: Node, requires: Requires
) -> Iterator[Write]:
    """The S3 deploy action: one object, or with ``Extract`` all that the artifact holds, below ``ObjectKey``."""
    resolver = reading.resolver
    key: Text = resolver.text(configuration.get("ObjectKey")) or ()
    if resolver.boolean(configuration.get("Extract")) is not False:
        key = text([*key, "/", ANY]) if key and literal(key) != "/" else (ANY,)
    for bucket, more in reading.endpoints(configuration.get("BucketName"), "s3", requires):
        put = Produces(event_types("s3:ObjectCreated:*"), (text([*bucket.name, "/", *key]),))
        yield Write(
            pipeline, bucket, "{source} deploys to {target}", configuration.span, "write", put, requires=more
        )


# https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
_EXECUTIONS = ServiceEvent(
    "aws.codepipeline",
    (
        "CodePipeline Pipeline Execution State Change",
        "CodePipeline Stage Execution State Change",
        "CodePipeline Action Execution State Change",
    ),
    {
        **calls("codepipeline", "StartPipelineExecution", "RetryStageExecution", "RollbackStage"),
        **calls("codepipeline", "PutApprovalResult", "EnableStageTransition"),
        **calls("codepipeline", "StopPipelineExecution", state=("STOPPING", "STOPPED")),
    },
    {"state": ("STARTED", "RESUMED", "SUCCEEDED")},
    {"detail.pipeline": "name"},
    "",
    "Name",
    "codepipeline",
    ("AWS::CodePipeline::Pipeline",),
)

SERVICE = Service(
    name="codepipeline",
    rule="other-loop",
    kinds=(ResourceKind("AWS::CodePipeline::Pipeline", "codepipeline", "codepipeline:@:{}", "Name"),),
    writes={"StartPipelineExecution": frozenset()},
    readers={"AWS::CodePipeline::Pipeline": read_pipeline},
    filtered_by="rule",
    verb="start",
    events=(_EXECUTIONS,),
    tasks={"startPipelineExecution": TaskTarget(("Name",), "starts")},
    as_target={"": "codepipeline:StartPipelineExecution"},
)
