"""What is known of one function and the loops that pass it: the answer to an e-mail of AWS that names it."""

from typing import Literal, NamedTuple

from recursion_lint.model.findings import Finding
from recursion_lint.model.loops import HopCode
from recursion_lint.model.spans import Span

Stops = Literal["yes", "perhaps", "no", "off"]
"""Does Lambda's recursive loop detection stop a loop: ``perhaps`` where an SDK is not known, ``off`` where a function
of the loop switches it off."""


class FunctionSdk(NamedTuple):
    """The AWS SDK of a function. ``follows``: does Lambda follow its calls? ``needed`` is the least that it does.

    ``file`` says which version it is; there is none where the runtime brings the SDK.
    """

    function: str
    name: str
    version: str = ""
    file: str = ""
    follows: bool | None = None
    needed: str = ""


class FunctionLoop(NamedTuple):
    """One loop through a function. ``why`` tells why Lambda does not follow it, or whose SDK it does not know.

    ``code`` are the verdicts on what this function's code does, each with the channel that it is about. ``accepted`` is
    the reason of a suppression, ``None`` where nobody accepted the loop.
    """

    finding: Finding
    stops: Stops
    why: tuple[str, ...] = ()
    code: tuple[tuple[str, HopCode], ...] = ()
    accepted: str | None = None


class FunctionAnswer(NamedTuple):
    """A function, by its logical id (``name``) and what the template calls it (``given``); its loops, worst first."""

    name: str
    type: str
    given: str
    span: Span
    runtime: str = ""
    allows: bool = False
    sdk: FunctionSdk = FunctionSdk("", "")
    loops: tuple[FunctionLoop, ...] = ()
