"""SQLAlchemy's ORM sessions: what they read and write by classes that name a table."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.alchemy import Executor, SaConnection
from lockplan.workflow.databases.core import Clause, statement, tables_in
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import Session, recorder_of
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Native, Site, Value

_READ = "SELECT * FROM {}"
_DELETE = "DELETE FROM {}"
_UPDATE = "UPDATE {} SET a = %s"


@dataclass(slots=True, eq=False, repr=False)
class OrmSession(SaConnection):
    """An ORM session; objects count as written where they are added."""

    def do_add(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``add(object)``, ``bulk_insert_mappings(Class, rows)``: rows arrive."""
        return send(self.session, INSERT_ROWS, argument(args, kwargs, 0, "instance"), site)

    do_add_all = do_add
    do_bulk_save_objects = do_add
    do_bulk_insert_mappings = do_add

    def do_merge(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``merge(object)`` reads the row, then inserts or updates it."""
        target = argument(args, kwargs, 0, "instance")
        for template in (_READ, _UPDATE, INSERT_ROWS):
            send(self.session, template, target, site)
        return target

    def do_bulk_update_mappings(
        self, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """``bulk_update_mappings(Class, rows)``."""
        return send(self.session, _UPDATE, argument(args, kwargs, 0, "mapper"), site)

    def do_delete(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``delete(object)``."""
        return send(self.session, _DELETE, argument(args, kwargs, 0, "instance"), site)

    def do_query(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``query(Class)`` reads, or deletes or updates where its chain of calls ends so."""
        for target in args:
            send(self.session, _READ, target, site)
        return OrmQuery(self.session, args[0] if args else None)


@dataclass(slots=True, eq=False, repr=False)
class OrmQuery(WithMethods):
    """A query; its filters keep it one."""

    session: Session
    target: Value

    def describe(self) -> str:
        return "query()"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "statement":
            return statement("SELECT", [self.target], site)
        return WithMethods.attribute(self, name, site)

    def do_filter(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Return the query itself: which rows a filter leaves is not followed."""
        return self

    do_filter_by = do_filter
    do_where = do_filter
    do_with_for_update = do_filter
    do_options = do_filter
    do_order_by = do_filter
    do_group_by = do_filter
    do_having = do_filter
    do_distinct = do_filter
    do_limit = do_filter
    do_offset = do_filter

    def do_join(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``join(Class, condition)`` reads another table."""
        send(self.session, _READ, args[:1], site)
        return self

    do_outerjoin = do_join
    do_select_from = do_join

    def do_delete(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Delete all rows of the query."""
        return send(self.session, _DELETE, self.target, site)

    def do_update(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Update all rows of the query."""
        return send(self.session, _UPDATE, self.target, site)


def send(session: Session, template: str, target: Value, site: Site) -> Value:
    """Note the statement that the ORM makes for a class, an object of it or a list of objects."""
    recorder = recorder_of(site)
    if recorder:
        for table in dict.fromkeys(_tables(target)):
            rows = Unknown("values of the ORM")
            recorder.run(session, filled(template, table), site, rows, repeated=True)
    return Unknown("result of the ORM")


def _tables(target: Value) -> list[Value]:
    known = isinstance(target, Clause) and not target.tables
    return [] if known else [*tables_in([target])] or [Unknown("a table that the ORM maps")]


def _session(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    bind = argument(args, kwargs, 0, "bind")
    if isinstance(bind, Executor):
        return OrmSession(Session(bind.session.connection))
    return Unknown("a session without a known engine")


def _sessionmaker(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    made = _session(args, kwargs, site)
    if isinstance(made, Unknown):
        return made
    return Factory("sessionmaker()", lambda *_: OrmSession(Session(made.session.connection)))


def _scoped_session(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return argument(args, kwargs, 0, "session_factory")


_MAKERS = {"sessionmaker": _sessionmaker, "scoped_session": _scoped_session, "Session": _session}


def resolve(dotted: str) -> Native | None:
    """Return the model of ``sqlalchemy.orm.Session`` and its kind."""
    name = dotted.rpartition(".")[2]
    if not dotted.startswith(("sqlalchemy.", "sqlmodel.")) or name not in _MAKERS:
        return None
    return Factory(dotted, _MAKERS[name])
