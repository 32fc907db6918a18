"""What keeps two tasks apart where no edge does: settings of Airflow, each as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lockplan.model.workflow import TaskKey

DEFAULT_POOL = "default_pool"


class RemedyKind(StrEnum):
    """What is to be set."""

    POOL = "pool"
    MAX_ACTIVE_TIS_PER_DAGRUN = "max_active_tis_per_dagrun"
    MAX_ACTIVE_TIS_PER_DAG = "max_active_tis_per_dag"
    MAX_ACTIVE_TASKS = "max_active_tasks"
    MAX_ACTIVE_RUNS = "max_active_runs"
    DEPENDS_ON_PAST = "depends_on_past"
    SHIFT = "shift"
    SENSOR = "ExternalTaskSensor"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change of the DAGs that keeps two tasks apart."""

    kind: RemedyKind
    targets: tuple[str, ...]
    """What is changed: tasks as ``dag.task``, or a DAG."""
    value: str | int | bool
    """A pool's name, a limit, minutes to start later, the task that a sensor waits for."""
    advice: str
    """One imperative sentence."""


def in_words(remedies: Sequence[Remedy]) -> str:
    """Return remedies as one text, the first choice first: ``Do this. Or do that.``."""
    first, *others = (each.advice for each in remedies)
    return " ".join([first, *(f"Or {other[0].lower()}{other[1:]}" for other in others)])


@dataclass(frozen=True, slots=True, order=True)
class PoolMember:
    """A task that goes into a pool."""

    task: TaskKey
    pool_slots: int
    """Slots that each of its instances takes."""


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to create, in which no two conflicting tasks find room together."""

    name: str
    slots: int
    tasks: tuple[PoolMember, ...]
    """Sorted by task; those of one slot do not conflict with each other."""
    needless_pairs: int = 0
    """Pairs that it keeps apart although they do not conflict: a task has one pool only."""
