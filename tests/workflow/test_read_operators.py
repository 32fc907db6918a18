from pathlib import Path

import pytest

from lockplan.model.connection import Engine
from tests.workflow.reading import read_body, read_dag, task, texts


def test_an_operators_sql_is_rendered_with_symbolic_dates(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.mysql.operators.mysql import MySqlOperator
        MySqlOperator(task_id='t', mysql_conn_id='stats', dag=dag, sql='''
            DELETE FROM a WHERE d BETWEEN '{{ macros.ds_add(ds, -6) }}' AND '{{ ds }}'
        ''')
        """,
    )
    (statement,) = task(dag, "t").statements
    assert texts(task(dag, "t")) == ["DELETE FROM a WHERE d BETWEEN '2024-01-09' AND '2024-01-15'"]
    assert (statement.connection.name, statement.connection.engine) == ("stats", Engine.MYSQL)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ ds_nodash }}", "20240115"),
        ("{{ ts }}", "2024-01-15T00:00:00+00:00"),
        ("{{ execution_date.strftime('%d.%m.%Y') }}", "15.01.2024"),
        ("{{ (execution_date - macros.timedelta(days=1)).strftime('%Y%m%d') }}", "20240114"),
        ("{{ data_interval_end | ds }}", "2024-01-16"),
        ("{{ next_ds }} {{ prev_ds }} {{ tomorrow_ds }}", "2024-01-16 2024-01-14 2024-01-16"),
        ("{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }}", "2024/01"),
        ("{{ params.x }}{{ params.deep.y }}", "12"),
        ("{% for n in [1, 2] %}{{ n }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2"),
        ("{% if params.x == 1 %}yes{% else %}no{% endif %}", "yes"),
        ("{% set a = 'b' %}{{ a ~ ds }}", "b2024-01-15"),
        ("{{ missing | default('none') }}", "none"),
        ("{{ var.value.secret }}", "<?>"),
        ("{{ ti.xcom_pull(task_ids='a') }}", "<?>"),
        ("{{ params.names | join(', ') }}", "a, b"),
        ("{{ params.names | map('upper') | join('-') }}", "A-B"),
        ("{{ params.names | reverse | list | first }}", "b"),
        ("{{ [{'n': 1}, {'n': 2}] | map(attribute='n') | join('+') }}", "1+2"),
        ("{{ params.names | tojson }}", '["a", "b"]'),
        ("{{ params.names | map('center', 99) | list }}", "<?>"),
        ("{% for n in range(3) %}{{ n }}{% endfor %}", "012"),
        (
            "{% set n = namespace(x=0) %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}"
            "{{ n.x }}",
            "3",
        ),
        ("{{ range(10 ** 9) | list | length }}", "<?>"),
        ("{% if params.x is odd %}odd{% endif %}", "odd"),
        ("{{ execution_date.year }}", "2024"),
    ],
)
def test_templates(tmp_path: Path, template: str, text: str) -> None:
    dag = read_body(
        tmp_path,
        f"""
        from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
        SQLExecuteQueryOperator(task_id='t', conn_id='c', dag=dag,
            params={{'x': 1, 'deep': {{'y': 2}}, 'names': ['a', 'b']}},
            sql={"SELECT '" + template + "'"!r})
        """,
    )
    assert texts(task(dag, "t")) == [f"SELECT '{text}'"]


def test_a_list_is_one_transaction_and_a_file_is_found_beside_the_dag(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.postgres.operators.postgres import PostgresOperator
        PostgresOperator(task_id='t', sql=['DELETE FROM a', 'sql/x.sql'], dag=dag,
                         parameters={'d': '{{ ds }}'})
        PostgresOperator(task_id='gone', sql='sql/gone.sql', dag=dag)
        """,
        sql__x__sql="-- {{ ds }}\nINSERT INTO b VALUES (%(d)s);\nSELECT 1",
    )
    first, second = task(dag, "t").statements
    assert first.transaction == second.transaction
    assert (second.built_at.path, second.built_at.line) == ("sql/x.sql", 1)
    assert second.parts[0] == "-- "
    assert isinstance(second.params, tuple)
    assert (second.params[0].name, second.params[0].quoted) == ("d", True)
    (skipped,) = task(dag, "gone").skipped
    assert "sql/gone.sql" in skipped.reason


def test_a_file_is_found_by_search_path_and_by_its_only_name(tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "deep"
    folder.mkdir(parents=True)
    (folder / "only.sql").write_text("DELETE FROM o")
    (tmp_path / "queries" / "p.sql").write_text("DELETE FROM p")
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.mysql_operator import MySqlOperator
        with DAG('e', template_searchpath='/opt/airflow/queries') as e:
            MySqlOperator(task_id='p', sql='p.sql')
            MySqlOperator(task_id='o', sql='only.sql')
        """,
    )
    assert texts(task(dag, "p")) == ["DELETE FROM p"]
    assert texts(task(dag, "o")) == ["DELETE FROM o"]


def test_unknown_sql_engines_and_check_operators(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.common.sql.operators.sql import SQLCheckOperator
        from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
        from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator
        from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
        from airflow.operators.hive_operator import HiveOperator
        SQLCheckOperator(task_id='c', conn_id='x', sql='SELECT 1', dag=dag)
        SQLTableCheckOperator(task_id='tc', conn_id='x', table='t', checks={}, dag=dag)
        SnowflakeOperator(task_id='s', sql=['DELETE FROM a', 'DELETE FROM b'], dag=dag)
        BigQueryInsertJobOperator(task_id='b', dag=dag,
            configuration={'query': {'query': 'SELECT 2', 'useLegacySql': False}})
        HiveOperator(task_id='h', hql="INSERT OVERWRITE TABLE t PARTITION (dt='{{ ds }}') SELECT 1",
                     dag=dag)
        """,
    )
    assert texts(task(dag, "c")) == ["SELECT 1"]
    assert texts(task(dag, "tc")) == ["SELECT * FROM t"]
    assert [s.transaction for s in task(dag, "s").statements] == [0, 1]
    assert task(dag, "b").statements[0].connection.engine is Engine.BIGQUERY
    assert texts(task(dag, "h")) == [
        "INSERT OVERWRITE TABLE t PARTITION (dt='2024-01-15') SELECT 1"
    ]


@pytest.mark.parametrize(
    ("command", "sql"),
    [
        (
            """mysql -h db stats -e "DELETE FROM t WHERE d = '{{ ds }}'" """,
            "DELETE FROM t WHERE d = '2024-01-15'",
        ),
        ("psql -d x -c 'DELETE FROM t'", "DELETE FROM t"),
        ("sqlite3 app.db 'DELETE FROM t'", "DELETE FROM t"),
        ("mysql stats -e \"DELETE FROM t WHERE d = '$DAY'\"", "DELETE FROM t WHERE d = '<?>'"),
    ],
)
def test_clients_in_bash_tasks(tmp_path: Path, command: str, sql: str) -> None:
    dag = read_body(tmp_path, f"\nBashOperator(task_id='t', bash_command={command!r}, dag=dag)\n")
    assert texts(task(dag, "t")) == [sql]


def test_a_script_with_a_client_is_skipped_and_other_scripts_are_not(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        BashOperator(task_id='a', bash_command='mysql stats < load.sql', dag=dag)
        BashOperator(task_id='b', bash_command='echo hello', dag=dag)
        """,
    )
    (skipped,) = task(dag, "a").skipped
    assert skipped.what == "statement"
    assert task(dag, "b").skipped == ()


@pytest.mark.parametrize(
    "code",
    [
        "FileToRedshiftOperator(task_id='t', table='x', dag=dag)",
        "PostgresTableRenameOperator(task_id='t', new='a', old='b', dag=dag)",
        "MySqlOperator(task_id='t', dag=dag, **unknown())",
        "MySqlOperator.partial(task_id='t', dag=dag).expand_kwargs(unknown())",
        "PythonOperator(task_id='t', python_callable=unknown().f, dag=dag)",
    ],
)
def test_work_on_a_database_that_is_not_known_is_said(tmp_path: Path, code: str) -> None:
    dag = read_body(
        tmp_path,
        f"""
        from airflow.providers.x.y import FileToRedshiftOperator, PostgresTableRenameOperator
        from airflow.providers.mysql.operators.mysql import MySqlOperator
        from elsewhere import unknown
        {code}
        """,
    )
    assert [skipped.what for skipped in task(dag, "t").skipped] == ["statement"]


def test_mapped_sql_may_run_each_of_its_texts(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.mysql.operators.mysql import MySqlOperator
        MySqlOperator.partial(task_id='t', dag=dag).expand(sql=['DELETE FROM a', 'DELETE FROM b'])
        """,
    )
    assert texts(task(dag, "t")) == ["DELETE FROM a", "DELETE FROM b"]
    assert all(statement.repeated for statement in task(dag, "t").statements)
