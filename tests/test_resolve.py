"""What intrinsic functions return, by the CloudFormation User Guide's intrinsic function reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from recursion_lint.model.path_conditions import (
    ALWAYS,
    MAX_ALTERNATIVES,
    Alternatives,
    Requires,
    product,
    sure,
    under,
)
from recursion_lint.model.path_conditions import Requirement as Needs
from recursion_lint.model.text import Symbol, Text, render, undecided
from recursion_lint.run.lint import lint
from recursion_lint.services.registry import kinds
from recursion_lint.template.choices import merged
from recursion_lint.template.intrinsics import MAX_DEPTH
from recursion_lint.template.limits import MAX_AGAIN
from recursion_lint.template.references import MAX_NAMES, Resolver, stored_as
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, URL_SUFFIX, arn_text
from recursion_lint.template.template import read
from recursion_lint.template.yaml.nodes import Node, mapping, parse

BASE = """
Parameters: {Stage: {Type: String}, Other: {Type: String}}
Mappings:
  Names:
    dev: {queue: jobs-dev, shared: jobs}
    prod: {queue: jobs-prod, shared: jobs}
  Switches: {on: {enabled: 'true'}}
  Partly: {one: {key: x}, two: {other: x}}
  Lists: {dev: {parts: [a, b]}}
Conditions: {Prod: !Equals [!Ref Stage, prod], Eu: !Equals [!Ref Other, eu]}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-in}}
  Bucket: {Type: AWS::S3::Bucket}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${Stage}-news'}}
  Work: {Type: AWS::Lambda::Function}
  Fixed: {Type: AWS::Lambda::Function, Properties: {FunctionName: fixed}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Work, Name: live}}
  Table: {Type: AWS::DynamoDB::Table, Condition: Prod, Properties: {TableName: items}}
  Itself: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Itself.QueueName}-x'}}
  Either: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [Prod, one, two]}}
  Custom: {Type: Custom::Thing}
  Mail: {Type: AWS::SES::ReceiptRule, Properties: {RuleSetName: all, Rule: {Name: mine}}}
  Heavy: {Type: AWS::Batch::JobQueue, Properties: {JobQueueName: heavy}}
  Within: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Within, Name: live}}
  Rights: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: rights}}
Outputs:
  Arn: {Value: !GetAtt Named.Arn}
  Both: {Value: !If [Prod, a, b]}
  Onward: {Value: !GetAtt Custom.Outputs.Arn}
"""
QUEUE = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"
WORK_ARN = (
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-Work-${Work}"
)


def resolver(
    arguments: Mapping[str, Alternatives] | None = None,
    imports: Mapping[Text, Alternatives] | None = None,
    requires: Requires = ALWAYS,
    scope: str = "here",
) -> Resolver:
    template = read(parse(BASE, "t.yaml"), "t.yaml", scope)
    return Resolver(template, kinds(), arguments or {}, requires, imports or {})


def node(value: str) -> Node:
    return parse(value, "t.yaml")


def shown(found: Alternatives) -> list[str]:
    """Each alternative as a person reads it, with the conditions that it needs."""
    return [
        render(value)
        + "".join(f" if {'' if one.holds else 'not '}{one.condition}" for one in sorted(requires))
        for value, requires in found
    ]


def texts(value: str, given: Resolver | None = None) -> list[str]:
    return shown((given or resolver()).texts(node(value)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # Ref
        ("!Ref Stage", "${Stage}"),
        ("!Ref AWS::Region", "${AWS::Region}"),
        ("!Ref AWS::StackName", "${AWS::StackName}"),
        (
            "!Ref Jobs",
            "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/${AWS::StackName}-Jobs-${Jobs}",
        ),
        ("!Ref Named", "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/jobs-in"),
        ("!Ref Bucket", "${AWS::StackName}-bucket-${Bucket}"),
        ("!Ref Work", "${AWS::StackName}-Work-${Work}"),
        ("!Ref Topic", "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${Stage}-news"),
        ("!Ref Mail", "mine"),
        ("!Ref Custom", "${AWS::StackName}-Custom-${Custom}"),
        ("!Ref Nothing", "${Nothing}"),
        ("!Ref Work.Alias", WORK_ARN + ":${Work.alias}"),
        ("!Ref Work.Version", WORK_ARN + ":${Work.version}"),
        ("!Ref Work.Other", "${Work.Other}"),
        ("!Ref Nothing.Alias", "${Nothing.Alias}"),
        ("!Ref {'Fn::Sub': Named}", "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/jobs-in"),
        # Fn::GetAtt
        ("!GetAtt Named.Arn", QUEUE + "jobs-in"),
        ("!GetAtt [Named, Arn]", QUEUE + "jobs-in"),
        ("!GetAtt Named.QueueName", "jobs-in"),
        ("!GetAtt Named.QueueUrl", "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/jobs-in"),
        ("!GetAtt Bucket.Arn", "arn:${AWS::Partition}:s3:::${AWS::StackName}-bucket-${Bucket}"),
        ("!GetAtt Work.Arn", WORK_ARN),
        ("!GetAtt Work.Alias", WORK_ARN + ":${Work.alias}"),
        ("!GetAtt Work.Version", WORK_ARN + ":${Work.version}"),
        ("!GetAtt Table.Arn", "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/items"),
        ("!GetAtt Custom.Arn", "${Custom.Arn}"),
        ("!GetAtt Custom.Some.Thing", "${Custom.Some.Thing}"),
        ("!GetAtt Named.Unheard", "${Named.Unheard}"),
        ("!GetAtt Nothing.Arn", "${Nothing.Arn}"),
        ("!GetAtt Topic.Arn", "${Topic.Arn}"),  # there is no such attribute
        (
            "!GetAtt Heavy.JobQueueArn",
            "arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:job-queue/heavy",
        ),
        (
            "!GetAtt Rights.PolicyArn",
            "arn:${AWS::Partition}:iam:${AWS::Region}:${AWS::AccountId}:policy/rights",
        ),
        # Fn::Sub
        ("!Sub plain", "plain"),
        ("!Sub 'a-${Stage}-b'", "a-${Stage}-b"),
        ("!Sub 'a-${ Stage }'", "a-${Stage}"),
        ("!Sub '${Named.Arn}/x'", QUEUE + "jobs-in/x"),
        ("!Sub '${AWS::Region}'", "${AWS::Region}"),
        ("!Sub '${!Stage}'", "${Stage}"),
        ("!Sub ['${A}-${B}', {A: x, B: !Ref Stage}]", "x-${Stage}"),
        ("!Sub ['${Stage}', {Stage: mine}]", "mine"),
        ("!Sub ['${A.B}', {A.B: dotted}]", "dotted"),
        ("!Sub ['${A}b', {A: !Ref AWS::NoValue}]", "b"),
        ("!Sub ['${Stage}']", "${Stage}"),
        ("!Sub 'a${AWS::NoValue}b'", "ab"),
        ("!Sub '{{resolve:ssm:/name}}-x'", "${resolve:ssm:/name}-x"),
        # Fn::Join
        ("!Join ['-', [a, !Ref Stage, c]]", "a-${Stage}-c"),
        ("!Join ['', [a, b]]", "ab"),
        ("!Join [',', []]", ""),
        ("!Join ['-', [a, !Ref AWS::NoValue, c]]", "a-c"),
        ("!Join ['-', !Split ['/', 'a/b/c']]", "a-b-c"),
        ("!Join [':', [a, {Key: no text}]]", "a:"),
        ("!Join ['-', ['', a]]", "-a"),
        ("!Join ['-', !FindInMap [Lists, dev, parts]]", "a-b"),
        # Fn::Select, Fn::Split
        ("!Select [0, [a, b]]", "a"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['1', [a, b]]", "b"),
        ("!Select [1, [!Ref AWS::NoValue, a, b]]", "b"),
        ("!Select [1, !FindInMap [Lists, dev, parts]]", "b"),
        ("!Select [1, [a, !Ref Stage]]", "${Stage}"),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
        ("!Select [5, !Split [':', !GetAtt Named.Arn]]", "jobs-in"),
        ("!Select [2, !Split [':', !GetAtt Named.Arn]]", "sqs"),
        ("!Select [3, !Split [':', !GetAtt Named.Arn]]", "${AWS::Region}"),
        ("!Select [5, !Split [':', !GetAtt Jobs.Arn]]", "${AWS::StackName}-Jobs-${Jobs}"),
        ("!Select [6, !Split [':', !Ref Fixed.Version]]", "fixed"),
        ("!Select [7, !Split [':', !Ref Fixed.Version]]", "${Fixed.version}"),
        ("!Select [0, !Split ['.', !Sub '${Named.QueueName}.x']]", "jobs-in"),
        ("!Select [1, !Split ['/', !Sub '${AWS::URLSuffix}/${AWS::Region}']]", "${AWS::Region}"),
        ("!Select [1, !Split ['.', !Sub '${AWS::Region}.${AWS::AccountId}']]", "${AWS::AccountId}"),
        ("!Select [1, !Split ['-', !Sub '${AWS::AccountId}-x']]", "x"),
        # Fn::FindInMap
        ("!FindInMap [Names, dev, queue]", "jobs-dev"),
        ("!FindInMap [Names, !Ref Stage, shared]", "jobs"),
        ("!FindInMap [Switches, !Ref Stage, enabled]", "true"),
        ("!Sub ['${N}-x', {N: !FindInMap [Names, prod, queue]}]", "jobs-prod-x"),
        # others
        ("!Base64 text", "text"),
        ("plain", "plain"),
        ("'{{resolve:ssm:/name}}'", "${resolve:ssm:/name}"),
    ],
)
def test_what_a_function_returns(value: str, expected: str) -> None:
    assert texts(value) == [expected]


@pytest.mark.parametrize(
    "value",
    [
        "!Select [2, [a, b]]",
        "!Select [-1, [a, b]]",
        "!Select ['²', [a, b, c]]",
        "!Select [2, !Split ['/', 'a/b']]",
        "!Ref {Ref: Stage}",
        "!Select [!Ref Stage, [a, b]]",
        "!Select [0]",
        "!Select [0, !Ref Stage]",
        "!Select [1, !Split ['-', !Ref Stage]]",  # who knows what the parameter holds
        "!Select [1, !Split ['-', !GetAtt Jobs.QueueName]]",  # nor what the stack is called
        "!Select [0, !Split ['-', !Ref AWS::Region]]",
        "!Select [0, !Split ['-', !Ref AWS::Partition]]",
        "!Select [0, !Split ['.', !Ref AWS::URLSuffix]]",
        "!Select [0, !Split ['1', !Ref AWS::AccountId]]",
        "!Select [0, !Split ['x', !GetAtt Jobs.QueueName]]",
        "!Select [0, !Split [':', !Ref AWS::StackId]]",
        "!Select [0, !Split ['/', !GetAtt Custom.Arn]]",
        "!Select [0, !Split ['', 'a/b']]",
        "!Select [0, !Split ['/']]",
        "!Select [0, !Split [!Ref Stage, 'a/b']]",
        "!Select [0, !GetAZs '']",
        "!Join [!Ref Stage, [a, b]]",
        "!Join ['-']",
        "!Join ['-', !Ref Stage]",
        "!Join ['-', no list]",
        "!Join ['-', !Cidr ['/', a/b]]",  # no Split, whatever it looks like
        "!Select [0, no list]",
        "!Select [0, !Cidr ['/', a/b]]",
        "!Sub [!Ref Stage, {}]",
        "!Sub []",
        "!FindInMap [Names, nothing, queue]",
        "!FindInMap [Nothing, dev, queue]",
        "!FindInMap [Names, dev]",
        "!FindInMap [!GetAtt Named.Arn, dev, queue]",
        "!GetAtt [Named]",
        "!GetAtt [Named, Arn, x]",
        "!GetAtt [!Ref Stage, Arn]",
        "!GetAtt [Named, !Ref Stage]",
        "!Cidr [a, 1, 2]",
        "!GetAZs ''",
    ],
)
def test_what_cannot_be_known_is_one_value_that_equals_itself(value: str) -> None:
    (first,) = resolver().texts(node(value))
    assert any(isinstance(part, Symbol) for part in first[0])
    assert first == resolver().texts(node(value))[0]
    assert first != resolver(scope="elsewhere").texts(node(value))[0]


def test_different_expressions_are_different_values() -> None:
    unknown = ["!GetAZs ''", "!GetAZs x", "!Cidr [a, 1, 2]", "!Cidr [a, 1, 3]", "!Select [0, !Ref Stage]"]
    unknown += ["!Select [0, !Ref Other]", "!Select [1, !Ref Stage]", "!Join [!Ref Stage, [a]]", "!Ref Stage"]
    unknown += ["!GetAtt [!Ref Stage, Arn]", "!GetAtt [!Ref Other, Arn]"]
    unknown += ["!GetAtt [Named, !Ref Stage]", "!GetAtt [Named, !Ref Other]"]
    unknown += ["!Ref {Ref: Stage}", "!Ref {Ref: Other}"]
    values = [resolver().texts(node(value))[0][0] for value in unknown]
    assert len(set(values)) == len(unknown)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!If [Prod, a, b]", ["a if Prod", "b if not Prod"]),
        ("!If [Prod, !If [Prod, a, x], !If [Prod, x, b]]", ["a if Prod", "b if not Prod"]),
        ("!If [Prod, !If [Eu, a, b], c]", ["a if Eu if Prod", "b if not Eu if Prod", "c if not Prod"]),
        ("!If [Prod, a, !Ref AWS::NoValue]", ["a if Prod"]),
        ("!If [Prod, a]", []),
        ("!If [!Ref Stage, a, b]", []),
        ("!Ref AWS::NoValue", []),
        ("null", []),
        ("{Key: value}", []),
        ("!If [Prod, !FindInMap [Names, dev, queue], x]", ["jobs-dev if Prod", "x if not Prod"]),
        ("!If [Prod, !Ref Stage, x]", ["${Stage} if Prod", "x if not Prod"]),
        ("!If [Prod, !GetAtt Named.QueueName, x]", ["jobs-in if Prod", "x if not Prod"]),
        ("!If [Prod, !Base64 y, x]", ["y if Prod", "x if not Prod"]),
        ("!If [Prod, !Select [0, [y]], x]", ["y if Prod", "x if not Prod"]),
        ("!If [Prod, !Sub 'y', x]", ["y if Prod", "x if not Prod"]),
        ("!If [Prod, !Join ['', [y]], x]", ["y if Prod", "x if not Prod"]),
        ("!If [Prod, !ImportValue Y, x]", ["${Y} if Prod", "x if not Prod"]),
        ("!If [Prod, !GetAZs '', x]", [None, "x if not Prod"]),
        ("!If [Prod, !Join ['-'], x]", [None, "x if not Prod"]),
        ("!If [Prod, !Select [0], x]", [None, "x if not Prod"]),
        ("!If [Prod, !Sub [!Ref Stage, {}], x]", [None, "x if not Prod"]),
        ("!If [Prod, !Base64 {'Fn::If': [Prod, a, b]}, c]", ["a if Prod", "c if not Prod"]),
        ("!If [Prod, !Select [0, [!If [Prod, a, b]]], c]", ["a if Prod", "c if not Prod"]),
        ("!Base64 {'Fn::If': [Prod, a, b]}", ["a if Prod", "b if not Prod"]),
        ("!Sub ['${A}', {A: !If [Prod, a, b]}]", ["a if Prod", "b if not Prod"]),
        (
            "!Sub ['${A}${B}', {A: !If [Prod, a, b], B: !If [Prod, c, d]}]",
            ["ac if Prod", "bd if not Prod"],
        ),
        (
            "!Sub ['${A}${B}', {A: !If [Prod, a, b], B: !If [Eu, c, d]}]",
            ["ac if Eu if Prod", "ad if not Eu if Prod", "bc if Eu if not Prod", "bd if not Eu if not Prod"],
        ),
        ("!Join ['-', [!If [Prod, a, b], x]]", ["a-x if Prod", "b-x if not Prod"]),
        ("!Join ['-', [x, !If [Prod, a, b]]]", ["x-a if Prod", "x-b if not Prod"]),
        ("!If [Prod, !Join ['-', [!If [Prod, a, b], x]], c]", ["a-x if Prod", "c if not Prod"]),
        # what is not there has no delimiter
        ("!Join ['-', [a, !If [Prod, b, !Ref AWS::NoValue]]]", ["a-b if Prod", "a if not Prod"]),
        ("!Join ['-', [!If [Prod, !Ref AWS::NoValue, a], b]]", ["a-b if not Prod", "b if Prod"]),
        (
            "!Join ['-', [a, !If [Prod, !If [Eu, b, !Ref AWS::NoValue], !Ref AWS::NoValue]]]",
            ["a-b if Eu if Prod", "a if not Eu if Prod", "a if not Prod"],
        ),
        ("!Join ['-', !If [Prod, [a, b], !Split ['/', c/d]]]", ["a-b if Prod", "c-d if not Prod"]),
        ("!Join ['-', !If [Prod, [a, b], !Ref AWS::NoValue]]", ["a-b if Prod"]),
        ("!Select [1, !If [Prod, [a, b], !Split ['/', c/d]]]", ["b if Prod", "d if not Prod"]),
        ("!Select [1, !If [Prod, [!If [Prod, a, b], c], [d, e]]]", ["c if Prod", "e if not Prod"]),
        ("!If [Prod, !Join ['-', !If [Prod, [a], [b]]], c]", ["a if Prod", "c if not Prod"]),
        ("!Select [0, [!If [Prod, a, b]]]", ["a if Prod", "b if not Prod"]),
        ("!ImportValue {'Fn::If': [Prod, A, B]}", ["${A} if Prod", "${B} if not Prod"]),
        ("!Select [0, !Split ['/', !If [Prod, a/b, c/d]]]", ["a if Prod", "c if not Prod"]),
        ("!Join ['-', !Split ['/', !If [Prod, a/b, c/d]]]", ["a-b if Prod", "c-d if not Prod"]),
    ],
)
def test_the_branches_of_if(value: str, expected: list[str | None]) -> None:
    found = texts(value)
    assert len(found) == len(expected)
    for one, wanted in zip(found, expected, strict=True):
        assert one == wanted if wanted is not None else one.endswith(" if Prod")


def test_a_name_may_depend_on_a_condition() -> None:
    assert texts("!GetAtt Either.QueueName") == ["one if Prod", "two if not Prod"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("!If [Prod, jobs, other]", ["jobs if Prod", "other if not Prod"]),
        ("!Sub [ 'jobs${x}', {x: !If [Prod, a, b]}]", ["jobsa if Prod", "jobsb if not Prod"]),
        ("!If [Prod, jobs, jobs]", ["jobs"]),
        ("!If [Prod, jobs, !Ref AWS::NoValue]", ["jobs"]),
        (
            "!If [Prod, jobs, !If [Eu, other, !Ref AWS::NoValue]]",
            [
                "jobs if Prod",
                "other if Eu if not Prod",
                "${AWS::StackName}-Jobs-${Jobs} if not Eu if not Prod",
            ],
        ),
        ("jobs", ["jobs"]),
    ],
)
def test_the_names_of_a_resource(name: str, expected: list[str]) -> None:
    text = f"Resources: {{Jobs: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}}}}}}}"
    given = Resolver(read(parse(text, "t.yaml"), "t.yaml"), kinds(), {})
    assert shown(given.names(given.template.resources["Jobs"])) == expected
    assert shown(given.attributes("Jobs", "QueueName")) == expected


@pytest.mark.parametrize(("conditions", "told"), [(4, False), (5, True)])
@pytest.mark.parametrize(
    "written",
    ["!Sub ['{0}', {{{1}}}]", "!Join ['-', [{2}]]", "!Sub ['${{y}}', {{y: !Sub ['{0}', {{{1}}}]}}]"],
)
def test_more_values_than_are_followed_are_noted(written: str, conditions: int, told: bool) -> None:
    either = [f"!If [C{at}, a{at}, b{at}]" for at in range(conditions)]
    name = written.format(
        "-".join(f"${{x{at}}}" for at in range(conditions)),
        ", ".join(f"x{at}: {value}" for at, value in enumerate(either)),
        ", ".join(either),
    )
    text = f"Resources:\n  Jobs: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}}}}}\n"
    notes = [note.message for note in lint(["-"], stdin=text).notes]
    assert ("by its conditions this may be more than 16 values: others were not seen" in notes) == told


@pytest.mark.parametrize(
    "properties", ["!Ref AWS::NoValue", "!If [Prod, !Ref AWS::NoValue, !Ref AWS::NoValue]", "", "[]"]
)
def test_a_resource_without_properties_has_the_name_that_cloudformation_generates(properties: str) -> None:
    text = f"Resources: {{Jobs: {{Type: AWS::SQS::Queue, Properties: {properties}}}}}"
    there = Resolver(read(parse(text, "t.yaml"), "t.yaml"), kinds(), {})
    assert render(there.reference("Jobs")).endswith("/${AWS::StackName}-Jobs-${Jobs}")


def test_a_resource_that_is_named_after_itself_ends() -> None:
    (name,) = texts("!GetAtt Itself.QueueName")
    assert name == "${AWS::StackName}-Itself-${Itself}-x"
    again = resolver()
    assert texts("!GetAtt Itself.QueueName", again) == texts("!GetAtt Itself.QueueName", again)


def test_an_alias_is_named_after_its_function() -> None:
    assert texts("!Ref Live") == [WORK_ARN + ":live"]


def test_there_are_at_most_sixteen_alternatives() -> None:
    conditions = "".join(f"C{at}: !Equals [a, !Ref Stage], " for at in range(5))
    text = BASE.replace("Conditions: {", "Conditions: {" + conditions)
    many = Resolver(read(parse(text, "t.yaml"), "t.yaml", "here"), kinds(), {})
    parts = ", ".join(f"!If [C{at}, a, b]" for at in range(5))
    for value in (
        f"!Join ['', [{parts}]]",
        "!Sub ['${A}${B}${C}${D}${E}', {%s}]"
        % ", ".join(f"{'ABCDE'[at]}: !If [C{at}, a, b]" for at in range(5)),
    ):
        found = texts(value, many)
        assert len(found) == MAX_ALTERNATIVES == 16
        assert found[0].startswith("aaaa")
    nested = "x"
    for at in range(20):
        nested = f"!If [D{at}, y{at}, {nested}]"
    assert len(texts(nested, many)) == 16


def test_there_are_at_most_sixteen_alternatives_of_a_list() -> None:
    nested = "[x, x]"
    for at in range(20):
        nested = f"!If [D{at}, [y{at}, z{at}], {nested}]"
    chosen = [found.partition(" ")[0] for found in texts(f"!Select [1, {nested}]")]
    joined = [found.partition(" ")[0] for found in texts(f"!Join ['', {nested}]")]
    assert chosen == [f"z{at}" for at in range(19, 3, -1)]
    assert joined == [f"y{at}z{at}" for at in range(19, 3, -1)]


@pytest.mark.parametrize(
    "function",
    [
        "{'Fn::Base64': %s}",
        "{'Fn::If': [Prod, %s, y]}",
        "{'Fn::Sub': ['${A}', {A: %s}]}",
        "{'Fn::Join': ['', [%s]]}",
        "{'Fn::Join': ['', {'Fn::Split': ['/', %s]}]}",
        "{'Fn::Select': [0, [%s]]}",
        "{'Fn::Select': [0, {'Fn::Split': ['/', %s]}]}",
        "{'Fn::ImportValue': %s}",
        "{'Fn::FindInMap': [Same, x, %s]}",
        "{'Fn::Select': [%s, ['0']]}",
        "{'Fn::GetAtt': [%s, QueueName]}",
        "{Ref: %s}",
    ],
)
def test_functions_are_followed_forty_deep_and_then_end(function: str) -> None:
    """The value is always the one inside: a resource and an export called by their own names, an index of itself."""
    template = """
    Mappings: {Same: {x: {x: x, y: z}}}
    Parameters: {p: {Type: String}}
    Resources: {x: {Type: AWS::SQS::Queue, Properties: {QueueName: x}}}
    """
    inside = "0" if "'0'" in function else "p" if "Ref" in function else "x"
    known = {"p": sure(("p",))}
    given = Resolver(read(parse(template, "t"), "t", "here"), kinds(), known, imports={("x",): sure(("x",))})

    def nested(times: int) -> str:
        value = f"'{inside}'"
        for _ in range(times):
            value = function % value
        return texts(value, given)[0].removesuffix(" if Prod")

    # A name in a Ref, and a plain branch of an If, need no step of their own.
    deepest = MAX_DEPTH + (function.startswith(("{Ref", "{'Fn::If")))
    assert nested(deepest) == inside
    assert nested(deepest + 1) != inside
    assert nested(97) != inside


@pytest.mark.parametrize(
    "function", ["%s", "{'Fn::Join': ['', %s]}", "{'Fn::Select': [0, %s]}", "{'Fn::Join': ['', [x, %s]]}"]
)
def test_conditions_count_as_what_they_are_in(function: str) -> None:
    absent = "[x, " in function
    inside = "{Ref: 'AWS::NoValue'}" if absent else "[x]" if "Fn::" in function else "{'Fn::Sub': x}"
    around = MAX_DEPTH - 1

    def nested(conditions: str) -> bool:
        choice = inside
        for condition in conditions:
            choice = "{'Fn::If': [%s, %s, y]}" % (condition, choice)
        value = "{'Fn::Base64': " * around + function % choice + "}" * around
        return any(found.partition(" ")[0] == "x" for found in texts(value))

    assert nested("AB")
    assert not nested("ABC")


def test_references_by_references_end() -> None:
    assert texts("{Ref: " * 380 + "x" + "}" * 380)


def test_resources_that_are_named_after_each_other_end() -> None:
    links = "".join(
        f"  Q{at}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{Q{at + 1}.QueueName}}'}}}}\n"
        for at in range(300)
    )
    template = read(
        parse(f"Resources:\n{links}  Q300: {{Type: AWS::SQS::Queue, Properties: {{QueueName: x}}}}", "t"), "t"
    )
    nearest = 300 - MAX_NAMES
    assert texts(f"!GetAtt Q{nearest}.QueueName", Resolver(template, kinds(), {})) == ["x"]
    one_by_one = Resolver(template, kinds(), {})
    assert all(texts(f"!GetAtt Q{at}.QueueName", one_by_one) == ["x"] for at in range(299, 200, -1))
    for at in (nearest - 1, 0):
        assert texts(f"!GetAtt Q{at}.QueueName", Resolver(template, kinds(), {})) != ["x"]


# --- mappings, lists, what is known of parameters -------------------------------------------------------

KNOWN = """
Parameters:
  Stage: {Type: String}
  Size: {Type: String, AllowedValues: [small, large]}
  Only: {Type: String, AllowedValues: [one]}
  Same: {Type: String, Default: x}
  Too: {Type: String, Default: x}
  Asserted: {Type: String}
  Held: {Type: String, AllowedValues: [a, b, c]}
  Perhaps: {Type: String}
  Names: {Type: CommaDelimitedList}
  Given: {Type: CommaDelimitedList}
  OneList: {Type: CommaDelimitedList, AllowedValues: [a]}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /jobs/queue}
  Elsewhere: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /jobs/other}
Rules:
  First: {Assertions: [{Assert: {'Fn::Equals': [{Ref: Asserted}, yes]}}]}
  Second:
    Assertions:
      - Assert: {'Fn::And': [{'Fn::Contains': [[b, d], {Ref: Held}]}, {'Fn::Contains': [[b], {Ref: Held}]}]}
  Third:
    RuleCondition: {'Fn::Equals': [{Ref: Stage}, prod]}
    Assertions: [{Assert: {'Fn::Equals': [{Ref: Perhaps}, yes]}}]
Mappings:
  ByStage: {dev: {name: d, other: o}, test: {name: d}, prod: {name: p}}
  BySize: {small: {name: s}, large: {name: l}, huge: {name: h}}
  Lists: {dev: {names: [a, b]}, prod: {names: [a]}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
Resources: {Jobs: {Type: AWS::SQS::Queue}}
"""
STORED = {
    stored_as(("/jobs/queue",)): sure(("q",)),
    stored_as(("/", Symbol("parameter", "Stage", "t"))): sure(("s",)),
}


def known(value: str) -> list[str]:
    template = read(parse(KNOWN, "t.yaml"), "t.yaml", "t")
    return texts(value, Resolver(template, kinds(), {"Given": sure(("a, b",))}, imports=STORED))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "!FindInMap [ByStage, !Ref Stage, name]",
            ["d if Stage is dev or test", "p if not Stage is dev or test"],
        ),
        (
            "!FindInMap [ByStage, !Ref Stage, name, {DefaultValue: !Ref Same}]",
            [
                "d if Stage is dev or test",
                "p if not Stage is dev or test if Stage is prod",
                "${Same} if not Stage is dev or test if not Stage is prod",
            ],
        ),
        ("!FindInMap [ByStage, nowhere, name, {DefaultValue: x}]", ["x"]),
        ("!FindInMap [ByStage, dev, name, {DefaultValue: x}]", ["d"]),
        (
            "!FindInMap [ByStage, prod, other, {DefaultValue: !If [Prod, x, y]}]",
            ["x if Prod", "y if not Prod"],
        ),
        ("!FindInMap [BySize, !Ref Size, name]", ["s if Size is small", "l if not Size is small"]),
        (
            "!FindInMap [BySize, !Ref Size, name, {DefaultValue: x}]",
            ["s if Size is small", "l if not Size is small"],
        ),
        ("!FindInMap [ByStage, dev, !Ref Too]", ["d if Too is name", "o if not Too is name"]),
        ("!FindInMap [BySize, !If [Prod, small, huge], name]", ["s if Prod", "h if not Prod"]),
        (
            "!Join ['', [!FindInMap [ByStage, !Ref Stage, name], !FindInMap [ByStage, !Ref Stage, name]]]",
            ["dd if Stage is dev or test", "pp if not Stage is dev or test"],
        ),
        ("!Ref Only", ["one"]),
        ("!Ref Same", ["${Same}"]),
        ("!Ref Too", ["${Too}"]),
        ("!Ref Asserted", ["yes"]),
        ("!Ref Held", ["b"]),
        ("!Ref Perhaps", ["${Perhaps}"]),
        ("!Ref OneList", ["${OneList}"]),
        ("!Join [',', !Ref Names]", ["${Names}"]),
        ("!Join ['-', !Ref Given]", ["a-b"]),
        ("!Select [1, !Ref Given]", ["b"]),
        ("!Ref Stored", ["q"]),
        ("!Ref Elsewhere", ["${Elsewhere}"]),
        ("'{{resolve:ssm:/jobs/queue}}'", ["q"]),
        ("'{{resolve:ssm:jobs/queue:3}}-x'", ["q-x"]),
        ("'{{resolve:ssm:/jobs/other}}'", ["${resolve:ssm:/jobs/other}"]),
        ("!Sub '{{resolve:ssm:/${Stage}}}-${Same}'", ["s-${Same}"]),
        ("!Sub '{{resolve:ssm:/${Same}}}'", ["${resolve:ssm:/${Same}}"]),
        ("!Join ['', ['{{resolve:ssm:', /jobs/queue, '}}']]", ["q"]),
        ("{'Fn::Length': [a, !Ref Stage]}", ["2"]),
        ("{'Fn::Length': !Ref Given}", ["2"]),
        ("{'Fn::Length': !If [Prod, [a], [b, !Ref AWS::NoValue]]}", ["1 if Prod", "1 if not Prod"]),
    ],
)
def test_what_is_known_of_mappings_lists_and_parameters(value: str, expected: list[str]) -> None:
    assert known(value) == expected


def test_a_list_that_is_computed_has_elements() -> None:
    template = read(parse(KNOWN, "t.yaml"), "t.yaml", "t")
    given = Resolver(template, kinds(), {"Given": sure(("a, b",))})
    for value, expected in (
        ("!Ref Given", ["a", "b"]),
        ("!Split ['/', c/d]", ["c", "d"]),
        ("[!Split ['/', c/d], e]", ["c", "d", "e"]),
        ("!FindInMap [Lists, dev, names]", ["a", "b"]),
        ("!Ref Names", ["${Names}"]),
    ):
        assert (
            shown(tuple((given.text(one) or (), more) for one, more in given.items(node(value)))) == expected
        )
        assert [render(given.text(one) or ()) for one in given.elements(node(value))] == expected


def test_what_is_made_a_json_string_is_read_as_what_it_holds() -> None:
    value = node("{'Fn::ToJsonString': {a: [!If [Prod, b, c]]}}")
    given = resolver()
    found = given.explored(lambda: [one.text for one in given.elements(given.one_below(value, "a"))])
    assert [texts for texts, _ in found] == [["b"], ["c"]]
    assert texts("{'Fn::ToJsonString': {a: b}}") == ["${{Fn::ToJsonString:{a:b}}}"]


# --- parameters, nested stacks, imports ---------------------------------------------------------------


def test_a_parameter_is_what_is_given_for_it() -> None:
    given = resolver({"Stage": sure(("prod",)), "Bucket": sure(("mine",)), "AWS::Region": sure(("eu",))})
    assert texts("!Ref Stage", given) == ["prod"]
    assert texts("!Sub 'x-${Stage}'", given) == ["x-prod"]
    assert texts("!Ref Bucket", given) == ["${AWS::StackName}-bucket-${Bucket}"]  # no parameter
    assert texts("!Ref Other", given) == ["${Other}"]
    either = (
        (("a",), frozenset({Needs("parent", "P", True)})),
        (("b",), frozenset({Needs("parent", "P", False)})),
    )
    branching = resolver({"Stage": either})
    assert texts("!Sub 'x-${Stage}'", branching) == ["x-a if P", "x-b if not P"]
    assert texts("!If [Prod, !Ref Stage, c]", branching) == [
        "a if Prod if P",
        "b if Prod if not P",
        "c if not Prod",
    ]


def test_symbols_belong_to_their_stack_or_to_all() -> None:
    def same(value: str) -> bool:
        return resolver(scope="one").texts(node(value)) == resolver(scope="two").texts(node(value))

    for own in (
        "!Ref Stage",
        "!Ref AWS::StackName",
        "!Ref AWS::StackId",
        "!Ref Jobs",
        "!Ref Nothing",
        "!GetAtt Custom.X",
    ):
        assert not same(own)
    for own in (
        "!GetAtt Work.Version",
        "!Ref Fixed.Version",
        "!GetAtt Custom.Arn",
        "!ImportValue {'Fn::Sub': '${Stage}-x'}",
    ):
        assert not same(own)
    for shared in ("!Ref AWS::Region", "!Ref AWS::AccountId", "!Ref Named", "!ImportValue Name"):
        assert same(shared)


def test_pseudo_parameters_are_those_of_the_arns_of_resources() -> None:
    for pseudo, symbol in (
        ("AWS::Region", REGION),
        ("AWS::AccountId", ACCOUNT),
        ("AWS::Partition", PARTITION),
        ("AWS::URLSuffix", URL_SUFFIX),
    ):
        assert resolver().texts(node(f"!Ref {pseudo}")) == sure((symbol,))
    spelled = "!Sub 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs-in'"
    assert resolver().texts(node(spelled)) == resolver().texts(node("!GetAtt Named.Arn"))


def test_symbols_of_references() -> None:
    """Each with its kind and its stack: symbols are the same value where all of this is the same."""
    stack = Symbol("pseudo", "AWS::StackName", "here")
    unknown = "!Cidr [a, 1, 2]"
    for value, expected in (
        ("!Ref Bucket", (stack, "-bucket-", Symbol("random", "Bucket", "here"))),
        ("!Ref Custom", (stack, "-Custom-", Symbol("random", "Custom", "here"))),
        ("!Ref Work.Other", (Symbol("unknown", "Work.Other", "here"),)),
        ("!Ref Nothing.Alias", (Symbol("unknown", "Nothing.Alias", "here"),)),
        ("!GetAtt Work.Other", (Symbol("attribute", "Work.Other", "here"),)),
        ("!GetAtt Nothing.Alias", (Symbol("attribute", "Nothing.Alias", "here"),)),
        (unknown, (Symbol("unknown", "{Fn::Cidr:[a,1,2]}", "here"),)),
        ("!Sub '${AWS::Made.Up}'", (Symbol("pseudo", "AWS::Made.Up"),)),
    ):
        assert resolver().texts(node(value)) == sure(expected)


def test_names_of_what_sam_makes() -> None:
    given = resolver()
    made = {"Work.Queue": "Named", "Work.Alias": "Live"}
    given.template = given.template._replace(generated=made)
    assert texts("!Ref Work.Queue", given) == texts("!Ref Named")
    assert texts("!GetAtt Work.Queue", given) == texts("!Ref Named")
    assert texts("!GetAtt Work.Queue.Arn", given) == [QUEUE + "jobs-in"]
    assert texts("!Sub '${Work.Queue.Arn}'", given) == [QUEUE + "jobs-in"]
    assert texts("!Ref Work.Alias", given) == texts("!Ref Live")
    assert texts("!GetAtt Work.Queue.Some.Thing", given) == ["${Named.Some.Thing}"]
    assert texts("!GetAtt Work.Arn", given) == [WORK_ARN]
    assert texts("!GetAtt Named.QueueName", given) == ["jobs-in"]
    assert texts("!Ref Stage", given) == ["${Stage}"]


def test_an_alias_of_itself_is_named_as_aliases_are() -> None:
    given = resolver()
    (first,) = texts("!Ref Within", given)
    assert first.startswith("arn:${AWS::Partition}:lambda:")
    assert first.endswith(":live")
    assert texts("!Ref Within", given) == [first]
    alias = given.template.resources["Live"]
    assert given.arn_of(alias) == given.arn_of(alias)


def test_text_with_symbols_put_together_by_a_reader() -> None:
    value = ("a-", Symbol("parameter", "Stage", "here"))
    inside = Node("symbols", value, node("x").span)
    assert resolver().texts(mapping([("Fn::Symbols", inside)], inside.span)) == sure(value)


def test_outputs_of_a_nested_stack() -> None:
    parent, child = resolver(scope="parent"), resolver(scope="child")
    parent.nested["Custom"] = child
    assert texts("!GetAtt Custom.Outputs.Arn", parent) == [QUEUE + "jobs-in"]
    assert texts("!GetAtt [Custom, Outputs.Arn]", parent) == [QUEUE + "jobs-in"]
    assert texts("!Sub '${Custom.Outputs.Arn}'", parent) == [QUEUE + "jobs-in"]
    assert texts("!GetAtt Custom.Outputs.Both", parent) == ["a if Prod", "b if not Prod"]
    assert texts("!If [Eu, !GetAtt Custom.Outputs.Arn, x]", parent) == [
        f"{QUEUE}jobs-in if Eu",
        "x if not Eu",
    ]
    assert texts("!GetAtt Custom.Outputs.Nothing", parent) == ["${Custom.Outputs.Nothing}"]
    assert texts("!GetAtt Custom.Arn", parent) == ["${Custom.Arn}"]
    assert shown(child.output("Arn")) == [QUEUE + "jobs-in"]


def test_values_may_lead_into_another_stack_more_than_once() -> None:
    around = resolver(scope="around")
    around.nested["Custom"] = around

    class Onward(dict[str, Alternatives]):
        def __getitem__(self, name: str) -> Alternatives:
            return around.texts(node("!Ref Other")) if name == "Stage" else super().__getitem__(name)

    around.arguments = Onward(Stage=(), Other=sure(("given",)))
    assert texts("!Ref Stage", around) == ["given"]
    assert texts("!GetAtt Custom.Outputs.Onward", around) == [QUEUE + "jobs-in"]


def test_values_that_lead_back_to_themselves_end() -> None:
    parent = resolver(scope="parent")
    parent.nested["Custom"] = parent

    class Back(dict[str, Alternatives]):
        def __getitem__(self, name: str) -> Alternatives:
            return parent.texts(node("!Ref Stage"))

    parent.arguments = Back(Stage=())
    assert texts("!Ref Stage", parent) == ["${Stage}"]
    assert texts("!Ref Stage", parent) == ["${Stage}"]
    looped = read(
        parse(BASE.replace("Value: !GetAtt Named.Arn", "Value: !GetAtt Custom.Outputs.Arn"), "t"), "t", "s"
    )
    around = Resolver(looped, kinds(), {})
    around.nested["Custom"] = around
    assert texts("!GetAtt Custom.Outputs.Arn", around) == ["${Custom.Outputs.Arn}"]


def test_imports_are_followed_where_the_export_is_known() -> None:
    name = (Symbol("parameter", "Stage", "here"), "-y")
    jobs = ("arn:aws:sqs:eu-west-1:111122223333:jobs",)
    given = resolver(imports={("known",): sure(jobs), name: sure(("told",))})
    assert texts("!ImportValue known", given) == ["arn:aws:sqs:eu-west-1:111122223333:jobs"]
    assert texts("!ImportValue unknown", given) == ["${unknown}"]
    assert texts("!ImportValue {'Fn::Sub': '${Stage}-x'}", given) == ["${${Stage}-x}"]
    assert texts("!ImportValue {'Fn::Sub': '${Stage}-y'}", given) == ["told"]
    assert given.asked == {("known",), ("unknown",), name, (name[0], "-x")}
    for value, symbol in (
        ("!Ref Nothing", Symbol("unknown", "Nothing", "here")),
        ("!GetAtt Custom.Thing", Symbol("attribute", "Custom.Thing", "here")),
        ("!Ref Stage", Symbol("parameter", "Stage", "here")),
        ("!Ref AWS::StackName", Symbol("pseudo", "AWS::StackName", "here")),
        ("!ImportValue {Ref: Stage}", Symbol("import", "${Stage}", "here")),
    ):
        assert given.texts(node(value)) == sure((symbol,))
    (found,) = given.texts(node("!ImportValue unknown"))
    assert found[0] == (Symbol("import", "unknown"),)


# --- structure ----------------------------------------------------------------------------------------


def items(value: str) -> list[str]:
    given = resolver()
    return shown(tuple((given.text(one) or ("?",), needed) for one, needed in given.items(node(value))))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[a, b]", ["a", "b"]),
        ("a", ["a"]),
        ("[a, [b, c]]", ["a", "b", "c"]),
        ("!If [Prod, [a, b], c]", ["a if Prod", "b if Prod", "c if not Prod"]),
        ("[!If [Prod, a, !Ref AWS::NoValue], b]", ["a if Prod", "b"]),
        ("[!If [Prod, [a, b], c], d]", ["a if Prod", "b if Prod", "c if not Prod", "d"]),
        ("!If [Prod, [!If [Prod, a, x]], b]", ["a if Prod", "b if not Prod"]),
        ("[]", []),
    ],
)
def test_the_items_of_a_list(value: str, expected: list[str]) -> None:
    assert items(value) == expected


def test_lists_in_lists_end() -> None:
    deep = "[" * 60 + "a" + "]" * 60
    assert len(list(resolver().items(node(deep)))) == 1


def read_each_way(read: Callable[[Resolver], str]) -> list[str]:
    """What ``read`` returns on each way, with what the way requires."""
    given = resolver()
    return shown(tuple(((value,), way) for value, way in given.explored(lambda: read(given))))


def test_what_stands_below_a_path_is_read_once_for_each_way() -> None:
    value = node("{A: !If [Prod, {B: !If [Eu, first, second]}, {B: third}]}")
    assert read_each_way(lambda given: str(given.one(value, "A", "B").text)) == [  # type: ignore[union-attr]
        "first if Eu if Prod",
        "second if not Eu if Prod",
        "third if not Prod",
    ]
    given = resolver()
    assert given.one(value, "A", "Nothing") is None
    assert given.one(value, "Nothing", "B") is None
    assert given.one(None, "A") is None
    assert given.one(value) is value
    assert given.one(node("null")) is None
    assert given.one(node("{A: null}"), "A") is None


def test_values_under_one_condition_are_read_together() -> None:
    first, second = node("!If [Prod, a, b]"), node("!If [Prod, c, !If [Eu, d, !Ref AWS::NoValue]]")

    def read(given: Resolver) -> str:
        return (
            f"{given.literal(first)} {given.literal(second)} {given.boolean(node('!If [Eu, true, false]'))}"
        )

    assert read_each_way(read) == [
        "a c True if Eu if Prod",
        "a c False if not Eu if Prod",
        "b d True if Eu if not Prod",
        "b None False if not Eu if not Prod",
    ]


@pytest.mark.parametrize("gone", ["null", "!Ref AWS::NoValue"])
def test_a_value_that_is_not_there_is_one_way_too(gone: str) -> None:
    value = node(f"!If [Prod, a, {gone}]")
    assert read_each_way(lambda given: repr(given.text(value))) == ["('a',) if Prod", "None if not Prod"]


def test_the_elements_of_a_list_on_each_way() -> None:
    value = node("[!If [Prod, [a, b], !Ref AWS::NoValue], !If [Prod, c, d], null, e]")
    found = read_each_way(lambda given: " ".join(str(one.text) for one in given.elements(value)))
    assert found == ["a b c e if Prod", "d e if not Prod"]


def test_what_is_assumed_closes_branches() -> None:
    given = resolver()
    value = node("[!If [Prod, a, b], c]")
    prod = frozenset({Needs("here", "Prod", True)})
    found = given.explored(lambda: [given.text(one) for one, _ in given.items(value)], prod)
    assert found == [([("a",), ("c",)], prod)]


def test_more_ways_than_are_followed_end_in_one_that_is_not_decided() -> None:
    given = resolver()
    values = [node(f"!If [C{at}, a{at}, b{at}]") for at in range(5)]
    found = given.explored(lambda: [render(given.text(one) or ()) for one in values], at=values[0].span)
    assert len(found) == MAX_ALTERNATIVES + 1
    assert found[0][0] == ["a0", "a1", "a2", "a3", "a4"]
    assert found[-1] == ([f"${{{{Fn::If:[C{at},a{at},b{at}]}}}}" for at in range(5)], ALWAYS)
    assert given.cut == {
        values[0].span: "by its conditions this may be more than 16 values: others were not seen"
    }


def test_after_many_values_no_more_ways_are_followed() -> None:
    given = resolver()
    given.limits.grant(1_000)
    value = node("!If [Prod, a, b]")

    def read() -> Text | None:
        for _ in range(MAX_AGAIN):
            given.one(None)
        return given.text(value)

    assert [found for found, _ in given.explored(read)] == [("a",), ("b",)]
    first, rest = given.explored(read, at=value.span)
    assert first[0] == ("a",)
    assert undecided(rest[0] or ())
    (told,) = given.cut.values()
    assert list(given.cut) == [value.span]
    assert "takes more than 5,000 steps" in told


def test_nobody_takes_the_first_of_several_values() -> None:
    given = resolver()
    value = node("!If [Prod, a, b]")
    assert render(given.text(value) or ()) == "${{Fn::If:[Prod,a,b]}}"
    assert given.literal(value) is None
    assert given.text(node("!Ref AWS::NoValue")) is None
    assert given.text(None) is None


def test_ways_that_differ_in_one_condition_are_one() -> None:
    a, b = Needs("here", "A", True), Needs("here", "B", True)
    not_a, not_b = a._replace(holds=False), b._replace(holds=False)
    assert merged([frozenset({a}), frozenset({not_a})]) == [ALWAYS]
    assert merged([frozenset({a, b}), frozenset({a, not_b}), frozenset({not_a, b})]) == [
        frozenset({a}),
        frozenset({not_a, b}),
    ]
    assert merged([frozenset({a}), frozenset({b})]) == [frozenset({a}), frozenset({b})]


def test_branches_and_lists_are_opened_forty_deep() -> None:
    def innermost(value: str) -> Node:
        *_, (last, _) = resolver().items(node(value))
        return last

    for deepest, opening, closing in ((40, "[", "]"), (41, "{'Fn::If': [C%d, a, ", "]}")):

        def nested(times: int, opening: str = opening, closing: str = closing) -> str:
            return "".join(opening.replace("%d", str(at)) for at in range(times)) + "b" + closing * times

        assert innermost(nested(deepest)).text == "b"
        assert innermost(nested(deepest + 1)).text is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("'false'", False),
        ("yes", True),
        ("off", False),
        ("!If [Prod, true, true]", True),
        ("!If [Prod, true, false]", None),
        ("!If [Prod, false, !Ref AWS::NoValue]", None),
        ("!Ref Stage", None),
        ("!If [Prod, true, !Ref Stage]", None),
        ("!Sub 'TRUE'", True),
        ("!Sub 'false'", False),
        ("!Sub 'perhaps'", None),
        ("!FindInMap [Switches, on, enabled]", True),
        ("null", None),
        ("[]", None),
    ],
)
def test_booleans(value: str, expected: bool | None) -> None:
    assert resolver().boolean(node(value)) is expected
    assert resolver({"Stage": sure(("false",))}).boolean(node("!Ref Stage")) is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("!Ref Stage", None),
        ("!If [Prod, a, b]", None),
        ("!If [Prod, a, a]", "a"),
        ("!Sub 'x'", "x"),
        ("null", None),
    ],
)
def test_literals(value: str, expected: str | None) -> None:
    assert resolver().literal(node(value)) == expected


def test_a_literal_is_read_as_deep_as_text() -> None:
    assert resolver().literal(node("{'Fn::Base64': " * MAX_DEPTH + "x" + "}" * MAX_DEPTH)) == "x"


def test_a_resource_needs_its_condition_and_that_of_its_stack() -> None:
    stack = frozenset({Needs("parent", "Deep", True)})
    given = resolver(requires=stack)
    assert given.resource_requires(given.template.resources["Jobs"]) == stack
    assert given.resource_requires(given.template.resources["Table"]) == stack | {Needs("here", "Prod", True)}


def test_the_arn_of_a_resource() -> None:
    given = resolver()
    assert render(given.arn_of(given.template.resources["Named"])) == QUEUE + "jobs-in"
    assert render(given.arn_of(given.template.resources["Live"])) == WORK_ARN + ":live"
    assert given.arn_of(given.template.resources["Custom"]) == (Symbol("attribute", "Custom.Arn", "here"),)


def test_the_form_of_an_arn() -> None:
    assert render(arn_text("sqs:@:{}", ("jobs",))) == QUEUE + "jobs"
    assert render(arn_text("s3:::{}", ("b",))) == "arn:${AWS::Partition}:s3:::b"
    assert render(arn_text("events:@:event-bus/{}", ("b",))).endswith(":event-bus/b")


# --- alternatives -------------------------------------------------------------------------------------

YES, NO = frozenset({Needs("s", "C", True)}), frozenset({Needs("s", "C", False)})
ELSE = frozenset({Needs("s", "D", True)})


def test_alternatives_join_where_they_can_hold_together() -> None:
    assert under(((("a",), YES), (("b",), ALWAYS)), ELSE) == ((("a",), YES | ELSE), (("b",), ELSE))
    done = [(["a"], YES), (["b"], NO)]
    joined = product(list(done), ((("x",), YES), (("y",), NO), (("z",), ELSE)))
    assert joined == [
        (["a", "x"], YES),
        (["a", "z"], YES | ELSE),
        (["b", "y"], NO),
        (["b", "z"], NO | ELSE),
    ]
    other_scope = frozenset({Needs("t", "C", False)})
    assert product([(["a"], YES)], ((("x",), other_scope),)) == [(["a", "x"], YES | other_scope)]


def test_a_value_of_the_other_branch_is_none_under_a_condition() -> None:
    holds, fails = (frozenset({Needs("t", "Big", it)}) for it in (True, False))
    found: Alternatives = ((("big",), holds), (("small",), fails), (("any",), ALWAYS))
    assert under(found, holds) == ((("big",), holds), (("any",), holds))
    assert under(found, ALWAYS) == found
