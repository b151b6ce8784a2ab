"""What the linter makes of a template, in a normal form that two spellings of one template share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint import rules
from recursion_lint.assessment.assess import assess
from recursion_lint.config import Config
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.iam.evaluation.action_matching import relevant_actions
from recursion_lint.model.described import Described
from recursion_lint.model.facts import Facts, Statement
from recursion_lint.run.collect import collect
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.registry import by_name


class Reading(NamedTuple):
    """Sets of plain tuples: loops, triggers, declared writes, and what roles may do."""

    findings: frozenset[Any]
    triggers: frozenset[Any]
    writes: frozenset[Any]
    granted: frozenset[Any]
    allowed: frozenset[Any]
    declared: frozenset[Any]
    mentions: frozenset[Any]
    circular: frozenset[Any]
    said: frozenset[Any]
    """All statements but those of managed policies, whatever they are about; only compared where a test asks."""


def read(path: str, template: dict[str, Any], text: str | None = None) -> Reading:
    """The reading of ``template`` at ``path``; of its ``text`` in place of the file's if given."""
    made = _made_conditions(template)
    intake = collect([path], Config(), {} if text is None else {path: text})
    assert intake.problems == (), intake.problems
    facts = intake.all_facts()
    found = assess(facts, rules)
    graph = found.graph
    return Reading(
        frozenset(_finding(one) for one in found.findings),
        _settled(made, (item for each in facts for one in each.triggers for item in _triggers(one))),
        _settled(made, (_write(one) for each in facts for one in each.writes)),
        _settled(made, (_write(write) for actor in graph.actors for write, _ in graph.grants.writes(actor))),
        _settled(made, _allowed(graph)),
        frozenset((one.endpoint, one.arn, one.bounds) for each in facts for one in each.declared),
        _settled(made, _mentions(facts)),
        _settled(
            made,
            ((one.nodes[0].resource, one.requires) for each in facts for one in each.circular if one.nodes),
        ),
        _settled(made, _said(graph)),
    )


def _made_conditions(template: dict[str, Any]) -> dict[str, Any]:
    """The conditions that are only a ``Not`` or an ``And`` of others, as SAM makes them."""
    given = template.get("Conditions") or {}
    return {
        name: expression
        for name, expression in given.items()
        if isinstance(expression, dict) and expression.keys() <= {"Fn::Not", "Fn::And", "Condition"}
    }


def _settled(made: Mapping[str, Any], items: Iterable[Any]) -> frozenset[Any]:
    """The items, each with what it requires (its last part) in terms of other conditions; the impossible ones left out."""
    found = set()
    for *item, requires in items:
        needed = {part for one in requires for part in _opened_condition(made, {"Condition": one[1]}, one[2])}
        if not any((name, not holds) in needed for name, holds in needed):
            found.add((*item, frozenset(needed)))
    return frozenset(found)


def _opened_condition(made: Mapping[str, Any], expression: Any, holds: bool) -> Iterator[tuple[str, bool]]:
    name = expression.get("Condition") if isinstance(expression, dict) else None
    if isinstance(name, dict):
        yield from _opened_condition(made, name, holds)
    elif name is not None and name not in made:
        yield name, holds
    elif name is not None:
        yield from _opened_condition(made, made[name], holds)
    elif "Fn::Not" in expression:
        yield from _opened_condition(made, expression["Fn::Not"][0], not holds)
    elif "Fn::And" in expression and holds:
        for part in expression["Fn::And"]:
            yield from _opened_condition(made, part, True)
    else:
        yield json.dumps(expression, sort_keys=True), holds


_BETWEEN = ("AWS::Events::Rule", "AWS::IoT::TopicRule", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy")


def _finding(one: Any) -> Any:
    cycle = [node.resource for node in one.cycle if node.type not in _BETWEEN]
    first = min(range(len(cycle)), key=cycle.__getitem__, default=0)
    return (
        one.rule,
        one.severity,
        one.confidence,
        tuple(cycle[first:] + cycle[:first]),
        tuple(sorted(re.sub(r"\bline \d+", "", said) for said in one.because)),
        tuple(sorted(one.guards)),
        tuple(sorted(one.safety_nets)),
        one.runtime_protection,
    )


def _triggers(one: Any) -> Iterator[Any]:
    """One for each type of event: SAM writes a notification of two types as two notifications."""
    for event in one.accepts.events or (None,):
        accepts = one.accepts._replace(content=_frozen(one.accepts.content), events=event)
        yield (
            one.channel,
            one.consumer,
            one.kind,
            accepts,
            one.delivery,
            one.evidence,
            one.guards,
            one.requires,
        )


def _write(one: Any) -> Any:
    produces = one.produces._replace(document=_frozen(one.produces.document))
    return (one.actor, one.channel, one.kind, produces, one.evidence, one.only_after, one.requires)


def _mentions(facts: list[Facts]) -> Iterator[Any]:
    """Values that name something: whatever else stands in the environment is no matter of SAM's."""
    declared = {one.endpoint for each in facts for one in each.declared}
    names = {one.name for one in declared}
    for each in facts:
        for mention in each.mentions:
            meant = endpoint_of(mention.value, "?")
            if meant in declared or meant.name in names:
                yield mention.actor, mention.name, meant, mention.requires


def _allowed(graph: EventGraph) -> Iterator[Any]:
    """What an actor's roles say, action by action and resource by resource."""
    for actor in graph.actors:
        for statement, requires in graph.grants.statements(actor):
            for *item, needed in _opened(statement):
                yield (actor, *item, requires | needed)


def _said(graph: EventGraph) -> Iterator[Any]:
    for actor in graph.actors:
        for statement, requires in graph.grants.statements(actor):
            actions = frozenset(action.lower() for action in statement.actions)
            for resource, needed in () if statement.managed else statement.resources:
                yield actor, statement.effect, actions, resource, bool(statement.condition), requires | needed


def _opened(one: Statement) -> Iterator[Any]:
    condition = tuple(sorted((operator, _frozen(keys)) for operator, keys in one.condition.items()))
    conditions = condition if "Undecided" not in one.condition else (("Undecided", ()),)
    for service, actions in relevant_actions(one.actions, one.not_actions, tuple(by_name())).items():
        if service == "logs" and one.managed:
            continue  # SAM gives every role AWSLambdaBasicExecutionRole; its ``*`` says nothing of any log group
        for action in actions:
            for resource, needed in one.resources or ((("not", *one.not_resources), frozenset()),):
                yield one.effect, service, action, resource, bool(conditions), one.managed, needed


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(child)) for key, child in value.items())
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *(_frozen(child) for child in value))
    if isinstance(value, Described):
        return (type(value).__name__, *(_frozen(getattr(value, name)) for name in value.__slots__))
    return value


def differences(ours: Reading, theirs: Reading) -> dict[str, tuple[frozenset[Any], frozenset[Any]]]:
    """What only the one reading has and what only the other has, by kind; empty where they agree."""
    found = {}
    for kind, mine, other in zip(Reading._fields, ours, theirs, strict=True):
        if mine != other and kind != "said":
            found[kind] = (mine - other, other - mine)
    return found
