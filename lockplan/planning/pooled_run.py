"""How long a planned run becomes once the pools for its open conflicts are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lockplan.model.problem import Pair, Problem
from lockplan.model.remedy import NewPool
from lockplan.model.workflow import Pool
from lockplan.planning.candidates import dispatched
from lockplan.planning.instance import to_dispatch


def makespan_with(problem: Problem, edges: Iterable[Pair], pools: Iterable[NewPool]) -> int:
    """Return the seconds of a run in which every task runs, with these edges and pools.

    It is dispatched as a plan's run is; tasks of other DAGs in the same pools are not counted.
    """
    pools = tuple(pools)
    place = {member.task: (pool.name, member.pool_slots) for pool in pools for member in pool.tasks}
    jobs = []
    for job in problem.jobs:
        name, slots = place.get(job.key, (job.pool, job.pool_slots))
        jobs.append(replace(job, pool=name, pool_slots=slots))
    every = (*problem.pools, *(Pool(pool.name, pool.slots) for pool in pools))
    with_pools = replace(problem, jobs=tuple(jobs), pools=every)
    edges = tuple(edges)
    rank = [0] * len(jobs)
    for place_in_order, task in enumerate(to_dispatch(with_pools, edges).topological):
        rank[task] = place_in_order
    return dispatched(with_pools, edges, tuple(rank)).makespan
