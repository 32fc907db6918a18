from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given, settings
from planning.strategies import awkward_problems

from lockplan.model.airflow_order import CycleError, OrderGraph
from lockplan.model.workflow import Skips, TriggerRule


@dataclass(frozen=True)
class Stub:
    trigger_rule: TriggerRule = TriggerRule.ALL_SUCCESS
    skips: Skips = Skips.NOTHING
    mapped: bool = False
    mapped_group: str | None = None


PLAIN = Stub()
LENIENT = Stub(TriggerRule.ALL_DONE)
A, M, B, C = range(4)


def test_a_chain_of_all_success_tasks_is_an_order():
    graph = OrderGraph([PLAIN] * 3, [(A, M), (M, B)])
    assert graph.orders(A, B)
    assert not graph.orders(B, A)
    assert graph.separates(B, A)


def test_a_path_into_an_all_done_task_is_no_order():
    # c fails while a still runs, m is upstream_failed, and b starts beside a.
    graph = OrderGraph([PLAIN, PLAIN, LENIENT, PLAIN], [(A, M), (C, M), (M, B)])
    assert not graph.orders(A, B)


def test_a_direct_edge_into_an_all_done_task_is_an_order():
    assert OrderGraph([PLAIN, LENIENT], [(0, 1)]).orders(0, 1)


@pytest.mark.parametrize("rule", ["one_success", "one_failed", "one_done", "always"])
def test_an_edge_into_an_impatient_task_orders_nothing_and_is_refused(rule):
    graph = OrderGraph([PLAIN, Stub(TriggerRule(rule))], [(0, 1)])
    assert not graph.orders(0, 1)
    assert rule in (graph.refusal(0, 1) or "")


def test_a_branch_may_not_get_new_downstream_tasks():
    graph = OrderGraph([Stub(skips=Skips.DIRECT), PLAIN], [])
    assert "branch" in (graph.refusal(0, 1) or "")


def test_a_short_circuit_may_not_get_new_downstream_tasks():
    graph = OrderGraph([Stub(skips=Skips.ALL), PLAIN], [])
    assert "short circuit" in (graph.refusal(0, 1) or "")


def test_a_task_that_may_be_skipped_may_not_precede_one_that_is_skipped_with_it():
    branch, chosen, other = Stub(skips=Skips.DIRECT), PLAIN, PLAIN
    graph = OrderGraph([branch, chosen, other], [(0, 1)])
    assert "skipped" in (graph.refusal(1, 2) or "")
    assert graph.refusal(2, 1) is None


def test_a_task_behind_a_short_circuit_may_not_get_new_downstream_tasks_whatever_its_rule():
    graph = OrderGraph([Stub(skips=Skips.ALL), PLAIN, LENIENT, PLAIN], [(0, 1), (1, 2)])
    assert "short circuit" in (graph.refusal(2, 3) or "")


def test_a_mapped_task_may_expand_into_nothing_and_be_skipped():
    graph = OrderGraph([Stub(mapped=True), PLAIN, LENIENT], [])
    assert "skipped" in (graph.refusal(0, 1) or "")
    assert graph.refusal(0, 2) is None


def test_an_edge_that_closes_a_cycle_is_refused():
    graph = OrderGraph([PLAIN] * 3, [(0, 1), (1, 2)])
    assert "cycle" in (graph.refusal(2, 0) or "")


def test_a_cycle_names_the_tasks_on_it():
    with pytest.raises(CycleError) as caught:
        OrderGraph([PLAIN] * 3, [(0, 1), (1, 2), (2, 1)])
    assert caught.value.nodes == (1, 2)


def test_an_edge_may_not_lead_from_one_arm_of_a_branch_into_another():
    graph = OrderGraph([Stub(skips=Skips.DIRECT), PLAIN, LENIENT], [(0, 1), (0, 2)])
    assert "branch" in (graph.refusal(1, 2) or "")


def test_an_edge_may_not_be_the_one_success_that_lets_a_join_run():
    join = Stub(TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    graph = OrderGraph([Stub(skips=Skips.DIRECT), PLAIN, join, PLAIN], [(0, 1), (1, 2)])
    assert "success alone" in (graph.refusal(3, 2) or "")


@settings(deadline=None)
@given(awkward_problems(most=8))
def test_what_is_said_of_all_tasks_at_once_is_what_is_said_of_each_pair(problem):
    graph = OrderGraph(problem.jobs, problem.order)
    for a, b in permutations(range(len(problem.jobs)), 2):
        assert bool(graph.separate[a] >> b & 1) == graph.separates(a, b)
        if graph.plain[a] and graph.plain[b] and not graph.reached[a] >> b & 1:
            assert graph.refusal(a, b) is None
