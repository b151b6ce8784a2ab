"""What object keys come to where every parameter has its default: how most stacks are deployed, and no proof."""

from __future__ import annotations

from collections.abc import Iterable

from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.matching import Meeting, meet
from recursion_lint.model.facts import Trigger, Write
from recursion_lint.model.text import Symbol, Text, substitute, text


def keys_by_default(write: Write, trigger: Trigger, graph: EventGraph) -> tuple[bool, Meeting | None]:
    """Whether the defaults of parameters tell more of the keys, and how the write meets the trigger with them."""
    accepted = trigger.accepts.keys
    patterns = [*write.produces.keys, *(one for rule in accepted for part in rule for one in part)]
    known = _defaults(patterns, graph)
    if not known:
        return False, None
    keys = tuple(substitute(key, known) for key in write.produces.keys)
    rules = tuple(
        (tuple(substitute(one, known) for one in required), tuple(substitute(one, known) for one in barred))
        for required, barred in accepted
    )
    name = substitute(trigger.channel.name, known)
    usual = trigger._replace(
        channel=trigger.channel._replace(name=name), accepts=trigger.accepts._replace(keys=rules)
    )
    return True, meet(write._replace(produces=write.produces._replace(keys=keys)), usual)


def _defaults(patterns: Iterable[Text], graph: EventGraph) -> dict[Symbol, Text]:
    """The parameters in the patterns that have defaults, with these."""
    found: dict[Symbol, Text] = {}
    for part in (part for pattern in patterns for part in pattern):
        if isinstance(part, Symbol) and part.kind == "parameter":
            default = graph.defaults.get(part.scope, {}).get(part.name)
            if default is not None:
                found[part] = text([default])
    return found
