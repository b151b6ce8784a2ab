"""AWS Step Functions: state machines, judged by their definition.

Unlike a role, a definition tells what a state machine does: what its role allows beyond that is never used.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from recursion_lint.model.facts import Actor, Undirected
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import Symbol, Text, text
from recursion_lint.services.declaration import ArnForm, CdkGrants, Price, Service, TaskTarget, WayOut
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.services.stepfunctions.integrations import Dynamic, Integrations
from recursion_lint.services.stepfunctions.states_language import filled, tasks
from recursion_lint.template.embedded import parse_text, with_placeholders
from recursion_lint.template.references import Resolver
from recursion_lint.template.resource_types import ResourceKind, arn_text
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

_FORM = "states:@:stateMachine:{}"


def read_machine(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::StepFunctions::StateMachine``: the state machine, its role, and what its tasks write."""
    resolver = reading.resolver
    machine = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    arn = resolver.arn_of(resource)
    yield reading.declared(resource, machine)
    variables = _variables(reading, resource)
    found: list[tuple[Node, Requires]] = []
    for fact in _definitions(reading, resource, needed):
        if isinstance(fact, Note):
            yield fact
        else:
            found.append(fact)
    roles = tuple(
        (role.name, more) for role, more in reading.endpoints(resource.get("RoleArn"), "iam", needed)
    )
    integrations = Integrations(reading, machine, arn, variables)
    undirected: list[Undirected] = []
    for definition, more in found:
        for written in _written(reading, integrations, resource.id, filled(definition, variables), more):
            if isinstance(written, Undirected):
                undirected.append(written)
            else:
                yield written
    yield Actor(machine, roles, defined=bool(found), undirected=tuple(undirected))


def _variables(reading: Reading, resource: Resource) -> Mapping[str, Node]:
    found = reading.resolver.one(resource.get("DefinitionSubstitutions"))
    return dict(found.items()) if found is not None else {}


def _written(
    reading: Reading, integrations: Integrations, name: str, definition: Node, requires: Requires
) -> Iterator[Fact | Undirected]:
    """The writes of a definition; one note for all of its tasks whose target is not known before they run."""
    dynamic: list[Dynamic] = []
    for task in tasks(reading.resolver, definition, requires):
        for fact in reading.facts(partial(integrations.writes, task), task.requires, task.span):
            if isinstance(fact, Dynamic):
                dynamic.append(fact)
                yield fact.undirected()
            else:
                yield fact
    if dynamic:
        names = list(dict.fromkeys(entry.task.name for entry in dynamic))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield Note(
            dynamic[0].task.span,
            f"{name} learns where {shown} sends only when it runs; its permissions tell where that may be",
        )


# --- where the definition is --------------------------------------------------------------------------


def _definitions(
    reading: Reading, resource: Resource, requires: Requires
) -> Iterator[tuple[Node, Requires] | Note]:
    """The root nodes of the definition (one for each branch of ``Fn::If``); a note for one that cannot be seen."""
    seen = False
    for node, needed in reading.resolver.branches(resource.get("Definition"), requires):
        seen = True
        yield (node, needed) if node.get("States") is not None else _unseen(node, resource)
    string = resource.get("DefinitionString")
    for node, needed in reading.resolver.branches(string, requires):
        seen = True
        if node.get("States") is not None:  # what Fn::ToJsonString makes a string of
            yield node, needed
        else:
            yield from _in_string(reading, resource, node, needed)
    for node, needed in reading.resolver.branches(resource.get("DefinitionS3Location"), requires):
        seen = True
        yield from _in_file(reading, resource, node, needed)
    if not seen:
        yield _unseen(Node("scalar", "", resource.span), resource)


def _unseen(node: Node, resource: Resource, why: str = "") -> Note:
    reason = f" ({why})" if why else ""
    return Note(
        node.span,
        f"the definition of {resource.id} is not beside the template{reason}; what it does was not seen",
    )


def _in_string(
    reading: Reading, resource: Resource, node: Node, requires: Requires
) -> Iterator[tuple[Node, Requires] | Note]:
    """``DefinitionString``: its spans are all its own, so the first line of it is shown, not the whole text."""
    at = Node("scalar", "", resource.properties.key_span("DefinitionString"))
    found = reading.resolver.texts(node, requires)
    for value, needed in found:
        try:
            root = reading.embedded(with_placeholders(value), at)
        except SourceError as problem:
            yield Note(at.span, f"the definition of {resource.id} could not be read: {problem.message}")
            continue
        yield (root, needed) if root.get("States") is not None else _unseen(at, resource)
    if not found:
        yield _unseen(at, resource)


def _in_file(
    reading: Reading, resource: Resource, node: Node, requires: Requires
) -> Iterator[tuple[Node, Requires] | Note]:
    """A local path, which SAM and ``aws cloudformation package`` upload; an object in S3 is not seen."""
    path = reading.resolver.literal(node) if node.kind == "scalar" or node.intrinsic is not None else None
    if path is None or "://" in path:
        yield _unseen(node, resource)
        return
    try:
        file, definition = reading.beside.read(reading.template.file, path)
        root = parse_text(with_placeholders((definition,)), file)
    except SourceError as problem:
        yield _unseen(node, resource, problem.message)
        return
    yield (root, requires) if root.get("States") is not None else _unseen(node, resource, "it has no States")


# --- aliases and versions -----------------------------------------------------------------------------


def _qualified(
    resolver: Resolver, machine: Text | None, qualifier: Text | None, resource: Resource
) -> Text | None:
    if machine is None:
        return None
    tail = qualifier or (Symbol("random", resource.id, resolver.template.scope),)
    return text([*arn_text(_FORM, endpoint_of(machine, "states").name), ":", *tail])


def version_arn(resolver: Resolver, resource: Resource) -> Text | None:
    """The ARN of a version: its state machine's, with a number."""
    return _qualified(resolver, resolver.text(resource.get("StateMachineArn")), None, resource)


def alias_arn(resolver: Resolver, resource: Resource) -> Text | None:
    """The ARN of an alias: that of the state machine whose versions it routes to, with its name."""
    version = resolver.text(
        resolver.one_below(resource.get("DeploymentPreference"), "StateMachineVersionArn")
    )
    for route in resolver.elements(resource.get("RoutingConfiguration")):
        version = version or resolver.text(route.get("StateMachineVersionArn"))
    return _qualified(resolver, version, resolver.text(resource.get("Name")), resource)


# https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
_EXECUTIONS = ServiceEvent(
    "aws.states",
    ("Step Functions Execution Status Change",),
    {
        **calls("states", "StartExecution", "RedriveExecution"),
        **calls("states", "StopExecution", status=("ABORTED",)),
    },
    {"status": ("RUNNING", "SUCCEEDED")},
    {"detail.stateMachineArn": "arn"},
    "stateMachine:",
    "StateMachineArn",
    "states",
    ("AWS::StepFunctions::StateMachine",),
)

SERVICE = Service(
    name="states",
    product="Step Functions",
    rule="stepfunctions-loop",
    kinds=(
        ResourceKind(
            "AWS::StepFunctions::StateMachine",
            "states",
            _FORM,
            "StateMachineName",
            "arn",
            {"Arn": "arn", "Name": "name", "StateMachineRevisionId": "name+:{revision}"},
        ),
        ResourceKind(
            "AWS::StepFunctions::StateMachineAlias",
            "states",
            "",
            None,
            "arn",
            {"Arn": "arn"},
            derive=alias_arn,
        ),
        ResourceKind(
            "AWS::StepFunctions::StateMachineVersion",
            "states",
            "",
            None,
            "arn",
            {"Arn": "arn"},
            derive=version_arn,
        ),
    ),
    writes={
        "StartExecution": frozenset(),
        "StartSyncExecution": frozenset(),
        "RedriveExecution": frozenset(),
    },
    readers={"AWS::StepFunctions::StateMachine": read_machine},
    tasks={
        "startExecution": TaskTarget(("StateMachineArn",), "starts"),
        "startSyncExecution": TaskTarget(("StateMachineArn",), "starts"),
        "redriveExecution": TaskTarget(("ExecutionArn",), "restarts"),
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    acts_on={
        "StartExecution": "stateMachine:",
        "StartSyncExecution": "stateMachine:",
        "RedriveExecution": "execution:",
    },
    arn=ArnForm(
        "stateMachine:",
        ":",
        also=("execution:",),
        granted=("stateMachine:{}", "stateMachine:{}:*", "execution:{}:*"),
    ),
    runs=True,
    shape="function",
    filtered_by="rule",
    verb="start",
    way_out=WayOut(
        "bound-execution",
        "Bound the executions that {actor} starts",
        "end in a Choice state that counts rounds in the input, or use a Map or a Distributed Map for what is repeated",
    ),
    events=(_EXECUTIONS,),
    as_target={"": "states:StartExecution"},
    by_definition=True,
    address_is_for_sending=True,
    precedence=10,
    price=Price(
        "https://aws.amazon.com/step-functions/pricing/",
        run=(1e-6, 2.5e-4),  # an express workflow; a standard one with ten transitions
        waits=(0.1, 1.0),
        most=300,  # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    ),
    cdk=CdkGrants("grantStartExecution"),
)
