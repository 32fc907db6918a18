from __future__ import annotations

import pytest

from lockplan.model.access import StatementKind
from lockplan.model.connection import Engine
from lockplan.model.region import Symbol
from lockplan.model.schema import Schema
from lockplan.model.statement import Unknown
from tests.footprints.reading import (
    accesses,
    assert_locks,
    ds,
    on,
    read,
    rows,
    schema_of,
    statement,
    symbolic,
)

DDL = """
CREATE TABLE fact (day DATE NOT NULL, id INT NOT NULL, game INT, state VARCHAR(10),
                   ts DATETIME, PRIMARY KEY (day, id), KEY k_game (game));
CREATE TABLE src (day DATE NOT NULL, id INT NOT NULL, amount INT, ts DATETIME, PRIMARY KEY (id));
CREATE TABLE dim (id INT PRIMARY KEY, name VARCHAR(10));
CREATE VIEW recent AS SELECT * FROM fact;
CREATE TRIGGER log_dim AFTER INSERT ON dim FOR EACH ROW INSERT INTO log VALUES (1);
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return schema_of(tmp_path_factory.mktemp("schema"), DDL)


CASES = [
    ("DELETE FROM fact", "deletes stats.fact"),
    ("DELETE FROM fact WHERE day = '2024-05-01'", "deletes stats.fact where day in [2024-05-01]"),
    (
        "DELETE f FROM fact f JOIN dim d ON d.id = f.game WHERE d.id = 7",
        "deletes stats.fact where game in [7]",
        "reads stats.dim where id in [7]",
    ),
    (
        "DELETE FROM f USING fact AS f JOIN dim AS d ON d.id = f.game WHERE f.day > '2024-05-01'",
        "deletes stats.fact where day in [2024-05-02, ]",
        "reads stats.dim ~",
    ),
    (
        "DELETE QUICK FROM fact WHERE game = 3 LIMIT 10",
        "deletes stats.fact where game in [3] ~",
    ),
    (
        "UPDATE fact f JOIN dim d ON d.id = f.game SET f.state = d.name WHERE f.day = '2024-05-01'",
        "updates stats.fact where day in [2024-05-01]",
        "reads stats.dim ~",
    ),
    (
        "UPDATE LOW_PRIORITY IGNORE fact SET state = 'x' WHERE game IN (1, 2)",
        "updates stats.fact where game in [1] [2]",
    ),
    (
        "UPDATE fact, src SET fact.state = 'x', src.amount = 0 WHERE fact.id = src.id",
        "updates stats.fact ~",
        "updates stats.src ~",
    ),
    (
        "UPDATE fact SET state = 'x' WHERE id IN (SELECT id FROM src WHERE day = '2024-05-01')",
        "reads stats.src where day in [2024-05-01]",
        "updates stats.fact ~",
    ),
    (
        "WITH s AS (SELECT id FROM src WHERE amount > 3)"
        " DELETE FROM fact WHERE id IN (SELECT id FROM s)",
        "reads stats.src where amount in (3, ]",
        "deletes stats.fact ~",
    ),
    (
        "INSERT INTO fact (day, id) VALUES ('2024-05-01', 1), ('2024-05-02', 2)",
        "inserts stats.fact where day in [2024-05-01] and id in [1]"
        " or day in [2024-05-02] and id in [2]",
    ),
    (
        "INSERT INTO dim VALUES (1, 'a') ON DUPLICATE KEY UPDATE name = 'a'",
        "inserts stats.dim where id in [1] and name in [a]",
    ),
    (
        "INSERT INTO fact SET day = '2024-05-01', id = 4",
        "inserts stats.fact where day in [2024-05-01] and id in [4]",
    ),
    (
        "INSERT INTO fact (day, id, game) SELECT day, id, 5 FROM src"
        " WHERE day BETWEEN '2024-05-01' AND '2024-05-07'",
        "reads stats.src where day in [2024-05-01, 2024-05-07]",
        "inserts stats.fact where day in [2024-05-01, 2024-05-07] and game in [5]",
    ),
    (
        "INSERT INTO fact (day, id) SELECT DATE(ts), id FROM src"
        " WHERE ts >= '2024-05-01 06:00:00' AND ts < '2024-05-03'",
        "reads stats.src where ts in [2024-05-01 06:00:00, 2024-05-03)",
        "inserts stats.fact where day in [2024-05-01, 2024-05-02]",
    ),
    (
        "INSERT INTO fact (day, id) SELECT x.day, x.n FROM"
        " (SELECT day, COUNT(*) AS n FROM src WHERE day = '2024-05-01' GROUP BY day) x",
        "reads stats.src where day in [2024-05-01]",
        "inserts stats.fact where day in [2024-05-01]",
    ),
    (
        "INSERT INTO fact (day, id) SELECT s.day, 1 FROM dim d LEFT JOIN src s"
        " ON s.id = d.id AND s.day = '2024-05-01'",
        "reads stats.dim ~",
        "reads stats.src where day in [2024-05-01]",
        "inserts stats.fact where id in [1]",
    ),
    (
        "SELECT * FROM fact WHERE day = '2024-05-01' FOR UPDATE",
        "locks stats.fact where day in [2024-05-01]",
    ),
    (
        "SELECT * FROM fact LOCK IN SHARE MODE",
        "shares stats.fact",
    ),
    (
        "SELECT * FROM fact f JOIN src s ON s.id = f.id FOR UPDATE OF f SKIP LOCKED",
        "locks stats.fact ~",
        "reads stats.src ~",
    ),
    ("SELECT COUNT(*) INTO @n FROM fact", "reads stats.fact"),
    ("SELECT COUNT(*) FROM fact INTO @n", "reads stats.fact"),
    (
        "SET @last = (SELECT MAX(id) FROM fact WHERE day = '2024-05-01')",
        "reads stats.fact where day in [2024-05-01] ~",
    ),
    (
        "SELECT (SELECT MAX(id) FROM src), 1 FROM other.dim UNION SELECT 1, 2 FROM fact",
        "reads other.dim",
        "reads stats.src ~",
        "reads stats.fact",
    ),
    ("RENAME TABLE fact TO old, src TO fact", *(f"defines stats.{t}" for t in
     ("fact", "old", "src"))),
    ("TRUNCATE fact", "defines stats.fact"),
    ("ALTER TABLE fact DROP PARTITION p1", "defines stats.fact"),
    (
        "ALTER TABLE fact EXCHANGE PARTITION p1 WITH TABLE src",
        "defines stats.fact",
        "defines stats.src",
    ),
    ("DROP TABLE IF EXISTS fact, src", "defines stats.fact", "defines stats.src"),
    ("CREATE INDEX k ON fact (game)", "defines stats.fact"),
    ("CREATE TABLE IF NOT EXISTS fact (id INT)", "names stats.fact"),
    ("CREATE TABLE copy LIKE fact", "defines stats.copy", "names stats.fact"),
    (
        "CREATE TABLE copy AS SELECT * FROM fact WHERE game = 1",
        "reads stats.fact where game in [1]",
        "defines stats.copy",
    ),
    (
        "LOCK TABLES fact READ, src AS s WRITE",
        "locks to read stats.fact",
        "locks to write stats.src",
    ),
    ("OPTIMIZE TABLE fact", "defines stats.fact"),
    ("ANALYZE TABLE fact", "names stats.fact"),
    ("LOAD DATA LOCAL INFILE 'f.csv' INTO TABLE fact FIELDS TERMINATED BY ','",
     "inserts stats.fact ~"),
    ("SET NAMES utf8mb4",),
    ("SHOW TABLES",),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0][:60])
def test_a_mysql_statement_touches_these_tables_and_rows(case, schema):
    sql, *expected = case
    logged = ["inserts stats.log ~"] if "INSERT INTO dim" in sql else []
    assert_locks(sql, *expected, *logged, schema=schema)


PREDICATES = [
    ("day >= '2024-05-01' AND day < '2024-05-08'", "day in [2024-05-01, 2024-05-07]"),
    ("day BETWEEN DATE_SUB('2024-05-10', INTERVAL 1 MONTH) AND '2024-05-10'",
     "day in [2024-04-10, 2024-05-10]"),
    ("day = DATE '2024-05-01'", "day in [2024-05-01]"),
    ("day = CAST('2024-05-01 10:00:00' AS DATE)", "day in [2024-05-01]"),
    ("day = CURDATE() - INTERVAL 1 DAY", "day in [2024-05-10]"),
    ("day = DATE_FORMAT(NOW(), '%Y-%m-01')", "day in [2024-05-01]"),
    ("day > LAST_DAY('2024-02-05')", "day in [2024-03-01, ]"),
    ("ts < NOW()", "ts in [, 2024-05-11 04:30:00)"),
    ("ts >= CURDATE() AND ts < ADDDATE(CURDATE(), 1)", "ts in [2024-05-11, 2024-05-12)"),
    ("day = '2024-05-01' OR day = '2024-05-02'", "day in [2024-05-01] [2024-05-02]"),
    ("NOT (day < '2024-05-01' OR day > '2024-05-03')", "day in [2024-05-01, 2024-05-03]"),
    ("day <> '2024-05-01'", "day in [, 2024-04-30] [2024-05-02, ]"),
    ("game <=> 5", "game in [5]"),
    ("game = -5 AND id NOT IN (1)", "game in [-5] and id in [, 1) (1, ]"),
    ("(game = 1 OR id = 2) AND day = '2024-05-01'",
     "day in [2024-05-01] and game in [1] or day in [2024-05-01] and id in [2]"),
    ("'2024-05-01' <= day", "day in [2024-05-01, ]"),
    ("state = 'New'", "state in [new]"),
    ("1 = 1 AND game = 5", "game in [5]"),
    ("game = 5 AND YEAR(day) = 2024", "game in [5] ~"),
    ("DATE(ts) = '2024-05-01'", " ~"),
    ("game + 0 = 5", " ~"),
    ("state > 'm'", " ~"),
    ("state = 'münchen'", " ~"),
    ("state = 5", " ~"),
    ("game IS NULL", " ~"),
    ("(day, id) = ('2024-05-01', 1)", "day in [2024-05-01] and id in [1]"),
    ("(day, id) > ('2024-05-01', 1)", " ~"),
    ("game = 1 XOR id = 2 AND day = '2024-05-01'", " ~"),
    ("day = @day", " ~"),
    ("game = (SELECT 1)", " ~"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "expected"), PREDICATES)
def test_a_where_limits_the_rows_by_what_an_index_could_use(where, expected, schema):
    (access,) = accesses(f"DELETE FROM fact WHERE {where}", schema=schema)
    assert rows(access.region).removeprefix(" where ") == expected


def test_dates_stay_relative_to_the_run(schema):
    found = symbolic(("DELETE FROM fact WHERE day = '", ds(-7), "'"), schema=schema)
    ((name, (interval,)),) = found.transactions[0].accesses[0].region.boxes[0].columns
    assert (name, interval.low) == ("day", Symbol((ds(-7),)))


def test_an_insert_into_a_table_that_is_called_table_is_read_as_such():
    (access,) = accesses(
        statement(
            "INSERT INTO table (time, level, id) VALUES (?,?,?)", on(Engine.SQLITE), params=[]
        ),
        connection=on(Engine.SQLITE),
    )
    assert (access.table.table, rows(access.region)) == ("table", "")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("REPLACE INTO t (a) VALUES (1)", StatementKind.REPLACE),
        ("INSERT IGNORE INTO t (a) VALUES (1)", StatementKind.INSERT_IGNORE),
        ("INSERT INTO t (a) VALUES (1)", StatementKind.INSERT),
        ("INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE b = 2", StatementKind.UPSERT),
        ("LOAD DATA INFILE 'f' REPLACE INTO TABLE t", StatementKind.REPLACE),
        ("SET @a = (SELECT a FROM t)", StatementKind.SET),
    ],
)
def test_servers_lock_by_the_kind_of_statement(sql, kind):
    assert accesses(sql)[0].kind is kind


def test_an_upsert_tells_which_columns_it_may_change():
    (access,) = accesses("INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE b = 2, c = c + 1")
    assert access.written == ("b", "c")


def test_rows_that_move_are_known_before_and_after(schema):
    (access,) = accesses(
        "UPDATE fact SET day = '2024-06-01' WHERE day = '2024-05-01' AND id = 3", schema=schema
    )
    assert access.arrives is not None
    assert rows(access.arrives) == " where day in [2024-06-01] and id in [3]"


def test_a_moved_row_may_arrive_anywhere_when_the_new_value_is_computed(schema):
    (access,) = accesses("UPDATE fact SET day = day + INTERVAL 1 DAY WHERE id = 3", schema=schema)
    assert access.arrives is not None
    assert rows(access.arrives) == " where id in [3]"


def test_an_update_of_no_key_column_moves_no_row(schema):
    (access,) = accesses("UPDATE fact SET state = 'x' WHERE id = 3", schema=schema)
    assert access.arrives is None


def test_a_view_is_the_rows_of_its_table(schema):
    assert_locks(
        "SELECT * FROM recent WHERE day = '2024-05-01'",
        "names stats.recent",
        "reads stats.fact where day in [2024-05-01]",
        schema=schema,
    )


POSTGRESQL = [
    ("DELETE FROM a USING b WHERE a.id = b.id AND b.id = 3", "deletes a where id in [3]",
     "reads b where id in [3]"),
    ("UPDATE a SET x = b.x FROM b JOIN c ON c.id = b.id WHERE a.id = b.id AND a.id = 3",
     "updates a where id in [3]", "reads b where id in [3]", "reads c ~"),
    ("INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1",
     "inserts a where id in [1]"),
    ("SELECT * FROM a WHERE day >= CURRENT_DATE - 7 FOR NO KEY UPDATE",
     "locks, but for the keys, a where day in [2024-05-04, ]"),
    ("SELECT * FROM a WHERE day = date_trunc('month', now())", "reads a where day in [2024-05-01]"),
    ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = b.x"
     " WHEN NOT MATCHED THEN INSERT (id) VALUES (b.id)", "reads b ~", "updates a ~", "inserts a ~"),
    ("LOCK TABLE a IN SHARE MODE", "locks to read a"),
    ("COPY a FROM '/f.csv'", "inserts a ~"),
    ("SELECT * INTO copy FROM a", "reads a", "defines copy"),
]  # fmt: skip


@pytest.mark.parametrize("case", POSTGRESQL, ids=lambda case: case[0][:60])
def test_a_postgresql_statement_touches_these_tables_and_rows(case):
    sql, *expected = case
    assert_locks(sql, *expected, connection=on(Engine.POSTGRESQL))


SQLITE = [
    ("INSERT OR REPLACE INTO a (id) VALUES (1)", "inserts a where id in [1]"),
    ("DELETE FROM a WHERE day < date('now', '-7 days')", "deletes a where day in [, 2024-05-04)"),
    ("UPDATE a SET x = 1 WHERE day = date('now', 'start of month')",
     "updates a where day in [2024-05-01]"),
    ("DELETE FROM a WHERE day = date('now', '-1 month')", "deletes a ~"),
]  # fmt: skip


@pytest.mark.parametrize("case", SQLITE, ids=lambda case: case[0][:60])
def test_an_sqlite_statement_touches_these_tables_and_rows(case):
    sql, *expected = case
    assert_locks(sql, *expected, connection=on(Engine.SQLITE))


UNREAD = [
    ("CALL refresh()", "what a stored procedure does is not known"),
    ("DELETE FROM t WHERE", "it does not parse near 'WHERE'"),
    ("SELECT 'open", "it does not parse: a quote or a comment is not closed"),
    ("HANDLER t OPEN", "statements of this kind are not read"),
    ("SELECT " + "(" * 500 + "1" + ")" * 500, "the statement is nested more than 400 deep"),
    ("SELECT " + "NOT " * 5000 + "a FROM t", "the statement is nested too deeply"),
    ("SELECT '\0' FROM t", "the statement has null bytes"),
    ("SELECT 1 -- " + "x" * 1_000_000 + "\n FROM t",
     "more than 200,000 characters are left beside long lists"),
    ("DROP DATABASE x", "dropping a whole database is not followed to its tables"),
    ("DELETE x FROM a JOIN b ON a.i = b.i", "DELETE names x, which is not one of its tables"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "reason"), UNREAD, ids=lambda text: text[:40])
def test_what_cannot_be_read_is_said_with_its_place(sql, reason):
    found = read("SELECT 1;\n" + sql)
    ((connection, skipped),) = found.unread
    assert (connection and connection.name, skipped.reason) == ("stats", reason)
    assert (str(skipped.where), skipped.what) == ("lib.py:11", "statement")


def test_unknown_text_in_a_table_s_name_makes_the_statement_unread():
    assert_locks(
        ("DELETE FROM stage_", Unknown("Variable.get('s')"), " WHERE a = 1"),
        unread=["the name of a table is not known: Variable.get('s')"],
    )


def test_a_date_in_a_table_s_name_is_shown_relative_to_the_run():
    assert_locks(("TRUNCATE stage_", ds(-1, "%Y%m%d")), "defines stats.stage_{ds-1:%Y%m%d}")


def test_an_unknown_value_widens_the_rows_and_hides_nothing():
    assert_locks(
        ("DELETE FROM t WHERE a = ", Unknown("x"), " AND b = 2 AND c IN (", Unknown("x"), ")"),
        "deletes stats.t where b in [2] ~",
    )


@pytest.mark.parametrize(
    "sql",
    [
        ("DELETE FROM t WHERE a = 1 AND ", Unknown("x")),
        ("DELETE FROM t WHERE a = 1 AND NOT ", Unknown("x")),
        ("DELETE FROM t WHERE ", Unknown("x")),
        ("DELETE t FROM t ", Unknown("x")),
    ],
    ids=str,
)
def test_unknown_text_that_may_hold_anything_leaves_all_rows_and_a_note(sql):
    assert_locks(sql, "deletes stats.t ~" if "WHERE" in sql[0] else "deletes stats.t",
                 unread=["part of the statement is not known: x"])  # fmt: skip


ROWS = Unknown("rows collected in a loop")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("INSERT INTO dim (id, name) VALUES", StatementKind.INSERT),
        ("REPLACE INTO dim VALUES ", StatementKind.REPLACE),
        (("INSERT INTO dim (id, name) VALUES ", ROWS), StatementKind.INSERT),
        (
            ("INSERT INTO dim VALUES ", ROWS, ", ", ROWS, " ON DUPLICATE KEY UPDATE name = 'a'"),
            StatementKind.UPSERT,
        ),
        ("INSERT INTO dim (id, name) VALUES %s", StatementKind.INSERT),
        ("INSERT INTO dim DEFAULT VALUES", StatementKind.INSERT),
    ],
)
def test_rows_that_are_not_in_the_text_may_arrive_anywhere(sql, kind):
    found = read(sql)
    (access,) = found.transactions[0].accesses
    assert (access.table.table, access.kind) == ("dim", kind)
    assert rows(access.region) == " ~"
    assert not found.unread


def test_truncating_a_table_if_it_exists_names_the_table():
    assert_locks("TRUNCATE TABLE IF EXISTS dim", "defines stats.dim")
