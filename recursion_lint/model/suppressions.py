"""What somebody has accepted in a template: one suppression, wherever it is written."""

from typing import NamedTuple

from recursion_lint.model.spans import Span


class Suppression(NamedTuple):
    """One suppression: the rules it names (``*`` for all), why, until when (ISO date), and where it stands.

    ``through`` are the resources that a loop may pass to be meant; without it the suppression is for one loop.

    ``resource`` is the logical id that a ``Metadata`` suppression belongs to, ``*`` for the template's own
    ``Metadata``; a comment has none and counts for its line and the next.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    until: str
    resource: str = ""
    problem: str = ""
    through: tuple[str, ...] = ()
