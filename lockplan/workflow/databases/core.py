"""SQLAlchemy Core: tables, and the statements that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.alchemy import session_of
from lockplan.workflow.databases.methods import BoundMethod, Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import SqlText, recorder_of
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.objects import ClassValue, Instance, NativeClass
from lockplan.workflow.values import Native, Site, Text, Value

Tables = tuple[Value, ...]
"""Names of tables; one that is not known is Unknown."""


@dataclass(slots=True, eq=False, repr=False)
class Clause(Native):
    """A column, condition, function or join, of which only the tables count."""

    tables: Tables = ()

    def describe(self) -> str:
        return "a clause of SQLAlchemy"

    def attribute(self, name: str, site: Site) -> Value:
        return Unknown(f"a column's {name}") if name in ("name", "key") else Clause(self.tables)

    def item(self, key: Value, site: Site) -> Value:
        return Clause(self.tables)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return Clause((*self.tables, *tables_in(args), *tables_in(kwargs.values())))

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        return Clause((*self.tables, *tables_in([other])))


@dataclass(slots=True, eq=False, repr=False)
class CoreTable(Clause):
    """``Table("name", metadata, …)``."""

    name: Value = None

    def attribute(self, name: str, site: Site) -> Value:
        verb = _VERBS.get(name)
        if verb is not None:
            return BoundMethod(name, lambda args, kwargs, at: statement(verb, [self, *args], at))
        if name in _DEFINITIONS:
            return BoundMethod(name, lambda args, kwargs, at: define(name, [self], args, at))
        plain = name in ("name", "fullname", "key")
        return self.name if plain else Clause(self.tables)


@dataclass(frozen=True, slots=True)
class _Spec:
    """What a statement is made of."""

    verb: str
    target: Value
    tables: Tables
    assigned: tuple[Value, ...] = (Unknown("the columns that SQLAlchemy sets"),)
    tail: str = ""

    def text(self) -> Value:
        """Return the SQL, with a hole for what is not known."""
        others = _distinct(table for table in self.tables if table is not self.target)
        found = Text.join([piece for table in others for piece in (", ", table)][1:])
        if self.verb == "SELECT":
            return Text.join(["SELECT * FROM ", found, self.tail] if others else ["SELECT 1"])
        if isinstance(self.target, Unknown):
            return self.target
        return Text.join([self.verb, " ", self.target, *self._rest(found if others else None)])

    def _rest(self, others: str | Text | None) -> list[str | Text | Unknown]:
        if self.verb.startswith("INSERT"):
            return [*((" SELECT * FROM ", others) if others else (" VALUES (:row)",)), self.tail]
        columns = [piece for column in self.assigned for piece in (", ", column, " = :value")][1:]
        setting = [" SET ", *columns] if self.verb == "UPDATE" else []
        known = [piece for piece in setting if isinstance(piece, str | Text | Unknown)]
        return [*known, *((" WHERE EXISTS (SELECT * FROM ", others, ")") if others else ())]


@dataclass(slots=True, eq=False, repr=False)
class CoreStatement(SqlText):
    """A statement; its methods give one that says more."""

    spec: _Spec = field(default_factory=lambda: _Spec("SELECT", None, ()))

    def describe(self) -> str:
        return "a statement of SQLAlchemy"

    def attribute(self, name: str, site: Site) -> Value:
        if name in _AS_CLAUSE:
            return Clause(self.spec.tables)
        return BoundMethod(name, lambda args, kwargs, at: self._with(name, args, kwargs))

    def _with(self, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        change = _CHANGES.get(name)
        if change is None:
            found = (*tables_in(args), *tables_in(kwargs.values()))
            return _made(replace(self.spec, tables=(*self.spec.tables, *found)), self.built_at)
        return _made(change(self.spec, args, kwargs), self.built_at)


def _made(spec: _Spec, built_at: Span) -> CoreStatement:
    return CoreStatement(spec.text(), built_at, Unknown("values of SQLAlchemy"), spec)


def statement(verb: str, args: list[Value], site: Site) -> Value:
    """Make a statement of the table, or for a query of the columns, that it is given."""
    built_at = site.literal or site.span
    if verb == "SELECT":
        return _made(_Spec(verb, None, tuple(tables_in(args, strict=True))), built_at)
    target = next(tables_in(args[:1], strict=True), Unknown("a table that is not named"))
    return _made(_Spec(verb, target, ()), built_at)


# what a statement's methods add


def _values(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    given = args[0] if args else dict(kwargs)
    return replace(spec, assigned=_columns(given) or spec.assigned)


def _columns(given: Value) -> tuple[Value, ...]:
    """Return the names of the columns that a dictionary assigns; none where they are not known."""
    names = tuple(given) if isinstance(given, dict) else ()
    return names if all(isinstance(name, str) for name in names) else ()


def _upsert(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    names = _columns(kwargs.get("set_")) or ("a", "b")
    setting = ", ".join(f"{name} = excluded.{name}" for name in names)
    return replace(spec, tail=f" ON CONFLICT (id) DO UPDATE SET {setting}")


def _upsert_mysql(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    names = _columns(args[0] if args else dict(kwargs)) or ("a", "b")
    setting = ", ".join(f"{name} = VALUES({name})" for name in names)
    return replace(spec, tail=f" ON DUPLICATE KEY UPDATE {setting}")


def _do_nothing(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    return replace(spec, tail=" ON CONFLICT DO NOTHING")


def _prefix(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    word = str(args[0]).upper() if args and isinstance(args[0], str) else ""
    known = word in ("IGNORE", "OR IGNORE", "OR REPLACE") and spec.verb == "INSERT INTO"
    return replace(spec, verb=f"INSERT {word} INTO") if known else spec


def _for_update(spec: _Spec, args: list[Value], kwargs: dict[str, Value]) -> _Spec:
    return replace(spec, tail=" FOR UPDATE")


_CHANGES = MappingProxyType(
    {
        "values": _values,
        "on_conflict_do_update": _upsert,
        "on_conflict_do_nothing": _do_nothing,
        "on_duplicate_key_update": _upsert_mysql,
        "prefix_with": _prefix,
        "with_for_update": _for_update,
    }
)
_VERBS: Mapping[str, str] = MappingProxyType(
    {"insert": "INSERT INTO", "update": "UPDATE", "delete": "DELETE FROM", "select": "SELECT"}
)
_DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "create": "CREATE TABLE {} (a INT)",
        "drop": "DROP TABLE {}",
        "create_all": "CREATE TABLE IF NOT EXISTS {} (a INT)",
        "drop_all": "DROP TABLE IF EXISTS {}",
    }
)
_AS_CLAUSE = frozenset(
    {"alias", "as_scalar", "c", "columns", "cte", "excluded", "exists", "inserted", "label"}
    | {"scalar_subquery", "selected_columns", "subquery"}
)
"""What makes a part of another statement of a statement."""


def define(name: str, tables: Iterable[Value], args: list[Value], site: Site) -> Value:
    """Note that tables are created or dropped on the connection that is given."""
    recorder = recorder_of(site)
    if recorder:
        bind = args[0] if args else None
        reason = bind.reason if isinstance(bind, Unknown) else "bind"
        session = session_of(bind) or recorder.named(reason)
        for table in _distinct(tables_in(tables)):
            recorder.run(session, filled(_DEFINITIONS[name], table), site)
    return None


@dataclass(slots=True, eq=False, repr=False)
class MetaData(WithMethods):
    """A collection of tables."""

    schema: Value = None
    known: list[Value] = field(default_factory=list)

    def describe(self) -> str:
        return "MetaData"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "tables":
            return self
        if name in _DEFINITIONS:
            return BoundMethod(
                name,
                lambda args, kwargs, at: define(name, self.known, [*args, kwargs.get("bind")], at),
            )
        return WithMethods.attribute(self, name, site)

    def item(self, key: Value, site: Site) -> Value:
        return CoreTable((key,), key)

    def do_get(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``tables.get(name)``."""
        return self.item(argument(args, kwargs, 0, "key"), site)

    def do_reflect(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``reflect(engine)`` looks up what tables there are, not their rows."""
        return None


@dataclass(slots=True, eq=False, repr=False)
class DeclarativeBase(NativeClass):
    """The base of classes that are mapped to tables."""

    metadata: MetaData

    def describe(self) -> str:
        return "DeclarativeBase"

    def attribute(self, name: str, site: Site) -> Value:
        return self.metadata if name == "metadata" else _ReflectedClasses()

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        instance.attributes.update(kwargs)

    def subclassed(self, cls: ClassValue) -> None:
        table = table_of(cls)
        if isinstance(table, Unknown):
            return
        self.metadata.known.append(cls)
        for value in cls.names.values():
            if type(value) is Clause:
                value.tables = (table,)


@dataclass(slots=True, eq=False, repr=False)
class _ReflectedClasses(Native):
    """``Base.classes`` of an automapped base: a class per table of the database."""

    def attribute(self, name: str, site: Site) -> Value:
        return CoreTable((name,), name)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return None


def table_of(cls: ClassValue) -> Value:
    """Return the name of the table that a class is mapped to."""
    mapped = cls.lookup("__table__")[0]
    if isinstance(mapped, CoreTable):
        return mapped.name
    name, options = cls.lookup("__tablename__")[0], cls.lookup("__table_args__")[0]
    if not isinstance(name, str | Text):
        return Unknown("a table that the ORM maps")
    last = options[-1] if isinstance(options, tuple | list) and options else options
    return _qualified(name, last.get("schema") if isinstance(last, dict) else None)


def tables_in(values: Iterable[Value], *, strict: bool = False) -> Iterator[Value]:
    """Yield the names of the tables in arguments; `strict` yields what is not known, too."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from tables_in(value, strict=strict)
        elif isinstance(value, Clause):
            yield from value.tables
        elif isinstance(value, CoreStatement):
            yield from value.spec.tables
        elif isinstance(value, ClassValue | Instance):
            yield table_of(value.cls if isinstance(value, Instance) else value)
        elif strict and isinstance(value, Unknown):
            yield Unknown(f"a table that the ORM maps: {value.reason}")


def _distinct(tables: Iterable[Value]) -> list[str | Text | Unknown]:
    found: dict[object, str | Text | Unknown] = {}
    for table in tables:
        if isinstance(table, str | Text | Unknown):
            found.setdefault(table if isinstance(table, str) else id(table), table)
    return list(found.values())


def _qualified(table: Value, schema: Value) -> Value:
    if isinstance(schema, str | Text) and isinstance(table, str | Text):
        return Text.join([schema, ".", table])
    return table


# makers


def _table(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    metadata = argument(args, kwargs, 1, "metadata")
    schema = kwargs.get("schema")
    if schema is None and isinstance(metadata, MetaData):
        schema = metadata.schema
    name = _qualified(argument(args, kwargs, 0, "name"), schema)
    made = CoreTable((name,), name)
    if isinstance(metadata, MetaData):
        metadata.known.append(made)
    return made


def _metadata(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return MetaData(kwargs.get("schema"))


def _base(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    metadata = kwargs.get("metadata")
    return DeclarativeBase(metadata if isinstance(metadata, MetaData) else MetaData())


def _column(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return Clause()


_MAKERS = MappingProxyType(
    {
        "Table": _table,
        "table": _table,
        "MetaData": _metadata,
        "declarative_base": _base,
        "automap_base": _base,
        "Column": _column,
        "mapped_column": _column,
    }
)
_CLAUSES = frozenset(
    {"all_", "and_", "any_", "asc", "between", "bindparam", "case", "cast", "column", "desc"}
    | {"distinct", "exists", "extract", "false", "func", "join", "literal", "literal_column"}
    | {"not_", "null", "nulls_first", "nulls_last", "or_", "outerjoin", "over", "true", "tuple_"}
    | {"type_coerce", "union", "union_all", "within_group", "aliased", "Identity", "Computed"}
    | {"CheckConstraint", "ForeignKeyConstraint", "Index", "PrimaryKeyConstraint", "Sequence"}
    | {"UniqueConstraint", "relationship", "backref", "load_only", "joinedload", "selectinload"}
)


def resolve(dotted: str) -> Native | None:
    """Return the model of ``sqlalchemy.Table``, ``sqlalchemy.insert`` and their kind."""
    if not dotted.startswith(("sqlalchemy.", "sqlmodel.")):
        return None
    name = dotted.rpartition(".")[2]
    if name in _VERBS:
        verb = _VERBS[name]
        return Factory(dotted, lambda args, kwargs, site: statement(verb, args, site))
    if name == "DeclarativeBase":
        return DeclarativeBase(MetaData())
    if name in _CLAUSES:
        return Clause()
    return Factory(dotted, _MAKERS[name]) if name in _MAKERS else None
