"""What a task of a workflow file says that it reads or writes, beside its SQL."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.region import Interval


@dataclass(frozen=True, slots=True)
class Resource:
    """A table, file or anything else that tasks share, by its name."""

    name: str
    interval: Interval | None = None
    """The part of it that is meant, half open; None for all of it."""
