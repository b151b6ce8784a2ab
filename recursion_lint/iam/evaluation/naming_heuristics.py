"""Parameters that may well mean one thing by their names: a table and its stream, a function and its role.

Nobody but the one who deploys knows, so what hangs on it is weak.
"""

import re
from collections.abc import Iterator

from recursion_lint.model.facts import Actor, Facts
from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.model.text import Text, parameter_of

Stem = tuple[str, str]
"""The scope of a parameter and what its name begins with; empty for what tells nothing."""

_OF_CHANNEL = r"(?i)_?(stream)?_?(arn|name|url|id)$"
_OF_ROLE = r"(?i)_?(lambda)?_?(execution)?_?role_?(arn|name|id)?$"


def channel_stem(name: Text) -> Stem:
    """``JobTableStreamArn`` and ``JobTableName`` → ``JobTable``."""
    return _stem(name, _OF_CHANNEL)


def assumed_actors(facts: Facts) -> Iterator[Actor]:
    """The functions from outside that trigger on something here, with the roles that are called as they are.

    ``ResizeArn`` and ``ResizeLambdaExecutionRole`` are what Amplify passes to the stack of a bucket.
    https://docs.amplify.aws/gen1/javascript/build-a-backend/storage/lambda-triggers/
    """
    functions = dict.fromkeys(
        trigger.consumer for trigger in facts.triggers if trigger.consumer.service == "lambda"
    )
    for function in functions:
        stem = channel_stem(function.name)
        roles = dict.fromkeys(
            (one.role, ALWAYS)
            for one in (facts.statements if stem != _NOTHING else ())
            if _stem(one.role, _OF_ROLE) == stem
        )
        if roles:
            yield Actor(function, tuple(roles), assumed=True)


_NOTHING = ("", "")


def _stem(name: Text, ending: str) -> Stem:
    parameter = parameter_of(name)
    if parameter is None:
        return _NOTHING
    stem = re.sub(ending, "", parameter.name)
    return (parameter.scope, stem.lower()) if len(stem) > 3 and stem != parameter.name else _NOTHING
