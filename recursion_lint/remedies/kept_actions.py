"""What else a permission allows that closes a loop, and that must stay when its writes are taken away or moved.

``s3:DeleteObject`` starts no trigger on new objects, so a remedy has no reason to take it from code that calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.action_matching import relevant_actions
from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.remedies.channels import with_tail
from recursion_lint.services.registry import by_name, declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Call, Value, sub
from recursion_lint.template.yaml.nodes import Node

Uncalled = Callable[[Collection[str]], "frozenset[str] | None"]
"""Those of some actions that the code surely does not call; ``None`` where not all of it was read."""


def allowed(template: str) -> list[str]:
    """The actions of a policy template."""
    found = catalog.policy_template(template)
    return [action for one in found.statements for action in one.actions] if found is not None else []


def firing(pattern: str, service: str, events: frozenset[str] | None) -> frozenset[str]:
    """The names of the actions on a service that a pattern allows and that make one of ``events`` (``None``: any)."""
    table = by_name()[service].writes
    names = relevant_actions((pattern,), (), (service,)).get(service, ())
    return frozenset(name for name in names if not table[name] or events is None or table[name] & events)


def kept_of_template(
    template: str, reads: str, service: str, events: frozenset[str] | None, uncalled: Uncalled
) -> list[str]:
    """The actions of a policy template that start nothing and that ``reads``, the template of its reads, lacks.

    All but what the code does not call. Where that is not known those of a template that does nothing but write go with
    the write: they are there for it.
    """
    if service not in by_name():
        return []
    left = allowed(reads)
    found = [one for one in allowed(template) if one not in left and not firing(one, service, events)]
    spared = uncalled(found) if found else frozenset()
    if spared is None:
        return found if reads else []
    return [one for one in found if one not in spared]


def kept_of_pattern(
    pattern: str, reading: Sequence[str], service: str, events: frozenset[str] | None, uncalled: Uncalled
) -> list[str]:
    """The actions that a pattern such as ``s3:Put*`` allows beside its writes, but for what the code does not call."""
    prefix, _, _ = (
        pattern.partition(":") if ":" in pattern else (by_name()[service].prefix or service, "", "")
    )
    fires = firing(pattern, service, events)
    names = relevant_actions((pattern,), (), (service,)).get(service, ())
    found = [
        f"{prefix}:{name}"
        for name in by_name()[service].writes
        if name in names
        and name not in fires
        and not any(matches_action(one, prefix, name) for one in reading)
    ]
    spared = uncalled(found) if found else frozenset()
    return [one for one in found if one not in (spared or ())]


def statement_of(
    template: str, parameter: str, argument: Node | None, service: str, actions: Sequence[str]
) -> Value:
    """A policy that allows ``actions`` on what a policy template with this ``argument`` allows them on.

    What is done to objects is allowed on the objects alone, not on their bucket.
    """
    found = catalog.policy_template(template)
    statements = found.statements if found is not None else ()
    patterns = dict.fromkeys(
        pattern
        for one in statements
        if any(action in one.actions for action in actions)
        for pattern in one.resources
        if "/" in pattern or not (declared(service).keyed and _on_objects(service, actions))
    )
    name = in_sub(argument)
    resources: list[Value] = [sub(pattern.replace("{" + parameter + "}", name)) for pattern in patterns]
    statement: Value = {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": resources[0] if len(resources) == 1 else resources,
    }
    return {"Statement": [statement]}


def _on_objects(service: str, actions: Sequence[str]) -> bool:
    return all(action.partition(":")[2] in by_name()[service].writes for action in actions)


def in_sub(node: Node | None) -> str:
    """An expression as a part of the text of ``Fn::Sub``. Raises ``EditError`` for one that cannot be."""
    value = with_tail(node, "", "")
    if isinstance(value, str):
        return value.replace("${", "${!")
    if isinstance(value, Call) and value.name == "Fn::Sub" and isinstance(value.argument, str):
        return value.argument
    raise EditError("the expression cannot be a part of an ARN")
