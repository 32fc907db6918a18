"""A folder of DAGs as read: tasks, their order, their SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lockplan.model.place import Skipped, Span
from lockplan.model.schedule import Cadence, ExternalWait, RunTrigger
from lockplan.model.statement import Parts, Statement
from lockplan.model.zones import DEFAULT_ZONE, Zone

if TYPE_CHECKING:  # few folders name resources, whose regions would load with every workflow
    import networkx as nx

    from lockplan.model.resource import Resource


@dataclass(frozen=True, slots=True, order=True)
class TaskKey:
    """The identity of a task."""

    dag_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.dag_id}.{self.task_id}"


class TriggerRule(StrEnum):
    """When Airflow starts a task, given the states of its direct upstream tasks."""

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ALL_DONE_MIN_ONE_SUCCESS = "all_done_min_one_success"
    ALL_DONE_SETUP_SUCCESS = "all_done_setup_success"
    ALL_SKIPPED = "all_skipped"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    ONE_DONE = "one_done"
    NONE_FAILED = "none_failed"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    NONE_SKIPPED = "none_skipped"
    ALWAYS = "always"


class WeightRule(StrEnum):
    """Which weights add up to a task's priority."""

    DOWNSTREAM = "downstream"
    """Its own and those of all tasks after it: Airflow's default."""
    UPSTREAM = "upstream"
    ABSOLUTE = "absolute"


DEFAULT_QUEUE = "default"


class Skips(StrEnum):
    """Which of its downstream tasks a task itself may skip."""

    NOTHING = "nothing"
    DIRECT = "direct downstream"
    """A branch: every direct downstream task that it does not return."""
    ALL = "all downstream"
    """A short circuit: every task after it, whatever its trigger rule."""


class Origin(StrEnum):
    """Who put an edge into a DAG."""

    DATA = "data"
    """The DAG's author."""
    GENERATED = "generated"
    """lockplan, inside its marked block."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`upstream` ends before `downstream` starts."""

    upstream: TaskKey
    downstream: TaskKey
    origin: Origin = Origin.DATA
    tables: tuple[str, ...] = ()
    """For a generated edge: the tables whose conflicts it orders."""
    reason: str = ""
    """For a generated edge: one line that says why, without absolute dates."""


@dataclass(frozen=True, slots=True)
class Pool:
    """An Airflow pool."""

    name: str
    slots: int


class BlockKind(StrEnum):
    """A block of code that a DAG, or a part of one, is built in."""

    WITH = "with"
    """``with DAG(…)``."""
    FUNCTION = "def"
    MODULE = "module"


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a DAG can be named where a block of code ends: there a patch may order its tasks."""

    kind: BlockKind
    block: Span
    """Where the ``with`` or ``def`` begins; line 1 for a module's top level."""
    run: int
    """Which run of the block: one in a loop, or a function, has several, each of its own number."""
    dag: tuple[str, ...]
    """Expressions that are the DAG, the plainest first."""
    tasks: tuple[tuple[str, tuple[str, ...]], ...]
    """Task ids with the expressions that are the task or its result, the plainest first."""
    made: int
    """So many of the DAG's tasks exist by then."""
    conditional: bool = False
    """Whether a condition that is not known decides about the block."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a DAG."""

    key: TaskKey
    operator: str
    """The class name as written: ``PythonOperator``, ``_PythonDecoratedOperator`` for TaskFlow."""
    upstream: tuple[str, ...]
    """Direct upstream task ids, sorted."""
    statements: tuple[Statement, ...]
    defined_at: Span
    skipped: tuple[Skipped, ...] = ()
    trigger_rule: TriggerRule = TriggerRule.ALL_SUCCESS
    skips: Skips = Skips.NOTHING
    pool: str = "default_pool"
    pool_slots: int = 1
    priority_weight: int = 1
    retries: int = 0
    mapped: bool = False
    mapped_group: str | None = None
    """The outermost mapped task group around the task: its copies go on independently."""
    depends_on_past: bool = False
    max_active_tis_per_dag: int | None = None
    max_active_tis_per_dagrun: int | None = None
    conditional: bool = False
    """Whether a condition that is not known decides if the task is made."""
    sql_texts: tuple[Parts, ...] = ()
    """For an operator: each SQL text that it is given, rendered, before it is split."""
    reads: tuple[Resource, ...] = ()
    """For a task of a workflow file: what it says that it reads beside its SQL."""
    writes: tuple[Resource, ...] = ()
    duration_s: int | None = None
    """Whole seconds where the workflow itself tells them."""
    retry_wait_s: int = 0
    """How long it may wait for its next tries, altogether."""
    retry_delay_s: int = 300
    """Before its second try."""
    retry_delay_doubles: bool = False
    """Whether each later delay is twice the one before: ``retry_exponential_backoff``."""
    max_retry_delay_s: int | None = None
    weight_rule: WeightRule = WeightRule.DOWNSTREAM
    queue: str = DEFAULT_QUEUE
    """Of Celery: whose workers take it."""
    wait_for_downstream: bool = False
    waits_for: ExternalWait | None = None
    """For a sensor: the run of another DAG."""
    starts: RunTrigger | None = None
    """The DAG of which it starts a run."""
    outlets: tuple[str, ...] = ()
    """Datasets or assets that it updates."""

    @property
    def one_at_a_time(self) -> str | None:
        """The setting by which no two instances run together in any runs; None without one."""
        return "max_active_tis_per_dag" if self.max_active_tis_per_dag == 1 else None

    @property
    def one_at_a_time_in_a_run(self) -> str | None:
        """The setting by which no two instances of one run are at work together."""
        in_a_run = "max_active_tis_per_dagrun" if self.max_active_tis_per_dagrun == 1 else None
        return in_a_run or self.one_at_a_time


@dataclass(frozen=True, slots=True)
class Dag:
    """One DAG."""

    dag_id: str
    path: str
    schedule: str | None
    """A cron expression or preset; None for none; other schedules as their source text."""
    tasks: tuple[Task, ...]
    edges: tuple[Edge, ...]
    """All direct edges, generated ones marked."""
    defined_at: Span
    max_active_runs: int | None = None
    max_active_tasks: int | None = None
    catchup: bool | None = None
    reaches: tuple[Reach, ...] = ()
    """From the innermost block out to the module."""
    cadences: tuple[Cadence, ...] = ()
    """Where the schedule is no cron expression: what it does instead, as far as it is known."""
    assets: tuple[str, ...] = ()
    """Datasets or assets whose updates start its runs; an empty one stands for one not known."""
    zone: Zone = DEFAULT_ZONE
    """In whose wall time its cron expression is meant: that of its start date."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A folder of DAGs, read without running it."""

    root: str
    """The folder as the user named it."""
    files: int
    """Python files looked at."""
    dags: tuple[Dag, ...]
    skipped: tuple[Skipped, ...] = ()
    airflow_version: str | None = None
    workers: int | None = None
    """Tasks that run at the same time, where the workflow itself tells it."""
    pools: tuple[Pool, ...] = ()
    """Pools whose slots the workflow itself tells."""
    from_file: bool = False
    """Whether it is a workflow file, which tells all that a folder of DAGs leaves open."""

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks of all DAGs, in the order of DAGs and tasks."""
        return tuple(task for dag in self.dags for task in dag.tasks)

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return the order of all DAGs for networkx: tasks as ``dag.task``, and their edges.

        Nodes have `dag_id`, `task_id`, `operator`, `trigger_rule`, `pool`, `path` and `line`; edges
        have `origin`, ``data`` or ``generated``. What an edge guarantees depends on the trigger
        rules.
        """
        import networkx as nx  # only who asks for it waits for it

        graph: nx.DiGraph[str] = nx.DiGraph()
        for task in self.tasks():
            graph.add_node(
                str(task.key),
                dag_id=task.key.dag_id,
                task_id=task.key.task_id,
                operator=task.operator,
                trigger_rule=str(task.trigger_rule),
                pool=task.pool,
                path=task.defined_at.path,
                line=task.defined_at.line,
            )
        for edge in (edge for dag in self.dags for edge in dag.edges):
            graph.add_edge(str(edge.upstream), str(edge.downstream), origin=str(edge.origin))
        return graph
