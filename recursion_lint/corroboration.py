"""Small independent witnesses about a granted hop: does the actor really write there?

Each looks at one thing and says *raises*, *lowers* or nothing, with a sentence. ``judge`` only counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from recursion_lint.arns import endpoint_of
from recursion_lint.facts import Endpoint, Mention
from recursion_lint.graph import EventGraph
from recursion_lint.loops import Step

Direction = Literal["raises", "lowers"]
_TOWARDS = re.compile(r"(?i)(^|[_\-.]|(?<=[a-z]))(target|dest|destination|output|out|result|results|sink|processed|forward|publish|next|send)")
_FROM = re.compile(r"(?i)(^|[_\-.]|(?<=[a-z]))(source|src|input|in|raw|incoming|upload|origin)(?=$|[_\-.A-Z])")


class Witnessed(NamedTuple):
    """One witness's word on a hop."""

    direction: Direction
    sentence: str


def witnesses(graph: EventGraph, step: Step) -> Iterator[Witnessed]:
    """What is said for and against the write of ``step``."""
    if step.write is None or step.statement is None:
        return
    yield from _variables(graph, step.write.actor, step.write.channel)


def _variables(graph: EventGraph, actor: Endpoint, channel: Endpoint) -> Iterator[Witnessed]:
    """Environment variables that name a destination: this channel, or another one of its kind."""
    aimed = [mention for mention in graph.mentions.get(actor, ()) if mention.name and _TOWARDS.search(mention.name)]
    aimed = [mention for mention in aimed if not _FROM.search(mention.name)]
    here = [mention for mention in aimed if points_to(mention, channel)]
    for mention in here:
        yield Witnessed("raises", f"{mention.name} is {graph.label(channel)}")
    for mention in aimed:
        other = elsewhere(graph, mention, channel)
        if not here and other is not None:
            yield Witnessed("lowers", f"{mention.name} is {graph.label(other)}, not {graph.label(channel)}")


def points_to(mention: Mention, channel: Endpoint) -> bool:
    """Is the value of ``mention`` the name, the ARN or the URL of ``channel``?"""
    return bool(mention.value) and endpoint_of(mention.value, channel.service) == channel


def elsewhere(graph: EventGraph, mention: Mention, channel: Endpoint) -> Endpoint | None:
    """Another channel of the same service that ``mention`` names, or ``None``."""
    named = endpoint_of(mention.value, channel.service)
    if named != channel and named.service == channel.service and named in graph.declared:
        return named
    return None


