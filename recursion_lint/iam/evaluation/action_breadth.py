"""How narrowly a statement means the actions that it allows, and what these make as a rule.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

from collections.abc import Collection

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.resource_matching import Reach
from recursion_lint.model.facts import Endpoint, Seldom, Statement, Write
from recursion_lint.services.registry import by_name


def seldom(service: str, actions: Collection[str]) -> Seldom | None:
    """The events that ``actions`` make by exception; ``None`` where one of them makes its events as a rule."""
    rare = by_name()[service].seldom
    found = [rare[action] for action in actions if action in rare]
    if len(found) < len(actions):
        return None  # those of one service make the same events, or none that the exceptions are of
    return found[0] if found else None


def whole_service(statement: Statement, write: Write) -> bool:
    """Is every action pattern that allows a write one for all actions of the service, or of all services?"""
    prefix = by_name()[write.service].prefix or write.service
    whole = ("*", "*:*", f"{prefix}:*")
    return not any(_writes(action, write) for action in statement.actions if action.lower() not in whole)


def _writes(pattern: str, write: Write) -> bool:
    """Does an action pattern allow any of the actions that put events on the channel of a write?"""
    service = by_name()[write.service]
    prefix = service.prefix or write.service
    return any(matches_action(pattern, prefix, action) for action in service.writes)


def says_nothing(
    service: str, actor: Endpoint, channel: Endpoint, reach: Reach, managed: bool = False
) -> bool:
    """Is it a right that its role has for other reasons than to write to this channel?

    A distributed Map needs to start executions for its children; its own start is in the definition. Every job of
    Glue has the ``managed`` policy for its role, which allows all of Glue. Of what nearly every role may, only what
    names the channel of a handler counts.
    https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
    """
    if channel == actor and (service == "states" or (service == "glue" and managed)):
        return True
    named = by_name()[service].only_if_named
    if named is None:
        return False
    handler = by_name()[actor.service].runs_handler
    return not (handler and reach.evidence == "granted" and named(channel.name))
