"""Nights of 10,000 tasks: how soon, how short, how many edges and how much memory.

python benchmarks/large.py [SIZE]      default: 10000

Each night is planned in a process of its own that ends by a limit, whatever it does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial

from children import in_child
from nights import night
from stopwatch import Stopwatch

from lockplan.planning import plan

SIZE = 10_000
TASKS_PER_TABLE = {"low": 35.0, "middle": 60.0, "high": 120.0}
"""Denser than smaller nights, so that each has 100,000 conflicts or more."""
LIMIT_CPU_S = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """What planning one night gave."""

    conflicts: int
    ratio: float
    """Makespan over bound."""
    edges: int
    cpu_s: float

    def __str__(self) -> str:
        share = self.edges / self.conflicts
        return f"{self.conflicts:9} {self.ratio:8.4f} {self.edges:7} {share:7.3f} {self.cpu_s:7.1f}"


def measure(size: int, density: str) -> Row:
    """Plan one night."""
    problem = night(size, TASKS_PER_TABLE[density], 0)
    watch = Stopwatch()
    planned = plan(problem)
    return Row(
        conflicts=len(problem.conflicts),
        ratio=planned.makespan_s / planned.bound_s,
        edges=len(planned.edges),
        cpu_s=watch.cpu_s,
    )


def main() -> None:
    """Print a line for each density."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    print(
        f"{'density':8} {'conflicts':>9} {'/ bound':>8} {'edges':>7} {'/ conf.':>7} {'CPU s':>7}"
        f" {'MB':>6}"
    )
    for density in TASKS_PER_TABLE:
        done = in_child(LIMIT_CPU_S, partial(measure, size, density))
        row = done.result or f"no plan within {done.cpu_s:.0f} CPU seconds"
        print(f"{density:8} {row} {done.memory_mb:6.0f}", flush=True)


if __name__ == "__main__":
    main()
