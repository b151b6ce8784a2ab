"""A state machine that chooses by what started it: what the rule lets through decides which tasks it comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.patterns.decisions import decided, may_hold
from recursion_lint.run.lint import lint
from recursion_lint.services.stepfunctions.states_language import tasks
from recursion_lint.template.references import Resolver
from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import parse

END: dict[str, Any] = {"Type": "Succeed"}
WAIT: dict[str, Any] = {"Type": "Wait", "Seconds": 1}


def compared(path: str, value: str, how: str = "StringEquals") -> dict[str, Any]:
    return {"Variable": path, how: value}


def asked(path: str, entry: Any) -> dict[str, Any]:
    return {"path": path.split("."), "entry": entry}


AWS = {"source": ["aws.ssm"], "detail-type": ["Change"], "detail": {"state": ["A", "B"]}}
OWN = {"source": ["shop", "shop.eu"], "detail": {"state": ["A"]}}


@pytest.mark.parametrize(
    ("condition", "pattern", "expected"),
    [
        (asked("source", ("aws.ssm",)), AWS, True),
        (asked("source", ("aws.s3",)), AWS, False),
        ({"not": asked("source", ("aws.ssm",))}, AWS, False),
        (asked("source", {"wildcard": ("aws.*",)}), AWS, True),
        (asked("source", {"wildcard": ("shop*",)}), OWN, True),
        (asked("source", ("shop",)), OWN, None),
        (asked("detail.state", ("A",)), AWS, None),
        (asked("detail.state", ("C",)), AWS, False),
        # What others put may be an array, of which a pattern asks for one element and a Choice for no string.
        (asked("detail.state", ("A",)), OWN, None),
        (asked("detail.state", ("A",)), {**OWN, "source": ["aws.ssm"]}, True),
        (asked("detail.state", ("A",)), {**OWN, "source": ["aws.partner/shop"]}, None),
        (asked("detail.state", ("B",)), OWN, False),
        (asked("detail.other", ("A",)), AWS, None),
        (asked("source", ("a",)), {"source": [{"prefix": "b"}]}, False),
        (asked("source", ("a",)), {"source": [{"anything-but": ["a"]}]}, None),
        (asked("source", {"exists": True}), AWS, True),
        ({"and": [asked("source", ("aws.ssm",)), {}]}, AWS, None),
        ({"and": [asked("source", ("aws.s3",)), {}]}, AWS, False),
        ({"or": [asked("source", ("aws.ssm",)), {}]}, AWS, True),
        ({"or": [asked("source", ("aws.s3",)), {}]}, AWS, None),
        ({}, AWS, None),
    ],
)
def test_a_condition_on_all_that_a_pattern_lets_through(
    condition: dict[str, Any], pattern: dict[str, Any], expected: bool | None
) -> None:
    assert decided(condition, pattern) is expected


def test_one_of_several_patterns_is_enough_and_none_tells_nothing() -> None:
    assert may_hold([asked("source", ("shop",))], [AWS, OWN])
    assert not may_hold([asked("source", ("shop",))], [AWS])
    assert may_hold([asked("source", ("shop",))], [])


FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def ways(states: dict[str, Any], name: str = "T") -> tuple[Any, ...]:
    """The conditions of the task ``name`` of a definition that starts with ``S``."""
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    definition = parse(json.dumps({"StartAt": "S", "States": {"T": task, "E": END, **states}}), "m.json")
    resolver = Resolver(Template("t", "t", {}, {}), {}, {})
    return next(one.only_if for one in tasks(resolver, definition, ALWAYS) if one.name == name)


def choice(*rules: dict[str, Any], default: str = "E") -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), "Default": default}


FIRST = {**compared("$.source", "a"), "Next": "T"}
A = asked("source", ("a",))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"S": choice(FIRST)}, ((A,),)),
        ({"S": choice({**FIRST, "Next": "E"}, default="T")}, (({"not": A},),)),
        ({"S": {**WAIT, "Next": "C"}, "C": choice(FIRST)}, ((A,),)),
        (
            {"S": choice({**FIRST, "Next": "E"}, {**compared("$['detail-type']", "b"), "Next": "T"})},
            (({"not": A}, asked("detail-type", ("b",))),),
        ),
        (
            {"S": choice({"And": [compared("$.source", "a"), compared("$.x[0]", "b")], "Next": "T"})},
            (({"and": [A, {}]},),),
        ),
        ({"S": choice({"Not": compared("$.source", "a"), "Next": "T"})}, (({"not": A},),)),
        ({"S": choice({"Condition": "{% $states.input.source = 'a' %}", "Next": "T"})}, ((A,),)),
        (
            {"S": choice({"Condition": '{% $states.input.`detail-type` = "a" %}', "Next": "T"})},
            ((asked("detail-type", ("a",)),),),
        ),
        (
            {"S": choice({"Variable": "$.x", "IsPresent": False, "Next": "T"})},
            (({"not": asked("x", {"exists": True})},),),
        ),
        (
            {"S": choice({**compared("$.source", "a*", "StringMatches"), "Next": "T"})},
            ((asked("source", {"wildcard": ("a*",)}),),),
        ),
        # Behind a task as well: it is come to with what the execution was started with.
        (
            {"S": choice({**FIRST, "Next": "U"}), "U": {"Type": "Task", "Resource": FUNCTION, "Next": "T"}},
            ((A,),),
        ),
        # Two ways there.
        (
            {"S": choice(FIRST, {**compared("$.source", "b"), "Next": "P"}), "P": {**WAIT, "Next": "T"}},
            ((A,), ({"not": A}, asked("source", ("b",)))),
        ),
        # A way that asks nothing that can be read.
        ({"S": choice({**compared("$.source", "$.x", "StringEqualsPath"), "Next": "T"}, FIRST)}, ()),
        # Something else is looked at.
        ({"S": {"Type": "Task", "Resource": FUNCTION, "Next": "C"}, "C": choice(FIRST)}, ()),
        ({"S": {"Type": "Pass", "Result": {"source": "a"}, "Next": "C"}, "C": choice(FIRST)}, ()),
        ({"S": {**choice(FIRST), "InputPath": "$.detail"}}, ()),
        # Where it goes on is not known.
        ({"S": choice(FIRST), "E": {"Type": "Pass", "Next": "${Other}"}}, ()),
        # Around and around: what was asked once is not asked again.
        ({"S": choice(FIRST, default="W"), "W": {**WAIT, "Next": "S"}}, ((A,), ({"not": A}, A))),
    ],
)
def test_on_what_conditions_a_task_is_come_to(states: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert ways(states) == expected


def test_what_is_inside_of_a_state_is_come_to_as_that_is() -> None:
    inside = {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    held = {"S": choice({**FIRST, "Next": "P"}), "P": {"Type": "Parallel", "Branches": [inside], "End": True}}
    assert ways(held, "I") == ((A,),)
    # What a Choice inside looks at is what the state is given, or an item of that.
    inside["States"] = {"I": choice({**FIRST, "Next": "J"}), "J": inside["States"]["I"], "E": END}
    assert ways(held, "J") == ((A,),)


def test_too_many_ways_tell_nothing() -> None:
    states = {
        f"C{at}": choice(*({**compared("$.source", f"{at}.{n}"), "Next": f"C{at + 1}"} for n in range(8)))
        for at in range(4)
    }
    states["C4"] = choice(FIRST)
    assert ways({"S": choice({**compared("$.source", "x"), "Next": "C0"}), **states}) == ()


def found(first: str, *targets: dict[str, Any], pattern: dict[str, Any] | None = None) -> bool:
    """Is there a loop where a machine that ``first`` chooses in is started by a rule, and its task writes again?"""
    rule = pattern or {"source": ["aws.ssm"], "detail-type": ["Parameter Store Change"]}
    rule = {**rule, "detail": {"name": ["/shop/limit"], "operation": ["Update"]}}
    arn = {"Fn::GetAtt": ["M", "Arn"]}
    states = {
        "S": {"Type": "Choice", "Choices": [{"Variable": "$.source", "StringEquals": first, "Next": "T"}]},
        "T": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
            "Parameters": {"Name": "/shop/limit", "Value": "1", "Overwrite": True},
            "End": True,
        },
    }
    resources = {
        "Limit": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/shop/limit", "Type": "String", "Value": "0"},
        },
        "M": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::111122223333:role/r",
                "Definition": {"StartAt": "S", "States": states},
            },
        },
    }
    for number, target in enumerate(targets or ({},)):
        properties = {"EventPattern": rule, "Targets": [{"Arn": arn, "Id": "m", **target}]}
        resources[f"R{number}"] = {"Type": "AWS::Events::Rule", "Properties": properties}
    report = lint(["-"], stdin=json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))
    assert not report.problems
    return bool(report.findings)


def transformed(paths: dict[str, str], template: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("first", "target", "loops"),
    [
        ("aws.ssm", {}, True),
        ("aws.s3", {}, False),
        ("tick", {"Input": '{"source": "tick"}'}, True),
        ("aws.ssm", {"Input": '{"source": "tick"}'}, False),
        ("aws.ssm", {"Input": '"tick"'}, True),
        # Of this part the pattern says nothing.
        ("aws.ssm", {"InputPath": "$.detail"}, True),
        ("tick", transformed({"s": "$.source"}, '{"source": <s>}'), False),
        ("aws.ssm", transformed({"s": "$.source"}, '{"source": <s>}'), True),
        ("tick", transformed({"s": "$.detail.name"}, '{"source": <s>, "n": 1}'), False),
        ("/shop/limit", transformed({"s": "$.detail.name"}, '{"source": <s>}'), True),
        ("tick", transformed({}, '{"source": "tock"}'), False),
        ("tick", transformed({"s": "$.source"}, '{"source": "<s>"}'), True),
        ("tick", transformed({"s": "$.id"}, '{"source": <s>}'), True),
        ("tick", transformed({"s": "$.source"}, "a line of <s>"), True),
    ],
)
def test_what_the_machine_is_given(first: str, target: dict[str, Any], loops: bool) -> None:
    assert found(first, target) is loops


@pytest.mark.parametrize(("source", "loops"), [(["aws.ssm", "tick"], True), ([{"prefix": "aws."}], True)])
def test_a_pattern_that_leaves_it_open(source: list[Any], loops: bool) -> None:
    assert found("aws.ssm", pattern={"source": source, "detail-type": ["Parameter Store Change"]}) is loops
    assert found("shop", pattern={"source": source, "detail-type": ["Parameter Store Change"]}) is False


def test_each_rule_gives_its_own() -> None:
    other = {"Input": '{"source": "tick"}'}
    assert found("aws.ssm", {}, other)
    assert found("aws.ssm", other, {})
    assert not found("tock", other, {})
