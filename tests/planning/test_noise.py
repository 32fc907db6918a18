from dataclasses import replace
from random import Random
from statistics import fmean

from hypothesis import given, settings

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning import plan
from lockplan.planning.budget import WORK, Budget
from lockplan.planning.candidates import Candidate, from_rank
from lockplan.planning.directions import Directions, directions
from lockplan.planning.instance import to_dispatch
from lockplan.planning.measures import heads
from lockplan.planning.noise import EDGES_PER_MORE, steadier
from planning.strategies import awkward_problems, job

LAWS = settings(max_examples=30, deadline=None)


def ways_of(problem: Problem) -> Directions:
    return directions(problem, OrderGraph(problem.jobs, problem.order))


def by_position(problem: Problem) -> Candidate:
    """Direct each conflict along the topological order."""
    order = OrderGraph(problem.jobs, (*problem.order, *ways_of(problem).fixed)).topological
    rank = [0] * len(order)
    for place, task in enumerate(order):
        rank[task] = place
    return from_rank(problem, ways_of(problem), tuple(rank))


def steadied(problem: Problem, budget: int = WORK) -> Candidate:
    return steadier(problem, ways_of(problem), by_position(problem), Budget(budget), 0)


def mean_length(problem: Problem, edges: tuple[Pair, ...]) -> float:
    """Return how long nights take on average, of other durations than the planner draws."""
    random = Random("other nights")
    instance = to_dispatch(problem, edges)

    def length() -> int:
        drawn = (round(job.duration_s * random.lognormvariate(0, 0.3)) for job in problem.jobs)
        night = replace(instance, durations=tuple(drawn))
        return night.makespan(tuple(heads(night)))

    return fmean(length() for _ in range(300))


def late_head() -> Problem:
    """As the tasks are numbered, the short task 0 delays the head of the chain 1, 2."""
    jobs = (job(0, 600), job(1, 1000), job(2, 1390), job(3, 3000))
    return Problem(jobs, ((1, 2),), ((0, 1),), workers=8)


def test_of_two_plans_as_short_the_one_that_stands_noise_is_taken():
    # the chain's head waits for task 0, or the other way round: 3000 s are expected either way
    problem = late_head()
    before, after = by_position(problem), steadied(problem)
    assert (before.edges, after.edges) == (((0, 1),), ((1, 0),))
    assert before.makespan == after.makespan == 3000
    assert mean_length(problem, after.edges) < 0.97 * mean_length(problem, before.edges)


def test_a_new_plan_stands_noise_and_an_earlier_one_stays():
    problem = late_head()
    kept = replace(problem, previous=((0, 1),))
    first, second = problem.jobs[0].key, problem.jobs[1].key
    assert [(edge.upstream, edge.downstream) for edge in plan(problem).edges] == [(second, first)]
    assert [(edge.upstream, edge.downstream) for edge in plan(kept).edges] == [(first, second)]


def test_a_writer_stays_before_its_reader_though_noise_would_have_it_otherwise():
    problem = replace(late_head(), writers_first=((0, 1),))
    assert steadied(problem).edges == ((0, 1),)


def test_without_a_budget_the_plan_stays():
    problem = late_head()
    assert steadied(problem, budget=0) == by_position(problem)


@LAWS
@given(awkward_problems(most=8))
def test_the_steadier_plan_is_no_longer_keeps_all_apart_and_is_found_again(problem):
    before, after = by_position(problem), steadied(problem)
    assert after == steadied(problem)
    assert after.makespan <= before.makespan
    assert len(after.edges) <= len(before.edges) * (1 + 1 / EDGES_PER_MORE)
    order = OrderGraph(problem.jobs, (*problem.order, *after.edges))
    ways = ways_of(problem)
    assert all(order.separates(a, b) for a, b in (*ways.free, *ways.fixed))
