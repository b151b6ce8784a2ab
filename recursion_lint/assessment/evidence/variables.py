"""Environment variables that tell an actor where to write: to this channel, or to another of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.assessment.evidence.corroboration import Witnessed
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.arns import set_apart
from recursion_lint.model.facts import Endpoint, Mention
from recursion_lint.model.text import render, text
from recursion_lint.services.naming import endpoint_of, kind_told
from recursion_lint.services.registry import declared

_WORD_BEGINS = r"(?:^|(?<=[^A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_WORD_ENDS = r"(?=$|[^A-Za-z])|(?<=[a-z])(?=[A-Z])"
_TOWARDS = re.compile(rf"{_WORD_BEGINS}(?i:target|dest|out|result|sink|processed|forward|publish|next|send)")
_FROM = re.compile(
    rf"{_WORD_BEGINS}(?i:(?:source|src|input|in|raw|incoming|inbound|inbox|ingest|upload|origin|original)s?)"
    rf"(?:{_WORD_ENDS})"
)
"""Words of a variable's name: ``OUTPUT_QUEUE`` and ``outputQueue`` send there, ``TIMEOUT_QUEUE`` need not."""


def variables(graph: EventGraph, actor: Endpoint, channel: Endpoint) -> Iterator[Witnessed]:
    """Environment variables that name a destination: this channel, or another one of its kind.

    One that names another speaks against this channel only where none names this one, whatever it is called: an actor
    that is told of both may write to both. One that actors share which this channel does not start says nothing of this
    actor: such a block of variables is written for all of them, and the others are who writes.
    """
    named = graph.mentions.get(actor, ())
    onward = [mention for mention in named if not _FROM.search(mention.name)]
    here = [mention for mention in named if points_to(mention, channel)]
    for mention in here:
        told = declared(channel.service).address_is_for_sending or _TOWARDS.search(mention.name)
        if mention in onward and told and not shared_variable(graph, actor, channel, mention.name):
            yield Witnessed("variable", in_words(graph, mention, channel))
    for mention in onward if not any(_speaks_of(one, channel) for one in (*here, *named)) else ():
        other = elsewhere(graph, mention, channel)
        if other is not None and _TOWARDS.search(mention.name):
            yield Witnessed(
                "other-variable", f"{mention.name} is {graph.label(other)}, not {graph.label(channel)}"
            )


def shared_variable(graph: EventGraph, actor: Endpoint, channel: Endpoint, variable: str) -> bool:
    """Does the same ``variable`` tell ``channel`` to another actor, too, and one that it does not start?"""
    started = {vertex.trigger.consumer for vertex in graph.by_channel.get(channel, ())}
    return any(other != actor and other not in started for other in graph.addressed.actors(variable, channel))


def in_words(graph: EventGraph, mention: Mention, channel: Endpoint) -> str:
    """What a variable is set to; with its line where its name says that something goes there: that is the mistake."""
    told = f"{mention.name} is {graph.label(channel)}"
    if not leads_out(mention):
        return told
    known, span = graph.declared.get(channel), mention.span
    near = known is None or known.span.file == span.file
    return f"{told} ({'line ' if near else f'{span.file}:'}{span.line})"


def leads_out(mention: Mention) -> bool:
    """Does a variable's name say that something goes on there, as ``OUTPUT_BUCKET`` does?"""
    return _TOWARDS.search(mention.name) is not None and _FROM.search(mention.name) is None


def points_to(mention: Mention, channel: Endpoint) -> bool:
    """Is the value of ``mention`` the name, the ARN or the URL of ``channel``?"""
    named = endpoint_of(mention.value, channel.service)
    of_its_kind = named._replace(name=text([kind_told(channel), *named.name]))
    return bool(mention.value) and channel in (named, of_its_kind) and not set_apart(mention.value)


def _speaks_of(mention: Mention, channel: Endpoint) -> bool:
    """Does ``channel`` stand in the value of ``mention``, alone or among others (a list, settings in JSON)?"""
    if points_to(mention, channel):
        return True
    name = re.escape(render(channel.name))
    return bool(name) and re.search(rf"(?<![\w.-]){name}(?![\w.-])", render(mention.value)) is not None


def elsewhere(graph: EventGraph, mention: Mention, channel: Endpoint) -> Endpoint | None:
    """Another channel of the same service that ``mention`` names, or ``None``."""
    named = endpoint_of(mention.value, channel.service)
    if named != channel and named.service == channel.service and named in graph.declared:
        return named
    return None
