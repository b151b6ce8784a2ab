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
from recursion_lint.fleet.repository import ReadCode, Repository
from recursion_lint.graph.cross_stack import everywhere, is_stack
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


class SharedNames(NamedTuple):
    """What a repository ``hears``, what it may write to, what it ``declares``, which roles and policies it ``uses``."""

    hears: frozenset[Channel]
    writes: frozenset[Channel]
    declares: frozenset[str]
    uses: frozenset[str]


def shared_names(repository: Repository) -> SharedNames:
    """The names of a repository, read with its paths linked."""
    code = {read.function: read for read in repository.code}
    ends = _Ends(set(), set())
    hears: set[Channel] = set()
    writes: set[Channel] = set()
    declares: set[str] = set()
    uses: set[str] = set()
    for one in repository.stacks:
        stored = dict(_stored_parameters(one))
        hears.update(_imported(_all_heard(one, ends), stored, "<"))
        writes.update(_imported(_all_written(one, code, ends), stored, ">"))
        declares.update(name for item in one.declared for name in _channels(item.endpoint))
        defined = (*(role.name for role in one.roles), *(policy.name for policy in one.policies))
        declares.update(_of_policies(defined))
        uses.update(_of_policies(_used(one)))
        uses.update(
            name for refusal in one.refusals for end, _ in refusal.channels for name in _channels(end)
        )
    for one in repository.stacks:
        for name, values in one.exports.items():
            meant = {endpoint_of(value, "") for value, _ in values}
            keys = list(_export_keys(name))
            declares.update(f"{key} {way}" for key in keys for way in "<>=")
            hears.update(Channel(f"{key} >") for key in keys if meant & ends.heard)
            writes.update(Channel(f"{key} <") for key in keys if meant & ends.written)
    return SharedNames(frozenset(hears), frozenset(writes), frozenset(declares), frozenset(uses))


class _Ends(NamedTuple):
    """The endpoints that a repository hears and writes to, also by names of its own."""

    heard: set[Endpoint]
    written: set[Endpoint]


def _all_heard(one: Facts, ends: _Ends) -> Iterator[Channel]:
    for trigger in one.triggers:
        ends.heard.add(trigger.channel)
        yield from _heard(trigger)
    for item in one.declared:
        if declared(item.endpoint.service).runs:
            ends.heard.add(item.endpoint)
            yield from map(Channel, _channels(item.endpoint))
    for copy in one.replications:
        ends.heard.add(copy.source)
        yield from map(Channel, _channels(copy.source))


def _all_written(one: Facts, code: Mapping[Endpoint, ReadCode], ends: _Ends) -> Iterator[Channel]:
    plain = (
        *(trigger.consumer for trigger in one.triggers),
        *(write.channel for write in one.writes),
        *(copy.target for copy in one.replications),
    )
    ends.written.update(plain)
    for endpoint in plain:
        yield from map(Channel, _channels(endpoint))
    holders: dict[Text, list[Endpoint]] = {}
    for actor in one.actors:
        for role, _ in actor.roles:
            holders.setdefault(role, []).append(actor.endpoint)
    for statement in (*one.statements, *(each for policy in one.policies for each in policy.statements)):
        if statement.effect == "Allow":
            yield Channel(ANY_CALL)
            held = holders.get(statement.role, [])
            yield from _written(statement, code.get(held[0]) if len(held) == 1 else None, ends)


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


def _channels(endpoint: Endpoint) -> Iterator[str]:
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
    for name in _channels(trigger.channel):
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


def _written(statement: Statement, code: ReadCode | None, ends: _Ends) -> Iterator[Channel]:
    """The channels that a statement names, by the sources that the code of its only function puts there."""
    for pattern, _ in statement.resources:
        arn = split_arn(pattern)
        service = literal(arn.service) if arn is not None else None
        if arn is None or service is None:
            for key in _keys("?", pattern):
                yield Channel(key)
            continue
        sources = _put(code, service)
        named = channel_named(pattern, service)
        ends.written.add(named)
        for name in _channels(named):
            yield from (Channel(name, one) for one in sources) if sources is not None else [Channel(name)]


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


def rows(names: SharedNames) -> Mapping[str, list[tuple[str, str]]]:
    """The names as a store keeps them, by what they are."""
    return {
        "hears": sorted(names.hears),
        "writes": sorted(names.writes),
        "declares": sorted((name, "") for name in names.declares),
        "uses": sorted((name, "") for name in names.uses),
    }
