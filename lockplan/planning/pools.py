"""Pools for the conflicts that no edge may order.

A pool of n slots keeps two tasks apart that together want more than n. So of the tasks that are to
go into one pool, some that do not conflict with each other take one slot each and may still run
side by side; each of the others takes all slots. Where all conflict, that is a pool of one slot.
A task has one pool (Airflow issue 13975): conflicts that hang together share theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lockplan.model.problem import Pair
from lockplan.model.remedy import DEFAULT_POOL, NewPool, PoolMember, Remedy
from lockplan.model.workflow import TaskKey
from lockplan.rules.remedies import for_copies, listed, remedy

LONGEST_NAME = 240
"""Characters that every version of Airflow stores of a pool's name."""


class PoolUser(Protocol):
    """What of a task decides about its pool."""

    @property
    def key(self) -> TaskKey:
        """Its identity."""

    @property
    def pool(self) -> str:
        """The pool that it is in."""


@dataclass(frozen=True, slots=True)
class Pooling:
    """The pools that pairs of tasks need, and what to say of each pair."""

    pools: tuple[NewPool, ...]
    """Only those of which no task is in a pool already."""
    remedies: Mapping[Pair, tuple[Remedy, ...]]


def pooled(jobs: Sequence[PoolUser], pairs: Iterable[Pair]) -> Pooling:
    """Return pools that keep each pair apart; of a task and its own copies, a limit does."""
    rivals: dict[int, set[int]] = defaultdict(set)
    remedies: dict[Pair, tuple[Remedy, ...]] = {}
    for a, b in pairs:
        if a == b:
            remedies[a, b] = for_copies(jobs[a].key)
        else:
            rivals[a].add(b)
            rivals[b].add(a)
    pools: list[NewPool] = []
    for group in _groups(rivals):
        name = _name(jobs[group[0]], {pool.name for pool in pools})
        pool = _pool(name, jobs, group, rivals)
        in_use = sorted({jobs[task].pool for task in group} - {DEFAULT_POOL})
        pools += [] if in_use else [pool]
        for a, b in _pairs(group, rivals):
            remedies[a, b] = tuple(_for_pair(jobs[a], jobs[b], pool, in_use))
    return Pooling(tuple(sorted(pools, key=lambda pool: pool.name)), remedies)


def _groups(rivals: Mapping[int, set[int]]) -> Iterator[list[int]]:
    """Yield the tasks whose conflicts hang together, sorted."""
    seen: set[int] = set()
    for root in sorted(rivals):
        if root in seen:
            continue
        seen.add(root)
        group = [root]
        for task in group:
            found = sorted(rivals[task] - seen)
            seen.update(found)
            group += found
        yield sorted(group)


def _pairs(group: Sequence[int], rivals: Mapping[int, set[int]]) -> Iterator[Pair]:
    return ((a, b) for a in group for b in sorted(rivals[a]) if a < b)


def _pool(
    name: str, jobs: Sequence[PoolUser], group: Sequence[int], rivals: Mapping[int, set[int]]
) -> NewPool:
    beside = _side_by_side(group, rivals)
    slots = {task: 1 if task in beside else len(beside) for task in group}
    free = len(beside) * (len(beside) - 1) // 2
    apart = len(group) * (len(group) - 1) // 2 - free
    return NewPool(
        name=name,
        slots=len(beside),
        tasks=tuple(sorted(PoolMember(jobs[task].key, slots[task]) for task in group)),
        needless_pairs=apart - sum(1 for _ in _pairs(group, rivals)),
    )


def _side_by_side(group: Sequence[int], rivals: Mapping[int, set[int]]) -> set[int]:
    """Return tasks that do not conflict with each other, by preference those with few rivals."""
    chosen: set[int] = set()
    for task in sorted(group, key=lambda task: (len(rivals[task]), task)):
        if not rivals[task] & chosen:
            chosen.add(task)
    return chosen


def _name(job: PoolUser, taken: Collection[str]) -> str:
    """Return a name that is none of those taken: cleaned and cut, two tasks' may be the same."""
    words = re.sub(r"\W+", "_", f"{job.key.dag_id}_{job.key.task_id}", flags=re.ASCII)
    name = f"lockplan_{words}"[:LONGEST_NAME]
    names = (name, *(f"{name}_{number}" for number in range(2, len(taken) + 2)))
    return next(each for each in names if each not in taken)


def _for_pair(a: PoolUser, b: PoolUser, pool: NewPool, in_use: Sequence[str]) -> Iterator[Remedy]:
    slots = {member.task: member.pool_slots for member in pool.tasks}
    keys = sorted((a.key, b.key))
    hubs = listed([key for key in keys if slots[key] == pool.slots])
    size = "1 slot" if pool.slots == 1 else f"{pool.slots} slots, of which {hubs} takes all"
    words = {"tasks": listed(keys), "size": size, "hubs": hubs}
    outside = [job.key for job in (a, b) if job.pool == DEFAULT_POOL]
    if not in_use:
        yield remedy("pool", keys, pool.name, **words)
    elif len(in_use) == 1 and not outside:
        yield remedy("pool_shared", keys, in_use[0], **words)
    elif len(in_use) == 1:
        yield remedy("pool_in_use", keys, in_use[0], outside=listed(outside), **words)
    else:
        yield remedy("pools_differ", keys, pool.name, left=listed(in_use), **words)
    if len(in_use) > 1 and a.key.dag_id == b.key.dag_id:
        yield remedy("one_task_at_a_time", [a.key.dag_id], 1, dag=a.key.dag_id)
