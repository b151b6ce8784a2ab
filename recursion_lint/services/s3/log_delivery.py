"""May a service deliver its log files to a bucket? What the templates' bucket policies say of it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import Text, literal
from recursion_lint.services.reading import Reading
from recursion_lint.template.yaml.files import SourceError

UNSAID = " (no bucket policy here lets it)"
_WRITES = frozenset({"*", "s3:*", "s3:put*", "s3:putobject"})


def may_deliver(reading: Reading, bucket: Text, principal: str) -> bool:
    """Does a policy of the bucket, or its ACL, let the service ``principal`` put objects there?

    ``True`` also of a bucket from elsewhere, of whose policies nothing is known. A policy in another template is not
    seen, so ``False`` is no proof that nothing is delivered.
    """
    own = [one for one in reading.of_type("AWS::S3::Bucket") if reading.endpoint(one).name == bucket]
    if not own:
        return True
    if any(reading.resolver.literal(one.get("AccessControl")) == "LogDeliveryWrite" for one in own):
        return True
    return any(_lets(statement, principal) for statement in _statements(reading, Endpoint("s3", bucket)))


def _statements(reading: Reading, bucket: Endpoint) -> Iterator[Mapping[str, Any]]:
    for policy in reading.of_type("AWS::S3::BucketPolicy"):
        if bucket not in reading.named(policy.get("Bucket"), "s3"):
            continue
        try:
            document = reading.document(policy.get("PolicyDocument"))
        except SourceError:
            continue
        found = document.get("Statement") if isinstance(document, Mapping) else None
        yield from (
            one for one in (found if isinstance(found, list) else [found]) if isinstance(one, Mapping)
        )


def _lets(statement: Mapping[str, Any], principal: str) -> bool:
    given = statement.get("Principal")
    service = given.get("Service") if isinstance(given, Mapping) else given
    named = _words(service)
    effect = statement.get("Effect")
    allows = isinstance(effect, tuple) and literal(effect) == "Allow"
    return allows and bool({principal, "*", ""} & named) and bool(_WRITES & _words(statement.get("Action")))


def _words(value: Any) -> set[str]:
    """The strings of a value or a list of them, in lower case; ``""`` for what only the deployment knows."""
    items = value if isinstance(value, list) else [value]
    return {(literal(item) or "").lower() for item in items if isinstance(item, tuple)}
