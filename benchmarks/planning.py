"""How short, how sure and how cheap plans are, on generated nights.

python benchmarks/planning.py [SIZE…]      default: 20 50 100 200 500
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from math import exp, inf, log
from statistics import mean

from nights import TASKS_PER_TABLE, night

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Plan, Problem
from lockplan.planning import plan
from lockplan.planning.budget import Budget
from lockplan.planning.directions import directions
from lockplan.planning.instance import to_search
from lockplan.planning.list_schedules import list_schedules
from lockplan.planning.orientation import orient, ranks, reduce

SEEDS = range(4)
SIZES = (20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class Row:
    """What planning one night gave."""

    conflicts: int
    ratio: float
    """Makespan over bound."""
    proven: bool
    edges: int
    plain: int
    """Edges of the plain reduction of the best list schedule."""
    cpu_s: float


def plain_edges(problem: Problem) -> int:
    """Count the edges of the shortest list schedule, reduced and no more."""
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    instance = to_search(problem, ways.fixed, ways.free)
    rank = ranks(instance, min(list_schedules(instance, Budget(inf)), key=instance.makespan))
    return len(reduce(problem, [*orient(ways.free, rank), *ways.fixed], rank))


def measure(problem: Problem) -> Row:
    """Plan one night."""
    before = time.process_time()
    planned: Plan = plan(problem)
    cpu_s = time.process_time() - before
    return Row(
        conflicts=len(problem.conflicts),
        ratio=planned.makespan_s / planned.bound_s,
        proven=planned.proven,
        edges=len(planned.edges),
        plain=plain_edges(problem),
        cpu_s=cpu_s,
    )


def main() -> None:
    """Print a line for each size and density."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"{'tasks':>6} {'density':8} {'conflicts':>9} {'/ bound':>8} {'proven':>7}"
        f" {'edges':>7} {'/ plain':>8} {'CPU s':>7} {'most':>7}"
    )
    for size in sizes:
        for density in TASKS_PER_TABLE:
            rows = [measure(night(size, density, seed)) for seed in SEEDS]
            edges, plain = sum(row.edges for row in rows), sum(row.plain for row in rows)
            print(
                f"{size:6} {density:8} {mean(row.conflicts for row in rows):9.0f}"
                f" {exp(mean(log(row.ratio) for row in rows)):8.4f}"
                f" {mean(row.proven for row in rows):7.0%}"
                f" {edges / len(rows):7.1f} {edges / max(1, plain):8.2f}"
                f" {mean(row.cpu_s for row in rows):7.2f} {max(row.cpu_s for row in rows):7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
