"""AWS CodeCommit: repositories and the functions and topics that hear of pushes.

https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Accepts, Trigger
from recursion_lint.model.text import render
from recursion_lint.services.declaration import Service, TaskTarget
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.service_event import ServiceEvent, calls
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

CREATED, UPDATED, DELETED = (
    frozenset({"createReference"}),
    frozenset({"updateReference"}),
    frozenset({"deleteReference"}),
)
_EVERY = CREATED | UPDATED | DELETED
_MERGES = ("FastForward", "Squash", "ThreeWay")
_WRITES = {
    "GitPush": _EVERY,
    "CreateCommit": CREATED | UPDATED,
    "PutFile": CREATED | UPDATED,
    "DeleteFile": UPDATED,
    "CreateBranch": CREATED,
    "DeleteBranch": DELETED,
    **{f"MergeBranchesBy{how}": UPDATED for how in _MERGES},
    **{f"MergePullRequestBy{how}": UPDATED for how in _MERGES},
}


def read_repository(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CodeCommit::Repository`` and its ``Triggers``."""
    resolver = reading.resolver
    repository, needed = reading.endpoint(resource), resolver.resource_requires(resource)
    yield reading.declared(resource, repository)
    for entry, more in resolver.items(resource.get("Triggers"), needed):
        names = {resolver.literal(item) for item in resolver.elements(entry.get("Events"))}
        events = frozenset(name for name in names if name) if names and not names & {"all", None} else _EVERY
        branches = map(render, reading.strings(entry.get("Branches")))
        accepts = Accepts(events, undecided=only_branch(", ".join(branches)))
        for target, also in reading.endpoints(entry.get("DestinationArn"), "?", more):
            kind = "trigger" if target.service == "lambda" else "forward"
            yield Trigger(
                repository,
                target,
                "pushes to {source} reach {target}",
                entry.span,
                kind,
                accepts,
                requires=also,
            )


def only_branch(branches: str) -> str:
    """The filter that a branch is: a grant does not tell which branch is written."""
    return f"whether the branch {branches} is written cannot be told" if branches else ""


_REPOSITORY = {"Arn": "arn", "Name": "name"}

_NAMED = {"detail.repositoryName": "name", "resources": "arn"}
# https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
_EVENTS = (
    ServiceEvent(
        "aws.codecommit",
        ("CodeCommit Comment on Pull Request",),
        {
            **calls(
                "codecommit",
                "PostCommentForPullRequest",
                "PostCommentReply",
                event=("commentOnPullRequestCreated",),
            ),
            **calls("codecommit", "UpdateComment", event=("commentOnPullRequestUpdated",)),
        },
        {},
        _NAMED,
        "",
        "RepositoryName",
    ),
    ServiceEvent(
        "aws.codecommit",
        ("CodeCommit Comment on Commit",),
        {
            **calls(
                "codecommit",
                "PostCommentForComparedCommit",
                "PostCommentReply",
                event=("commentOnCommitCreated",),
            ),
            **calls("codecommit", "UpdateComment", event=("commentOnCommitUpdated",)),
        },
        {},
        _NAMED,
        "",
        "RepositoryName",
    ),
    ServiceEvent(
        "aws.codecommit",
        ("CodeCommit Pull Request State Change",),
        {
            **calls("codecommit", "CreatePullRequest", event=("pullRequestCreated",)),
            **calls("codecommit", "UpdatePullRequestStatus", event=("pullRequestStatusChanged",)),
            **calls(
                "codecommit", "UpdatePullRequestApprovalState", event=("pullRequestApprovalStateChanged",)
            ),
            **calls(
                "codecommit",
                *(f"MergePullRequestBy{how}" for how in _MERGES),
                event=("pullRequestMergeStatusUpdated", "pullRequestStatusChanged"),
            ),
            **calls("codecommit", "CreatePullRequestApprovalRule", event=("pullRequestApprovalRuleCreated",)),
        },
        {},
        {"detail.repositoryNames": "name", "resources": "arn"},
    ),
)

SERVICE = Service(
    name="codecommit",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "AWS::CodeCommit::Repository",
            "codecommit",
            "codecommit:@:{}",
            "RepositoryName",
            "name",
            _REPOSITORY,
        ),
    ),
    writes=_WRITES,
    tasks={
        name[:1].lower() + name[1:]: TaskTarget(("RepositoryName",), "pushes to")
        for name in _WRITES
        if name != "GitPush"
    },
    readers={"AWS::CodeCommit::Repository": read_repository},
    filtered_by="rule",
    verb="push to",
    events=_EVENTS,
)
