"""How much of one template's values is worked out: what a few lines can ask for has no end otherwise.

A value that is beyond a limit is unknown, as if it were a parameter, and a note says where; all others are read.
"""

from recursion_lint.model.path_conditions import MAX_ALTERNATIVES
from recursion_lint.model.spans import Span
from recursion_lint.model.text import Text

MAX_LETTERS = 10_000
"""Letters that functions put into one value, beside those that stand in it. No name or ARN has more than 2,048."""

MAX_STEPS = 20_000
"""Values worked out for a template and its nested stacks, those within others included; large ones take 2,000."""

MAX_AGAIN = 5_000
"""So many of them for other ways that conditions may be; then no more ways are followed."""

MAX_BRANCHED = 10_000
"""Texts put together of pieces that depend on conditions, the unfinished ones included, in a template and its nested
stacks; of 3,000 templates none took more than 300."""

STEPS_FOR_A_RESOURCE = 100
"""So many more for each resource."""

MAX_STACKS = 200
"""Nested stacks below one template, those within others included."""


class Limits:
    """What was spent on one template and the nested stacks below it. ``passed`` says where a limit was reached."""

    def __init__(self) -> None:
        self.passed: dict[Span, str] = {}
        self.stacks = 0
        self.spent = 0
        self.branched = 0
        self._allowed = MAX_STEPS

    def grant(self, resources: int) -> None:
        """Let so many more resources be read."""
        self._allowed += resources * STEPS_FOR_A_RESOURCE

    def step(self) -> bool:
        """Count one value; ``False`` when there were enough."""
        self.spent += 1
        return self.left

    @property
    def left(self) -> bool:
        """May more values be worked out?"""
        return self.spent <= self._allowed

    def branch(self, texts: int, span: Span) -> bool:
        """Count what a value at ``span`` may be so far; ``False``, with a note, when there was enough of that."""
        if texts > 1:
            self.branched += texts
        if texts < 2 or self.branched <= MAX_BRANCHED:
            return True
        self._once(span, BRANCHED)
        return False

    def exhausted(self, span: Span) -> None:
        """Note, once, that values from ``span`` on are not worked out."""
        self._once(span, EXHAUSTED)

    def _once(self, span: Span, told: str) -> None:
        if told not in self.passed.values():
            self.passed[span] = told

    def too_long(self, span: Span) -> None:
        """Note that the value at ``span`` is longer than what is read."""
        self.passed[span] = f"this value has more than {MAX_LETTERS:,} letters: it counts as unknown"


EXHAUSTED = (
    f"the values of this template take more than {MAX_STEPS:,} steps: this one and later ones are unknown"
)

MANY_VALUES = f"by its conditions this may be more than {MAX_ALTERNATIVES} values: others were not seen"
MANY_AGAIN = (
    "to read this and what stands before it for each way that the conditions may be takes more than "
    f"{MAX_AGAIN:,} steps: others of its values were not seen"
)
BRANCHED = (
    f"the values that depend on conditions take more than {MAX_BRANCHED:,} texts: this one and later ones that are put "
    "together are unknown"
)


def letters(value: Text) -> int:
    """The length of a value; a symbol counts as one letter."""
    return sum(len(part) if isinstance(part, str) else 1 for part in value)
