"""AWS IoT Core: topic rules, what they start and where they republish.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html
https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.facts import Accepts, Endpoint, Produces, Switch, Trigger, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, Part, Symbol, Text, render, split_text, strip_prefix, text
from recursion_lint.services.declaration import ArnForm, Price, Service, WayOut
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.registry import declared, iot_actions
from recursion_lint.services.switches import YES, switched_by
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

TOPICS = Endpoint("iot", ("MQTT topics",))
"""An account has one message broker a region; what passes on it is told apart by topic."""

_TABLES = (("DynamoDB", ("TableName",)), ("DynamoDBv2", ("PutItem", "TableName")))
_PAYLOADS = ("Republish", "S3", "DynamoDB", "DynamoDBv2")
_FROM = re.compile(r"\bFROM\s+(?:'([^']*)'|\"([^\"]*)\")", re.IGNORECASE)
_WHERE = re.compile(r"\bWHERE\s+(.*)", re.IGNORECASE | re.DOTALL)
_WHOLE = re.compile(r"\s*SELECT\s+\*\s+FROM\b", re.IGNORECASE)
_CHANGING = re.compile(
    r"\b(topic|timestamp|newuuid|rand|traceid|clientid|principal|get_\w+|aws_\w+)\s*\(", re.IGNORECASE
)

_ONE_LEVEL = re.compile(r"(newuuid|timestamp)\(\s*\)", re.IGNORECASE)
"""Functions that give a number or a UUID: no slash is in them."""


class Sql(NamedTuple):
    """A rule's statement: its topic filter and its ``WHERE`` clause.

    ``stable``: what passes would pass again. ``hidden``: a value that the template does not hold may have the filter.
    """

    topic_filter: Text | None
    where: str
    stable: bool
    hidden: bool = False


def read_rule(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::IoT::TopicRule``; ``RuleDisabled: true`` is a trigger that must be switched on."""
    resolver = reading.resolver
    payload = resolver.one(resource.get("TopicRulePayload"))
    if payload is None:
        return
    rule, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, rule)
    key = "RuleDisabled"
    for running, switch in switched_by(reading, resource, (key, payload.get(key)), "rule", needed, YES):
        yield from _run(reading, resource, payload, running, switch)


def _run(
    reading: Reading, resource: Resource, payload: Node, needed: Requires, switch: Switch | None
) -> Iterator[Fact]:
    """What a rule takes and does, where it runs."""
    resolver, rule = reading.resolver, reading.endpoint(resource)
    sql = read_sql(resolver.text(payload.get("Sql")) or ())
    undecided = f"the WHERE clause of {resource.id} ({sql.where})" if sql.where else ""
    # Basic Ingest reaches a rule by its name, past its topic filter, which it need not have.
    direct = text(["$aws/rules/", *rule.name]), text(["$aws/rules/", *rule.name, "/#"])
    topics: tuple[Text, ...] = (sql.topic_filter, *direct) if sql.topic_filter else direct
    if sql.hidden:
        topics, undecided = (), f"the topics of {resource.id} cannot be read from its SQL statement"
        yield Note(resource.span, undecided)
    accepts = Accepts(topics=topics, undecided=undecided)
    node = payload.get("Sql")
    span = node.span if node is not None and resource.declared_type else resource.span
    shown = render(sql.topic_filter) if sql.topic_filter else "some topics"
    reason = f"messages on {shown} start {{target}}"
    start = Trigger(TOPICS, rule, reason, span, accepts=accepts, switch=switch)
    via = (resource.id,) if resource.declared_type else ()  # the rule of a SAM event has no id of its own
    actions = list(_actions(reading, payload, needed))
    for action, failed, more in actions:
        yield from _forwards(reading, start._replace(via=via), action, failed, more)
        yield from _writes(reading, rule, sql, undecided, action, failed, more)
    if any(action.get(name) is not None for action, _, _ in actions for name in _PAYLOADS):
        yield start._replace(requires=needed)


def _actions(reading: Reading, payload: Node, requires: Requires) -> Iterator[tuple[Node, str, Requires]]:
    for action, more in reading.resolver.items(payload.get("Actions"), requires):
        yield action, "", more
    for action, more in reading.resolver.branches(payload.get("ErrorAction"), requires):
        yield action, "when an action fails, ", more


def _forwards(
    reading: Reading, start: Trigger, action: Node, failed: str, requires: Requires
) -> Iterator[Trigger]:
    for path, service in iot_actions().items():
        node = reading.resolver.one_below(action, *path.split("."))
        carries = node is not None and declared(service).carries
        for target, more in reading.endpoints(node, service, requires):
            verb = "go to" if carries else "start"
            through = f" through {start.via[0]}" if start.via else ""
            yield start._replace(
                consumer=target,
                reason=f"{failed}{start.reason.replace('start {target}', '')}{verb} {{target}}{through}",
                kind="forward" if carries else "trigger",
                requires=more,
            )


def _writes(
    reading: Reading, rule: Endpoint, sql: Sql, undecided: str, action: Node, failed: str, requires: Requires
) -> Iterator[Write]:
    resolver = reading.resolver
    node = resolver.one_below(action, "Republish", "Topic")
    for topic, more in resolver.texts(node, requires):
        if node is not None:
            made = filled(topic, sql.topic_filter, rule)
            passes = (undecided,) if sql.stable and not failed else ()
            reason = f"{failed}{{source}} republishes to {render(topic)}"
            yield Write(
                rule,
                TOPICS,
                reason,
                node.span,
                "forward",
                Produces(topics=(made,), passes=passes),
                requires=more,
            )
    for kind, path in _TABLES:
        node = resolver.one_below(action, kind, *path)
        for table, more in reading.endpoints(node, "dynamodb", requires):
            if node is not None:
                put = Produces(frozenset({"INSERT", "MODIFY"}))
                yield Write(
                    rule,
                    table,
                    f"{failed}{{source}} puts items into {{target}}",
                    node.span,
                    "write",
                    put,
                    requires=more,
                )
    node = resolver.one_below(action, "S3", "BucketName")
    for bucket, more in reading.endpoints(node, "s3", requires):
        if node is not None:
            key = filled(
                resolver.text(resolver.one_below(action, "S3", "Key")) or (ANY,), sql.topic_filter, rule
            )
            put = Produces(frozenset({"s3:ObjectCreated:Put"}), (text([*bucket.name, "/", *key]),))
            yield Write(
                rule,
                bucket,
                f"{failed}{{source}} puts objects into {{target}}",
                node.span,
                "write",
                put,
                requires=more,
            )


def read_sql(statement: Text) -> Sql:
    """The parts of a rule's SQL statement that say which messages it takes."""
    # A symbol is read as one letter that is part of no word; where it stands tells it from the same letter.
    parts: list[tuple[int, Symbol]] = []
    plain = ""
    for part in statement:
        if isinstance(part, Symbol):
            parts.append((len(plain), part))
        plain += "…" if isinstance(part, Symbol) else part
    found, where = _FROM.search(plain), _WHERE.search(plain)
    condition = " ".join(where[1].split()) if where else ""
    stable = bool(_WHOLE.match(plain)) and not _CHANGING.search(condition)
    if found is None:
        return Sql(None, condition, stable, hidden=bool(parts) or not plain)
    at, end = found.span(1 if found[1] is not None else 2)
    topic: list[Part] = []
    for place, symbol in parts:
        if at <= place < end:
            topic += [plain[at:place], symbol]
            at = place + 1
    return Sql(text([*topic, plain[at:end]]), condition, stable)


def filled(template: Text, topic_filter: Text | None, rule: Endpoint) -> Text:
    """A topic or key with its substitution templates: ``${topic(2)}`` from the filter, the others of unknown value.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
    """
    parts: list[str | Symbol] = []
    for part in template:
        if isinstance(part, Symbol):
            parts.append(part)
            continue
        for at, piece in enumerate(re.split(r"\$\{([^}]*)\}", part)):
            if at % 2:
                parts += _substituted(piece.strip(), topic_filter, rule)
            else:
                parts.append(piece.replace("$$", "$"))
    return text(parts)


def _substituted(expression: str, topic_filter: Text | None, rule: Endpoint) -> Text:
    """What an expression stands for. ``topic(2)`` is one segment of the topic, so there is no slash in it.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-function-topic
    """
    call = re.fullmatch(r"topic\(\s*(\d*)\s*\)", expression)
    one_level = _ONE_LEVEL.fullmatch(expression) or (call is not None and call[1])
    unknown = Symbol("level" if one_level else "unknown", expression, render(rule.name))
    if call is None or topic_filter is None:
        return (unknown,)
    levels = split_text(topic_filter, "/")
    wild = [level in (("+",), ("#",)) for level in levels]
    if call[1]:
        at = int(call[1]) - 1
        known = 0 <= at < len(levels) and not any(wild[at : at + 1]) and ("#",) not in levels[:at]
        return levels[at] if known else (unknown,)
    parts: list[str | Symbol] = []
    for at, level in enumerate(levels):
        kind = "unknown" if level == ("#",) else "level"
        parts += ["/"] if at else []
        parts += [Symbol(kind, f"topic({at + 1})", render(rule.name))] if wild[at] else level
    return text(parts)


def granted_topics(patterns: tuple[Text, ...], actions: frozenset[str]) -> tuple[Text, ...]:
    """The topics that a statement's resources stand for: ``topic/…``, or the shadow topics of a ``thing/…``."""
    found: list[Text] = []
    publishes, shadows = actions & {"Publish", "RetainPublish"}, "UpdateThingShadow" in actions
    for pattern in patterns:
        topic, thing = strip_prefix(pattern, "topic/"), strip_prefix(pattern, "thing/")
        if pattern[0] == ANY:
            topic, thing = (ANY,), (ANY,)
        if publishes and topic:
            found.append(topic)
        if shadows and thing:
            found.append(text(["$aws/things/", *thing, "/shadow/", ANY]))
    return tuple(found)


def published_topics(operation: str, named: tuple[Text, ...]) -> tuple[Text, ...]:
    """The topics that a call of a handler's code publishes to: those that it names, or the shadow topics of a thing."""
    if operation.endswith(".UpdateThingShadow"):
        return tuple(text(["$aws/things/", *thing, "/shadow/", ANY]) for thing in named)
    return named


SERVICE = Service(
    name="iot",
    product="IoT Core",
    rule="iot-loop",
    kinds=(ResourceKind("AWS::IoT::TopicRule", "iot", "iot:@:rule/{}", "RuleName", "name", {"Arn": "arn"}),),
    writes={"Publish": frozenset(), "RetainPublish": frozenset(), "UpdateThingShadow": frozenset()},
    readers={"AWS::IoT::TopicRule": read_rule},
    shared=True,
    topics=granted_topics,
    published=published_topics,
    arn=ArnForm("topic/"),
    way_out=WayOut(
        "other-topic",
        "Publish from {actor} outside the topics of its rule",
        "publish to a topic that the FROM clause does not take; avoid # at the end of it",
        narrowed=(
            "Allow {actor} to publish to the topics of its code alone",
            "name these topics in the Resource of the statement, in place of its pattern",
        ),
    ),
    verb="publish to",
    precedence=9,
    price=Price(
        "https://aws.amazon.com/iot-core/pricing/",
        event=(1e-6, 1.3e-6),  # a message; a rule and an action
        waits=(0.05, 0.5),
        most=20_000,  # https://docs.aws.amazon.com/general/latest/gr/iot-core.html
    ),
)
