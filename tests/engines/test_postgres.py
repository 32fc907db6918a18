"""Who waits for whom on PostgreSQL, from SQL to verdict; measured on PostgreSQL 15."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lockplan import compare_sql
from lockplan.model.verdict import Verdict

SCHEMA = """
CREATE TABLE visits (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day DATE, site INT, n INT);
CREATE INDEX visits_day ON visits (day);
CREATE TABLE daily (day DATE PRIMARY KEY, n INT);
CREATE TABLE parent (id INT PRIMARY KEY, state TEXT);
CREATE TABLE child (id INT PRIMARY KEY, parent_id INT REFERENCES parent (id), n INT);
CREATE TABLE weeks (day DATE NOT NULL, site INT NOT NULL, n INT, PRIMARY KEY (day, site))
    PARTITION BY RANGE (day);
CREATE TABLE weeks_1 PARTITION OF weeks FOR VALUES FROM ('2026-03-01') TO ('2026-03-08');
CREATE TABLE weeks_2 PARTITION OF weeks FOR VALUES FROM ('2026-03-08') TO ('2026-03-15');
CREATE TABLE weeks_rest PARTITION OF weeks DEFAULT;
CREATE MATERIALIZED VIEW report AS SELECT day, SUM(n) s FROM visits GROUP BY day
"""
STATISTICS = {
    "visits": {
        "rows": 310,
        "columns": {"day": {"min": "2026-03-01", "max": "2026-03-31", "distinct": 31}},
    },
    "daily": {
        "rows": 31,
        "columns": {"day": {"min": "2026-03-01", "max": "2026-03-31", "distinct": 31}},
    },
}
UPDATE = "UPDATE visits SET n = n + 1 WHERE day = '2026-03-05'"
SUMMARY = "INSERT INTO daily SELECT day, COUNT(*) FROM visits WHERE day = '{}' GROUP BY day"


def verdict(
    a: str | Sequence[str], b: str | Sequence[str], *, isolation: str = "READ COMMITTED"
) -> Verdict:
    sides = [[side] if isinstance(side, str) else side for side in (a, b)]
    return compare_sql(
        *sides, engine="postgresql", isolation=isolation, schema=SCHEMA, statistics=STATISTICS
    )


@pytest.mark.parametrize(
    ("statement", "beside_a_write", "beside_a_read"),
    [
        ("TRUNCATE visits", "certain", "certain"),
        ("ALTER TABLE visits ADD COLUMN x INT", "certain", "certain"),
        ("ALTER TABLE visits ALTER COLUMN n SET STATISTICS 200", "none", "none"),
        ("ALTER TABLE visits ALTER COLUMN n SET STATISTICS 200, ADD x INT", "certain", "certain"),
        ("ALTER TABLE visits VALIDATE CONSTRAINT c", "none", "none"),
        ("ALTER TABLE visits ADD CONSTRAINT c FOREIGN KEY (n) REFERENCES parent (id)", "certain",
         "none"),
        ("CREATE INDEX x ON visits (n)", "certain", "none"),
        ("CREATE INDEX CONCURRENTLY x ON visits (n)", "certain", "none"),
        ("CREATE TRIGGER x AFTER INSERT ON visits FOR EACH ROW EXECUTE FUNCTION f()", "certain",
         "none"),
        ("DROP INDEX visits_day", "certain", "certain"),
        ("VACUUM visits", "none", "none"),
        ("VACUUM (FULL, ANALYZE) visits", "certain", "certain"),
        ("ANALYZE visits", "none", "none"),
        ("CLUSTER visits USING visits_day", "certain", "certain"),
        ("REINDEX TABLE visits", "certain", "certain"),
        ("COMMENT ON COLUMN visits.n IS 'how many'", "none", "none"),
        ("LOCK TABLE visits IN SHARE MODE", "certain", "none"),
        ("LOCK TABLE visits IN ROW EXCLUSIVE MODE", "none", "none"),
        ("LOCK TABLE visits", "certain", "certain"),
        ("REFRESH MATERIALIZED VIEW report", "none", "none"),
    ],
)  # fmt: skip
def test_each_statement_takes_its_own_lock_on_the_table(statement, beside_a_write, beside_a_read):
    assert verdict(UPDATE, statement).certainty == beside_a_write
    assert verdict("SELECT * FROM visits", statement).certainty == beside_a_read


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (UPDATE, "DELETE FROM visits WHERE day >= '2026-03-05' AND day < '2026-03-08'", "certain"),
        (UPDATE, "DELETE FROM visits WHERE day = '2026-03-06'", "none"),
        (UPDATE, "INSERT INTO visits (day, n) VALUES ('2026-03-05', 1)", "none"),
        (UPDATE, "SELECT * FROM visits WHERE day = '2026-03-05' FOR SHARE", "certain"),
        (UPDATE, "SELECT * FROM visits WHERE day = '2026-03-05' FOR KEY SHARE", "none"),
        ("UPDATE visits SET id = 1", "SELECT * FROM visits FOR KEY SHARE", "certain"),
        (
            "SELECT * FROM visits FOR UPDATE SKIP LOCKED",
            "SELECT * FROM visits FOR UPDATE SKIP LOCKED",
            "none",
        ),
        ("SELECT * FROM visits FOR UPDATE SKIP LOCKED", UPDATE, "certain"),
        ("INSERT INTO child VALUES (1, 5, 1)", "UPDATE parent SET state = 'x'", "none"),
        ("INSERT INTO child VALUES (1, 5, 1)", "DELETE FROM parent WHERE id = 5", "certain"),
        ("INSERT INTO child VALUES (1, 5, 1)", "DELETE FROM parent WHERE id = 6", "none"),
    ],
)
def test_only_rows_that_match_are_locked(a, b, expected):
    assert verdict(a, b).certainty == expected


def test_two_inserts_of_one_new_key_wait_for_each_other():
    new, there = SUMMARY.format("2026-04-01"), SUMMARY.format("2026-03-05")
    values = "INSERT INTO daily VALUES ('2026-04-01', 1) ON CONFLICT DO NOTHING"
    assert verdict(values, values).certainty == "certain"
    assert verdict(new, values).certainty == "certain"
    skipped = f"{there} ON CONFLICT DO NOTHING"
    assert verdict(skipped, skipped).certainty == "none"
    upsert = f"{there} ON CONFLICT (day) DO UPDATE SET n = EXCLUDED.n"
    assert verdict(upsert, upsert).certainty == "certain"


def test_a_merge_locks_the_days_that_it_merges():
    merge = (
        "MERGE INTO daily USING (SELECT day, COUNT(*) n FROM visits"
        " WHERE day BETWEEN '2026-03-05' AND '2026-03-06' GROUP BY day) x ON daily.day = x.day"
        " WHEN MATCHED THEN UPDATE SET n = x.n"
        " WHEN NOT MATCHED THEN INSERT (day, n) VALUES (x.day, x.n)"
    )
    assert verdict(merge, "UPDATE daily SET n = 0 WHERE day = '2026-03-06'").certainty == "certain"
    assert verdict(merge, "UPDATE daily SET n = 0 WHERE day = '2026-03-07'").certainty == "none"


def test_days_that_are_not_there_lock_nothing():
    reload = [
        "DELETE FROM visits WHERE day = '2026-04-01'",
        "INSERT INTO visits (day, n) VALUES ('2026-04-01', 1)",
    ]
    assert verdict(reload, reload).certainty == "none"


def test_an_index_built_concurrently_waits_for_older_snapshots_of_other_tables():
    build = "CREATE INDEX CONCURRENTLY x ON visits (n)"
    other = "UPDATE daily SET n = 1"
    assert verdict(other, build).certainty == "none"
    found = verdict(other, build, isolation="REPEATABLE READ")
    assert (found.certainty, found.a_blocks_b, found.b_blocks_a) == ("certain", True, False)


@pytest.mark.parametrize(
    ("statement", "first_week", "second_week"),
    [
        ("TRUNCATE weeks_1", "certain", "none"),
        ("UPDATE weeks_1 SET n = 0", "certain", "none"),
        ("DROP TABLE weeks_1", "certain", "certain"),
        ("ALTER TABLE weeks DETACH PARTITION weeks_1", "certain", "certain"),
        ("CREATE TABLE weeks_3 PARTITION OF weeks FOR VALUES FROM ('2026-03-15') TO ('2026-03-22')",
         "certain", "certain"),
        ("ALTER TABLE weeks ATTACH PARTITION old FOR VALUES FROM ('2026-02-15') TO ('2026-02-22')",
         "none", "none"),
    ],
)  # fmt: skip
def test_a_partition_is_a_table_of_its_own(statement, first_week, second_week):
    update = "UPDATE weeks SET n = 1 WHERE day = '{}'"
    assert verdict(statement, update.format("2026-03-03")).certainty == first_week
    assert verdict(statement, update.format("2026-03-10")).certainty == second_week


def test_attaching_a_partition_looks_through_the_default_one():
    attach = "ALTER TABLE weeks ATTACH PARTITION p FOR VALUES FROM ('2026-05-01') TO ('2026-06-01')"
    insert = "INSERT INTO weeks VALUES ('2026-07-01', 1, 1)"
    assert verdict(attach, insert).certainty == "certain"


def test_two_indexes_of_one_name_are_not_made_at_once():
    build = "CREATE INDEX IF NOT EXISTS x ON visits (n)"
    assert verdict(build, build).certainty == "certain"
    assert verdict(build, "CREATE INDEX y ON visits (site)").certainty == "none"


def test_a_grant_writes_the_tables_entry_in_the_catalogue():
    grant = "GRANT SELECT ON visits TO reader"
    assert verdict(grant, "ANALYZE visits").certainty == "certain"
    assert verdict(grant, UPDATE).certainty == "none"


def test_an_index_built_anew_concurrently_waits_for_readers_too():
    found = verdict("SELECT * FROM visits", "REINDEX TABLE CONCURRENTLY visits")
    assert (found.certainty, found.a_blocks_b) == ("certain", True)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("SELECT pg_advisory_xact_lock(42)", "SELECT pg_advisory_lock(42)", "certain"),
        ("SELECT pg_advisory_xact_lock(42)", "SELECT pg_advisory_xact_lock(43)", "none"),
        ("SELECT pg_advisory_lock_shared(1)", "SELECT pg_advisory_lock_shared(1)", "none"),
        ("SELECT pg_try_advisory_lock(1)", "SELECT pg_try_advisory_lock(1)", "none"),
        ("SELECT pg_advisory_lock(site) FROM visits", "SELECT pg_advisory_lock(7)", "possible"),
    ],
)
def test_advisory_locks_meet_by_their_numbers(a, b, expected):
    assert verdict(a, b).certainty == expected


def test_two_refreshes_beside_each_other_wait_and_readers_do_not():
    gently = "REFRESH MATERIALIZED VIEW CONCURRENTLY report"
    assert verdict(gently, gently).certainty == "certain"
    assert verdict(gently, "SELECT * FROM report").certainty == "none"
    assert (
        verdict("REFRESH MATERIALIZED VIEW report", "SELECT * FROM report").certainty == "certain"
    )


def test_a_key_that_the_task_committed_before_is_there():
    a = ["INSERT INTO visits (day, n) VALUES ('2026-04-01', 1)", "COMMIT",
         "UPDATE visits SET n = 2 WHERE day = '2026-04-01'"]  # fmt: skip
    found = verdict(a, "UPDATE visits SET n = 3 WHERE day = '2026-04-01'")
    assert found.certainty != "none"


def test_a_wait_for_rows_that_may_not_be_there_does_not_rule_out_a_deadlock():
    corrects = ["UPDATE visits SET n = 1 WHERE n = 6", "SELECT * FROM visits FOR SHARE"]
    clears = ["DELETE FROM visits WHERE n < 9", "LOCK TABLE visits"]
    found = compare_sql(corrects, clears, engine="postgresql", schema=SCHEMA)
    assert found.deadlock
