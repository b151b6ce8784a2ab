"""The standard streams: what is read from them and written to them, in which colors and how wide."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

STDIN = "-"


class Refused(Exception):
    """A setting or option that cannot be used; the message is for the user."""


class Unread(Exception):
    """Whoever read the output has gone (``| head``)."""


def text_of_stdin(paths: Iterable[str]) -> str | None:
    """The text on standard input, when one of ``paths`` asks for it."""
    if STDIN not in paths:
        return None
    data: bytes = sys.stdin.buffer.read() if sys.stdin else b""
    # PowerShell pipes UTF-16 with a byte order mark.
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding, errors="replace")


@contextmanager
def streams_of_protocol() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Standard input and output for a protocol alone: what anything prints meanwhile goes to standard error."""
    with os.fdopen(os.dup(0), "rb") as stdin, os.fdopen(os.dup(1), "wb") as stdout:
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            os.dup2(nothing, 0)
            os.dup2(2 if sys.stderr is not None else nothing, 1)
        finally:
            os.close(nothing)
        yield stdin, stdout


_SIGNS: dict[str, str | int | None] = {
    **{chr(0x2460 + at): f"({at + 1})" for at in range(20)},
    "─": "-",
    "→": ">",
    "…": "...",
}
_RUNNERS = ("GITHUB_ACTIONS", "TF_BUILD")
"""Variables of build servers that look for commands in what is printed."""


def legible(text: str, output: str | None) -> str:
    """``text`` in signs that standard output can show: code page 1252 has no circled numbers and no arrows."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if output:
        return text
    try:
        "".join(_SIGNS).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return text.translate(str.maketrans(_SIGNS))
    return text


def emit(text: str, output: str | None = None, ready: bool = False) -> None:
    """Write ``text`` to the file ``output``, or to standard output. Raises ``Refused`` and ``Unread``.

    In the log of a build server no line of it is a command, unless it is ``ready``: a report that saw to that itself.
    """
    if output:
        emit_data(text.encode("utf-8", "backslashreplace"), output)
    elif sys.stdout is not None:
        _write(
            sys.stdout,
            _harmless(text) if any(name in os.environ for name in _RUNNERS) and not ready else text,
        )


def emit_data(data: bytes, output: str) -> None:
    """Write ``data`` to the file ``output``, through no link of the repository. Raises ``Refused``."""
    from recursion_lint.template.yaml.files import link_within

    link = link_within(output)
    if link:
        raise Refused(f"{output}: cannot write it: {link} is a link")
    try:
        with open(output, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise Refused(f"{output}: cannot write it: {error.strerror or error}") from error


def complain(text: str) -> None:
    """Write the line ``text`` to standard error, where somebody reads it."""
    if sys.stderr is not None:
        with suppress(Refused, Unread):
            _write(sys.stderr, f"{_harmless(text)}\n")


def _harmless(text: str) -> str:
    """``text`` in which no line is a command for a build server. What that needs is seldom loaded."""
    if "##" not in text and "::" not in text:
        return text
    from recursion_lint.report.escapes import harmless

    return harmless(text)


def _write(stream: TextIO, text: str) -> None:
    # A terminal without UTF-8 must not end the run; JSON reads the escapes as the letters they stand for.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # The interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            raise Unread from None
        raise Refused(f"the output cannot be written: {error.strerror or error}") from error


def is_watched() -> bool:
    """Does somebody see standard error as it is written?"""
    return bool(sys.stderr and sys.stderr.isatty()) and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns to fill: those of the terminal within reason, else a hundred."""
    if not (sys.stdout and sys.stdout.isatty()):
        return 100
    from shutil import get_terminal_size

    return min(max(get_terminal_size((100, 24)).columns, 60), 140)


def linking(output: str | None) -> bool:
    """Does standard output go to a terminal that may show links? Never the file ``output``, a pipe or a log."""
    return not output and bool(sys.stdout and sys.stdout.isatty()) and os.environ.get("TERM") != "dumb"


def colored(asked: bool | None, output: str | None) -> bool:
    """Are colors wanted in what goes to the file ``output`` or to standard output? ``asked`` is ``--color``."""
    if asked is not None:
        return asked
    if output or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
