"""Everything about an AWS service stands in its declaration: a service that nobody knows needs one module and one line."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recursion_lint import Report, lint
from recursion_lint.model.facts import Declared, Trigger
from recursion_lint.report import render
from recursion_lint.run.lint import draw
from recursion_lint.services import naming, registry
from recursion_lint.services.declaration import ArnForm, Output, SecondChannel, Service, TaskTarget
from recursion_lint.services.eventbridge import caused_events
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.services.stepfunctions import outputs
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

ROOT = Path(__file__).resolve().parent.parent
TYPE = "AWS::Carousel::Belt"


def read_belt(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::Carousel::Belt``: parcels on the belt start the function that ``Picker`` names."""
    belt = reading.endpoint(resource)
    needed = reading.resolver.resource_requires(resource)
    yield Declared(
        belt,
        resource.id,
        resource.declared_type,
        resource.span,
        reading.resolver.arn_of(resource),
        needed,
    )
    picker = resource.get("Picker")
    for function, more in reading.endpoints(picker, "lambda", needed):
        span = picker.span if picker is not None else resource.span
        yield Trigger(belt, function, "parcels on {source} start {target}", span, requires=more)


_PARCELS = ServiceEvent(
    "aws.carousel",
    ("Carousel Parcel State Change",),
    calls("carousel", "PutParcel"),
    names={"detail.belt": "name"},
    arn="belt/",
    argument="BeltName",
)

SERVICE = Service(
    name="carousel",
    rule="other-loop",
    kinds=(ResourceKind(TYPE, "carousel", "carousel:@:belt/{}", "BeltName", "name", {"Arn": "arn"}),),
    writes={"PutParcel": frozenset()},
    readers={TYPE: read_belt},
    arn=ArnForm("belt/", "/"),
    events=(_PARCELS,),
    as_target={"": "carousel:PutParcel"},
    tasks={"putParcel": TaskTarget(("BeltName",), "puts a parcel on")},
    outputs={"weighParcels": (Output("Results.Bucket", "Results.Folder"),)},
    shape="queue",
    verb="put parcels on",
    unit="parcel",
    second=SecondChannel(
        TYPE,
        "belt",
        "name",
        "",
        "OUTPUT_BELT",
        "1 invocation per parcel; who waits must look at the second belt",
    ),
)

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Belt:
    Type: AWS::Carousel::Belt
    Properties:
      BeltName: parcels
      Picker: !GetAtt Picker.Arn
  Picker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment:
        Variables:
          OUTPUT_BELT: parcels
      Policies:
        - Statement:
            - Effect: Allow
              Action: carousel:PutParcel
              Resource: !Sub arn:aws:carousel:${AWS::Region}:${AWS::AccountId}:belt/parcels
"""

_MEMORY = (
    registry._load,
    registry._places,
    registry.readers,
    registry.kinds,
    registry.by_name,
    registry.declared,
    registry.telling,
    registry.iot_actions,
    naming.endpoint_of,
    caused_events.events_of,
    caused_events.all_events,
    caused_events._by_call,
)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service has its one module and its one line in the registry, and nothing else."""
    module = ModuleType("recursion_lint.services.carousel")
    module.SERVICE = SERVICE  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    line = registry.Place(
        "services.carousel", "carousel", (TYPE,), tells=True, iot_action="Carousel.BeltName"
    )
    monkeypatch.setattr(registry, "PLACES", (*registry.PLACES, line))
    for memory in _MEMORY:
        memory.cache_clear()
    yield
    for memory in _MEMORY:
        memory.cache_clear()


@pytest.fixture
def found(known: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Report:
    """What is found in ``TEMPLATE``."""
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    return lint("template.yaml")


def test_its_loop_is_found_with_its_words(found: Report) -> None:
    (finding,) = found.findings
    assert (finding.rule, finding.severity) == ("other-loop", "error")
    assert [(hop.source, hop.target, hop.evidence) for hop in finding.hops] == [
        ("Belt", "Picker", "declared"),
        ("Picker", "Belt", "granted"),
    ]
    text = render(found, "text")
    assert "parcels on Belt start Picker" in text
    assert "carousel:PutParcel" in text


def test_it_is_in_the_reports_for_machines(found: Report) -> None:
    (told,) = json.loads(render(found, "json"))["findings"]
    assert (told["cycle"][0]["resource"], told["cycle"][0]["type"]) == ("Belt", TYPE)
    assert json.loads(render(found, "sarif"))["runs"][0]["results"][0]["ruleId"] == told["rule"]


def test_it_is_drawn(found: Report) -> None:
    assert '[["Belt<br/>Carousel Belt"]]' in draw("template.yaml", format="mermaid")
    assert {told["type"] for _, told in found.graph().nodes(data=True)} == {TYPE, "AWS::Serverless::Function"}


def test_its_remedy_is_a_second_belt_that_ends_the_loop(found: Report) -> None:
    (finding,) = found.findings
    remedy = next(one for one in finding.remedies if one.id == "second-belt")
    assert remedy.title == "Let Picker put parcels on a second belt, BeltOutput, instead of Belt"
    assert remedy.trade_off.startswith("1 invocation per parcel")
    assert "+    Type: AWS::Carousel::Belt" in (remedy.diff or "")


# -- what other services do with it --------------------------------------------------------------------------

Json = dict[str, Any]
ARN = "arn:aws:carousel:eu-west-1:111122223333:belt/parcels"


def hops(resources: Json) -> list[list[tuple[str, str]]]:
    """The loops in a template of these resources and the belt."""
    report = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not report.problems
    return [[(hop.source, hop.target) for hop in finding.hops] for finding in report.findings]


def resource(type_: str, **properties: Any) -> Json:
    return {"Type": type_, "Properties": properties}


@pytest.mark.parametrize(("belt", "loops"), [("parcels", 1), ("letters", 0)])
def test_a_rule_that_has_it_as_target_causes_its_events(known: None, belt: str, loops: int) -> None:
    pattern = {"source": ["aws.carousel"], "detail": {"belt": [belt]}}
    rule = resource("AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "belt", "Arn": ARN}])
    event = "Carousel Parcel State Change"
    assert hops({"Rule": rule}) == [[(event, "parcels"), ("parcels", event)]] * loops


@pytest.mark.parametrize(("action", "loops"), [("Carousel", 1), ("Tombola", 0)])
def test_the_action_of_an_iot_rule_reaches_it(known: None, action: str, loops: int) -> None:
    payload = {"Sql": "SELECT * FROM 'parcels'", "Actions": [{action: {"BeltName": "parcels"}}]}
    function = {
        "FunctionName": "picker",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"S3Bucket": "code", "S3Key": "picker.zip"},
    }
    topic = "arn:aws:iot:eu-west-1:111122223333:topic/parcels"
    statement = {"Effect": "Allow", "Action": "iot:Publish", "Resource": topic}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    resources = {
        "Sorting": resource("AWS::IoT::TopicRule", TopicRulePayload=payload),
        "Belt": resource(TYPE, BeltName="parcels", Picker={"Fn::GetAtt": ["Picker", "Arn"]}),
        "Picker": resource("AWS::Lambda::Function", **function),
        "Role": resource(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument={"Statement": [trust]},
            Policies=[{"PolicyName": "publish", "PolicyDocument": {"Statement": [statement]}}],
        ),
    }
    topics = "MQTT topics"
    assert hops(resources) == [[(topics, "Belt"), ("Belt", "Picker"), ("Picker", topics)]] * loops


def machine(action: str, **arguments: Any) -> Json:
    """A state machine of one task."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": arguments, "End": True}
    properties = {
        "RoleArn": "arn:aws:iam::111122223333:role/machine",
        "DefinitionString": json.dumps({"StartAt": "Do", "States": {"Do": task}}),
    }
    return resource("AWS::StepFunctions::StateMachine", **properties)


@pytest.mark.parametrize(("belt", "loops"), [("parcels", 1), ("letters", 0)])
def test_the_task_of_a_state_machine_writes_to_it(known: None, belt: str, loops: int) -> None:
    resources = {
        "Belt": resource(TYPE, BeltName="parcels", Picker={"Ref": "Machine"}),
        "Machine": machine("aws-sdk:carousel:putParcel", BeltName=belt),
    }
    assert hops(resources) == [[("Belt", "Machine"), ("Machine", "Belt")]] * loops


@pytest.mark.parametrize(("folder", "loops"), [("weights", 1), ("other", 0)])
def test_the_task_of_a_state_machine_says_where_its_results_go(known: None, folder: str, loops: int) -> None:
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["data"]}, "object": {"key": [{"prefix": "weights/"}]}},
    }
    targets = [{"Id": "machine", "Arn": {"Ref": "Machine"}}]
    switched = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    resources = {
        "Data": resource("AWS::S3::Bucket", BucketName="data", NotificationConfiguration=switched),
        "Rule": resource("AWS::Events::Rule", EventPattern=pattern, Targets=targets),
        "Machine": machine("aws-sdk:carousel:weighParcels", Results={"Bucket": "data", "Folder": folder}),
    }
    assert hops(resources) == [[("Data", "Machine"), ("Machine", "Data")]] * loops


def test_no_output_is_listed_that_a_declaration_could_have() -> None:
    listed = {action.partition(":")[0] for action in outputs._UNDECLARED}
    assert listed & {place.name for place in registry.PLACES} == set()


# -- and nobody else knows a service by its name -------------------------------------------------------------

KNOW_SERVICES = ("services", "iam", "code")
PROTOCOLS = {"template/sam.py": {"lambda", "sqs"}}
"""The protocols of an SNS subscription, which happen to be called like services."""


def test_no_service_is_named_outside_of_where_services_are_declared() -> None:
    names = {service.name for service in registry.all_services() if service.rule}
    package = ROOT / "recursion_lint"
    named = {}
    for file in [*package.rglob("*.py"), *(ROOT / "rules").glob("*.py")]:
        within = file.relative_to(package).as_posix() if file.is_relative_to(package) else file.name
        if within.startswith(tuple(f"{room}/" for room in KNOW_SERVICES)):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        told = {word for word in words if isinstance(word, str)} & names
        if told - PROTOCOLS.get(within, set()):
            named[within] = sorted(told)
    assert named == {}
