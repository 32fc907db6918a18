"""Remembering results for values that are compared again and again, by the value's identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class IdentityMemo(Generic[Result]):
    """A bounded memory keyed by which objects the arguments are, not by what they hold.

    Hashing a transaction or a schema costs more than the work that is saved. The arguments are kept
    alive with the result, so that an identity is never used twice.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[tuple[int, ...], tuple[tuple[object, ...], Result]] = {}

    def get(self, arguments: tuple[object, ...], make: Callable[[], Result]) -> Result:
        """Return what `make` returned for these very objects, calling it where it is not kept."""
        key = tuple(map(id, arguments))
        kept = self._kept.get(key)
        if kept is not None:
            return kept[1]
        result = make()
        if len(self._kept) >= self._size:
            self._kept.clear()
        self._kept[key] = (arguments, result)
        return result
