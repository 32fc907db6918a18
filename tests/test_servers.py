"""The real servers that other tests stand on, and that no test on them is skipped in silence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import Server


def execute(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def accounts_table(innodb_server: Server, request: pytest.FixtureRequest) -> Any:
    with innodb_server.scratch_database("accounts") as database:
        with innodb_server.connect(database=database) as connection:
            execute(
                connection,
                "CREATE TABLE accounts (id INT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB",
                "INSERT INTO accounts VALUES (1, 10), (2, 20)",
            )
            connection.commit()
        yield database


def test_each_server_answers_with_its_version(innodb_server: Server) -> None:
    with innodb_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        assert cursor.fetchone() == (innodb_server.version,)
    assert ("MariaDB" in innodb_server.version) == (innodb_server.kind == "mariadb")


def test_postgresql_answers_with_its_version(postgresql_server: Server) -> None:
    with postgresql_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (number,) = cursor.fetchone()
    assert number.startswith(postgresql_server.version.partition(".")[0])


def test_a_second_writer_of_the_same_row_times_out_with_1205(
    innodb_server: Server, accounts_table: str
) -> None:
    import pymysql

    with (
        innodb_server.connect(database=accounts_table) as first,
        innodb_server.connect(database=accounts_table) as second,
    ):
        execute(first, "UPDATE accounts SET amount = amount + 1 WHERE id = 1")
        execute(second, "SET innodb_lock_wait_timeout = 1")
        with pytest.raises(pymysql.err.OperationalError) as refused:
            execute(second, "UPDATE accounts SET amount = amount + 1 WHERE id = 1")
        assert refused.value.args == (
            1205,
            "Lock wait timeout exceeded; try restarting transaction",
        )


def test_a_second_writer_of_another_row_does_not_wait(
    innodb_server: Server, accounts_table: str
) -> None:
    with (
        innodb_server.connect(database=accounts_table) as first,
        innodb_server.connect(database=accounts_table) as second,
    ):
        execute(first, "UPDATE accounts SET amount = amount + 1 WHERE id = 1")
        execute(second, "SET innodb_lock_wait_timeout = 1")
        execute(second, "UPDATE accounts SET amount = amount + 1 WHERE id = 2")


def test_a_scratch_database_goes_even_when_a_test_left_a_lock_in_it(
    innodb_server: Server,
) -> None:
    with innodb_server.scratch_database("left_open") as database:
        forgotten = innodb_server.connect(database=database)
        execute(
            forgotten,
            "CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB",
            "INSERT INTO t VALUES (1)",
        )
    with innodb_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES LIKE %s", (database,))
        assert cursor.fetchone() is None


ANSWERS = f"{__file__}::test_each_server_answers_with_its_version"


def run_without_mariadb(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LOCKPLAN_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        env=inherited | {"LOCKPLAN_MARIADBD": "/nonexistent"} | environment,
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_skipped_server_is_named_with_its_reason_at_the_end() -> None:
    run = run_without_mariadb("-m", "needs_mariadb", ANSWERS)
    assert run.returncode == 0, run.stdout
    assert (
        "REAL SERVERS: MariaDB: SKIPPED 1 test "
        "(LOCKPLAN_MARIADBD=/nonexistent is not a MariaDB server that runs)"
    ) in run.stdout


def test_a_run_that_requires_a_server_fails_when_its_tests_were_skipped() -> None:
    run = run_without_mariadb("-m", "needs_mariadb", ANSWERS, LOCKPLAN_REQUIRE_SERVERS="mariadb")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert "FAILED, because LOCKPLAN_REQUIRE_SERVERS wants a test that ran" in run.stdout


def test_a_run_that_requires_a_server_nobody_knows_does_not_begin() -> None:
    run = run_without_mariadb(ANSWERS, LOCKPLAN_REQUIRE_SERVERS="marjadb")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR, run.stdout
    assert "not marjadb" in run.stderr
