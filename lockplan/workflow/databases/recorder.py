"""Notes the statements of one task, with connection and transaction, while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lockplan.model.connection import Connection
from lockplan.model.place import Skipped, Span
from lockplan.model.statement import Parts, Statement, Unknown
from lockplan.workflow.databases.parameters import bound, bound_rows, plain_parts
from lockplan.workflow.databases.texts import uncomposed
from lockplan.workflow.values import Native, OneOf, Site, Text, Value, options, origin_of

_VERBS = (
    "select|insert|update|delete|replace|merge|truncate|create|drop|alter|rename|with|call|exec"
    "|load|copy|lock|set|begin|start|commit|rollback|vacuum|analyze|optimize|refresh|grant|use"
)
_LOOKS_LIKE_SQL = re.compile(
    rf"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:{_VERBS})\s+\S", re.IGNORECASE | re.DOTALL
)


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """One conversation with a server: what is sent here shares transactions."""

    connection: Connection


@dataclass(slots=True, eq=False, repr=False)
class SqlText(Native):
    """SQL wrapped in a library's object, such as SQLAlchemy's ``text()``."""

    value: Value
    built_at: Span
    params: Value = None

    def describe(self) -> str:
        return "text()"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "text":
            return self.value
        if name == "bindparams":
            return _BindParams(self)
        return Native.attribute(self, name, site)


@dataclass(slots=True, eq=False, repr=False)
class _BindParams(Native):
    """The bound method ``text(…).bindparams``."""

    text: SqlText

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return SqlText(self.text.value, self.text.built_at, dict(kwargs))


@dataclass(slots=True, eq=False, repr=False)
class Recorder:
    """The statements of one task in the order in which it sends them."""

    statements: list[Statement] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    sql_texts: list[Parts] = field(default_factory=list)
    """What an operator's own SQL arguments hold, once rendered."""
    names_of_files: dict[str, str] = field(default_factory=dict)
    """By path: how the operator names a file that its DAG's search path does not lead to here."""
    _open: dict[Session, int] = field(default_factory=dict)
    _begun: set[Session] = field(default_factory=set)
    _named: dict[str, Session] = field(default_factory=dict)
    _transactions: int = 0

    def run(
        self,
        session: Session,
        sql: Value,
        site: Site,
        params: Value = None,
        *,
        built_at: Span | None = None,
        repeated: bool = False,
    ) -> None:
        """Note that `sql` is sent; what is not known of it becomes a hole or is skipped."""
        if isinstance(sql, OneOf):
            for option in options(sql):
                at = replace(site, conditional=True)
                self.run(session, option, at, params, built_at=built_at, repeated=repeated)
            return
        if isinstance(sql, SqlText):
            built_at, params = sql.built_at, params if params is not None else sql.params
            sql = sql.value
        sql = uncomposed(sql)
        parts = sql_parts(sql)
        if isinstance(parts, Unknown):
            self.skip(site.span, f"the SQL is not known: {parts.reason}")
            return
        self.statements.append(
            Statement(
                parts=parts,
                params=bound(params),
                connection=session.connection,
                transaction=self._transaction(session),
                built_at=built_at or origin_of(sql) or site.literal or site.span,
                run_at=site.span,
                conditional=site.conditional,
                repeated=site.repeated or repeated,
            )
        )

    def run_many(self, session: Session, sql: Value, site: Site, rows: Value) -> None:
        """Note that `sql` is sent once per row; rows that are known become statements each."""
        known = bound_rows(rows)
        if known is None:
            reason = rows.reason if isinstance(rows, Unknown) else "rows made while running"
            self.run(session, sql, site, Unknown(reason), repeated=True)
            return
        for row in known:
            self.run(session, sql, site, row)

    def skip(self, where: Span, reason: str) -> None:
        """Note something of the task's work that could not be read: it may have sent anything."""
        entry = Skipped(where, "statement", reason)
        if entry not in self.skipped:
            self.skipped.append(entry)

    def begin(self, session: Session) -> None:
        """Open a transaction even where the connection commits by itself."""
        self._open.pop(session, None)
        self._begun.add(session)

    def end(self, session: Session, site: Site) -> None:
        """Commit, roll back or close: the next statement opens another transaction.

        An end that may not happen is not taken for one: locks are then held longer, never shorter.
        """
        if not site.conditional:
            self._open.pop(session, None)
            self._begun.discard(session)

    def named(self, name: str) -> Session:
        """Return the session behind a variable that nothing is known of."""
        return self._named.setdefault(name, Session(Connection(name)))

    def _transaction(self, session: Session) -> int:
        number = self._open.get(session)
        if number is not None:
            return number
        number, self._transactions = self._transactions, self._transactions + 1
        if session in self._begun or not session.connection.autocommit:
            self._open[session] = number
        return number


def recorder_of(site: Site) -> Recorder | None:
    """Return the recorder of the task that is interpreted, None outside of tasks."""
    recorder = site.interpreter.state.get(Recorder)
    return recorder if isinstance(recorder, Recorder) else None


def set_autocommit(session: Session, value: Value, site: Site) -> None:
    """Switch a session's autocommit; a switch that may not happen is taken for off."""
    known = value if isinstance(value, bool | int) else None
    on = False if site.conditional or known is None else bool(known)
    session.connection = replace(session.connection, autocommit=on)


def sql_parts(sql: Value) -> Parts | Unknown:
    """Return a text's parts, or why nothing of it is known."""
    if isinstance(sql, bytes):
        sql = sql.decode("utf-8", "replace")
    if isinstance(sql, str):
        return (str(sql),) if sql.strip(" ;\n\t") else Unknown("an empty text")
    if isinstance(sql, Text):
        known = "".join(part for part in sql.parts if isinstance(part, str))
        return plain_parts(sql.parts) if known.strip(" ;\n\t'\"`") else _first_unknown(sql.parts)
    if isinstance(sql, Unknown):
        return Unknown(sql.reason)
    what = sql.describe() if isinstance(sql, Native) else type(sql).__name__
    return Unknown(f"{what} is no text")


def _first_unknown(parts: Parts) -> Unknown:
    return next((part for part in parts if isinstance(part, Unknown)), Unknown("only a date"))


_IS_SQL = re.compile(
    r"\b(?:select\b.*\bfrom|insert\s+(?:ignore\s+)?(?:into|overwrite)|update\b.*\bset|delete\s+from"
    r"|replace\s+into|merge\s+into|truncate\s+table|(?:create|drop|alter)\s+(?:table|view|index))\b",
    re.IGNORECASE | re.DOTALL,
)


def is_surely_sql(value: Value) -> bool:
    """Whether a text holds what only SQL holds, so that it counts whoever is given it."""
    value = uncomposed(value)
    if isinstance(value, SqlText) or not looks_like_sql(value):
        return isinstance(value, SqlText)
    parts = value.parts if isinstance(value, Text) else (value,)
    return bool(_IS_SQL.search("?".join(part for part in parts if isinstance(part, str))))


def looks_like_sql(value: Value) -> bool:
    """Whether a text begins as SQL does, so that whoever runs it must be a database."""
    if isinstance(value, SqlText):
        return True
    value = uncomposed(value)
    text = value.parts[0] if isinstance(value, Text) else value
    return isinstance(text, str) and _LOOKS_LIKE_SQL.match(text) is not None
