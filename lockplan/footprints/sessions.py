"""A task's connections over time: which transaction each statement falls into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lockplan.model.access import Access, Transaction
from lockplan.model.connection import Connection, Isolation, TableId
from lockplan.model.region import Bound
from lockplan.sql.interface import IMPLICIT_COMMITTERS, Effect, Reading


@dataclass(slots=True)
class Session:
    """One connection as the task uses it."""

    connection: Connection
    database: str | None
    isolation: Isolation | None
    autocommit: bool
    explicit: bool = False
    """Whether a BEGIN is open, which autocommit does not end."""
    locked: bool = False
    """Whether LOCK TABLES is in force, whose locks outlive a commit."""
    temporary: set[TableId] = field(default_factory=set)
    attached: dict[str, str] = field(default_factory=dict)
    """The files of SQLite by the lower-case names under which they are attached."""
    variables: dict[str, Bound | None] = field(default_factory=dict)
    """What user variables hold, by lower-case name; those that are not here are not known."""
    counted: tuple[TableId, int] | None = None
    """The table and transaction where the server counted up a key for the session last."""

    def forget(self) -> None:
        """Take over that earlier passes of a loop may have left other values."""
        self.variables = {}
        self.counted = None


@dataclass(slots=True)
class _Open:
    connection: Connection
    accesses: list[Access] = field(default_factory=list)


class Ledger:
    """Numbers transactions in the order in which they begin, and keeps their accesses."""

    def __init__(self) -> None:
        self._transactions: list[_Open] = []
        self._sessions: dict[str, Session] = {}
        self._current: dict[tuple[int, str], int] = {}

    def session(self, connection: Connection) -> Session:
        """Return the session of a resolved connection."""
        if connection.name not in self._sessions:
            self._sessions[connection.name] = Session(
                connection, connection.database, connection.isolation, bool(connection.autocommit)
            )
        return self._sessions[connection.name]

    def place(self, group: int, session: Session, reading: Reading, *, sure: bool) -> int:
        """Return the transaction of a statement and let it act on its session.

        `group` tells the transactions apart that the task's code makes. What is not `sure` to run
        releases nothing: locks are then held longer, never shorter.
        """
        key = (group, session.connection.name)
        if not sure and reading.effect in _RELEASING:
            reading = replace(reading, effect=Effect.NONE)
        if sure and _cuts_before(reading.effect, session):
            self._current.pop(key, None)
        if key not in self._current:
            self._current[key] = len(self._transactions)
            self._transactions.append(_Open(replace(session.connection)))
        number = self._current[key]
        if _apply(session, reading):
            del self._current[key]
        return number

    def add(self, number: int, accesses: tuple[Access, ...], session: Session) -> None:
        """Put a statement's accesses into its transaction."""
        found = self._transactions[number]
        if accesses and not found.accesses:
            found.connection = replace(session.connection, isolation=session.isolation)
        found.accesses += accesses

    def transactions(self) -> tuple[Transaction, ...]:
        """Return all transactions; each stands at its number."""
        return tuple(Transaction(t.connection, tuple(t.accesses)) for t in self._transactions)


def _cuts_before(effect: Effect, session: Session) -> bool:
    """Whether a statement ends the transaction that it finds; BEGIN does so on MySQL alone."""
    if effect is Effect.BEGIN and session.connection.engine not in IMPLICIT_COMMITTERS:
        return False
    return effect in _CUTTING and not session.locked


_RELEASING = frozenset({Effect.END, Effect.IMPLICIT_COMMIT, Effect.UNLOCK, Effect.AUTOCOMMIT_ON})
_CUTTING = frozenset({Effect.BEGIN, Effect.IMPLICIT_COMMIT, Effect.LOCK, Effect.AUTOCOMMIT_ON})


def _apply(session: Session, reading: Reading) -> bool:
    """Change the session as the statement does; returns whether its transaction ends with it."""
    effect = reading.effect
    session.database = reading.use or session.database
    session.isolation = reading.isolation or session.isolation
    if reading.attached is not None:
        alias, file = reading.attached
        session.attached[alias] = file
    if effect is Effect.BEGIN:
        session.explicit = True
    elif effect in (Effect.END, Effect.IMPLICIT_COMMIT):
        session.explicit = False
    elif effect in (Effect.LOCK, Effect.UNLOCK):
        session.locked = effect is Effect.LOCK
    elif effect in (Effect.AUTOCOMMIT_ON, Effect.AUTOCOMMIT_OFF):
        session.autocommit = effect is Effect.AUTOCOMMIT_ON
    if session.locked:
        return False
    ends = effect in (Effect.END, Effect.IMPLICIT_COMMIT, Effect.UNLOCK)
    return ends or (session.autocommit and not session.explicit)
