"""What a witness says of a granted hop: does the actor really write there?"""

from typing import Literal, NamedTuple

from recursion_lint.model.findings import WitnessKind

Direction = Literal["raises", "lowers"]
_AGAINST: frozenset[WitnessKind] = frozenset({"other-variable"})


class Witnessed(NamedTuple):
    """One witness's word on a hop, for people in ``sentence``."""

    kind: WitnessKind
    sentence: str

    @property
    def direction(self) -> Direction:
        """Does it speak for the hop or against it?"""
        return "lowers" if self.kind in _AGAINST else "raises"
