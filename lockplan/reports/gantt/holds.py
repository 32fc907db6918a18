"""Which locks a task holds when, where a run does not tell it statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lockplan.model.access import Footprint, Role
from lockplan.model.timeline import LockHold, TaskRun, Timeline
from lockplan.reports.words import never_started

_WRITES = {
    Role.READ_SHARE: False,
    Role.READ_KEY_SHARE: False,
    Role.LOCK_READ: False,
    Role.READ_UPDATE: True,
    Role.READ_NO_KEY_UPDATE: True,
    Role.INSERT: True,
    Role.UPDATE: True,
    Role.DELETE: True,
    Role.DDL: True,
    Role.LOCK_WRITE: True,
}
"""Whether it changes the table, or locks rows of it as if it would; what is not here is a read
that takes no locks of its own."""


def with_holds(timeline: Timeline, footprints: Iterable[Footprint]) -> Timeline:
    """Return a run whose tasks hold locks: all of theirs from their start to their end."""
    if any(run.holds for run in timeline.runs):
        return timeline
    tables = {each.task: _tables(each) for each in footprints}
    runs = tuple(_holding(run, tables.get(run.task, {})) for run in timeline.runs)
    return replace(timeline, runs=runs)


def _tables(footprint: Footprint) -> Mapping[str, bool]:
    """Return the tables that a task locks, each with whether it writes it."""
    found: dict[str, bool] = {}
    for transaction in footprint.transactions:
        for access in transaction.accesses:
            if access.role in _WRITES:
                table = str(access.table)
                found[table] = found.get(table, False) or _WRITES[access.role]
    return found


def _holding(run: TaskRun, tables: Mapping[str, bool]) -> TaskRun:
    """Return a task that gets its locks as soon as it has waited for them."""
    if never_started(run):
        return run
    since_s = max((wait.end_s for wait in run.waits), default=run.start_s)
    holds = (LockHold(since_s, run.end_s, table, writes) for table, writes in tables.items())
    return replace(run, holds=tuple(hold for hold in holds if hold.end_s > hold.start_s))
