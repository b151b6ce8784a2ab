"""IAM statements → the writes that they allow: which role may put which events on which channel.

Policy evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from recursion_lint.iam.actions import action_span, matches_action
from recursion_lint.iam.evaluation.action_breadth import says_nothing, seldom, whole_service
from recursion_lint.iam.evaluation.action_matching import relevant_actions, verb
from recursion_lint.iam.evaluation.conditions import OF_EVENTS
from recursion_lint.iam.evaluation.explicit_denies import Denial, Granted, Scope, in_force, spared
from recursion_lint.iam.evaluation.identity_statements import Held
from recursion_lint.iam.evaluation.listening import (
    known_by_caller,
    listened_calls,
    polled_services,
    present_services,
)
from recursion_lint.iam.evaluation.request_context import allowed_actions
from recursion_lint.iam.evaluation.resource_matching import Channels, Reach, apart
from recursion_lint.iam.evaluation.undirected_tasks import as_tasks
from recursion_lint.model.facts import Actor, Endpoint, Produces, Statement, Write
from recursion_lint.model.levels import EvidenceName
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, render
from recursion_lint.services.naming import channel_named
from recursion_lint.services.registry import by_name

if TYPE_CHECKING:
    from recursion_lint.iam.evaluation.resource_policy_denies import Refusals

_DEFAULT_BUS = Endpoint("events", ("default",))


class Grants:
    """What each actor may write, worked out when asked for, once per actor."""

    def __init__(
        self,
        held: Held,
        actors: Mapping[Endpoint, Actor],
        families: Mapping[Endpoint, frozenset[str]],
        channels: Mapping[Endpoint, Any],
        declared: Collection[Endpoint] = (),
        refusals: Refusals | None = None,
    ) -> None:
        self._refusals = refusals
        self.statements = held.statements
        self.root_of = held.root_of
        self._actors = actors
        self._here = declared
        self._triggers = channels
        polled = polled_services(channels)
        self._services = present_services(channels, polled)
        self._channels = Channels(channels, families, self._services, polled)
        self._recorded = listened_calls(channels)
        self._known_by_caller = known_by_caller(channels)
        self._indirect = tuple(
            channel for channel in channels if channel.service in ("service-event", "cloudtrail-data")
        )
        self._writes: dict[Endpoint, tuple[tuple[Write, Statement], ...]] = {}
        self._writers: dict[Endpoint, frozenset[Endpoint]] | None = None
        self._holders: dict[Span, set[Endpoint]] | None = None
        self._named: dict[tuple[Endpoint, str], frozenset[Endpoint]] = {}
        self._asked: dict[tuple[Endpoint, str, str], bool] = {}
        self._selective: dict[Endpoint, tuple[tuple[Write, Statement], ...]] = {}
        self._sweeping: dict[Endpoint, tuple[tuple[Statement, Requires], ...]] = {}

    def writes(self, endpoint: Endpoint) -> tuple[tuple[Write, Statement], ...]:
        """The writes that an actor's role allows on channels that trigger something."""
        known = self._writes.get(endpoint)
        if known is None:
            actor = self._actors.get(endpoint)
            known = self._writes[endpoint] = tuple(self._of(endpoint, actor)) if actor is not None else ()
        return known

    def _of(self, endpoint: Endpoint, actor: Actor) -> Iterator[tuple[Write, Statement]]:
        """All that an actor is allowed; of one whose definition tells what it does, what that leaves open."""
        if not actor.defined:
            yield from self._allowed(endpoint)
        if actor.undirected:
            denials = self._denials(endpoint)
            for statement, requires in self.statements(endpoint):
                for service, actions in self._relevant(statement).items():
                    reach = partial(self._reaching, endpoint, statement, requires, service, denials=denials)
                    yield from as_tasks(actor.undirected, statement, service, actions, reach)

    def holders(self, span: Span) -> Collection[Endpoint]:
        """All actors that have a statement which is written at a place."""
        if self._holders is None:
            self._holders = {}
            for actor in self._actors:
                for statement, _ in self.statements(actor):
                    self._holders.setdefault(statement.span, set()).add(actor)
        return self._holders.get(span, ())

    def writers(self, channel: Endpoint) -> frozenset[Endpoint]:
        """All actors whose roles allow them to write to a channel, but for broad grants."""
        if self._writers is None:
            found: dict[Endpoint, set[Endpoint]] = {}
            for one in (one for actor in self._actors for one, _ in self.writes(actor)):
                if one.evidence != "broad":
                    found.setdefault(one.channel, set()).add(one.actor)
            self._writers = {end: frozenset(actors) for end, actors in found.items()}
        return self._writers.get(channel, frozenset())

    def named(self, endpoint: Endpoint, service: str) -> frozenset[Endpoint]:
        """The channels of a service that an actor's statements name and let it write to, triggering or not."""
        known = self._named.get((endpoint, service))
        if known is None:
            known = self._named[endpoint, service] = frozenset(
                channel_named(pattern, service)
                for statement, _ in self.statements(endpoint)
                if statement.effect == "Allow"
                and relevant_actions(statement.actions, statement.not_actions, (service,))
                for pattern, _ in statement.resources
            )
        return known

    def may_be_named(self, endpoint: Endpoint, service: str, action: str) -> bool:
        """May a statement of an actor be about an action, on whatever resource?"""
        asked = endpoint, service, action
        known = self._asked.get(asked)
        if known is None:
            known = self._asked[asked] = any(
                statement.not_actions
                or any(matches_action(pattern, service, action) for pattern in statement.actions)
                for statement, _ in self.statements(endpoint)
            )
        return known

    def sweeping(self, endpoint: Endpoint) -> tuple[tuple[Statement, Requires], ...]:
        """The statements of an actor that allow a write on ``*`` alone: each reaches all there is."""
        known = self._sweeping.get(endpoint)
        if known is None:
            actor = self._actors.get(endpoint)
            known = () if actor is None or actor.defined else tuple(self._sweep(endpoint))
            self._sweeping[endpoint] = known
        return known

    def _sweep(self, endpoint: Endpoint) -> Iterator[tuple[Statement, Requires]]:
        for statement, requires in self.statements(endpoint):
            if self._sweeps(statement, endpoint) and (
                self.grants_a_write(statement)
                or any(self._indirectly(endpoint, statement, requires, [], self._indirect))
            ):
                yield statement, requires

    def _sweeps(self, statement: Statement, endpoint: Endpoint) -> bool:
        """Does a statement reach everything, by ``*`` alone or as good as that?"""
        if statement.effect != "Allow" or not statement.resources:
            return False
        if all(pattern == (ANY,) for pattern, _ in statement.resources):
            return True
        return self._channels.sweeps(statement, self._relevant(statement), self.root_of(endpoint))

    def selective(self, endpoint: Endpoint) -> tuple[tuple[Write, Statement], ...]:
        """The writes of an actor but for those of its sweeping statements."""
        if not self.sweeping(endpoint):
            return self.writes(endpoint)
        known = self._selective.get(endpoint)
        if known is None:
            known = self._selective[endpoint] = tuple(self._allowed(endpoint, sweeping=False))
        return known

    def swept(self, endpoint: Endpoint, channel: Endpoint) -> Iterator[tuple[Write, Statement]]:
        """The writes on ``channel`` that an actor's sweeping statements allow: one channel of many."""
        found = self.sweeping(endpoint)
        denials = self._denials(endpoint) if found else []
        for statement, requires in found:
            told = (channel,) if channel in self._indirect else ()
            yield from self._indirectly(endpoint, statement, requires, denials, told)
            for service in self._channels.services_of(channel):
                actions = self._relevant(statement).get(service)
                if actions:
                    near = self._channels.within_sweep(statement, channel, service, self.root_of(endpoint))
                    yield from self._granted(endpoint, statement, requires, service, actions, near, denials)

    def _denials(self, endpoint: Endpoint) -> list[Denial]:
        found = self.statements(endpoint)
        return [pair for pair in found if pair[0].effect == "Deny" and _certain(pair[0])]

    def _allowed(self, endpoint: Endpoint, sweeping: bool = True) -> Iterator[tuple[Write, Statement]]:
        denials = self._denials(endpoint)
        for statement, requires in self.statements(endpoint):
            if statement.effect != "Allow":
                continue
            swept = self._sweeps(statement, endpoint)
            if sweeping or not swept:
                for service, actions in self._relevant(statement).items():
                    yield from self._reaching(endpoint, statement, requires, service, actions, denials)
            for channel, wanted in self._recorded:
                from recursion_lint.iam.evaluation.recorded_calls import call_writes

                outright = [pair for pair in denials if not pair[0].condition]
                barring = in_force(outright, statement.role, requires)
                held = (one for one, _ in self.statements(endpoint))
                call = call_writes(endpoint, statement, channel, wanted, barring, held)
                if call is not None:
                    evidence = _evidence(statement, "broad" if call.evidence == "broad" else "granted")
                    yield call._replace(requires=requires, evidence=evidence), statement
            if sweeping or not swept:
                yield from self._indirectly(endpoint, statement, requires, denials, self._indirect)

    def _indirectly(
        self,
        endpoint: Endpoint,
        statement: Statement,
        requires: Requires,
        denials: list[Denial],
        channels: tuple[Endpoint, ...],
    ) -> Iterator[tuple[Write, Statement]]:
        """What AWS tells of the calls that a statement allows: events of services, records of trails."""
        if not channels:
            return
        from recursion_lint.iam.evaluation.indirect_writes import indirect_writes

        near = partial(self._channels.reached, statement, family=self.root_of(endpoint))
        barring = in_force(denials, statement.role, requires)
        for write in indirect_writes(endpoint, statement, channels, barring, self._here, near):
            evidence = _evidence(statement, "broad" if write.evidence == "broad" else "granted")
            made = write._replace(requires=requires | write.requires, evidence=evidence)
            yield self._if_its_role(made, statement), statement

    def _reaching(
        self,
        endpoint: Endpoint,
        statement: Statement,
        requires: Requires,
        service: str,
        actions: frozenset[str],
        denials: list[Denial],
    ) -> Iterator[tuple[Write, Statement]]:
        reached = self._channels.reached(statement, service, self.root_of(endpoint))
        return self._granted(endpoint, statement, requires, service, actions, reached, denials)

    def _granted(
        self,
        endpoint: Endpoint,
        statement: Statement,
        requires: Requires,
        service: str,
        actions: frozenset[str],
        reached: Iterable[tuple[Endpoint, Reach]],
        denials: list[Denial],
    ) -> Iterator[tuple[Write, Statement]]:
        if statement.condition:
            prefix = by_name()[service].prefix or service
            actions, condition = allowed_actions(statement.condition, prefix, actions)
            statement = statement._replace(condition=condition)
        if statement.within is not None:
            from recursion_lint.iam.evaluation.permissions_boundaries import beyond

            denials = [*denials, *beyond(statement.within, service)]
        common = by_name()[service].only_if_named is not None
        for channel, reach in reached if actions else ():
            usual = (common or channel == endpoint) and says_nothing(
                service, endpoint, channel, reach, statement.managed
            )
            if usual:
                continue
            passed = statement.through is not None and statement.through.passed
            if reach.evidence == "broad" and passed and service == "s3":
                continue  # a job writes where it is told to: that its role might write anywhere says little
            refusing = denials
            if self._refusals is not None:
                own = endpoint if statement.through is None else None
                refusing = [
                    *denials,
                    *self._refusals.of(channel, statement.role, self.root_of(endpoint), own),
                ]
            allows = Granted(channel, service, actions, reach.patterns)
            for needed, left, told in spared(
                allows, requires | reach.requires, refusing, statement.role, self._relevant
            ):
                for scope, allowed in left.items():
                    write = self._write(endpoint, channel, statement, service, allowed, scope)
                    if write is not None and told:
                        write = self._but_for(write, told)
                    if write is not None:
                        yield self._graded(write._replace(requires=needed), statement, reach), statement

    def _but_for(self, write: Write, denials: list[Statement]) -> Write | None:
        """A write without what denials of events leave out of it; ``None`` where nothing is left."""
        from recursion_lint.iam.evaluation.event_conditions import but_for

        return but_for(
            write, [one for one in denials if "PutEvents" in self._relevant(one).get("events", ())]
        )

    def _graded(self, write: Write, statement: Statement, reach: Reach) -> Write:
        """A write with what it rests on: how narrowly the grant means the channel, and the action.

        A pattern for all of a stack does not name the function itself. All actions of a service, on a channel that
        the actor consumes, are granted by whoever only wants to receive.
        """
        itself = write.actor == write.channel
        narrow = reach.evidence == "granted" or (reach.evidence == "stack" and not itself)
        evidence = _evidence(statement, "granted" if narrow else "broad")
        if (
            evidence == "granted"
            and self._consumes(write.actor, write.channel)
            and whole_service(statement, write)
        ):
            write = write._replace(whole_service=True)
            evidence = "broad"
        return self._if_its_role(write._replace(evidence=evidence), statement)

    def _consumes(self, actor: Endpoint, channel: Endpoint) -> bool:
        """Is there a trigger from a channel to an actor?"""
        vertices = self._triggers.get(channel, ())
        return any(vertex.trigger.consumer == actor and not vertex.implicit for vertex in vertices)

    def _is_here(self, channel: Endpoint) -> bool:
        return channel in self._here or channel == _DEFAULT_BUS

    def _if_its_role(self, write: Write, statement: Statement) -> Write:
        """A write by an actor whose role can be told by its name alone is weak, and says so."""
        if not self._actors[write.actor].assumed:
            return write
        role = f", if {render(statement.role)} is its role"
        return write._replace(evidence="broad", reason=write.reason + role)

    def _relevant(self, statement: Statement) -> Mapping[str, frozenset[str]]:
        return relevant_actions(statement.actions, statement.not_actions, self._services)

    def grants_a_write(self, statement: Statement) -> bool:
        """Does a statement allow an action that writes to a service which triggers something here?"""
        return statement.effect == "Allow" and bool(self._relevant(statement))

    def _write(
        self,
        actor: Endpoint,
        channel: Endpoint,
        statement: Statement,
        service: str,
        allowed: list[str],
        scope: Scope,
    ) -> Write | None:
        patterns, excluded = scope
        table, topics = by_name()[service].writes, by_name()[service].topics
        meant = topics(patterns or ((ANY,),), frozenset(allowed)) if topics is not None else ()
        if topics is not None and not meant:
            return None
        events = frozenset().union(*(table[action] for action in allowed)) or None
        prefix = by_name()[service].prefix or service
        return Write(
            actor,
            channel,
            f"{{source}} may {verb(service, allowed[0])} {{target}}{_through(statement)}"
            f" ({statement.label}: {prefix}:{allowed[0]})",
            action_span(statement, prefix, allowed[0]),
            "write",
            Produces(
                events,
                patterns if service == "s3" else (),
                excluded,
                self._document(statement, channel),
                topics=meant,
                apart=apart(statement, channel) if self._is_here(channel) else (),
                seldom=seldom(service, allowed),
            ),
            granted_on=service,
        )

    def _document(self, statement: Statement, channel: Endpoint) -> Any:
        """What a statement says of what it lets somebody write: its conditions on events, who makes a recorded call."""
        if statement.condition:
            from recursion_lint.iam.evaluation.event_conditions import allowed_events

            return allowed_events(statement)
        if channel in self._known_by_caller:
            from recursion_lint.iam.evaluation.recorded_calls import by_caller

            return by_caller(statement)
        return None


def _certain(denial: Statement) -> bool:
    """Is it certain what is denied: anything, or the events of some sources, or of some types?"""
    keys = [key.lower() for part in denial.condition.values() for key in part]
    return not keys or (len(keys) == 1 and keys[0] in OF_EVENTS)


def _evidence(statement: Statement, evidence: EvidenceName) -> EvidenceName:
    """A grant is as strong as what lets the actor have the role that it is on."""
    return "broad" if statement.through is not None and statement.through.broad else evidence


def _through(statement: Statement) -> str:
    return f" {statement.through.words}" if statement.through is not None else ""
