"""Statements on views and on tables with triggers meet what is behind them."""

from __future__ import annotations

import pytest

from lockplan import compare_sql
from lockplan.model.verdict import Verdict

SCHEMA = """
CREATE TABLE facts (id BIGINT PRIMARY KEY, day DATE NOT NULL, site INT, n INT, KEY k (day));
CREATE TABLE sites (site INT PRIMARY KEY, name VARCHAR(20), n INT);
CREATE TABLE log (id INT PRIMARY KEY, n INT);
CREATE VIEW recent AS SELECT * FROM facts WHERE day >= '2026-03-20';
CREATE VIEW renamed (d, twice) AS SELECT day, n * 2 FROM facts;
CREATE VIEW one_site AS SELECT day, site FROM recent WHERE site = 3;
CREATE VIEW summed AS SELECT day, SUM(n) n FROM facts GROUP BY day;
CREATE VIEW both_tables AS SELECT f.day, s.name FROM facts f JOIN sites s ON s.site = f.site;
CREATE VIEW circle_a AS SELECT * FROM circle_b;
CREATE VIEW circle_b AS SELECT * FROM circle_a;
CREATE TRIGGER logs AFTER INSERT ON sites FOR EACH ROW
    BEGIN IF NEW.n > 1 THEN INSERT INTO log VALUES (1, NEW.n); END IF; END;
CREATE TRIGGER counts AFTER DELETE ON sites FOR EACH ROW
    UPDATE facts SET n = n - OLD.n WHERE site = OLD.site;
CREATE TRIGGER calls AFTER UPDATE ON log FOR EACH ROW CALL refresh_all(NEW.id)
"""


def verdict(a: str, b: str, isolation: str = "READ COMMITTED") -> Verdict:
    return compare_sql([a], [b], schema=SCHEMA, isolation=isolation)


FACTS = "UPDATE facts SET n = 1 WHERE day = '{}'"


@pytest.mark.parametrize(
    ("statement", "day", "expected"),
    [
        ("UPDATE recent SET n = 0 WHERE day = '2026-03-25'", "2026-03-25", "certain"),
        ("UPDATE recent r SET n = 0 WHERE r.day = '2026-03-25'", "2026-03-25", "certain"),
        ("DELETE FROM recent", "2026-03-25", "certain"),
        ("SELECT * FROM recent FOR UPDATE", "2026-03-25", "certain"),
        ("SELECT twice FROM renamed WHERE d = '2026-03-25' FOR UPDATE", "2026-03-25", "certain"),
        ("DELETE FROM one_site WHERE day = '2026-03-25'", "2026-03-25", "certain"),
        ("SELECT * FROM summed", "2026-03-25", "none"),
        ("DELETE sites FROM sites JOIN recent r ON r.site = sites.site WHERE r.day = '2026-03-25'",
         "2026-03-25", "certain"),
        ("SELECT * FROM circle_a FOR UPDATE", "2026-03-25", "possible"),
        ("UPDATE both_tables SET name = 'x'", "2026-03-25", "possible"),
    ],
)  # fmt: skip
def test_a_statement_on_a_view_locks_the_table_behind_it(statement, day, expected):
    assert verdict(statement, FACTS.format(day)).certainty == expected


def test_the_conditions_of_a_view_keep_statements_apart():
    schema = "CREATE TABLE t (day DATE PRIMARY KEY, n INT); CREATE VIEW v AS SELECT * FROM t"
    schema += " WHERE day >= '2026-03-20'"
    pair = (["DELETE FROM v WHERE n = 1"], ["UPDATE t SET n = 2 WHERE day = '2026-03-05'"])
    found = compare_sql(*pair, schema=schema, engine="postgresql", isolation="READ COMMITTED")
    assert found.certainty == "none"


def test_what_is_read_through_a_view_is_locked_like_the_table():
    copy = "INSERT INTO log SELECT site, COUNT(*) FROM recent GROUP BY site"
    assert verdict(copy, FACTS.format("2026-03-25"), "REPEATABLE READ").certainty == "certain"
    assert verdict(copy, FACTS.format("2026-03-25")).certainty == "none"


def test_a_row_inserted_through_a_view_arrives_in_the_table():
    insert = "INSERT INTO renamed (d) VALUES ('2026-03-25')"
    assert verdict(insert, "TRUNCATE facts").certainty == "certain"


def test_a_view_in_use_is_not_dropped():
    assert verdict("SELECT * FROM recent", "DROP VIEW recent").certainty == "certain"


def test_a_common_table_expression_hides_a_view_of_its_name():
    hidden = "WITH recent AS (SELECT 1 AS one) SELECT * FROM recent FOR UPDATE"
    assert verdict(hidden, "TRUNCATE facts").certainty == "none"


def test_the_statements_of_triggers_run_with_the_write():
    assert verdict("INSERT INTO sites VALUES (1, 'a', 1)", "TRUNCATE log").certainty == "certain"
    deleted = verdict("DELETE FROM sites WHERE site = 1", FACTS.format("2026-03-05"))
    assert deleted.certainty == "possible"
    assert verdict("UPDATE sites SET n = 1 WHERE site = 1", "TRUNCATE log").certainty == "none"


def test_a_trigger_that_cannot_be_read_may_do_anything():
    found = verdict("UPDATE log SET n = 1", "TRUNCATE facts")
    assert found.certainty == "possible"
    assert "the trigger calls of log" in found.missing[0]
