"""``python -m recursion_lint``: the same as the command ``recursion-lint``."""

from __future__ import annotations

import sys

from recursion_lint.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
