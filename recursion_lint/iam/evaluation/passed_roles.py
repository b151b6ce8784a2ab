"""Roles that an actor may pass to a service: what the service then delivers by them.

Who may pass a role and start work of a service that it trusts acts by the role as well, as far as that work goes.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.iam.actions import matches_action
from recursion_lint.iam.evaluation.reachable_roles import (
    Condition,
    Declared,
    Way,
    allows,
    both,
    denied,
    meant,
)
from recursion_lint.model.facts import Role, Statement, Trust
from recursion_lint.model.text import Text, glob, literal
from recursion_lint.patterns.keys import decide


class Job(NamedTuple):
    """Work that a service does by a role that it is given: the actions that start it, and the page that says so.

    ``writes`` are the actions by which it delivers what comes of the work.
    """

    prefix: str
    actions: tuple[str, ...]
    page: str
    writes: tuple[str, ...] = ("s3:PutObject",)


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
_REKOGNITION = tuple(
    f"Start{what}"
    for what in (
        "CelebrityRecognition",
        "ContentModeration",
        "FaceDetection",
        "FaceSearch",
        "LabelDetection",
        "PersonTracking",
        "SegmentDetection",
        "TextDetection",
    )
)
_TOPIC = ("sns:Publish",)
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
    "textract": Job(
        "textract",
        (
            "StartDocumentAnalysis",
            "StartDocumentTextDetection",
            "StartExpenseAnalysis",
            "StartLendingAnalysis",
        ),
        _DOCS + "textract/latest/dg/api-async-roles.html",
        _TOPIC,
    ),
    "rekognition": Job(
        "rekognition", _REKOGNITION, _DOCS + "rekognition/latest/dg/api-video-roles.html", _TOPIC
    ),
    "ssm": Job(
        "ssm",
        ("SendCommand",),
        _DOCS + "systems-manager/latest/userguide/monitoring-sns-notifications.html",
        _TOPIC,
    ),
    "export.rds": Job(
        "rds", ("StartExportTask",), _DOCS + "AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html"
    ),
}
"""Service principal, before ``.amazonaws.com`` → its jobs that deliver results, or tell of their end, by the role."""


def passed(
    statement: Statement, own: Sequence[Statement], roles: Declared, stack: str
) -> Iterator[tuple[Role, Way]]:
    """The roles that ``statement`` lets an actor pass to a service whose jobs its ``own`` statements start."""
    for role, needed, broad in meant(statement, roles, stack):
        for trust in role.trusts:
            job = JOBS.get(_service(trust))
            condition = _for_service(statement.condition, trust.name)
            if job is None or condition is None or denied(own, "iam", "PassRole", role):
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
                            writes=job.writes,
                        ),
                    )


def _service(trust: Trust) -> str:
    plain = literal(trust.name[:1]) if trust.kind == "service" else None
    return (plain or "").partition(".amazonaws.")[0].removesuffix(".")


def _starts(statement: Statement, job: Job) -> bool:
    return any(allows(statement.actions, statement.not_actions, job.prefix, action) for action in job.actions)


def _for_service(condition: Condition, service: Text) -> Condition | None:
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


def delivered(statement: Statement, writes: Sequence[str]) -> Statement | None:
    """What a statement allows of the actions by which a job delivers; ``None`` for nothing."""
    allowed = [
        action for action in writes if allows(statement.actions, statement.not_actions, *action.split(":"))
    ]
    if not allowed:
        return None
    spans = [
        span
        for pattern, span in zip(statement.actions, statement.spans, strict=False)
        if matches_action(pattern, *allowed[0].split(":"))
    ]
    return statement._replace(actions=tuple(allowed), not_actions=(), spans=tuple(spans[:1]))
