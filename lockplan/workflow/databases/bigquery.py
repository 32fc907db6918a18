"""BigQuery's client: queries, load jobs and calls that name tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockplan.model.connection import Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.methods import BoundMethod, Factory, WithMethods, argument
from lockplan.workflow.databases.operator_fields import READ
from lockplan.workflow.databases.recorder import Session, recorder_of
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Native, Site, Text, Value


@dataclass(frozen=True, slots=True)
class _TableCall:
    """A method that works on a table which it names."""

    position: int
    argument: str
    template: str


_TABLE_CALLS: Mapping[str, _TableCall] = MappingProxyType(
    {
        **{
            f"load_table_from_{source}": _TableCall(1, "destination", INSERT_ROWS)
            for source in ("dataframe", "file", "json", "uri")
        },
        "insert_rows": _TableCall(0, "table", INSERT_ROWS),
        "insert_rows_json": _TableCall(0, "table", INSERT_ROWS),
        "insert_rows_from_dataframe": _TableCall(0, "table", INSERT_ROWS),
        "delete_table": _TableCall(0, "table", "DROP TABLE {}"),
        "create_table": _TableCall(0, "table", "CREATE TABLE {} (a STRING)"),
        "list_rows": _TableCall(0, "table", READ),
        "extract_table": _TableCall(0, "source", READ),
    }
)


@dataclass(slots=True, eq=False, repr=False)
class TableReference(Native):
    """A table, or the dataset of one, by its dotted name."""

    name: Value

    def describe(self) -> str:
        return "BigQuery table"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "table":
            return Factory("dataset.table", self._inner)
        if name in ("reference", "dataset_ref"):
            return self
        return Unknown(f"{self.describe()}.{name}")

    def _inner(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return TableReference(_dotted(self.name, argument(args, kwargs, 0, "table_id")))


@dataclass(slots=True, eq=False, repr=False)
class QueryJobConfig(Native):
    """Options of a query, of which the table for its result counts."""

    destination: Value = None

    def describe(self) -> str:
        return "QueryJobConfig"

    def attribute(self, name: str, site: Site) -> Value:
        return self.destination if name == "destination" else Native.attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        if name == "destination":
            self.destination = value


@dataclass(slots=True, eq=False, repr=False)
class Client(WithMethods):
    """A client; every job is committed by itself."""

    session: Session

    def describe(self) -> str:
        return "BigQuery client"

    def attribute(self, name: str, site: Site) -> Value:
        call = _TABLE_CALLS.get(name)
        if call is None:
            return WithMethods.attribute(self, name, site)
        return BoundMethod(
            f"{self.describe()}.{name}",
            lambda args, kwargs, at: self._send(
                call.template, argument(args, kwargs, call.position, call.argument), at
            ),
        )

    def do_query(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``query(sql, job_config)``: the result may go to a table."""
        sql = argument(args, kwargs, 0, "query")
        config = argument(args, kwargs, 1, "job_config")
        recorder = recorder_of(site)
        if recorder:
            recorder.run(self.session, sql, site)
        if isinstance(config, QueryJobConfig) and config.destination is not None:
            self._send(INSERT_ROWS, config.destination, site)
        return Unknown("result of a query")

    do_query_and_wait = do_query

    def do_copy_table(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``copy_table(sources, destination)``."""
        sources = argument(args, kwargs, 0, "sources")
        for source in sources if isinstance(sources, list | tuple) else [sources]:
            self._send(READ, source, site)
        return self._send(INSERT_ROWS, argument(args, kwargs, 1, "destination"), site)

    def do_dataset(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dataset(name)`` begins a table's name."""
        name = argument(args, kwargs, 0, "dataset_id", "dataset_ref")
        project = argument(args, kwargs, 1, "project")
        return TableReference(_dotted(project, name) if project is not None else _name(name))

    do_get_dataset = do_dataset

    def do_get_table(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``get_table(name)`` looks up what the table is, not its rows."""
        return TableReference(_name(argument(args, kwargs, 0, "table")))

    def _send(self, template: str, table: Value, site: Site) -> Value:
        recorder = recorder_of(site)
        if recorder:
            rows = Unknown("rows to load") if template == INSERT_ROWS else None
            recorder.run(self.session, filled(template, _quoted(_name(table))), site, rows)
        return Unknown("a job")


def _name(table: Value) -> Value:
    return table.name if isinstance(table, TableReference) else table


def _quoted(table: Value) -> Value:
    """Quote a name, in which a project may have dashes."""
    return Text.join(["`", table, "`"]) if isinstance(table, str | Text) else table


def _dotted(*names: Value) -> Value:
    """Join the parts of a name; one that is not known becomes a hole."""
    known = [name for name in names if isinstance(name, str | Text | Unknown)]
    return Text.join([piece for name in known for piece in (".", name)][1:])


@dataclass(slots=True, eq=False, repr=False)
class _Class(Factory):
    """A class whose other constructors, ``from_…``, make the same."""

    def attribute(self, name: str, site: Site) -> Value:
        return self if name.startswith("from_") else Factory.attribute(self, name, site)


def _client(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    project = kwargs.get("project")
    name = f"bigquery:{project}" if isinstance(project, str) else "bigquery"
    return Client(Session(Connection(name, Engine.BIGQUERY, autocommit=True)))


def _reference(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    outer = _name(argument(args, kwargs, 0, "dataset_ref", "table_ref", "table_id", "project"))
    inner = argument(args, kwargs, 1, "table_id", "dataset_id")
    return TableReference(_dotted(outer, inner) if isinstance(inner, str | Text) else outer)


def _job_config(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return QueryJobConfig(kwargs.get("destination"))


_MAKERS = MappingProxyType(
    {
        "Client": _client,
        "Table": _reference,
        "TableReference": _reference,
        "DatasetReference": _reference,
        "QueryJobConfig": _job_config,
    }
)
_PACKAGE = "google.cloud.bigquery."


def resolve(dotted: str) -> Native | None:
    """Return the model of ``google.cloud.bigquery.Client`` and its kind."""
    name = dotted.removeprefix(_PACKAGE)
    if name == dotted or name not in _MAKERS:
        return None
    return _Class(dotted, _MAKERS[name])
