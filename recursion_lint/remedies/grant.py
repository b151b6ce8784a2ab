"""A permission in the text of a template: taking a write away from it, or turning it elsewhere."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, NamedTuple

from recursion_lint.graph.cycle_search import Step
from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Statement
from recursion_lint.model.text import Symbol, Text, after, render
from recursion_lint.patterns.keys import decide
from recursion_lint.remedies.case import Case, Change
from recursion_lint.remedies.channels import with_tail
from recursion_lint.remedies.kept_actions import (
    Uncalled,
    allowed,
    firing,
    in_sub,
    kept_of_pattern,
    kept_of_template,
    statement_of,
)
from recursion_lint.remedies.statement_text import again, keep_actions
from recursion_lint.services.naming import channel_named, resource_forms
from recursion_lint.services.registry import by_name, declared
from recursion_lint.template.yaml.document import Trail
from recursion_lint.template.yaml.edits import Edit, EditError, Editor
from recursion_lint.template.yaml.emitter import Value, sub
from recursion_lint.template.yaml.nodes import Node

READS: Mapping[str, str] = {
    "S3CrudPolicy": "S3ReadPolicy",
    "S3FullAccessPolicy": "S3ReadPolicy",
    "DynamoDBCrudPolicy": "DynamoDBReadPolicy",
}
"""The policy template that keeps the reads of another.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
"""
WRITES: Mapping[str, str] = {"S3CrudPolicy": "S3WritePolicy", "S3FullAccessPolicy": "S3WritePolicy"}


class Aim(NamedTuple):
    """Where a write is turned: another argument of a policy template, another resource of a statement.

    Both are given the expression that stands there; ``resource`` also what follows the channel's name in it.
    """

    argument: Callable[[Node | None], Value]
    resource: Callable[[str, Node], Value]


class Grant(NamedTuple):
    """One statement in the text. ``trail`` leads to a policy template's arguments, or to an inline statement.

    ``events`` are those that the trigger takes; what makes no such event stays, but for what is ``uncalled``.
    """

    kind: Literal["template", "inline"]
    statement: Statement
    editor: Editor
    trail: Trail
    channel: Endpoint
    events: frozenset[str] | None
    uncalled: Uncalled

    @property
    def kept(self) -> list[str]:
        """The actions of a policy template that must stay beside its reads."""
        name = self.statement.label
        return kept_of_template(name, READS.get(name, ""), self.channel.service, self.events, self.uncalled)


def grants(case: Case, step: Step) -> list[Grant]:
    """The statements that allow the write of ``step``. Raises ``EditError`` for one that is not in the text."""
    if step.write is None:
        raise EditError("nothing is granted here")
    accepted = step.end.trigger.accepts.events
    uncalled = partial(case.uncalled, step)
    return [_grant(case, found, step.write.channel, accepted, uncalled) for found in case.statements(step)]


def _grant(
    case: Case, statement: Statement, channel: Endpoint, events: frozenset[str] | None, uncalled: Uncalled
) -> Grant:
    editor, trail = case.locate(statement.span)
    if statement.managed:
        raise EditError(f"{statement.label} is a managed policy")
    name = trail.path[-1]
    if name == statement.label and catalog.policy_template(str(name)) is not None:
        return Grant("template", statement, editor, trail, channel, events, uncalled)
    for at in range(len(trail.parents) - 1, 0, -1):
        found = trail.parents[at]
        if found.kind == "map" and (found.get("Action") is not None or found.get("NotAction") is not None):
            return Grant(
                "inline",
                statement,
                editor,
                Trail(found, trail.path[:at], trail.parents[:at]),
                channel,
                events,
                uncalled,
            )
    raise EditError("the statement is not written in the template")


def keeps_reads(case: Case, step: Step) -> bool:
    """Does what grants the write grant something else on the channel, so that the write may be an accident?"""
    try:
        return any(
            found.statement.label in READS
            if found.kind == "template"
            else bool(_actions(found._replace(uncalled=frozenset))[1])
            for found in grants(case, step)
        )
    except EditError:
        return False


def whole_service(case: Case, step: Step) -> str:
    """The pattern for all actions of the service, where a statement allows the write by one; empty elsewhere."""
    prefix = declared(step.end.trigger.channel.service).prefix or step.end.trigger.channel.service
    given = [action for one in case.statements(step) for action in one.actions]
    return next((action for action in given if action == f"{prefix}:*"), "")


def cut(grant: Grant) -> list[Edit]:
    """Take away what lets the actor write to the channel; its reads stay."""
    if grant.kind == "template":
        return _cut_template(grant)
    return _cut_inline(grant)


def objects(grant: Grant, keys: str) -> Value:
    """Some objects of the bucket that a statement allows to write to, as it is named there."""
    if grant.kind == "template":
        argument = grant.trail.node.get(_only_parameter(grant.statement.label))
        return sub("arn:${AWS::Partition}:s3:::" + in_sub(argument) + "/" + keys)
    hit, _ = _resources(grant)
    node, tail = next(((node, tail) for node, tail in hit.items() if tail), (None, ""))
    return with_tail(node, tail, "/" + keys)


def cut_everywhere(grant: Grant) -> list[Edit]:
    """Take away what lets the actor write to any channel of the kind that the statement names or means."""
    if grant.kind == "template":
        return _cut_template(grant)
    writes, reads = _actions(grant)
    if not writes:
        return []
    return [keep_actions(grant.editor, grant.trail.node, reads) if reads else _without_statement(grant)]


def taken(grant: Grant) -> list[str]:
    """The action patterns that ``cut`` takes away, those that it puts back included: who uses one is no mere reader."""
    if grant.kind == "template":
        kept = allowed(READS.get(grant.statement.label, ""))
        return [action for action in allowed(grant.statement.label) if action not in kept]
    _, reads = _actions(grant)
    given = grant.trail.node.get("Action")
    items = given.each() if given is not None else []
    return [item.text for item in items if item not in reads and item.text is not None]


def turn(grant: Grant, aim: Aim) -> list[Edit]:
    """Let the actor write where ``aim`` says instead; its reads of the channel stay."""
    if grant.kind == "template":
        return _turn_template(grant, aim, WRITES.get(grant.statement.label, grant.statement.label))
    return _turn_inline(grant, aim)


def narrow(grant: Grant, aim: Aim) -> list[Edit]:
    """Let the actor write to what ``aim`` says alone, where it may write to what a pattern means; its reads stay."""
    name, editor = grant.statement.label, grant.editor
    if grant.kind == "template":
        return _turn_template(grant, aim, name)
    writes, reads = _movable(grant)
    given = grant.trail.node.get("Resource")
    if not writes or given is None or len(items := given.each()) != 1:
        raise EditError("the resources of the statement are several")
    turned = aim.resource("/*" if declared(grant.channel.service).keyed else "", items[0])
    if not reads:
        return [editor.replace(items[0], turned)]
    moved = again(editor, grant.trail.node, writes, [], [turned])
    return [keep_actions(editor, grant.trail.node, reads), _beside(grant, moved)]


def changes(found: list[Grant], edits: Callable[[Grant], list[Edit]]) -> tuple[Change, ...]:
    return tuple(Change(grant.editor.file, edit) for grant in found for edit in edits(grant))


# --- policy templates --------------------------------------------------------------------------------


def _item(grant: Grant) -> tuple[Node, Node, int]:
    """The list of policies, the item that holds the template, and its index."""
    item, policies, index = grant.trail.parents[-1], grant.trail.parents[-2], grant.trail.path[-2]
    if len(item.items()) != 1 or policies.kind != "list" or not isinstance(index, int):
        raise EditError("the policy template is not an item of a list")
    return policies, item, index


def _cut_template(grant: Grant) -> list[Edit]:
    policies, item, index = _item(grant)
    name = grant.statement.label
    if name in READS:
        return [grant.editor.rename(item.key_span(name), READS[name]), *_left(grant)]
    kept = grant.kept
    if kept:
        parameter = _only_parameter(name)
        left = statement_of(name, parameter, grant.trail.node.get(parameter), grant.channel.service, kept)
        return [grant.editor.swap_item(policies, index, left)]
    if len(policies.elements()) > 1:
        return [grant.editor.remove_item(policies, index)]
    return [grant.editor.remove_entry(grant.trail.parents[-3], str(grant.trail.path[-3]))]


def _only_parameter(template: str) -> str:
    found = catalog.policy_template(template)
    if found is None or len(found.parameters) != 1:
        raise EditError(f"{template} has several parameters")
    return found.parameters[0]


def _left(grant: Grant) -> list[Edit]:
    """What else than reads must stay of a policy template, as a statement after it."""
    kept = grant.kept
    if not kept:
        return []
    policies, _, index = _item(grant)
    name, parameter = grant.statement.label, _only_parameter(grant.statement.label)
    argument = grant.trail.node.get(parameter)
    return [
        grant.editor.add_item(
            policies, statement_of(name, parameter, argument, grant.channel.service, kept), index
        )
    ]


def _turn_template(grant: Grant, aim: Aim, writing: str) -> list[Edit]:
    """``writing`` is the template that grants the write where ``aim`` says."""
    policies, item, index = _item(grant)
    name, editor = grant.statement.label, grant.editor
    parameter = _only_parameter(name)
    argument = aim.argument(grant.trail.node.get(parameter))
    if name not in READS:
        return [editor.put(grant.trail.node, (parameter,), argument), *_left(grant)]
    added: Value = {writing: {parameter: argument}}
    reads = editor.rename(item.key_span(name), READS[name])
    return [reads, editor.add_item(policies, added, index), *_left(grant)]


# --- inline statements -------------------------------------------------------------------------------


def _cut_inline(grant: Grant) -> list[Edit]:
    node, editor = grant.trail.node, grant.editor
    writes, reads = _actions(grant)
    if not writes:
        return []  # what it allows does not fire the trigger
    hit, others = _resources(grant)
    if not reads:
        return _without(editor, node, "Resource", hit) if others else [_without_statement(grant)]
    if not others:
        return [keep_actions(editor, node, reads)]
    return [keep_actions(editor, node, reads), _beside(grant, again(editor, node, writes, others, []))]


def _turn_inline(grant: Grant, aim: Aim) -> list[Edit]:
    node, editor = grant.trail.node, grant.editor
    writes, reads = _movable(grant)
    if not writes:
        return []  # what it allows does not fire the trigger
    hit, others = _resources(grant)
    if not reads:
        return [editor.replace(item, aim.resource(tail, item)) for item, tail in hit.items()]
    turned = [
        aim.resource(tail, item)
        for item, tail in hit.items()
        if tail or not declared(grant.channel.service).keyed
    ]
    return [keep_actions(editor, node, reads), _beside(grant, again(editor, node, writes, others, turned))]


def _movable(grant: Grant) -> tuple[list[str], list[Node | str]]:
    """``_actions`` of a role's statement: a resource policy may name nothing but its own resource."""
    if grant.trail.node.get("Principal") is not None:
        raise EditError("the statement is of a resource policy")
    return _actions(grant)


def _actions(grant: Grant) -> tuple[list[str], list[Node | str]]:
    """The actions that write what the trigger takes, and the others (nodes to keep, or names to write)."""
    service = grant.channel.service
    if service not in by_name():
        raise EditError("the service of the channel is known only at deployment")
    table = by_name()[service].writes
    writes: list[str] = []
    reads: list[Node | str] = []
    given = grant.trail.node.get("Action")
    if given is None:
        raise EditError("the statement allows what it does not name")
    for item in given.each():
        if item.text is None:
            raise EditError("an action is computed")
        found = firing(item.text, service, grant.events)
        if not found:
            reads.append(item)
        elif "*" not in item.text:
            writes.append(item.text)
        else:
            prefix = item.text.partition(":")[0] if ":" in item.text else service
            writes += [f"{prefix}:{name}" for name in table if name in found]
            whole: tuple[str, ...] = ()
            if item.text in ("*", f"{service}:*"):
                if not declared(service).reading or item.text == "*":
                    raise EditError("the statement allows everything")
                whole = declared(service).reading
            reads += [*whole, *kept_of_pattern(item.text, whole, service, grant.events, grant.uncalled)]
    return writes, reads


def _resources(grant: Grant) -> tuple[dict[Node, str], list[Node]]:
    """The resources that are the channel, each with what follows its name there; and the others that may be written."""
    given = grant.trail.node.get("Resource")
    items = given.each() if given is not None else []
    if not items or len(items) != len(grant.statement.resources):
        raise EditError("the resources of the statement are computed")
    hit: dict[Node, str] = {}
    others: list[Node] = []
    reached = False
    for item, (pattern, _) in zip(items, grant.statement.resources, strict=True):
        tail = _tail(pattern, grant.channel)
        if tail is not None:
            reached = True
            hit[item] = tail
        elif channel_named(pattern, grant.channel.service) == grant.channel:
            hit[item] = ""
        elif _writable(pattern, grant.channel.service):
            others.append(item)
    if not reached:
        raise EditError("no resource of the statement names the channel")
    return hit, others


def _writable(pattern: Text, service: str) -> bool:
    """May a resource be one that the service writes to? Actions of other services have theirs in the statement too."""
    arn = split_arn(pattern)
    known = arn.service[0] if arn is not None and len(arn.service) == 1 else service
    other = known != service and isinstance(known, str)
    return not other and (not declared(service).keyed or "/" in render(pattern))


def _tail(pattern: Text, channel: Endpoint) -> str | None:
    """What follows the channel's name in an ARN pattern that reaches it; ``None`` where it does not."""
    arn = split_arn(pattern)
    if arn is None:
        return "" if channel_named(pattern, channel.service) == channel else None
    if len(arn.service) != 1 or arn.service[0] != channel.service:
        if any(not isinstance(part, str) and part.wild for part in arn.service):
            raise EditError("the statement names everything")
        return None
    forms = resource_forms(channel)
    if not any(decide([arn.resource, form]).verdict == "overlaps" for form in forms):
        return None
    if channel_named(pattern, channel.service) != channel:
        raise EditError("the statement names more than the channel")
    rest = after(arn.resource, channel.name) if channel.name else None
    if any(isinstance(part, Symbol) and not part.wild for part in rest or ()):
        raise EditError("what follows the channel's name is computed")
    return render(rest or ())


def _without(editor: Editor, node: Node, key: str, gone: Mapping[Node, str]) -> list[Edit]:
    given = node.get(key)
    if given is None or given.kind != "list":
        raise EditError(f"{key} is not a list")
    return [editor.remove_item(given, at) for at, item in enumerate(given.elements()) if item in gone]


def _without_statement(grant: Grant) -> Edit:
    """Delete a statement, and what it leaves empty above it."""
    trail, editor = grant.trail, grant.editor
    for at in range(len(trail.path) - 1, 1, -1):
        holder, part = trail.parents[at], trail.path[at]
        listed = isinstance(part, int) and trail.path[at - 1] in ("Statement", "Policies")
        if listed and len(holder.elements()) > 1:
            return editor.remove_item(holder, int(part))
        if part in ("Policies",) and at == 3:
            return editor.remove_entry(holder, str(part))
    raise EditError("the statement is all that its policy holds")


def _beside(grant: Grant, statement: Value) -> Edit:
    """A statement after that of the grant."""
    holder, part = grant.trail.parents[-1], grant.trail.path[-1]
    if holder.kind == "list" and isinstance(part, int):
        return grant.editor.add_item(holder, statement, part)
    raise EditError("the statement is not an item of a list")
