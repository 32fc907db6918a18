"""Texts that the page's data names by number: each stands in it once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Interned:
    """Texts in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: str | None) -> int:
        """Return the number of a text; None is the empty one."""
        return self.numbers.setdefault(text or "", len(self.numbers))

    def all(self, texts: Iterable[str]) -> list[int]:
        """Return the numbers of several texts."""
        return [self(text) for text in texts]

    @property
    def texts(self) -> list[str]:
        """The texts by number."""
        return list(self.numbers)
