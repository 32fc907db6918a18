from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Pool, Problem
from lockplan.model.workflow import TriggerRule
from lockplan.planning.bounds import cliques, lower_bound, one_machine
from lockplan.planning.budget import WORK, Budget
from lockplan.planning.instance import to_dispatch
from planning.strategies import chain, job, plain_problems

TIMES = st.integers(0, 20)


def bound(problem: Problem) -> int:
    graph = OrderGraph(problem.jobs, problem.order)
    return lower_bound(to_dispatch(problem, ()), graph, problem.conflicts, Budget(WORK))


def test_the_longest_path_is_a_bound():
    assert bound(Problem((job(0), job(1), job(2)), chain(0, 1, 2), (), workers=9)) == 30


def test_a_task_that_starts_whatever_happens_lengthens_no_path():
    jobs = (job(0, 10), job(1, 10, trigger_rule=TriggerRule.ALWAYS))
    assert bound(Problem(jobs, chain(0, 1), (), workers=9)) == 10


def test_work_over_workers_is_rounded_up():
    assert bound(Problem((job(0), job(1), job(2)), (), (), workers=2)) == 15
    assert bound(Problem((job(0, 1), job(1, 1), job(2, 1)), (), (), workers=2)) == 2


def test_a_pool_is_a_bound_of_its_own():
    jobs = tuple(job(position, pool="db", pool_slots=2) for position in range(3))
    assert bound(Problem(jobs, (), (), workers=9, pools=(Pool("db", 2),))) == 30


def test_a_group_that_conflicts_runs_in_a_row_between_what_comes_before_and_after():
    jobs = tuple(job(position) for position in range(5))
    order = ((0, 1), (0, 2), (1, 4), (2, 4), (3, 4), (0, 3))
    assert bound(Problem(jobs, order, ((1, 2), (1, 3), (2, 3)), workers=9)) == 50


def test_a_pair_that_edges_order_counts_as_kept_apart_in_a_group():
    jobs = (job(0), job(1), job(2))
    assert bound(Problem(jobs, ((0, 1),), ((0, 2), (1, 2)), workers=9)) == 30


@given(plain_problems())
def test_no_two_members_of_a_clique_may_run_together(problem):
    graph = OrderGraph(problem.jobs, problem.order)
    conflicts = set(problem.conflicts)

    def apart(pair: Pair) -> bool:
        return pair in conflicts or graph.separates(*pair)

    found = cliques(to_dispatch(problem, ()), graph, problem.conflicts, Budget(WORK))
    assert all(apart(pair) for clique in found for pair in combinations(clique, 2))


@given(st.lists(st.tuples(TIMES, TIMES, TIMES), min_size=1, max_size=6))
def test_one_machine_finds_the_worst_subset(jobs):
    subsets = (group for size in range(len(jobs)) for group in combinations(jobs, size + 1))
    worst = max(
        min(head for head, _, _ in group)
        + sum(work for _, work, _ in group)
        + min(tail for _, _, tail in group)
        for group in subsets
    )
    assert one_machine(jobs) == worst
