"""Which IAM actions the calls of a handler need, and whether a text may need one in a way that no call shows.

Most operations need the action of their own name. Those of S3 that do not:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from recursion_lint.code.sdk_calls import Operation

_PREFIXES = {"stepfunctions": "states", "iot-data": "iot"}
_OTHER_NAMES = {
    ("s3", "HeadObject"): "GetObject",
    ("s3", "DownloadFile"): "GetObject",
    ("s3", "DownloadFileobj"): "GetObject",
    ("s3", "SelectObjectContent"): "GetObject",
    ("s3", "Object.Get"): "GetObject",
    ("s3", "Object.Load"): "GetObject",
    ("s3", "Object.DownloadFile"): "GetObject",
    ("s3", "Object.DownloadFileobj"): "GetObject",
    ("s3", "ObjectSummary.Get"): "GetObject",
    ("s3", "Bucket.DownloadFile"): "GetObject",
    ("s3", "Bucket.DownloadFileobj"): "GetObject",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("dynamodb", "Get"): "GetItem",
    ("dynamodb", "BatchGet"): "BatchGetItem",
    ("dynamodb", "TransactGet"): "GetItem",
    ("dynamodb", "TransactGetItems"): "GetItem",
}
_UNSEEN = re.compile(
    r"presign|signed_?url|credential|access_?key|session_?token|signature|idempoten|persistence_?layer|durable",
    re.IGNORECASE,
)
"""What signs a request for others, takes the function's credentials elsewhere, or lets a library write by itself."""
_PART_OF = {"conditioncheckitem": "conditioncheck"}
"""What is no operation of its own but a part of one, as it is called there: ``ConditionCheck`` of a transaction."""
_WORDS = re.compile(r"[A-Za-z0-9_]+")
_PARTS = re.compile(r"_+")
_ENDINGS = ("input", "output", "request", "response", "command", "async", "withcontext")
_LEAST = 4


def needed_action(service: str, operation: str) -> str:
    """The IAM action (``s3:GetObject``) of an operation that the catalogue does not tell of."""
    name = _OTHER_NAMES.get((service, operation)) or operation.rpartition(".")[2]
    return f"{_PREFIXES.get(service, service)}:{name}"


def needed_on_target(operation: Operation) -> tuple[str, ...]:
    """The actions that an operation needs on the resource that it writes to."""
    return tuple(action for action in operation.actions if action not in operation.action_parameters)


def needed_beside(operation: Operation) -> tuple[str, ...]:
    """The actions that an operation needs on something else, such as the source of a copy."""
    return tuple(operation.action_parameters)


def uses_permissions_unseen(texts: Iterable[str]) -> bool:
    """May others act by the function's role: by a presigned URL, its credentials, or within a known library?"""
    return any(_UNSEEN.search(text) for text in texts)


def names_action(texts: Iterable[str], pattern: str, accounted: Iterable[Operation]) -> bool:
    """May code of any language call what an action pattern (``s3:PutObjectAcl``, ``sqs:Send*``) allows?

    The operations in ``accounted`` do not count: all their calls are known. For what deletes any word with ``delete``
    is taken for it: libraries have short names for that. A pattern that says too little may stand for anything.
    """
    name, star, more = pattern.partition(":")[2].lower().partition("*")
    if more or "?" in name or len(name) < _LEAST:
        return True
    known = {entry.name.lower() for entry in accounted}
    if not star and name in known:
        return False
    asked = "delete" if name.startswith("delete") else _PART_OF.get(name, name)
    words = {_PARTS.sub("", word.lower()) for text in texts for word in _WORDS.findall(text)}
    return any(_asks_for(asked, word) and _plain(word) not in known for word in words)


def _asks_for(asked: str, word: str) -> bool:
    """Does a word hold an action's name? Actions on what a bucket has leave the bucket out.

    ``PutBucketLifecycle`` needs ``PutLifecycleConfiguration``.
    """
    short = word.replace("bucket", "")
    return (
        asked in short
        or asked in word
        or (short != word and len(short) > 2 * _LEAST and asked.startswith(short))
    )


def _plain(word: str) -> str:
    """A word without what languages put behind the name of an operation."""
    for ending in _ENDINGS:
        word = word.removesuffix(ending)
    return word
