"""The services that the linter knows. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from recursion_lint.iam import statements
from recursion_lint.resolve import ResourceKind
from recursion_lint.services import dynamodb, event_source_mapping, functions, s3, sns, sqs
from recursion_lint.services.reading import Reader, Service

SERVICES: tuple[Service, ...] = tuple(
    module.SERVICE for module in (s3, sqs, sns, dynamodb, functions, event_source_mapping, statements)
)


@cache
def kinds() -> Mapping[str, ResourceKind]:
    """Resource type → how such a resource is named."""
    return {kind.type: kind for service in SERVICES for kind in service.kinds}


@cache
def readers() -> Mapping[str, tuple[Reader, ...]]:
    """Resource type → the functions that read its facts."""
    found: dict[str, tuple[Reader, ...]] = {}
    for service in SERVICES:
        for kind, reader in service.readers.items():
            found[kind] = (*found.get(kind, ()), reader)
    return found


@cache
def by_name() -> Mapping[str, Service]:
    """Service name (as in ARNs and IAM actions) → the service."""
    return {service.name: service for service in SERVICES}
