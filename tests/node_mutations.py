"""Mutations of a template's value: well-formed text that says something odd."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from recursion_lint.iam.policies.readers import READERS
from recursion_lint.services.registry import PLACES

Parent = Any
Step = Any
Change = Callable[[Any, Any, random.Random], None]

TYPES = tuple(sorted({kind for place in PLACES for kind in place.types} | set(READERS))) + tuple(
    f"AWS::Serverless::{kind}"
    for kind in ("Function", "StateMachine", "SimpleTable", "Connector", "Application", "Api", "HttpApi", "LayerVersion")
) + ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User", "AWS::CloudFormation::Stack",
     "AWS::CloudFormation::Macro", "AWS::S3::BucketPolicy", "Custom::Thing", "AWS::", "::", "Type")  # fmt: skip

PSEUDO = ("AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::Partition", "AWS::NoValue", "AWS::URLSuffix",
          "AWS::NotificationARNs", "AWS::StackId")  # fmt: skip
ATTRIBUTES = (
    "Arn",
    "QueueName",
    "StreamArn",
    "Name",
    "Outputs.X",
    "TopicName",
    "Nothing",
    "",
    "A.B.C",
    "DomainName",
)
NAMES = ("", "*", "?", "**", "a", "$", "${", "${}", "${!Literal}", "${AWS::Region}-x", "${AWS::StackName}-*", "x" * 300,
         "arn:aws:s3:::", "arn:aws:s3:::b/*", "arn:aws:sqs:*:*:*", "arn:${AWS::Partition}:lambda:::function:f",
         "arn:aws:lambda:us-east-1:123456789012:function:f:live", "https://sqs.us-east-1.amazonaws.com/1/q", "s3:*", "*:*",
         "lambda:Invoke*", "../../../etc/passwd", "/etc/passwd", "..", ".", "child.yaml", "template.yaml", "~/x", "a\0b",
         "\ud800", "\x1b[31mred", "\u202e", "line\nline", "\r", "\t", "‮", "😀", "<script>alert(1)</script>", "]]>", "-->",
         "`", "|", "\"", "'", "\\", "%s", "{0}", "%{x}", "::error::", "true", "null", "0", "-1", "1e999", "[", "{", "[]", "{}",
         "{\"a\":", "<<", "~", "---", "# recursion-lint: ignore", "original/", ".txt", "*" * 3000, "*a" * 60, "s3:" + "*t*" * 40 + "b", "?" * 300, "${" * 2000, "${A}" * 500, "[" * 2000,
         '{"a":' * 500, "a," * 3000, ":" * 3000, "/" * 3000, "+/#" * 300, "x" * 70_000)  # fmt: skip
KEYS = ("Type", "Properties", "Resources", "Ref", "Fn::Sub", "Fn::If", "Fn::GetAtt", "Fn::ForEach::Loop", "Fn::Transform",
        "Condition", "DependsOn", "Metadata", "recursion-lint", "Statement", "Policies", "Events", "Globals", "<<", "", "*",
        "a\nb", "\x1b", "\ud800", "${Name}", "Action", "Resource", "NotAction", "NotResource", "Principal", "Effect")  # fmt: skip


def plain(rng: random.Random) -> Any:
    """A value that is of the wrong type nearly everywhere."""
    return rng.choice((None, 0, -1, 10**12, 1.5, True, False, "", [], {}, [[]], [{}], [None], {"": None}, {"a": {"b": []}},
                       ["a", "b"], [1, 2], rng.choice(NAMES), rng.choice(NAMES), deep(rng), [rng.choice(NAMES)[:300]] * rng.choice((2, 300))))  # fmt: skip


def deep(rng: random.Random) -> Any:
    value: Any = rng.choice(("x", [], {}))
    kind = rng.randrange(4)
    for _ in range(rng.choice((3, 30, 150))):
        value = (
            [value],
            {"a": value},
            {"Fn::Sub": value},
            {"Fn::If": ["C", value, {"Ref": "AWS::NoValue"}]},
        )[kind]
    return value


def function(rng: random.Random, name: str, other: Any) -> Any:
    """A call of an intrinsic function: right, nearly right, or nonsense. ``name`` is a resource, ``other`` any value."""
    text = rng.choice(NAMES)
    calls: tuple[Any, ...] = (
        {"Ref": rng.choice((name, name, rng.choice(PSEUDO), text, other))},
        {"Fn::GetAtt": rng.choice(([name, rng.choice(ATTRIBUTES)], f"{name}.{rng.choice(ATTRIBUTES)}", [name], [], name, [name, {"Ref": name}], other))},
        {"Fn::Sub": rng.choice((f"${{{name}}}", f"{text}${{{name}.{rng.choice(ATTRIBUTES)}}}", ["${A}-${B}", {"A": other, "B": {"Ref": name}}], ["${A}", {"A": "${A}"}], [text], [], [text, other], {"A": text}, other))},
        {"Fn::If": rng.choice((["C", other, {"Ref": "AWS::NoValue"}], ["C", other, text], ["Unknown", other, other], ["C"], [], [{"Ref": name}, 1, 2], "C", other))},
        {"Fn::Join": rng.choice((["", [other, text]], [":", ["arn", "aws", "sqs", "", "", {"Ref": name}]], [",", other], [other, ["a"]], ["", {"Ref": name}], [], "x", ["", [["a"], {}]]))},
        {"Fn::Select": rng.choice(([0, {"Fn::Split": [":", other]}], ["5", {"Fn::Split": [":", {"Fn::GetAtt": [name, "Arn"]}]}], [99, ["a"]], [-1, ["a"]], ["x", other], [{"Ref": name}, ["a", "b"]], [], [0], 0))},
        {"Fn::Split": rng.choice((["", text], [",", other], [":", {"Ref": name}], [], ["a"], [{"Ref": name}, "a"]))},
        {"Fn::FindInMap": rng.choice((["M", "k", "v"], ["M", {"Ref": "AWS::Region"}, {"Ref": name}], ["M", "k"], [], [other, other, other], ["M", "k", "v", {"DefaultValue": other}]))},
        {"Fn::ImportValue": rng.choice((text, {"Fn::Sub": f"${{AWS::StackName}}-{name}"}, other, []))},
        {"Fn::Transform": rng.choice(({"Name": "AWS::Include", "Parameters": {"Location": text}}, {"Name": other}, [], other))},
        {"Fn::ForEach::L": rng.choice((["Id", ["a", "b"], {"K${Id}": other}], ["Id", {"Ref": name}, {"${Id}": other}], ["Id", [], {}], [other, other, other], {}, ["Id", ["a"] * 200, {"K${Id}": other}]))},
        {"Fn::Base64": other}, {"Fn::GetAZs": other}, {"Fn::Cidr": [other, 6, 5]}, {"Fn::ToJsonString": other}, {"Fn::Length": other},
        {"Fn::Nothing": other}, {"Fn::": other}, {"Condition": "C"}, {"Fn::Not": [{"Condition": "C"}]}, {"Fn::Equals": [other, text]},
        {"Fn::And": [other]}, {"Ref": name, "Fn::Sub": "x"}, {"Fn::Contains": [["a"], other]},
    )  # fmt: skip
    return rng.choice(calls)


def places(value: Any) -> Iterator[tuple[Parent, Step]]:
    """Every place below ``value``: the list or map, and the index or key in it."""
    stack = [value]
    while stack:
        here = stack.pop()
        steps = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for step in steps:
            yield here, step
            stack.append(here[step])


def a_place(
    value: Any, rng: random.Random, wanted: Callable[[Parent, Step], bool] | None = None
) -> tuple[Parent, Step] | None:
    found = [place for place in places(value) if wanted is None or wanted(*place)]
    return rng.choice(found) if found else None


def a_resource(value: Any, rng: random.Random) -> str:
    resources = value.get("Resources") if isinstance(value, dict) else None
    parameters = value.get("Parameters") if isinstance(value, dict) else None
    names = [
        *(resources if isinstance(resources, dict) else ()),
        *(parameters if isinstance(parameters, dict) else ()),
    ]
    return rng.choice(names) if names else "X"


def replace(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng):
        place[0][place[1]] = plain(rng)


def call(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng):
        parent, step = place
        parent[step] = function(rng, a_resource(value, rng), copy.deepcopy(parent[step]))


def swap(value: Any, donor: Any, rng: random.Random) -> None:
    one, other = a_place(value, rng), a_place(value, rng)
    if one and other:
        first, second = copy.deepcopy(one[0][one[1]]), copy.deepcopy(other[0][other[1]])
        one[0][one[1]] = second
        other[0][other[1]] = first


def graft(value: Any, donor: Any, rng: random.Random) -> None:
    """A piece of another template: below the same key where there is one, or anywhere."""
    one = a_place(value, rng)
    if one is None or donor is None:
        return
    same = a_place(donor, rng, lambda _, step: step == one[1])
    other = same if same and rng.random() < 0.7 else a_place(donor, rng)
    if other:
        one[0][one[1]] = copy.deepcopy(other[0][other[1]])


def join(value: Any, donor: Any, rng: random.Random) -> None:
    """A resource of another template comes in, under its own id or one that is taken."""
    ours, theirs = value.get("Resources"), donor.get("Resources") if isinstance(donor, dict) else None
    if isinstance(ours, dict) and isinstance(theirs, dict) and theirs:
        name = rng.choice(list(theirs))
        ours[rng.choice((name, a_resource(value, rng)))] = copy.deepcopy(theirs[name])


def delete(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng):
        del place[0][place[1]]


def repeat(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng, lambda parent, _: isinstance(parent, list)):
        parent, step = place
        parent[step:step] = [copy.deepcopy(parent[step]) for _ in range(rng.choice((1, 1, 2, 40)))]


def wrap(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng):
        parent, step = place
        old = parent[step]
        parent[step] = rng.choice(
            (
                [old],
                {"a": old},
                [old, copy.deepcopy(old)],
                {step if isinstance(step, str) else "x": old},
                json.dumps(old),
            )
        )


def unwrap(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(
        value, rng, lambda parent, step: isinstance(parent[step], dict | list) and bool(parent[step])
    ):
        parent, step = place
        inner = parent[step]
        parent[step] = rng.choice(list(inner.values()) if isinstance(inner, dict) else inner)


def rename(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng, lambda parent, _: isinstance(parent, dict)):
        parent, step = place
        known = [
            step for container, step in places(rng.choice((value, donor))) if isinstance(container, dict)
        ]
        parent[rng.choice((rng.choice(KEYS), rng.choice(known or ["a"])))] = parent.pop(step)


def retarget(value: Any, donor: Any, rng: random.Random) -> None:
    def refers(parent: Any, step: Any) -> bool:
        return step in ("Ref", "Fn::GetAtt", "Fn::Sub", "DependsOn", "Condition")

    if place := a_place(value, rng, refers):
        parent, step = place
        name = a_resource(value, rng)
        old = parent[step]
        if step == "Fn::GetAtt":
            attribute = old[-1] if isinstance(old, list) and old else "Arn"
            parent[step] = [name, rng.choice((attribute, attribute, rng.choice(ATTRIBUTES)))]
        elif step == "Fn::Sub":
            parent[step] = (
                re.sub(r"\$\{[^}]*\}", lambda _: f"${{{name}}}", old, count=1)
                if isinstance(old, str)
                else old
            )
        else:
            parent[step] = rng.choice((name, name, rng.choice(PSEUDO), [name], rng.choice(NAMES)))


def retype(value: Any, donor: Any, rng: random.Random) -> None:
    if place := a_place(value, rng, lambda parent, step: step == "Type" and "Properties" in parent):
        place[0]["Type"] = rng.choice(TYPES)


def words(value: Any, donor: Any, rng: random.Random) -> None:
    """A string gets another part: a name, a wildcard, a substitution, something that no terminal likes."""
    if place := a_place(value, rng, lambda parent, step: isinstance(parent[step], str)):
        parent, step = place
        old = parent[step]
        at = rng.randrange(len(old) + 1)
        new = rng.choice(
            (
                rng.choice(NAMES),
                f"${{{a_resource(value, rng)}}}",
                f"${{{a_resource(value, rng)}.Arn}}",
                "*",
                "?",
            )
        )
        parent[step] = rng.choice(
            (old[:at] + new + old[at:], old[:at] + new, new + old[at:], new, old.upper(), old[::-1], old * 2)
        )


def held(value: Any, donor: Any, rng: random.Random) -> None:
    """A string that holds JSON (a definition, a pattern) is mutated inside; a map becomes such a string."""

    def holds(parent: Any, step: Any) -> bool:
        here = parent[step]
        return (isinstance(here, str) and here.lstrip()[:1] in ("{", "[")) or step in (
            "Definition",
            "EventPattern",
            "FilterPolicy",
        )

    if place := a_place(value, rng, holds):
        parent, step = place
        old = parent[step]
        try:
            inner = (
                {"x": json.loads(old, strict=False)} if isinstance(old, str) else {"x": copy.deepcopy(old)}
            )
        except (ValueError, RecursionError):
            parent[step] = old[: rng.randrange(len(old) + 1)]
            return
        rng.choice((replace, call, swap, delete, rename, graft, wrap, words))(inner, donor, rng)
        changed = inner.get("x")
        parent[step] = changed if isinstance(old, dict) and rng.random() < 0.7 else json.dumps(changed)


def section(value: Any, donor: Any, rng: random.Random) -> None:
    name = a_resource(value, rng)
    sections: tuple[tuple[str, Any], ...] = (
        ("Conditions", {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "D": {"Fn::Not": [{"Condition": "C"}]}, "E": {"Condition": "E"}}),
        ("Mappings", {"M": {"k": {"v": rng.choice((name, [name], 7, {}))}, "us-east-1": {"v": "x"}}}),
        ("Parameters", {"P": {"Type": "String", "Default": rng.choice((name, "", 5, None, [], "x"))}, "L": {"Type": "CommaDelimitedList", "Default": "a,b"}}),
        ("Outputs", {"O": {"Value": {"Ref": name}, "Export": {"Name": rng.choice(("x", {"Ref": name}, None, []))}}}),
        ("Globals", {"Function": {"Environment": {"Variables": {"A": {"Ref": name}}}, "Events": plain(rng), "Tags": plain(rng)}}),
        ("Transform", rng.choice(("AWS::Serverless-2016-10-31", ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"], {"Name": "x"}, "Macro", [], [[]]))),
        ("Metadata", {"recursion-lint": rng.choice(({"ignore": ["s3-loop"], "until": "9999-99-99"}, {"ignore": "*"}, [], "x", {"ignore": {"a": 1}, "reason": []}))}),
    )  # fmt: skip
    key, made = rng.choice(sections)
    value[key] = plain(rng) if rng.random() < 0.15 else made


def attributes(value: Any, donor: Any, rng: random.Random) -> None:
    resources = value.get("Resources")
    bodies = (
        [body for body in resources.values() if isinstance(body, dict)] if isinstance(resources, dict) else []
    )
    if bodies:
        key, made = rng.choice((("Condition", "C"), ("Condition", []), ("DependsOn", a_resource(value, rng)), ("DependsOn", [{}]),
                                ("Metadata", {"recursion-lint": {"ignore": rng.choice((["*"], ["s3-loop"], None, {}))}}),
                                ("DeletionPolicy", plain(rng)), ("Properties", plain(rng)), ("Connectors", plain(rng))))  # fmt: skip
        rng.choice(bodies)[key] = made


CHANGES: tuple[Change, ...] = (
    replace, replace, replace, call, call, call, swap, swap, graft, graft, join, join, delete, delete, repeat, wrap, unwrap,
    rename, rename, retarget, retarget, retarget, retype, retype, words, words, held, held, section, attributes,
)  # fmt: skip


def mutated(value: Any, donor: Any, rng: random.Random, story: list[str]) -> Any:
    """A copy of ``value`` after one to eight changes, each told in ``story``. ``donor`` is another template, or ``None``."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        change = rng.choice(CHANGES)
        change(value, donor if donor is not None else {}, rng)
        story.append(change.__name__)
    return value
