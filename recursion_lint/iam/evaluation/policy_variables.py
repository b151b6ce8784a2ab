"""Policy variables in the resources of statements → what the templates show of them, or any text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from recursion_lint.iam.evaluation.request_context import of_role
from recursion_lint.model.facts import Role, Statement
from recursion_lint.model.text import ANY, Part, Symbol, Text, text


def filled(statement: Statement, declared: tuple[Role, ...]) -> Statement:
    """A statement with the policy variables of its resources filled in.

    One that the templates do not show may be anything where something is allowed; what is denied, or left out, by it
    cannot be told, so that it stays.
    """
    patterns = (*(pattern for pattern, _ in statement.resources), *statement.not_resources)
    if not any(map(variables, patterns)):
        return statement
    allowed = statement.effect == "Allow"
    resources = [
        (_filled(pattern, statement.role, declared, allowed), needed)
        for pattern, needed in statement.resources
    ]
    others = [_filled(pattern, statement.role, declared, not allowed) for pattern in statement.not_resources]
    return statement._replace(
        resources=tuple((pattern, needed) for pattern, needed in resources if pattern is not None),
        not_resources=tuple(pattern for pattern in others if pattern is not None),
    )


def anything(pattern: Text) -> Text:
    """A pattern with any text for each policy variable."""
    return text(ANY if isinstance(part, Symbol) and part.kind == "variable" else part for part in pattern)


def variables(pattern: Text) -> list[Symbol]:
    """The policy variables of a pattern."""
    return [part for part in pattern if isinstance(part, Symbol) and part.kind == "variable"]


def _filled(pattern: Text, role: Text, declared: tuple[Role, ...], anything: bool) -> Text | None:
    """A pattern with its variables filled in; ``None`` for one that holds what no request by the role carries."""
    parts: list[Part] = []
    for part in pattern:
        if not isinstance(part, Symbol) or part.kind != "variable":
            parts.append(part)
            continue
        name, _, otherwise = part.name.partition(",")
        known = of_role(name.strip().lower(), role, declared)
        if known == ():
            if not otherwise:
                return None
            parts.append(otherwise.strip().strip("'"))
        else:
            parts += known[0] if known else (ANY,) if anything else (part,)
    return text(parts)
