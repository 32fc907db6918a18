"""How plans stand noisy durations, beside what is done without a planner.

python benchmarks/noise.py [SIZE…]      default: 20 50 100 200

Durations are drawn around the expected ones, lognormal with sigma 0.3, the same for all:

plan        the plan's edges and weights
pool        a pool of one slot for each connected component of the conflicts, no edges
topological every conflict ordered as the DAG's topological order has its tasks
locks       no edges: a task starts as soon as nothing that runs conflicts with it, and until then
            takes no worker; kinder than a server's locks, for which tasks wait in their slots
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp
from random import Random
from statistics import geometric_mean, mean

import networkx as nx
from nights import TASKS_PER_TABLE, night

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Plan, Pool, Problem
from lockplan.planning import plan
from lockplan.planning.directions import directions
from lockplan.planning.dispatch import dispatch
from lockplan.planning.instance import Instance, to_dispatch, to_search
from lockplan.planning.measures import work_below
from lockplan.planning.orientation import orient

SEEDS = range(4)
SIZES = (20, 50, 100, 200)
SIGMA = 0.3
DRAWS = 30


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a night: what a start has to wait for, and who comes first."""

    instance: Instance
    keys: Sequence[float]

    def makespan(self, durations: tuple[int, ...]) -> int:
        """Return the length of the night with these durations."""
        drawn = replace(self.instance, durations=durations)
        return drawn.makespan(dispatch(drawn, self.keys))


def by_default(instance: Instance) -> Way:
    """Return a way that dispatches by Airflow's default weights."""
    below = work_below(instance, [1] * instance.size)
    return Way(instance, [-count for count in below])


def conflicts_left(problem: Problem) -> list[Pair]:
    """Return the conflicts that the author's edges do not order."""
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    return [*ways.free, *ways.fixed]


def planned(problem: Problem) -> Way:
    """Return the way of lockplan's plan."""
    return of_plan(problem, plan(problem))


def of_plan(problem: Problem, found: Plan) -> Way:
    """Return the way of a plan: its edges and, where it has some, its weights."""
    instance = to_dispatch(problem, positions(problem, found))
    weights = {each.task: each.weight for each in found.priority_weights}
    if not weights:
        return by_default(instance)
    return Way(instance, [-weights[job.key] for job in problem.jobs])


def positions(problem: Problem, found: Plan) -> Iterable[Pair]:
    """Return the edges of a plan by position."""
    position = {job.key: place for place, job in enumerate(problem.jobs)}
    return ((position[edge.upstream], position[edge.downstream]) for edge in found.edges)


def pooled(problem: Problem) -> Way:
    """Return the way of pools with one slot; a task has one pool, so it leaves its own."""
    jobs, pools = list(problem.jobs), list(problem.pools)
    for number, members in enumerate(nx.connected_components(nx.Graph(conflicts_left(problem)))):
        pools.append(Pool(f"component_{number}", 1))
        for task in members:
            jobs[task] = replace(jobs[task], pool=f"component_{number}", pool_slots=1)
    return by_default(to_dispatch(replace(problem, jobs=tuple(jobs), pools=tuple(pools)), ()))


def topological(problem: Problem) -> Way:
    """Return the way of edges along the topological order."""
    graph = OrderGraph(problem.jobs, problem.order)
    rank = [0] * len(problem.jobs)
    for place, task in enumerate(graph.topological):
        rank[task] = place
    return by_default(to_dispatch(problem, orient(conflicts_left(problem), rank)))


def locked(problem: Problem) -> Way:
    """Return the way of locks taken at the start."""
    return by_default(to_search(problem, (), conflicts_left(problem)))


WAYS: tuple[Callable[[Problem], Way], ...] = (planned, pooled, topological, locked)


def draws(problem: Problem, seed: int) -> list[tuple[int, ...]]:
    """Return the durations of some nights."""
    random = Random(seed)
    return [
        tuple(max(1, round(job.duration_s * exp(random.gauss(0, SIGMA)))) for job in problem.jobs)
        for _ in range(DRAWS)
    ]


def measure(problem: Problem, seed: int) -> list[float]:
    """Return the mean length of a night under each way."""
    drawn = draws(problem, seed)
    ways = [way(problem) for way in WAYS]
    return [mean(way.makespan(durations) for durations in drawn) for way in ways]


def ratios(nights: Sequence[Sequence[float]]) -> str:
    """Return the plan's length over each other way's, on average."""
    found = (
        geometric_mean(lengths[0] / lengths[other] for lengths in nights)
        for other in range(1, len(WAYS))
    )
    return " ".join(f"{ratio:12.3f}" for ratio in found)


def main() -> None:
    """Print a line for each size and density, then one for all."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(f"{'tasks':>6} {'density':8} {'plan / pool':>12} {'/ topologic.':>12} {'/ locks':>12}")
    everything = []
    for size in sizes:
        for density in TASKS_PER_TABLE:
            nights = [measure(night(size, density, seed), seed) for seed in SEEDS]
            everything += nights
            print(f"{size:6} {density:8} {ratios(nights)}", flush=True)
    print(f"{'all':>6} {'':8} {ratios(everything)}")


if __name__ == "__main__":
    main()
