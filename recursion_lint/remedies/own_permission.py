"""Is a permission a function's alone, and for nothing but its code? Only then does it need what its code needs.

A role may serve other functions, other services, other accounts; a destination or a dead-letter queue is reached by the
role too: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.graph.cycle_search import Step
from recursion_lint.model.facts import Write
from recursion_lint.remedies import grant
from recursion_lint.remedies.case import Case, Place
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Call, ref
from recursion_lint.template.yaml.nodes import Node, walk

_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
_LAMBDA = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")


def is_for_its_code_alone(case: Case, step: Step) -> bool:
    """Does what allows the write of ``step`` serve the code of its function and nothing else, as far as is written?"""
    if step.write is None or case.sharers(step):
        return False
    write = step.write
    if any(one.actor == write.actor and one.channel == write.channel for one in _declared_writes(case)):
        return False
    statements = case.statements(step)
    if any(statement.through is not None for statement in statements):
        return False
    holders = (actor for one in statements for actor in case.graph.grants.holders(one.span))
    if any(actor != write.actor for actor in holders):
        return False
    place = case.place(write.actor)
    try:
        found = grant.grants(case, step)
        return place is not None and all(_in_own_policy(one, place) for one in found) and _own_role(place)
    except EditError:
        return False


def role_of(place: Place) -> Call:
    """The name of the role of a function: what ``Roles`` of a policy takes."""
    given = place.body.get("Properties", "Role")
    if given is None:
        if place.type != "AWS::Serverless::Function":
            raise EditError("the function has no role")
        return ref(f"{place.id}Role")
    call = given.intrinsic
    if call is not None and call[0] == "Fn::GetAtt":
        name = (call[1].text or "").partition(".")[0] or (
            call[1].elements()[0].text if call[1].elements() else ""
        )
        if name:
            return ref(name)
    if call is not None and call[0] == "Fn::Sub" and (call[1].text or "").endswith(".Arn}"):
        return ref((call[1].text or "")[2:-5])
    raise EditError("the role is not in the template")


def _declared_writes(case: Case) -> Iterator[Write]:
    return (write for facts in case.graph.facts for write in facts.writes)


def _in_own_policy(found: grant.Grant, place: Place) -> bool:
    """Does the statement stand in the function, its role, or a policy of that role alone?"""
    holder = found.trail.parents[2]
    kind = (node.text or "") if (node := holder.get("Type")) is not None else ""
    if found.editor is not place.editor or kind == "AWS::IAM::ManagedPolicy":
        return False
    if kind not in _ATTACHED:
        return True
    users = [holder.get("Properties", name) for name in ("Users", "Groups")]
    roles = holder.get("Properties", "Roles")
    return not any(users) and (roles is None or len(roles.elements()) == 1)


def _own_role(place: Place) -> bool:
    """Is the function's role declared beside it, trusted for Lambda alone, and referred to by nothing else?"""
    resources = place.editor.root.get("Resources")
    name = str(role_of(place).argument)
    if resources is None:
        return False
    role = resources.get(name)
    given = place.body.get("Properties", "Role") is not None
    if given and (
        role is None or not _trusts_lambda_alone(role.get("Properties", "AssumeRolePolicyDocument"))
    ):
        return False
    for key, body in resources.items():
        type_ = body.get("Type")
        mine = key in (place.id, name) or (type_ is not None and type_.text in _ATTACHED)
        if not mine and refers(body, name):
            return False
    outputs = place.editor.root.get("Outputs")
    return outputs is None or not refers(outputs, name)


def _trusts_lambda_alone(document: Node | None) -> bool:
    if document is None:
        return False
    texts = [node.text for node in walk(document) if node.text is not None]
    services = [text for text in texts if ".amazonaws.com" in text]
    principals = [node.get("Principal") for node in walk(document) if node.kind == "map"]
    named = [one for one in principals if one is not None]
    return (
        bool(named)
        and all(one.kind == "map" and [key for key, _ in one.items()] == ["Service"] for one in named)
        and bool(services)
        and all(text in _LAMBDA for text in services)
    )


def refers(node: Node, name: str) -> bool:
    """Does anything below ``node`` name a resource: ``Ref``, ``GetAtt``, ``Sub``, ``DependsOn``?"""
    return any(
        text == name or text.startswith(f"{name}.") or f"${{{name}}}" in text or f"${{{name}." in text
        for one in walk(node)
        if (text := one.text) is not None
    )
