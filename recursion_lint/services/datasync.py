"""AWS DataSync: tasks, which copy to their destination when somebody starts an execution.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-datasync-task.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Write
from recursion_lint.model.text import ANY, strip_prefix, text
from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_TASK = "AWS::DataSync::Task"
_LOCATION = "AWS::DataSync::LocationS3"


def read_task(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::DataSync::Task``: the objects that it copies to a bucket, where the template declares the location."""
    resolver = reading.resolver
    task, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, task)
    node = resource.get("DestinationLocationArn")
    for value, more in resolver.texts(node, needed):
        for location in reading.of_type(_LOCATION):
            if node is None or resolver.reference(location.id) != value:
                continue
            given = resolver.text(location.get("Subdirectory")) or ()
            inside = strip_prefix(given, "/")
            below = folder(given if inside is None else inside)
            for bucket, also in reading.endpoints(location.get("S3BucketArn"), "s3", more):
                objects = text([*bucket.name, "/", *below, ANY])
                put = Produces(event_types("s3:ObjectCreated:*"), (objects,))
                yield Write(
                    task, bucket, "{source} copies to {target}", node.span, "write", put, requires=also
                )


# https://docs.aws.amazon.com/datasync/latest/userguide/events.html
_EVENTS = (
    ServiceEvent(
        "aws.datasync",
        ("DataSync Task Execution State Change",),
        {
            **calls("datasync", "StartTaskExecution"),
            **calls("datasync", "CancelTaskExecution", State=("ERROR",)),
        },
        {"State": ("QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "SUCCESS")},
        {"resources": "arn"},
        "task/",
        "TaskArn",
        "datasync",
        (_TASK,),
    ),
    ServiceEvent(
        "aws.datasync",
        ("DataSync Task State Change",),
        calls("datasync", "StartTaskExecution", "CreateTask", "UpdateTask"),
        {"State": ("AVAILABLE", "RUNNING", "QUEUED")},
    ),
)

SERVICE = Service(
    name="datasync",
    rule="other-loop",
    kinds=(
        ResourceKind(_TASK, "datasync", "datasync:@:task/{}", None, "arn", {"TaskArn": "arn"}),
        ResourceKind(_LOCATION, "datasync", "datasync:@:location/{}", None, "arn", {"LocationArn": "arn"}),
    ),
    writes={"StartTaskExecution": frozenset()},
    readers={_TASK: read_task},
    tasks={"startTaskExecution": TaskTarget(("TaskArn",), "starts")},
    events=_EVENTS,
    arn=ArnForm("task/", "/"),
    runs=True,
    verb="start",
)
