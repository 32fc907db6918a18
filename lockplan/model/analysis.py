"""Everything that one analysis found: the value that reports print and Study holds."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.access import Footprint
from lockplan.model.conflict import ConflictGraph
from lockplan.model.dates import RunDates
from lockplan.model.place import Skipped
from lockplan.model.problem import Plan, Problem
from lockplan.model.remedy import NewPool, RemedyKind
from lockplan.model.timeline import Timeline
from lockplan.model.workflow import Dag, Edge, TaskKey, Workflow


@dataclass(frozen=True, slots=True)
class NeedlessEdge:
    """An edge of the author between two tasks that are free of each other."""

    upstream: TaskKey
    downstream: TaskKey
    sooner_s: int
    """How much shorter the longest chain of tasks is without it."""


@dataclass(frozen=True, slots=True)
class NeedlessLimit:
    """A limit that holds apart tasks which are free of each other."""

    kind: RemedyKind
    """A pool, or `max_active_tasks`."""
    name: str
    """The pool's, or the DAG's."""
    slots: int
    """How many may run at the same time."""
    tasks: tuple[TaskKey, ...]
    """The tasks that need not be held, sorted."""
    sooner_s: int = 0
    """How much sooner the planned DAG ends without it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the failure of one task stops because of the plan's edges."""

    task: TaskKey
    stopped: tuple[TaskKey, ...]
    """Tasks that would have run with the author's edges alone."""


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures that a plan couples."""

    of_tasks: tuple[Failure, ...] = ()
    """Those that stop something more, the most tasks first."""
    through_edges: tuple[tuple[TaskKey, ...], ...] = ()
    """For each edge of the plan: what the failure of its earlier task newly stops through it."""


NOTHING = Problem((), (), (), workers=1)


@dataclass(frozen=True, slots=True)
class DagPlan:
    """One DAG before and after planning."""

    dag: Dag
    plan: Plan
    new_edges: tuple[Edge, ...]
    """Edges of the plan that are not in the file yet."""
    stale_edges: tuple[Edge, ...]
    """Edges of the generated block that the plan no longer needs."""
    before: Timeline
    """The run as the files stand, with waits for locks and the server's timeout."""
    after: Timeline
    """The run with the plan's edges."""
    certain: Plan | None = None
    """The plan of the certain conflicts alone, where the plan keeps possible ones apart, too."""
    failures: Failures = Failures()
    """Whose failure stops more tasks than before."""
    needless: tuple[NeedlessEdge, ...] = ()
    """Advice only: edges that cost time and protect nothing, the largest gain first."""
    limits: tuple[NeedlessLimit, ...] = ()
    """The same of pools and of `max_active_tasks`."""
    with_pools_s: int | None = None
    """Seconds of the run with the plan's edges and its pools; None where it needs no pool."""
    problem: Problem = NOTHING
    """What was planned."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of analysing one or more folders."""

    workflow: Workflow
    footprints: tuple[Footprint, ...]
    """One per task, in the order of `workflow.tasks()`."""
    graph: ConflictGraph
    plans: tuple[DagPlan, ...]
    """One per DAG that has tasks, in the order of the workflow."""
    dates: RunDates
    """The run whose dates are shown."""
    workers: int
    skipped: tuple[Skipped, ...]
    """All that was not read, of files, tasks and statements, sorted."""
    pools: tuple[NewPool, ...] = ()
    """Pools to create for what no edge may order, in and between DAGs, sorted by name."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted, one sentence each: durations, Airflow version, missing schema."""
    next_command: str | None = None
    """What the user may type next."""
