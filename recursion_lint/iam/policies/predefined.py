"""What AWS's own names for permissions stand for: SAM policy templates, connectors, AWS managed policies.

The tables in ``data/`` are written by ``scripts/generate_iam_data.py``, whose docstring tells their format.
They are read when first asked for, since most templates need one of them or none.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

DATA = os.path.join(os.path.dirname(__file__), "data")

Side = Literal["source", "destination"]


class RawStatement(NamedTuple):
    """An IAM statement whose values are still plain strings.

    ``actions`` or ``not_actions`` is empty, and so is ``resources`` or ``not_resources``. ``condition`` is
    the ``Condition`` object, ``True`` for one that cannot be decided from a template, or ``None``.
    """

    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: object | None


class PolicyTemplate(NamedTuple):
    """A SAM policy template: in its resources and conditions ``{Name}`` stands for the parameter ``Name``.

    ``${AWS::Partition}``, ``${AWS::Region}`` and ``${AWS::AccountId}`` stay as in ``Fn::Sub``.
    """

    parameters: tuple[str, ...]
    statements: tuple[RawStatement, ...]


class ConnectorGrant(NamedTuple):
    """What a connector adds to the role of one of its sides.

    Resources hold ``%{Source.Arn}``, ``%{Destination.Arn}`` or ``%{Destination.Name}`` for the two ends.
    """

    role: Side
    statements: tuple[RawStatement, ...]


@cache
def policy_template(name: str) -> PolicyTemplate | None:
    """The SAM policy template of that name, or ``None`` when SAM has none.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
    """
    raw = _table("sam_policy_templates")["templates"].get(name)
    return None if raw is None else PolicyTemplate(tuple(raw["parameters"]), _statements(raw["statements"]))


def policy_template_names() -> tuple[str, ...]:
    """All names that ``policy_template`` knows, sorted."""
    return tuple(_table("sam_policy_templates")["templates"])


@cache
def connector(source_type: str, destination_type: str, category: str) -> ConnectorGrant | None:
    """What ``Permissions: [category]`` (``Read`` or ``Write``) of a connector between two types grants.

    Types are those after the SAM transform (``AWS::Lambda::Function``). ``None`` when SAM supports no such
    connector, or when it only lets a service deliver (a topic, queue or function policy): no role gains.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
    """
    raw = _table("sam_connectors")["connectors"].get(f"{source_type} > {destination_type}", {})
    if category not in ("Read", "Write") or category not in raw:
        return None
    return ConnectorGrant(raw["role"], _statements(raw[category]))


@cache
def managed_policy(arn_or_name: str) -> tuple[RawStatement, ...] | None:
    """The statements of an AWS managed policy by which a role can cause an event, or call a whole service.

    ``arn_or_name`` is an ARN of any partition, a path and name (``service-role/AWSLambdaRole``), or a bare
    name, as SAM resolves it. ``()``: the policy is known and holds nothing relevant; ``None``: unknown (a
    customer's policy, or one that AWS has withdrawn or added since). See ``recorded_actions``.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
    """
    head, separator, name = arn_or_name.partition(":iam::aws:policy/")
    if not separator:
        name = _full_names().get(arn_or_name, arn_or_name)
    elif not head.startswith("arn:"):
        return None
    # Service-linked roles belong to their service: such a policy never reaches a template's role.
    if name.startswith("aws-service-role/"):
        return ()
    raw = _table("managed_policies")["policies"].get(name)
    if raw is not None:
        return _statements(raw)
    return () if name in _full_names().values() else None


@cache
def recorded_actions() -> frozenset[str]:
    """The actions for which the statements of ``managed_policy`` are complete.

    Any other action is found there only through ``*`` or ``service:*`` on all resources.
    """
    actions: Mapping[str, str] = _table("managed_policies")["actions"]
    return frozenset(f"{service}:{name}" for service, names in actions.items() for name in names.split())


@cache
def _table(name: str) -> Mapping[str, Any]:
    with open(os.path.join(DATA, f"{name}.json"), encoding="utf-8") as stream:
        table: Mapping[str, Any] = json.load(stream)
    return table


@cache
def _full_names() -> Mapping[str, str]:
    """Bare name -> path and name of every AWS managed policy on record; AWS uses no name in two paths."""
    table = _table("managed_policies")
    names = [prefix + rest for prefix, text in table["nothing_relevant"].items() for rest in text.split()]
    return {name.rpartition("/")[2]: name for name in (*names, *table["policies"])}


def _statements(raw: list[Mapping[str, Any]]) -> tuple[RawStatement, ...]:
    return tuple(
        RawStatement(
            effect=one.get("Effect", "Allow"),
            actions=_actions(one.get("Action", "")),
            not_actions=_actions(one.get("NotAction", "")),
            resources=tuple(one.get("Resource", "" if "NotResource" in one else "*").split()),
            not_resources=tuple(one.get("NotResource", "").split()),
            condition=one.get("Condition"),
        )
        for one in raw
    )


def _actions(text: str) -> tuple[str, ...]:
    """Undo the shortening of ``s3:GetObject PutObject``: a name without a service has the one before it."""
    service, actions = "", []
    for word in text.split():
        if ":" in word:
            service = word.partition(":")[0] + ":"
            actions.append(word)
        else:
            actions.append(service + word)
    return tuple(actions)
