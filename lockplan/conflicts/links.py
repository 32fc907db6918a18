"""What orders tasks of two DAGs: sensors, runs that a task starts, assets that it updates.

Sources: Airflow's ``ExternalTaskSensor``, ``TriggerDagRunOperator`` and assets, 2.11 and 3.3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from lockplan.conflicts.conditions import RunPairs
from lockplan.conflicts.horizon import cadences
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.dates import RunDates
from lockplan.model.workflow import Dag, Task, Workflow


@dataclass(frozen=True, slots=True)
class Link:
    """Tasks of one DAG's run that have ended before tasks of another DAG's begin."""

    name: str
    earlier: str
    """The DAG whose tasks end; only in runs that belong together."""
    later: str
    ends: frozenset[int]
    """Positions in the DAG `earlier`."""
    begins: frozenset[int]
    """Positions in the DAG `later`."""
    apart: timedelta | None = None
    """How much later the logical date of the later run is; None where a run starts the other."""
    started_later: bool = True
    """Where a run starts the other: whether the one that is started is `later`."""

    def joins(self, earlier: RunDates, later: RunDates) -> bool:
        """Whether two runs belong together."""
        if self.apart is not None:
            return later.logical_date - earlier.logical_date == self.apart
        starting, started = (earlier, later) if self.started_later else (later, earlier)
        # One that is given no date has the moment for it at which the other's clock fired.
        dated = {starting.interval_end, starting.logical_date}
        return started.logical_date in dated and started.interval_end == starting.interval_end


class Links:
    """All that orders tasks of two DAGs."""

    def __init__(self, workflow: Workflow, order: Mapping[str, OrderGraph]) -> None:
        self._order = order
        self._dags = {dag.dag_id: dag for dag in workflow.dags}
        self._between: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for link in (*self._of_sensors(), *self._of_starts(self._starters())):
            self._between[link.earlier, link.later].append(link)

    def between(self, a: tuple[str, int], b: tuple[str, int]) -> tuple[tuple[Link, bool], ...]:
        """Return what orders two tasks, given by DAG and position; True where `b` comes first."""
        return (*self._directed(a, b, False), *self._directed(b, a, True))

    def _directed(
        self, first: tuple[str, int], second: tuple[str, int], turned: bool
    ) -> Iterator[tuple[Link, bool]]:
        for link in self._between.get((first[0], second[0]), ()):
            if first[1] in link.ends and second[1] in link.begins:
                yield link, turned

    def _of_sensors(self) -> Iterator[Link]:
        for dag in self._dags.values():
            for position, task in enumerate(dag.tasks):
                awaited = self._dags.get(task.waits_for.dag_id) if task.waits_for else None
                if task.waits_for is None or awaited is None or awaited is dag:
                    continue
                yield Link(
                    f"{task.operator} {task.key}",
                    awaited.dag_id,
                    dag.dag_id,
                    self._awaited(awaited, task.waits_for.task_ids),
                    self._after(dag, position),
                    task.waits_for.earlier,
                )

    def _awaited(self, dag: Dag, task_ids: tuple[str, ...]) -> frozenset[int]:
        """Return which tasks have ended when those of the ids have succeeded; of none, all."""
        if not task_ids:
            return frozenset(range(len(dag.tasks)))
        ids = [task.key.task_id for task in dag.tasks]
        known = [ids.index(task_id) for task_id in task_ids if task_id in ids]
        return frozenset().union(*(self._up_to(dag, position) for position in known))

    def _up_to(self, dag: Dag, position: int) -> frozenset[int]:
        order = self._order[dag.dag_id]
        before = (n for n in range(len(dag.tasks)) if order.orders(n, position))
        return frozenset((position, *before))

    def _after(self, dag: Dag, position: int) -> frozenset[int]:
        """Return the tasks that begin only after one has succeeded."""
        order = self._order[dag.dag_id]
        return frozenset(n for n in range(len(dag.tasks)) if order.requires(position, n))

    def _starters(self) -> dict[str, Task]:
        """Return the one task that starts all runs of a DAG, where there is just one."""
        by_asset: dict[str, list[Task]] = defaultdict(list)
        starting: dict[str, list[Task]] = defaultdict(list)
        for task in (task for dag in self._dags.values() for task in dag.tasks):
            for asset in task.outlets:
                by_asset[asset].append(task)
            if task.starts is not None:
                starting[task.starts.dag_id].append(task)
        for dag in self._dags.values():
            for asset in dag.assets:
                # Of several assets, one may be of an earlier run of the DAG that updates it.
                starting[dag.dag_id] += by_asset[asset]
        return {
            dag_id: tasks[0]
            for dag_id, tasks in starting.items()
            if len(tasks) == 1 and self._is_only_started(dag_id)
        }

    def _is_only_started(self, dag_id: str) -> bool:
        dag = self._dags.get(dag_id)
        return dag is not None and not cadences(dag) and len(dag.assets) <= 1

    def _of_starts(self, starters: Mapping[str, Task]) -> Iterator[Link]:
        for dag_id, task in starters.items():
            started, starting = self._dags[dag_id], self._dags[task.key.dag_id]
            if task.starts is not None and task.starts.waits and starting is not started:
                yield Link(
                    _name(task),
                    started.dag_id,
                    starting.dag_id,
                    frozenset(range(len(started.tasks))),
                    self._after(starting, starting.tasks.index(task)),
                    started_later=False,
                )
            yield from self._of_chain(dag_id, starters)

    def _of_chain(self, dag_id: str, starters: Mapping[str, Task]) -> Iterator[Link]:
        """Yield what orders a DAG after the one that starts it, after the one that starts that."""
        begins = frozenset(range(len(self._dags[dag_id].tasks)))
        seen, current = {dag_id}, dag_id
        while current in starters and starters[current].key.dag_id not in seen:
            task = starters[current]
            current = task.key.dag_id
            seen.add(current)
            position = self._dags[current].tasks.index(task)
            ends = self._up_to(self._dags[current], position)
            # A task that starts a run by itself is still at work when that one begins.
            ended = ends - {position} if task.starts is not None else ends
            yield Link(_name(task), current, dag_id, ended, begins)


def _name(task: Task) -> str:
    """Name what a run starts by: the task that triggers it, or the assets that it updates."""
    if task.starts is not None:
        return f"{task.operator} {task.key}"
    return f"asset {', '.join(task.outlets)}"


def split(runs: RunPairs, links: tuple[tuple[Link, bool], ...]) -> tuple[RunPairs, RunPairs]:
    """Return the pairs of runs that nothing orders, then those that one of the links does."""
    ordered = tuple(pair for pair in runs if _is_ordered(pair, links))
    kept = set(ordered)
    return tuple(pair for pair in runs if pair not in kept), ordered


def _is_ordered(pair: tuple[RunDates, RunDates], links: tuple[tuple[Link, bool], ...]) -> bool:
    a, b = pair
    return any(link.joins(b, a) if turned else link.joins(a, b) for link, turned in links)
