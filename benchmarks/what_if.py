"""What a question costs: CPU seconds of one verb and the night that follows from it.

python benchmarks/what_if.py [TASKS_PER_DAG]      default: 50, in each of four DAGs

A folder is generated: four DAGs an hour apart, whose tasks reload and correct tables that ten of
them share, InnoDB with a key on the day. `first` is the first time that a study is asked this,
`again` a second scenario with the same verb: who meets whom is known then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from stopwatch import Stopwatch

import lockplan
from lockplan.study import Scenario

DAGS = 4
PER_TABLE = 10
FOLDER = """
import pymysql
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

def send(target_day, *statements):
    connection = pymysql.connect(host="db", database="night", autocommit=False)
    for statement in statements:
        connection.cursor().execute(statement % target_day)
    connection.commit()
    connection.close()

def load(table, kind, target_day):
    send(target_day, "DELETE FROM " + table + " WHERE day = '%s' AND kind = " + str(kind),
         "INSERT INTO " + table + " (day, kind, n) SELECT day, kind, 1 FROM log_" + table
         + " WHERE day = '%s' AND kind = " + str(kind))

def fix(table, target_day):
    send(target_day, "UPDATE " + table + " SET n = n + 1 WHERE day >= '%s'")

def task(dag, name, function, *arguments):
    return PythonOperator(task_id=name, python_callable=function, op_args=arguments, dag=dag)

for number in range({dags}):
    dag = DAG(dag_id=f"night_{{number}}", schedule=f"0 {{number + 1}} * * *", catchup=False,
              start_date=datetime(2026, 1, 1), max_active_runs=1)
    for t in range({tables}):
        table = f"daily_{{number}}_{{t}}"
        first = task(dag, f"fix_{{table}}", fix, table, "{{{{ ds }}}}")
        for kind in range({per_table} - 1):
            loaded = task(dag, f"load_{{table}}_{{kind}}", load, table, kind, "{{{{ ds }}}}")
            if kind % 2:
                first >> loaded
"""
TABLE = (
    "CREATE TABLE {} (id INT AUTO_INCREMENT PRIMARY KEY, day DATE, kind INT, n INT, KEY (day));\n"
)

Ask = Callable[[Scenario], Scenario]
ASKED: tuple[tuple[str, Ask], ...] = (
    ("as planned", lambda base: base),
    ("unprotected()", lambda base: base.unprotected()),
    ("with_workers(8)", lambda base: base.with_workers(8)),
    ("with_duration('load_…', 90)", lambda base: base.with_duration("load_daily_0_0_0", 90)),
    ("with_pool('shared', 2, …)", lambda base: base.with_pool("shared", 2, "load_daily_0_*")),
    ("without_edge(…)", lambda base: _without_first(base)),
    ("late('fix_…', minutes=40)", lambda base: base.late("fix_daily_0_0", minutes=40)),
    ("shifted('night_0', …)", lambda base: base.shifted("night_0", minutes=45)),
    ("with_index('daily_0_0', …)", lambda base: base.with_index("daily_0_0", "day", "kind")),
    ("committing('load_daily_0_0_*')", lambda base: base.committing("load_daily_0_0_*")),
    ("with_isolation(…)", lambda base: base.with_isolation("READ COMMITTED")),
    ("backfill(days=7)", lambda base: base.backfill(days=7)),
)


def _without_first(base: Scenario) -> Scenario:
    edge = base.ordering[0]
    return base.without_edge(edge.upstream, edge.downstream)


def study(per_dag: int) -> lockplan.Study:
    """Write a folder of four DAGs, and analyse it."""
    tables = max(1, per_dag // PER_TABLE)
    names = [f"daily_{number}_{t}" for number in range(DAGS) for t in range(tables)]
    with TemporaryDirectory() as root:
        folder = Path(root, "dags")
        folder.mkdir()
        text = FOLDER.format(dags=DAGS, tables=tables, per_table=PER_TABLE)
        (folder / "nights.py").write_text(text, encoding="utf-8")
        schema = Path(root, "schema.sql")
        both = [name for each in names for name in (each, f"log_{each}")]
        schema.write_text("".join(map(TABLE.format, both)), encoding="utf-8")
        return lockplan.analyze(folder, schema=schema, workers=16)


def main() -> None:
    """Print a table."""
    base = study(int(sys.argv[1]) if len(sys.argv) > 1 else 50).scenario()
    conflicts = len(base.unprotected().unordered)
    base.timeline()
    print(f"{len(base.timeline().runs)} tasks, {conflicts} conflicts of one run\n")
    print(f"{'CPU seconds of':32} {'first':>6} {'again':>6}")
    for name, ask in ASKED:
        times = []
        for extra in (0, 1):
            watch = Stopwatch()
            ask(base.with_lock_wait_timeout(50 + extra)).timeline()
            times.append(watch.cpu_s)
        print(f"{name:32} {times[0]:6.2f} {times[1]:6.2f}")


if __name__ == "__main__":
    main()
