"""Problems for property tests: small random DAGs with conflicts, trigger rules, pools."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lockplan.model.problem import Job, Pair, Pool, Problem
from lockplan.model.workflow import Skips, TaskKey, TriggerRule

RULES = st.one_of(st.just(TriggerRule.ALL_SUCCESS), st.sampled_from(TriggerRule))
SKIPS = st.one_of(st.just(Skips.NOTHING), st.sampled_from(Skips))


def key(position: int) -> TaskKey:
    return TaskKey("night", f"t{position:02d}")


def job(position: int, duration_s: int = 10, **more: object) -> Job:
    return Job(key(position), duration_s, **more)  # type: ignore[arg-type]


def chain(*positions: int) -> tuple[Pair, ...]:
    return tuple(pairwise(positions))


def pairs(draw: DrawFn, count: int, most: int) -> tuple[Pair, ...]:
    every = [(a, b) for b in range(count) for a in range(b)]
    if not every:
        return ()
    return tuple(sorted(draw(st.sets(st.sampled_from(every), max_size=most))))


def shuffled(draw: DrawFn, count: int, edges: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Name the tasks anew, so that a smaller position need not come first."""
    name = draw(st.permutations(range(count)))
    return tuple(sorted((name[a], name[b]) for a, b in edges))


@st.composite
def plain_jobs(draw: DrawFn, position: int) -> Job:
    return job(
        position,
        draw(st.integers(0, 20)),
        pool=draw(st.sampled_from(["default_pool", "small"])),
        pool_slots=draw(st.integers(1, 2)),
    )


@st.composite
def awkward_jobs(draw: DrawFn, position: int) -> Job:
    return job(
        position,
        draw(st.integers(0, 20)),
        trigger_rule=draw(RULES),
        skips=draw(SKIPS),
    )


def some_mapped(draw: DrawFn, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Map a few of the tasks, perhaps in one mapped group; the fewer tasks, the more of them."""
    mapped = draw(st.sets(st.sampled_from(range(len(jobs))), max_size=max(1, 6 - len(jobs))))
    group = draw(st.sampled_from([None, "each_day"]))
    return tuple(
        replace(job, mapped=True, mapped_group=group) if position in mapped else job
        for position, job in enumerate(jobs)
    )


@st.composite
def plain_problems(draw: DrawFn, most: int = 12) -> Problem:
    """DAGs of which every task waits for the success of all above it."""
    count = draw(st.integers(1, most))
    return Problem(
        jobs=tuple(draw(plain_jobs(position)) for position in range(count)),
        order=shuffled(draw, count, pairs(draw, count, count)),
        conflicts=pairs(draw, count, 3 * count),
        workers=draw(st.integers(1, 6)),
        pools=(Pool("small", draw(st.integers(2, 4))),),
    )


@st.composite
def awkward_problems(draw: DrawFn, most: int = 5) -> Problem:
    """Small DAGs with any trigger rules, branches, short circuits and mapped tasks."""
    count = draw(st.integers(2, most))
    return Problem(
        jobs=some_mapped(draw, tuple(draw(awkward_jobs(position)) for position in range(count))),
        order=shuffled(draw, count, pairs(draw, count, 2 * count)),
        conflicts=pairs(draw, count, 2 * count),
        workers=draw(st.integers(1, 4)),
    )
