"""How much work reading may take: bounds on steps, depth and sizes, so that every file ends."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.place import Span


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds on the work for one file, and for one callable that is followed from outside."""

    steps: int = 200_000
    """Evaluated syntax nodes."""
    steps_per_line: int = 25
    """What a module's top level gets on top for each of its lines: a long file is no loop."""
    depth: int = 40
    """Calls of the folder's functions inside each other."""
    iterations: int = 2_000
    """Passes of one loop; a longer one is read like a loop of unknown length."""
    elements: int = 50_000
    """Size of a collection."""
    characters: int = 2_000_000
    """Length of a text that an operation may make."""
    digits: int = 4_000
    """Decimal digits of an integer."""


class BudgetExceededError(Exception):
    """The work for one file is used up; `span` is where reading stopped."""

    def __init__(self, span: Span, reason: str) -> None:
        super().__init__(span, reason)
        self.span = span
        self.reason = reason


class TooLargeError(ValueError):
    """An operation would make a value beyond the budget."""
