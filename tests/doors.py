"""The doors of the program, watched: the command line in this process and in a second one, in bounded time.

``python tests/doors.py`` is the second process, with other hashes: it answers paths with digests of what it reports.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from mutants import ROOT

from recursion_lint.cli.check import EXIT_INTERRUPTED
from recursion_lint.cli.main import main

HANG = 20
"""Seconds of work after which a run counts as one that never ends: a guard, far above what any template takes."""


class Hang(BaseException):
    """Raised by the alarm; no handler of the program takes it for an error."""


class Ran(NamedTuple):
    """What a run came to."""

    status: int
    out: str
    err: str


def ran(*args: str) -> Ran:
    """The command line, in this process; an exception that it would turn into a message comes through."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), alarm():
        status = main(args)
    if status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    out.flush()
    err.flush()
    return Ran(status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())


@contextlib.contextmanager
def alarm() -> Iterator[None]:
    """Ends what works for too long with a ``Hang``."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang

    if not hasattr(signal, "setitimer"):  # Windows has none
        yield
        return
    old = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, HANG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


class Twin:
    """The program in a second process, whose sets have another order."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def digest(self, path: str) -> str:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONHASHSEED": "20", "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps([os.getcwd(), path])}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def answer() -> None:
    """The second process: folders and paths in, digests out."""
    for line in sys.stdin:
        folder, path = json.loads(line)
        os.chdir(folder)
        try:
            said = digest(ran("check", "--format", "json", path))
        except Exception as error:
            said = f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
        sys.stdout.write(said + "\n")
        sys.stdout.flush()


def digest(result: Ran) -> str:
    return hashlib.sha256(repr(result).encode()).hexdigest()


class Watch:
    """Notes what is opened: only below the folder of the run may anything be written, only there and in Python be read."""

    def __init__(self) -> None:
        self.inside: str | None = None
        self.wrong: list[str] = []
        own = {str(ROOT), sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}
        self.readable = tuple(os.path.realpath(one) + os.sep for one in own)
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.inside is None:
            return
        if event == "open" and isinstance(args[0], str | bytes):
            path = os.path.abspath(os.fsdecode(args[0]))
            writes = (
                bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if isinstance(args[2], int) else False
            )
            allowed = path.startswith(self.inside) or "__pycache__" in path or path == os.devnull
            if not allowed and (writes or not os.path.realpath(path).startswith(self.readable)):
                self.wrong.append(f"{event} {path} {args[1:]}")
        elif event.startswith(
            ("os.system", "os.exec", "os.fork", "subprocess.", "socket.connect", "os.remove", "os.rename")
        ):
            paths = [one for one in args if isinstance(one, str)]
            if not paths or not all(
                os.path.abspath(one).startswith(self.inside) or "__pycache__" in one for one in paths
            ):
                self.wrong.append(f"{event} {args}")


if __name__ == "__main__":
    answer()
