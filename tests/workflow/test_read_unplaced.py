"""Tasks that run, but whose place in the workflow is not known: what they send is still said."""

from pathlib import Path

from lockplan.model.place import Skipped

from .reading import HEADER, read_text

FILL = """
from airflow.models import Variable
from airflow.providers.mysql.hooks.mysql import MySqlHook
def fill(table):
    MySqlHook('warehouse').run(f'DELETE FROM {table} WHERE day = 1')
"""


def statements_skipped(tmp_path: Path, body: str) -> list[Skipped]:
    found = read_text(tmp_path, HEADER + FILL + body).skipped
    return [one for one in found if one.what == "statement"]


def test_the_sql_of_a_task_whose_id_is_not_known_is_said_where_it_is_sent(tmp_path):
    (skipped,) = statements_skipped(
        tmp_path,
        """
for table in Variable.get('tables').split():
    PythonOperator(task_id=f'fill_{table}', python_callable=fill, op_args=[table], dag=dag)
""",
    )
    assert skipped.where.line == len(HEADER.splitlines()) + 5
    assert "DELETE FROM … WHERE day = 1" in skipped.reason


def test_the_sql_of_tasks_in_a_dag_whose_id_is_not_known_is_said(tmp_path):
    (skipped,) = statements_skipped(
        tmp_path,
        """
with DAG(Variable.get('name'), start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id='fill', python_callable=fill, op_args=['sales'])
""",
    )
    assert "DELETE FROM sales WHERE day = 1" in skipped.reason


def test_tasks_of_unknown_ids_made_at_one_place_are_said_once(tmp_path):
    found = statements_skipped(
        tmp_path,
        """
for table in ('a', 'b', 'c'):
    PythonOperator(
        task_id=Variable.get(table), python_callable=fill, op_args=[table], dag=dag)
""",
    )
    assert len(found) == 1
