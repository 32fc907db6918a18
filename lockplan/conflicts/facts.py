"""When the runs of each DAG start, and how long they may be at work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from graphlib import TopologicalSorter

from lockplan.conflicts.horizon import (
    ASSUMED_SCHEDULE,
    IN_UTC,
    PRESETS,
    RUNS,
    Clock,
    ClockZones,
    cadences,
    horizon,
)
from lockplan.model.dates import RunDates
from lockplan.model.schedule import Cadence, Starts
from lockplan.model.workflow import Dag, Task, TaskKey, Workflow

_A_DAY_S = 24 * 3600
_A_DAY_OF_HOURS = 24
_BETWEEN_OFFSETS_S = 3600
"""From one to the next of the offsets in which a zone that is not known is tried."""
ASSUMED = (Cadence(PRESETS[ASSUMED_SCHEDULE]),)


@dataclass(frozen=True, slots=True)
class DagFacts:
    """When a DAG's runs start, and how long they last."""

    clock: Clock
    scheduled: bool
    """Whether the clock is the DAG's own schedule, and no assumption."""
    serial_s: int
    """All its tasks one after another, in seconds."""
    lasts_s: int
    """How long a run may last: retries, and the runs for which it waits, included."""
    late_s: int = 0
    """How long after the clock's moment it may start."""
    catches_up: bool = False
    """Whether runs that were missed are made up for, several at once."""
    clock_zones: tuple[ClockZones, ...] = (IN_UTC,)
    """In which zones the clocks of servers and workers may be, those first that are shown."""

    @property
    def beside(self) -> Clock:
        """The clock as other DAGs must reckon with it: at any hour where its zone is not known."""
        return self.clock.in_all_zones()

    @property
    def busy_s(self) -> int:
        """How long after the clock's moment a run may still be at work."""
        return self.late_s + self.lasts_s


@dataclass(frozen=True, slots=True)
class Timing:
    """What is told beside the DAGs."""

    duration_s: Callable[[Task], int]
    catches_up: Callable[[Dag], bool]
    airflow_majors: tuple[int, ...]
    logical_date: datetime
    clock_zones: tuple[ClockZones, ...] = (IN_UTC,)
    """In which zones the clocks of servers and workers may be, those first that are shown."""


def dag_facts(workflow: Workflow, timing: Timing) -> Mapping[str, DagFacts]:
    """Return the facts of every DAG by its id."""
    builder = _Builder(workflow, timing)
    return {dag.dag_id: builder.of(dag.dag_id) for dag in workflow.dags}


class _Builder:
    """DAGs that start others come before these; a circle is cut where it closes."""

    def __init__(self, workflow: Workflow, timing: Timing) -> None:
        self._timing = timing
        self._dags = {dag.dag_id: dag for dag in workflow.dags}
        self._started_by: dict[str, list[Task]] = defaultdict(list)
        self._updating: dict[str, list[Task]] = defaultdict(list)
        for task in workflow.tasks():
            if task.starts is not None:
                self._started_by[task.starts.dag_id].append(task)
            for asset in task.outlets:
                self._updating[asset].append(task)
        self._found: dict[str, DagFacts] = {}
        self._open: set[str] = set()

    def of(self, dag_id: str) -> DagFacts:
        """Return what is known of one DAG."""
        if dag_id not in self._found:
            self._open.add(dag_id)
            self._found[dag_id] = self._build(self._dags[dag_id])
            self._open.remove(dag_id)
        return self._found[dag_id]

    def _build(self, dag: Dag) -> DagFacts:
        own = cadences(dag)
        starters = self._starters(dag)
        known = [(task, self.of(task.key.dag_id)) for task in starters if self._is_known(task)]
        given = [cadence for task, facts in known for cadence in _handed_on(task, facts)]
        found = tuple(dict.fromkeys((*own, *given)))
        work_s = sum(self._timing.duration_s(task) for task in dag.tasks)
        shown = self._timing.clock_zones[0]
        clock = Clock(found or ASSUMED, self._timing.airflow_majors, clock_zones=shown)
        leeway_s = 0 if clock.zone_known else _BETWEEN_OFFSETS_S
        facts = DagFacts(
            clock=clock,
            scheduled=bool(found),
            serial_s=work_s,
            lasts_s=self._lasts_s(dag) + self._waits_for_started_s(dag),
            late_s=max(self._drift_s(dag, own), *(facts.busy_s for _, facts in known), leeway_s),
            catches_up=(bool(own) and self._timing.catches_up(dag))
            or any(facts.catches_up for _, facts in known),
            clock_zones=self._timing.clock_zones,
        )
        return self._crossing_midnight(self._waiting(dag, facts))

    def _is_known(self, task: Task) -> bool:
        """Whether the clock of the DAG that a task belongs to is known, and closes no circle."""
        return task.key.dag_id not in self._open and self.of(task.key.dag_id).scheduled

    def _starters(self, dag: Dag) -> list[Task]:
        """Return the tasks that start runs of a DAG; none where others may do so, too."""
        updates = [self._updating.get(asset, []) for asset in dag.assets]
        if not all(updates):
            return []
        return [*self._started_by[dag.dag_id], *(task for tasks in updates for task in tasks)]

    def _lasts_s(self, dag: Dag) -> int:
        """Return how long a run may last with one worker, every task failing but its last time.

        Some task is at work, or all that could be wait for their next try: at the most as long as
        the tasks of one chain do.
        """
        tries = sum(self._timing.duration_s(task) * (1 + task.retries) for task in dag.tasks)
        return tries + _longest_wait_s(dag)

    def _waits_for_started_s(self, dag: Dag) -> int:
        """Return how long its tasks wait for the runs that they start."""
        started = [task.starts.dag_id for task in dag.tasks if task.starts and task.starts.waits]
        return sum(self._lasts_s(self._dags[dag_id]) for dag_id in started if dag_id in self._dags)

    def _drift_s(self, dag: Dag, own: tuple[Cadence, ...]) -> int:
        """Return how late its own clock may be: from when a distance is counted may be unknown.

        Without catching up, Airflow counts from the moment at which the DAG is switched on.
        """
        distances = [
            each.every.total_seconds()
            for each in own
            if each.every is not None and not (each.anchor and self._timing.catches_up(dag))
        ]
        return round(max(distances, default=0))

    def _waiting(self, dag: Dag, facts: DagFacts) -> DagFacts:
        """Return the facts of a DAG whose sensors may wait for longer than its own work lasts."""
        waits = [task.waits_for for task in dag.tasks if task.waits_for is not None]
        known = [each for each in waits if each.dag_id in self._dags]
        lasts_s = facts.lasts_s
        for wait in known:
            if wait.dag_id not in self._open and facts.scheduled:
                awaited = self.of(wait.dag_id)
                until_s = self._ends_after_s(facts, awaited, wait.earlier.total_seconds())
                lasts_s = max(lasts_s, until_s - facts.late_s + facts.lasts_s)
        return replace(facts, lasts_s=lasts_s)

    def _ends_after_s(self, facts: DagFacts, awaited: DagFacts, earlier_s: float) -> int:
        """Return how long after a run's start the run that it waits for may still be at work."""
        begins = {run.logical_date: run.run_time for run in self._runs(awaited.clock)}
        ends_s = [
            (begin - run.run_time).total_seconds() + awaited.busy_s
            for run in self._runs(facts.clock)
            for begin in [begins.get(_before(run.logical_date, earlier_s))]
            if begin is not None
        ]
        return max(0, round(max(ends_s, default=0)))

    def _runs(self, clock: Clock) -> tuple[RunDates, ...]:
        return tuple(clock.runs(self._timing.logical_date, RUNS))

    def _crossing_midnight(self, facts: DagFacts) -> DagFacts:
        first_day = horizon(facts.clock, self._timing.logical_date)[:_A_DAY_OF_HOURS]
        crosses = not facts.clock.zone_known or any(
            run.run_time.hour * 3600 + run.run_time.minute * 60 + facts.busy_s >= _A_DAY_S
            for run in first_day
        )
        return replace(facts, clock=replace(facts.clock, may_cross_midnight=crosses))


def _before(moment: datetime, earlier_s: float) -> datetime:
    return moment - timedelta(seconds=earlier_s)


def _handed_on(task: Task, facts: DagFacts) -> tuple[Cadence, ...]:
    """Return when the runs that a task starts begin, at the earliest; they are dated so."""
    own = facts.clock.cadences
    if task.starts is not None and task.starts.same_date:
        return own
    started = Starts.AT_LOGICAL_DATE
    return tuple(replace(each, starts=started, interval=timedelta()) for each in own)


def _longest_wait_s(dag: Dag) -> int:
    """Return how long the tasks of one chain may wait for their next tries."""
    waits = {task.key: task.retry_wait_s for task in dag.tasks}
    if not any(waits.values()):
        return 0
    above: dict[TaskKey, set[TaskKey]] = {key: set() for key in waits}
    for edge in dag.edges:
        above[edge.downstream].add(edge.upstream)
    longest: dict[TaskKey, int] = {}
    for key in TopologicalSorter(above).static_order():
        longest[key] = waits[key] + max((longest[up] for up in above[key]), default=0)
    return max(longest.values())
