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
TOOLS = 6
"""As many may use ``sys.monitoring``."""


def command() -> int:
    """What the installed command runs: ``main``, and then the process ends at once where nobody waits for its end."""
    status = main()
    if not _awaited():
        # To free all objects one by one takes longer than to read a template, and nobody is left to use the room.
        os._exit(status)
    return status


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


def _awaited() -> bool:
    """Is something to be done at the end of the process: by threads, by ``atexit``, by what traces or profiles it?

    What was printed is written when it is printed (``console.emit``); a stream that cannot be flushed still tells so.
    """
    tools = getattr(sys, "monitoring", None)
    watched = sys.gettrace() or sys.getprofile() or (tools and any(tools.get_tool(at) for at in range(TOOLS)))
    if watched or sys.flags.interactive or "threading" in sys.modules or "atexit" in sys.modules:
        return True
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return True
    return False
