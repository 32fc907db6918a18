"""One run of a DAG on a real Airflow: started, waited for, and what became of each task."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .deployment import Deployment
from .processes import wait_until

NIGHT_S = 600
READ_S = 120
LOCK_ERRORS = re.compile(r"\((1205|1213|1467), ")


@dataclass(frozen=True, slots=True)
class TaskRun:
    """A task instance of one run."""

    task_id: str
    state: str
    start: datetime | None
    end: datetime | None
    log: str
    """What the task wrote, one message a line."""

    @property
    def lock_errors(self) -> set[int]:
        """The server's codes of lost locks in the log."""
        return {int(code) for code in LOCK_ERRORS.findall(self.log)}


@dataclass(frozen=True, slots=True)
class Night:
    """One run of one DAG."""

    dag_id: str
    run_id: str
    tasks: tuple[TaskRun, ...]

    @property
    def lock_errors(self) -> set[int]:
        """The codes in all logs."""
        return {code for task in self.tasks for code in task.lock_errors}

    @property
    def makespan_s(self) -> float:
        """Seconds from the first task's start to the last one's end."""
        starts = [task.start for task in self.tasks if task.start]
        ends = [task.end for task in self.tasks if task.end]
        return (max(ends) - min(starts)).total_seconds()

    @property
    def sequential_s(self) -> float:
        """Seconds that the tasks worked, one after the other."""
        return sum((t.end - t.start).total_seconds() for t in self.tasks if t.start and t.end)


def run_night(airflow: Deployment, dag_id: str, run_id: str, logical_date: str) -> Night:
    """Run a DAG from its first task to its last."""
    airflow.airflow("dags", "trigger", dag_id, "--run-id", run_id, "--logical-date", logical_date)
    wait_until(
        lambda: ended(airflow, dag_id, run_id),
        f"{dag_id} did not end",
        NIGHT_S,
        airflow.home / "scheduler.log",
    )
    return Night(dag_id, run_id, tuple(task_runs(airflow, dag_id, run_id)))


def ended(airflow: Deployment, dag_id: str, run_id: str) -> bool:
    """Tell whether the scheduler has closed the run."""
    query = "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s"
    return airflow.rows(query, dag_id, run_id) in ([("success",)], [("failed",)])


def task_runs(airflow: Deployment, dag_id: str, run_id: str) -> Iterator[TaskRun]:
    """Yield what the metadata database and the log files say of each task."""
    query = (
        "SELECT task_id, state, start_date, end_date FROM task_instance "
        "WHERE dag_id = %s AND run_id = %s ORDER BY start_date, task_id"
    )
    logs = airflow.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    for task_id, state, start, end in airflow.rows(query, dag_id, run_id):
        files = sorted((logs / f"task_id={task_id}").glob("attempt=*.log"))
        text = "\n".join(readable(line) for file in files for line in lines_of(file))
        yield TaskRun(task_id, state, start, end, text)


def lines_of(file: Path) -> list[str]:
    """Return a log's lines."""
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def readable(line: str) -> str:
    """Return a line of Airflow 3's structured log as its web page shows it."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    head = f"[{entry.get('timestamp', '')[:19].replace('T', ' ')}] {entry.get('level', '').upper()}"
    errors = [f"{e['exc_type']}: {e['exc_value']}" for e in entry.get("error_detail") or ()]
    return "\n".join([f"{head} - {entry.get('event', '')}", *errors])


def wait_for_version(airflow: Deployment, dag_id: str, versions: int) -> None:
    """Wait until Airflow has read a DAG's file so many times anew."""
    query = "SELECT COUNT(*) FROM dag_version WHERE dag_id = %s"
    wait_until(
        lambda: airflow.rows(query, dag_id)[0][0] >= versions,
        f"{dag_id} was not read",
        READ_S,
        airflow.home / "dag-processor.log",
    )
