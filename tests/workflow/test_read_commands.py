"""SQL that a callable hands to a database's own client through the shell."""

from pathlib import Path

import pytest

from .reading import DATES, read_body, task


def work(tmp_path: Path, line: str):
    body = f"""
import os, subprocess
def work(ds):
    {line}
PythonOperator(task_id='t', python_callable=work, dag=dag)
"""
    return task(read_body(tmp_path, body), "t")


@pytest.mark.parametrize(
    "line",
    [
        "os.system('mysql -h db stats -e \"DELETE FROM t WHERE day = 1\"')",
        "subprocess.run(['mysql', '-h', 'db', 'stats', '-e', 'DELETE FROM t WHERE day = 1'])",
        "subprocess.check_call('mysql -h db stats -e \"DELETE FROM t WHERE day = 1\"', shell=True)",
    ],
)
def test_the_sql_of_a_client_is_read(tmp_path, line):
    (statement,) = work(tmp_path, line).statements
    assert statement.render(DATES) == "DELETE FROM t WHERE day = 1"
    assert (statement.connection.server, statement.connection.database) == ("db", "stats")


def test_a_date_in_a_list_of_words_stays_symbolic(tmp_path):
    line = "subprocess.run(['mysql', 'stats', '-e', f'DELETE FROM t WHERE day = {ds}'])"
    (statement,) = work(tmp_path, line).statements
    assert statement.render(DATES) == "DELETE FROM t WHERE day = 2024-01-15"


@pytest.mark.parametrize(
    "line",
    ["os.system('mysql stats < load.sql')", "subprocess.Popen(['psql', '-f', 'load.sql'])"],
)
def test_what_a_client_gets_from_elsewhere_is_said(tmp_path, line):
    one = work(tmp_path, line)
    assert not one.statements
    assert any("mysql" in each.reason or "psql" in each.reason for each in one.skipped)


def test_a_command_without_a_client_says_nothing(tmp_path):
    one = work(tmp_path, "subprocess.run(['ls', '-l'])")
    assert not one.statements
    assert not one.skipped
