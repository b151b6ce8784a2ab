"""The parts of a repository that nothing but shared names holds together: what comes into one leaves by no other.

A stack, with all that is nested in it, is one part. A function of it is a part of its own where all that it may write
to has a plain name: then whatever it leads to is found by that name, in its own stack as in others. Whoever else is in
the stack may start it. So a repository in which many loops of others meet does not make one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint, Facts, Statement
from recursion_lint.model.text import Text, literal
from recursion_lint.services.naming import channel_named
from recursion_lint.services.registry import declared

MAX_PARTS = 1 << 20


class Parts:
    """The numbers of parts: of the stacks of a repository, and of the functions apart from the rest of theirs.

    ``roots`` are the outermost stacks, ``functions`` the parts of those functions and ``roles`` of theirs, by name.
    """

    def __init__(self, stacks: Iterable[Facts], is_shared: Callable[[Text], bool]) -> None:
        found = list(stacks)
        numbers = range(MAX_PARTS)
        self.roots = dict(zip(sorted({one.root for one in found}), numbers, strict=False))
        self.functions: dict[Endpoint, int] = {}
        self.roles: dict[Text, int] = {}
        self.within: dict[int, str] = {}
        if any(trust.kind == "role" for one in found for role in one.roles for trust in role.trusts):
            return  # a role that others may take on is not its function's alone
        apart = sorted(_apart(found, is_shared), key=repr)
        for (function, role, root), number in zip(apart, numbers[len(self.roots) :], strict=False):
            self.functions[function] = number
            self.roles[role] = number
            self.within[number] = root

    def of(self, endpoint: Endpoint, stack: Facts) -> int:
        """The part that an endpoint is in which ``stack`` tells of."""
        return self.functions.get(endpoint, self.of_stack(stack))

    def of_role(self, role: Text, stack: Facts) -> int:
        """The part of whoever has a role."""
        return self.roles.get(role, self.of_stack(stack))

    def of_stack(self, stack: Facts) -> int:
        """The part of all else in a stack."""
        return self.roots.get(stack.root, MAX_PARTS - 1)


def _apart(stacks: list[Facts], is_shared: Callable[[Text], bool]) -> set[tuple[Endpoint, Text, str]]:
    """The functions that are parts of their own, with their roles and the outermost stacks that they are in."""
    holders = Counter(role for one in stacks for actor in one.actors for role, _ in actor.roles)
    times = Counter(actor.endpoint for one in stacks for actor in one.actors)
    joined = {each.role for one in stacks for each in one.attachments}
    joined |= {each.role for one in stacks for each in one.boundaries}
    bound = {actor for one in stacks for actor in _defined(one)}
    reaching = {statement.role for one in stacks for statement in one.statements if not _is_plain(statement)}
    found: set[tuple[Endpoint, Text, str]] = set()
    for one in stacks:
        for actor in one.actors:
            roles = [role for role, _ in actor.roles]
            if len(roles) != 1 or not declared(actor.endpoint.service).runs_handler:
                continue
            role = roles[0]
            alone = times[actor.endpoint] == 1 and holders[role] == 1 and not actor.assumed
            if (
                alone
                and role not in joined | reaching
                and actor.endpoint not in bound
                and not is_shared(role)
            ):
                found.add((actor.endpoint, role, one.root))
    return found


def _defined(stack: Facts) -> Iterable[Endpoint]:
    """Who writes what the template itself says, and what is itself the channel of others."""
    yield from (write.actor for write in stack.writes)
    yield from (copy.source for copy in stack.replications)


def _is_plain(statement: Statement) -> bool:
    """Does a statement name nothing but channels that others may know by the same names?"""
    if statement.not_actions or statement.not_resources or statement.through or not statement.resources:
        return False
    for pattern, _ in statement.resources:
        arn = split_arn(pattern)
        service = literal(arn.service) if arn is not None else None
        if not service or not declared(service).writes:
            return False
        named = channel_named(pattern, service)
        if not literal(named.name) or not declared(named.service).writes:
            return False
    return True
