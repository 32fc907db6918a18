"""A simulated run: when each task waits for a lock and when it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from lockplan.model import html
from lockplan.model.words import count, duration
from lockplan.model.workflow import TaskKey

if TYPE_CHECKING:
    import pandas as pd


class RunState(StrEnum):
    """How a task's run ended."""

    SUCCESS = "success"
    FAILED = "failed"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class LockWait:
    """A stretch of time in which a task waits for another task's lock."""

    start_s: float
    end_s: float
    holder: TaskKey
    table: str
    holder_run: int = 0
    """The number of the holder's DAG run."""
    lock: str = ""
    """What is held against what is asked for, in plain words."""
    statement: int = 0
    """Position of the waiting statement in its task."""
    others: tuple[TaskKey, ...] = ()
    """More tasks that are in the way when the stretch begins, sorted."""


@dataclass(frozen=True, slots=True)
class LockHold:
    """A stretch of time in which a task's transaction holds locks on a table."""

    start_s: float
    end_s: float
    table: str
    writes: bool
    """Whether the transaction changes the table, or locks rows of it to read them."""
    statement: int = 0
    """Position in its task of the statement that took the first of them."""


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A try that failed and was followed by another one."""

    start_s: float
    end_s: float
    error: str
    """The server's; empty where the task failed for another reason."""


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One task of a simulated run, in seconds from the start of the clock."""

    task: TaskKey
    state: RunState
    ready_s: float
    """When its dependencies let it go; it may wait for a slot from here."""
    start_s: float
    end_s: float
    """When its last try ended."""
    waits: tuple[LockWait, ...] = ()
    """Of all tries, in the order of time."""
    error: str | None = None
    """What ended the last try, where the task failed: ``1205`` or ``1213``."""
    run: int = 0
    """The number of the run of its DAG."""
    holds: tuple[LockHold, ...] = ()
    """Of all tries, in the order of time."""
    failed_tries: tuple[FailedTry, ...] = ()
    """The tries before the last one."""
    last_start_s: float | None = None
    """When the last try started; None where it is the only one."""

    @property
    def work_s(self) -> float:
        """Seconds in which the task works, in all of its tries."""
        waited_s = sum(wait.end_s - wait.start_s for wait in self.waits)
        return sum(end_s - start_s for start_s, end_s in self.tries) - waited_s

    @property
    def tries(self) -> tuple[tuple[float, float], ...]:
        """The start and the end of each try; between two it waits for its retry or a slot."""
        earlier = tuple((each.start_s, each.end_s) for each in self.failed_tries)
        last_s = self.start_s if self.last_start_s is None else self.last_start_s
        return (*earlier, (last_s, self.end_s))

    def bar(self) -> html.Bar:
        """Return the run as a row of a chart."""
        waits = tuple((wait.start_s, wait.end_s) for wait in self.waits)
        holders = list(dict.fromkeys(w.holder.task_id for w in self.waits))
        said = [] if self.state is RunState.SUCCESS else [str(self.state), self.error or ""]
        said += ["waits for", ", ".join(holders)] if holders else []
        tables = ", ".join(dict.fromkeys(w.table for w in self.waits))
        span = f"{duration(self.start_s)} to {duration(self.end_s)}"
        return html.Bar(
            label=str(self.task),
            work=self.tries if self.state in (RunState.SUCCESS, RunState.FAILED) else (),
            waits=waits,
            note=" ".join(filter(None, said)),
            tooltip=" ".join(filter(None, [f"{self.task}: {span}", *said, tables])),
        )


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of a DAG on the clock of a timeline."""

    dag_id: str
    run: int
    """Counted from 0 for each DAG."""
    start_s: float
    logical_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A simulated night: one run of a DAG, or several runs of several DAGs, on one clock."""

    runs: tuple[TaskRun, ...]
    dag_runs: tuple[DagRun, ...] = ()
    slots: int | None = None
    """Tasks that the executor runs at the same time; None where that is not told."""

    @property
    def makespan_s(self) -> float:
        """When the last task ended."""
        return max((run.end_s for run in self.runs), default=0.0)

    @property
    def lock_wait_s(self) -> float:
        """Seconds that all tasks together waited for locks."""
        return sum(wait.end_s - wait.start_s for run in self.runs for wait in run.waits)

    @property
    def peak(self) -> int:
        """The most tasks that occupy a slot at the same time."""
        moments = [(s, 1) for run in self.runs for s, _ in run.tries]
        moments += [(s, -1) for run in self.runs for _, s in run.tries]
        return max(accumulate(change for _, change in sorted(moments)), default=0)

    @property
    def utilisation(self) -> float | None:
        """The share of the slots' time that tasks occupy, waits for locks included."""
        if not self.slots or not self.makespan_s:
            return None
        busy_s = sum(end_s - start_s for run in self.runs for start_s, end_s in run.tries)
        return busy_s / (self.slots * self.makespan_s)

    def errors(self) -> tuple[tuple[TaskKey, str], ...]:
        """Return each server's error that ended a try, of tasks that succeeded later, too."""
        found = []
        for run in self.runs:
            found += [(run.task, each.error) for each in run.failed_tries if each.error]
            found += [(run.task, run.error)] if run.error else []
        return tuple(found)

    def __str__(self) -> str:
        parts = [f"done after {duration(self.makespan_s)}"]
        if self.lock_wait_s:
            parts.append(f"{duration(self.lock_wait_s)} of lock waits")
        for state in (RunState.FAILED, RunState.UPSTREAM_FAILED):
            number = sum(run.state is state for run in self.runs)
            parts += [f"{count(number, 'task')} {state}"] if number else []
        return ", ".join(parts)

    def _repr_html_(self) -> str:
        several = len(self.runs) > html.MOST_BARS and len(self.dag_runs) > 1
        rows = self._dag_bars() if several else [run.bar() for run in self._by_start()]
        chart = html.bars(rows, self.makespan_s)
        return html.card(f"{count(len(self.runs), 'task')}: {self}", (), chart)

    def _dag_bars(self) -> list[html.Bar]:
        """Return a row for each run of each DAG: of many tasks nobody reads the rows."""
        found = []
        for dag_run in self.dag_runs:
            key = (dag_run.dag_id, dag_run.run)
            bars = [run.bar() for run in self.runs if (run.task.dag_id, run.run) == key]
            states = [run.state for run in self.runs if (run.task.dag_id, run.run) == key]
            failed = states.count(RunState.FAILED)
            bar = html.Bar(
                label=f"{dag_run.dag_id}, run {dag_run.run + 1}",
                work=tuple(span for bar in bars for span in bar.work),
                waits=tuple(span for bar in bars for span in bar.waits),
                note=f"{count(failed, 'task')} failed" if failed else "",
            )
            found.append(bar)
        return found

    def _by_start(self) -> list[TaskRun]:
        """Return the runs in the order of time; those that never start come last."""

        def key(run: TaskRun) -> tuple[object, ...]:
            ran = run.state in (RunState.SUCCESS, RunState.FAILED)
            return (not ran, run.start_s, run.end_s, run.task, run.run)

        return sorted(self.runs, key=key)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per task and run, in the order in which they start; times in seconds."""
        import pandas as pd  # only who asks for it waits for it

        rows = [
            {
                "dag_id": run.task.dag_id,
                "task_id": run.task.task_id,
                "run": run.run,
                "state": str(run.state),
                "ready_s": run.ready_s,
                "start_s": run.start_s,
                "end_s": run.end_s,
                "work_s": run.work_s,
                "lock_wait_s": sum(wait.end_s - wait.start_s for wait in run.waits),
                "waits_for": ", ".join(dict.fromkeys(str(wait.holder) for wait in run.waits)),
                "tries": len(run.tries),
                "error": run.error or "",
            }
            for run in self._by_start()
        ]
        return pd.DataFrame(rows)

    def failed(self) -> tuple[TaskRun, ...]:
        """Return the tasks that failed, their retries used up."""
        return tuple(run for run in self.runs if run.state is RunState.FAILED)
