"""What the comparison needs of a DAG beside its tasks."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.conflicts.horizon import Clock


@dataclass(frozen=True, slots=True)
class DagFacts:
    """When a DAG's runs start, and how long they last."""

    clock: Clock
    scheduled: bool
    """Whether the clock is the DAG's own schedule, and no assumption."""
    serial_s: int
    """All its tasks one after another, in seconds."""
    catches_up: bool = False
    """Whether runs that were missed are made up for, several at once."""
