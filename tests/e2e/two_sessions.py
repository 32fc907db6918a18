"""Two sessions on a server: each plays a task, a statement at a time, and may run into the other's
locks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from servers import Server

from lockplan.model.verdict import Outcome
from tests.e2e.ways import Ended, Ways, ways_of

FIRST_LOOK_S = 0.05
"""A statement that nothing stops is done by then, as a rule."""
LOOK_EVERY_S = 0.05
LONGEST_S = 30


@dataclass(slots=True)
class Session:
    """A connection that plays a task, with a thread in which its statement may wait."""

    connection: Any
    number: int
    """By which the server knows it."""
    worker: ThreadPoolExecutor
    left: deque[str]
    running: Future[Any] | None = None

    def take(self, statements: Iterable[str]) -> None:
        """Take up a task."""
        self.left = deque(statements)
        self.running = None

    @property
    def waits(self) -> bool:
        """Whether its statement is not done."""
        return self.running is not None and not self.running.done()

    def step(self) -> None:
        """Begin the next statement."""
        statement = self.left.popleft()
        self.running = self.worker.submit(self.connection.cursor().execute, statement)

    def ended(self, ways: Ways) -> Ended:
        """Return how its statement ended, as long as it has."""
        if self.running is None or self.waits:
            return Ended.WELL
        error = self.running.exception()
        how = Ended.WELL if error is None else ways.ended(error)
        if how is Ended.TRANSACTION_LOST:
            self.left.clear()
        return how


@dataclass(frozen=True, slots=True)
class TwoSessions:
    """Two connections that play the tasks, and a third that looks at who waits."""

    server: Server
    ways: Ways
    sides: dict[str, Session]
    watcher: Any

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
        turns = "a" * len(held) + "b" * len(asked)
        return self.meet(held, asked, turns, isolation) is not None

    def meet(
        self,
        a: Sequence[str],
        b: Sequence[str],
        turns: str,
        isolation: str,
        autocommit: str = "",
    ) -> Outcome | None:
        """Run two tasks by turns, and say what came of it before either committed.

        `turns` names whose statement comes next; one that waits misses its turn.
        """
        for side, statements in (("a", a), ("b", b)):
            session = self.sides[side]
            session.take(statements)
            self.ways.begin(session.connection, isolation, side in autocommit)
        try:
            return self._play(f"{turns}{'a' * len(a)}{'b' * len(b)}")
        finally:
            self._end()

    def _play(self, turns: str) -> Outcome | None:
        found = None
        for side in turns:
            session = self.sides[side]
            if session.waits or not session.left:
                continue
            session.step()
            waited = self._waits(session)
            for other in self.sides.values():
                self._waits(other)  # it may be the victim of a deadlock, and about to end
            ends = {each.ended(self.ways) for each in self.sides.values()}
            if Ended.DEADLOCK in ends or all(each.waits for each in self.sides.values()):
                return Outcome.DEADLOCK
            if waited or Ended.WAITED_TOO_LONG in ends:
                found = Outcome.WAIT
        return found

    def _waits(self, session: Session) -> bool:
        """Whether a statement waits for a lock; otherwise it is done."""
        running = session.running
        if running is None:
            return False
        wait_for([running], timeout=FIRST_LOOK_S)
        end = time.monotonic() + LONGEST_S
        while not running.done():
            if self._is_waiting(session):
                return True
            assert time.monotonic() < end, "the statement neither ends nor waits for a lock"
            wait_for([running], timeout=LOOK_EVERY_S)
        return False

    def _is_waiting(self, session: Session) -> bool:
        with self.watcher.cursor() as cursor:
            for question in self.ways.who_waits:
                cursor.execute(question, (session.number,))
                if cursor.fetchone()[0]:
                    return True
        return False

    def _end(self) -> None:
        """End the statements that wait, however it takes that, and roll back."""
        for session in self.sides.values():
            if session.running is not None and session.waits:
                self.watcher.cursor().execute(self.ways.stop, (session.number,))
                session.running.exception(timeout=LONGEST_S)
        for session in self.sides.values():
            session.connection.rollback()


@contextmanager
def two_sessions(server: Server, database: str) -> Iterator[TwoSessions]:
    """Open the sessions; at the end their locks are gone."""
    ways = ways_of(server.kind)
    with ExitStack() as opened:
        watcher = opened.enter_context(server.connect(database=database, autocommit=True))
        sides = {}
        for side in "ab":
            connection = opened.enter_context(server.connect(database=database))
            worker = opened.enter_context(ThreadPoolExecutor(1))
            ways.open(connection)
            sides[side] = Session(connection, ways.number(connection), worker, deque())
        yield TwoSessions(server, ways, sides, watcher)
