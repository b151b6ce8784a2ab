"""How Backstage names its entities, and how they refer to each other.

https://backstage.io/docs/features/software-catalog/descriptor-format and, of references,
https://backstage.io/docs/features/software-catalog/references
"""

from __future__ import annotations

import re

MAX_NAME = 63
_REFERENCE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9]*:)?(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*/)?([A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*)"
)


def is_reference(text: str) -> bool:
    """Is it how Backstage refers to an entity: ``group:payments``, ``payments``, ``group:default/payments``?"""
    found = _REFERENCE.fullmatch(text)
    return found is not None and len(found[1]) <= MAX_NAME
