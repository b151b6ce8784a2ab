"""Whatever a command does, it ends with an exit status and a line for the user, never with a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable

from recursion_lint.cli.check import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_REFUSED
from recursion_lint.cli.console import Refused, Unread, complain

EXIT_BROKEN_PIPE = 141
DEBUG = "RECURSION_LINT_DEBUG"


def outcome(run: Callable[[], int]) -> int:
    """The exit status of ``run``, or the one of what it raised; ``DEBUG`` in the environment lets a fault through."""
    try:
        return run()
    except Refused as error:
        complain(f"error: {error}")
        return EXIT_REFUSED
    except Unread:
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:
        from recursion_lint.config import ConfigError

        if isinstance(error, ConfigError):
            complain(f"error: {error}")
            return EXIT_REFUSED
        if os.environ.get(DEBUG):
            raise
        detail = f"internal error: {type(error).__name__}: {error}"
        complain(f"error: {detail} (set {DEBUG}=1 to see where, and please report it)")
        return EXIT_FAILED
