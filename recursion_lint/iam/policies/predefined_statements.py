"""What AWS names grants → ``Statement`` facts on roles: its own policies, SAM's policy templates.

``predefined`` has their texts; here their placeholders are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.iam.policies.statements import Condition
from recursion_lint.model.facts import Statement
from recursion_lint.model.path_conditions import ALWAYS, Alternatives, Requires, product
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Part, Symbol, Text, glob, literal, text
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ACCOUNT, PARTITION, REGION, URL_SUFFIX
from recursion_lint.template.yaml.nodes import Node

_PSEUDO = {
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": URL_SUFFIX,
}


def of_aws(value: Text, role: Text, span: Span, requires: Requires) -> list[Statement] | None:
    """What an AWS managed policy grants, by its ARN or name; ``None`` where the catalogue has none such."""
    name = _policy_name(value)
    raw = catalog.managed_policy(name) if name is not None else None
    if raw is None:
        return None
    label = str(name).rpartition("/")[2]
    return [filled_in(one, role, span, label, requires, {}, managed=True) for one in raw]


def _policy_name(value: Text) -> str | None:
    """The ARN or name of an AWS managed policy, whatever the partition is written as."""
    plain = literal(value)
    if plain is not None:
        return plain
    tail = value[-1]
    if isinstance(tail, str) and ":iam::aws:policy/" in tail:
        return "arn:aws" + tail[tail.index(":iam::aws:policy/") :]
    return None


def of_policy_template(
    reading: Reading, name: str, span: Span, arguments: Node, role: Text, requires: Requires
) -> Iterator[Fact]:
    """What a SAM policy template with its arguments grants, or a note that there is none of that name."""
    found = catalog.policy_template(name)
    if found is None:
        yield Note(span, f"{name} is not a SAM policy template; what it grants was not seen")
        return
    values = {parameter: reading.resolver.texts(arguments.get(parameter)) for parameter in found.parameters}
    for raw in found.statements:
        yield filled_in(raw, role, span, name, requires, values)


def filled_in(
    raw: catalog.RawStatement,
    role: Text,
    span: Span,
    label: str,
    requires: Requires,
    values: Mapping[str, Alternatives],
    managed: bool = False,
) -> Statement:
    """A statement of the catalogue with its placeholders filled in."""
    condition: Condition = {"Undecided": {"": ()}} if raw.condition else {}
    return Statement(
        role,
        raw.effect,
        raw.actions,
        raw.not_actions,
        tuple(
            (glob(value), needed) for resource in raw.resources for value, needed in _filled(resource, values)
        ),
        tuple(glob(value) for resource in raw.not_resources for value, _ in _filled(resource, values)),
        condition,
        span,
        label,
        requires,
        managed,
    )


def _filled(resource: str, values: Mapping[str, Alternatives]) -> Alternatives:
    """``arn:${AWS::Partition}:s3:::{BucketName}/*`` or ``%{Destination.Arn}`` → what it may be, as symbolic text.

    A value that is chosen by ``Fn::If`` makes a resource for each branch.
    """
    found: list[tuple[list[Part], Requires]] = [([], ALWAYS)]
    for parameter, otherwise in _pieces(resource):
        argument = values.get(parameter)
        if argument:
            found = product(found, argument)
            continue
        for parts, _ in found:
            parts.append(otherwise)
    return tuple((text(parts), needed) for parts, needed in found)


@lru_cache(maxsize=1024)
def _pieces(resource: str) -> tuple[tuple[str, Part], ...]:
    """A resource of the catalogue: the parameters that it asks for (``""`` for none), and what stands there else."""
    pieces: list[tuple[str, Part]] = []
    for piece in re.split(r"(\$\{[^}]*\}|%?\{[^}]*\})", resource):
        if piece.startswith("${"):
            pieces.append(("", _PSEUDO.get(piece[2:-1], Symbol("unknown", piece))))
        elif piece.startswith(("{", "%{")):
            pieces.append((piece.lstrip("%")[1:-1], Symbol("unknown", piece)))
        elif piece:
            pieces.append(("", piece))
    return tuple(pieces)
