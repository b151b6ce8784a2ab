"""``python -m recursion_lint``: the same as the command ``recursion-lint``."""

from __future__ import annotations

import os
import sys


def _forget_the_current_folder() -> None:
    """Python looks there first for what it imports, and a stranger's repository may hold a ``yaml.py``."""
    first = sys.path[0] if sys.path else None
    if (
        first is not None
        and not getattr(sys.flags, "safe_path", False)
        and os.path.abspath(first) == os.getcwd()
    ):
        del sys.path[0]


if __name__ == "__main__":
    _forget_the_current_folder()
    from recursion_lint.cli.main import main

    sys.exit(main())
