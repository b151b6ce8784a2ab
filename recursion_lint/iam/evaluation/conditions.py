"""Conditions of statements: what of them is left when what a request carries for sure is known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recursion_lint.model.arns import split_arn
from recursion_lint.model.text import Text, glob, literal
from recursion_lint.patterns.keys import covers, decide

Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]
Known = tuple[Text, ...]
"""The value of a condition key in a request; ``()`` for a request that does not carry it."""
Context = Callable[[str], "Known | None"]
"""A condition key in lower case → its value; ``None`` where that cannot be told."""

OF_EVENTS = ("events:source", "events:detail-type")
"""The keys of what is put on a bus: a document of the events tells what a condition on them says."""
_BY_DEVICE = "aws:multifactorauthpresent"
_OF_ARNS = frozenset({"ArnEquals", "ArnLike"})
_NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


def left_of(condition: Condition, context: Context) -> Condition | None:
    """What of a condition ``context`` does not decide; ``None`` where the condition does not hold."""
    left: dict[str, dict[str, tuple[Text, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            verdict = decided(operator, key, values, context)
            if verdict is False:
                return None
            if verdict is None:
                left.setdefault(operator, {})[key] = values
    return left


def decided(operator: str, key: str, values: tuple[Text, ...], context: Context) -> bool | None:
    """Does one part of a condition hold in a request by a role? ``None`` where that cannot be told.

    A service that assumes a role shows no device: whether the key then is false or is not there, AWS does not say, so
    only what both come to is known.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    if key.lower() == _BY_DEVICE:
        absent, false = (holds(operator, values, known) for known in ((), (("false",),)))
        return absent if absent == false else None
    return holds(operator, values, context(key.lower()))


def plain_operator(operator: str) -> tuple[str, str, bool]:
    """``ForAllValues:StringEqualsIfExists`` → ``ForAllValues``, ``StringEquals`` and that it has ``IfExists``."""
    group, _, name = operator.rpartition(":")
    return group, name.removesuffix("IfExists"), name.endswith("IfExists")


def negated(operator: str) -> bool:
    """Does an operator (without ``ForAllValues`` and ``IfExists``) ask for other values than those listed?"""
    return operator in _NEGATED


def has_variable(value: Text) -> bool:
    """Does a value hold a policy variable, which each request fills in?"""
    return any("${" in part if isinstance(part, str) else part.kind == "variable" for part in value)


def holds(operator: str, values: tuple[Text, ...], known: Known | None) -> bool | None:
    """Does one part of a condition hold, where a request carries ``known``? ``None`` where that cannot be told."""
    if known is None or not values:
        return None
    group, plain, if_exists = plain_operator(operator)
    if plain == "Null":
        wanted = literal(values[0])
        return (wanted == "true") == (not known) if wanted in ("true", "false") else None
    if not known:
        return if_exists or group == "ForAllValues" or (negated(plain) and group != "ForAnyValue")
    verdicts = [_same(_NEGATED.get(plain, plain), value, one) for value in values for one in known]
    if len(known) > 1:
        return None
    listed = True if True in verdicts else None if None in verdicts else False
    return listed if listed is None or plain not in _NEGATED else not listed


def _same(operator: str, value: Text, known: Text) -> bool | None:
    if has_variable(value):
        return None
    if operator in ("Bool", "StringEqualsIgnoreCase"):
        words = literal(value), literal(known)
        return words[0].lower() == words[1].lower() if words[0] and words[1] else None
    if operator not in ("StringEquals", "StringLike", *_OF_ARNS):
        return None
    pattern = value if operator == "StringEquals" else glob(value)
    if covers([pattern], known):
        return True
    pairs = [(pattern, known)]
    asked, carried = (split_arn(pattern), split_arn(known)) if operator in _OF_ARNS else (None, None)
    if asked is not None and carried is not None:
        # Each part of an ARN is matched by itself: no wildcard reaches across a colon before the resource.
        pairs = list(zip(asked, carried, strict=True))
    return False if any(decide(pair).verdict == "disjoint" for pair in pairs) else None
