"""Tasks of two DAGs, which no edge can order."""

from datetime import datetime
from pathlib import Path

import lockplan

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('{name}', start_date=datetime(2024, 1, 1), schedule='{minute} 4 * * *', max_active_runs=1)
MySqlOperator(task_id='all', sql='UPDATE t SET x = 1', mysql_conn_id='db', dag=dag)
"""


def test_the_advice_names_the_minutes_that_let_the_earlier_dag_end_first(tmp_path: Path):
    for name, minute in (("early", 0), ("late", 2)):
        text = DAG.format(name=name, minute=minute)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    config = "[tool.lockplan.durations]\ndefault = 600\n"
    (tmp_path / "pyproject.toml").write_text(config, encoding="utf-8")
    (conflict,) = lockplan.analyze(
        tmp_path, logical_date=datetime(2026, 11, 15)
    ).analysis.graph.conflicts
    # ten minutes of work, of which two pass before the later one starts
    assert "Start late 8 minutes later" in conflict.verdict.help
    assert "early.all with an ExternalTaskSensor" in conflict.verdict.help


def test_a_dag_that_runs_every_few_minutes_meets_the_nightly_one(tmp_path: Path):
    often = DAG.format(name="often", minute=0).replace("0 4 * * *", "*/5 * * * *")
    (tmp_path / "often.py").write_text(often, encoding="utf-8")
    (tmp_path / "night.py").write_text(DAG.format(name="night", minute=5), encoding="utf-8")
    found = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis
    assert [str(conflict.verdict.scope) for conflict in found.graph.conflicts] == ["other DAG"]
