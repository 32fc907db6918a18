"""Which statements of a night stop which, from what lockplan knows of each pair of tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import permutations, product

from lockplan.conflicts.comparison import Comparison
from lockplan.engines.verdicts import MOST_WAITS
from lockplan.model.access import Footprint
from lockplan.model.conflict import Conflict
from lockplan.model.connection import Engine
from lockplan.model.dates import RunDates
from lockplan.model.night import Encounter, LockSystem, NightRun, Step
from lockplan.model.problem import Pair
from lockplan.model.schema import Schema
from lockplan.model.verdict import Outcome, Scope, Side, Verdict, Wait
from lockplan.model.workflow import TaskKey
from lockplan.simulation.steps import steps_of

_SYSTEMS = {
    Engine.MYSQL: LockSystem.INNODB_ROWS,
    Engine.MARIADB: LockSystem.INNODB_ROWS,
    Engine.UNKNOWN: LockSystem.INNODB_ROWS,
    Engine.POSTGRESQL: LockSystem.POSTGRESQL,
    Engine.SQLITE: LockSystem.SQLITE,
}
_METADATA = {
    Engine.MYSQL: LockSystem.MYSQL_METADATA,
    Engine.MARIADB: LockSystem.MARIADB_METADATA,
    Engine.UNKNOWN: LockSystem.MYSQL_METADATA,
}
_COUNTERS = {**_SYSTEMS, Engine.MARIADB: LockSystem.MARIADB_COUNTER}
NOT_READ = "statements that were not read"
NOT_TOLD = "one of many locks"


class Encounters:
    """The pairs of statements of a night that meet."""

    def __init__(
        self,
        runs: Sequence[NightRun],
        position: Mapping[tuple[int, TaskKey], int],
        footprints: Mapping[TaskKey, Footprint],
        schema: Schema | None = None,
    ) -> None:
        """With a schema, runs of known dates meet as they do on just these days."""
        self._runs, self._position, self._footprints = runs, position, footprints
        self._of_dag: dict[str, list[int]] = defaultdict(list)
        for n, run in enumerate(runs):
            self._of_dag[run.dag_id].append(n)
        known = tuple(footprints.values())
        self._number = {footprint.task: n for n, footprint in enumerate(known)}
        self._comparison = None if schema is None else Comparison(known, schema)

    def of(self, conflicts: Iterable[Conflict]) -> Iterator[Encounter]:
        """Yield who stops whom; races stop nobody, and of copies of a task there is one."""
        compared: set[tuple[TaskKey, TaskKey]] = set()
        for conflict in conflicts:
            if conflict.verdict.outcome in (None, Outcome.RACE):
                continue
            if self._comparison is not None and conflict.verdict.waits:
                if conflict.key not in compared:
                    compared.add(conflict.key)
                    yield from self._in_their_runs(self._comparison, *conflict.key)
                continue
            waits = self._waits(conflict.a.task, conflict.b.task, conflict.verdict)
            for runs in self._meeting_runs(conflict):
                yield from self._made(conflict.a.task, conflict.b.task, runs, waits)

    def _meeting_runs(self, conflict: Conflict) -> Iterable[Pair]:
        """Return the runs in which the two may meet."""
        first = self._of_dag.get(conflict.a.task.dag_id, [])
        scope = conflict.verdict.scope
        if scope is Scope.SAME_RUN:
            return zip(first, first, strict=True)
        if scope is Scope.NEXT_RUN:
            return permutations(first, 2)
        second = self._of_dag.get(conflict.b.task.dag_id, [])
        return product(first, second) if scope is Scope.OTHER_DAG else ()

    def _in_their_runs(self, comparison: Comparison, a: TaskKey, b: TaskKey) -> Iterator[Encounter]:
        """Yield what two tasks do to each other in each two runs.

        Runs that lie equally far apart meet alike: as in the worst of them.
        """
        by_distance: dict[timedelta, list[Pair]] = defaultdict(list)
        for m, n in product(self._of_dag.get(a.dag_id, []), self._of_dag.get(b.dag_id, [])):
            if (a != b or m < n) and self._may_be_active_together(m, n):
                distance = self._dates(n).logical_date - self._dates(m).logical_date
                by_distance[distance].append((m, n))
        first, second = self._number[a], self._number[b]
        for pairs in by_distance.values():
            dates = tuple((self._dates(m), self._dates(n)) for m, n in pairs)
            met = comparison.worst_of_kinds(first, second, dates, dates, races=False)
            if met is not None and met.verdict.outcome is not Outcome.RACE:
                waits = self._waits(a, b, met.verdict)
                for runs in pairs:
                    yield from self._made(a, b, runs, waits)

    def _may_be_active_together(self, m: int, n: int) -> bool:
        """Whether no limit on the runs of a DAG keeps two of the night's runs apart."""
        same_dag = self._runs[m].dag_id == self._runs[n].dag_id
        return m == n or not same_dag or self._runs[m].max_active_runs != 1

    def _dates(self, run: int) -> RunDates:
        dates = self._runs[run].dates
        if dates is None:
            raise ValueError(f"run {run} of the night has no dates")
        return dates

    def _waits(self, a: TaskKey, b: TaskKey, verdict: Verdict) -> Sequence[Wait]:
        """Return all waits: those that are told, and where they are too many all that may be."""
        sides = {Side.A: self._footprints[a], Side.B: self._footprints[b]}
        if not verdict.waits:
            return tuple(_of_unread(sides))
        told = _needed(verdict.waits, sides)
        return told if len(verdict.waits) < MOST_WAITS else (*told, *_untold(sides, verdict))

    def _made(
        self, a: TaskKey, b: TaskKey, runs: Pair, waits: Iterable[Wait]
    ) -> Iterator[Encounter]:
        at = {Side.A: self._position[runs[0], a], Side.B: self._position[runs[1], b]}
        holding = {Side.A: self._footprints[a], Side.B: self._footprints[b]}
        for wait in waits:
            yield _encounter(wait, at, _engine(holding[wait.holder], wait.holder_sequence))


def _needed(waits: Iterable[Wait], sides: Mapping[Side, Footprint]) -> tuple[Wait, ...]:
    """Leave out what a lock stops that an earlier statement of its transaction stops already."""
    found: dict[tuple[object, ...], Wait] = {}
    for wait in sorted(waits, key=lambda wait: wait.holder_sequence):
        statements = sides[wait.holder].statements
        n = wait.holder_sequence
        kept = n < len(statements) and not wait.while_running and not wait.deadlock
        held = statements[n].transaction if kept else (n, wait.while_running)
        kind = (wait.metadata, wait.counter, wait.certain)
        key = (wait.holder, held, wait.requester_sequence, *kind)
        found.setdefault(key, wait)
    return tuple(found.values())


def _of_unread(sides: Mapping[Side, Footprint]) -> Iterator[Wait]:
    """Let what was not read stop all that the other task sends, and wait for it."""
    counts = {side: len(steps_of(footprint)) for side, footprint in sides.items()}
    unread = {side: counts[side] - 1 for side, footprint in sides.items() if footprint.unread}
    for holder, requester in permutations(sides):
        for held, asked in product(range(counts[holder]), range(counts[requester])):
            if held == unread.get(holder) or asked == unread.get(requester):
                yield Wait(holder, requester, "", NOT_READ, None, "", False, held, asked)


def _untold(sides: Mapping[Side, Footprint], verdict: Verdict) -> Iterator[Wait]:
    """Let the first statement of a transaction on a table stop all on it, unless both only read.

    A verdict tells the worst of its waits; scripts of many statements have more.
    """
    tables = sorted({wait.table for wait in verdict.waits})
    steps = {side: steps_of(footprint) for side, footprint in sides.items()}
    for table, (holder, requester) in product(tables, permutations(sides)):
        asking = [(n, writes) for n, writes in _on(table, steps[requester])]
        first: set[tuple[int, bool]] = set()
        for held, writes in _on(table, steps[holder]):
            key = (steps[holder][held].transaction, writes)
            if key in first:
                continue
            first.add(key)
            for asked, changes in asking:
                if writes or changes:
                    yield Wait(holder, requester, table, NOT_TOLD, None, "", False, held, asked)


def _on(table: str, steps: Sequence[Step]) -> Iterator[tuple[int, bool]]:
    """Yield the statements on a table, and whether each changes it."""
    for n, step in enumerate(steps):
        for each in step.tables:
            if each.table == table:
                yield n, each.writes


def _encounter(wait: Wait, at: Mapping[Side, int], engine: Engine) -> Encounter:
    systems = _METADATA if wait.metadata else _COUNTERS if wait.counter else _SYSTEMS
    return Encounter(
        holder=at[wait.holder],
        requester=at[wait.requester],
        holder_step=wait.holder_sequence,
        requester_step=wait.requester_sequence,
        table=wait.table,
        lock=wait.lock,
        system=systems.get(engine, LockSystem.OTHER),
        certain=wait.certain,
        while_running=wait.while_running,
        deadlock=wait.deadlock,
    )


def _engine(footprint: Footprint, sequence: int) -> Engine:
    if sequence >= len(footprint.statements):
        return Engine.RESOURCE
    return footprint.statements[sequence].statement.connection.engine
