"""Roles that an actor has besides its own: those that it may assume, and those that it may pass to a service.

To assume a role of the same account, either the role trusts the account and the caller is allowed ``sts:AssumeRole``,
or the role trusts the caller by name. Nobody assumes a role that trusts only services.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
Who may pass a role and start work of a service that it trusts acts by the role as well, as far as that work goes.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.iam.actions import matches_action
from recursion_lint.model.arns import set_apart, split_arn
from recursion_lint.model.facts import Role, Statement, Through, Trust
from recursion_lint.model.path_conditions import Requires
from recursion_lint.model.text import ANY, Text, glob, has_wildcard, literal, text
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.services.naming import endpoint_of

MAX_CHAIN = 3
"""No more roles are assumed one by another."""


class Job(NamedTuple):
    """Work that a service does by a role that it is given: the actions that start it, and the page that says so."""

    prefix: str
    actions: tuple[str, ...]
    page: str


_DOCS = "https://docs.aws.amazon.com/"
_COMPREHEND = tuple(
    f"Start{what}Job"
    for what in (
        "DocumentClassification",
        "DominantLanguageDetection",
        "EntitiesDetection",
        "EventsDetection",
        "KeyPhrasesDetection",
        "PiiEntitiesDetection",
        "SentimentDetection",
        "TargetedSentimentDetection",
        "TopicsDetection",
    )
)
JOBS: Mapping[str, Job] = {
    "mediaconvert": Job("mediaconvert", ("CreateJob",), _DOCS + "mediaconvert/latest/ug/iam-role.html"),
    "transcribe": Job(
        "transcribe",
        ("StartMedicalScribeJob", "StartCallAnalyticsJob", "StartTranscriptionJob"),
        _DOCS + "transcribe/latest/APIReference/API_StartMedicalScribeJob.html",
    ),
    "comprehend": Job(
        "comprehend", _COMPREHEND, _DOCS + "comprehend/latest/dg/access-control-managing-permissions.html"
    ),
    "translate": Job(
        "translate", ("StartTextTranslationJob",), _DOCS + "translate/latest/dg/async-prereqs.html"
    ),
    "bedrock": Job(
        "bedrock",
        ("CreateModelInvocationJob", "CreateModelCustomizationJob", "CreateEvaluationJob"),
        _DOCS + "bedrock/latest/userguide/batch-iam-sr.html",
    ),
    "sagemaker": Job(
        "sagemaker",
        (
            "CreateProcessingJob",
            "CreateTrainingJob",
            "CreateHyperParameterTuningJob",
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
        ),
        _DOCS + "sagemaker/latest/dg/sagemaker-roles.html",
    ),
    "batchoperations.s3": Job(
        "s3", ("CreateJob",), _DOCS + "AmazonS3/latest/userguide/batch-ops-iam-role-policies.html"
    ),
    "export.rds": Job(
        "rds", ("StartExportTask",), _DOCS + "AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html"
    ),
}
"""Service principal, before ``.amazonaws.com`` → its jobs that write their results to S3 by the role."""

Held = tuple[Statement, Requires]
"""A statement, and what must hold for the actor to have it."""
_Condition = Mapping[str, Mapping[str, tuple[Text, ...]]]


class Declared(NamedTuple):
    """The roles of a run: by name, by the outermost stack that they belong to, and by the roles that they trust."""

    by_name: Mapping[Text, Sequence[Role]]
    by_stack: Mapping[str, Sequence[Role]]
    trusting: Mapping[Text, Sequence[Role]]


class Way(NamedTuple):
    """How an actor comes by a role: in words, under which conditions, and whether by name."""

    words: str
    requires: Requires
    condition: _Condition
    broad: bool
    passed: bool = False


def declared(roles: Iterable[tuple[Role, str]]) -> Declared:
    """The roles of a run, each with the outermost stack that it belongs to."""
    by_name: dict[Text, list[Role]] = {}
    by_stack: dict[str, list[Role]] = {}
    trusting: dict[Text, list[Role]] = {}
    for role, stack in roles:
        by_name.setdefault(role.name, []).append(role)
        by_stack.setdefault(stack, []).append(role)
        for name in dict.fromkeys(trust.name for trust in role.trusts if trust.kind == "role"):
            trusting.setdefault(name, []).append(role)
    return Declared(by_name, by_stack, trusting)


def lent(
    own: Iterable[tuple[Text, Requires]],
    by_role: Mapping[object, tuple[Statement, ...]],
    roles: Declared,
    stack: str,
) -> Iterator[Held]:
    """The statements of other roles that serve an actor with its ``own`` roles, of the outermost stack ``stack``."""
    queue = [(name, Way("", requires, {}, False), 0) for name, requires in own]
    seen: dict[Text, list[Way]] = {name: [way] for name, way, _ in queue}
    for name, so_far, depth in queue:
        statements = by_role.get(name, ())
        for role, way in _surest_first(_ways(name, statements, roles, stack)):
            whole = _joined(so_far, way)
            if any(not known.passed and _no_worse(known, whole) for known in seen.get(role.name, ())):
                continue
            yield from _served(by_role.get(role.name, ()), whole, role.id)
            if not whole.passed:
                seen.setdefault(role.name, []).append(whole)
                if depth + 1 < MAX_CHAIN:
                    queue.append((role.name, whole, depth + 1))


def _surest_first(ways: Iterable[tuple[Role, Way]]) -> list[tuple[Role, Way]]:
    """Of several ways to one role, those that do not need all that a surer one needs."""
    kept: list[tuple[Role, Way]] = []
    for role, way in sorted(ways, key=lambda found: (found[1].broad, bool(found[1].condition))):
        if not any(
            role.name == other.name and way.passed == known.passed and _no_worse(known, way)
            for other, known in kept
        ):
            kept.append((role, way))
    return kept


def _no_worse(known: Way, way: Way) -> bool:
    return (
        known.requires <= way.requires
        and known.broad <= way.broad
        and not (known.condition and not way.condition)
    )


def _joined(first: Way, second: Way) -> Way:
    words = f"{first.words} and {second.words}" if first.words else second.words
    condition = both(first.condition, second.condition)
    return Way(words, first.requires | second.requires, condition, first.broad or second.broad, second.passed)


def both(first: _Condition, second: _Condition) -> _Condition:
    """Two conditions as one."""
    if not first or not second:
        return first or second
    found = {operator: dict(keys) for operator, keys in first.items()}
    for operator, keys in second.items():
        found.setdefault(operator, {}).update(keys)
    return found


def _served(statements: Iterable[Statement], way: Way, holder: str) -> Iterator[Held]:
    """The statements of a role as they serve whoever comes by it: all of them, or what a job writes to S3."""
    through = Through(way.words, holder, way.broad, way.passed)
    for statement in statements:
        needed = way.requires | statement.requires
        if statement.effect == "Deny":
            yield statement, needed
            continue
        found = _put(statement) if way.passed else statement
        if found is not None:
            yield found._replace(through=through, condition=both(found.condition, way.condition)), needed


def _put(statement: Statement) -> Statement | None:
    """What a statement allows of putting objects; ``None`` for nothing."""
    if not _allows(statement.actions, statement.not_actions, "s3", "PutObject"):
        return None
    spans = [
        span
        for pattern, span in zip(statement.actions, statement.spans, strict=False)
        if matches_action(pattern, "s3", "PutObject")
    ]
    return statement._replace(actions=("s3:PutObject",), not_actions=(), spans=tuple(spans[:1]))


def _ways(name: Text, own: Sequence[Statement], roles: Declared, stack: str) -> Iterator[tuple[Role, Way]]:
    for role in roles.trusting.get(name, ()):
        for trust in role.trusts:
            if trust.kind == "role" and trust.name == name and not _denied(own, "sts", "AssumeRole", role):
                words = f"by assuming {role.id}"
                yield role, Way(words, trust.requires, trust.condition, not trust.sure)
    for statement in own:
        if statement.effect == "Allow" and not _everything(statement):
            if _allows(statement.actions, statement.not_actions, "sts", "AssumeRole"):
                yield from _assumed(statement, own, roles, stack)
            if _allows(statement.actions, statement.not_actions, "iam", "PassRole"):
                yield from _passed(statement, own, roles, stack)


def _everything(statement: Statement) -> bool:
    """Is everything allowed? Then nothing is gained by another role."""
    return "*" in statement.actions and any(pattern == (ANY,) for pattern, _ in statement.resources)


def _assumed(
    statement: Statement, own: Sequence[Statement], roles: Declared, stack: str
) -> Iterator[tuple[Role, Way]]:
    for role, needed, broad in _meant(statement, roles, stack):
        for trust in role.trusts:
            if trust.kind == "account" and not _denied(own, "sts", "AssumeRole", role):
                yield (
                    role,
                    Way(
                        f"by assuming {role.id}",
                        statement.requires | needed | trust.requires,
                        both(statement.condition, trust.condition),
                        broad or not trust.sure,
                    ),
                )


def _passed(
    statement: Statement, own: Sequence[Statement], roles: Declared, stack: str
) -> Iterator[tuple[Role, Way]]:
    for role, needed, broad in _meant(statement, roles, stack):
        for trust in role.trusts:
            job = JOBS.get(_service(trust))
            condition = _for_service(statement.condition, trust.name)
            if job is None or condition is None or _denied(own, "iam", "PassRole", role):
                continue
            for starter in own:
                if starter.effect == "Allow" and _starts(starter, job):
                    yield (
                        role,
                        Way(
                            f"by passing {role.id} to {_service(trust)}",
                            statement.requires | needed | trust.requires | starter.requires,
                            both(condition, trust.condition),
                            broad,
                            passed=True,
                        ),
                    )


def _service(trust: Trust) -> str:
    plain = literal(trust.name[:1]) if trust.kind == "service" else None
    return (plain or "").partition(".amazonaws.")[0].removesuffix(".")


def _starts(statement: Statement, job: Job) -> bool:
    return any(
        _allows(statement.actions, statement.not_actions, job.prefix, action) for action in job.actions
    )


def _for_service(condition: _Condition, service: Text) -> _Condition | None:
    """A condition without ``iam:PassedToService``; ``None`` where that is about another service."""
    left: dict[str, dict[str, tuple[Text, ...]]] = {}
    for operator, keys in condition.items():
        plain = operator.partition(":")[2] or operator
        for key, values in keys.items():
            if key.lower() != "iam:passedtoservice" or not plain.startswith(("StringEquals", "StringLike")):
                left.setdefault(operator, {})[key] = values
            elif all(decide([glob(value), service]).verdict == "disjoint" for value in values):
                return None
    return left


def _meant(statement: Statement, roles: Declared, stack: str) -> Iterator[tuple[Role, Requires, bool]]:
    """The roles that a statement is about, what each needs, and whether it is not named."""
    for pattern, needed in statement.resources:
        for role, broad in _reached(pattern, roles, stack):
            yield role, needed, broad
    if statement.not_resources and not statement.resources:
        for role in roles.by_stack.get(stack, ()):
            if not any(_covered(pattern, role) for pattern in statement.not_resources):
                yield role, frozenset(), True


def _reached(pattern: Text, roles: Declared, stack: str) -> Iterator[tuple[Role, bool]]:
    arn = split_arn(pattern)
    if arn is not None and arn.service not in (("iam",), (ANY,)):
        return
    near = roles.by_stack.get(stack, ())
    if arn is None or not has_wildcard(arn.resource):
        anywhere = arn is not None and has_wildcard(arn.account)
        for role in roles.by_name.get(endpoint_of(pattern, "iam").name, ()):
            yield role, bool(set_apart(pattern)) or (anywhere and role not in near)
        return
    for role in near:
        if decide([arn.resource, _resource(role)]).verdict != "disjoint":
            yield role, True


def _resource(role: Role) -> Text:
    return text(["role", *role.path, *role.name])


def _covered(pattern: Text, role: Role) -> bool:
    arn = split_arn(pattern)
    return arn is not None and arn.service in (("iam",), (ANY,)) and covers([arn.resource], _resource(role))


def _denied(own: Iterable[Statement], service: str, action: str, role: Role) -> bool:
    """Is an action on a role certainly denied?"""
    return any(
        statement.effect == "Deny"
        and not statement.condition
        and not statement.requires
        and _allows(statement.actions, statement.not_actions, service, action)
        and any(not needed and _covered(pattern, role) for pattern, needed in statement.resources)
        for statement in own
    )


def _allows(actions: Iterable[str], not_actions: Sequence[str], service: str, action: str) -> bool:
    """Is an action among those that a statement is about?"""
    if not_actions:
        return not any(matches_action(pattern, service, action) for pattern in not_actions)
    return any(matches_action(pattern, service, action) for pattern in actions)
