"""DB-API drivers: connections and cursors."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lockplan.model.connection import Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.driver_defaults import DRIVERS, Driver, canonical
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import Session, recorder_of, set_autocommit
from lockplan.workflow.databases.targets import (
    DATABASE_ARGUMENTS,
    HOST_ARGUMENTS,
    database_file,
    engine_of_odbc,
    first_given,
    from_arguments,
    from_dsn,
    sqlite_file,
)
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Native, Site, Text, Value


@dataclass(slots=True, eq=False, repr=False)
class Cursor(WithMethods):
    """A cursor: sends SQL in its connection's transaction."""

    session: Session
    driver: Driver

    def describe(self) -> str:
        return "cursor"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "connection":
            return DbConnection(self.session, self.driver)
        return WithMethods.attribute(self, name, site)

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return Unknown("rows of a query")

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``execute(sql, parameters)``; drivers name the first argument in different ways."""
        sql = argument(args, kwargs, 0, "query", "operation", "sql")
        params = argument(args, kwargs, 1, "args", "params", "vars", "parameters")
        recorder = recorder_of(site)
        if recorder:
            recorder.run(self.session, sql, site, params)
        return self if self.driver.execute_returns_cursor else Unknown("number of rows")

    def do_executemany(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``executemany(sql, rows)``."""
        sql = argument(args, kwargs, 0, "query", "operation", "sql")
        rows = argument(args, kwargs, 1, "args", "seq_params", "vars_list", "params_seq")
        recorder = recorder_of(site)
        if recorder:
            recorder.run_many(self.session, sql, site, rows)
        return Unknown("number of rows")

    def do_executescript(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Sqlite commits what is open, then runs a whole script."""
        _end(self.session, site)
        return self.do_execute(args, kwargs, site)

    def do_copy_expert(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``copy_expert("COPY …", file)``."""
        return self.do_execute(args[:1], kwargs, site)

    def do_copy_from(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``copy_from(file, table)``: rows arrive in the table."""
        table = argument(args, kwargs, 1, "table")
        recorder = recorder_of(site)
        if recorder:
            rows = Unknown("rows of a file")
            recorder.run(self.session, filled(INSERT_ROWS, table), site, rows, repeated=True)
        return None

    def do_callproc(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Call a stored procedure, which may do anything."""
        name = argument(args, kwargs, 0, "procname")
        recorder = recorder_of(site)
        if recorder:
            recorder.run(self.session, f"CALL {name}()" if isinstance(name, str) else name, site)
        return Unknown("result of a procedure")

    def do_close(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Close the cursor, which ends nothing."""
        return None


@dataclass(slots=True, eq=False, repr=False)
class DbConnection(WithMethods):
    """A connection to a server."""

    session: Session
    driver: Driver

    def describe(self) -> str:
        return f"{self.driver.name} connection"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "autocommit" and self.driver.name not in ("pymysql", "MySQLdb"):
            return self.session.connection.autocommit
        return WithMethods.attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        if name == "autocommit":
            set_autocommit(self.session, value, site)
        elif name == "isolation_level" and self.driver.engine is Engine.SQLITE:
            set_autocommit(self.session, value is None, site)

    def exit(self, site: Site) -> None:
        if self.driver.with_commits or self.driver.with_closes:
            _end(self.session, site)

    def do_cursor(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """All cursors of a connection share its transaction."""
        return Cursor(self.session, self.driver)

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Sqlite3's and psycopg's shortcut."""
        cursor = Cursor(self.session, self.driver)
        cursor.do_execute(args, kwargs, site)
        return cursor

    def do_query(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``query(sql)`` of the MySQL drivers."""
        return Cursor(self.session, self.driver).do_execute(args, kwargs, site)

    def do_executemany(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Sqlite3's shortcut."""
        return Cursor(self.session, self.driver).do_executemany(args, kwargs, site)

    def do_executescript(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Sqlite3's shortcut."""
        return Cursor(self.session, self.driver).do_executescript(args, kwargs, site)

    def do_commit(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """End the transaction: its locks go."""
        _end(self.session, site)
        return None

    do_rollback = do_commit
    do_close = do_commit

    def do_begin(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``begin()`` opens a transaction even under autocommit."""
        recorder = recorder_of(site)
        if recorder:
            recorder.begin(self.session)
        return None

    do_start_transaction = do_begin

    def do_autocommit(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``autocommit(True)`` of the MySQL drivers."""
        set_autocommit(self.session, argument(args, kwargs, 0, "value", default=True), site)
        return None

    def do_set_session(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``set_session(autocommit=…)`` of psycopg2."""
        if "autocommit" in kwargs:
            set_autocommit(self.session, kwargs["autocommit"], site)
        return None

    def do_set_isolation_level(
        self, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """Level 0 of psycopg2 is autocommit."""
        set_autocommit(self.session, argument(args, kwargs, 0, "level") == 0, site)
        return None

    def do_select_db(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Change the default database."""
        name = argument(args, kwargs, 0, "db")
        database = name if isinstance(name, str) else None
        self.session.connection = replace(self.session.connection, database=database)
        return None


def connect(driver: Driver, args: list[Value], kwargs: dict[str, Value]) -> DbConnection:
    """Model a driver's ``connect(…)``."""
    given = {**dict(zip(driver.positions, args, strict=False)), **kwargs}
    return DbConnection(Session(_connection(driver, given)), driver)


def _connection(driver: Driver, given: dict[str, Value]) -> Connection:
    autocommit = given.get("autocommit", given.get("**", driver.autocommit))
    known = autocommit if isinstance(autocommit, bool) else None
    if driver.engine is Engine.SQLITE:
        off = "isolation_level" in given and given["isolation_level"] is None
        return sqlite_file(given.get("database"), off)
    if driver.embedded:
        return database_file(driver.name, driver.engine, given.get("database"), known)
    dsn = first_given(given, "dsn", "conninfo")
    if isinstance(dsn, str | Text):
        return from_dsn(driver.name, driver.engine, dsn, known)
    engine = engine_of_odbc(driver.engine, given.get("driver"))
    host = dsn if dsn is not None else first_given(given, *HOST_ARGUMENTS)
    if host is None:
        host = first_given(given, "**", "read_default_file", "service", "option_files")
        host = "localhost" if host is None else Unknown("its configuration")
    database = first_given(given, *DATABASE_ARGUMENTS)
    return from_arguments(driver.name, engine, host, given.get("port"), database, known)


def _end(session: Session, site: Site) -> None:
    recorder = recorder_of(site)
    if recorder:
        recorder.end(session, site)


def resolve(dotted: str) -> Native | None:
    """Return the model of ``pymysql.connect`` and its kind."""
    module, _, name = dotted.rpartition(".")
    driver = DRIVERS.get(canonical(module))
    if driver is None or name not in driver.makers:
        return None
    return Factory(f"{driver.name}.{name}", lambda args, kwargs, _: connect(driver, args, kwargs))
