"""Ranges of an index's later column: behind the last entry of one value the next value begins.

The outcomes were seen on MySQL 9.7 and MariaDB 10.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from lockplan.pairs import compare_sql
from tests.engines.test_row_counts import counts

COLUMNS = "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, shop INT NOT NULL, item INT NOT NULL, n INT"
BY_SHOP = f"CREATE TABLE t ({COLUMNS}, UNIQUE KEY u (shop, item)) ENGINE=InnoDB"
TWELVE_SHOPS = counts(48, id=(1, 48, 48), shop=(10, 120, 12), item=(1, 4, 4), n=(0, 0, 1))
"""Four items in each of the shops 10, 20, 30 … 120."""
TO_THE_END = "UPDATE t SET n = 1 WHERE shop = 20 AND item BETWEEN 3 AND 4"
FROM_THE_START = "UPDATE t SET n = 1 WHERE shop = 20 AND item < 2"


def insert(shop: int, item: int = 1) -> str:
    return f"INSERT INTO t (shop, item) VALUES ({shop}, {item})"


def waits(
    a: Sequence[str] | str,
    b: str,
    isolation: str = "REPEATABLE READ",
    schema: str = BY_SHOP,
    known: dict[str, Any] = TWELVE_SHOPS,
) -> bool:
    """Whether somebody may wait."""
    task = [a] if isinstance(a, str) else a
    told = {"schema": schema, "statistics": {"t": known}, "isolation": isolation}
    return compare_sql(task, [b], **told, version="9.7.4").certainty != "none"  # type: ignore[arg-type]


@pytest.mark.parametrize(("scan", "new"), [(TO_THE_END, 25), (FROM_THE_START, 15)])
def test_a_new_value_between_two_old_ones_is_stopped_at_the_end_of_a_line(scan, new) -> None:
    assert waits(scan, insert(new))
    assert not waits(scan, insert(new + 10))
    assert not waits(scan, insert(new - 10))


def test_a_scan_meets_the_new_row_of_a_new_value_behind_its_line() -> None:
    assert waits(TO_THE_END, insert(25), "READ COMMITTED")
    assert not waits(TO_THE_END, insert(35), "READ COMMITTED")
    assert not waits(FROM_THE_START, insert(15), "READ COMMITTED")


def test_a_line_whose_end_the_task_has_deleted_ends_in_the_next_line() -> None:
    gone = "DELETE FROM t WHERE shop = 20 AND item = 4"
    scan = "UPDATE t SET n = 1 WHERE shop = 20 AND item BETWEEN 2 AND 3"
    assert not waits(scan, insert(30, 0))
    assert waits([gone, "COMMIT", scan], insert(30, 0))


def test_a_line_that_the_task_has_deleted_is_no_neighbour() -> None:
    gone = "DELETE FROM t WHERE shop = 30"
    assert not waits(TO_THE_END, insert(35))
    assert waits([gone, "COMMIT", TO_THE_END], insert(35))


@pytest.mark.parametrize("ids", ["id > 20", "id BETWEEN 20 AND 24"])
def test_a_new_row_behind_a_line_of_two_columns_is_met(ids) -> None:
    schema = """CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, day DATE NOT NULL,
        made DATE NOT NULL, n INT, KEY k (day, made, id)) ENGINE=InnoDB"""
    one_day = ("2026-03-05", "2026-03-05", 1)
    known = counts(24, id=(1, 24, 24), day=one_day, made=one_day)
    scan = f"""UPDATE t FORCE INDEX (k) SET n = 1
        WHERE day = '2026-03-05' AND made = '2026-03-05' AND {ids}"""
    later = "INSERT INTO t (day, made) VALUES ('2026-03-05', '2026-03-06')"
    assert waits(scan, later, "READ COMMITTED", schema, known)


NO_KEY = "CREATE TABLE t (day DATE NOT NULL, n INT, KEY k_day (day)) ENGINE=InnoDB"
EIGHT_DAYS = counts(24, day=("2026-03-01", "2026-03-08", 8), n=(0, 0, 1))
WINDOW = "UPDATE t FORCE INDEX (k_day) SET n = 1 WHERE day BETWEEN '2026-03-04' AND '2026-03-05'"


@pytest.mark.parametrize(
    ("arrives", "in_a_gap", "right_behind"),
    [
        ("INSERT INTO t (day) VALUES ('2026-03-03')", True, False),
        ("INSERT INTO t (day) VALUES ('2026-03-06')", False, False),
        ("UPDATE t SET day = '2026-03-06' WHERE day = '2026-03-01'", True, True),
        ("UPDATE t SET day = '2026-03-03' WHERE day = '2026-03-08'", True, False),
    ],
)
def test_without_a_primary_key_new_rows_come_last_of_their_day_and_moved_ones_anywhere(
    arrives: str, in_a_gap: bool, right_behind: bool
) -> None:
    assert waits(WINDOW, arrives, "REPEATABLE READ", NO_KEY, EIGHT_DAYS) is in_a_gap
    assert waits(WINDOW, arrives, "READ COMMITTED", NO_KEY, EIGHT_DAYS) is right_behind


def test_the_number_that_a_server_hides_is_not_shown() -> None:
    day_before = "INSERT INTO t (day) VALUES ('2026-03-03')"
    told = {"schema": NO_KEY, "statistics": {"t": EIGHT_DAYS}, "version": "9.7.4"}
    (wait,) = compare_sql([WINDOW], [day_before], **told).waits  # type: ignore[arg-type]
    assert wait.interval == "new rows: day 2026-03-03"
