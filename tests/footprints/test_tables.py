from __future__ import annotations

import pytest

from lockplan.model.connection import Connection, Engine, Sameness, TableId, same_table
from tests.footprints.reading import accesses


def table(sql: str, connection: Connection) -> TableId:
    """Return the table of the last access."""
    return accesses(sql, connection=connection)[-1].table


A = Connection("a", Engine.MYSQL, "db1", "stats")
SAME, MAYBE, DIFFERENT = Sameness.SAME, Sameness.MAYBE, Sameness.DIFFERENT
PG = Connection("pg", Engine.POSTGRESQL, "pg1", "shop")
PG_TOO = Connection("pg_too", Engine.POSTGRESQL, "pg1", "shop")
LITE = Connection("lite", Engine.SQLITE, "/data/log.db")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("DELETE FROM t", A), ("DELETE FROM stats.t", A), SAME),
        (("DELETE FROM t", A), ("USE stats; DELETE FROM `T`", A), SAME),
        (("USE other; DELETE FROM t", A), ("DELETE FROM t", A), DIFFERENT),
        (("DELETE FROM t", A), ("DELETE FROM t", Connection("b", Engine.MYSQL)), MAYBE),
        (("DELETE FROM t", A), ("DELETE FROM u", Connection("b", Engine.MYSQL)), DIFFERENT),
        (("DELETE FROM t", PG), ("DELETE FROM t", PG_TOO), SAME),
        (("DELETE FROM t", PG), ("DELETE FROM sales.t", PG_TOO), MAYBE),
        (("DELETE FROM audit.t", PG), ("DELETE FROM sales.t", PG), DIFFERENT),
        (("DELETE FROM t", LITE), ("DELETE FROM main.t", LITE), SAME),
        (("DELETE FROM t", LITE), ("DELETE FROM side.t", LITE), DIFFERENT),
    ],
)
def test_two_names_mean_one_table_unless_it_is_sure_that_they_do_not(one, other, expected):
    assert same_table(table(*one), table(*other)) is expected
