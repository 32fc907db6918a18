"""A night to simulate: runs of DAGs on one clock, the statements of their tasks, who stops whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

from lockplan.model.dates import RunDates
from lockplan.model.problem import Job
from lockplan.model.workflow import DEFAULT_QUEUE, Pool, WeightRule


class ExecutorKind(StrEnum):
    """Airflow's executors, as far as they differ in what runs at the same time."""

    SEQUENTIAL = "SequentialExecutor"
    LOCAL = "LocalExecutor"
    CELERY = "CeleryExecutor"


@dataclass(frozen=True, slots=True)
class Executor:
    """How many tasks run at the same time."""

    slots: int
    """Of all workers together: with Celery ``worker_concurrency`` times the workers."""
    kind: ExecutorKind = ExecutorKind.LOCAL
    queues: tuple[tuple[str, int], ...] = ()
    """For Celery: each queue with the slots of its workers; empty where all serve every queue."""
    parallelism: int | None = None
    """Tasks that are queued or run; None for as many as there are slots."""

    @property
    def capacity(self) -> int:
        """Slots of all workers together."""
        if self.kind is ExecutorKind.SEQUENTIAL:
            return 1
        return sum(slots for _, slots in self.queues) if self.queues else self.slots


class LockSystem(StrEnum):
    """The part of a server that keeps locks: each has a patience and errors of its own."""

    INNODB_ROWS = "rows of InnoDB"
    MYSQL_METADATA = "metadata locks of MySQL"
    MARIADB_METADATA = "metadata locks of MariaDB"
    MARIADB_COUNTER = "AUTO_INCREMENT counters of MariaDB"
    """Whoever waits too long for one gets 1467 in place of 1205."""
    POSTGRESQL = "PostgreSQL"
    SQLITE = "the file of SQLite"
    OTHER = "another server"
    """Waits have no end there, as far as is known; a deadlock is noticed at once."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How long servers let a task wait for a lock, by the names of their settings."""

    innodb_lock_wait_timeout_s: float = 50.0
    """Then the statement fails with 1205; what the transaction locked before stays locked."""
    lock_wait_timeout_s: float = 31_536_000.0
    """MySQL's, for metadata locks: 1205, too."""
    mariadb_lock_wait_timeout_s: float = 86_400.0
    """MariaDB's, for metadata locks."""
    lock_timeout_s: float = inf
    """PostgreSQL's, which is off by default: 55P03."""
    deadlock_timeout_s: float = 1.0
    """How long a task of PostgreSQL waits before it looks for a deadlock: 40P01."""
    sqlite_timeout_s: float = 5.0
    """The busy timeout that Python's sqlite3 sets."""
    disconnect_s: float = 1.0
    """From a statement's error until the task has ended and its connection with it."""


@dataclass(frozen=True, slots=True)
class NightRun:
    """One run of a DAG."""

    dag_id: str
    run: int = 0
    """Counted from 0 for each DAG."""
    starts_s: float = 0.0
    """When it is due; where too many runs of its DAG are active, it starts later."""
    logical_date: datetime | None = None
    max_active_tasks: int | None = None
    max_active_runs: int | None = None
    dates: RunDates | None = None
    """All its dates, where tasks are to meet as they do on just these."""


@dataclass(frozen=True, slots=True)
class StepTable:
    """A table that a statement locks."""

    table: str
    writes: bool
    """Whether it changes the table, or locks rows of it to read them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One SQL statement of a task; times are shares, 0 to 1, of the task's work."""

    at: float
    """When it is sent: it asks for its locks then."""
    until: float
    """When it has run."""
    released: float
    """When its transaction ends, and its locks go."""
    statement: int = 0
    """Position in its task."""
    transaction: int = 0
    tables: tuple[StepTable, ...] = ()
    brief: bool = False
    """Whether a loop sends it again and again, each time in a transaction of its own: others come
    in between, so nobody waits for it for long."""

    @property
    def writes(self) -> bool:
        """Whether it changes a table, or locks rows of one to read them."""
        return any(table.writes for table in self.tables)


WHOLE_TASK = (Step(0.0, 1.0, 1.0),)
"""One statement that lasts as long as its task."""


@dataclass(frozen=True, slots=True)
class NightTask:
    """One task of one run."""

    job: Job
    run: int = 0
    """Position of its run among the night's."""
    upstream: tuple[int, ...] = ()
    """Positions of its direct upstream tasks among the night's, all of its own run."""
    steps: tuple[Step, ...] = ()
    """Its statements, in the order in which it sends them."""
    queue: str = DEFAULT_QUEUE
    weight_rule: WeightRule = WeightRule.DOWNSTREAM
    retries: int = 0
    retry_delay_s: float = 300.0
    exponential_backoff: bool = False
    """Whether each delay is twice the one before."""
    max_retry_delay_s: float = inf
    past: int | None = None
    """With ``depends_on_past``: the position of the same task in the run before."""
    awaits: tuple[int, ...] = ()
    """For a sensor: positions of the tasks whose end it waits for, in its slot."""
    not_before_s: float = 0.0
    """So many seconds after the start of its run it starts at the earliest."""
    fails: bool = False
    """Whether each of its tries fails when its work is done."""


@dataclass(frozen=True, slots=True)
class Encounter:
    """A lock that one task takes with a statement, and that a statement of another asks for."""

    holder: int
    """Position of the task among the night's."""
    requester: int
    holder_step: int
    """Position among the holder's steps."""
    requester_step: int
    table: str
    lock: str = ""
    """What is held against what is asked for, in plain words."""
    system: LockSystem = LockSystem.INNODB_ROWS
    certain: bool = True
    while_running: bool = False
    """Whether the lock goes when the statement has run, not when its transaction ends."""
    deadlock: bool = False
    """Whether it is half of a deadlock: where two statements stop each other, they deadlock when
    both are running."""


@dataclass(frozen=True, slots=True)
class Night:
    """Everything that a simulation is given."""

    runs: tuple[NightRun, ...]
    tasks: tuple[NightTask, ...]
    executor: Executor
    encounters: tuple[Encounter, ...] = ()
    pools: tuple[Pool, ...] = ()
    """Pools with known slots; a pool that is not named here does not limit."""
    servers: ServerSettings = ServerSettings()
    scheduler_latency_s: float = 0.0
    """From the end of what a task waits for until the scheduler has noticed."""
    airflow_major: int = 3
    """In Airflow 2, ``max_active_tasks`` holds for all runs of a DAG together."""
