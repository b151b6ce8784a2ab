"""A bucket and what it notifies wait for each other: the name of the bucket in place of the references to it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-notificationconfig.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.channels import plain
from recursion_lint.remedies.kept_actions import in_sub
from recursion_lint.template.yaml.edits import EditError, Editor
from recursion_lint.template.yaml.emitter import Value, sub
from recursion_lint.template.yaml.nodes import Node, walk

RULE = "circular-notification"
_POLICIES = ("Policies", "PolicyDocument", "AssumeRolePolicyDocument")
_ARN = "arn:${AWS::Partition}:s3:::"


class Reference(NamedTuple):
    """One expression that refers to the bucket, in the property ``key`` of a resource on the circle.

    ``variable`` is the environment variable that is nothing but this expression.
    """

    node: Node
    resource: str
    key: str
    variable: str


def circular(case: Case) -> Iterator[Offer]:
    """By the bucket's own name where it has one; else by one that it is given."""
    editor = case.editors(case.finding.span.file)
    if case.finding.rule != RULE:
        return
    bucket = case.finding.cycle[0].resource.rpartition("/")[2]
    found = list(_references(case, editor, bucket)) if editor is not None else []
    name = editor.root.get("Resources", bucket, "Properties", "BucketName") if editor is not None else None
    lines = sorted({one.node.span.line for one in found})
    at = f" at {_listed(lines)}" if lines else ""
    if name is not None and lines:
        yield _by_its_name(case, editor, bucket, name, found)
        return
    outside = any(one.key in _POLICIES for one in found) or not found
    yield Offer(
        "name-by-parameter",
        f"Give {bucket} a BucketName from a parameter or Fn::Sub, and write that name{at} in place of the reference"
        + ("s" if len(lines) > 1 else ""),
        1,
        "no cost; the bucket's name is chosen by you",
        f"nothing that the notification needs may wait for {bucket}"
        + ("; or put the policy into a resource AWS::IAM::Policy of its own" if outside else ""),
    )


def _by_its_name(case: Case, editor: Editor | None, bucket: str, name: Node, found: list[Reference]) -> Offer:
    """The name that stands in the template already, or nothing for a variable that no code reads."""
    lines = sorted({one.node.span.line for one in found})
    told = (name.text if name.intrinsic is None else "") or f"the BucketName of {bucket}"
    title = f"Write {told} (line {name.span.line}) at {_listed(lines)}, in place of the reference to {bucket}"
    spare = found[0] if len(found) == 1 and found[0].variable and _is_unread(case, found[0]) else None
    if spare is not None:
        title = (
            f"Delete the variable {spare.variable} (line {lines[0]}): no code of {spare.resource} reads it"
        )
    return Offer(
        "name-by-parameter",
        title,
        1,
        "no cost",
        f"nothing that the notification needs may refer to {bucket}: its name is known without that",
        "unsafe",
        lambda: _named(editor, bucket, name, found) if spare is None else _without(editor, spare),
    )


def _without(editor: Editor | None, spare: Reference) -> tuple[Change, ...]:
    path = ("Resources", spare.resource, "Properties", "Environment", "Variables")
    variables = editor.root.get(*path) if editor is not None else None
    if editor is None or variables is None:
        raise EditError("the variable is not written here")
    return (Change(editor.file, editor.remove_entry(variables, spare.variable)),)


def _is_unread(case: Case, reference: Reference) -> bool:
    """Does the name of a variable stand nowhere in the function's code, all of which was read?"""
    if case.reader is None:
        return False
    ends = (end for end in case.graph.declared if case.label(end).rpartition("/")[2] == reference.resource)
    return any(case.reader.never_names(end, reference.variable) for end in ends)


def _references(case: Case, editor: Editor, bucket: str) -> Iterator[Reference]:
    """Where the resources on the circle refer to the bucket: each of these references closes it."""
    for node in case.finding.cycle[1:]:
        name = node.resource.rpartition("/")[2]
        properties = editor.root.get("Resources", name, "Properties")
        for key, child in properties.items() if properties is not None else ():
            variables = child.get("Variables") if key == "Environment" else None
            named = {id(value): known for known, value in variables.items()} if variables is not None else {}
            # What an event of SAM names becomes a part of the bucket itself.
            yield from (
                Reference(one, name, key, named.get(id(one), ""))
                for one in walk(child)
                if key != "Events" and _refers(one, bucket)
            )


def _refers(node: Node, name: str) -> bool:
    """Is an expression a reference to a resource?"""
    call = node.intrinsic
    if call is None:
        return False
    told = call[1].text or next((item.text for item in call[1].elements()), "") or ""
    if call[0] == "Fn::Sub":
        return f"${{{name}}}" in told or f"${{{name}." in told
    return call[0] in ("Ref", "Fn::GetAtt") and told.partition(".")[0] == name


def _named(editor: Editor | None, bucket: str, name: Node, found: list[Reference]) -> tuple[Change, ...]:
    if editor is None:
        raise EditError("the template is not at hand")
    return tuple(
        Change(editor.file, editor.replace(one.node, _in_place(one.node, bucket, name))) for one in found
    )


def _in_place(node: Node, bucket: str, name: Node) -> Value:
    """What a reference to the bucket comes to, by the name. Raises ``EditError`` for what is no name and no ARN."""
    call = node.intrinsic
    if call is None:
        raise EditError("there is no reference")
    if call[0] == "Ref":
        return plain(name)
    if call[0] == "Fn::Sub" and call[1].text is not None:
        known = in_sub(name)
        text = call[1].text.replace(f"${{{bucket}.Arn}}", _ARN + known).replace(f"${{{bucket}}}", known)
        if f"${{{bucket}." in text:
            raise EditError("the reference is to more than the name")
        return sub(text) if "${" in text else text
    told = call[1].text or ".".join(item.text or "" for item in call[1].elements())
    if call[0] == "Fn::GetAtt" and told == f"{bucket}.Arn":
        return sub(_ARN + in_sub(name))
    raise EditError("the reference is to more than the name")


def _listed(lines: list[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    *first, last = lines
    return f"lines {', '.join(map(str, first))} and {last}"
