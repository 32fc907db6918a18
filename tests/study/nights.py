"""Two DAGs that meet on one table, analysed once for all tests of what-ifs."""

from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import lockplan
from lockplan.study import Study

DAGS = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator

def dag(name, hour):
    return DAG(name, start_date=datetime(2024, 1, 1), schedule=f'0 {hour} * * *', catchup=False,
               max_active_runs=1)

def run(dag, name, *sql):
    return MySqlOperator(task_id=name, sql=list(sql), mysql_conn_id='shop', dag=dag)

night, morning = dag('night', 4), dag('morning', 5)
fetch = run(night, 'fetch', 'SELECT 1')
shop_1 = run(night, 'shop_1', "UPDATE sales SET n = n + 1 WHERE day = '{{ ds }}' AND shop = 1")
shop_2 = run(night, 'shop_2', "UPDATE sales SET n = n + 1 WHERE day = '{{ ds }}' AND shop = 2")
report = run(night, 'report', 'SELECT 1')
fetch >> [shop_1, shop_2] >> report
total = run(morning, 'total',
            "INSERT INTO totals SELECT day, SUM(n) FROM sales WHERE day = '{{ ds }}'")
notes = run(morning, 'notes', "INSERT INTO notes (text) VALUES ('done')")
"""
SCHEMA = """
CREATE TABLE sales (id INT AUTO_INCREMENT PRIMARY KEY, day DATE NOT NULL, shop INT NOT NULL, n INT,
                    KEY by_day (day)) ENGINE=InnoDB;
CREATE TABLE totals (day DATE PRIMARY KEY, n INT) ENGINE=InnoDB;
CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, text TEXT) ENGINE=InnoDB;
"""
HISTORY = """dag_id,task_id,runs,p50_s,p90_s
night,fetch,30,60,90
night,shop_1,30,600,900
night,shop_2,30,300,450
night,report,30,60,80
morning,total,30,120,150
morning,notes,30,10,12
"""
DATE = datetime(2026, 11, 15)


def folder(root: Path) -> Path:
    """Write the DAGs, their schema and their history."""
    dags = root / "dags"
    dags.mkdir()
    (dags / "nights.py").write_text(DAGS, encoding="utf-8")
    (root / "schema.sql").write_text(SCHEMA, encoding="utf-8")
    (root / "history.csv").write_text(HISTORY, encoding="utf-8")
    return dags


def analysed(root: Path) -> Study:
    """Analyse the folder below a root, with 16 workers."""
    return lockplan.analyze(
        root / "dags",
        schema=root / "schema.sql",
        history=root / "history.csv",
        logical_date=DATE,
        workers=16,
    )


@cache
def study() -> Study:
    """Return the study, whose files are gone: it is not patched."""
    with TemporaryDirectory() as root:
        folder(Path(root))
        return analysed(Path(root))
