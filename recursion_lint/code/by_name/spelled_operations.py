"""How SDKs of Java, Go, C#, Ruby and Rust spell an operation, its request, and the parameter that names its target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from recursion_lint.code.location.function_source import SourceLanguage
from recursion_lint.code.sdk_calls import Operation, snake

_ALIASES = {
    "s3.CopyObject": ("DestinationBucket", "DestinationBucketName", "Bucket"),
    "s3": ("Bucket", "BucketName"),
}
"""Parameters by which SDKs call a bucket: https://docs.aws.amazon.com/sdkfornet/v3/apidocs/items/S3/TPutObjectRequest.html"""
POSITIONS = {
    "s3.PutObject": (3, 0),
    "s3.DeleteObject": (2, 0),
    "s3.CopyObject": (4, 2),
    "sqs.SendMessage": (2, 0),
    "sqs.SendMessageBatch": (2, 0),
    "sns.Publish": (2, 0),
    "dynamodb.PutItem": (2, 0),
    "dynamodb.UpdateItem": (3, 0),
    "dynamodb.DeleteItem": (2, 0),
    "kinesis.PutRecord": (3, 0),
}
"""Operations that may be called with plain arguments: how many there are at least, and which one is the target."""


class Spelled(NamedTuple):
    """How a language spells an operation: its requests, its methods, and the parameter that names the target."""

    entry: Operation
    requests: frozenset[str]
    methods: frozenset[str]
    setters: frozenset[str]


def spelled(entry: Operation, language: SourceLanguage) -> Spelled | None:
    """``None`` for an operation whose target is no plain parameter."""
    name, lower = entry.name, entry.name[:1].lower() + entry.name[1:]
    paths = [path.removeprefix("[].") for path in entry.target]
    if any("." in path or "[" in path or "*" in path for path in paths):
        return None
    if not set(entry.target_forms) <= {"name", "arn", "url"} or entry.effect == "trigger":
        return None
    if entry.each and entry.key != "events.PutEvents" and entry.target[0].startswith("[]"):
        return None
    entries = entry.key == "events.PutEvents"
    if entries and language in ("ruby", "rust"):
        return None
    own = _ALIASES.get(entry.key) or (_ALIASES["s3"] if paths == ["Bucket"] else tuple(paths))
    upper = [path[:1].upper() + path[1:] for path in own]
    if language == "java":
        plain = [path[:1].lower() + path[1:] for path in upper]
        setters = [*plain, *(f"with{path}" for path in upper), *(f"set{path}" for path in upper)]
        return Spelled(entry, _requests(entry, "Request"), frozenset({lower}), frozenset(setters))
    if language == "go":
        methods = frozenset({name, f"{name}WithContext", f"{name}Request"})
        return Spelled(entry, _requests(entry, "Input"), methods, frozenset(upper))
    if language == "csharp":
        return Spelled(
            entry, _requests(entry, "Request"), frozenset({f"{name}Async", name}), frozenset(upper)
        )
    setters = [snake(path) for path in upper]
    if language == "rust":
        setters += [f"set_{path}" for path in setters]
    return Spelled(entry, frozenset(), frozenset({snake(name)}), frozenset(setters))


def _requests(entry: Operation, ending: str) -> frozenset[str]:
    return frozenset({"PutEventsRequestEntry" if entry.key == "events.PutEvents" else entry.name + ending})


def places(words: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    """Where any of the words stands in a text by itself, or is called if it begins with a dot."""
    if any(
        word.rstrip("(") in text for word in words
    ):  # many times as quick as the pattern, and mostly the answer
        yield from _searched(words).finditer(text)


@lru_cache(maxsize=512)
def _searched(words: tuple[str, ...]) -> re.Pattern[str]:
    calls = [re.escape(word.rstrip("(")) + r"\s*\(" for word in words if word.startswith(".")]
    plain = [
        rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])" for word in words if not word.startswith(".")
    ]
    return re.compile("|".join((*plain, *calls)))
