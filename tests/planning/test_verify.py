import pytest
from hypothesis import assume, given, settings

from lockplan.errors import PlanError
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import LeftOpen, Pair, Problem
from lockplan.model.workflow import Edge, Origin, TriggerRule
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
        TriggerRule.NONE_FAILED,
        TriggerRule.ONE_FAILED,
        TriggerRule.ALWAYS,
    ],
)
def test_a_path_does_not_keep_a_lenient_task_from_starting_beside_the_first(rule):
    problem = diamond(rule)
    assert (0, 2) in overlaps(problem.jobs, problem.order)
    with pytest.raises(PlanError, match=r"night\.t00 and night\.t02 may still run together"):
        verify(problem, (), ())


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


@settings(max_examples=100, deadline=None)
@given(plain_problems())
def test_each_edge_of_a_plan_is_needed(problem):
    planned = plan(problem)
    assume(planned.edges)
    for edge in planned.edges:
        others = [other for other in planned.edges if other != edge]
        with pytest.raises(PlanError):
            verify(problem, others, planned.left_open)
