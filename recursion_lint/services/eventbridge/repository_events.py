"""Changes of CodeCommit repositories that reach an EventBridge rule on the default bus.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint
from recursion_lint.model.text import Text, render
from recursion_lint.patterns.fields import Path, exact, field, may_match, strings, without
from recursion_lint.patterns.keys import covers, decide
from recursion_lint.services.codecommit import CREATED, DELETED, UPDATED, only_branch
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Reading
from recursion_lint.services.s3.object_events import Source, settled

_ENVELOPE = {"source": "aws.codecommit", "detail-type": "CodeCommit Repository State Change"}
_EVENTS = {"referenceCreated": CREATED, "referenceUpdated": UPDATED, "referenceDeleted": DELETED}
_EVENT, _TYPE = ("detail", "event"), ("detail", "referenceType")
_BRANCHES: tuple[Path, ...] = (("detail", "referenceName"), ("detail", "referenceFullName"))
_NAME: Path = ("detail", "repositoryName")
_ARN: Path = ("resources",)


def sources(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[Source]:
    """The repositories whose branches ``pattern`` (without ``$or``) listens to.

    A pattern that names neither a source nor a detail type is about repositories only where it names them.
    """
    events = frozenset[str]().union(
        *(
            change
            for name, change in _EVENTS.items()
            if may_match(pattern, {**_ENVELOPE, "detail": {"event": name}})
        )
    )
    if not events:
        return
    told = field(pattern, "source") is not None or field(pattern, "detail-type") is not None
    branches = _branches(pattern)
    done = [*settled(pattern), _EVENT, *branches]
    if may_match(pattern, {"detail": {"referenceType": "branch"}}):
        done.append(_TYPE)
    undecided = only_branch(", ".join(dict.fromkeys(name for names in branches.values() for name in names)))
    for repository, decided in _named(reading, pattern) if told else _spelled(pattern):
        left = without(pattern, [*done, *decided])
        yield Source(
            repository,
            Accepts(events, content=(left,) if left else (), undecided=undecided),
            "pushes to {source}",
        )


def _branches(pattern: Mapping[str, Any]) -> Mapping[Path, list[str]]:
    """The filters that name their branches one by one; any other stays in the pattern."""
    leaves = {path: exact(field(pattern, *path)) for path in _BRANCHES}
    return {
        path: [render(word).removeprefix("refs/heads/") for word in words]
        for path, words in leaves.items()
        if words is not None
    }


def _spelled(pattern: Mapping[str, Any]) -> Iterator[tuple[Endpoint, list[Path]]]:
    """The repositories that a pattern names, and the filters which that settles."""
    leaves = {path: exact(field(pattern, *path)) for path in (_NAME, _ARN)}
    words = leaves[_NAME] or leaves[_ARN] or []
    found = dict.fromkeys(endpoint_of(word, "codecommit") for word in words)
    decided = [path for path, named in leaves.items() if named is not None]
    yield from ((repository, decided) for repository in found if repository.service == "codecommit")


def _named(reading: Reading, pattern: Mapping[str, Any]) -> Iterator[tuple[Endpoint, list[Path]]]:
    """The repositories that a pattern names, or those of the template that its filters may let through."""
    if exact(field(pattern, *_NAME)) is not None or exact(field(pattern, *_ARN)) is not None:
        yield from _spelled(pattern)
        return
    for resource in reading.of_type("AWS::CodeCommit::Repository"):
        repository = reading.endpoint(resource)
        values = {_NAME: repository.name, _ARN: reading.resolver.arn_of(resource)}
        verdicts = {path: _verdict(value, field(pattern, *path)) for path, value in values.items()}
        if "disjoint" not in verdicts.values():
            yield repository, [path for path, verdict in verdicts.items() if verdict == "overlaps"]


def _verdict(value: Text, leaf: Any) -> str:
    """How a filter on a name or an ARN takes ``value``: the best of its entries."""
    pairs = strings(leaf)
    if pairs is None:
        return "unknown"
    verdicts = {
        "disjoint"
        if any(covers([one], value) for one in excluded)
        else decide((value, *required), tuple(excluded)).verdict
        for required, excluded in pairs
    }
    return next((verdict for verdict in ("overlaps", "unknown") if verdict in verdicts), "disjoint")
