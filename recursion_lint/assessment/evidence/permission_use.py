"""Which permissions on a channel a function's code can do without: asked only where it surely does not close the loop.

To say so much more must be known than for a verdict: a permission serves what the code calls, and also whoever it hands
a presigned URL or its credentials to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from recursion_lint.assessment.evidence.code_values import around, relation
from recursion_lint.assessment.evidence.code_words import value_in_words
from recursion_lint.assessment.evidence.handler_code import FunctionCode
from recursion_lint.assessment.evidence.said import Said
from recursion_lint.code.by_name.names_only import NamesTold
from recursion_lint.code.sdk_calls import Operation, operation, operations
from recursion_lint.code.used_actions import (
    names_action,
    needed_action,
    needed_beside,
    needed_on_target,
    uses_permissions_unseen,
)
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.graph.paths import Cycle, Step
from recursion_lint.iam.actions import matches_action
from recursion_lint.services.registry import declared


class PermissionUse(NamedTuple):
    """What a function's code does with its permissions on a channel that it does not close a loop through.

    ``called`` are the actions of all its calls of the channel's service, ``None`` where only names were looked for;
    ``needed`` those that it needs on the channel itself. ``accounted`` are the operations whose every call is known,
    ``texts`` is all code that was read. ``file`` is the handler's, ``targets`` what it writes to instead.
    """

    called: tuple[str, ...] | None
    needed: frozenset[str]
    accounted: tuple[Operation, ...]
    texts: tuple[str, ...]
    file: str
    targets: tuple[str, ...]

    def spares(self, patterns: Collection[str]) -> bool:
        """Is nothing that these action patterns allow needed on the channel? What no known call tells of must not stand
        in the code."""
        if any(_covers(pattern, action) for pattern in patterns for action in self.needed):
            return False
        return not any(names_action(self.texts, pattern, self.accounted) for pattern in patterns)

    def in_words(self, prefix: str) -> str:
        """What the code does, for whoever wonders what may be taken away; ``prefix`` is that of the service."""
        at = f" ({self.file})"
        if self.targets:
            return f"its code{at} writes to {' and '.join(self.targets[:2])} only"
        if self.called is None:
            return f"no call that writes there stands in its code{at}"
        if not self.called:
            return f"its code{at} makes no {prefix} call"
        more = f" and {len(self.called) - 3} more" if len(self.called) > 3 else ""
        return f"its code{at} uses {', '.join(self.called[:3])}{more} only"


def permission_use(
    graph: EventGraph, step: Step, cycle: Cycle, code: FunctionCode, said: Said
) -> PermissionUse | None:
    """What the code behind a granted step does with its permissions there; ``None`` where not all is known.

    It is known where the code surely does not take the step, everything that it imports was read, and it hands no
    permission on.
    """
    if (
        said.verdict not in ("never", "elsewhere")
        or said.lowers < 2
        or code.names is None
        or step.write is None
    ):
        return None
    if isinstance(code.names, NamesTold):
        return None  # what no known call tells of would have to be looked for in the texts
    if not code.whole or uses_permissions_unseen(text for _, text in code.names.texts):
        return None
    service = step.write.service
    texts = tuple(text for _, text in code.names.texts)
    accounted = tuple(entry for entry in operations().values() if entry.channel == service)
    if code.calls is None:
        told = (value_in_words(said.site.target),) if said.site is not None else ()
        return PermissionUse(None, frozenset(), accounted, texts, said.read[0], told)
    if code.calls.third_party:
        return None
    place = around(graph, step, cycle, code.placeholders)
    needed: set[str] = set()
    targets: dict[str, None] = {}
    for site in code.calls.calls:
        entry = operation(site.operation)
        needed.update(needed_beside(entry))
        if entry.channel != service:
            continue
        if relation(site.target, place) != "different":
            needed.update(needed_on_target(entry))
        else:
            targets[value_in_words(site.target)] = None
    called = _called(code.calls.used, service)
    return PermissionUse(called, frozenset(needed), accounted, texts, said.read[0], tuple(targets))


def uncalled(code: FunctionCode, channel: str, actions: Collection[str]) -> frozenset[str] | None:
    """Those of ``actions`` on a service's channels that no code of the function calls; ``None`` where not all was read.

    Unlike ``permission_use`` it says nothing of whether the code closes a loop, and nothing of which channel it calls.
    """
    if code.names is None or isinstance(code.names, NamesTold) or not code.whole:
        return None
    read = [text for _, text in code.names.texts]
    if uses_permissions_unseen(read) or (code.calls is not None and code.calls.third_party):
        return None
    accounted: tuple[Operation, ...] = ()
    called: set[str] = set()
    if code.calls is not None:
        known = operations()
        for key in code.calls.used:
            entry = known.get(".".join(key))
            called.update(entry.actions if entry is not None else [needed_action(*key)])
        called.update(action for site in code.calls.calls for action in operation(site.operation).actions)
        if not code.calls.gaps:
            accounted = tuple(entry for entry in known.values() if entry.channel == channel)
    return frozenset(
        action
        for action in actions
        if not any(_covers(action, one) for one in called) and not names_action(read, action, accounted)
    )


def used_there(
    graph: EventGraph, step: Step, cycle: Cycle, code: FunctionCode, reached: Collection[str]
) -> frozenset[str]:
    """Those of ``reached``, the actions that close a loop by ``step``, that calls in the code may need on its channel.

    They need it whatever they write: keys, content or attributes that nothing listens to are written there as well.
    """
    if code.calls is None or step.write is None:
        return frozenset()
    place = around(graph, step, cycle, code.placeholders)
    found = (site for site in code.calls.calls if operation(site.operation).channel == step.write.service)
    near = (operation(site.operation) for site in found if relation(site.target, place) != "different")
    return frozenset(action for entry in near for action in needed_on_target(entry) if action in reached)


def not_granted(graph: EventGraph, step: Step, key: str) -> str:
    """The action that a call of the operation ``key`` needs, where no statement of its function allows any it needs.

    Deployed as it is the call fails, unless a policy that is not in the templates allows it.
    """
    needed = needed_on_target(operation(key))
    if step.write is None or not needed:
        return ""
    for statement, _ in graph.grants.statements(step.write.actor):
        if statement.unseen:
            return ""
        if statement.effect != "Allow":
            continue
        for action in needed:
            left_out = any(_covers(pattern, action) for pattern in statement.not_actions)
            if any(_covers(one, action) for one in statement.actions) or (
                statement.not_actions and not left_out
            ):
                return ""
    return needed[0]


def _covers(pattern: str, action: str) -> bool:
    service, _, name = action.partition(":")
    return matches_action(pattern, service, name)


def called(code: FunctionCode, service: str) -> tuple[str, ...] | None:
    """The actions of all calls of a service that were found in the code; ``None`` where calls were not looked for."""
    return _called(code.calls.used, service) if code.calls is not None else None


def _called(used: Iterable[tuple[str, str]], service: str) -> tuple[str, ...]:
    """The actions of all calls of a service, in alphabetical order."""
    prefix = declared(service).prefix or service
    known = operations()
    found: set[str] = set()
    for key in used:
        entry = known.get(".".join(key))
        found.update(entry.actions if entry is not None else [needed_action(*key)])
    return tuple(sorted(action for action in found if action.startswith(f"{prefix}:")))
