"""What of a task decides when Airflow's scheduler and its workers take it."""

import pytest

from lockplan.model.workflow import Task, WeightRule
from tests.workflow.reading import read_body, task

ONE_TASK = """
from datetime import timedelta
from airflow.models import Variable
from airflow.utils.weight_rule import WeightRule
load = EmptyOperator(task_id='load', dag=dag{arguments})
"""


def read_task(tmp_path, arguments: str) -> Task:
    return task(read_body(tmp_path, ONE_TASK.format(arguments=arguments)), "load")


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ("", WeightRule.DOWNSTREAM),
        (", weight_rule='upstream'", WeightRule.UPSTREAM),
        (", weight_rule=WeightRule.ABSOLUTE", WeightRule.ABSOLUTE),
        (", weight_rule=OurOwnStrategy()", WeightRule.DOWNSTREAM),
    ],
)
def test_a_weight_rule_is_read_in_each_spelling(tmp_path, arguments, rule):
    assert read_task(tmp_path, arguments).weight_rule is rule


def test_the_queue_of_a_task_is_read(tmp_path):
    assert read_task(tmp_path, ", queue='heavy'").queue == "heavy"
    assert read_task(tmp_path, ", queue=Variable.get('queue')").queue == "default"


def test_delays_between_tries_are_read_as_airflow_lets_them_grow(tmp_path):
    usual = read_task(tmp_path, ", retries=2")
    assert (usual.retry_delay_s, usual.retry_delay_doubles, usual.retry_wait_s) == (300, False, 600)
    growing = (
        ", retries=3, retry_delay=timedelta(seconds=60), retry_exponential_backoff=True, "
        "max_retry_delay=timedelta(seconds=100)"
    )
    read = read_task(tmp_path, growing)
    assert (read.retry_delay_s, read.retry_delay_doubles) == (60, True)
    assert (read.max_retry_delay_s, read.retry_wait_s) == (100, 60 + 100 + 100)
