"""What a channel of the template is there for: what is delivered or hosted there has no room for a function's results.

A trail's bucket, that of access logs, of a pipeline's artifacts or a website is no place to write to instead, though
the template has it already.
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint
from recursion_lint.remedies.case import Case
from recursion_lint.remedies.own_permission import refers
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.nodes import Node, walk

_FUNCTIONS = ("AWS::Lambda::", "AWS::Serverless::Function", "AWS::Serverless::StateMachine")
_NO_USE = (*_FUNCTIONS, "AWS::IAM::", "AWS::CloudWatch::", "AWS::SSM::")
"""Functions are given a channel to read or write; rights, alarms and parameters make no use of it themselves."""
_EMPTIES = "AutoDelete"
"""A custom resource that empties a bucket before it is deleted, as the CDK writes it."""
_HOSTED = "WebsiteConfiguration"
_LOGGED_TO = "LogDeliveryWrite"
_BY_FUNCTIONS = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")


def for_something_else(case: Case, channel: Endpoint) -> bool:
    """Does the template show that ``channel`` serves another purpose than to be written to by functions?"""
    if any(write.channel == channel for facts in case.graph.facts for write in facts.writes):
        return True  # a service delivers there: log files, what is replicated, what has failed
    if declared(channel.service).keyed and channel in case.graph.by_channel:
        return True  # what is written there starts something else
    place = case.place(channel)
    if place is None:
        return False
    own = place.properties
    hosted = own is not None and own.get(_HOSTED) is not None
    acl = own.get("AccessControl") if own is not None else None
    logged = acl is not None and acl.text == _LOGGED_TO
    return (
        hosted
        or logged
        or any(True for body in _others(place.editor.root, place.id) if _uses(body, place.id))
    )


def _others(root: Node, name: str) -> Iterator[Node]:
    resources = root.get("Resources")
    return (body for key, body in resources.items() if key != name) if resources is not None else iter(())


def _uses(body: Node, name: str) -> bool:
    """Is the channel ``name`` used by a resource: not by its code, and not only protected or watched?"""
    kind = body.get("Type")
    type_ = (kind.text or "") if kind is not None else ""
    if type_.startswith(_NO_USE) or _EMPTIES in type_ or not refers(body, name):
        return False
    document = body.get("Properties", "PolicyDocument")
    return document is None or _lets_a_service_write(document)


def _lets_a_service_write(document: Node) -> bool:
    """Does a resource policy let a service of AWS in? Such a channel is what that service delivers to."""
    for statement in walk(document):
        effect, principal = statement.get("Effect"), statement.get("Principal")
        if effect is None or effect.text != "Allow" or principal is None:
            continue
        named = [text for node in walk(principal) if (text := node.text) is not None]
        if any(".amazonaws.com" in text and text not in _BY_FUNCTIONS for text in named):
            return True
    return False
