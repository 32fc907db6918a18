"""Making small DAG folders and reading them: shared by the tests of the reader."""

from datetime import datetime
from pathlib import Path
from textwrap import dedent

from lockplan.model.dates import RunDates
from lockplan.model.workflow import Dag, Task, Workflow
from lockplan.workflow import read

DATES = RunDates(
    logical_date=datetime(2024, 1, 15),
    interval_end=datetime(2024, 1, 16),
    run_time=datetime(2024, 1, 16, 4, 5),
)

HEADER = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
dag = DAG('d', start_date=datetime(2024, 1, 1), schedule='0 4 * * *')
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write files (``name__py``, ``sql__x__sql`` for ``sql/x.sql``) into a DAG folder."""
    root = tmp_path / "dags"
    for name, text in files.items():
        *parts, extension = name.split("__")
        path = root.joinpath(*parts[:-1], f"{parts[-1]}.{extension}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def read_text(tmp_path: Path, text: str, **files: str) -> Workflow:
    """Read one DAG file, with other files beside it."""
    return read([folder(tmp_path, flow__py=text, **files)])


def read_dag(tmp_path: Path, text: str, **files: str) -> Dag:
    """Read one DAG file that defines one DAG."""
    workflow = read_text(tmp_path, text, **files)
    assert len(workflow.dags) == 1, workflow.skipped
    return workflow.dags[0]


def read_body(tmp_path: Path, body: str, **files: str) -> Dag:
    """Read a DAG file that begins with the usual imports and ``dag = DAG('d', …)``."""
    return read_dag(tmp_path, HEADER + dedent(body), **files)


def task(dag: Dag, task_id: str) -> Task:
    return next(task for task in dag.tasks if task.key.task_id == task_id)


def edges(dag: Dag) -> set[tuple[str, str]]:
    return {(edge.upstream.task_id, edge.downstream.task_id) for edge in dag.edges}


def texts(one: Task) -> list[str]:
    """Return a task's SQL at the logical date 2024-01-15, white space joined."""
    return [" ".join(statement.render(DATES).split()) for statement in one.statements]
