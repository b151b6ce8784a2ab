"""Events by which AWS services tell how their own work goes, and the calls that set such work going.

A rule on the end of a state machine's execution is met by whatever starts the state machine. Names of events:
https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint.model.facts import Accepts, Endpoint
from recursion_lint.patterns.fields import Path, exact, field, may_match, strings, without
from recursion_lint.patterns.keys import decide
from recursion_lint.services.parameters import endpoint_for
from recursion_lint.services.reading import Reading
from recursion_lint.services.s3.object_events import Source, settled
from recursion_lint.template.sam_nodes import chosen_refs
from recursion_lint.template.template import Resource


class _Work(NamedTuple):
    """Work of a service: its event, the field that names whose work it is, and the types of such resources.

    ``operation`` is a field whose values are event types of the channel (see the service's ``writes``).
    """

    source: str
    detail_types: tuple[str, ...]
    service: str
    named_by: Path
    types: tuple[str, ...]
    operation: Path = ()


_MACHINE = "AWS::StepFunctions::StateMachine"
_WORK = (
    _Work(
        "aws.states",
        ("Step Functions Execution Status Change",),
        "states",
        ("detail", "stateMachineArn"),
        (_MACHINE,),
    ),
    _Work(
        "aws.ecs",
        ("ECS Task State Change",),
        "ecs",
        ("detail", "taskDefinitionArn"),
        ("AWS::ECS::TaskDefinition",),
    ),
    _Work(
        "aws.ssm",
        ("Parameter Store Change",),
        "ssm",
        ("detail", "name"),
        ("AWS::SSM::Parameter",),
        ("detail", "operation"),
    ),
    _Work(
        "aws.codebuild",
        ("CodeBuild Build State Change", "CodeBuild Build Phase Change"),
        "codebuild",
        ("detail", "project-name"),
        ("AWS::CodeBuild::Project",),
    ),
    _Work(
        "aws.codepipeline",
        (
            "CodePipeline Pipeline Execution State Change",
            "CodePipeline Stage Execution State Change",
            "CodePipeline Action Execution State Change",
        ),
        "codepipeline",
        ("detail", "pipeline"),
        ("AWS::CodePipeline::Pipeline",),
    ),
    _Work(
        "aws.batch",
        ("Batch Job State Change",),
        "batch",
        ("detail", "jobDefinition"),
        ("AWS::Batch::JobDefinition",),
    ),
    _Work("aws.glue", ("Glue Job State Change",), "glue", ("detail", "jobName"), ("AWS::Glue::Job",)),
)
_ALL_COME_TO = ("STARTED", "RUNNING", "IN_PROGRESS", "STOPPED", "SUCCEEDED")
_OPERATIONS = ("Create", "Update", "Delete", "LabelParameterVersion")


def sources(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[Source]:
    """Whose work ``pattern`` (without ``$or``) listens to: named resources, or all of the template.

    A pattern that names neither a source nor a detail type is about events of somebody's own making.
    """
    if field(pattern, "source") is None and field(pattern, "detail-type") is None:
        return
    for work in _WORK:
        if any(
            may_match(pattern, {"source": work.source, "detail-type": name}) for name in work.detail_types
        ):
            yield from _of(reading, pattern, work)


def _of(reading: Reading, pattern: Mapping[str, Any], work: _Work) -> Iterator[Source]:
    done = [*settled(pattern), ("resources",), *([work.operation] if work.operation else [])]
    for endpoint, sure in _named(reading, pattern, work):
        left = without(pattern, [*done, work.named_by] if sure else done)
        yield Source(
            endpoint,
            Accepts(_operations(pattern, work), content=_telling(left)),
            "change events of {source}",
            "assumed",
        )


def _telling(left: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is left of a pattern, without a filter on the outcome that lets through what all work passes or comes to."""
    common = [
        ("detail", name)
        for name in ("status", "lastStatus", "state", "build-status")
        if any(may_match({"status": field(left, "detail", name)}, {"status": word}) for word in _ALL_COME_TO)
    ]
    rest = without(left, common)
    return (rest,) if rest else ()


def _operations(pattern: Mapping[str, Any], work: _Work) -> frozenset[str] | None:
    if not work.operation or field(pattern, *work.operation) is None:
        return None
    group, name = work.operation
    return frozenset(word for word in _OPERATIONS if may_match(pattern, {group: {name: word}}))


def _named(reading: Reading, pattern: Mapping[str, Any], work: _Work) -> Iterator[tuple[Endpoint, bool]]:
    leaf = field(pattern, *work.named_by)
    words = exact(leaf)
    if words is None and leaf is None and work.service in ("states", "codepipeline", "ssm"):
        words = exact(field(pattern, "resources"))
    silent = _silent(reading) if work.service == "states" else frozenset()
    if words is not None:
        named = (endpoint_for(word, work.service) for word in words)
        yield from ((endpoint, True) for endpoint in named if endpoint not in silent)
        return
    pairs = strings(leaf)
    for resource in reading.of_type(*work.types):
        endpoint = endpoint_for(reading.resolver.name_of(resource), work.service)
        if endpoint in silent:
            continue
        values = (endpoint.name, reading.resolver.name_of(resource), reading.resolver.arn_of(resource))
        tests = [(value, required, excluded) for value in values for required, excluded in pairs or ()]
        verdicts = {
            decide((value, *required), tuple(excluded)).verdict for value, required, excluded in tests
        }
        if pairs is None or verdicts != {"disjoint"}:
            yield endpoint, "overlaps" in verdicts


def _silent(reading: Reading) -> frozenset[Endpoint]:
    """The state machines of Express workflows, which send no events.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    machines = [(resource, reading.endpoint(resource)) for resource in reading.of_type(_MACHINE)]
    loud = {endpoint for resource, endpoint in machines if not _express(reading, resource)}
    return frozenset(endpoint for _, endpoint in machines) - loud


def _express(reading: Reading, resource: Resource) -> bool:
    """Is it an Express workflow in every branch? Without a type it would be a Standard one."""
    node = resource.get("StateMachineType")
    if node is None or "AWS::NoValue" in chosen_refs(node):
        return False
    return reading.resolver.constant(node) == "EXPRESS"
