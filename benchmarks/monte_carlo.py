"""How fast nights are drawn: planned ones, and as they stand, with locks and their errors.

python benchmarks/monte_carlo.py [SIZE] [SEED]      default: 500 0

Of each density one generated night, of which tasks send four statements in one transaction. Two of
them, one of each task, stop each other where the two conflict. Durations scatter by a history.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import permutations
from random import Random

from nights import TASKS_PER_TABLE
from nights import night as drawn_problem
from stopwatch import Stopwatch

from lockplan.model.forecast import Forecast
from lockplan.model.night import Encounter, Night, Step
from lockplan.model.problem import Job, Pair, Problem
from lockplan.planning import plan
from lockplan.simulation import forecast, problem_night

SIZE = 500
RUNS = {"as it stands": 200, "planned": 1000}
PLANNING = 20_000
"""Work for each plan: its order counts here, not its length."""
STEPS = 4
SPREAD = 1.6
"""Nine tenths of past runs took less than so many times the expected duration."""
COLUMNS = (
    f"{'density':8} {'night':13} {'conflicts':>9} {'runs':>5} {'CPU s':>6} {'p50':>7} {'p95':>7} "
    f"{'lock wait':>9} {'1205':>6} {'1213':>6}"
)


def with_history(job: Job) -> Job:
    """Return a job whose past runs scattered."""
    longest_s, shortest_s = round(job.duration_s * SPREAD), round(job.duration_s / SPREAD)
    return replace(job, p10_s=shortest_s, p90_s=longest_s)


def night_of(problem: Problem, edges: tuple[Pair, ...], random: Random) -> Night:
    """Return a night with statements."""
    base = problem_night(problem, {}, edges)
    steps = tuple(Step(n / STEPS, (n + 1) / STEPS, 1.0, n) for n in range(STEPS))
    encounters = tuple(
        Encounter(holder, requester, random.randrange(STEPS), random.randrange(STEPS), "t")
        for pair in problem.conflicts
        for holder, requester in permutations(pair)
    )
    tasks = tuple(replace(each, steps=steps, retries=1) for each in base.tasks)
    return replace(base, tasks=tasks, encounters=encounters)


def planned_edges(problem: Problem) -> tuple[Pair, ...]:
    """Return the edges of a plan."""
    position = {job.key: n for n, job in enumerate(problem.jobs)}
    edges = plan(problem, budget=PLANNING).edges
    return tuple((position[edge.upstream], position[edge.downstream]) for edge in edges)


def row(name: str, found: Forecast, cpu_s: float) -> str:
    """Return what one forecast gave."""
    return (
        f"{name:13} {found.runs:5} {cpu_s:6.1f} {found.p50_s:7.0f} {found.p95_s:7.0f} "
        f"{found.mean_lock_wait_s:9.0f} {found.probability('1205'):6.2f} "
        f"{found.probability('1213'):6.2f}"
    )


def main() -> None:
    """Print two lines for each density."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(COLUMNS)
    for density in TASKS_PER_TABLE:
        problem = drawn_problem(size, density, seed)
        problem = replace(problem, jobs=tuple(map(with_history, problem.jobs)))
        orders: dict[str, tuple[Pair, ...]] = {
            "as it stands": (),
            "planned": planned_edges(problem),
        }
        for name, edges in orders.items():
            night = night_of(problem, edges, Random(seed))
            watch = Stopwatch()
            found = forecast(night, RUNS[name], seed)
            cells = row(name, found, watch.cpu_s)
            print(f"{density:8} {cells[:13]} {len(problem.conflicts):9} {cells[14:]}")


if __name__ == "__main__":
    main()
