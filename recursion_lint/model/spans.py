"""Places in files, and what is told of one. Plain frozen data, no I/O."""

from typing import NamedTuple


class Span(NamedTuple):
    """Where something stands: 1-based lines and columns, the end column exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Note(NamedTuple):
    """What could not be seen or resolved, and where."""

    span: Span
    message: str
