"""What becomes of plans when workers are few and Airflow's weights decide who goes first.

python benchmarks/weights.py [SIZE…]      default: 50 100

The plan's edges are dispatched by a scheduler written here, apart from the planner's: with the
weights that the plan emits, and with Airflow's default weights in their place.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import inf
from statistics import geometric_mean

import networkx as nx
from nights import TASKS_PER_TABLE, night

from lockplan.model.problem import Plan, Problem
from lockplan.model.workflow import TaskKey
from lockplan.planning import plan

SEEDS = range(2)
SIZES = (50, 100)
WORKERS = (4, 8, 16)


@dataclass(frozen=True, slots=True)
class Row:
    """The length of one night in parts of the planned length."""

    emitted: float
    default: float


def with_edges(problem: Problem, found: Plan) -> nx.DiGraph[TaskKey]:
    """Return the DAG as it stands in the patched file."""
    keys = [job.key for job in problem.jobs]
    graph: nx.DiGraph[TaskKey] = nx.DiGraph()
    graph.add_nodes_from(keys)
    graph.add_edges_from((keys[a], keys[b]) for a, b in problem.order)
    graph.add_edges_from((edge.upstream, edge.downstream) for edge in found.edges)
    return graph


def default_weights(graph: nx.DiGraph[TaskKey]) -> dict[TaskKey, int]:
    """Return the weights of the rule ``downstream``."""
    return {key: 1 + len(nx.descendants(graph, key)) for key in graph}


def run(problem: Problem, graph: nx.DiGraph[TaskKey], weights: Mapping[TaskKey, int]) -> int:
    """Return how long the DAG takes if every free slot goes to the heaviest task that fits."""
    jobs = {job.key: job for job in problem.jobs}
    free = defaultdict(lambda: inf, {pool.name: pool.slots for pool in problem.pools})
    workers, now = problem.workers, 0
    missing = {key: graph.in_degree(key) for key in jobs}
    ready = {key for key, count in missing.items() if not count}
    running: list[tuple[int, TaskKey]] = []
    while ready or running:
        for key in sorted(ready, key=lambda key: (-weights[key], key)):
            job = jobs[key]
            if workers and free[job.pool] >= job.pool_slots:
                ready.remove(key)
                workers -= 1
                free[job.pool] -= job.pool_slots
                heappush(running, (now + job.duration_s, key))
        now = running[0][0]
        while running and running[0][0] == now:
            ended = heappop(running)[1]
            workers += 1
            free[jobs[ended].pool] += jobs[ended].pool_slots
            for below in graph.successors(ended):
                missing[below] -= 1
                if not missing[below]:
                    ready.add(below)
    return now


def measure(problem: Problem) -> Row:
    """Plan one night and dispatch it twice."""
    found = plan(problem)
    graph = with_edges(problem, found)
    default = default_weights(graph)
    emitted = {each.task: each.weight for each in found.priority_weights} or default
    lengths = (run(problem, graph, weights) for weights in (emitted, default))
    return Row(*(length / found.makespan_s for length in lengths))


def line(rows: Sequence[Row]) -> str:
    """Return the ratios' geometric means and the largest."""
    emitted, default = [row.emitted for row in rows], [row.default for row in rows]
    means = f"{geometric_mean(emitted):9.4f} {max(emitted):8.4f}"
    return f"{means} {geometric_mean(default):9.4f} {max(default):8.4f}"


def main() -> None:
    """Print a line for each size and number of workers, over all densities."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"{'tasks':>6} {'workers':>7} {'emitted /':>9} {'most':>8} {'default /':>9} {'most':>8}"
        "   (parts of the planned length)"
    )
    for size in sizes:
        nights = [night(size, density, seed) for density in TASKS_PER_TABLE for seed in SEEDS]
        for workers in WORKERS:
            rows = [measure(replace(problem, workers=workers)) for problem in nights]
            print(f"{size:6} {workers:7} {line(rows)}", flush=True)


if __name__ == "__main__":
    main()
