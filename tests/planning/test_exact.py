from itertools import combinations
from math import inf

from hypothesis import given, settings

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Problem
from lockplan.planning import plan
from lockplan.planning.budget import WORK, Budget
from lockplan.planning.directions import directions
from lockplan.planning.exact import solved
from lockplan.planning.groups import groups
from lockplan.planning.instance import Instance, to_search
from lockplan.planning.list_schedules import list_schedules
from lockplan.planning.search import searched as search
from planning.strategies import job, plain_problems
from planning.test_schedules import assert_feasible


def searched(problem: Problem) -> Instance:
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    return to_search(problem, ways.fixed, ways.free)


@settings(max_examples=40, deadline=None)
@given(plain_problems())
def test_the_solver_only_shortens_and_keeps_order_conflicts_and_capacities(problem):
    instance = searched(problem)
    known = list(list_schedules(instance, Budget(inf)))[-1]
    found = solved(instance, known, 0, Budget(WORK), seed=0)
    assert_feasible(instance, found.starts)
    assert found.bound <= instance.makespan(found.starts) <= instance.makespan(known)


def test_a_schedule_is_kept_where_the_solver_has_no_time_at_all():
    jobs = tuple(job(position, 10 + position) for position in range(12))
    instance = searched(Problem(jobs, (), tuple(combinations(range(12), 2)), workers=12))
    known = next(list_schedules(instance, Budget(inf)))
    assert instance.makespan(
        solved(instance, known, 0, Budget(0), seed=0).starts
    ) <= instance.makespan(known)


def test_a_ring_of_five_is_proven_though_no_group_of_it_is_larger_than_two():
    ring = tuple((min(n, (n + 1) % 5), max(n, (n + 1) % 5)) for n in range(5))
    planned = plan(Problem(tuple(job(n, 10) for n in range(5)), (), ring, workers=5))
    assert (planned.makespan_s, planned.bound_s, planned.proven) == (30, 30, True)


def test_what_is_proven_ends_the_search_but_bounds_no_dag_that_waits_for_less():
    ring = tuple((min(n, (n + 1) % 5), max(n, (n + 1) % 5)) for n in range(5))
    instance = searched(Problem(tuple(job(n, 10) for n in range(5)), (), ring, workers=5))
    found = search(instance, 20, Budget(WORK), 0, waits_for_all=False)
    assert (found.length, found.done, found.bound) == (30, True, 20)


@given(plain_problems())
def test_groups_hold_every_pair_of_rivals_and_only_tasks_that_never_run_together(problem):
    instance = searched(problem)
    graph = OrderGraph(problem.jobs, problem.order)
    rivals = {(a, b) for a, more in enumerate(instance.rivals) for b in more if a < b}
    held = {pair for group in groups(instance) for pair in combinations(group, 2)}
    assert rivals <= held
    assert all(
        pair in rivals
        or graph.reached[pair[1]] >> pair[0] & 1
        or graph.reached[pair[0]] >> pair[1] & 1
        for pair in held
    )
