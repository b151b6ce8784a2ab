"""Values that are what their fields say, of many kinds."""

from __future__ import annotations


class Described:
    """Told apart by its kind and its fields, which are its ``__slots__``: never equal to a tuple or to another kind.

    A dataclass would be that too, but to load what makes one takes a tenth of a check.
    """

    __slots__: tuple[str, ...] = ()

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return False
        # Field by field: most differ in the first. A generator would show, so often are values compared.
        for name in self.__slots__:  # noqa: SIM110
            if getattr(self, name) != getattr(other, name):
                return False
        return True

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._fields()!r}"
