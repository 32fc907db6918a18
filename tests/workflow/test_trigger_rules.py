import pytest

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.workflow import Dag, TriggerRule
from tests.workflow.reading import read_body, task

TWO_TASKS = """
from airflow.models import Variable
from airflow.utils.trigger_rule import TriggerRule
first = EmptyOperator(task_id='first', dag=dag)
second = EmptyOperator(task_id='second', dag=dag, trigger_rule={rule})
first >> second
"""


def read_rule(tmp_path, rule: str) -> Dag:
    return read_body(tmp_path, TWO_TASKS.format(rule=rule))


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("'all_done'", TriggerRule.ALL_DONE),
        ("TriggerRule.ONE_SUCCESS", TriggerRule.ONE_SUCCESS),
        ("TriggerRule.DUMMY", TriggerRule.ALWAYS),
        ("'none_failed_or_skipped'", TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS),
        ("TriggerRule.NONE_FAILED_OR_SKIPPED", TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS),
    ],
)
def test_a_rule_is_read_in_each_of_airflows_spellings(tmp_path, rule, found):
    second = task(read_rule(tmp_path, rule), "second")
    assert (second.trigger_rule, second.skipped) == (found, ())


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("'all_sucess'", "`all_sucess`"),
        ("Variable.get('rule')", "Variable.get"),
        ("'all_done' if Variable.get('late') else 'all_success'", ""),
        ("TriggerRule.ALL_FINE", "TriggerRule.ALL_FINE"),
    ],
)
def test_a_rule_that_is_not_known_orders_nothing_and_is_named_with_its_line(tmp_path, rule, named):
    dag = read_rule(tmp_path, rule)
    second = task(dag, "second")
    (skipped,) = second.skipped
    assert skipped.where == second.defined_at
    assert f"its trigger rule is not known: {named}" in skipped.reason
    graph = OrderGraph(dag.tasks, [(0, 1)])
    assert not graph.separates(0, 1)
