"""AWS Batch: job definitions, which run when somebody submits a job, and the queues that tell of their jobs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-batch-jobdefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.jobs import Job
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_JOB = Job(
    roles=(
        "ContainerProperties.JobRoleArn",
        "EcsProperties.TaskProperties.*.TaskRoleArn",
        "NodeProperties.NodeRangeProperties.*.Container.JobRoleArn",
    ),
    variables=(
        "ContainerProperties.Environment.*",
        "EcsProperties.TaskProperties.*.Containers.*.Environment.*",
        "NodeProperties.NodeRangeProperties.*.Container.Environment.*",
    ),
)


def read_queue(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Batch::JobQueue``: whoever submits a job to it causes its state-change events."""
    yield reading.declared(resource)


# https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html
_JOBS = ServiceEvent(
    "aws.batch",
    ("Batch Job State Change",),
    {
        **calls("batch", "SubmitJob"),
        **calls("batch", "TerminateJob", "CancelJob", status=("FAILED",)),
    },
    {"status": ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")},
    {"detail.jobDefinition": "arn"},
    "job-definition/",
    "JobDefinition",
    "batch",
    ("AWS::Batch::JobDefinition",),
)

SERVICE = Service(
    name="batch",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::Batch::JobDefinition",
            "batch",
            "batch:@:job-definition/{}",
            "JobDefinitionName",
            "arn+:{revision}",
            {"JobDefinitionArn": "arn+:{revision}"},
        ),
        ResourceKind(
            "AWS::Batch::JobQueue",
            "batch",
            "batch:@:job-queue/{}",
            "JobQueueName",
            "arn",
            {"JobQueueArn": "arn"},
        ),
    ),
    writes={"SubmitJob": frozenset()},
    readers={"AWS::Batch::JobDefinition": _JOB.read, "AWS::Batch::JobQueue": read_queue},
    tasks={"submitJob": TaskTarget(("JobDefinition", "JobQueue"), "submits a job to", all=True)},
    arn=ArnForm(
        "job-definition/",
        ":",
        also=("job-queue/",),
        granted=("job-definition/{}", "job-definition/{}:*", "job-queue/{}"),
        revised=True,
    ),
    runs=True,
    verb="submit a job to",
    events=(_JOBS,),
    as_target={"": "batch:SubmitJob"},
    filtered_by="rule",
)
