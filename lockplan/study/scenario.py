"""A what-if: a study with something changed, and the night that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lockplan.errors import InputError
from lockplan.model.connection import Isolation
from lockplan.model.words import count, duration
from lockplan.model.workflow import TaskKey
from lockplan.study.answers import Answers
from lockplan.study.changes import KeyPair, arrow
from lockplan.study.comparison import edge_prices
from lockplan.study.names import isolation
from lockplan.study.sql_changes import index_on

if TYPE_CHECKING:
    import pandas as pd


Task = str | TaskKey
"""A task as a user names it: ``dag.task``, or ``task`` where only one DAG has it."""


@dataclass(frozen=True)
class Scenario(Answers):
    """A night as it would be; each verb returns a new one, and nothing is computed twice.

    A scenario keeps the order that it has: the edges of the study's plans stand, whatever is
    changed, until `unprotected`, `serial`, an edge verb or `replanned` says otherwise. All DAGs of
    the scenario run in one night, each starting at the time of day of its schedule.
    """

    def named(self, name: str) -> Scenario:
        """Give it a name, which stands for it in tables and pictures."""
        return replace(self, name=name)

    # -- what a night runs on

    def with_workers(self, workers: int) -> Scenario:
        """Let so many tasks run at the same time."""
        _at_least("workers", workers, 1)
        return self._with(count(workers, "worker"), workers=workers)

    def with_max_active_tasks(self, dag_id: str, tasks: int) -> Scenario:
        """Let so many tasks of a DAG run at the same time."""
        _at_least("max_active_tasks", tasks, 1)
        dag = self._names.dag(dag_id)
        limits = {**self.changes.max_active_tasks, dag.dag_id: tasks}
        return self._with(f"max_active_tasks={tasks} in {dag_id}", max_active_tasks=limits)

    def with_pool(self, name: str, slots: int, tasks: Task | Iterable[Task] = ()) -> Scenario:
        """Give a pool so many slots, and put tasks into it; ``dag.load_*`` names several."""
        _at_least(f"slots of pool {name!r}", slots, 1)
        moved = self._names.tasks(tasks)
        if not moved and name not in self.changes.pools:
            self._names.pool(name)
        said = f"pool {name} of {slots}" + (f" for {_tasks(moved)}" if moved else "")
        return self._with(
            said,
            pools={**self.changes.pools, name: slots},
            in_pools={**self.changes.in_pools, **dict.fromkeys(moved, name)},
        )

    # -- how long things take

    def with_duration(
        self,
        tasks: Task | Iterable[Task],
        seconds: float | None = None,
        *,
        scale: float | None = None,
    ) -> Scenario:
        """Let tasks take so many seconds, or so many times as long as they do now."""
        keys = self._names.tasks(tasks)
        if (seconds is None) == (scale is None):
            raise InputError(_tasks(keys), "its duration is not told", "Give seconds or scale=.")
        _at_least(_tasks(keys), seconds if seconds is not None else scale or 0.0, 0)
        told = {key: self._duration_s(key) * (scale or 0.0) for key in keys}
        if seconds is not None:
            told = dict.fromkeys(keys, float(seconds))
        how = f"× {scale:g}" if seconds is None else duration(seconds)
        changed = {**self.changes.durations_s, **told}
        return self._with(f"{_tasks(keys)} {how}", durations_s=changed)

    def with_data(self, scale: float) -> Scenario:
        """Let the tables have so many times as many rows; tasks that use them take so much longer.

        That SQL takes time in proportion to the rows is the simplest guess: a query that reads by
        an index is slowed down less, a join may be slowed down more.
        """
        _at_least("the scale of the data", scale, 0)
        at_work = [each.task for each in self._parts.footprints if each.transactions]
        longer = {key: self._duration_s(key) * scale for key in at_work}
        sql = self.changes.sql
        return self._with(
            f"data × {scale:g}",
            sql=replace(sql, data_scale=sql.data_scale * scale),
            durations_s={**self.changes.durations_s, **longer},
        )

    # -- order

    def unprotected(self) -> Scenario:
        """Take out all ordering edges, those of an earlier patch included."""
        return self._with("unprotected", edges=())

    def serial(self) -> Scenario:
        """Run one task at a time without ordering edges, as the SequentialExecutor does."""
        return self._with("one after another", edges=(), workers=1)

    def planned(self) -> Scenario:
        """Take the edges of the study's plans again."""
        return self._with("as planned", edges=None)

    def replanned(self) -> Scenario:
        """Plan anew for what was changed up to here, and keep the edges of that plan.

        This searches, as `lockplan.analyze` does; the other verbs take next to no time. Plans are
        made for one run of each DAG, without delays and failures: they do not look at the clock.
        """
        edges = [edge for plan in self.plans().values() for edge in plan.edges]
        return self._with("planned anew", edges=tuple((e.upstream, e.downstream) for e in edges))

    def with_edge(self, upstream: Task, downstream: Task) -> Scenario:
        """Let one task wait for another one of its DAG."""
        edge = self._ends(upstream, downstream)
        if edge in (*self._pairs(), *self._authored_pairs()):
            return self
        return self._ordered(f"with {arrow(edge)}", edges=(*self._pairs(), edge))

    def without_edge(self, upstream: Task, downstream: Task) -> Scenario:
        """Take out an edge, be it of a plan or of the DAG's author."""
        edge = self._present(upstream, downstream)
        edges = tuple(each for each in self._pairs() if each != edge)
        gone = self.changes.gone | ({edge} & set(self._authored_pairs()))
        return self._ordered(f"without {arrow(edge)}", edges=edges, gone=gone)

    def reversed_edge(self, upstream: Task, downstream: Task) -> Scenario:
        """Turn an edge round: the later task goes first."""
        edge = self._present(upstream, downstream)
        turned = (edge[1], edge[0])
        edges = (*(each for each in self._pairs() if each != edge), turned)
        gone = self.changes.gone | ({edge} & set(self._authored_pairs()))
        return self._ordered(f"{arrow(turned)} turned round", edges=edges, gone=gone)

    # -- SQL, tables, sessions

    def with_isolation(self, level: str | Isolation) -> Scenario:
        """Run every transaction of MySQL, MariaDB and PostgreSQL at an isolation level."""
        told = isolation(level)
        return self._with(str(told), sql=replace(self.changes.sql, isolation=told))

    def with_index(self, table: str, *columns: str) -> Scenario:
        """Give a table of the schema an index on columns, in this order.

        A plain index on the first of these columns is taken out: the new one serves in its place.
        """
        found = self._names.table(table)
        if not columns:
            raise InputError(table, "an index without columns", "Name the columns, in order.")
        named = self._names.columns(found, columns)
        added = (*self.changes.sql.indexes, index_on(found, named))
        said = f"index on {table} ({', '.join(named)})"
        return self._with(said, sql=replace(self.changes.sql, indexes=added))

    def committing(self, tasks: Task | Iterable[Task]) -> Scenario:
        """Let tasks commit after each of their statements."""
        keys = self._names.tasks(tasks)
        sql = replace(self.changes.sql, committing=self.changes.sql.committing | set(keys))
        return self._with(f"{_tasks(keys)} commits between", sql=sql)

    def with_lock_wait_timeout(self, seconds: float) -> Scenario:
        """Let InnoDB's `innodb_lock_wait_timeout` be so many seconds."""
        _at_least("innodb_lock_wait_timeout", seconds, 0)
        return self._with(f"lock wait timeout {duration(seconds)}", lock_wait_timeout_s=seconds)

    # -- what happens in the night

    def with_retries(self, retries: int, delay_s: float = 300.0) -> Scenario:
        """Let every task be tried again so often, after so many seconds each time."""
        _at_least("retries", retries, 0)
        _at_least("the retry delay", delay_s, 0)
        said = f"{count(retries, 'retry')} after {duration(delay_s)}" if retries else "no retries"
        return self._with(said, retries=(retries, delay_s))

    def shifted(self, dag_id: str, *, minutes: float) -> Scenario:
        """Start a DAG so many minutes later; earlier where it is negative."""
        dag = self._names.dag(dag_id)
        seconds = self.changes.shifts_s.get(dag.dag_id, 0.0) + minutes * 60
        shifts = {**self.changes.shifts_s, dag.dag_id: seconds}
        return self._with(f"{dag_id} {minutes:+g} min", shifts_s=shifts)

    def late(self, task: Task, *, minutes: float) -> Scenario:
        """Let a task start so many minutes later than it does now, as one that waits for data."""
        _at_least(str(task), minutes, 0)
        key = self._names.task(task)
        late = {**self.changes.late_s, key: self._parts.start_in_run_s(key) + minutes * 60}
        return self._with(f"{key} {minutes:g} min late", late_s=late)

    def failing(self, tasks: Task | Iterable[Task]) -> Scenario:
        """Let tasks fail, in each of their tries."""
        keys = self._names.tasks(tasks)
        failing = self.changes.failing | set(keys)
        return self._with(f"{_tasks(keys)} fails", failing=failing)

    def backfill(self, days: int, *, max_active_runs: int | None = None) -> Scenario:
        """Run so many days of each DAG, as a backfill does: all their runs are due at once.

        How many of a DAG are active together is its own `max_active_runs`, or what is given here.
        """
        _at_least("days", days, 1)
        _at_least("max_active_runs", max_active_runs or 1, 1)
        at_once = "" if max_active_runs is None else f", {max_active_runs} at once"
        sql = replace(
            self.changes.sql, backfilled=frozenset(self.dag_ids), max_active_runs=max_active_runs
        )
        return self._with(f"backfill of {count(days, 'day')}{at_once}", days=days, sql=sql)

    def edges(self) -> pd.DataFrame:
        """Return one row per ordering edge, with its price, the dearest first.

        `price_min` is how much sooner the night ends without it, locks that then are waited for
        included: where tasks die of them it may end soon. `unordered` counts the conflicts that
        nothing keeps apart then, `errors` the errors of servers.
        """
        return edge_prices(self)

    # -- helpers

    def _with(self, said: str, **changed: object) -> Scenario:
        changes = replace(self.changes, **changed)  # type: ignore[arg-type]
        return replace(self, changes=changes, said=(*self.said, said), name=None)

    def _ordered(self, said: str, **changed: object) -> Scenario:
        """Return the scenario with other edges; raises InputError where they close a circle."""
        made = self._with(said, **changed)
        made._parts.check_order()
        return made

    def _duration_s(self, key: TaskKey) -> float:
        told = self.changes.durations_s.get(key)
        return self.study.base.durations_s[key] if told is None else told

    def _pairs(self) -> tuple[KeyPair, ...]:
        return tuple((edge.upstream, edge.downstream) for edge in self.ordering)

    def _authored_pairs(self) -> tuple[KeyPair, ...]:
        dags = self._parts.authored
        return tuple((edge.upstream, edge.downstream) for dag in dags for edge in dag.edges)

    def _ends(self, upstream: Task, downstream: Task) -> KeyPair:
        ends = (self._names.task(upstream), self._names.task(downstream))
        if ends[0].dag_id != ends[1].dag_id:
            way_out = "Shift one of the DAGs, or put both tasks into a pool of one slot."
            raise InputError(arrow(ends), "an edge joins two tasks of one DAG", way_out)
        return ends

    def _present(self, upstream: Task, downstream: Task) -> KeyPair:
        edge = self._ends(upstream, downstream)
        if edge not in (*self._pairs(), *self._authored_pairs()):
            above = [a for a, b in (*self._pairs(), *self._authored_pairs()) if b == edge[1]]
            direct = ", ".join(sorted(key.task_id for key in above)) or "nothing"
            way_out = f"{edge[1].task_id} directly follows {direct}."
            raise InputError(arrow(edge), "there is no such edge", way_out)
        return edge


def _at_least(what: str, number: float, least: int) -> None:
    if not number >= least:
        raise InputError(what, f"{number:g} is too few", f"Give {least} or more.")


def _tasks(keys: tuple[TaskKey, ...]) -> str:
    return str(keys[0]) if len(keys) == 1 else count(len(keys), "task")
