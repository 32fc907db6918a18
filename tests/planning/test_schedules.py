from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pool, Problem
from lockplan.model.workflow import TriggerRule
from lockplan.planning.budget import Budget
from lockplan.planning.directions import directions
from lockplan.planning.dispatch import dispatch
from lockplan.planning.instance import Instance, Starts, to_dispatch, to_search
from lockplan.planning.list_schedules import RULES, list_schedules
from lockplan.planning.orientation import orient, ranks, reduce
from lockplan.planning.profile import Profile
from lockplan.planning.search import searched as searched_for
from planning.strategies import job, plain_problems

PLENTY = Budget(inf)


def searched(problem: Problem) -> Instance:
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    return to_search(problem, ways.fixed, ways.free)


def assert_feasible(instance: Instance, starts: Starts) -> None:
    ends = instance.ends(starts)
    for task in range(instance.size):
        assert all(ends[up] <= starts[task] for up in instance.upstream[task])
        assert not any(
            starts[task] < ends[rival] and starts[rival] < ends[task]
            for rival in instance.rivals[task]
        )
    for capacity in instance.capacities:
        for now in starts:
            running = (t for t in range(instance.size) if starts[t] <= now < ends[t])
            assert sum(capacity.demands[task] for task in running) <= capacity.limit


@settings(max_examples=80, deadline=None)
@given(plain_problems())
def test_every_rule_gives_schedules_that_respect_order_conflicts_and_capacities(problem):
    instance = searched(problem)
    found = list(list_schedules(instance, PLENTY))
    assert len(found) == 2 * len(RULES)
    for starts in found:
        assert_feasible(instance, starts)


@settings(max_examples=80, deadline=None)
@given(plain_problems())
def test_improved_schedules_are_feasible_and_none_is_lost(problem):
    instance = searched(problem)
    first = next(list_schedules(instance, PLENTY))
    found = searched_for(instance, 0, Budget(30_000), seed=1, waits_for_all=True)
    assert found.length <= instance.makespan(first)
    for starts in found.shortest_first():
        assert_feasible(instance, starts)


@settings(max_examples=80, deadline=None)
@given(plain_problems())
def test_arcs_follow_every_schedule_without_a_cycle(problem):
    instance = searched(problem)
    ways = directions(problem, OrderGraph(problem.jobs, problem.order))
    for starts in list_schedules(instance, PLENTY):
        rank = ranks(instance, starts)
        assert all(rank[a] < rank[b] for a, b in problem.order)
        arcs = orient(ways.free, rank)
        kept = reduce(problem, arcs, rank)
        assert set(kept) <= set(arcs)
        graph = OrderGraph(problem.jobs, [*problem.order, *kept])
        assert all(graph.orders(a, b) for a, b in arcs)


def test_a_task_that_needs_one_success_starts_after_the_first_in_a_dispatch():
    jobs = (job(0, 10), job(1, 50), job(2, 5, trigger_rule=TriggerRule.ONE_SUCCESS))
    problem = Problem(jobs, ((0, 2), (1, 2)), (), workers=3)
    assert dispatch(to_dispatch(problem, ()), [0, 0, 0]) == (0, 0, 10)


def test_a_full_pool_lets_later_tasks_pass():
    jobs = (job(0, pool="db"), job(1, pool="db"), job(2))
    problem = Problem(jobs, (), (), workers=2, pools=(Pool("db", 1),))
    assert dispatch(to_dispatch(problem, ()), [0, 1, 2]) == (0, 10, 0)


def test_the_reduction_keeps_a_direct_edge_where_a_chain_would_not_hold():
    # t00 → t01 → t02 orders t00 and t02 only if t02 waits for success
    for rule, expected in (
        (TriggerRule.ALL_SUCCESS, {(0, 1), (1, 2)}),
        (TriggerRule.ALL_DONE, {(0, 1), (1, 2), (0, 2)}),
    ):
        problem = Problem((job(0), job(1), job(2, trigger_rule=rule)), (), (), workers=3)
        assert set(reduce(problem, [(0, 1), (1, 2), (0, 2)], [0, 1, 2])) == expected


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10), st.integers(1, 3)), max_size=15))
def test_a_profile_never_holds_more_than_its_limit(requests):
    profile, taken = Profile(3), []
    for start, duration, demand in requests:
        placed = profile.first_fit(start, duration, demand)
        assert placed >= start
        profile.take(placed, placed + duration, demand)
        taken.append((placed, placed + duration, demand))
    for now in range(100):
        assert sum(demand for begin, end, demand in taken if begin <= now < end) <= 3
