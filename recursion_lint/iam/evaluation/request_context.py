"""What requests carry for condition keys: what a template shows of the caller, and keys that an action never carries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from recursion_lint.iam.evaluation.conditions import OF_EVENTS, Condition, Known, left_of
from recursion_lint.model.facts import Endpoint, Role
from recursion_lint.model.text import Text, text
from recursion_lint.template.resource_types import ACCOUNT, arn_text

_PRINCIPAL_TAG = "aws:principaltag/"
_SOURCE_FUNCTION = "lambda:sourcefunctionarn"


_OF_ANY_ROLE: Mapping[str, Known] = {
    "aws:principaltype": (("AssumedRole",),),
    "aws:principalisawsservice": (("false",),),
    "aws:username": (),
    "aws:sourcearn": (),
    "aws:sourceaccount": (),
    "aws:sourceorgid": (),
    "aws:multifactorauthage": (),
}
"""What requests by the role of a function or a task carry. Only a service that calls for a resource names a source."""


def of_role(key: str, role: Text, declared: Iterable[Role]) -> Known | None:
    """What requests by a role carry for a key (in lower case), as far as the templates show it."""
    roles = tuple(declared)
    if key in _OF_ANY_ROLE:
        return _OF_ANY_ROLE[key]
    if key == "aws:principalaccount":
        return ((ACCOUNT,),) if roles else None
    if key == "aws:principalarn":
        plain = bool(roles) and all(one.path == ("/",) for one in roles)
        return (arn_text("iam:@:role/{}", role),) if plain else None
    if key.startswith(_PRINCIPAL_TAG):
        return _tag(key.removeprefix(_PRINCIPAL_TAG), roles)
    return None


def _tag(name: str, roles: tuple[Role, ...]) -> Known | None:
    """The value of a tag that every declaration of the role shows. A stack's own tags may add others.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """
    found = {value for role in roles for key, value in role.tags if key.lower() == name}
    shown = all(any(key.lower() == name for key, _ in role.tags) for role in roles)
    return tuple(found) if roles and shown and len(found) == 1 else None


def of_actor(actor: Endpoint | None, key: str) -> Known | None:
    """What requests that an actor makes by its own role carry for a key (in lower case) that tells whose code it is.

    By another role they carry nothing (``None`` as the actor).
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    if key != _SOURCE_FUNCTION:
        return None
    if actor is None or actor.service != "lambda":
        return ()
    return (arn_text("lambda:@:function:{}", text(actor.name)),)


def allowed_actions(
    condition: Condition, prefix: str, actions: frozenset[str]
) -> tuple[frozenset[str], Condition]:
    """The actions (of the service with that IAM prefix) that a condition may allow, and what is left of it for them."""
    kept: dict[str, Condition] = {}
    for action in sorted(actions):
        left = left_of(condition, partial(_carried, prefix, action))
        if left is not None:
            kept[action] = left
    return frozenset(kept), min(kept.values(), key=len, default={})


def _carried(prefix: str, action: str, key: str) -> Known | None:
    return () if _lacks(prefix, action, key) else None


_OWN_KEYS = frozenset(
    (
        "s3",
        "sqs",
        "sns",
        "dynamodb",
        "kinesis",
        "firehose",
        "events",
        "states",
        "logs",
        "kafka-cluster",
    )
) | frozenset(("ses", "ecs", "batch", "kms", "iam", "sts", "secretsmanager", "lambda", "cloudwatch"))
"""Services whose condition keys (``s3:…``) are carried by requests to themselves alone.

Credentials of instances, of builds and of jobs carry keys like ``ec2:SourceInstanceARN`` and ``glue:RoleAssumedBy``
everywhere.
"""
_TAGGED = frozenset({"PutObjectTagging", "PutObjectVersionTagging", "DeleteObjectTagging"}) | frozenset(
    {"DeleteObjectVersionTagging", "PutObjectAcl", "PutObjectVersionAcl"}
)
_NEVER: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:locationconstraint"}),
    "dynamodb": frozenset({"dynamodb:select", "dynamodb:fulltablescan"}),
    "sns": frozenset({"sns:endpoint", "sns:protocol"}),
    "events": frozenset({"events:targetarn", "events:creatoraccount", "events:managedby"}),
    "lambda": frozenset(
        {"lambda:functionarn", "lambda:layer", "lambda:principal", "lambda:codesigningconfigarn"}
    ),
    "states": frozenset({"states:httpendpoint", "states:httpmethod"}),
}
"""Keys of a service that none of its actions that make events carries: those of lists, of subscriptions, of rules."""


def _lacks(prefix: str, action: str, key: str) -> bool:
    """Is a key (in lower case) surely in no request for an action?"""
    owner = key.partition(":")[0]
    if owner not in _OWN_KEYS or key == _SOURCE_FUNCTION:
        return False
    if owner != prefix or key in _NEVER.get(prefix, ()):
        return True
    if prefix == "s3" and key.startswith("s3:existingobjecttag/"):
        return action not in _TAGGED
    if prefix == "s3" and key == "s3:versionid":
        return "Version" not in action
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-access-actions.html
    told = key in OF_EVENTS and action != "PutEvents"
    return prefix == "events" and (told or key.startswith("events:detail."))
