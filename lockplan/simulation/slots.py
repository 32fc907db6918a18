"""Who gets the next free worker: pools with slots, and Airflow's priority weights."""

from __future__ import annotations

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Job, Problem
from lockplan.model.workflow import WeightRule
from lockplan.simulation.weights import total_weights


class Slots:
    """Free workers and free slots of the pools whose size is known."""

    def __init__(self, problem: Problem) -> None:
        self._workers = problem.workers
        self._pools = {pool.name: pool.slots for pool in problem.pools if pool.slots >= 0}

    def fit(self, job: Job) -> bool:
        """Whether a worker is free and the task's pool has room."""
        return self._workers > 0 and self._pools.get(job.pool, job.pool_slots) >= job.pool_slots

    def take(self, job: Job) -> None:
        """Occupy what the task needs."""
        self._move(job, -1)

    def give_back(self, job: Job) -> None:
        """Free what the task occupied."""
        self._move(job, 1)

    def _move(self, job: Job, sign: int) -> None:
        self._workers += sign
        if job.pool in self._pools:
            self._pools[job.pool] += sign * job.pool_slots


def urgency(problem: Problem, graph: OrderGraph) -> list[tuple[int, int]]:
    """Return a key per task, the most urgent smallest.

    Airflow's default weight rule ``downstream``: a task's own weight and the weights of all tasks
    after it; equal weights go in topological order.
    """
    own = [job.priority_weight for job in problem.jobs]
    weights = total_weights(own, [WeightRule.DOWNSTREAM] * len(own), graph)
    keys = [(0, 0)] * len(weights)
    for place, task in enumerate(graph.topological):
        keys[task] = (-weights[task], place)
    return keys
