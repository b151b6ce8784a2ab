"""``check --watch``: the report anew whenever a file changes, by looking at times and sizes until Ctrl-C.

Looking costs a walk, and works on every disk, also on those that tell nobody of changes (network, containers).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from recursion_lint.cli.check import checked
from recursion_lint.cli.console import STDIN, Refused, complain, emit
from recursion_lint.cli.outcome import outcome
from recursion_lint.run.discovery import SKIPPED

PAUSE = 0.3
"""Seconds between two looks; longer where a look takes long."""
SETTLED = 0.05
"""Seconds without a change after which files count as written: editors and builds write many at once."""
MOST_FILES = 50_000
_SETTINGS = ("pyproject.toml", ".recursion-lint.toml")
_NAMED = ("config", "baseline")
_CLEAR = "\x1b[2J\x1b[H"

State = Mapping[str, tuple[int, int]]
"""For each file the time of its last change, in nanoseconds, and its size, in bytes."""


def watch(paths: tuple[str, ...], given: Mapping[str, Any]) -> int:
    """Check ``paths`` as ``given`` says, and again after each change. It ends with Ctrl-C. Raises ``Refused``."""
    if STDIN in paths:
        raise Refused("--watch has nothing to watch on standard input: name files or folders")
    last: State | None = None
    told = False
    while True:
        started = time.monotonic()
        state = look(paths, given)
        if state != last:
            last = _settled(state, paths, given)
            _clear(given)
            _in_its_own_process(paths, given)
            if len(last) >= MOST_FILES and not told:
                told = True
                complain(f"warning: only {MOST_FILES:,} files are watched: name fewer folders")
            complain(
                f"Watching {len(last):,} file{'' if len(last) == 1 else 's'} for changes; Ctrl-C ends it."
            )
        time.sleep(max(PAUSE, 5 * (time.monotonic() - started)) if state == last else PAUSE)


def look(paths: tuple[str, ...], given: Mapping[str, Any]) -> State:
    """The state of every file that a run may read: below the folders named, beside the files named, the settings."""
    left_out = {os.path.realpath(given[name]) for name in ("output", "cache_dir") if given.get(name)}
    found: dict[str, tuple[int, int]] = {}
    for file in _files(paths, given, left_out):
        try:
            status = os.stat(file)
        except OSError:
            continue
        found[os.path.abspath(file)] = (status.st_mtime_ns, status.st_size)
        if len(found) >= MOST_FILES:
            break
    return found


def _files(paths: tuple[str, ...], given: Mapping[str, Any], left_out: set[str]) -> Iterator[str]:
    folder = os.getcwd()
    while True:
        yield from (os.path.join(folder, name) for name in _SETTINGS)
        if os.path.dirname(folder) == folder:
            break
        folder = os.path.dirname(folder)
    yield from (given[name] for name in _NAMED if given.get(name))
    yield from given.get("parameter_file", ())
    yield from (path for path in paths if os.path.isfile(path))
    # What a template names (code, nested stacks, samconfig.toml) lies beside it and below.
    roots = (path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths or (".",))
    for root in dict.fromkeys(roots):
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if not _left_out(folder, name, left_out))
            yield from (
                os.path.join(folder, name)
                for name in sorted(files)
                if not left_out or os.path.realpath(os.path.join(folder, name)) not in left_out
            )


def _left_out(folder: str, name: str, left_out: set[str]) -> bool:
    if name in SKIPPED or (name.startswith(".") and name != ".github"):
        return True
    return bool(left_out) and os.path.realpath(os.path.join(folder, name)) in left_out


def _settled(state: State, paths: tuple[str, ...], given: Mapping[str, Any]) -> State:
    """The state after which nothing changes for a moment; what never settles is checked all the same."""
    for _ in range(20):
        time.sleep(SETTLED)
        newer = look(paths, given)
        if newer == state:
            break
        state = newer
    return state


def _clear(given: Mapping[str, Any]) -> None:
    """Empty the screen of a terminal; what has scrolled out of it stays."""
    watched = bool(sys.stdout and sys.stdout.isatty()) and os.environ.get("TERM") != "dumb"
    if watched and not given.get("output"):
        emit(_CLEAR)


def _in_its_own_process(paths: tuple[str, ...], given: Mapping[str, Any]) -> None:
    """Run the check where nothing is remembered of the run before, and where a fault ends that run alone."""
    # Only a watch needs it.
    import multiprocessing

    way: Any = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    process = way.Process(target=_checked, args=(paths, dict(given)))
    process.start()
    try:
        process.join()
    finally:
        if process.is_alive():
            process.terminate()
            process.join()


def _checked(paths: tuple[str, ...], given: Mapping[str, Any]) -> None:
    sys.exit(outcome(lambda: checked(paths, given)))
