#!/usr/bin/env python3
"""Print what the changelog says of a release: python scripts/release_notes.py v0.1.0

Fails if the tag is not the version of the package, or the changelog has no dated section for it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def version() -> str:
    """The version, read from its one place without importing the package."""
    found = re.search(
        r'(?m)^__version__ = "(.+)"$', (ROOT / "recursion_lint" / "version.py").read_text("utf-8")
    )
    if found is None:
        raise ValueError("recursion_lint/version.py gives no version")
    return found[1]


def notes(tag: str, changelog: str) -> str:
    """The section of ``changelog`` for the release ``tag``. Raises ``ValueError``."""
    if tag != f"v{version()}":
        raise ValueError(f"the tag is {tag}, and the version is {version()}")
    sections = re.split(r"(?m)^## (.+)$", changelog)[1:]
    for title, text in zip(sections[::2], sections[1::2], strict=True):
        name, _, when = title.partition(" ")
        if name == version():
            if re.fullmatch(r"\(\d{4}-\d\d-\d\d\)", when) is None:
                raise ValueError(f"CHANGELOG.md: {title!r} has no date: '## {name} (2027-01-31)'")
            return text.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section for {version()}")


if __name__ == "__main__":
    try:
        sys.stdout.write(notes(sys.argv[1], (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    except ValueError as error:
        sys.exit(f"error: {error}")
