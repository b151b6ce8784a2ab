"""The names of a repository that others may share: which channels it hears, which it may write to, what it declares.

They say which repositories a loop may pass together, before any graph is made, so they err to more: a name that is
perhaps written counts as written. Names that hang on a parameter of the repository itself are nobody else's.
A statement's wildcards mean a channel of another stack only where they stand for nothing that a person chose
(``iam.evaluation.resource_matching``), so names are compared by their letters and digits alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from recursion_lint.code.calls import Alternatives, CallSite, Literal, Value
from recursion_lint.fleet.parts import Parts
from recursion_lint.fleet.repository import ReadCode, Repository
from recursion_lint.graph.cross_stack import everywhere, is_stack
from recursion_lint.iam.actions import matches_action
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Facts, Statement, Trigger
from recursion_lint.model.text import Symbol, Text, literal
from recursion_lint.services.naming import channel_named, endpoint_of
from recursion_lint.services.registry import declared
from recursion_lint.template.references import stored_as

FIELD = "source"
"""The field of an event that tells most of those apart that share a bus."""
OF_AWS = "aws."
ANY_CALL = "a call that AWS tells of"
"""What events about calls are heard on: any repository with a statement may make one."""
EVERYTHING = ""


class Channel(NamedTuple):
    """A channel by a name that repositories share, and the one event source on it that is meant, "" for all."""

    name: str
    source: str = EVERYTHING


class Row(NamedTuple):
    """A name of one part of a repository: the part ``hears`` it, ``writes`` to it, ``declares`` it or ``uses`` it.

    The last two are roles and policies, and the channels whose declarations and denials others hang on.
    """

    kind: str
    name: str
    source: str
    part: int


def shared_names(repository: Repository) -> frozenset[Row]:
    """The names of a repository, read with its paths linked."""
    code = {read.function: read for read in repository.code}
    parts = Parts(repository.stacks, lambda name: any(True for _ in _keys("iam", name)))
    found = _Found(parts, set(), {}, {})
    for one in repository.stacks:
        stored = dict(_stored_parameters(one))
        for part, channel in _all_heard(one, found):
            found.add("hears", _imported([channel], stored, "<"), part)
        for part, channel in _all_written(one, code, found):
            found.add("writes", _imported([channel], stored, ">"), part)
        own = parts.of_stack(one)
        defined = (*(role.name for role in one.roles), *(policy.name for policy in one.policies))
        names = (name for item in one.declared for name in channel_names(item.endpoint))
        found.add("declares", map(Channel, (*names, *_of_policies(defined))), own)
        refused = (
            name for refusal in one.refusals for end, _ in refusal.channels for name in channel_names(end)
        )
        found.add("uses", map(Channel, (*_of_policies(_used(one)), *refused)), own)
    for one in repository.stacks:
        _export(one, found)
    for part, root in parts.within.items():
        found.add("hears", [_inside(root)], part)
    for root, part in parts.roots.items():
        found.add("writes", [_inside(root)], part)
    return frozenset(found.rows)


def _inside(root: str) -> Channel:
    """How the functions of a stack are known to the rest of it, which may start them."""
    return Channel(f"inside {root}")


def _export(one: Facts, found: _Found) -> None:
    """What a stack exports, by which end of it is meant there."""
    for name, values in one.exports.items():
        meant = {endpoint_of(value, "") for value, _ in values}
        keys = list(_export_keys(name))
        found.add(
            "declares", (Channel(f"{key} {way}") for key in keys for way in "<>="), found.parts.of_stack(one)
        )
        for endpoint in meant:
            for part in found.heard.get(endpoint, ()):
                found.add("hears", (Channel(f"{key} >") for key in keys), part)
            for part in found.written.get(endpoint, ()):
                found.add("writes", (Channel(f"{key} <") for key in keys), part)


class _Found(NamedTuple):
    """The rows of a repository so far; the endpoints that its parts hear and write to, also by names of its own."""

    parts: Parts
    rows: set[Row]
    heard: dict[Endpoint, set[int]]
    written: dict[Endpoint, set[int]]

    def add(self, kind: str, channels: Iterable[Channel], part: int) -> None:
        self.rows.update(Row(kind, name, source, part) for name, source in channels)

    def hears(self, endpoint: Endpoint, part: int) -> None:
        self.heard.setdefault(endpoint, set()).add(part)

    def writes(self, endpoint: Endpoint, part: int) -> None:
        self.written.setdefault(endpoint, set()).add(part)


_Told = Iterator[tuple[int, Channel]]
"""Channels, and the parts that hear them or write to them."""


def _all_heard(one: Facts, found: _Found) -> _Told:
    for trigger in one.triggers:
        part = found.parts.of(trigger.consumer, one)
        found.hears(trigger.channel, part)
        yield from ((part, channel) for channel in _heard(trigger))
    for item in one.declared:
        if declared(item.endpoint.service).runs:
            part = found.parts.of(item.endpoint, one)
            found.hears(item.endpoint, part)
            yield from ((part, Channel(name)) for name in channel_names(item.endpoint))
    for copy in one.replications:
        found.hears(copy.source, found.parts.of_stack(one))
        yield from ((found.parts.of_stack(one), Channel(name)) for name in channel_names(copy.source))
    for statement in one.statements:
        part = found.parts.of_role(statement.role, one)
        yield from ((part, channel) for channel in _received(statement))


def _received(statement: Statement) -> Iterator[Channel]:
    """The queues that code may poll by a grant alone."""
    for pattern, _ in statement.resources if statement.effect == "Allow" else ():
        arn = split_arn(pattern)
        service = literal(arn.service) if arn is not None else None
        if service and any(matches_action(action, service, "ReceiveMessage") for action in statement.actions):
            yield from map(Channel, channel_names(channel_named(pattern, service)))


def _all_written(one: Facts, code: Mapping[Endpoint, ReadCode], found: _Found) -> _Told:
    own = found.parts.of_stack(one)
    plain = (
        *((trigger.consumer, found.parts.of(trigger.consumer, one)) for trigger in one.triggers),
        *((write.channel, found.parts.of(write.actor, one)) for write in one.writes),
        *((copy.target, own) for copy in one.replications),
    )
    for endpoint, part in plain:
        found.writes(endpoint, part)
        yield from ((part, Channel(name)) for name in channel_names(endpoint))
    holders: dict[Text, list[Endpoint]] = {}
    for actor in one.actors:
        for role, _ in actor.roles:
            holders.setdefault(role, []).append(actor.endpoint)
    for statement in (*one.statements, *(each for policy in one.policies for each in policy.statements)):
        if statement.effect == "Allow":
            part = found.parts.of_role(statement.role, one)
            yield part, Channel(ANY_CALL)
            held = holders.get(statement.role, [])
            read = code.get(held[0]) if len(held) == 1 else None
            for named, channels in _written(statement, read):
                if named is not None:
                    found.writes(named, part)
                yield from ((part, channel) for channel in channels)


def _imported(channels: Iterable[Channel], stored: Mapping[str, str], way: str) -> Iterator[Channel]:
    """Channels with those that others export or store told by which end of them is meant.

    Two that import one thing may meet there (``=``), and each may meet its exporter, who does the other thing.
    """
    for channel in channels:
        name = stored.get(channel.name, channel.name)
        if name.startswith(("export ", "stored ")):
            yield from (Channel(f"{name} {way}", channel.source), Channel(f"{name} =", channel.source))
        elif not name.startswith("parameter "):
            yield channel


def _stored_parameters(one: Facts) -> Iterator[tuple[str, str]]:
    """The parameters that have what is stored under a name, by what they are called here."""
    for parameter, default in one.defaults.items():
        if "/" in default and stored_as((default,)) in one.imports:
            yield f"parameter {one.scope} {parameter}", f"stored {_letters(default)}"


def channel_names(endpoint: Endpoint) -> Iterator[str]:
    """The names that others may know an endpoint by."""
    service = declared(endpoint.service)
    if service.shared:
        yield f"{endpoint.service} *"
        return
    yield from _keys(endpoint.service, endpoint.name)


def _keys(kind: str, name: Text) -> Iterator[str]:
    symbols = [part for part in name if isinstance(part, Symbol) and not part.wild]
    imported = [part for part in symbols if part.kind in ("import", "dynamic")]
    if imported:
        yield from (key for part in imported for key in _of_import(part))
    elif len(name) == 1 and symbols and symbols[0].kind == "parameter":
        yield f"parameter {symbols[0].scope} {symbols[0].name}"  # what is stored may give it its value
    elif not any(part.scope for part in symbols):
        letters = "".join(one for part in name if isinstance(part, str) for one in part if one.isalnum())
        if letters:
            yield f"{kind} {letters}"


def _of_import(symbol: Symbol) -> Iterator[str]:
    """What is exported by others, by all of its name and by its end behind the name of a stack."""
    if symbol.kind == "dynamic":
        yield f"stored {_letters(symbol.name.removeprefix('resolve:ssm:').split(':')[0])}"
        return
    yield f"export {_letters(symbol.name)}"
    for at, letter in enumerate(symbol.name):
        if at and not letter.isalnum() and symbol.name[at - 1 : at] != "$":
            yield f"export end {_letters(symbol.name[at:])}"


def _letters(name: str) -> str:
    return "".join(one for one in name if one.isalnum())


def _export_keys(name: Text) -> Iterator[str]:
    spelled = "".join(part if isinstance(part, str) else part.name for part in everywhere(name))
    if name[:1] == stored_as(())[:1]:
        yield f"stored {_letters(spelled)}"
        return
    yield f"export {_letters(spelled)}"
    if name and is_stack(name[0]):
        yield f"export end {_letters(''.join(p if isinstance(p, str) else p.name for p in name[1:]))}"


def _heard(trigger: Trigger) -> Iterator[Channel]:
    """The channel of a trigger, source by source where its patterns list them."""
    service = declared(trigger.channel.service)
    sources = _sources(trigger.accepts.content)
    told_by_aws = not service.writes or (
        service.filtered_by == "rule" and (sources is None or any(one.startswith(OF_AWS) for one in sources))
    )
    if told_by_aws:
        yield Channel(ANY_CALL)
    for name in channel_names(trigger.channel):
        yield from (Channel(name, one) for one in sources) if sources is not None else [Channel(name)]


def _sources(patterns: Iterable[Any]) -> list[str] | None:
    """The event sources that patterns list, ``None`` where they let others through."""
    found: list[str] = []
    listed = list(patterns)
    for pattern in listed:
        wanted = pattern.get(FIELD) if isinstance(pattern, dict) else None
        if not isinstance(wanted, list):
            return None
        for one in wanted:
            plain = literal(one) if type(one) is tuple else None
            if not plain:
                return None
            found.append(plain)
    return found if listed else None


def _written(statement: Statement, code: ReadCode | None) -> Iterator[tuple[Endpoint | None, list[Channel]]]:
    """The channels that a statement names, by the sources that the code of its only function puts there."""
    for pattern, _ in statement.resources:
        arn = split_arn(pattern)
        service = literal(arn.service) if arn is not None else None
        if arn is None or service is None:
            yield None, [Channel(key) for key in _keys("?", pattern)]
            continue
        sources = _put(code, service)
        named = channel_named(pattern, service)
        yield (
            named,
            [
                Channel(name, one)
                for name in channel_names(named)
                for one in (sources if sources is not None else [""])
            ],
        )


def _put(code: ReadCode | None, service: str) -> list[str] | None:
    """The sources of all events that code puts on channels of a service; ``None`` where they are not known."""
    if code is None or code.calls is None or code.names is None or not code.exact or not code.calls.entered:
        return None
    if declared(service).filtered_by != "rule" or code.calls.gaps or code.names.gaps:
        return None
    found = [_source(site) for site in code.calls.calls if site.value(FIELD) is not None]
    plain = [one for each in found for one in (each or [""])]
    return plain if plain and all(plain) else None


def _source(site: CallSite) -> list[str] | None:
    value: Value | None = site.value(FIELD)
    options = value.options if isinstance(value, Alternatives) else (value,)
    return [one.value if isinstance(one, Literal) and isinstance(one.value, str) else "" for one in options]


def _of_policies(names: Iterable[Text]) -> Iterator[str]:
    for name in names:
        yield from _keys("iam", name)


def _used(facts: Facts) -> Iterator[Text]:
    """Roles and policies by the names that a stack uses them by."""
    yield from (role for actor in facts.actors for role, _ in actor.roles)
    yield from (statement.role for statement in facts.statements)
    for attachment in facts.attachments:
        yield from (attachment.role, attachment.policy)
    for boundary in facts.boundaries:
        yield from (boundary.role, boundary.policy)
