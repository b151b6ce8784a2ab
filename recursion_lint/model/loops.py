"""What a loop is told with: its resources and hops, and what code says of these. Plain frozen data, no I/O."""

from typing import NamedTuple

from recursion_lint.model.levels import CodeVerdict, EvidenceName
from recursion_lint.model.spans import Span


class CycleNode(NamedTuple):
    """One resource on the loop: its logical id (or the external name), its type, where it is declared.

    ``construct`` is the path of the CDK construct that it is of, where the template tells one.
    """

    resource: str
    type: str
    file: str
    line: int
    construct: str = ""


NO_SOURCE = "no source file that fits is here"
"""Why nothing can be said of a function whose code lies elsewhere."""
FIT_EQUALLY = " files fit equally: look at "
"""Between their number and their names: why nothing can be said of a function whose code may be one of several."""


class HopCode(NamedTuple):
    """What the code of the function says about a hop that it is granted.

    ``span`` is the call (or the name of one) in the handler's code, ``call`` is it as written; ``target`` and
    ``content`` are what it writes to and what, in words. ``guards`` are the conditions before it as they stand there.
    ``read`` are the files that were read, ``reason`` why no more can be said.
    """

    verdict: CodeVerdict
    span: Span | None = None
    call: str = ""
    target: str = ""
    content: str = ""
    guards: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    reason: str = ""


class FindingHop(NamedTuple):
    """One step of the loop, ``source`` to ``target``, with the lines that make it and why.

    ``template`` is its place in a synthesised template, where it is told at the line of the app that made it.
    """

    source: str
    target: str
    kind: str
    evidence: EvidenceName
    reason: str
    span: Span
    code: HopCode | None = None
    template: Span | None = None
