"""Which single change of SQL or schema would make the most ordering edges needless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lockplan.errors import UnknownNameError
from lockplan.model.access import Access, Footprint, Role
from lockplan.model.conflict import Conflict
from lockplan.model.connection import Isolation
from lockplan.model.schema import Table
from lockplan.model.verdict import Certainty
from lockplan.model.workflow import TaskKey
from lockplan.study.comparison import minutes
from lockplan.study.frames import frame
from lockplan.study.sql_changes import WITH_LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from lockplan.study.scenario import Scenario

_GONE = ("conflicts_gone", "certain_gone", "deadlocks_gone")
_COLUMNS = ("change", "edges_saved", *_GONE, "finish_min", "sooner_min")


def best_changes(scenario: Scenario, most: int) -> pd.DataFrame:
    """Return one row per change that frees tasks of each other, the best first.

    All changes are tried on who meets whom; the `most` that free the most pairs are planned anew.
    """
    bare = scenario.unprotected()
    tried = [made for made in _tried(scenario) if any(_gone(bare, made.unprotected()))]
    tried.sort(key=lambda made: _gone(bare, made.unprotected()), reverse=True)
    before = scenario.replanned()
    rows = [_row(before, bare, made) for made in tried[:most]]
    found = frame(rows, _COLUMNS)
    return found.sort_values(
        ["edges_saved", *_GONE], ascending=False, ignore_index=True, kind="stable"
    )


def _row(before: Scenario, bare: Scenario, made: Scenario) -> dict[str, object]:
    after = made.replanned()
    finish_s = after.timeline().makespan_s
    return {
        "change": str(made),
        "edges_saved": len(before.ordering) - len(after.ordering),
        **dict(zip(_GONE, _gone(bare, made.unprotected()), strict=True)),
        "finish_min": minutes(finish_s),
        "sooner_min": minutes(before.timeline().makespan_s - finish_s),
    }


def _gone(bare: Scenario, changed: Scenario) -> tuple[int, ...]:
    """Return how many pairs a change frees, how many surely meet and deadlock no longer."""
    before, after = (_counts(each.unordered) for each in (bare, changed))
    return tuple(old - new for old, new in zip(before, after, strict=True))


def _counts(conflicts: Sequence[Conflict]) -> tuple[int, int, int]:
    verdicts = [each.verdict for each in conflicts]
    certain = sum(verdict.certainty is Certainty.CERTAIN for verdict in verdicts)
    return len(verdicts), certain, sum(verdict.deadlock for verdict in verdicts)


def _tried(scenario: Scenario) -> Iterator[Scenario]:
    """Yield the scenario with each change that may free something."""
    bare = scenario.unprotected()
    met = {task for conflict in bare.unordered for task in conflict.key}
    working = [each for each in scenario.footprints if each.task in met]
    transactions = [each for footprint in working for each in footprint.transactions]
    if any(each.connection.engine in WITH_LEVELS for each in transactions):
        yield scenario.with_isolation(Isolation.READ_COMMITTED).named("READ COMMITTED")
    accesses = [a for each in transactions for a in each.accesses if a.role is not Role.INSERT]
    tables = {name for conflict in bare.unordered for name in conflict.tables}
    for name, columns in _indexes(scenario, [a for a in accesses if str(a.table) in tables]):
        index = scenario.with_index(name, *columns)
        yield index.named(index.said[-1])
    for place, tasks in _same_code(working).items():
        yield scenario.committing(tasks).named(f"commit between the statements at {place}")


def _same_code(footprints: Sequence[Footprint]) -> dict[str, list[TaskKey]]:
    """Return the tasks with several statements in a transaction, by the place of their SQL."""
    found: dict[str, list[TaskKey]] = {}
    for footprint in footprints:
        if any(len({a.sequence for a in t.accesses}) > 1 for t in footprint.transactions):
            at = footprint.statements[0].statement.built_at
            found.setdefault(f"{at.path}:{at.line}", []).append(footprint.task)
    return found


def _indexes(scenario: Scenario, accesses: list[Access]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the indexes that would lead to just the rows of a statement, once each."""
    seen = set()
    for access in accesses:
        try:
            table = scenario.table(str(access.table))
        except UnknownNameError:  # without a definition nobody knows which indexes there are
            continue
        wanted = (str(access.table), _columns(access, table))
        if wanted[1] and wanted not in seen and not _there(table, wanted[1]):
            yield wanted
        seen.add(wanted)


def _columns(access: Access, table: Table) -> tuple[str, ...]:
    """Return the columns that a statement compares, those with one value first."""
    if not access.region.boxes:
        return ()
    box = access.region.boxes[0]
    limited = [c.name.lower() for c in table.columns if box.limits(c.name)]
    single = {name for name in limited if all(i.is_equality for i in box.intervals(name))}
    return (*(n for n in limited if n in single), *(n for n in limited if n not in single))


def _there(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether an index leads to these columns already, in any order."""
    size = len(columns)
    return any(sorted(index.columns[:size]) == sorted(columns) for index in table.indexes)
