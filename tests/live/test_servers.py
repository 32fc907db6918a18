"""Snapshots of real servers."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers import Server

from lockplan.errors import InputError
from lockplan.live import Snapshot, read_server
from lockplan.live.interface import Found
from lockplan.model.schema import (
    Column,
    ColumnStatistics,
    ColumnType,
    ForeignKey,
    Index,
    Partition,
    Schema,
    Table,
)
from lockplan.snapshots import read_snapshot, snapshot_to_json

from . import definitions

FIRST, LAST = datetime(2026, 1, 2), datetime(2026, 1, 31)


def execute(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            if cursor.description:
                cursor.fetchall()


def after_a_file(snapshot: Snapshot, folder: Path) -> Schema:
    """Return the schema as it comes back from the snapshot's file, which holds no one's name."""
    file = folder / "snapshot.json"
    file.write_text(snapshot_to_json(snapshot.schema, snapshot.server), encoding="utf-8")
    assert definitions.PERSON.lower() not in file.read_text(encoding="utf-8").lower()
    schema = read_snapshot(file)
    assert schema == snapshot.schema
    return schema


def table_of(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    assert found is not None
    return found


def column_of(table: Table, name: str) -> ColumnStatistics:
    assert table.statistics is not None
    return table.statistics.columns[name]


@pytest.fixture
def innodb_shop(innodb_server: Server) -> Any:
    with innodb_server.scratch_database("shop") as database:
        with innodb_server.connect(database=database, autocommit=True) as connection:
            execute(connection, *definitions.INNODB, "ANALYZE TABLE Orders, facts")
        yield database


@pytest.fixture
def innodb_schema(innodb_server: Server, innodb_shop: str, tmp_path: Path) -> Schema:
    snapshot = read_server(innodb_server.url(innodb_shop))
    assert snapshot.skipped == ()
    return after_a_file(snapshot, tmp_path)


def test_mysql_and_mariadb_tell_columns_and_keys(innodb_schema, innodb_shop):
    orders = table_of(innodb_schema, "orders")
    assert (orders.database, orders.engine) == (innodb_shop, "InnoDB")
    assert orders.columns[:2] == (
        Column("Id", ColumnType.NUMBER, nullable=False, auto_increment=True),
        Column("day", ColumnType.DATE, nullable=False),
    )
    cents = orders.column("cents")
    assert cents is not None
    assert "`total` * 100" in str(cents.generated)
    assert orders.indexes == (
        Index("PRIMARY", ("id",), unique=True, primary=True),
        Index("u", ("day", "id"), unique=True),
        Index("k_who", ("(who(10))",)),
    )
    lines = table_of(innodb_schema, "order_lines")
    assert lines.foreign_keys == (ForeignKey(("order_id",), "orders", ("id",), "CASCADE"),)
    assert [c.name for c in table_of(innodb_schema, "odd%s:x`y").columns] == ["a b", "sel:ect"]


def test_mysql_and_mariadb_tell_what_they_count(innodb_schema):
    orders, facts = table_of(innodb_schema, "orders"), table_of(innodb_schema, "facts")
    assert orders.statistics is not None
    assert (orders.statistics.rows, orders.statistics.estimated) == (30, True)
    assert column_of(orders, "day") == ColumnStatistics(FIRST, LAST, 30)
    assert column_of(orders, "id").high == Decimal(30)
    assert column_of(facts, "d") == ColumnStatistics(FIRST, LAST, 30)


def test_a_table_counts_as_empty_only_where_an_index_has_no_entry(innodb_schema):
    lines = table_of(innodb_schema, "order_lines").statistics
    assert lines is not None
    assert lines.rows == 0


def test_an_estimate_of_no_rows_is_not_taken_for_an_empty_table():
    schema = Schema((Table("t", (Column("d", ColumnType.DATE),), ()),))
    assert Found(schema, {"t": 0}).statistics() == {}
    assert Found(schema, {"t": 0}, empty={"t"}).statistics()["t"]["rows"] == 0
    assert Found(schema, {"t": 7}).statistics()["t"]["rows"] == 7


def test_mysql_and_mariadb_tell_partitions_views_and_triggers(innodb_schema, innodb_shop):
    facts = table_of(innodb_schema, "facts")
    assert facts.partitioning is not None
    assert facts.partitioning.function == "to_days"
    assert facts.partitioning.partitions[1] == Partition(
        "p2", (Decimal(739989),), (Decimal(739996),)
    )
    (view,) = innodb_schema.views
    assert (view.name, view.columns, view.database) == ("v", ("number", "on_day"), innodb_shop)
    assert "from" in view.query
    (trigger,) = innodb_schema.triggers_of("orders")
    assert (trigger.events, trigger.timing) == (("INSERT",), "BEFORE")
    assert trigger.body.startswith("BEGIN SET NEW.mood")


def test_a_reader_without_any_other_right_sees_its_database_alone(innodb_server, innodb_shop):
    user = "'lockplan_reader'@'%'"
    with innodb_server.connect(autocommit=True) as connection:
        execute(connection, f"CREATE USER {user} IDENTIFIED BY 'p@ss:w/rd'")
        try:
            execute(connection, f"GRANT SELECT ON {innodb_shop}.* TO {user}")
            where = f"{innodb_server.host}:{innodb_server.port}"
            snapshot = read_server(f"mysql://lockplan_reader:p%40ss%3Aw%2Frd@{where}")
        finally:
            execute(connection, f"DROP USER {user}")
    assert len(snapshot.schema.tables) == 4
    assert column_of(table_of(snapshot.schema, "orders"), "day").high == LAST
    assert "p@ss" not in snapshot_to_json(snapshot.schema, snapshot.server)


def test_histograms_of_mysql_tell_of_columns_without_an_index(mysql_server: Server):
    with mysql_server.scratch_database("histogram") as database:
        with mysql_server.connect(database=database, autocommit=True) as connection:
            execute(connection, *definitions.INNODB)
            execute(connection, "ANALYZE TABLE Orders")
            execute(connection, "ANALYZE TABLE Orders UPDATE HISTOGRAM ON cents, who")
        orders = table_of(read_server(mysql_server.url(database)).schema, "orders")
    assert column_of(orders, "cents") == ColumnStatistics(Decimal(100), Decimal(3000), 30)
    assert column_of(orders, "who").low is None


def test_persistent_statistics_of_mariadb_tell_of_columns_without_an_index(mariadb_server: Server):
    with mariadb_server.scratch_database("persistent") as database:
        with mariadb_server.connect(database=database, autocommit=True) as connection:
            execute(connection, *definitions.INNODB)
            execute(connection, "ANALYZE TABLE Orders PERSISTENT FOR ALL")
        orders = table_of(read_server(mariadb_server.url(database)).schema, "orders")
    assert column_of(orders, "cents") == ColumnStatistics(Decimal(100), Decimal(3000), 30)
    assert column_of(orders, "who") == ColumnStatistics(distinct=1)


def test_a_table_that_someone_locks_is_not_waited_for_long(innodb_server, innodb_shop):
    with innodb_server.connect(database=innodb_shop) as other:
        execute(other, "LOCK TABLES Orders WRITE")
        began = time.monotonic()
        snapshot = read_server(innodb_server.url(innodb_shop))
        assert time.monotonic() - began < 15
    orders, facts = snapshot.schema.table("orders"), table_of(snapshot.schema, "facts")
    assert column_of(facts, "d").high == LAST
    said = [skipped.where.path for skipped in snapshot.skipped]
    assert orders is not None or any("orders" in path for path in said)


def test_a_snapshot_changes_nothing_and_the_session_could_not(innodb_server, innodb_shop):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from lockplan.live.address import Address, connected

    with (
        connected(Address.of(innodb_server.url(innodb_shop))) as connection,
        pytest.raises(DBAPIError, match="READ ONLY"),
    ):
        connection.execute(text("DELETE FROM Orders"))


@pytest.fixture
def postgresql_schema(postgresql_server: Server, tmp_path: Path) -> Any:
    with postgresql_server.scratch_database("shop") as database:
        with postgresql_server.connect(database=database, autocommit=True) as connection:
            execute(connection, *definitions.POSTGRESQL, "ANALYZE")
        yield after_a_file(read_server(postgresql_server.url(database)), tmp_path)


def test_postgresql_tells_columns_and_keys(postgresql_schema):
    orders = table_of(postgresql_schema, "orders")
    assert orders.database == "public"
    assert [(column.name, column.type.value) for column in orders.columns] == [
        ("id", "number"),
        ("Day", "date"),
        ("at", "datetime"),
        ("who", "text"),
        ("total", "number"),
        ("cents", "number"),
        ("feels", "text"),
        ("note", "other"),
    ]
    assert orders.columns[0].auto_increment
    assert orders.columns[5].generated
    assert orders.indexes == (
        Index("Orders_pkey", ("id",), unique=True, primary=True),
        Index("k_low", ("(lower(who::text))", "id")),
        Index("u", ("day", "id"), unique=True),
    )
    lines = table_of(postgresql_schema, "order_lines")
    assert lines.foreign_keys == (
        ForeignKey(("order_id",), "orders", ("id",), "CASCADE", "NO ACTION"),
    )
    assert table_of(postgresql_schema, 'odd%s:x"y').database == "other"


def test_postgresql_tells_what_it_counts(postgresql_schema):
    orders, facts = table_of(postgresql_schema, "orders"), table_of(postgresql_schema, "facts")
    assert orders.statistics is not None
    assert (orders.statistics.rows, orders.statistics.estimated) == (30, True)
    assert column_of(orders, "day") == ColumnStatistics(FIRST, LAST, 30)
    assert column_of(orders, "total") == ColumnStatistics(Decimal(1), Decimal(30), 30)
    assert column_of(orders, "who") == ColumnStatistics(distinct=1)
    assert facts.statistics is not None
    assert facts.statistics.rows == 30


def test_postgresql_tells_partitions_views_and_triggers(postgresql_schema):
    facts = table_of(postgresql_schema, "facts")
    assert facts.partitioning is not None
    assert facts.partitioning.partitions == (
        Partition("facts_1", (None,), (datetime(2026, 1, 8),)),
        Partition("facts_2"),
    )
    assert table_of(postgresql_schema, "facts_1").partition_of == "facts"
    assert [(v.name, v.materialized) for v in postgresql_schema.views] == [
        ("mv", True),
        ("v", False),
    ]
    (trigger,) = postgresql_schema.triggers
    assert trigger.events == ("INSERT", "UPDATE")
    assert "UPDATE order_lines" in trigger.body


def test_a_wrong_password_or_database_is_an_error_without_the_password(
    innodb_server: Server, postgresql_server: Server
):
    for url in (
        f"mysql://nobody:s3cret@{innodb_server.host}:{innodb_server.port}/x",
        innodb_server.url("no_such_database"),
        f"postgresql://nobody:s3cret@{postgresql_server.host}:{postgresql_server.port}/x",
        postgresql_server.url("no_such_database"),
    ):
        with pytest.raises(InputError) as refused:
            read_server(url)
        assert "s3cret" not in str(refused.value)
        assert refused.value.way_out


def test_sqlite_tells_whether_it_writes_ahead(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
    assert read_server(f"sqlite:///{tmp_path / 'x.db'}").schema.journal == "wal"


def test_sqlite_tells_what_its_file_keeps(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a b.db")) as connection:
        for statement in (*definitions.SQLITE, "ANALYZE"):
            connection.execute(statement)
        connection.commit()
    snapshot = read_server(f"sqlite:///{tmp_path / 'a b.db'}")
    assert snapshot.skipped == ()
    schema = after_a_file(snapshot, tmp_path)
    orders = table_of(schema, "orders")
    assert orders.statistics is not None
    assert orders.statistics.rows == 30
    assert column_of(orders, "day") == ColumnStatistics(FIRST, LAST, 30)
    assert column_of(orders, "who").low is None
    assert [view.name for view in schema.views] == ["v"]
    assert schema.journal == "delete"
    assert schema.triggers[0].body.startswith("BEGIN INSERT INTO log")
