"""DAG files for patching: plans made by hand, from a file's own text."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from lockplan.advice import failures
from lockplan.model.analysis import DagPlan
from lockplan.model.problem import Plan
from lockplan.model.timeline import Timeline
from lockplan.model.workflow import Edge, Origin, TaskKey
from lockplan.patching import Patch, make_patch
from lockplan.workflow import read

MODULE_LEVEL = """\
from airflow import DAG
from airflow.operators.empty import EmptyOperator

dag = DAG(dag_id="night")

t1 = EmptyOperator(task_id="t1", dag=dag)
t2 = EmptyOperator(
    task_id="t2",
    dag=dag,
)
t2.set_upstream(t1)
t3 = EmptyOperator(task_id="t3", dag=dag)

print("ready")
"""

WITH_BLOCK = """\
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG(dag_id="night") as dag:
    t1 = EmptyOperator(task_id="t1")
    t2 = EmptyOperator(task_id="t2")
    t3 = EmptyOperator(task_id="t3")
    t1 >> t2

print("ready")
"""

DAG_FUNCTION = """\
from airflow.decorators import dag
from airflow.operators.empty import EmptyOperator


@dag(schedule="@daily")
def night():
    t1 = EmptyOperator(task_id="t1")
    t2 = EmptyOperator(task_id="t2")
    t3 = EmptyOperator(task_id="t3")
    return t1 >> t2


night()
"""


def generated(dag_id: str, upstream: str, downstream: str) -> Edge:
    """Return an edge as the planner makes it."""
    return Edge(
        TaskKey(dag_id, upstream),
        TaskKey(dag_id, downstream),
        Origin.GENERATED,
        ("stats.daily_play",),
        "ds-6 … ds: row-lock-wait",
    )


def plan_of(path: str, text: str, *edges: tuple[str, str], dag_id: str = "night") -> DagPlan:
    """Make the plan of a file's DAG, with these edges."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(text))
        workflow = read(folder)
    (dag,) = (dag for dag in workflow.dags if dag.dag_id == dag_id)
    planned = tuple(generated(dag_id, a, b) for a, b in edges)
    plan = Plan(planned, (), 0, 0, 0)
    nothing = Timeline(())
    return DagPlan(dag, plan, planned, (), nothing, nothing, failures=failures(dag, planned))


def encoded(text: str) -> bytes:
    """Return a file's bytes in the encoding that its first line names."""
    return text.encode("latin-1" if "coding: latin-1" in text else "utf-8")


def repository(folder: Path, path: str, data: bytes) -> Path:
    """Make a git repository that holds one file."""
    git(folder, "init", "-q")
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return folder


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    """Run git; its complaint becomes the test's failure."""
    done = subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def patched(folder: Path, *plans: DagPlan) -> Patch:
    """Make a patch, and let git apply it: the files must become what the patch says."""
    patch = make_patch(plans, folder)
    git(folder, "apply", "--check", stdin=patch.diff)
    git(folder, "apply", "--whitespace=nowarn", stdin=patch.diff)
    for change in patch.files:
        assert change.path.read_bytes() == change.after
    return patch
