"""What a scenario changes of the study that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lockplan.model.connection import Isolation
from lockplan.model.workflow import TaskKey

KeyPair = tuple[TaskKey, TaskKey]
"""An edge, the earlier task first."""
NONE: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SqlChanges:
    """What is changed about statements, tables and sessions: it decides who meets whom."""

    isolation: Isolation | None = None
    """Of every transaction; None leaves what is known of each."""
    indexes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Tables, and the columns of the index that each gets."""
    committing: frozenset[TaskKey] = frozenset()
    """Tasks that commit after each of their statements."""
    data_scale: float = 1.0
    """How many times as many rows the tables have."""
    together: frozenset[tuple[str, str]] = frozenset()
    """Pairs of DAGs that may be at work at the same time although their schedules say no."""
    backfilled: frozenset[str] = frozenset()
    """DAGs of which runs are made up for, several at once."""
    max_active_runs: int | None = None
    """Of these DAGs; None leaves the limit of each."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that a scenario changes; as made, it changes nothing."""

    sql: SqlChanges = SqlChanges()
    workers: int | None = None
    durations_s: Mapping[TaskKey, float] = field(default_factory=lambda: NONE)
    pools: Mapping[str, int] = field(default_factory=lambda: NONE)
    """Slots by name."""
    in_pools: Mapping[TaskKey, str] = field(default_factory=lambda: NONE)
    max_active_tasks: Mapping[str, int] = field(default_factory=lambda: NONE)
    """By DAG."""
    edges: tuple[KeyPair, ...] | None = None
    """The ordering edges; None for those of the study's plans."""
    gone: frozenset[KeyPair] = frozenset()
    """Edges of the DAGs' author that are taken out."""
    lock_wait_timeout_s: float | None = None
    retries: tuple[int, float] | None = None
    """Of every task, with the delay before each in seconds."""
    shifts_s: Mapping[str, float] = field(default_factory=lambda: NONE)
    """How much later a DAG starts; earlier where it is negative."""
    late_s: Mapping[TaskKey, float] = field(default_factory=lambda: NONE)
    """How much later than its turn a task starts its work."""
    failing: frozenset[TaskKey] = frozenset()
    days: int = 1
    """Runs of each DAG that start together."""


def arrow(edge: KeyPair) -> str:
    """Return an edge in words."""
    return f"{edge[0]} → {edge[1].task_id}"
