"""AWS Glue: jobs, which run when somebody starts a job run, and workflows, whose triggers start their jobs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-glue-job.html
https://docs.aws.amazon.com/glue/latest/dg/workflows_overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint, Trigger
from recursion_lint.model.text import Text, text
from recursion_lint.services.declaration import ArnForm, Service, TaskTarget
from recursion_lint.services.jobs import Job
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

_JOB = Job(roles=("Role",), variables=())
_FAILURES = frozenset({"FAILED", "TIMEOUT", "STOPPED", "ERROR"})


def workflow_named(name: Text) -> Endpoint:
    """A workflow, which a job may share its name with: the endpoint is what its ARN says."""
    found = endpoint_of(name, "glue")
    return found if found.name != name else Endpoint("glue", text(["workflow/", *name]))


def read_workflow(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Glue::Workflow``, which a rule or ``glue:StartWorkflowRun`` starts.

    https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html
    """
    resolver = reading.resolver
    workflow = workflow_named(resolver.name_of(resource))
    yield reading.declared(resource, workflow)


def read_trigger(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Glue::Trigger`` of a workflow: its jobs run in the course of the workflow, at its start or after others.

    One outside of a workflow is started by nothing that a template tells.
    https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html
    """
    resolver = reading.resolver
    guards = _after_a_failure(reading, resource)
    for name, needed in resolver.texts(resource.get("WorkflowName"), resolver.resource_requires(resource)):
        for action, more in resolver.items(resource.get("Actions"), needed):
            for job, also in reading.endpoints(action.get("JobName"), "glue", more):
                yield Trigger(
                    workflow_named(name),
                    job,
                    f"{{source}} runs {{target}} by the trigger {resource.id}",
                    action.span,
                    guards=guards,
                    via=(resource.id,),
                    requires=also,
                )


def _after_a_failure(reading: Reading, resource: Resource) -> tuple[str, ...]:
    """The guard that it is to watch for jobs that fail alone."""
    resolver = reading.resolver
    conditions = resolver.elements(resolver.one_below(resource.get("Predicate"), "Conditions"))
    states = {resolver.literal(entry.get("State") or entry.get("CrawlState")) for entry in conditions}
    return (f"{resource.id} waits for a failure",) if states and states <= _FAILURES else ()


# https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
_EVENTS = (
    ServiceEvent(
        "aws.glue",
        ("Glue Job State Change", "Glue Job Run Status"),
        {
            **calls("glue", "StartJobRun", "StartWorkflowRun", "ResumeWorkflowRun"),
            **calls("glue", "BatchStopJobRun", "StopWorkflowRun", state=("STOPPED",)),
        },
        {"state": ("STARTING", "RUNNING", "SUCCEEDED")},
        {"detail.jobName": "name"},
        "job/",
        "JobName",
        "glue",
        ("AWS::Glue::Job",),
    ),
    ServiceEvent(
        "aws.glue",
        ("Glue Crawler State Change",),
        calls("glue", "StartCrawler", "StartCrawlerSchedule"),
        {"state": ("Started", "Succeeded")},
        {"detail.crawlerName": "name"},
        "crawler/",
        "Name",
    ),
    ServiceEvent(
        "aws.glue",
        ("Glue Data Catalog Table State Change",),
        {
            **calls("glue", "CreateTable", "UpdateTable", "DeleteTable", "BatchDeleteTable", "StartCrawler"),
            **calls("glue", "CreatePartition", "BatchCreatePartition", "UpdatePartition", "DeletePartition"),
        },
    ),
    ServiceEvent(
        "aws.glue",
        ("Glue Data Catalog Database State Change",),
        calls("glue", "CreateDatabase", "UpdateDatabase", "DeleteDatabase", "CreateTable", "DeleteTable"),
    ),
)

SERVICE = Service(
    name="glue",
    rule="other-loop",
    kinds=(
        ResourceKind("AWS::Glue::Job", "glue", "glue:@:job/{}", "Name", "name"),
        ResourceKind("AWS::Glue::Workflow", "glue", "glue:@:workflow/{}", "Name", "name"),
    ),
    writes={"StartJobRun": frozenset(), "StartWorkflowRun": frozenset()},
    readers={
        "AWS::Glue::Job": _JOB.read,
        "AWS::Glue::Workflow": read_workflow,
        "AWS::Glue::Trigger": read_trigger,
    },
    tasks={
        "startJobRun": TaskTarget(("JobName",), "starts"),
        "startWorkflowRun": TaskTarget(("Name",), "starts", kind="workflow/"),
    },
    # https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    acts_on={"StartJobRun": "job/", "StartWorkflowRun": "workflow/"},
    arn=ArnForm("job/", kind="workflow/"),
    runs=True,
    verb="start",
    events=_EVENTS,
    filtered_by="rule",
)
