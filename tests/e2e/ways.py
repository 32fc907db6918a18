"""What a test must know of each kind of server: who waits, how to end it, what an error means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

import pymysql
from servers import Kind


class Ended(Enum):
    """How a statement ended."""

    WELL = auto()
    """Or with an error that leaves the transaction as it was: a duplicate, a missing parent."""
    TRANSACTION_LOST = auto()
    WAITED_TOO_LONG = auto()
    DEADLOCK = auto()


class Ways(Protocol):
    """How one kind of server is asked."""

    who_waits: tuple[str, ...]
    """Questions whether the session of a number waits."""
    stop: str
    """Ends the statement of the session of a number."""

    def open(self, connection: Any) -> None:
        """Make a new session wait as long as a trial takes."""

    def number(self, connection: Any) -> int:
        """Return the session's number."""

    def begin(self, connection: Any, isolation: str, autocommit: bool) -> None:
        """Begin a task."""

    def ended(self, error: BaseException) -> Ended:
        """Return what an error means; one that means nothing is raised."""


_ROW_WAITS = {
    "mysql": (
        "SELECT COUNT(*) FROM performance_schema.data_lock_waits JOIN performance_schema.threads "
        "ON thread_id = requesting_thread_id WHERE processlist_id = %s"
    ),
    "mariadb": (
        "SELECT COUNT(*) FROM information_schema.innodb_trx "
        "WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = %s"
    ),
}
_TABLE_WAITS = (
    "SELECT COUNT(*) FROM information_schema.processlist "
    "WHERE id = %s AND state LIKE 'Waiting for %%lock'"
)
_INNODB_ERRORS = {
    1205: Ended.WAITED_TOO_LONG,
    1213: Ended.DEADLOCK,
    1442: Ended.WELL,  # a trigger that changes the table which the statement reads
    1467: Ended.WAITED_TOO_LONG,
}


@dataclass(frozen=True, slots=True)
class InnoDb:
    """MySQL and MariaDB."""

    who_waits: tuple[str, ...]
    stop: str = "KILL QUERY %s"

    def open(self, connection: Any) -> None:
        connection.cursor().execute("SET innodb_lock_wait_timeout = 10, lock_wait_timeout = 10")

    def number(self, connection: Any) -> int:
        return int(connection.thread_id())

    def begin(self, connection: Any, isolation: str, autocommit: bool) -> None:
        connection.cursor().execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}")
        connection.autocommit(autocommit)

    def ended(self, error: BaseException) -> Ended:
        if isinstance(error, pymysql.err.IntegrityError):
            return Ended.WELL
        known = _INNODB_ERRORS.get(error.args[0] if error.args else None)
        if known is None:
            raise error
        return known


@dataclass(frozen=True, slots=True)
class PostgreSql:
    """PostgreSQL, where any error is the end of the transaction."""

    who_waits: tuple[str, ...] = (
        "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
    )
    stop: str = "SELECT pg_cancel_backend(%s)"

    def open(self, connection: Any) -> None:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("SET deadlock_timeout = '50ms'")
        connection.commit()

    def number(self, connection: Any) -> int:
        return int(connection.info.backend_pid)

    def begin(self, connection: Any, isolation: str, autocommit: bool) -> None:
        connection.autocommit = True
        connection.execute(f"SET default_transaction_isolation = '{isolation}'")
        connection.autocommit = autocommit

    def ended(self, error: BaseException) -> Ended:
        from psycopg import errors

        meanings = {
            errors.DeadlockDetected: Ended.DEADLOCK,
            errors.LockNotAvailable: Ended.WAITED_TOO_LONG,
            errors.IntegrityError: Ended.TRANSACTION_LOST,
            errors.SerializationFailure: Ended.TRANSACTION_LOST,
            errors.CardinalityViolation: Ended.TRANSACTION_LOST,
            errors.NoActiveSqlTransaction: Ended.WELL,  # LOCK TABLE where each statement commits
        }
        for kind, meaning in meanings.items():
            if isinstance(error, kind):
                return meaning
        raise error


def ways_of(kind: Kind) -> Ways:
    """Return the ways of a kind of server."""
    if kind == "postgresql":
        return PostgreSql()
    return InnoDb((_ROW_WAITS[kind], _TABLE_WAITS))
