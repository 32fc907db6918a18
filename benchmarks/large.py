"""Nights of 10,000 tasks: how soon, how short, how many edges and how much memory.

python benchmarks/large.py [SIZE]      default: 10000

Each night is planned in a process of its own that ends by a limit, whatever it does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from children import in_child
from nights import night
from stopwatch import Stopwatch

from lockplan.model.problem import Plan, Problem
from lockplan.planning import WORK, plan

SIZE = 10_000
TASKS_PER_TABLE = {"low": 35.0, "middle": 60.0, "high": 120.0}
"""Denser than smaller nights, so that each has 100,000 conflicts or more."""
WORKERS = (32, 512)
"""With few workers capacity decides how long a night takes, with many the conflicts do."""
LIMIT_CPU_S = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """What planning one night gave."""

    conflicts: int
    ratio: float
    """Makespan over bound."""
    edges: int
    first_ratio: float
    first_cpu_s: float
    """Of the first safe plan."""
    cpu_s: float

    def __str__(self) -> str:
        share = self.edges / self.conflicts
        first = f"{self.first_ratio:8.4f} {self.first_cpu_s:7.1f}"
        last = f"{self.ratio:8.4f} {self.cpu_s:7.1f} {self.edges:7} {share:7.3f}"
        return f"{self.conflicts:9} {first} {last}"


def measure(size: int, density: str, workers: int) -> Row:
    """Plan one night."""
    problem = replace(night(size, TASKS_PER_TABLE[density], 0), workers=workers)
    first, first_cpu_s = timed(problem, 0)
    last, cpu_s = timed(problem, WORK)
    return Row(
        conflicts=len(problem.conflicts),
        ratio=last.makespan_s / last.bound_s,
        edges=len(last.edges),
        # over the better of the two bounds
        first_ratio=first.makespan_s / last.bound_s,
        first_cpu_s=first_cpu_s,
        cpu_s=cpu_s,
    )


def timed(problem: Problem, budget: int) -> tuple[Plan, float]:
    """Plan, and return how many CPU seconds that took."""
    watch = Stopwatch()
    return plan(problem, budget=budget), watch.cpu_s


def main() -> None:
    """Print a line for each density and number of workers."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    heads = ("conflicts", "1st / b.", "CPU s", "/ bound", "CPU s", "edges", "/ conf.", "MB")
    widths = (9, 8, 7, 8, 7, 7, 7, 6)
    columns = " ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True))
    print(f"{'density':8} {'workers':>7} {columns}")
    for density, workers in product(TASKS_PER_TABLE, WORKERS):
        done = in_child(LIMIT_CPU_S, partial(measure, size, density, workers))
        row = done.result or f"no plan within {done.cpu_s:.0f} CPU seconds"
        print(f"{density:8} {workers:7} {row} {done.memory_mb:6.0f}", flush=True)


if __name__ == "__main__":
    main()
