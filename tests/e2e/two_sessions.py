"""Two sessions on a server: one keeps its transaction open, the other may run into its locks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
from servers import Server

LOCK_ERRORS = {1205, 1213, 1467}
FIRST_LOOK_S = 0.05
"""A statement that nothing stops is done by then, as a rule."""
LOOK_EVERY_S = 0.05
LONGEST_S = 30

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


@dataclass(frozen=True, slots=True)
class TwoSessions:
    """Two connections that play the tasks, and a third that looks at who waits."""

    server: Server
    holder: Any
    requester: Any
    watcher: Any
    worker: ThreadPoolExecutor

    def prepare(self, statements: Iterable[str]) -> None:
        """Run statements that are committed at once."""
        for statement in statements:
            self.watcher.cursor().execute(statement)

    def statistics(self, table: str) -> dict[str, Any]:
        """Count a table's rows and the values of its columns."""
        with self.watcher.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")
            names = [column[0] for column in cursor.description]
            counts = ", ".join(f"MIN({n}), MAX({n}), COUNT(DISTINCT {n})" for n in names)
            cursor.execute(f"SELECT COUNT(*), {counts} FROM {table}")
            rows, *values = cursor.fetchone()
        found = zip(names, *(values[start::3] for start in range(3)), strict=True)
        columns = {name: {"min": low, "max": high, "distinct": n} for name, low, high, n in found}
        return {"rows": rows, "columns": columns}

    def stops(self, held: Sequence[str], asked: Sequence[str], isolation: str) -> bool:
        """Whether a transaction that is open stops another on its way."""
        for connection in (self.holder, self.requester):
            level = f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"
            connection.cursor().execute(level)
            connection.begin()
        try:
            _run(self.holder, held)
            return self._waits(self.worker.submit(_run, self.requester, asked))
        finally:
            self.requester.rollback()
            self.holder.rollback()

    def _waits(self, running: Future[None]) -> bool:
        wait_for([running], timeout=FIRST_LOOK_S)
        end = time.monotonic() + LONGEST_S
        while not running.done():
            if self._is_waiting():
                self._stop(running)
                return True
            assert time.monotonic() < end, "the statement neither ends nor waits for a lock"
            wait_for([running], timeout=LOOK_EVERY_S)
        return _ended_by_a_lock(running)

    def _is_waiting(self) -> bool:
        questions = (_ROW_WAITS[self.server.kind], _TABLE_WAITS)
        with self.watcher.cursor() as cursor:
            for question in questions:
                cursor.execute(question, (self.requester.thread_id(),))
                if cursor.fetchone()[0]:
                    return True
        return False

    def _stop(self, running: Future[None]) -> None:
        """End the statement that waits, however it takes that."""
        self.watcher.cursor().execute(f"KILL QUERY {self.requester.thread_id()}")
        running.exception(timeout=LONGEST_S)


def _run(connection: Any, statements: Iterable[str]) -> None:
    """Run a task's statements; one that meets a duplicate or a missing parent does not end it."""
    for statement in statements:
        try:
            connection.cursor().execute(statement)
        except pymysql.err.IntegrityError:
            continue


def _ended_by_a_lock(running: Future[None]) -> bool:
    error = running.exception()
    if error is None:
        return False
    if isinstance(error, pymysql.err.OperationalError) and error.args[0] in LOCK_ERRORS:
        return True
    raise error


@contextmanager
def two_sessions(server: Server, database: str) -> Iterator[TwoSessions]:
    """Open the sessions; at the end their locks are gone."""
    waits = "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1"
    with ExitStack() as opened:
        worker = opened.enter_context(ThreadPoolExecutor(1))
        watcher = opened.enter_context(server.connect(database=database, autocommit=True))
        holder, requester = (
            opened.enter_context(server.connect(database=database, init_command=waits))
            for _ in range(2)
        )
        yield TwoSessions(server, holder, requester, watcher, worker)
