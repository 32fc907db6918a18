from pathlib import Path
from textwrap import indent

import pytest

from lockplan.model.connection import Connection, Engine
from lockplan.model.workflow import Task
from tests.workflow.reading import read_body, task, texts


def work(tmp_path: Path, imports: str, body: str) -> Task:
    """Read one task whose callable has this body."""
    code = f"{imports}\ndef work(ds):\n{indent(body, '    ')}\n"
    dag = read_body(tmp_path, code + "PythonOperator(task_id='t', python_callable=work, dag=dag)\n")
    return task(dag, "t")


def reached(tmp_path: Path, imports: str, connect: str) -> Connection:
    """Return the connection on which a cursor of ``connect(…)`` runs."""
    body = f"cursor = {connect}.cursor()\ncursor.execute('SELECT 1 FROM t')"
    (statement,) = work(tmp_path, imports, body).statements
    return statement.connection


@pytest.mark.parametrize(
    ("imports", "connect", "engine", "server", "database", "autocommit"),
    [
        (
            "import snowflake.connector",
            "snowflake.connector.connect(account='acme', database='dwh', user='u', password='p')",
            Engine.SNOWFLAKE,
            "acme",
            "dwh",
            True,
        ),
        (
            "from impala.dbapi import connect",
            "connect(host='hive', port=10000, database='ods')",
            Engine.HIVE,
            "hive",
            "ods",
            True,
        ),
        (
            "from pyhive import hive",
            "hive.Connection(host='hive', database='ods')",
            Engine.HIVE,
            "hive",
            "ods",
            True,
        ),
        (
            "import pymssql",
            "pymssql.connect('erp', 'u', 'p', 'sales')",
            Engine.MSSQL,
            "erp",
            "sales",
            False,
        ),
        (
            "import pyodbc",
            "pyodbc.connect('DRIVER={ODBC Driver 17 for SQL Server};SERVER=erp,1433;"
            "DATABASE=sales;UID=u;PWD=p')",
            Engine.MSSQL,
            "erp",
            "sales",
            False,
        ),
        (
            "import pyodbc",
            "pyodbc.connect(driver='{MySQL ODBC 8.0 Driver}', server='shop', database='web')",
            Engine.MYSQL,
            "shop",
            "web",
            False,
        ),
        (
            "import cx_Oracle",
            "cx_Oracle.connect('u', 'p', 'erp:1521/ORCL')",
            Engine.ORACLE,
            "erp",
            "ORCL",
            False,
        ),
        (
            "import duckdb",
            "duckdb.connect('lake.duckdb')",
            Engine.DUCKDB,
            "lake.duckdb",
            None,
            True,
        ),
        (
            "import psycopg2",
            "psycopg2.connect(f'host=dwh dbname=mart password={ds}')",
            Engine.POSTGRESQL,
            "dwh",
            "mart",
            False,
        ),
    ],
)
def test_a_driver_says_which_server_it_reaches(
    tmp_path: Path,
    imports: str,
    connect: str,
    engine: Engine,
    server: str,
    database: str | None,
    autocommit: bool,
) -> None:
    found = reached(tmp_path, imports, connect)
    assert (found.engine, found.server, found.database) == (engine, server, database)
    assert found.autocommit is autocommit


def test_a_url_whose_password_is_not_known_still_names_its_server(tmp_path: Path) -> None:
    (statement,) = work(
        tmp_path,
        "import os\nfrom sqlalchemy import create_engine",
        "engine = create_engine(f'mysql+pymysql://etl:{os.getenv(\"PW\")}@shop:3307/web')\n"
        "engine.execute('DELETE FROM t')",
    ).statements
    found = statement.connection
    assert (found.engine, found.server, found.database) == (Engine.MYSQL, "shop:3307", "web")


def test_clickhouse_commits_each_statement_and_takes_rows_beside_it(tmp_path: Path) -> None:
    one = work(
        tmp_path,
        "from clickhouse_driver import Client",
        "client = Client('click', user='u', password='secret', database='bi')\n"
        "client.execute('TRUNCATE TABLE calls')\n"
        "client.execute('INSERT INTO calls (a, b) VALUES', [[1, 2]])\n"
        "client.insert_dataframe('INSERT INTO hours VALUES', frame)",
    )
    assert texts(one) == [
        "TRUNCATE TABLE calls",
        "INSERT INTO calls (a, b) VALUES",
        "INSERT INTO hours VALUES",
    ]
    assert len({statement.transaction for statement in one.statements}) == 3
    found = one.statements[0].connection
    assert (found.server, found.database) == ("click", "bi")
    assert not one.skipped


def test_bigquery_queries_and_load_jobs_name_their_tables(tmp_path: Path) -> None:
    one = work(
        tmp_path,
        "from google.cloud import bigquery",
        "client = bigquery.Client.from_service_account_json('key.json', project='acme')\n"
        "config = bigquery.QueryJobConfig()\n"
        "config.destination = client.dataset('mart').table('daily')\n"
        "client.query('SELECT * FROM raw.events', job_config=config)\n"
        "client.load_table_from_uri('gs://b/x.csv', 'acme-1.raw.events').result()",
    )
    assert texts(one) == [
        "SELECT * FROM raw.events",
        "INSERT INTO `mart.daily` VALUES (%s)",
        "INSERT INTO `acme-1.raw.events` VALUES (%s)",
    ]
    assert {statement.connection.engine for statement in one.statements} == {Engine.BIGQUERY}
    assert not one.skipped


def test_composed_sql_is_read_with_its_identifiers(tmp_path: Path) -> None:
    one = work(
        tmp_path,
        "import psycopg2\nfrom psycopg2 import sql, extras",
        "cursor = psycopg2.connect(host='dwh', dbname='mart').cursor()\n"
        "columns = sql.SQL(', ').join(map(sql.Identifier, ['a', 'b']))\n"
        "cursor.execute(sql.SQL('DELETE FROM {} WHERE d = {day}').format(\n"
        "    sql.Identifier('stage', 'daily'), day=sql.Literal('x')))\n"
        "insert = sql.SQL('INSERT INTO {t} ({c}) VALUES %s').format(\n"
        "    t=sql.Identifier('daily'), c=columns)\n"
        "extras.execute_values(cursor, insert, rows)\n"
        "cursor.execute(sql.SQL('SELECT 1 ') + sql.SQL('FROM u'))",
    )
    assert texts(one) == [
        """DELETE FROM "stage"."daily" WHERE d = 'x'""",
        """INSERT INTO "daily" ("a", "b") VALUES %s""",
        "SELECT 1 FROM u",
    ]
    assert one.statements[1].repeated
    assert not one.skipped


def test_types_of_columns_are_no_sql(tmp_path: Path) -> None:
    one = work(
        tmp_path,
        "from sqlalchemy.types import Integer\nfrom geoalchemy2 import Geometry",
        "return {'id': Integer(), 'shape': Geometry('POINT')}",
    )
    assert not one.skipped


def test_an_orm_session_reads_and_writes_the_tables_of_its_classes(tmp_path: Path) -> None:
    one = work(
        tmp_path,
        "from sqlalchemy import create_engine\n"
        "from sqlalchemy.orm import Session, declarative_base\n"
        "class Order(declarative_base()):\n"
        "    __tablename__ = 'orders'",
        "session = Session(create_engine('postgresql://dwh/mart'))\n"
        "session.query(Order).filter(Order.day == ds).delete()\n"
        "session.add(Order(day=ds))\n"
        "session.commit()\n"
        "session.add_all(rows)",
    )
    assert texts(one) == [
        "SELECT * FROM orders",
        "DELETE FROM orders",
        "INSERT INTO orders VALUES (%s)",
    ]
    assert len({statement.transaction for statement in one.statements}) == 1
    assert any("a table that the ORM maps" in skipped.reason for skipped in one.skipped)
