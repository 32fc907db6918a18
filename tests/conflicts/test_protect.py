"""What a plan keeps apart, and what it costs."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text
from lockplan.study import Study

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
def run(name, sql):
    return MySqlOperator(task_id=name, sql=sql, mysql_conn_id='db', dag=dag)
run('whole', 'UPDATE t SET x = 1 WHERE day = 1')
run('also', 'UPDATE t SET x = 1 WHERE day = 1')
run('first', 'UPDATE u SET x = 1 WHERE day = 1')
run('second', 'UPDATE u SET x = 2 WHERE day = 2')
run('unread', 'UPDATE {{ var.value.unknown }} SET x = 1')
"""


def study(tmp_path: Path, protect: str) -> Study:
    (tmp_path / "night.py").write_text(DAG, encoding="utf-8")
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE t (day INT PRIMARY KEY, x INT) ENGINE=InnoDB;")
    date = datetime(2026, 11, 15)
    return lockplan.analyze(tmp_path, schema=schema, logical_date=date, protect=protect)


def edges(found: Study) -> int:
    (plan,) = found.analysis.plans
    return len(plan.plan.edges)


def test_each_level_keeps_more_apart_than_the_one_before(tmp_path):
    counts = [edges(study(tmp_path, level)) for level in ("certain", "possible", "all")]
    assert counts[:2] == [1, 2]
    assert counts[2] > 2


def test_the_report_says_what_the_possible_conflicts_cost(tmp_path):
    found = study(tmp_path, "possible")
    assert "conflicts that are only possible cost 1 edge" in to_text(found.analysis)
    assert json.loads(to_json(found.analysis))["plan"]["certain_alone"]["edges"] == 1


def test_nothing_is_said_of_a_price_where_only_certain_conflicts_are_kept_apart(tmp_path):
    assert "only possible cost" not in to_text(study(tmp_path, "certain").analysis)


def test_another_level_is_refused(tmp_path):
    with pytest.raises(ValueError, match="most"):
        study(tmp_path, "most")
