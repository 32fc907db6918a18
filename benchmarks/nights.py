"""Generated nights: DAGs as people draw them, conflicts as InnoDB has them, at three densities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from random import Random

from lockplan.model.problem import Job, Pair, Pool, Problem
from lockplan.model.workflow import TaskKey, TriggerRule

TASKS_PER_TABLE = {"low": 1.5, "middle": 4.0, "high": 30.0}
"""Tasks of a night for each table that they share."""
DAYS = 60
"""Days that a table holds."""


class Role(Enum):
    """What a task does to the rows of a range, as far as other tasks notice it."""

    SNAPSHOT = "plain read: never waits"
    SHARE = "INSERT … SELECT's source: shared next-key locks"
    INSERT = "INSERT: waits for gaps that others lock, free beside other inserts"
    WRITE = "UPDATE or DELETE of a range: exclusive next-key locks"


FREE_BESIDE = {
    frozenset({Role.SHARE}),
    frozenset({Role.INSERT}),
}
"""Roles that meet without a wait; a snapshot meets all others so."""


@dataclass(frozen=True, slots=True)
class Access:
    """A range of days of a table."""

    table: int
    first: int
    last: int
    role: Role

    def waits(self, other: Access) -> bool:
        """Whether one of the two would wait for the other."""
        roles = frozenset({self.role, other.role})
        if Role.SNAPSHOT in roles or roles in FREE_BESIDE or self.table != other.table:
            return False
        return self.first <= other.last and other.first <= self.last


def night(size: int, density: str | float, seed: int) -> Problem:
    """Return a night of `size` tasks; the same arguments give the same night.

    The density is one of `TASKS_PER_TABLE`, or such a number.
    """
    random = Random(f"{size} {density} {seed}")
    shared = TASKS_PER_TABLE[density] if isinstance(density, str) else density
    tables = max(1, round(size / shared))
    accesses = [_accesses(random, tables) for _ in range(size)]
    slots = max(2, size // 12)
    return Problem(
        jobs=tuple(_job(random, position, slots) for position in range(size)),
        order=_order(random, size),
        conflicts=_conflicts(accesses),
        workers=random.choice((8, 16, 32)) if size <= 150 else random.choice((32, 64)),
        pools=(Pool("warehouse", slots),),
        cliques=_cliques(accesses),
    )


def _job(random: Random, position: int, slots: int) -> Job:
    lenient = random.random() < 0.05
    return Job(
        key=TaskKey("night", f"task_{position:05d}"),
        duration_s=max(1, round(random.lognormvariate(5.0, 1.0))),
        trigger_rule=TriggerRule.ALL_DONE if lenient else TriggerRule.ALL_SUCCESS,
        pool="warehouse" if random.random() < 0.15 else "default_pool",
        pool_slots=1 if random.random() < 0.9 else min(2, slots),
    )


def _accesses(random: Random, tables: int) -> list[Access]:
    roles = list(Role)
    found = []
    for _ in range(random.choice((1, 1, 2, 3))):
        # a few tables are popular, as fact tables are
        table = int(tables * random.random() ** 1.5)
        last = DAYS - 1 if random.random() < 0.6 else random.randrange(DAYS)
        length = random.choice((1, 1, 1, 7, 7, 31))
        role = random.choices(roles, (4, 2, 2, 3))[0]
        found.append(Access(table, max(0, last - length + 1), last, role))
    return found


def _order(random: Random, size: int) -> tuple[Pair, ...]:
    """Chains, forks and joins of short pipelines, some of which wait for each other."""
    edges: set[Pair] = set()
    start = 0
    while start < size:
        stop = min(size, start + random.choice((3, 5, 8, 12)))
        for task in range(start + 1, stop):
            for _ in range(random.choice((1, 1, 1, 2))):
                edges.add((random.randrange(max(start, task - 3), task), task))
        if start and random.random() < 0.3:
            edges.add((random.randrange(start), start))
        start = stop
    return tuple(sorted(edges))


def _conflicts(accesses: list[list[Access]]) -> tuple[Pair, ...]:
    by_table: dict[int, set[int]] = {}
    for task, own in enumerate(accesses):
        for access in own:
            by_table.setdefault(access.table, set()).add(task)
    near = {pair for tasks in by_table.values() for pair in combinations(sorted(tasks), 2)}
    return tuple(
        (a, b)
        for a, b in sorted(near)
        if any(one.waits(other) for one in accesses[a] for other in accesses[b])
    )


def _cliques(accesses: list[list[Access]]) -> tuple[tuple[int, ...], ...]:
    """Return for each day of a table the tasks that write it: no two of them meet."""
    writers: dict[tuple[int, int], list[int]] = {}
    for task, own in enumerate(accesses):
        days = {
            (access.table, day)
            for access in own
            if access.role is Role.WRITE
            for day in range(access.first, access.last + 1)
        }
        for day in days:
            writers.setdefault(day, []).append(task)
    groups = {tuple(tasks) for tasks in writers.values() if len(tasks) > 1}
    return tuple(sorted(groups))
