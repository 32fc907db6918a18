"""Tasks that send some statements on some dates only."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.model.conflict import Conflict
from lockplan.model.verdict import Certainty
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text
from lockplan.study import Study

HEADER = """
from datetime import datetime
import pymysql
from airflow import DAG
from airflow.operators.python import PythonOperator
dag = DAG('d', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', catchup=False)
other = DAG('e', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', catchup=False)
"""
TASK = """
def {name}(ds, execution_date):
    connection = pymysql.connect(host='h', database='d')
    cursor = connection.cursor()
    if {condition}:
        cursor.execute("UPDATE t SET x = 1")
    connection.commit()
PythonOperator(task_id='{name}', python_callable={name}, dag={dag})
"""


def study(tmp_path: Path, a: str, b: str, dag: str = "dag") -> Study:
    """Analyse two tasks, each of which changes one table under its own condition."""
    tmp_path.mkdir(exist_ok=True)
    first = TASK.format(name="a", condition=a, dag="dag")
    second = TASK.format(name="b", condition=b, dag=dag)
    (tmp_path / "flow.py").write_text(HEADER + first + second, encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15))


def conflicts(one: Study) -> tuple[Conflict, ...]:
    return one.analysis.graph.conflicts


FIRST, SUNDAY = "datetime.strptime(ds, '%Y-%m-%d').day == 1", "execution_date.weekday() == 6"


def test_two_conditions_that_rarely_hold_together_fail_on_such_a_date(tmp_path):
    (conflict,) = conflicts(study(tmp_path, FIRST, SUNDAY))
    date = conflict.failing_dates.logical_date
    assert (date.day, date.weekday()) == (1, 6)
    assert conflict.verdict.certainty is Certainty.CERTAIN


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("execution_date.day % 2 == 0", "execution_date.day % 2"),
        ("execution_date.weekday() < 5", "execution_date.weekday() in (5, 6)"),
        ("ds.endswith('-01')", "ds[8:] == '02'"),
        ("execution_date.day == 31", "execution_date.month == 2"),
    ],
)
def test_conditions_that_exclude_each_other_leave_no_conflict(tmp_path, a, b):
    assert conflicts(study(tmp_path, a, b)) == ()


def test_a_condition_that_asks_for_one_date_again_and_again_holds_on_its_dates(tmp_path):
    day = "execution_date.strftime('%d')"
    chain = f"{day} != '01' and {day} != '02' and {day} == '05'"
    (conflict,) = conflicts(study(tmp_path / "a", chain, SUNDAY))
    date = conflict.failing_dates.logical_date
    assert (date.day, date.weekday()) == (5, 6)
    assert not conflicts(study(tmp_path / "b", chain, f"{day} == '02'"))


def test_a_condition_on_one_side_alone_is_met_by_an_unconditional_task(tmp_path):
    (conflict,) = conflicts(study(tmp_path, "execution_date.month == 2", "True"))
    assert conflict.failing_dates.logical_date.month == 2
    assert conflict.verdict.certainty is Certainty.CERTAIN


def test_a_condition_that_only_a_server_knows_still_counts_on_every_date(tmp_path):
    (conflict,) = conflicts(study(tmp_path, "unknown()", SUNDAY))
    assert conflict.failing_dates.logical_date.weekday() == 6
    assert conflict.verdict.certainty is Certainty.POSSIBLE


def test_two_dags_are_compared_on_the_dates_of_both_conditions(tmp_path):
    (conflict,) = conflicts(study(tmp_path, FIRST, SUNDAY, dag="other"))
    date = conflict.failing_dates.logical_date
    assert date.day == 1
    assert conflicts(study(tmp_path, FIRST, "execution_date.day == 15", dag="other")) == ()


def test_the_reports_say_the_conditions_and_a_date(tmp_path):
    one = study(tmp_path, FIRST, SUNDAY)
    text = " ".join(to_text(one.analysis).split())
    assert "only when day of ds = 1" in text
    assert "only when weekday of ds = 6" in text
    assert "as in the run of 2027-08-01" in text
    document = json.loads(to_json(one.analysis))
    (conflict,) = document["conflicts"]
    assert conflict["a"]["when"] == "only when day of ds = 1"
    assert conflict["failing_date"] == "2027-08-01"
    (statement,) = document["dags"][0]["tasks"][0]["statements"]
    assert statement["when"] == "only when day of ds = 1"
