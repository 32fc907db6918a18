from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, given, settings

from lockplan.errors import PlanError
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import LeftOpen, Pair, Problem
from lockplan.model.workflow import Edge, Origin, Skips, TriggerRule
from lockplan.planning import plan, verify
from lockplan.planning.verify import startable_beside
from planning.exhaustive import overlaps
from planning.strategies import awkward_problems, chain, job, key, plain_problems


def edges(*arcs: Pair) -> tuple[Edge, ...]:
    return tuple(Edge(key(a), key(b), Origin.GENERATED) for a, b in arcs)


def diamond(rule: TriggerRule) -> Problem:
    """a → m → b with another upstream c of m; a and b conflict."""
    a, m, b, c = range(4)
    jobs = (job(a), job(m), job(b, trigger_rule=rule), job(c))
    return Problem(jobs, ((a, m), (m, b), (c, m)), ((a, b),), workers=4)


@pytest.mark.parametrize(
    "rule",
    [
        TriggerRule.ALL_DONE,
        TriggerRule.ALL_DONE_SETUP_SUCCESS,
        TriggerRule.ALL_FAILED,
        TriggerRule.ALL_SKIPPED,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_SKIPPED,
        TriggerRule.ONE_FAILED,
        TriggerRule.ALWAYS,
    ],
)
def test_a_path_does_not_keep_a_lenient_task_from_starting_beside_the_first(rule):
    problem = diamond(rule)
    assert (0, 2) in overlaps(problem.jobs, problem.order)
    with pytest.raises(PlanError, match=r"night\.t00 and night\.t02 may still run together"):
        verify(problem, (), ())


@pytest.mark.parametrize(
    "rule",
    [
        TriggerRule.ONE_SUCCESS,
        TriggerRule.ONE_DONE,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    ],
)
def test_nor_one_that_another_success_is_enough_for(rule):
    problem = diamond(rule)
    more = replace(problem, jobs=(*problem.jobs, job(4)), order=(*problem.order, (4, 2)))
    assert (0, 2) in overlaps(more.jobs, more.order)
    with pytest.raises(PlanError):
        verify(more, (), ())


def test_a_path_of_strict_tasks_keeps_the_two_apart():
    problem = diamond(TriggerRule.ALL_SUCCESS)
    assert (0, 2) not in overlaps(problem.jobs, problem.order)
    verify(problem, (), ())


def test_a_direct_edge_into_an_all_done_task_keeps_the_two_apart():
    verify(diamond(TriggerRule.ALL_DONE), edges((0, 2)), ())


def test_a_direct_edge_into_a_one_success_task_does_not():
    jobs = (job(0), job(1, trigger_rule=TriggerRule.ONE_SUCCESS), job(2))
    problem = Problem(jobs, ((2, 1),), ((0, 1),), workers=3)
    with pytest.raises(PlanError):
        verify(problem, edges((0, 1)), ())


def test_what_fails_with_one_copy_of_a_mapped_task_does_not_wait_for_the_others():
    jobs = (job(0, mapped=True), job(1), job(2, trigger_rule=TriggerRule.ALL_DONE))
    problem = Problem(jobs, chain(0, 1, 2), ((0, 2),), workers=3)
    assert (0, 2) in overlaps(problem.jobs, problem.order)
    with pytest.raises(PlanError):
        verify(problem, (), ())
    verify(problem, edges((0, 2)), ())


@pytest.mark.parametrize(("rule", "apart"), [("one_success", False), ("all_success", True)])
def test_only_a_rule_that_waits_for_all_waits_for_all_copies(rule, apart):
    jobs = (job(0, mapped=True), job(1, trigger_rule=TriggerRule(rule)))
    problem = Problem(jobs, ((0, 1),), ((0, 1),), workers=3)
    assert ((0, 1) not in overlaps(problem.jobs, problem.order)) == apart
    assert OrderGraph(jobs, problem.order).separates(0, 1) == apart
    assert (startable_beside(jobs, problem.order)[1] & 1 == 0) == apart


def test_copies_in_a_mapped_group_wait_only_for_their_own():
    inside = [job(n, mapped=True, mapped_group="each_day") for n in range(2)]
    problem = Problem((*inside, job(2)), chain(0, 1, 2), ((0, 1),), workers=3)
    assert overlaps(problem.jobs, problem.order) == {(0, 1)}
    with pytest.raises(PlanError, match=r"t00 and night\.t01 may still run together"):
        verify(problem, (), ())
    (left,) = plan(problem).left_open
    assert "the copies of a mapped task group do not wait for each other" in left.reason
    graph = OrderGraph(problem.jobs, problem.order)
    assert graph.orders(0, 2)
    assert graph.orders(1, 2)


def test_a_task_that_a_branch_skips_at_work_still_works_when_the_next_starts():
    # t01 starts when t02 has ended; then t00 skips it, and t03 needs no more than that
    jobs = (
        job(0, skips=Skips.DIRECT),
        job(1, trigger_rule=TriggerRule.ONE_DONE),
        job(2),
        job(3, trigger_rule=TriggerRule.ALL_DONE),
    )
    problem = Problem(jobs, ((0, 1), (2, 1), (1, 3)), ((1, 3),), workers=3)
    assert (1, 3) in overlaps(problem.jobs, problem.order)
    graph = OrderGraph(problem.jobs, problem.order)
    assert not graph.orders(1, 3)
    assert graph.refusal(1, 3) == "the earlier task may be skipped while it is still at work"
    with pytest.raises(PlanError):
        verify(problem, (), ())


def test_a_copy_of_a_branch_skips_what_another_copy_let_go():
    jobs = (
        job(0, skips=Skips.DIRECT, mapped=True),
        job(1, trigger_rule=TriggerRule.ONE_FAILED),
        job(2, trigger_rule=TriggerRule.ALL_DONE),
    )
    order = chain(0, 1, 2)
    assert (1, 2) in overlaps(jobs, order)
    assert not OrderGraph(jobs, order).orders(1, 2)
    assert startable_beside(jobs, order)[2] >> 1 & 1


def test_a_branch_that_is_skipped_at_work_may_still_skip_others_at_work():
    # t01 begins at once, is skipped by t00, and skips t02, which began when t01 was noted so
    jobs = (
        job(0, skips=Skips.DIRECT),
        job(1, skips=Skips.DIRECT, trigger_rule=TriggerRule.ALWAYS),
        job(2, trigger_rule=TriggerRule.ALL_DONE),
        job(3, trigger_rule=TriggerRule.ALL_DONE),
    )
    assert not OrderGraph(jobs, chain(0, 1, 2, 3)).orders(2, 3)
    assert startable_beside(jobs, chain(0, 1, 2, 3))[3] >> 2 & 1


def test_an_edge_that_lets_a_task_begin_beside_a_branch_breaks_no_order_that_counts():
    # t02 ends only after t00, as long as nothing else goes before it: t04 might
    jobs = (
        job(0, skips=Skips.DIRECT),
        job(1, trigger_rule=TriggerRule.ONE_FAILED),
        job(2, trigger_rule=TriggerRule.NONE_FAILED),
        job(3, trigger_rule=TriggerRule.NONE_FAILED),
        job(4),
    )
    problem = Problem(jobs, ((0, 1), (0, 2), (2, 1), (1, 3)), ((1, 3), (2, 4)), workers=4)
    assert not OrderGraph(jobs, problem.order).orders(1, 3)
    assert not (startable_beside(jobs, problem.order)[3] >> 1) & 1
    assert startable_beside(jobs, (*problem.order, (4, 2)))[3] >> 1 & 1
    assert [(pair.a, pair.b) for pair in plan(problem).left_open] == [(key(1), key(3))]


def test_a_pair_that_is_named_as_left_open_passes():
    verify(diamond(TriggerRule.ALWAYS), (), [LeftOpen(key(2), key(0), "always", ())])


def test_edges_that_close_a_cycle_are_refused():
    problem = Problem((job(0), job(1), job(2)), chain(0, 1, 2), (), workers=1)
    with pytest.raises(PlanError, match="cycle"):
        verify(problem, edges((2, 0)), ())


def test_an_edge_of_another_dag_is_refused():
    with pytest.raises(PlanError, match=r"night\.t09, which is no task"):
        verify(Problem((job(0),), (), (), workers=1), edges((0, 9)), ())


@settings(max_examples=150, deadline=None)
@given(awkward_problems())
def test_whatever_the_verifier_accepts_no_run_refutes(problem):
    beside = startable_beside(problem.jobs, problem.order)
    for a, b in overlaps(problem.jobs, problem.order):
        assert beside[a] >> b & 1
        assert beside[b] >> a & 1


@settings(max_examples=150, deadline=None)
@given(awkward_problems())
def test_whatever_the_order_graph_calls_separate_no_run_refutes(problem):
    graph = OrderGraph(problem.jobs, problem.order)
    assert not any(graph.separates(a, b) for a, b in overlaps(problem.jobs, problem.order))


@settings(max_examples=300, deadline=None)
@given(awkward_problems(most=9))
def test_the_verifier_accepts_whatever_the_order_graph_calls_separate(problem):
    graph = OrderGraph(problem.jobs, problem.order)
    beside = startable_beside(problem.jobs, problem.order)
    for a, b in combinations(range(len(problem.jobs)), 2):
        assert not (graph.separates(a, b) and beside[a] >> b & 1 and beside[b] >> a & 1)


@settings(max_examples=100, deadline=None)
@given(plain_problems())
def test_each_edge_of_a_plan_is_needed(problem):
    planned = plan(problem)
    assume(planned.edges)
    for edge in planned.edges:
        others = [other for other in planned.edges if other != edge]
        with pytest.raises(PlanError):
            verify(problem, others, planned.left_open)
