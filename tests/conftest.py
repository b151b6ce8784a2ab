"""Golden files: `UPDATE_GOLDENS=1 pytest` writes them anew; read the diff before you commit it.

Properties are tried on the same examples in every run; `EXPLORE=1 pytest` tries new ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=os.environ.get("EXPLORE") != "1", deadline=None)
settings.load_profile("steady")

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name below ``tests/goldens``."""

    def check(name: str, actual: str) -> None:
        path = GOLDENS / name
        if os.environ.get("UPDATE_GOLDENS") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path} is missing: run with UPDATE_GOLDENS=1"
        assert actual == path.read_bytes().decode("utf-8")

    return check
