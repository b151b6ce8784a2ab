"""Reading Amazon States Language: placeholders, nested states, and what an argument says before it is run."""

from __future__ import annotations

import pytest

from recursion_lint.code.update_expressions import set_actions
from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.model.text import ANY, Symbol, Text, text
from recursion_lint.services.stepfunctions.states_language import (
    argument,
    evaluated,
    filled,
    path_value,
    states,
    tasks,
)
from recursion_lint.template.embedded import parse_text, with_placeholders
from recursion_lint.template.references import Resolver
from recursion_lint.template.template import Template
from recursion_lint.template.yaml.nodes import Node, mapping, parse, sequence

BUCKET = Symbol("parameter", "Bucket", "t")
OWN = ("arn:own",)


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(Template("t", "t", {}, {}), {}, {})


def read(content: str) -> Node:
    return parse(content, "machine.asl.json")


# --- placeholders -----------------------------------------------------------------------------------------


def placed(content: str) -> Node:
    return parse_text(with_placeholders((content,)), "f")


@pytest.mark.parametrize(
    "content", ['{"Max": ${Max}, "Url": "x${A.b}y"}', '{\n"Max": ["${A}", ${B}], "Url": "y"}']
)
def test_placeholders_keep_every_column(content: str) -> None:
    root = placed(content)
    node = root.get("Url")
    assert node is not None
    line = content.splitlines()[node.span.line - 1]
    assert node.span.column == line.index('"Url": ') + len('"Url": ') + 1
    assert node.span.end_column == len(line)
    assert (root.span.end_line, root.span.end_column) == (len(content.splitlines()), len(line) + 1)


def test_a_placeholder_alone_is_no_string() -> None:
    found = filled(placed('{"Max": ${Max}, "Other": ${Other}}'), {"Max": read("5")})
    assert [(key, child.value) for key, child in found.items()] == [("Max", "5"), ("Other", "${Other}")]


def test_a_placeholder_is_its_substitution_and_keeps_its_own_span(resolver: Resolver) -> None:
    variables = {"Name": parse("!Ref Queue", "template.yaml"), "Stage": parse("prod", "template.yaml")}
    definition = placed('{"a": "${Name}", "b": "q-${Stage}-${Name}", "c": "${Other}", "d": "plain"}')
    found = filled(definition, variables)
    queue = Symbol("unknown", "Queue", "t")
    assert resolver.text(found.get("a")) == (queue,)
    assert resolver.text(found.get("b")) == ("q-prod-", queue)
    assert resolver.text(found.get("c")) == ("${Other}",)
    assert resolver.text(found.get("d")) == ("plain",)
    first = found.get("a")
    assert first is not None
    assert first.span.file == "f"


@pytest.mark.parametrize("placeholder", ["${A}", "'${A}'"])
def test_what_stands_for_a_placeholder_is_text_whatever_it_looks_like(placeholder: str) -> None:
    node = filled(read(f"B: {placeholder}\n"), {"A": read("null")}).get("B")
    assert node is not None
    assert (node.text, node.null) == ("null", False)


def test_a_substitution_with_two_branches_is_two_texts(resolver: Resolver) -> None:
    variables = {"Name": parse("!If [Live, one, two]", "template.yaml")}
    found = filled(parse('{"a": "x-${Name}"}', "f"), variables)
    assert {value for value, _ in resolver.texts(found.get("a"))} == {("x-one",), ("x-two",)}
    assert all(needed for _, needed in resolver.texts(found.get("a")))


def test_what_is_shared_is_filled_and_walked_once(resolver: Resolver) -> None:
    """A node that stands in many places (a YAML alias) would otherwise count twice on each of 40 levels."""
    node = parse("States: {Last: {Type: Task, Resource: 'arn:aws:lambda:r:1:function:f'}}", "f")
    for _ in range(39):
        state = mapping([("Branches", sequence([node, node], node.span))], node.span)
        node = mapping([("States", mapping([("S", state)], node.span))], node.span)
    assert len(list(states(resolver, filled(node, {}), ALWAYS))) == 40


# --- states -----------------------------------------------------------------------------------------------

NESTED = """
StartAt: A
States:
  A: {Type: Task, Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters: {QueueUrl: q}}
  B:
    Type: Parallel
    Branches:
      - States:
          C: {Type: Task, Resource: "arn:aws-cn:states:::aws-sdk:sfn:startExecution"}
      - States:
          D:
            Type: Map
            Iterator: {States: {E: {Type: Task, Resource: "arn:aws:states:::states:startExecution.sync:2"}}}
  F:
    Type: Map
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED}
      States: {G: {Type: Task, Resource: "arn:aws:lambda:eu-west-1:123456789012:function:f"}}
    ResultWriter: {Resource: "arn:aws:states:::s3:putObject", Parameters: {Bucket: b}}
  H: {Type: Task, Resource: "arn:aws:states:eu-west-1:123456789012:activity:wait"}
  I: {Type: Pass, Resource: "arn:aws:states:::sqs:sendMessage"}
  J: {Type: Succeed}
"""


def test_tasks_are_found_at_every_depth(resolver: Resolver) -> None:
    found = {task.name: task.action for task in tasks(resolver, read(NESTED), ALWAYS)}
    assert found == {
        "A": "sqs:sendMessage",
        "C": "states:startExecution",
        "E": "states:startExecution",
        "F": "s3:putObject",
        "G": "",
    }


@pytest.mark.parametrize(
    "content", ["States: []", "States: {A: 3}", "States: {A: {Type: [Task]}}", "- 1", "States:"]
)
def test_what_is_no_definition_has_no_tasks(resolver: Resolver, content: str) -> None:
    assert list(tasks(resolver, read(content), ALWAYS)) == []


# --- arguments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (("$.id",), (ANY,)),
        (("$$.StateMachine.Id",), OWN),
        (("$$.Execution.Id",), (ANY,)),
        (("States.Format('out/{}', $.id)",), ("out/", ANY)),
        (("States.Format( 'a/{}/b/{}.json', $.x, States.UUID())",), ("a/", ANY, "/b/", ANY, ".json")),
        (("States.Format('it\\'s \\{x\\} {}', $.id)",), ("it's {x} ", ANY)),
        (("States.Format('plain')",), ("plain",)),
        (("States.Format('", BUCKET, "/{}', $.id)"), (BUCKET, "/", ANY)),
        (("States.Format($.form, $.id)",), (ANY,)),
        (("States.Format('x{}'",), (ANY,)),
        (("States.UUID()",), (ANY,)),
        ((BUCKET,), (ANY,)),
        ((), (ANY,)),
    ],
)
def test_a_path_is_known_as_far_as_its_format_tells(expression: Text, value: Text) -> None:
    assert path_value(expression, OWN) == value


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (("plain & 'text'",), ("plain & 'text'",)),
        (("{% $x %}",), (ANY,)),
        (("{% 'out/' & $x & '.json' %}",), ("out/", ANY, ".json")),
        (("{%'a' & \"b\"%}",), ("ab",)),
        (("{% $states.context.StateMachine.Id %}",), OWN),
        (("{% '", BUCKET, "/' & $x %}"), (BUCKET, "/", ANY)),
        (("{% ", BUCKET, " & '/x' %}"), (ANY, "/x")),
        (("{% $f('a' & 'b', 'c') & '!' %}",), (ANY, "!")),
        (("{% $c ? 'a' : 'b' %}",), (ANY,)),
        (("{% ($x := 'a'; $x) %}",), (ANY,)),
        (("{% $a & 'x' = 'y' %}",), (ANY,)),
        (("{% 'a' & 'b' in $c %}",), (ANY,)),
        (("{% $f('a' & 'b' & $c) %}",), (ANY,)),
        (("{% 'a' /* ' */ & 'b' %}",), (ANY,)),
        (("{% $a /* & ' */ & $b %}",), (ANY,)),
        (("{% 'it\\'s' %}",), ("it's",)),
        (("{%%}",), (ANY,)),
        (("{% 'x' %} more",), ("{% 'x' %} more",)),
        ((), ()),
    ],
)
def test_jsonata_is_known_as_far_as_it_joins_strings(given: Text, value: Text) -> None:
    assert evaluated(given, OWN) == value


def test_a_star_in_a_constant_is_no_wildcard(resolver: Resolver) -> None:
    found = argument(resolver, read("{Key: 'a*b'}"), "Key", ALWAYS)
    assert found == ((text(["a*b"]), ALWAYS),)


def test_an_argument_that_is_absent_dynamic_or_constant(resolver: Resolver) -> None:
    arguments = read('{"A": "x", "B.$": "$.b", "C": {"D": 1}}')
    assert [value for value, _ in argument(resolver, arguments, "A", ALWAYS)] == [("x",)]
    assert [value for value, _ in argument(resolver, arguments, "B", ALWAYS)] == [(ANY,)]
    assert [value for value, _ in argument(resolver, arguments, "C", ALWAYS)] == [(ANY,)]
    assert argument(resolver, arguments, "E", ALWAYS) == ()
    assert argument(resolver, None, "A", ALWAYS) == ()
    assert [value for value, _ in argument(resolver, read("'{% $all %}'"), "A", ALWAYS)] == [(ANY,)]


# --- update expressions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "assigned"),
    [
        ("SET a = :x", [("a", ":x")]),
        ("set #a=:x,b = :y", [("#a", ":x"), ("b", ":y")]),
        ("SET a = a + :x, #set = :y REMOVE c ADD d :z", [("#set", ":y")]),
        ("REMOVE c SET a = if_not_exists(a, :x), b = :y", [("b", ":y")]),
        ("SET a.b = :x, c[0] = :y", []),
        ("ADD a :x", []),
        ("DELETE SETS :x", []),
        ("", []),
    ],
)
def test_plain_assignments_of_an_update(expression: str, assigned: list[tuple[str, str]]) -> None:
    assert list(set_actions(expression)) == assigned


# --- behind a Choice --------------------------------------------------------------------------------------


def _machine(first: str, **more: str) -> str:
    others = ", ".join(f'"{name}": {state}' for name, state in more.items())
    return f'{{"StartAt": "A", "States": {{"A": {first}, {others}}}}}'


TASK = '{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}'
INSIDE = f'{{"StartAt": "I", "States": {{"I": {TASK}}}}}'
CHOICE = '{"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "C"}'


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (_machine(CHOICE, B=TASK, C='{"Type": "Succeed"}'), {"B": "A", "C": "A"}),
        (_machine('{"Type": "Pass", "Next": "B"}', B=TASK), {}),
        (_machine('{"Type": "Task", "Next": "B", "Catch": [{"Next": "C"}]}', B=TASK, C=TASK), {}),
        # Another way leads there without a Choice.
        (
            _machine('{"Type": "Task", "Next": "D", "Catch": [{"Next": "B"}]}', B=TASK, C=TASK, D=CHOICE),
            {"C": "D"},
        ),
        # What is inside stands behind the same Choice.
        (
            _machine(CHOICE, B=f'{{"Type": "Map", "ItemProcessor": {INSIDE}, "End": true}}', C=TASK),
            {"B": "A", "C": "A", "I": "A"},
        ),
        # Either branch leads there: what is left out is the state on the way alone.
        (
            _machine(CHOICE, B='{"Type": "Wait", "Next": "C"}', C=TASK),
            {"B": "A"},
        ),
        (
            _machine(CHOICE, B='{"Type": "Pass", "Next": "D"}', C='{"Type": "Pass", "Next": "D"}', D=TASK),
            {"B": "A", "C": "A"},
        ),
        # A Choice that waits until it may go on ends nothing; one that may give up does.
        (
            _machine('{"Type": "Pass", "Next": "D"}', D=CHOICE, B=TASK, C='{"Type": "Wait", "Next": "D"}'),
            {"C": "D"},
        ),
        (
            _machine(
                '{"Type": "Choice", "Choices": [{"Next": "B"}, {"Next": "F"}], "Default": "C"}',
                B=TASK,
                C='{"Type": "Wait", "Next": "A"}',
                F='{"Type": "Fail"}',
            ),
            {"B": "A", "C": "A", "F": "A"},
        ),
        # Another way goes around the Choice that may end it.
        (
            _machine(
                CHOICE,
                B='{"Type": "Pass", "Next": "E"}',
                C='{"Type": "Choice", "Choices": [{"Next": "E"}], "Default": "F"}',
                E=TASK,
                F='{"Type": "Succeed"}',
            ),
            {"B": "A", "C": "A", "F": "A"},
        ),
        # Without a Default the execution fails where no rule fits.
        (_machine('{"Type": "Choice", "Choices": [{"Next": "B"}]}', B=TASK), {"B": "A"}),
        # Not the first Choice on the way, but the one that may end it.
        (
            _machine(
                CHOICE,
                B='{"Type": "Pass", "Next": "D"}',
                C='{"Type": "Wait", "Next": "D"}',
                D='{"Type": "Choice", "Choices": [{"Next": "E"}], "Default": "F"}',
                E=TASK,
                F='{"Type": "Succeed"}',
            ),
            {"B": "A", "C": "A", "E": "D", "F": "D"},
        ),
    ],
)
def test_what_a_choice_alone_leads_to(definition: str, expected: dict[str, str], resolver: Resolver) -> None:
    found = {one.name: one.behind for one in states(resolver, read(definition), ALWAYS)}
    assert {name: behind for name, behind in found.items() if behind is not None} == expected
