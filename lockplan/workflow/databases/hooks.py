"""Airflow's hooks: an id of a connection in, SQL out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lockplan.model.connection import Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.alchemy import SaEngine
from lockplan.workflow.databases.defaults import HOOKS, INSERT_ROWS, HookDefaults, hook_defaults
from lockplan.workflow.databases.driver_defaults import DRIVERS, Driver
from lockplan.workflow.databases.drivers import Cursor, DbConnection
from lockplan.workflow.databases.methods import BoundMethod, Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import Session, looks_like_sql, recorder_of
from lockplan.workflow.databases.targets import connection_field, first_given, from_conn_id
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.objects import Instance, NativeClass
from lockplan.workflow.values import Native, Site, Value

_HOOK_DRIVERS = {
    Engine.MYSQL: DRIVERS["MySQLdb"],
    Engine.POSTGRESQL: DRIVERS["psycopg2"],
    Engine.SQLITE: DRIVERS["sqlite3"],
}


@dataclass(slots=True, eq=False, repr=False)
class Hook(WithMethods):
    """A hook object; each of its calls opens a connection of its own."""

    name: str
    defaults: HookDefaults
    session: Session
    arguments: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        if name in self.arguments:
            return self.arguments[name]
        if name == self.defaults.conn_id_argument or name == "conn_id":
            return self.session.connection.name
        return WithMethods.attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.arguments[name] = value
        if name == "schema" and isinstance(value, str):
            self.session.connection = replace(self.session.connection, database=value)

    def _fresh(self, autocommit: Value = None) -> Session:
        connection = self.session.connection
        if isinstance(autocommit, bool):
            connection = replace(connection, autocommit=autocommit)
        return Session(connection)

    def do_run(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``run(sql, autocommit, parameters)``: a list is one transaction unless autocommit."""
        sql = argument(args, kwargs, 0, "sql", "hql", "query")
        autocommit = argument(args, kwargs, 1, "autocommit")
        params = argument(args, kwargs, 2, "parameters")
        texts = sql if isinstance(sql, list | tuple) else [sql]
        recorder = recorder_of(site)
        if recorder and (self._reaches_a_database() or any(map(looks_like_sql, texts))):
            session = self._fresh(autocommit)
            for one in texts:
                recorder.run(session, one, site, params)
        return Unknown("result of a query")

    def do_get_records(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``get_records(sql, parameters)`` and the other readers."""
        sql = argument(args, kwargs, 0, "sql", "hql", "bql", "query")
        params = argument(args, kwargs, 1, "parameters", "params")
        return self.do_run([sql], {"parameters": params}, site)

    do_execute = do_get_records
    do_get_first = do_get_records
    do_get_pandas_df = do_get_records
    do_get_pandas_df_by_chunks = do_get_records
    do_get_polars_df = do_get_records
    do_get_df = do_get_records
    do_get_df_by_chunks = do_get_records
    do_get_results = do_get_records

    def do_run_cli(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``HiveCliHook.run_cli(hql)``, ``BigQueryHook.run_query(sql)``: only the text counts."""
        return self.do_run(args[:1], _without_parameters(kwargs), site)

    do_run_query = do_run_cli
    do_query = do_run_cli

    def do_copy_expert(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``PostgresHook.copy_expert("COPY …", filename)``, committed at its end."""
        return self.do_run(args[:1], _without_parameters(kwargs), site)

    def do_insert_rows(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``insert_rows(table, rows)`` commits every 1,000 rows."""
        return self._insert(argument(args, kwargs, 0, "table"), site, kwargs.get("replace"))

    def do_bulk_load(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``bulk_load(table, file)``."""
        return self._insert(argument(args, kwargs, 0, "table"), site)

    do_bulk_load_custom = do_bulk_load

    def do_get_conn(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Open the driver's connection."""
        return DbConnection(self._fresh(), self._driver())

    do_get_client = do_get_conn

    def do_get_cursor(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Open a connection and take its cursor."""
        return Cursor(self._fresh(), self._driver())

    def do_get_sqlalchemy_engine(
        self, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """Make SQLAlchemy's engine of the connection."""
        return SaEngine(self._fresh())

    def do_get_connection(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Look the connection itself up."""
        return AirflowConnection(argument(args, kwargs, 0, "conn_id"))

    def do_get_uri(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Return the URL, which still names the connection."""
        return connection_field(self.session.connection.name, "uri")

    def _reaches_a_database(self) -> bool:
        """Whether the class is known to; hooks of web services have a `run` of their own."""
        return self.name in HOOKS or self.defaults.engine is not Engine.UNKNOWN

    def _driver(self) -> Driver:
        known = _HOOK_DRIVERS.get(self.defaults.engine)
        return known or Driver(self.name, self.defaults.engine, execute_returns_cursor=True)

    def _insert(self, table: Value, site: Site, replaces: Value = None) -> Value:
        recorder = recorder_of(site)
        if recorder:
            verb = "REPLACE" if replaces is True and self.defaults.engine is Engine.MYSQL else None
            template = INSERT_ROWS.replace("INSERT", verb) if verb else INSERT_ROWS
            rows = Unknown("rows made while running")
            recorder.run(self._fresh(), filled(template, table), site, rows, repeated=True)
        return None


@dataclass(slots=True, eq=False, repr=False)
class HookClass(NativeClass):
    """A hook class of Airflow."""

    name: str

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        if name == "get_connection":
            return Factory("BaseHook.get_connection", _get_connection)
        if name == "get_hook":
            return Factory("BaseHook.get_hook", _get_hook)
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return make_hook(self.name, args, kwargs)

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        instance.native = make_hook(self.name, args, kwargs)


@dataclass(slots=True, eq=False, repr=False)
class AirflowConnection(WithMethods):
    """What ``BaseHook.get_connection(id)`` gives: all its fields are in Airflow's database."""

    conn_id: Value

    def describe(self) -> str:
        return "Airflow connection"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "conn_id":
            return self.conn_id
        if name in ("get_hook", "get_uri"):
            return BoundMethod(name, getattr(self, f"do_{name}"))
        known = self.conn_id if isinstance(self.conn_id, str) else "(unknown)"
        return connection_field(known, name)

    def do_get_hook(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Make the hook of whatever type the connection has."""
        return make_hook("DbApiHook", [self.conn_id], {})

    def do_get_uri(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Return the URL, which still names the connection."""
        return self.attribute("uri", site)


def make_hook(name: str, args: list[Value], kwargs: dict[str, Value]) -> Hook:
    """Make a hook object of a class of Airflow."""
    defaults = hook_defaults(name)
    conn_id = first_given(kwargs, defaults.conn_id_argument, "conn_id")
    if conn_id is None:
        others = [value for key, value in kwargs.items() if key.endswith("conn_id")]
        conn_id = args[0] if args else others[0] if others else defaults.conn_id
    database = first_given(kwargs, "schema", "database")
    connection = from_conn_id(conn_id, defaults.engine, database, defaults.autocommit)
    return Hook(name, defaults, Session(connection), dict(kwargs))


def resolve(dotted: str) -> Native | None:
    """Return the model of a hook class or of `Connection`'s look-ups."""
    package, name = dotted.partition(".")[0], dotted.rpartition(".")[2]
    if package == "airflow":
        return HookClass(name) if name.endswith("Hook") else None
    # Packages that bring a provider of their own name it so: airflow_clickhouse_plugin.
    return HookClass(name) if package.startswith("airflow_") and name in HOOKS else None


def _get_connection(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return AirflowConnection(argument(args, kwargs, 0, "conn_id"))


def _get_hook(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return make_hook("DbApiHook", args, kwargs)


def _without_parameters(kwargs: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in kwargs.items() if name in ("sql", "hql", "query")}
