"""Running the sample's tasks on a real server the way Airflow's workers would."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import Server

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
RECORDED = ROOT / "tests" / "data" / "sample_tasks.json"
WAIT_S = 1
"""The shortest `innodb_lock_wait_timeout` there is."""
HOLD_S = 1.6
"""How long a transaction stays open after its last statement: longer than others wait."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one task sends, as recorded from the real tasks under Airflow."""

    task: str
    upstream: tuple[str, ...]
    statements: tuple[str, ...]


def recorded_work(dag_id: str) -> dict[str, Work]:
    """Return the tasks of a DAG that send SQL, and those that send none."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    return {
        task: Work(task, tuple(entry["up"]), tuple(entry["sql"]))
        for task, entry in recorded.items()
        if task.startswith(f"{dag_id}.")
    }


def load_sample_database(server: Server, database: str) -> None:
    """Create the sample's tables and rows."""
    with server.connect(database=database, autocommit=True) as connection:
        for name in ("schema.sql", "seed.sql"):
            text = (SAMPLES / name).read_text(encoding="utf-8")
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            for statement in "\n".join(lines).split(";"):
                if statement.strip():
                    connection.cursor().execute(statement)


def run_task(server: Server, database: str, work: Work) -> int | None:
    """Run a task's statements in one transaction; return the server's error code, None for none."""
    import pymysql

    timeout = f"SET innodb_lock_wait_timeout = {WAIT_S}"
    try:
        with server.connect(database=database, init_command=timeout) as connection:
            for statement in work.statements:
                connection.cursor().execute(statement)
            time.sleep(HOLD_S)
            connection.commit()
    except pymysql.err.OperationalError as error:
        return int(error.args[0])
    return None


@dataclass(slots=True)
class Night:
    """How a run ended: the error of each task that failed, and the tasks that succeeded."""

    errors: dict[str, int]
    succeeded: set[str]


def run_night(
    server: Server,
    database: str,
    works: Mapping[str, Work],
    extra_upstream: Mapping[str, set[str]],
) -> Night:
    """Run all tasks, each as soon as its upstream tasks have succeeded, as Airflow would."""
    upstream = {
        task: (set(work.upstream) | extra_upstream.get(task, set())) & set(works)
        for task, work in works.items()
    }
    night = Night({}, set())
    started: set[str] = set()
    running: dict[Future[int | None], str] = {}
    with ThreadPoolExecutor(max_workers=16) as workers:
        while True:
            for task in sorted(set(works) - started):
                if upstream[task] <= night.succeeded:
                    started.add(task)
                    running[workers.submit(run_task, server, database, works[task])] = task
            if not running:
                return night
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                _record(night, running.pop(future), future.result())


def _record(night: Night, task: str, error: int | None) -> None:
    if error is None:
        night.succeeded.add(task)
    else:
        night.errors[task] = error


def planned_upstream(analysis: Any, dag_id: str) -> dict[str, set[str]]:
    """Return the upstream tasks that a plan adds, by task."""
    (plan,) = [each.plan for each in analysis.plans if each.dag.dag_id == dag_id]
    added: dict[str, set[str]] = {}
    for edge in plan.edges:
        added.setdefault(str(edge.downstream), set()).add(str(edge.upstream))
    return added
