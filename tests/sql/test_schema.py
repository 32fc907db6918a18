from __future__ import annotations

from pathlib import Path

import pytest

from lockplan.errors import InputError
from lockplan.model.schema import ColumnType, ForeignKey, Index, Schema, Table, Trigger, View
from lockplan.sql import read_schema


def schema_of(path: Path, ddl: str) -> tuple[Schema, list[str]]:
    """Read DDL text; returns the schema and what was skipped."""
    file = path / "schema.sql"
    file.write_text(ddl, encoding="utf-8")
    schema, skipped = read_schema([file])
    return schema, [f"{skip.where.line}: {skip.reason}" for skip in skipped]


def table_of(path: Path, ddl: str) -> Table:
    """Return the one table that DDL text defines."""
    schema, skipped = schema_of(path, ddl)
    assert skipped == []
    (table,) = schema.tables
    return table


def test_columns_have_the_family_of_their_type(tmp_path):
    table = table_of(
        tmp_path,
        "CREATE TABLE T (Id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, d DATE,"
        " ts TIMESTAMP NOT NULL, n DECIMAL(9,2), s VARCHAR(9), e ENUM('a'), j JSON, y YEAR)",
    )
    kinds = [column.type for column in table.columns]
    assert table.name == "t"
    assert kinds == [
        ColumnType.NUMBER,
        ColumnType.DATE,
        ColumnType.DATETIME,
        ColumnType.NUMBER,
        ColumnType.TEXT,
        ColumnType.TEXT,
        ColumnType.OTHER,
        ColumnType.OTHER,
    ]
    first, second, third, *_ = table.columns
    assert (first.name, first.auto_increment, first.nullable) == ("Id", True, False)
    assert (second.nullable, third.nullable) == (True, False)


def test_all_ways_to_write_a_key_are_read(tmp_path):
    table = table_of(
        tmp_path,
        "CREATE TABLE t (a INT, b INT, c VARCHAR(50), d INT UNIQUE, PRIMARY KEY (a, b),"
        " KEY k (B), UNIQUE KEY u (c, a), INDEX (c(10)), KEY f ((a + b)), FULLTEXT KEY ft (c));"
        "CREATE UNIQUE INDEX later ON t (b DESC, a);"
        "ALTER TABLE t ADD INDEX more (d), ADD CONSTRAINT w UNIQUE (a);",
    )
    assert table.indexes == (
        Index("d", ("d",), unique=True),
        Index("PRIMARY", ("a", "b"), unique=True, primary=True),
        Index("k", ("b",)),
        Index("u", ("c", "a"), unique=True),
        Index("c", ("(c(10))",)),
        Index("f", ("(a + b)",)),
        Index("later", ("b", "a"), unique=True, descending=True),
        Index("more", ("d",)),
        Index("w", ("a",), unique=True),
    )


def test_foreign_keys_are_read_wherever_they_stand(tmp_path):
    schema, skipped = schema_of(
        tmp_path,
        "CREATE TABLE p (id INT PRIMARY KEY);"
        "CREATE TABLE c (a INT, b INT, x INT REFERENCES p (id),"
        " CONSTRAINT f FOREIGN KEY (a) REFERENCES P (id) ON DELETE CASCADE ON UPDATE SET NULL);"
        "ALTER TABLE c ADD FOREIGN KEY (b) REFERENCES p (id) ON DELETE NO ACTION;",
    )
    assert skipped == []
    assert schema.tables[1].foreign_keys == (
        ForeignKey(("x",), "p", ("id",)),
        ForeignKey(("a",), "p", ("id",), "CASCADE", "SET NULL"),
        ForeignKey(("b",), "p", ("id",), "NO ACTION"),
    )


def test_options_behind_the_columns_are_read(tmp_path):
    table = table_of(
        tmp_path,
        "USE shop;\nCREATE TABLE t (d DATE) ENGINE=MyISAM DEFAULT CHARSET=utf8mb4\n"
        "/*!50100 PARTITION BY RANGE COLUMNS(d) (PARTITION p0 VALUES LESS THAN ('2024-01-01')) */;",
    )
    assert (table.engine, table.partitioned, table.database) == ("MyISAM", True, "shop")


def test_views_are_kept_with_their_queries(tmp_path):
    schema, skipped = schema_of(
        tmp_path,
        "CREATE TABLE t (a INT); CREATE ALGORITHM=MERGE VIEW shop.V AS SELECT a FROM t;\n"
        "CREATE OR REPLACE VIEW w (`X`, y) AS\n(select 'as' as a, 1) WITH LOCAL CHECK OPTION;\n"
        "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1 WITH NO DATA;\n"
        "CREATE VIEW gone AS SELECT 1; DROP VIEW gone;",
    )
    assert skipped == []
    assert schema.views == (
        View("v", "SELECT a FROM t", database="shop"),
        View("w", "(select 'as' as a, 1)", ("x", "y")),
        View("m", "SELECT 1", materialized=True),
    )


def test_triggers_are_kept_with_their_bodies(tmp_path):
    schema, skipped = schema_of(
        tmp_path,
        "CREATE TABLE t (a INT);\nDELIMITER ;;\n"
        "CREATE DEFINER=`on`@`%` TRIGGER x AFTER INSERT ON T FOR EACH ROW\n"
        "BEGIN SET @a = 1; END;;\nDELIMITER ;\n"
        "CREATE TRIGGER y BEFORE DELETE OR UPDATE OF a ON shop.t FOR EACH ROW EXECUTE FUNCTION f();"
        "CREATE TRIGGER z DELETE ON t BEGIN DELETE FROM u; END;",
    )
    assert schema.triggers == (
        Trigger("x", "t", ("INSERT",), "AFTER", "BEGIN SET @a = 1; END"),
        Trigger("y", "t", ("DELETE", "UPDATE"), "BEFORE", "EXECUTE FUNCTION f()", "shop"),
        Trigger("z", "t", ("DELETE",), "", "BEGIN DELETE FROM u; END"),
    )
    assert skipped == []


def test_words_of_mariadb_alone_do_not_hide_a_table(tmp_path):
    table = table_of(
        tmp_path,
        "CREATE TABLE `t` (`a` inet6 DEFAULT NULL, `b` inet4 NOT NULL, `c` int COMMENT 'x inet4,',"
        " KEY `k` (`c`) IGNORED, KEY l (b))",
    )
    assert [column.type for column in table.columns] == [
        ColumnType.OTHER,
        ColumnType.OTHER,
        ColumnType.NUMBER,
    ]
    assert [(index.name, index.hidden) for index in table.indexes] == [("k", True), ("l", False)]


@pytest.mark.parametrize(
    ("key", "hidden"),
    [
        ("KEY k (b) INVISIBLE", True),
        ("UNIQUE KEY k (b) USING BTREE COMMENT 'x' INVISIBLE", True),
        ("KEY k (b) /*!80000 INVISIBLE */", True),
        ("KEY k (b) USING BTREE IGNORED", True),
        ("KEY k (b) VISIBLE", False),
        ("KEY k (b) NOT IGNORED", False),
    ],
)
def test_an_index_may_be_hidden_from_the_optimiser(tmp_path, key, hidden):
    (index,) = table_of(tmp_path, f"CREATE TABLE t (a INT, b INT, {key})").indexes
    assert (index.name, index.hidden) == ("k", hidden)


@pytest.mark.parametrize("last", ["INVISIBLE", "VISIBLE"])
def test_an_index_is_hidden_and_shown_again(tmp_path, last):
    ddl = "CREATE TABLE t (b INT, KEY k (b)); ALTER TABLE t ALTER INDEX K INVISIBLE"
    (index,) = table_of(tmp_path, f"{ddl}; ALTER TABLE t ALTER INDEX k {last}").indexes
    assert index.hidden is (last == "INVISIBLE")


def test_a_dump_drops_a_table_before_it_makes_it(tmp_path):
    ddl = "DROP TABLE IF EXISTS t; CREATE TABLE t (a INT);"
    assert table_of(tmp_path, ddl + ddl.replace("a INT", "b INT")).columns[0].name == "b"


def test_postgresql_and_sqlite_files_are_read_too(tmp_path):
    schema, skipped = schema_of(
        tmp_path,
        "CREATE TABLE p (id SERIAL PRIMARY KEY, t TIMESTAMPTZ, b JSONB) PARTITION BY RANGE (t);\n"
        "CREATE INDEX ON p USING btree (t);\nCREATE INDEX ON p USING gin (b);\n"
        "CREATE TABLE l (id INTEGER PRIMARY KEY AUTOINCREMENT, x) WITHOUT ROWID;",
    )
    assert skipped == []
    assert schema.tables[0].columns[0].auto_increment
    assert schema.tables[0].partitioned
    assert schema.tables[0].indexes[1:] == (Index("t_idx", ("t",)),)
    assert schema.tables[1].columns[1].type is ColumnType.OTHER


def test_what_cannot_be_read_is_skipped_with_its_line_and_the_rest_is_used(tmp_path):
    schema, skipped = schema_of(
        tmp_path,
        "CREATE TABLE a (x INT);\nCREATE TABLE b (x INT;\nCREATE TABLE c AS SELECT 1;\n"
        "ALTER TABLE a DROP INDEX k;\nCREATE TABLE d (x INT);\nCREATE INDEX k ON e (x);",
    )
    assert [table.name for table in schema.tables] == ["d"]
    assert [line.split(":")[0] for line in skipped] == ["2", "3", "4", "6"]


def test_a_table_that_two_files_define_differently_is_not_used(tmp_path):
    (tmp_path / "a.sql").write_text("CREATE TABLE t (a INT); CREATE TABLE u (a INT);")
    (tmp_path / "b.sql").write_text("CREATE TABLE t (b INT);")
    schema, (skipped,) = read_schema([tmp_path])
    assert [table.name for table in schema.tables] == ["u"]
    assert "defined twice" in skipped.reason


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x89PNG\x00\xff\xfe", "is not text in UTF-8"),
        (b"a\x00b", "is a binary file"),
        (b"INSERT INTO t VALUES (1);", "no CREATE TABLE in it could be read"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_no_schema_is_an_error_that_says_so(tmp_path, content, problem):
    file = tmp_path / "schema.sql"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        read_schema([file])


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"no \.sql file"):
        read_schema([tmp_path])
