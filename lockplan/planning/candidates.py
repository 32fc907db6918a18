"""A schedule turned into edges, and what Airflow makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lockplan.model.problem import Pair, Problem
from lockplan.planning.directions import Directions
from lockplan.planning.dispatch import dispatch
from lockplan.planning.instance import Instance, Starts, to_dispatch
from lockplan.planning.measures import heads, tails, work_below
from lockplan.planning.orientation import orient, ranks, reduce


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edges that keep all conflicts apart, and the schedule that they allow."""

    edges: tuple[Pair, ...]
    starts: Starts
    makespan: int
    rank: tuple[int, ...]
    """The place of each task in an order that no edge contradicts."""
    priorities: tuple[int, ...]
    """Absolute priority weights that give the schedule; none where the DAG's own do."""

    @property
    def cost(self) -> tuple[int, bool, int]:
        """What it takes: time, then how much there is to change."""
        return (self.makespan, bool(self.priorities), len(self.edges))

    @property
    def preference(self) -> tuple[tuple[int, bool, int], int, tuple[Pair, ...]]:
        """What is compared: the cost, then how many edges go against the order of the tasks."""
        return (self.cost, sum(a > b for a, b in self.edges), self.edges)


def candidate_work(problem: Problem) -> int:
    """Return about how many microseconds it takes to make a candidate of a schedule."""
    return 60 * len(problem.jobs) + 3 * len(problem.conflicts)


def from_schedule(
    problem: Problem,
    instance: Instance,
    ways: Directions,
    starts: Starts,
    extra: Iterable[Pair] = (),
) -> Candidate:
    """Direct each conflict as a schedule has it; `extra` edges may stand in for several others."""
    return from_rank(problem, ways, tuple(ranks(instance, starts)), extra)


def from_rank(
    problem: Problem, ways: Directions, rank: tuple[int, ...], extra: Iterable[Pair] = ()
) -> Candidate:
    """Direct each conflict from the lower to the higher rank."""
    return dispatched(problem, reduced(problem, ways, rank, extra), rank)


def reduced(
    problem: Problem, ways: Directions, rank: tuple[int, ...], extra: Iterable[Pair]
) -> tuple[Pair, ...]:
    """Return the edges that directions from the lower to the higher rank need."""
    return reduce(problem, (*orient(ways.free, rank), *ways.fixed, *extra), rank)


def dispatched(problem: Problem, edges: tuple[Pair, ...], rank: tuple[int, ...]) -> Candidate:
    """Dispatch by the DAG's own weights, the way to the end, or the rank: the shortest counts."""
    airflow = to_dispatch(problem, edges)
    floor = max(map(int.__add__, heads(airflow), airflow.durations), default=0)
    found: list[Candidate] = []
    for number, keys in enumerate(_keys(problem, airflow, rank)):
        starts = dispatch(airflow, keys)
        priorities = _priorities(keys) if number else ()
        found.append(Candidate(edges, starts, airflow.makespan(starts), rank, priorities))
        if found[-1].makespan == floor:
            break
    return min(found, key=lambda candidate: candidate.makespan)


def _keys(problem: Problem, airflow: Instance, rank: tuple[int, ...]) -> Iterator[Sequence[float]]:
    """Yield what dispatches may go by, the DAG's own weights first."""
    yield own_weights(problem, airflow)
    yield [-late - time for late, time in zip(tails(airflow), airflow.durations, strict=True)]
    yield rank


def own_weights(problem: Problem, airflow: Instance) -> list[float]:
    """Airflow's default rule ``downstream``: the weights of a task and of all that follow it."""
    weights = [job.priority_weight for job in problem.jobs]
    below = work_below(airflow, weights)
    return [-own - more for own, more in zip(weights, below, strict=True)]


def _priorities(keys: Sequence[float]) -> tuple[int, ...]:
    """Return the higher numbers for smaller keys; equal keys go by position, as in dispatches."""
    weights = [0] * len(keys)
    last_first = sorted(range(len(keys)), key=lambda task: (keys[task], task), reverse=True)
    for weight, task in enumerate(last_first, 1):
        weights[task] = weight
    return tuple(weights)
