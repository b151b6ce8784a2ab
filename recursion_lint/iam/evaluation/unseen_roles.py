"""Functions whose roles no template of the run shows: a parameter, an import or an ARN names a role of elsewhere.

Such a role may allow anything, so only what the code of the function really does counts of it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.facts import Declared, Endpoint, Facts, Statement
from recursion_lint.model.path_conditions import ALWAYS, Requires
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, Symbol, Text, parameter_of, render
from recursion_lint.services.registry import declared as of_service

MOST_NAMED = 3
"""So many functions of one role are told by name."""


class Unseen(NamedTuple):
    """What each function may be allowed by such roles, with what must hold for it to have them, and a note for each
    role that a function has in any case."""

    statements: Mapping[Endpoint, tuple[tuple[Statement, Requires], ...]]
    notes: tuple[Note, ...]


def unseen_roles(
    facts: Sequence[Facts], declared: Mapping[Endpoint, Declared], started: Collection[Endpoint]
) -> Unseen:
    """The functions of a run that have roles of elsewhere, perhaps; notes are of those that something starts."""
    shown = {one.name for found in facts for one in found.roles}
    defaults = {(found.scope, name): value for found in facts for name, value in found.defaults.items()}
    statements: dict[Endpoint, tuple[tuple[Statement, Requires], ...]] = {}
    by_role: dict[Text, list[Declared]] = {}
    for actor in (actor for found in facts for actor in found.actors):
        known = declared.get(actor.endpoint)
        if known is None or actor.defined or actor.assumed:
            continue
        if not of_service(actor.endpoint.service).runs_handler:
            continue
        unseen = [
            (role, needed)
            for role, needed in actor.roles
            if role not in shown and not _made_here(role) and not _is_default(role, defaults, shown)
        ]
        if not unseen:
            continue
        statements[actor.endpoint] = tuple((_anything(role, known), needed) for role, needed in unseen)
        if len(unseen) == len(actor.roles) and actor.endpoint in started:
            by_role.setdefault(unseen[0][0], []).append(known)
    return Unseen(statements, tuple(_note(role, found) for role, found in by_role.items()))


def _anything(role: Text, function: Declared) -> Statement:
    return Statement(
        role,
        "Allow",
        ("*",),
        (),
        (((ANY,), ALWAYS),),
        (),
        {},
        function.span,
        f"its role {_name(role)} is in no template",
        managed=True,
        unseen=True,
    )


def _made_here(role: Text) -> bool:
    return not role or any(isinstance(part, Symbol) and part.kind in ("attribute", "random") for part in role)


def _is_default(role: Text, defaults: Mapping[tuple[str, str], str], shown: set[Text]) -> bool:
    """Is it a parameter that means a role of the run where nobody sets it?"""
    parameter = parameter_of(role)
    given = defaults.get((parameter.scope, parameter.name)) if parameter is not None else None
    return given is not None and (given.rpartition("/")[2],) in shown


def _name(role: Text) -> str:
    """A parameter and an import by their own names."""
    if len(role) == 1 and isinstance(role[0], Symbol):
        return role[0].name
    return render(role)


def _note(role: Text, functions: Sequence[Declared]) -> Note:
    first = min(functions, key=lambda one: one.span)
    names = sorted(one.label for one in functions)
    told = ", ".join(names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return Note(
        first.span,
        f"the role {_name(role)} of {told}{more} is in no template of this run: "
        "loops through what it allows are told only where the code closes them",
    )
