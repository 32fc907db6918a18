from pathlib import Path

from lockplan.model.statement import Unknown, render_parts
from lockplan.model.workflow import Dag, Task
from tests.workflow.reading import DATES, read_body, task, texts

SQL_OPERATOR = "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"


def given(one: Task) -> list[str]:
    """Return the SQL texts that a task's operator is given, white space joined."""
    return [" ".join(render_parts(parts, DATES).split()) for parts in one.sql_texts]


def check(tmp_path: Path, arguments: str) -> Dag:
    return read_body(
        tmp_path,
        f"""
        from airflow.providers.common.sql.operators import sql
        sql.{arguments[:-1]}, task_id='t', conn_id='c', dag=dag)
        """,
    )


def test_a_text_is_kept_whole_with_its_dates_symbolic(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        SQL_OPERATOR
        + """
SQLExecuteQueryOperator(task_id='t', conn_id='c', dag=dag,
    sql=["DELETE FROM a WHERE d = '{{ ds }}'; SELECT 1", 'x.sql'])
""",
        x__sql="DELETE FROM b; -- {{ params.none }}\nDELETE FROM c",
    )
    first, second = task(dag, "t").sql_texts
    assert render_parts(first, DATES) == "DELETE FROM a WHERE d = '2024-01-15'; SELECT 1"
    assert len(first) == 3
    assert second[0] == "DELETE FROM b; -- "
    assert isinstance(second[1], Unknown)


def test_what_a_callable_sends_is_no_text_of_its_operator(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        SQL_OPERATOR
        + """
from airflow.providers.mysql.hooks.mysql import MySqlHook
def work():
    MySqlHook().run('DELETE FROM a')
    SQLExecuteQueryOperator(task_id='inner', conn_id='c', sql='DELETE FROM b').execute({})
PythonOperator(task_id='t', python_callable=work, dag=dag)
""",
    )
    assert texts(task(dag, "t")) == ["DELETE FROM a", "DELETE FROM b"]
    assert task(dag, "t").sql_texts == ()


def test_a_decorated_tasks_text_is_what_it_returns(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.decorators import task
        with dag:
            @task.sql(conn_id='c')
            def t():
                return "DELETE FROM a WHERE d = '{{ ds }}'"
            t()
        """,
    )
    assert given(task(dag, "t")) == ["DELETE FROM a WHERE d = '2024-01-15'"]


def test_the_folders_own_operator_has_the_texts_of_its_templates(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.models import BaseOperator
        from airflow.providers.postgres.hooks.postgres import PostgresHook
        class Copy(BaseOperator):
            template_fields = ('sql', 'preoperator')
            def __init__(self, sql, table, preoperator=None, **kwargs):
                super().__init__(**kwargs)
                self.sql, self.table, self.preoperator = sql, table, preoperator
            def execute(self, context):
                PostgresHook().run([self.preoperator, f'INSERT INTO {self.table} {self.sql}'])
        Copy(task_id='t', sql="SELECT '{{ ds }}'", table='x', preoperator='DELETE FROM x', dag=dag)
        """,
    )
    assert given(task(dag, "t")) == ["SELECT '2024-01-15'", "DELETE FROM x"]
    assert texts(task(dag, "t")) == ["DELETE FROM x", "INSERT INTO x SELECT '2024-01-15'"]


def test_a_subclass_renders_the_templates_of_airflows_class_and_its_own(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        SQL_OPERATOR
        + """
class Plain(SQLExecuteQueryOperator):
    def execute(self, context):
        self.log.info('start')
        super().execute(context)
class More(Plain):
    template_fields = (*SQLExecuteQueryOperator.template_fields, 'other_sql')
    def __init__(self, other_sql, **kwargs):
        super().__init__(**kwargs)
        self.other_sql = other_sql
Plain(task_id='plain', conn_id='c', sql="DELETE FROM a WHERE d = '{{ ds }}'", dag=dag)
More(task_id='more', conn_id='c', sql='SELECT 1', other_sql="SELECT '{{ ds }}'", dag=dag)
""",
    )
    assert texts(task(dag, "plain")) == ["DELETE FROM a WHERE d = '2024-01-15'"]
    assert "SELECT '2024-01-15'" in given(task(dag, "more"))


def test_a_column_check_reads_its_table_once_per_check(tmp_path: Path) -> None:
    dag = check(
        tmp_path,
        "SQLColumnCheckOperator(table='t', partition_clause='p = 1', column_mapping="
        "{'a': {'null_check': {'equal_to': 0}, 'max': {'leq_to': 9, 'partition_clause': 'q'}}})",
    )
    (text,) = given(task(dag, "t"))
    assert text == (
        "SELECT col_name, check_type, check_result FROM ("
        " SELECT 'a' AS col_name, 'null_check' AS check_type, a_null_check AS check_result"
        " FROM (SELECT SUM(CASE WHEN a IS NULL THEN 1 ELSE 0 END) AS a_null_check FROM t"
        " WHERE p = 1) AS sq UNION ALL"
        " SELECT 'a' AS col_name, 'max' AS check_type, a_max AS check_result"
        " FROM (SELECT MAX(a) AS a_max FROM t WHERE p = 1 AND q) AS sq ) AS check_columns"
    )
    assert texts(task(dag, "t")) == [text]


def test_a_table_check_keeps_its_statements(tmp_path: Path) -> None:
    dag = check(
        tmp_path,
        "SQLTableCheckOperator(table='t', checks={'rows': {'check_statement': 'COUNT(*) > 1'}})",
    )
    assert given(task(dag, "t")) == [
        "SELECT check_name, check_result FROM ( SELECT 'rows' AS check_name, MIN(rows) AS"
        " check_result FROM (SELECT CASE WHEN COUNT(*) > 1 THEN 1 ELSE 0 END AS rows FROM t )"
        " AS sq ) AS check_table"
    ]


def test_an_interval_check_compares_two_days(tmp_path: Path) -> None:
    dag = check(
        tmp_path,
        "SQLIntervalCheckOperator(table='t', days_back=3,"
        " metrics_thresholds={'SUM(a)': 2, 'COUNT(*)': 1})",
    )
    assert given(task(dag, "t")) == [
        "SELECT COUNT(*), SUM(a) FROM t WHERE ds='2024-01-15'",
        "SELECT COUNT(*), SUM(a) FROM t WHERE ds='2024-01-12'",
    ]


def test_a_check_of_unknown_columns_still_reads_its_table(tmp_path: Path) -> None:
    dag = check(tmp_path, "SQLColumnCheckOperator(table='t', column_mapping=open('x').read())")
    assert texts(task(dag, "t")) == ["SELECT * FROM t"]
    assert task(dag, "t").sql_texts == ()


def test_a_file_off_the_search_path_is_read_but_given_by_its_name(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        SQL_OPERATOR + "SQLExecuteQueryOperator(task_id='t', conn_id='c', dag=dag, sql='x.sql')\n",
        sql__x__sql="DELETE FROM a",
    )
    assert texts(task(dag, "t")) == ["DELETE FROM a"]
    assert given(task(dag, "t")) == ["x.sql"]
