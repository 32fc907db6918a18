"""Shell scripts of Bash tasks: the SQL that they hand to databases' own clients."""

from pathlib import Path

import pytest

from lockplan.model.connection import Engine
from lockplan.model.workflow import Task

from .reading import read_body, task, texts

FILES = {
    "sql__load__sql": "INSERT INTO a\nSELECT * FROM s\n",
    "sql__all__sql": "\\set ON_ERROR_STOP on\n\\i sql/load.sql\n",
    "sql__param__sql": "DELETE FROM :\"table\" WHERE d = :'day'",
    "sql__itself__sql": "\\i sql/itself.sql",
    "run__sh": "#!/bin/bash\nset -e\npsql -d stats -f sql/load.sql\n",
}


def bash(tmp_path: Path, command: str, **arguments: object) -> Task:
    given = "".join(f", {name}={value!r}" for name, value in arguments.items())
    body = f"\nBashOperator(task_id='t', bash_command={command!r}, dag=dag{given})\n"
    return task(read_body(tmp_path, body, **FILES), "t")


@pytest.mark.parametrize(
    "command",
    [
        "psql -tAc 'INSERT INTO a SELECT * FROM s'",
        "psql -d stats -f sql/load.sql",
        "psql stats < /opt/airflow/dags/sql/load.sql",
        "cat sql/load.sql | psql -h db -U etl stats",
        "psql -f sql/all.sql",
        'psql -c "$(cat sql/load.sql)"',
        "echo 'INSERT INTO a SELECT * FROM s;' | mysql -uroot -psecret stats",
        "mysql -h db stats <<< 'INSERT INTO a SELECT * FROM s'",
        "psql <<EOF\nINSERT INTO a SELECT * FROM s\nEOF\necho done",
        "cat <<-'SQL' | psql\n\tINSERT INTO a SELECT * FROM s\n\tSQL\n",
        "cd /tmp && PGPASSWORD=x psql -c 'INSERT INTO a SELECT * FROM s' 2>&1 | tee log; ls",
        'TABLE=a; psql -c "INSERT INTO ${TABLE} SELECT * FROM s"',
        "sudo -u hive hive -e 'INSERT INTO a SELECT * FROM s'",
        "hive --hivevar t=a -e 'INSERT INTO ${hivevar:t} SELECT * FROM s'",
        'beeline -u jdbc:hive2://h:10000/stats -n me -e "INSERT INTO a SELECT * FROM s"',
        "bq query --use_legacy_sql=false --location EU 'INSERT INTO a SELECT * FROM s'",
        "snowsql -c prod -q 'INSERT INTO a SELECT * FROM s'",
        'sqlcmd -S db -d stats -Q "INSERT INTO a SELECT * FROM s"',
        "sqlplus -s me/secret@db:1521/stats @sql/load.sql",
        "sqlplus -s me/secret@db/stats <<EOF\nset heading off\nINSERT INTO a SELECT * FROM s\nEOF",
        "clickhouse-client --query 'INSERT INTO a SELECT * FROM s'",
        "clickhouse client -q 'INSERT INTO a SELECT * FROM s'",
        "sqlite3 app.db < sql/load.sql",
        "sqlite3 app.db '.read sql/load.sql'",
        "docker exec -i db psql -U me -c 'INSERT INTO a SELECT * FROM s'",
        "ssh etl@host \"mysql stats -e 'INSERT INTO a SELECT * FROM s'\"",
        "bash -c \"psql -c 'INSERT INTO a SELECT * FROM s'\"",
        "bash /opt/airflow/dags/run.sh ",
        "run.sh",
        "# psql -c 'DELETE FROM a'\npsql \\\n  -c 'INSERT INTO a SELECT * FROM s'",
    ],
)
def test_sql_that_a_script_hands_to_a_client_is_read(tmp_path: Path, command: str) -> None:
    one = bash(tmp_path, command)
    assert [text.rstrip("; ") for text in texts(one)] == ["INSERT INTO a SELECT * FROM s"]
    assert one.skipped == ()


@pytest.mark.parametrize(
    ("command", "server", "database"),
    [
        ("mysql -h db -P 3307 -u root stats -e 'DELETE FROM t'", "db:3307", "stats"),
        ("mysql -uroot -ppexec -hdb -D stats -e 'DELETE FROM t'", "db", "stats"),
        ("psql postgresql://me:secret@db/stats -c 'DELETE FROM t'", "db", "stats"),
        ("psql 'host=db dbname=stats' -c 'DELETE FROM t'", "db", "stats"),
        ("PGHOST=db PGDATABASE=stats psql -c 'DELETE FROM t'", "db", "stats"),
        ("beeline -u 'jdbc:hive2://db:10000/stats;ssl=true' -e 'DELETE FROM t'", "db", "stats"),
        ("psql \"$DATABASE_URL\" -c 'DELETE FROM t'", None, None),
        ("mysql --defaults-extra-file=my.cnf stats -e 'DELETE FROM t'", None, "stats"),
        ("sqlplus me/secret@db:1522/stats <<< 'DELETE FROM t'", "db:1522", "stats"),
        ("sqlplus me/secret <<< 'DELETE FROM t'", None, None),
    ],
)
def test_the_server_is_what_the_command_line_says(tmp_path, command, server, database):
    (statement,) = bash(tmp_path, command).statements
    assert (statement.connection.server, statement.connection.database) == (server, database)
    assert "secret" not in str(statement.connection)


def test_variables_of_a_client_and_of_the_task_are_filled_in(tmp_path):
    one = bash(
        tmp_path,
        "psql -v table=sales --set=day=$DAY -f sql/param.sql",
        env={"DAY": "{{ ds }}"},
    )
    assert texts(one) == ["DELETE FROM \"sales\" WHERE d = '2024-01-15'"]


def test_the_date_command_gives_a_date_of_the_run_time(tmp_path):
    one = bash(tmp_path, "psql -c \"DELETE FROM t WHERE d = '$(date -d yesterday +%F)'\"")
    assert texts(one) == ["DELETE FROM t WHERE d = '2024-01-15'"]


def test_sql_from_a_file_is_shown_where_it_is_written(tmp_path):
    (statement,) = bash(tmp_path, "psql -f sql/load.sql").statements
    assert statement.built_at.path == "sql/load.sql"


def test_what_may_not_run_or_runs_often_is_said(tmp_path):
    one = bash(
        tmp_path,
        """psql -c 'DELETE FROM a'
if [ -f x ]; then psql -c 'DELETE FROM b'; fi
for day in 1 2; do psql -c "DELETE FROM c WHERE d = $day"; done
psql -c 'DELETE FROM d' || psql -c 'DELETE FROM e'""",
    )
    found = [(s.conditional, s.repeated) for s in one.statements]
    assert found == [(False, False), (True, False), (True, True), (False, False), (True, False)]
    assert texts(one)[2] == "DELETE FROM c WHERE d = <?>"


def test_the_output_of_a_client_may_be_taken_into_a_variable(tmp_path):
    one = bash(tmp_path, "N=$(psql -tAc 'SELECT count(*) FROM a')\npsql -c \"DELETE FROM b -- $N\"")
    assert texts(one) == ["SELECT count(*) FROM a", "DELETE FROM b -- <?>"]


def test_single_transaction_of_psql_commits_once(tmp_path):
    (statement,) = bash(tmp_path, "psql -1 -f sql/load.sql").statements
    assert statement.connection.autocommit is False
    assert statement.connection.engine is Engine.POSTGRESQL


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("pg_dump a | psql b", "psql"),
        ("psql -f /tmp/made.sql", "/tmp/made.sql"),
        ("psql < $FILE", "psql"),
        ("mysql stats", "mysql"),
        ("bash load_all.sh", "load_all.sh"),
        ("psql -c 'DELETE", "quotes"),
        ("psql -f sql/itself.sql", "too deep"),
        ("{{ var.value.command }}", "not known"),
    ],
)
def test_sql_that_is_not_in_the_folder_is_said(tmp_path, command, word):
    one = bash(tmp_path, command)
    assert one.statements == ()
    assert any(word in skipped.reason for skipped in one.skipped)


@pytest.mark.parametrize("command", ["psql --version", "bq ls", "which psql", "echo 'psql -c x'"])
def test_a_client_that_is_asked_for_no_sql_says_nothing(tmp_path, command):
    one = bash(tmp_path, command)
    assert one.statements == ()
    assert one.skipped == ()


@pytest.mark.parametrize(
    ("command", "sql"),
    [
        (
            "bq query --append_table --destination_table=p:d.a 'SELECT 1'",
            "INSERT INTO `p.d.a` SELECT 1",
        ),
        ("bq rm -f -t p:d.a", "DROP TABLE `p.d.a`"),
        (
            "bq load --replace d.a gs://b/x.csv",
            "TRUNCATE TABLE `d.a`; INSERT INTO `d.a` VALUES (%s)",
        ),
        ("bq cp -f d.a d.b", "CREATE OR REPLACE TABLE `d.b` AS SELECT * FROM `d.a`"),
        ("psql -c '\\copy a FROM x.csv'", "copy a FROM x.csv;"),
    ],
)
def test_commands_that_stand_for_statements_count_as_those(tmp_path, command, sql):
    assert texts(bash(tmp_path, command)) == [sql]
