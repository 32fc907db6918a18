"""Whether planned pairs ever meet: simulated nights with failures, retries, skips and noise.

python benchmarks/noisy_runs.py [NIGHTS] [SEED]      default: 100000 0

Each row plans random DAGs with random conflicts and capacities and draws nights of each. A planned
pair is every conflict that the plan does not name as left open, the author's own order included.
`overlaps` counts those that worked at the same time, `early` those of which one began before the
other had ended for good, although the order says that it waits. Both must be 0.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from lockplan.model.problem import Job, Pair, Pool, Problem
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Skips, TaskKey, TriggerRule
from lockplan.planning import plan
from lockplan.planning.verify import startable_beside
from lockplan.simulation.noisy import End, Night, Noise, NoisyNights

NIGHTS_PER_DAG = 100
PLANNING = 20_000
"""Work for each plan: many plans count here, not the shortest."""
NOISE = Noise(sigma=1.0, failing=0.2, skipping=0.1, retries=1, retry_delay_s=120.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """Shares of the tasks of a DAG that are out of the ordinary."""

    name: str
    lenient: float = 0.0
    """Any trigger rule."""
    skipping: float = 0.0
    """Branches and short circuits."""
    mapped: float = 0.0


KINDS = (
    Kind("all_success"),
    Kind("any trigger rule", lenient=0.5),
    Kind("branches", lenient=0.4, skipping=0.15),
    Kind("mapped tasks", lenient=0.3, mapped=0.3),
    Kind("all of these", lenient=0.4, skipping=0.1, mapped=0.2),
)


def dag(kind: Kind, seed: int) -> Problem:
    """Return a random DAG; the same arguments give the same one."""
    random = Random(f"{kind.name} {seed}")
    size = random.randint(4, 16)
    place = random.sample(range(size), size)  # so that order and position differ
    every = [(a, b) for b in range(size) for a in range(b)]
    order = random.sample(every, min(len(every), random.randint(size // 2, 2 * size)))
    conflicts = random.sample(every, min(len(every), random.randint(2, 3 * size)))
    group = random.choice((None, "each_day"))
    return Problem(
        jobs=tuple(_job(kind, position, group, random) for position in range(size)),
        order=tuple(sorted((place[a], place[b]) for a, b in order)),
        conflicts=tuple(sorted(conflicts)),
        workers=random.randint(1, 8),
        pools=(Pool("small", random.randint(1, 3)),),
    )


def _job(kind: Kind, position: int, group: str | None, random: Random) -> Job:
    lenient, skipping = random.random() < kind.lenient, random.random() < kind.skipping
    mapped = random.random() < kind.mapped
    return Job(
        key=TaskKey("night", f"task_{position:02d}"),
        duration_s=random.choice((0, 1, 10, 60, 300)),
        trigger_rule=random.choice(list(TriggerRule)) if lenient else TriggerRule.ALL_SUCCESS,
        skips=random.choice((Skips.DIRECT, Skips.ALL)) if skipping else Skips.NOTHING,
        pool=random.choice(("default_pool", "default_pool", "small")),
        priority_weight=random.choice((1, 1, 10)),
        mapped=mapped,
        mapped_group=group if mapped else None,
    )


def ordered(problem: Problem) -> tuple[list[Pair], list[Pair]]:
    """Plan a DAG; return the plan's edges, and its conflicts, of each the earlier task first."""
    planned = plan(problem, budget=PLANNING)
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    edges = [(position[edge.upstream], position[edge.downstream]) for edge in planned.edges]
    left_open = {frozenset((position[pair.a], position[pair.b])) for pair in planned.left_open}
    beside = startable_beside(problem.jobs, (*problem.order, *edges))
    pairs = [pair for pair in problem.conflicts if frozenset(pair) not in left_open]
    return edges, [(b, a) if beside[b] >> a & 1 else (a, b) for a, b in pairs]


def overlap(night: Night, pair: Pair) -> bool:
    """Whether a try of one task ran beside a try of the other."""
    ones, others = ([each for each in night.tries if each.task == task] for task in pair)
    return any(
        one.start_s < other.end_s and other.start_s < one.end_s for one in ones for other in others
    )


def draw(kind: Kind, nights: int, seed: int) -> Counter[str]:
    """Plan DAGs, draw their nights, and count."""
    counts: Counter[str] = Counter()
    for number in range(0, nights, NIGHTS_PER_DAG):
        problem = dag(kind, seed + number)
        began = time.process_time()
        edges, pairs = ordered(problem)
        planned = time.process_time()
        drawn = NoisyNights(problem, edges, NOISE)
        for each in range(min(NIGHTS_PER_DAG, nights - number)):
            count(counts, drawn.night(seed + number + each), pairs)
        counts["DAGs"] += 1
        counts["edges"] += len(edges)
        counts["plan ms"] += round(1000 * (planned - began))
        counts["run ms"] += round(1000 * (time.process_time() - planned))
    return counts


def count(counts: Counter[str], night: Night, pairs: list[Pair]) -> None:
    """Add what happened in a night, and which pairs met in it."""
    counts["nights"] += 1
    counts["tries"] += len(night.tries)
    counts["pairs"] += len(pairs)
    counts.update(each.end.value for each in night.tries)
    noted = Counter(state for states in night.states for state in states)
    counts["upstream failed"] += noted[RunState.UPSTREAM_FAILED]
    counts["skipped by rule or branch"] += noted[RunState.SKIPPED]
    spans = night.spans()
    for earlier, later in pairs:
        if later in spans and spans[later][0] < night.ended_s[earlier]:
            counts["early"] += 1
            counts["overlaps"] += overlap(night, (earlier, later))


COLUMNS = {
    "nights": "nights",
    "DAGs": "DAGs",
    "tries": "tries",
    "failed": End.FAILED.value,
    "retries": End.RETRIED.value,
    "skips": "skipped by rule or branch",
    "up. failed": "upstream failed",
    "killed": End.KILLED.value,
    "pairs": "pairs",
    "early": "early",
    "overlaps": "overlaps",
}
"""What stands above a column, and what is counted in it."""


def main() -> None:
    """Print a line for each kind of DAG, and one for all."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{'':16}" + "".join(f"{name:>11}" for name in (*COLUMNS, "plan CPU s", "run CPU s")))
    total: Counter[str] = Counter()
    for kind in KINDS:
        counts = draw(kind, nights // len(KINDS), seed)
        show(kind.name, counts)
        total += counts
    show("all", total)
    sys.exit(1 if total["early"] or total["overlaps"] else 0)


def show(name: str, counts: Counter[str]) -> None:
    """Print one line."""
    figures = "".join(f"{counts[key]:11,}" for key in COLUMNS.values())
    seconds = "".join(f"{counts[key] / 1000:11.1f}" for key in ("plan ms", "run ms"))
    print(f"{name:16}{figures}{seconds}", flush=True)


if __name__ == "__main__":
    main()
