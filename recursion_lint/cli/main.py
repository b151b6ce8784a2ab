"""The command ``recursion-lint``: an exit status for whatever happens. A plain ``check`` does without click."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from recursion_lint.cli.check import checked
from recursion_lint.cli.options import CHECK, plainly_given
from recursion_lint.cli.outcome import outcome

RARELY = (100_000, 10, 10)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; whatever goes wrong, no traceback."""
    return outcome(_alone if args is None else lambda: _run(args, args))


def _alone() -> int:
    """Run as the only thing that this process does: what it makes lives to its end, so garbage is hardly looked for.

    That takes a sixth of a run otherwise.
    """
    gc.set_threshold(*RARELY)
    try:
        return _run(sys.argv[1:], None)
    finally:
        gc.freeze()


def _run(words: Sequence[str], args: Sequence[str] | None) -> int:
    """Run the command in ``words``; click is given ``args``, as it does more for those of the process itself."""
    # Loading click would take longer than the check. On Windows click expands wildcards.
    if words and words[0] == "check" and os.name != "nt":
        plain = plainly_given(words[1:], CHECK)
        if plain is not None:
            return checked(*plain)
    from recursion_lint.cli.commands import run

    return run(args)
