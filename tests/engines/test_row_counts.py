"""What row counts tell of two tasks: what lies next to a range, which keys exist, what is empty.

The outcomes were seen on MySQL 9.7 and MariaDB 10.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lockplan.engines import compare
from lockplan.model.connection import Isolation
from lockplan.model.statement import Statement
from lockplan.model.verdict import Verdict
from lockplan.pairs import compare_sql
from lockplan.sql import read_ddl, with_statistics
from tests.engines.predicted import is_free
from tests.footprints.reading import MYSQL, RUN, read, statement

COLUMNS = "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, day DATE NOT NULL, game INT NOT NULL, n INT"
BY_DAY = f"CREATE TABLE t ({COLUMNS}, KEY k_day (day)) ENGINE=InnoDB"
BY_DAY_AND_GAME = f"CREATE TABLE t ({COLUMNS}, KEY k_day_game (day, game)) ENGINE=InnoDB"
UNIQUE = f"CREATE TABLE t ({COLUMNS}, UNIQUE KEY u (day, game)) ENGINE=InnoDB"
GRID = """CREATE TABLE t (day DATE NOT NULL, game INT NOT NULL, n INT, note INT,
    PRIMARY KEY (day, game), KEY k_n (n)) ENGINE=InnoDB"""
NUMBERED = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT) ENGINE=InnoDB"
PRICED = "CREATE TABLE t (price DECIMAL(8,2) NOT NULL PRIMARY KEY, n INT) ENGINE=InnoDB"
SOURCE = "CREATE TABLE src (day DATE NOT NULL, game INT NOT NULL) ENGINE=InnoDB"


def day(number: int) -> str:
    return f"2026-03-{number:02d}"


def counts(rows: int, /, **columns: tuple[Any, Any, int]) -> dict[str, Any]:
    """Return what is told of a table: its rows, and by column the ends and distinct values."""
    names = ("min", "max", "distinct")
    found = {name: dict(zip(names, known, strict=True)) for name, known in columns.items()}
    return {"rows": rows, "columns": found}


MONTH = counts(620, id=(1, 620, 620), day=(day(1), day(31), 31), game=(1, 20, 20), n=(1, 620, 620))
"""Twenty games on each of 31 days."""
WITH_A_HOLE = counts(600, id=(1, 600, 600), day=(day(1), day(31), 30), game=(1, 20, 20))
"""One day is missing, it is not known which."""


def verdict(
    schema: str,
    a: Sequence[str] | str,
    b: Sequence[str] | str,
    t: dict[str, Any] | None = MONTH,
    **more: Any,
) -> Verdict:
    told = {"t": t} if t else {}
    texts = ([task] if isinstance(task, str) else task for task in (a, b))
    return compare_sql(*texts, schema=schema, statistics=told | more.pop("also", {}), **more)


def said(*arguments: Any, **more: Any) -> str:
    return verdict(*arguments, **more).certainty.value


def update(days: str) -> str:
    return f"UPDATE t SET n = 1 WHERE day {days}"


def insert(*values: tuple[int, int]) -> str:
    rows = ", ".join(f"('{day(number)}', {game})" for number, game in values)
    return f"INSERT INTO t (day, game) VALUES {rows}"


# What lies next to a range


def test_windows_side_by_side_wait_and_with_a_day_between_they_do_not() -> None:
    first = update(f"BETWEEN '{day(3)}' AND '{day(4)}'")
    assert said(BY_DAY, first, update(f"BETWEEN '{day(5)}' AND '{day(6)}'")) == "certain"
    assert said(BY_DAY, first, update(f"BETWEEN '{day(6)}' AND '{day(7)}'")) == "none"


def test_a_day_that_may_be_missing_may_bring_windows_together() -> None:
    first = update(f"BETWEEN '{day(3)}' AND '{day(4)}'")
    later = update(f"BETWEEN '{day(6)}' AND '{day(7)}'")
    latest = update(f"BETWEEN '{day(8)}' AND '{day(9)}'")
    assert said(BY_DAY, first, later, WITH_A_HOLE) == "possible"
    assert said(BY_DAY, first, latest, WITH_A_HOLE) == "none"


def test_behind_the_last_day_the_gap_has_no_end() -> None:
    last = update(f"= '{day(31)}'")
    assert said(BY_DAY, last, "INSERT INTO t (day, game) VALUES ('2031-01-01', 1)") == "certain"
    earlier = update(f"= '{day(29)}'")
    assert said(BY_DAY, earlier, "INSERT INTO t (day, game) VALUES ('2031-01-01', 1)") == "none"


def test_one_value_locks_the_gap_up_to_the_next_and_not_the_next() -> None:
    one = update(f"= '{day(5)}'")
    assert said(BY_DAY, one, update(f"= '{day(6)}'")) == "none"
    assert said(BY_DAY, one, insert((6, 21))) == "none"
    assert said(BY_DAY, one, insert((4, 21))) == "certain"


@pytest.mark.parametrize("told", [MONTH, None])
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "READ COMMITTED"])
def test_one_day_from_end_to_end_is_a_range_and_meets_the_next_day(
    isolation: str, told: dict[str, Any] | None
) -> None:
    later = update(f"= '{day(11)}'")
    ranges = (
        f">= '{day(10)}' AND day < '{day(11)}'",
        f"> '{day(9)}' AND day < '{day(11)}'",
        f"> '{day(9)}' AND day <= '{day(10)}'",
    )
    for one_day in ranges:
        assert said(BY_DAY, update(one_day), later, told, isolation=isolation) != "none"
    value = update(f"BETWEEN '{day(10)}' AND '{day(10)}'")
    assert said(BY_DAY, value, later, isolation=isolation) == "none"


def test_two_loads_of_days_in_one_hole_stop_each_other() -> None:
    week = counts(80, id=(1, 80, 80), day=(day(1), day(4), 4), game=(1, 20, 20))
    reloads = [
        [f"DELETE FROM t WHERE day = '{day(number)}'", insert((number, 1))] for number in (10, 20)
    ]
    found = verdict(BY_DAY, *reloads, week)
    assert (found.certainty.value, found.deadlock) == ("certain", True)


def test_a_value_that_differs_between_days_sorts_rows_of_the_same_day() -> None:
    later = "SELECT * FROM t WHERE day = '2026-03-05' AND game >= 15 FOR UPDATE"
    assert said(GRID, later, insert((5, 21))) == "certain"
    assert said(GRID, later, insert((7, 21))) == "none"


def test_as_many_rows_as_combinations_are_all_of_them_only_under_a_unique_key() -> None:
    four = counts(4, id=(1, 4, 4), day=(day(1), day(2), 2), game=(1, 2, 2))
    delete = f"DELETE FROM t WHERE day = '{day(1)}' AND game = 1"
    assert said(BY_DAY_AND_GAME, delete, insert((1, 2)), four) != "none"


@pytest.mark.parametrize("days", [f"BETWEEN '{day(10)}' AND '{day(11)}'", f"= '{day(10)}'"])
def test_an_index_that_is_read_from_its_end_is_locked_before_the_range(days: str) -> None:
    before = update(f"= '{day(9)}'")
    for newest_first in (
        f"SELECT * FROM t WHERE day {days} ORDER BY day DESC, id DESC FOR UPDATE",
        f"{update(days)} ORDER BY day DESC, id DESC",
    ):
        assert said(BY_DAY, newest_first, before) != "none"
        assert said(BY_DAY, newest_first.replace(" DESC", ""), before) == "none"


@pytest.mark.parametrize(
    "schema",
    [
        BY_DAY.replace("KEY k_day (day)", "KEY k_day (day DESC)"),
        f"{BY_DAY.replace('KEY k_day (day)', 'KEY k_n (n)')}; CREATE INDEX k ON t (day DESC)",
        GRID.replace("(day, game)", "(day DESC, game)"),
    ],
    ids=["secondary", "created", "primary"],
)
def test_behind_a_range_of_an_index_that_descends_comes_an_earlier_day(schema: str) -> None:
    window = update(f"BETWEEN '{day(10)}' AND '{day(11)}'")
    assert said(schema, window, "INSERT INTO t (day, game) VALUES ('2026-03-12', 30)") != "none"
    assert said(schema, window, "INSERT INTO t (day, game) VALUES ('2026-03-09', 0)") != "none"


# Which keys are there


def test_a_key_that_is_there_locks_no_gap() -> None:
    lock = "SELECT * FROM t WHERE id = 7 FOR UPDATE"
    ids = counts(20, id=(1, 20, 20))
    assert said(NUMBERED, lock, "INSERT INTO t (id) VALUES (21)", ids) == "none"
    lock = "SELECT * FROM t WHERE id = 30 FOR UPDATE"
    assert said(NUMBERED, lock, "INSERT INTO t (id) VALUES (21)", ids) != "none"


def test_numbers_with_holes_are_not_taken_for_evenly_spaced() -> None:
    odd = counts(10, id=(1, 19, 10))
    lock = "SELECT * FROM t WHERE id BETWEEN 11 AND 12 FOR UPDATE"
    assert said(NUMBERED, lock, "INSERT INTO t (id) VALUES (17)", odd) != "none"


def test_numbers_in_round_steps_are_taken_for_evenly_spaced() -> None:
    tens = counts(20, id=(10, 200, 20))
    lock = "SELECT * FROM t WHERE id BETWEEN 41 AND 49 FOR UPDATE"
    assert said(NUMBERED, lock, "INSERT INTO t (id) VALUES (77)", tens) == "none"
    assert said(NUMBERED, lock, "INSERT INTO t (id) VALUES (45)", tens) == "certain"


def test_numbers_with_a_fraction_fill_no_holes_by_their_count() -> None:
    five = counts(5, price=(1, 5, 5))
    lock = "SELECT * FROM t WHERE price = 3 FOR UPDATE"
    assert said(PRICED, lock, "INSERT INTO t (price) VALUES (4)", five) != "none"


def test_an_upsert_that_surely_hits_locks_the_gap_behind_the_last_id() -> None:
    upsert = f"{insert((5, 3))} ON DUPLICATE KEY UPDATE n = n + 1"
    assert said(UNIQUE, upsert, insert((31, 21))) == "certain"
    assert said(UNIQUE, upsert, insert((31, 21)), isolation="READ COMMITTED") == "none"
    assert said(UNIQUE, f"{insert((31, 22))} ON DUPLICATE KEY UPDATE n = 1", insert((31, 21))) == (
        "none"
    )


@pytest.mark.parametrize("verb", ["INSERT IGNORE", "REPLACE"])
def test_a_statement_that_brings_a_new_key_twice_meets_its_own_row(verb: str) -> None:
    values = ", ".join(f"('{day(31)}', 25, {n})" for n in (1, 2))
    twice = f"{verb} INTO t (day, game, n) VALUES {values}"
    assert said(UNIQUE, twice, insert((31, 24))) != "none"
    once = insert((31, 25)).replace("INSERT", verb)
    assert said(UNIQUE, once, insert((31, 24))) == "none"


def test_on_the_primary_key_its_own_row_locks_no_gap() -> None:
    values = ", ".join(f"('{day(31)}', 25, {n})" for n in (1, 2))
    twice = f"INSERT INTO t (day, game, n) VALUES {values} ON DUPLICATE KEY UPDATE note = 1"
    assert said(GRID, twice, insert((31, 24))) == "none"


def test_rows_that_a_query_selects_may_have_one_key() -> None:
    load = "INSERT IGNORE INTO t (day, game) SELECT day, game FROM src WHERE day = '2026-04-09'"
    new = "INSERT INTO t (day, game) VALUES ('2026-04-12', 4)"
    assert said(f"{UNIQUE}; {SOURCE}", load, new) != "none"


# What a task has done itself


def test_a_row_that_a_task_has_deleted_comes_anew_into_every_index() -> None:
    ending = counts(620, day=(day(1), day(31), 31), game=(1, 20, 20), n=(1, 620, 620))
    reload = [
        f"DELETE FROM t WHERE day = '{day(5)}'",
        f"INSERT INTO t (day, game, n) VALUES ('{day(5)}', 1, 999)",
    ]
    assert said(GRID, reload, "SELECT * FROM t WHERE n > 900 FOR UPDATE", ending) != "none"


def test_a_row_that_a_task_has_moved_is_met_again() -> None:
    move = f"UPDATE t SET day = '2026-04-20' WHERE day = '{day(8)}' AND game = 3"
    again = "INSERT IGNORE INTO t (day, game) VALUES ('2026-04-20', 3)"
    new = "INSERT INTO t (day, game) VALUES ('2026-04-20', 2)"
    assert said(UNIQUE, [move, again], new) != "none"


@pytest.mark.parametrize("told", [counts(5, id=(1, 5, 5)), None])
def test_a_row_is_not_surely_there_where_a_query_may_have_found_none(
    told: dict[str, Any] | None,
) -> None:
    load = "INSERT INTO t (id) SELECT 40 FROM src LIMIT 1"
    lock = "SELECT * FROM t WHERE id = 40 FOR UPDATE"
    new = "INSERT INTO t (id) VALUES (41)"
    assert said(f"{NUMBERED}; {SOURCE}", [load, lock], new, told) != "none"
    assert said(NUMBERED, ["INSERT INTO t (id) VALUES (40)", lock], new, told) == "none"


def test_a_parent_that_was_just_made_locks_no_gap_unless_a_query_may_have_found_none() -> None:
    schema = f"""{NUMBERED}; {SOURCE}; CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY,
        t_id INT, FOREIGN KEY (t_id) REFERENCES t (id)) ENGINE=InnoDB"""
    child = "INSERT INTO child (t_id) VALUES (40)"
    new = "INSERT INTO t (id) VALUES (39)"
    three = counts(3, id=(1, 3, 3))
    made = "INSERT INTO t (id) VALUES (40)"
    assert said(schema, [made, child], new, three) == "none"
    perhaps = "INSERT INTO t (id) SELECT 40 FROM src LIMIT 1"
    assert said(schema, [perhaps, child], new, three) != "none"


def test_what_a_task_has_committed_widens_the_gap() -> None:
    window = update(f"BETWEEN '{day(3)}' AND '{day(4)}'")
    purge = f"DELETE FROM t WHERE day = '{day(5)}'"
    later = update(f"BETWEEN '{day(6)}' AND '{day(7)}'")
    assert said(BY_DAY, window, later) == "none"
    assert said(BY_DAY, [purge, window], later, autocommit_a=True) != "none"


WINDOW = update(f"BETWEEN '{day(3)}' AND '{day(4)}'")
PURGE = f"DELETE FROM t WHERE day = '{day(5)}'"
BEHIND_IT = update(f"BETWEEN '{day(6)}' AND '{day(7)}'")


def meet(*task: Statement) -> bool:
    """Whether a task of several connections, or with loops, may stop the days behind."""
    schema = with_statistics(read_ddl(BY_DAY)[0], {"t": MONTH})
    server = replace(MYSQL, version="9.7.4", isolation=Isolation.REPEATABLE_READ, autocommit=False)
    statements = [replace(one, connection=server) for one in task]
    other = read(BEHIND_IT, connection=server, schema=schema)
    return not is_free(compare(read(*statements, schema=schema), other, schema, RUN))


def test_what_another_connection_of_the_task_commits_widens_the_gap_too() -> None:
    first, second = statement(update(f"= '{day(2)}'")), statement(WINDOW)
    purge = statement(PURGE, transaction=1)
    assert not meet(first, second, purge)
    assert meet(first, purge, second)


@pytest.mark.parametrize("loop", [{"repeated": True}, {"conditional": True}], ids=str)
def test_what_a_loop_may_commit_widens_the_gap_of_its_later_passes(loop: dict[str, bool]) -> None:
    assert not meet(statement(WINDOW), statement(PURGE))
    assert meet(statement(WINDOW, **loop), statement(PURGE, **loop))


# Partitions


def parted(by: str) -> str:
    return f"""CREATE TABLE t (id INT NOT NULL, day DATE NOT NULL, n INT, KEY k_day (day))
        ENGINE=InnoDB PARTITION BY {by}"""


def test_in_a_partition_the_next_day_may_be_far_away() -> None:
    hole = counts(600, id=(1, 31, 31), day=(day(1), day(31), 30))
    new = f"INSERT INTO t (id, day) VALUES (1, '{day(9)}')"
    hashed = parted("HASH (TO_DAYS(day)) PARTITIONS 4")
    assert said(hashed, update(f"= '{day(5)}'"), new, hole) != "none"
    in_ranges = parted("""RANGE COLUMNS (day) (PARTITION a VALUES LESS THAN ('2026-03-20'),
        PARTITION b VALUES LESS THAN (MAXVALUE))""")
    assert said(in_ranges, update(f"= '{day(5)}'"), new, hole) == "none"


def test_statements_that_name_partitions_wait_for_each_other_perhaps() -> None:
    in_ranges = parted("""RANGE COLUMNS (day) (PARTITION a VALUES LESS THAN ('2026-03-20'),
        PARTITION b VALUES LESS THAN (MAXVALUE))""")
    pair = (f"UPDATE t PARTITION ({part}) SET n = 1" for part in "ab")
    assert said(in_ranges, *pair, None) == "possible"


def by_id(*ids: int) -> str:
    return f"UPDATE t SET n = 1 WHERE id IN ({', '.join(map(str, ids))})"


FEW_ROWS = counts(80, id=(1, 80, 80), day=(day(1), day(4), 4), game=(1, 20, 20), n=(0, 0, 1))
BY_ID = """CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, day DATE NOT NULL, game INT NOT NULL,
    n INT, PRIMARY KEY (day, id), KEY k_id (id)) ENGINE=InnoDB"""
FIRST_IDS, LATER_IDS = by_id(1, 2, 3, 5, 7, 8), by_id(61, 62, 63, 65, 67, 68)


def test_keys_that_are_looked_for_in_each_partition_cost_more_than_a_small_table() -> None:
    parts = f"{BY_ID} PARTITION BY HASH (TO_DAYS(day)) PARTITIONS 4"
    assert said(parts, FIRST_IDS, LATER_IDS, FEW_ROWS, engine="mariadb") != "none"
    assert said(BY_ID, FIRST_IDS, LATER_IDS, FEW_ROWS, engine="mariadb") == "none"


def test_two_single_keys_may_be_looked_for_by_an_index_on_a_part_of_them() -> None:
    days, between = f"day IN ('{day(1)}', '{day(3)}')", f"day = '{day(2)}'"
    changed, other = (f"UPDATE t SET n = 1 WHERE {one} AND id = 4" for one in (days, between))
    assert said(BY_ID, changed, other, FEW_ROWS, engine="mariadb") != "none"


# Tables that a task fills itself

STAGE = "CREATE TABLE stage (id INT NOT NULL, day DATE NOT NULL, game INT NOT NULL) ENGINE=InnoDB"
FILL = f"INSERT INTO stage VALUES (1, '{day(6)}', 21)"
LOAD = "INSERT INTO t (day, game) SELECT day, game FROM stage"
ELSEWHERE = f"DELETE FROM t WHERE day = '{day(20)}'"


def test_what_is_loaded_through_an_emptied_table_is_what_was_put_there() -> None:
    schema = f"{BY_DAY}; {STAGE}"
    assert said(schema, ["DELETE FROM stage", FILL, LOAD], ELSEWHERE) == "none"
    assert said(schema, ["TRUNCATE TABLE stage", FILL, LOAD], ELSEWHERE) == "none"
    assert said(schema, ["DELETE FROM stage", FILL, LOAD], update(f"= '{day(6)}'")) == "certain"


@pytest.mark.parametrize(
    "before",
    [
        [],
        ["DELETE FROM stage LIMIT 100"],
        [f"DELETE FROM stage WHERE day = '{day(6)}'"],
        ["DELETE FROM stage PARTITION (p1)"],
        ["ALTER TABLE stage TRUNCATE PARTITION p1"],
        ["DELETE FROM stage", "ROLLBACK"],
        ["SAVEPOINT s", "DELETE FROM stage", "ROLLBACK TO SAVEPOINT s"],
        ["DELETE stage FROM stage JOIN src ON src.day = stage.day"],
    ],
    ids=["nothing", "limit", "some", "partition", "truncated", "rollback", "savepoint", "join"],
)
def test_a_table_that_is_not_surely_empty_may_bring_any_row(before: list[str]) -> None:
    schema = f"{BY_DAY}; {STAGE}; {SOURCE}"
    assert said(schema, [*before, FILL, LOAD], ELSEWHERE) != "none"


# Estimates and hints


def test_estimates_choose_an_index_and_tell_of_no_row() -> None:
    estimated = MONTH | {"estimated": True}
    days = [update(f"= '{day(number)}'") for number in (5, 20)]
    assert said(BY_DAY, *days, None) == "possible"
    assert said(BY_DAY, *days, estimated) == "none"
    assert said(BY_DAY, update(f"= '{day(5)}'"), insert((20, 1)), MONTH) == "none"
    assert said(BY_DAY, update(f"= '{day(5)}'"), insert((20, 1)), estimated) == "possible"


def test_a_hint_decides_where_counts_are_missing() -> None:
    first = update(f"= '{day(5)}'").replace("t SET", "t FORCE INDEX (k_day) SET")
    second = update(f"= '{day(20)}'").replace("t SET", "t FORCE INDEX (k_day) SET")
    assert said(BY_DAY, first, second, None) == "none"
    ignored = first.replace("FORCE", "IGNORE")
    assert said(BY_DAY, ignored, second, None) == "certain"


def test_most_of_a_table_is_read_as_a_whole() -> None:
    most = update(f"BETWEEN '{day(1)}' AND '{day(20)}'")
    assert said(BY_DAY, most, update(f"= '{day(28)}'")) == "certain"


def test_a_join_that_has_locked_some_rows_may_still_come_to_those_of_a_task_that_waits() -> None:
    totals = "CREATE TABLE totals (day DATE NOT NULL PRIMARY KEY, n INT) ENGINE=InnoDB"
    some = f"""UPDATE t JOIN totals ON t.day = totals.day SET t.n = 7
        WHERE totals.day IN ('{day(6)}', '{day(8)}')"""
    waiting = update(f"IN ('{day(3)}', '{day(5)}', '{day(8)}')")
    rest = f"DELETE FROM t WHERE day > '{day(1)}'"
    assert verdict(f"{GRID}; {totals}", waiting, [some, rest], None, engine="mariadb").deadlock
