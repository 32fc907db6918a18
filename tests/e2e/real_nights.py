"""A night as the simulation gets it, run on a real MySQL in real time, and watched.

Tasks are threads with connections of their own. A task's statements are sent at the shares of its
time at which the simulation sends them, in the same transactions; a transaction that ends where its
task ends is committed then. Seconds of the night are shortened by a scale, the server's timeout
too. Who waits for whom is read from ``performance_schema.data_lock_waits``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from servers import Server

from lockplan.model.access import Footprint
from lockplan.model.analysis import Analysis
from lockplan.model.night import Executor, Night, NightRun, NightTask, ServerSettings
from lockplan.model.timeline import LockWait, RunState, TaskRun, Timeline
from lockplan.model.workflow import Edge, Origin, TaskKey
from lockplan.simulation import night, simulate
from lockplan.simulation.dispatch import Dispatcher
from lockplan.simulation.prepared import Prepared
from lockplan.simulation.trigger_rules import Decision, decide

from .nights import load_sample_database

POLL_S = 0.05
STAGGER_S = 0.05
"""Between the starts of tasks that start together: the more urgent one comes first, as in the
simulation, and has its lock."""
WAITS = """
SELECT DISTINCT REQUESTING_THREAD_ID, BLOCKING_THREAD_ID FROM performance_schema.data_lock_waits
"""
OWN_THREAD = "SELECT PS_CURRENT_THREAD_ID()"
_ENDED = {Decision.SKIP: RunState.SKIPPED, Decision.FAIL: RunState.UPSTREAM_FAILED}
Two = frozenset[TaskKey]


def night_of(analysis: Analysis, dag_id: str, *, planned: bool, timeout_s: float) -> Night:
    """Return one run of a DAG, each task tried once, with the plan's edges or without."""
    (found,) = [each for each in analysis.plans if each.dag.dag_id == dag_id]
    authored = [edge for edge in found.dag.edges if edge.origin is Origin.DATA]
    edges: Sequence[Edge] = (*authored, *(found.plan.edges if planned else ()))
    made = night(
        (found.dag,),
        {job.key: job for job in found.problem.jobs},
        {each.task: each for each in analysis.footprints},
        analysis.graph.inside()[dag_id],
        executor=Executor(found.problem.workers),
        edges=edges,
        runs=(NightRun(dag_id),),
    )
    tasks = tuple(replace(task, retries=0) for task in made.tasks)
    servers = ServerSettings(innodb_lock_wait_timeout_s=timeout_s)
    return replace(made, tasks=tasks, servers=servers)


def pairs(timeline: Timeline) -> set[Two]:
    """Return the pairs of which one waited for the other."""
    return {
        frozenset({run.task, holder})
        for run in timeline.runs
        for wait in run.waits
        for holder in (wait.holder, *wait.others)
    }


class RealNight:
    """One night on a server; `scale` real seconds are one of the night's."""

    def __init__(
        self, server: Server, database: str, footprints: Sequence[Footprint], scale: float
    ) -> None:
        self._server, self._database, self._scale = server, database, scale
        self._statements = {each.task: each.statements for each in footprints}
        self._ended: SimpleQueue[tuple[int, TaskRun]] = SimpleQueue()
        self._lock = threading.Lock()
        self._tasks_of: dict[int, TaskKey] = {}
        """Tasks by the server's thread that works for them."""
        self._waits: dict[tuple[TaskKey, TaskKey], list[tuple[float, float]]] = {}
        self._begun = 0.0

    def run(self, night: Night) -> Timeline:
        """Run the night and return how it went, in the night's seconds."""
        prepared = Prepared(night, every_step=True)
        slots = Dispatcher(prepared)
        runs: dict[int, TaskRun] = {}
        asked: set[int] = set()
        self._begun = time.monotonic()
        with self._watching():
            while len(runs) < len(night.tasks):
                self._settle(night, prepared, slots, runs, asked)
                for n in slots.next():
                    self._start(n, night)
                if len(runs) == len(night.tasks):
                    break
                n, run = self._ended.get()
                slots.give_back(n)
                runs[n] = run
        found = tuple(self._with_waits(runs[n]) for n in range(len(night.tasks)))
        return Timeline(found, slots=night.executor.capacity)

    def _settle(
        self,
        night: Night,
        prepared: Prepared,
        slots: Dispatcher,
        runs: dict[int, TaskRun],
        asked: set[int],
    ) -> None:
        """Apply the trigger rules."""
        for n in prepared.graph.topological:
            if n in asked:
                continue
            task = night.tasks[n]
            above = [runs[up].state if up in runs else None for up in prepared.upstream[n]]
            decision = decide(task.job.trigger_rule, above)
            if decision is Decision.WAIT:
                continue
            asked.add(n)
            if decision is Decision.RUN:
                slots.add(n)
            else:
                now = self._now()
                runs[n] = TaskRun(task.job.key, _ENDED[decision], now, now, now)

    def _now(self) -> float:
        return (time.monotonic() - self._begun) / self._scale

    def _start(self, n: int, night: Night) -> None:
        """Start a task; the next one waits until it has connected, and has sent a statement."""
        connected = threading.Event()
        work = threading.Thread(target=self._work, args=(n, night, connected), daemon=True)
        work.start()
        connected.wait()
        time.sleep(STAGGER_S)

    def _work(self, n: int, night: Night, connected: threading.Event) -> None:
        import pymysql

        task = night.tasks[n]
        start_s, error = self._now(), None
        try:
            self._send(task, night.servers, connected)
        except pymysql.err.MySQLError as problem:
            error = str(problem.args[0])
        finally:
            connected.set()
        state = RunState.FAILED if error else RunState.SUCCESS
        run = TaskRun(task.job.key, state, start_s, start_s, self._now(), error=error)
        self._ended.put((n, run))

    def _send(self, task: NightTask, servers: ServerSettings, connected: threading.Event) -> None:
        """Send a task's statements, each after its share of the work; waits do not count."""
        duration_s = task.job.duration_s * self._scale
        statements = self._statements[task.job.key]
        if not statements:
            connected.set()
            time.sleep(duration_s)
            return
        with self._connected(task.job.key, servers) as connection:
            connected.set()
            done, transaction = 0.0, statements[0].transaction
            for step, statement in zip(task.steps, statements, strict=True):
                time.sleep((step.at - done) * duration_s)
                if statement.transaction != transaction:
                    connection.commit()
                connection.cursor().execute(statement.sql)
                done, transaction = step.at, statement.transaction
            time.sleep((1.0 - done) * duration_s)
            connection.commit()

    @contextmanager
    def _connected(self, key: TaskKey, servers: ServerSettings) -> Iterator[Any]:
        timeout_s = max(1, round(servers.innodb_lock_wait_timeout_s * self._scale))
        init = f"SET innodb_lock_wait_timeout = {timeout_s}"
        with self._server.connect(database=self._database, init_command=init) as connection:
            cursor = connection.cursor()
            cursor.execute(OWN_THREAD)
            (thread,) = cursor.fetchone()
            with self._lock:
                self._tasks_of[thread] = key
            yield connection

    @contextmanager
    def _watching(self) -> Iterator[None]:
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _watch(self, over: threading.Event) -> None:
        with self._server.connect(autocommit=True) as connection:
            cursor = connection.cursor()
            while not over.wait(POLL_S):
                cursor.execute(WAITS)
                self._note(cursor.fetchall())

    def _note(self, rows: Sequence[tuple[int, int]]) -> None:
        now = self._now()
        with self._lock:
            for two in rows:
                if not set(two) <= set(self._tasks_of):
                    continue
                requester, holder = (self._tasks_of[thread] for thread in two)
                stretches = self._waits.setdefault((requester, holder), [])
                if stretches and now - stretches[-1][1] < 4 * POLL_S / self._scale:
                    stretches[-1] = (stretches[-1][0], now)
                else:
                    stretches.append((now, now))

    def _with_waits(self, run: TaskRun) -> TaskRun:
        found = [
            LockWait(start_s, end_s, holder, "")
            for (requester, holder), stretches in self._waits.items()
            for start_s, end_s in stretches
            if requester == run.task
        ]
        return replace(run, waits=tuple(sorted(found, key=lambda wait: wait.start_s)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A simulated night and the same one on a server."""

    name: str
    simulated: Timeline
    measured: Timeline
    found: frozenset[Two]
    """All pairs that lockplan says may stop each other."""

    @property
    def not_foreseen(self) -> set[Two]:
        """Return the pairs that waited though lockplan says that they never do."""
        return pairs(self.measured) - self.found

    @property
    def both(self) -> set[Two]:
        """Return the pairs that waited here and there."""
        return pairs(self.simulated) & pairs(self.measured)

    @property
    def only_simulated(self) -> set[Two]:
        """Return the pairs that waited in the simulation alone."""
        return pairs(self.simulated) - pairs(self.measured)

    @property
    def only_measured(self) -> set[Two]:
        """Return the pairs that waited on the server alone."""
        return pairs(self.measured) - pairs(self.simulated)


def compare(
    server: Server,
    analysis: Analysis,
    dag_id: str,
    *,
    planned: bool,
    scale: float,
    timeout_s: float,
) -> Comparison:
    """Simulate a night of the sample and run it on a server."""
    made = night_of(analysis, dag_id, planned=planned, timeout_s=timeout_s)
    conflicts = analysis.graph.inside()[dag_id]
    name = f"{dag_id}, {'planned' if planned else 'as it stands'}"
    with server.scratch_database(name.replace(", ", "_").replace(" ", "_")) as database:
        load_sample_database(server, database)
        measured = RealNight(server, database, analysis.footprints, scale).run(made)
    found = frozenset(frozenset(c.key) for c in conflicts if c.verdict.waits)
    return Comparison(name, simulate(made), measured, found)
