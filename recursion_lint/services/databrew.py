"""AWS Glue DataBrew: jobs, which write where they say when somebody starts a run.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-databrew-job.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Produces, Write
from recursion_lint.model.text import ANY, text
from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import event_types
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_JOB = "AWS::DataBrew::Job"


def read_job(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::DataBrew::Job``: ``Outputs`` of a recipe job, ``OutputLocation`` of a profile job.

    Files lie below the key of the location: https://docs.aws.amazon.com/databrew/latest/dg/jobs.recipe.html
    """
    resolver = reading.resolver
    job, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, job)
    for path in (["Outputs", "*", "Location"], ["OutputLocation"]):
        for location, more in reading.all_below(resource.properties, path, needed):
            key = resolver.text(location.get("Key")) or ()
            for bucket, also in reading.endpoints(location.get("Bucket"), "s3", more):
                objects = text([*bucket.name, "/", *key, ANY])
                put = Produces(event_types("s3:ObjectCreated:*"), (objects,))
                words = "{source} writes its results to {target}"
                yield Write(job, bucket, words, location.span, "write", put, requires=also)


# https://docs.aws.amazon.com/databrew/latest/dg/monitoring-overview.html
_RUNS = ServiceEvent(
    "aws.databrew",
    ("DataBrew Job State Change",),
    calls("databrew", "StartJobRun"),
    {"state": ("SUCCEEDED",)},
    {"detail.jobName": "name"},
    "job/",
    "Name",
    "databrew",
    (_JOB,),
)

SERVICE = Service(
    name="databrew",
    rule="other-loop",
    kinds=(ResourceKind(_JOB, "databrew", "databrew:@:job/{}", "Name", "name"),),
    writes={"StartJobRun": frozenset()},
    readers={_JOB: read_job},
    tasks={"startJobRun": TaskTarget(("Name",), "starts")},
    events=(_RUNS,),
    arn=ArnForm("job/"),
    runs=True,
    verb="start",
)
