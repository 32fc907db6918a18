from dataclasses import replace
from itertools import combinations
from time import monotonic

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.problem import Problem
from lockplan.planning import plan
from lockplan.planning.budget import Budget
from planning.strategies import chain, job, plain_problems

LAWS = settings(max_examples=40, deadline=None)


def crowd(size):
    """Tasks of which all conflict, named as a clique."""
    jobs = tuple(job(position, 10 + position % 7) for position in range(size))
    return replace(
        plan_of(jobs, tuple(combinations(range(size), 2))), cliques=(tuple(range(size)),)
    )


def plan_of(jobs, conflicts):
    return Problem(jobs, chain(0, 1), conflicts, workers=len(jobs))


@LAWS
@given(plain_problems())
def test_without_any_budget_there_still_is_a_plan_with_its_bound(problem):
    planned = plan(problem, budget=0)
    assert planned.bound_s <= planned.makespan_s <= planned.serial_s


@LAWS
@given(plain_problems())
def test_more_budget_never_makes_a_plan_longer(problem):
    assert plan(problem).makespan_s <= plan(problem, budget=0).makespan_s


def test_a_limit_on_the_clock_is_kept_and_still_gives_a_plan():
    ring = tuple((min(n, (n + 1) % 31), max(n, (n + 1) % 31)) for n in range(31))
    problem = plan_of(tuple(job(n, 10 + n % 3) for n in range(31)), ring)
    before = monotonic()
    planned = plan(problem, time_limit_s=0.5)
    assert planned.bound_s <= planned.makespan_s
    assert monotonic() - before < 20


def test_tasks_that_all_conflict_are_planned_in_a_row_at_once():
    planned = plan(crowd(120))
    assert (planned.makespan_s, planned.proven, len(planned.edges)) == (planned.serial_s, True, 118)


@LAWS
@given(plain_problems(), st.data())
def test_a_named_clique_changes_nothing_but_the_work_even_where_it_is_none(problem, data):
    named = data.draw(st.lists(st.sampled_from(range(len(problem.jobs))), unique=True))
    planned = plan(replace(problem, cliques=(tuple(named),)))
    spans = {slot.task: (slot.start_s, slot.end_s) for slot in planned.schedule}
    keys = [job.key for job in problem.jobs]
    assert planned.bound_s <= planned.makespan_s
    for a, b in problem.conflicts:
        (start_a, end_a), (start_b, end_b) = spans[keys[a]], spans[keys[b]]
        assert not (start_a < end_b and start_b < end_a)


def test_a_part_of_a_budget_takes_from_the_whole():
    whole = Budget(100)
    part = whole.part(0.5)
    assert part.take(30)
    assert part.take(30)
    assert not part.take(1)
    assert (whole.work, part.work) == (40, -10)
