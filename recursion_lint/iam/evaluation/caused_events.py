"""IAM statements → the calls that they allow which make an AWS service put an event on the default bus.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Collection, Iterable, Iterator

from recursion_lint.iam.actions import allowed_of, matches_action
from recursion_lint.iam.evaluation.explicit_denies import of_type
from recursion_lint.iam.evaluation.recorded_calls import denies
from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Produces, Statement, Write
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Text, has_wildcard
from recursion_lint.services.eventbridge.caused_events import event_at, names_meant, resource_named, said_of
from recursion_lint.services.registry import by_name
from recursion_lint.services.service_event import Said, ServiceEvent

_ABOUT_OTHERS = ("backup", "tag", "rds")
"""Prefixes of actions that are allowed on the ARNs of other services: snapshots, whatever carries tags."""
Used = tuple[tuple[Text, Requires], ...]


def caused_writes(
    actor: Endpoint,
    statement: Statement,
    channel: Endpoint,
    denials: Iterable[Statement],
    declared: Collection[Endpoint],
    reached: Callable[[str], Iterator[object]],
) -> Iterator[Write]:
    """The events on ``channel`` that ``statement`` lets ``actor`` cause, one write for each thing that they may say.

    Work of resources that are ``declared``, or of which the statement has ``reached`` a channel (of that service),
    is found there.
    """
    event = event_at(channel)
    if event is None or statement.effect != "Allow" or (event.types_of and any(reached(event.service))):
        return
    for said, allowed, spelled in _groups(event, statement, list(denials)):
        used = _used(event, statement, allowed[0], declared)
        if used is None:
            continue
        sure = spelled and not statement.managed and bool(used)
        named = sure and all(not has_wildcard(_resource(pattern)) for pattern, _ in used)
        through = f" {statement.through.words}" if statement.through is not None else ""
        yield Write(
            actor,
            channel,
            f"{{source}} may call {allowed[0]}{through} ({statement.label}), which causes {{target}} events",
            _span(statement, allowed[0]),
            "write",
            Produces(document=said_of(event, said, names_meant(event, [pattern for pattern, _ in used]))),
            "granted" if named else "broad",
            requires=frozenset.intersection(*(needed for _, needed in used)) if used else frozenset(),
        )


def _groups(
    event: ServiceEvent, statement: Statement, denials: list[Statement]
) -> Iterator[tuple[Said, list[str], bool]]:
    """The calls that are allowed, by what the event says after them; those spelled out count alone."""
    listed = {action.lower() for action in statement.actions}
    spelled = [call for call in event.calls if call.lower() in listed]
    found: list[tuple[Said, list[str]]] = []
    for call in spelled or _allowed(statement, tuple(event.calls)):
        prefix, _, action = call.partition(":")
        if not _left(statement, denials, prefix, action):
            continue
        known = next((group for said, group in found if said == event.calls[call]), None)
        if known is None:
            found.append((event.calls[call], [call]))
        else:
            known.append(call)
    yield from ((said, group, bool(spelled)) for said, group in found)


def _allowed(statement: Statement, calls: tuple[str, ...]) -> Iterator[str]:
    """Those of the ``calls`` that a statement's patterns cover."""
    for call in calls:
        prefix, _, action = call.partition(":")
        if allowed_of(statement.actions, statement.not_actions, prefix, (action,)):
            yield call


def _left(statement: Statement, denials: list[Statement], prefix: str, action: str) -> bool:
    """Is a call neither denied nor beyond the permissions boundary?"""
    if any(denies(denial, prefix, action) for denial in denials):
        return False
    if statement.within is None:
        return True
    from recursion_lint.iam.evaluation.permissions_boundaries import allows_call

    return allows_call(statement.within, prefix, action)


def _used(
    event: ServiceEvent, statement: Statement, call: str, declared: Collection[Endpoint]
) -> Used | None:
    """The resources of a statement that a call may be about; ``()`` for any, ``None`` where there is none left."""
    if not statement.resources:
        return ()
    prefix, _, action = call.partition(":")
    start = by_name()[event.service].acts_on.get(action, "") if event.service else ""
    found: list[tuple[Text, Requires]] = []
    for pattern, requires in statement.resources:
        arn = split_arn(pattern)
        if arn is not None and arn.service not in ((prefix,), (ANY,)) and prefix not in _ABOUT_OTHERS:
            continue
        if not of_type((_resource(pattern),), start):
            continue
        if event.types_of and not has_wildcard(pattern) and resource_named(event, pattern) in declared:
            continue
        found.append((pattern, requires))
    return tuple(found) or None


def _resource(pattern: Text) -> Text:
    arn = split_arn(pattern)
    return arn.resource if arn is not None else pattern


def _span(statement: Statement, call: str) -> Span:
    prefix, _, action = call.partition(":")
    for pattern, span in zip(statement.actions, statement.spans, strict=False):
        if matches_action(pattern, prefix, action):
            return span
    return statement.span
