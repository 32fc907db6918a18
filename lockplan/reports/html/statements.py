"""The SQL of a page: each statement once, all of them in so many characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lockplan.model.access import ReadStatement
from lockplan.reports.html.predicates import Piece, cut, marked
from lockplan.reports.words import condition_of, located

MOST_IN_ALL = 300_000
"""Characters of SQL on a page."""
LIMITS = (4000, 2000, 1000, 500, 250, 120, 60)
"""Characters that a stretch of SQL may have, tried in turn until all fits."""


@dataclass(slots=True)
class Statements:
    """Statements by number."""

    root: str
    """The analysed folder as the user named it."""
    numbers: dict[tuple[str, str, str | None], int] = field(default_factory=dict)
    pieces: list[tuple[Piece, ...]] = field(default_factory=list)

    def __call__(self, read: ReadStatement) -> int:
        """Return the number of a statement."""
        place = located(self.root, read.statement.built_at.path, read.line)
        key = (read.sql, place, condition_of(read.statement))
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            self.pieces.append(marked(read))
        return self.numbers[key]

    def data(self) -> list[dict[str, Any]]:
        """Return the statements for the page, cut where they are too long together."""
        return [
            {"place": place, "when": when or "", "pieces": pieces}
            for (_, place, when), pieces in zip(self.numbers, self._cut(), strict=True)
        ]

    def _cut(self) -> Sequence[tuple[Piece, ...]]:
        shown = self.pieces
        for most in LIMITS:
            shown = [cut(pieces, most) for pieces in self.pieces]
            if sum(len(text) for pieces in shown for _, text in pieces) <= MOST_IN_ALL:
                break
        return shown
