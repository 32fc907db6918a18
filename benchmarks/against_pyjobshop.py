"""How sure, how short and how soon plans of nights are, beside PyJobShop's schedules of the same.

python benchmarks/against_pyjobshop.py [SIZE…]      default: 20 50 100 200 500

PyJobShop (`pip install '.[bench]'`) gets the cliques of conflicts as machines, and the CPU time
of 10 seconds with two workers; lockplan plans as it does by default, edges and verification
included.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import geometric_mean

from nights import TASKS_PER_TABLE, night
from peers import Answer, pyjobshop
from stopwatch import Stopwatch

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Problem
from lockplan.planning import BOUNDING, SEARCHING, WORK, check, plan
from lockplan.planning.bounds import lower_bound
from lockplan.planning.budget import Budget
from lockplan.planning.directions import directions
from lockplan.planning.groups import groups
from lockplan.planning.instance import to_dispatch, to_search
from lockplan.planning.search import searched

SEEDS = range(4)
SIZES = (20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class Both:
    """The two answers to one night."""

    ours: Answer
    proof_cpu_s: float
    """What of our time went into the schedule and its proof; the rest makes edges of it."""
    peer: Answer

    @property
    def contradict(self) -> bool:
        """Whether one found what the other says cannot be: a defect of one of them."""
        return self.ours.makespan < self.peer.bound or self.peer.makespan < self.ours.bound


def solve(problem: Problem) -> Both:
    """Let both solve one night."""
    watch = Stopwatch()
    planned = plan(problem)
    ours = Answer(planned.makespan_s, planned.bound_s, watch.cpu_s)
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    instance = to_search(problem, ways.fixed, ways.free)
    proof_cpu_s = to_proof(problem) if ours.proven else ours.cpu_s
    return Both(ours, proof_cpu_s, pyjobshop(instance, groups(instance)))


def to_proof(problem: Problem) -> float:
    """Return the CPU seconds of the steps of planning that end with a proof."""
    watch, work = Stopwatch(), Budget.of(WORK, None)
    graph = check(problem)
    ways = directions(problem, graph)
    bound = lower_bound(
        to_dispatch(problem, ways.fixed), graph, ways.kept_apart, work.part(BOUNDING)
    )
    instance = to_search(problem, ways.fixed, ways.free)
    searched(instance, bound, work.part(SEARCHING), 0, waits_for_all=True)
    return watch.cpu_s


def mean_ratio(ratios: Sequence[float]) -> float:
    """Return the geometric mean, not a number where there is nothing."""
    return geometric_mean(ratios) if ratios else float("nan")


def line(size: int, density: str, answers: Sequence[Both]) -> str:
    """Return a line of the table; what the peer did not prove counts as the time it took."""
    proven = [both for both in answers if both.ours.proven]
    found = [both for both in answers if both.peer.makespan < float("inf")]
    figures = (
        sum(both.ours.proven for both in answers) / len(answers),
        sum(both.peer.proven for both in answers) / len(answers),
        mean_ratio([both.ours.makespan / both.peer.makespan for both in found]),
        mean_ratio([both.proof_cpu_s / both.peer.cpu_s for both in proven]),
        sum(both.ours.cpu_s for both in answers) / len(answers),
        max(both.ours.cpu_s for both in answers),
        sum(both.peer.cpu_s for both in answers) / len(answers),
    )
    return f"{size:6} {density:8}" + FIGURES.format(*figures, sum(b.contradict for b in answers))


FIGURES = "{:8.0%} {:8.0%} {:9.4f} {:9.3f} {:8.2f} {:8.2f} {:8.2f} {:7}"


def main() -> None:
    """Print a line for each size and density."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"{'tasks':>6} {'density':8}{'proven':>8} {'peer':>8} {'makespan/':>9} {'proof CPU/':>9}"
        f" {'CPU s':>8} {'most':>8} {'peer':>8} {'contra.':>7}"
    )
    for size in sizes:
        for density in TASKS_PER_TABLE:
            answers = [solve(night(size, density, seed)) for seed in SEEDS]
            print(line(size, density, answers), flush=True)


if __name__ == "__main__":
    main()
