"""Print the lowest allowed version of each run-time dependency, as constraints for pip.

python scripts/lowest_versions.py > lowest.txt && pip install -c lowest.txt '.[test]'
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def lowest(project: str) -> list[str]:
    """``click>=8.1`` → ``click==8.1``, for each dependency of a pyproject.toml. Raises ``ValueError``."""
    found = []
    for requirement in tomllib.loads(project)["project"]["dependencies"]:
        bound = re.match(r"([\w.-]+)>=([\w.]+)", requirement)
        if bound is None:
            raise ValueError(f"{requirement!r} names no lowest version")
        found.append(f"{bound[1]}=={bound[2]}")
    return found


if __name__ == "__main__":
    pyproject = Path(__file__).resolve().parent.parent / "pyproject.toml"
    print("\n".join(lowest(pyproject.read_text(encoding="utf-8"))))
