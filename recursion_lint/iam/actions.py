"""Action patterns of IAM statements against actions, and what actions are called.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import re
from functools import lru_cache

_VERBS = {
    "sqs": "send to",
    "sns": "publish to",
    "lambda": "invoke",
    "events": "put events on",
    "states": "start",
    "iot": "publish to",
    "ses": "send what becomes",
    "kafka": "put records on",
    "cognito-idp": "change users of",
    "codecommit": "push to",
    "codepipeline": "start",
    "codebuild": "start",
    **dict.fromkeys(("glue", "databrew", "datasync"), "start"),
    "ecs": "run",
    "batch": "submit a job to",
    "kinesis": "put records on",
    "firehose": "put records on",
}


def matches_action(pattern: str, service: str, action: str) -> bool:
    """Does an action pattern (``s3:Put*``, any case) cover ``action`` of the service with that IAM prefix?"""
    if pattern == "*":
        return True
    head, _, rest = pattern.lower().partition(":")
    if head != service and "*" not in head:
        return False
    if "*" not in pattern and "?" not in pattern:
        return rest == action.lower()
    if "*" not in head and "?" not in pattern and pattern.find("*") == len(pattern) - 1:
        return action.lower().startswith(rest[:-1])
    return _compiled(pattern.lower()).fullmatch(f"{service}:{action.lower()}") is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Its expressions do not backtrack from one star into another, which "*a*a*a" would make endless.
    from fnmatch import translate

    return re.compile(translate(pattern.replace("[", "[[]")))


def verb(service: str, action: str) -> str:
    """What an action that writes to a service does, for a person: ``send to``."""
    if service == "s3" and action.startswith("Delete"):
        return "delete from"
    return _VERBS.get(service, "write to")
