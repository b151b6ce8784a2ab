"""Functions whose roles no template of the run shows: a parameter, an import or an ARN names a role of elsewhere.

Such a role may allow anything, so only what the code of the function really does counts of it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.facts import Actor, Declared, Endpoint, Facts, Statement
from recursion_lint.model.path_conditions import ALWAYS
from recursion_lint.model.spans import Note
from recursion_lint.model.text import ANY, Symbol, Text, render
from recursion_lint.services.registry import declared as of_service

MOST_NAMED = 3
"""So many functions of one role are told by name."""


class Unseen(NamedTuple):
    """What each function with such a role may be allowed, and a note for each role."""

    statements: Mapping[Endpoint, Statement]
    notes: tuple[Note, ...]


def unseen_roles(
    facts: Sequence[Facts], started: Iterable[Endpoint], declared: Mapping[Endpoint, Declared]
) -> Unseen:
    """The functions among ``started``, those that something triggers, all of whose roles are of elsewhere."""
    shown = _shown(facts)
    actors = {actor.endpoint: actor for found in facts for actor in found.actors}
    statements: dict[Endpoint, Statement] = {}
    by_role: dict[Text, list[Declared]] = {}
    for endpoint in dict.fromkeys(started):
        actor, known = actors.get(endpoint), declared.get(endpoint)
        if actor is None or known is None or not _is_unseen(actor, shown):
            continue
        role = actor.roles[0][0]
        by_role.setdefault(role, []).append(known)
        statements[endpoint] = Statement(
            role,
            "Allow",
            ("*",),
            (),
            (((ANY,), ALWAYS),),
            (),
            {},
            known.span,
            f"its role {_name(role)} is in no template",
            managed=True,
            unseen=True,
        )
    return Unseen(statements, tuple(_note(role, found) for role, found in by_role.items()))


def _shown(facts: Iterable[Facts]) -> set[Text]:
    """The roles of which some template tells anything."""
    return {
        *(one.name for found in facts for one in found.roles),
        *(one.role for found in facts for one in found.statements),
        *(one.role for found in facts for one in found.attachments),
    }


def _is_unseen(actor: Actor, shown: set[Text]) -> bool:
    """Is every role that it may have one of elsewhere? What resources of the template make has notes of its own."""
    if actor.defined or actor.assumed or not of_service(actor.endpoint.service).runs_handler:
        return False
    return bool(actor.roles) and all(role not in shown and not _made_here(role) for role, _ in actor.roles)


def _made_here(role: Text) -> bool:
    return not role or any(isinstance(part, Symbol) and part.kind in ("attribute", "random") for part in role)


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
