"""What only some servers' SQL has: T-SQL's batches, ClickHouse's WITH, parentheses around joins."""

from __future__ import annotations

import pytest

from lockplan.model.access import Role
from lockplan.model.connection import Engine
from tests.footprints.reading import accesses, on, read

MSSQL = on(Engine.MSSQL)
WRITING = {Role.INSERT, Role.UPDATE, Role.DELETE, Role.DDL}


def tables(sql: str, engine: Engine = Engine.MSSQL) -> tuple[set[str], set[str]]:
    """Return the names of the tables that are written, and of those that are only read."""
    found = accesses(sql, connection=on(engine))
    written = {str(access.table) for access in found if access.role in WRITING}
    return written, {str(access.table) for access in found} - written


@pytest.mark.parametrize(
    ("batch", "written", "only_read"),
    [
        ("DELETE FROM a WHERE x = 1 INSERT INTO b (x) SELECT x FROM c", {"a", "b"}, {"c"}),
        ("UPDATE a\nSET x = 1\nUPDATE b\nSET x = 2\nSET NOCOUNT ON", {"a", "b"}, set()),
        ("TRUNCATE TABLE [dbo].[a]\nGO\nINSERT [dbo].[b] VALUES (1)", {"dbo.a", "dbo.b"}, set()),
        (
            "IF OBJECT_ID('a') IS NOT NULL DROP TABLE a ELSE CREATE TABLE b (x INT)",
            {"a", "b"},
            set(),
        ),
        ("IF EXISTS (SELECT 1 FROM c) BEGIN DELETE FROM a END", {"a"}, {"c"}),
        ("DROP TABLE IF EXISTS a SELECT x INTO b FROM c", {"a", "b"}, {"c"}),
        (
            "WITH q AS (SELECT x FROM c) INSERT INTO a SELECT x FROM q DELETE FROM b",
            {"a", "b"},
            {"c"},
        ),
        ("ALTER TABLE a ALTER COLUMN x BIGINT UPDATE b SET x = 1", {"a", "b"}, set()),
        ("DECLARE k CURSOR FOR SELECT x FROM c\nOPEN k\nDELETE FROM a", {"a"}, {"c"}),
        ("DECLARE @x INT = (SELECT MAX(x) FROM c) UPDATE a SET x = @x", {"a"}, {"c"}),
        ("SELECT CASE WHEN x = 1 THEN 2 END, [update] FROM c DELETE FROM a", {"a"}, {"c"}),
        ("SELECT x FROM c UNION ALL SELECT x FROM d", set(), {"c", "d"}),
        ("INSERT INTO #own SELECT x FROM c INSERT INTO @own SELECT x FROM d", set(), {"c", "d"}),
        ("INSERT INTO a WITH (TABLOCK) SELECT x FROM c", {"a"}, {"c"}),
        ("INSERT INTO a VALUES (1) SET NOCOUNT OFF DELETE FROM b", {"a", "b"}, set()),
        ("DELETE TOP (100) FROM a", {"a"}, set()),
        ("UPDATE q SET x = 1 FROM dbo.a q JOIN c ON c.x = q.x", {"dbo.a"}, {"c"}),
        (
            "MERGE INTO a USING c ON a.x = c.x WHEN MATCHED THEN UPDATE SET y = 1 "
            "WHEN NOT MATCHED THEN INSERT (x) VALUES (1);",
            {"a"},
            {"c"},
        ),
        ("CREATE PROCEDURE p AS DELETE FROM a UPDATE b SET x = 1", set(), set()),
    ],
)
def test_statements_of_a_t_sql_batch_need_no_semicolons(batch, written, only_read):
    assert tables(batch) == (written, only_read)


def test_a_commit_in_a_branch_of_a_batch_ends_no_transaction():
    batch = "BEGIN TRAN UPDATE a SET x = 1 IF @@ERROR = 0 COMMIT TRAN UPDATE b SET x = 1"
    numbers = {one.transaction for one in read(batch, connection=MSSQL).statements if one.accesses}
    assert len(numbers) == 1


def test_what_a_procedure_of_a_batch_does_is_said_to_be_unknown():
    found = read("EXEC dbo.load_all UPDATE a SET x = 1", connection=MSSQL)
    assert [skipped.reason for _, skipped in found.unread] == [
        "what a stored procedure does is not known"
    ]
    assert any(one.accesses for one in found.statements)


@pytest.mark.parametrize("engine", [Engine.TRINO, Engine.BIGQUERY, Engine.POSTGRESQL])
def test_joins_may_stand_in_several_parentheses(engine):
    sql = "SELECT 1 FROM ((a x JOIN b y ON x.i = y.i) JOIN c z ON x.i = z.i)"
    assert tables(sql, engine) == (set(), {"a", "b", "c"})


def test_clickhouse_names_constants_in_with_and_joins_arrays():
    sql = "INSERT INTO a WITH 5 AS w, q AS (SELECT 1 FROM b) SELECT w FROM c ARRAY JOIN tags AS tag"
    assert tables(sql, Engine.CLICKHOUSE) == ({"a"}, {"b", "c"})


DO_BLOCK = """
DO $$
DECLARE
    n INT := 0;
    r RECORD;
BEGIN
    -- only once; see the wiki
    IF NOT EXISTS (SELECT 1 FROM c WHERE x = 1) THEN
        CREATE INDEX i ON a (x);
    ELSE
        n := n + 1;
        UPDATE b SET x = 'END; IF';
    END IF;
    FOR r IN SELECT x FROM d LOOP
        PERFORM refresh(x) FROM e;
    END LOOP;
EXCEPTION
    WHEN duplicate_table THEN
        DELETE FROM g;
END
$$ LANGUAGE plpgsql;
DELETE FROM f
"""


def test_statements_inside_a_do_block_are_read():
    assert tables(DO_BLOCK, Engine.POSTGRESQL) == ({"a", "b", "f", "g", "index i"}, {"c", "d", "e"})
    found = read(DO_BLOCK, connection=on(Engine.POSTGRESQL))
    assert found.unread == ()
    first = found.statements[0].line
    assert [one.line - first for one in found.statements][:3] == [0, 1, 4]


def test_dropping_a_trigger_touches_the_table_that_it_names():
    assert tables("DROP TRIGGER IF EXISTS audit ON a", Engine.POSTGRESQL) == ({"a"}, set())
