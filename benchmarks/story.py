"""Run the sample's nights on a real Airflow, draw them, and keep the logs of the tasks that died.

LOCKPLAN_AIRFLOW3_PYTHON=… python benchmarks/story.py ["CeleryExecutor with RabbitMQ"]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.airflow.installation import airflow_python  # noqa: E402
from e2e.airflow.night import Night  # noqa: E402
from e2e.airflow.story import Story, tell  # noqa: E402

import lockplan  # noqa: E402
from lockplan.model.analysis import DagPlan  # noqa: E402
from lockplan.model.timeline import RunState, TaskRun, Timeline  # noqa: E402
from lockplan.model.workflow import TaskKey  # noqa: E402
from lockplan.reports.gantt import save_gantt  # noqa: E402

DAGS = ("auto", "inten")
SAMPLES = ROOT / "samples"
PICTURES = {"story-auto.png": DAGS[:1], "story-nights.png": DAGS}


def main() -> None:
    """Tell the story once."""
    executor = sys.argv[1] if len(sys.argv) > 1 else "CeleryExecutor with RabbitMQ"
    python = airflow_python(3)
    with tempfile.TemporaryDirectory(prefix="story-") as name:
        home = Path(name)
        story = tell(python, home, executor, DAGS)
        print(*story.lines(), sep="\n")
        keep_logs(story, home, {str(home): "/opt/airflow", str(python.parents[1]): "/opt/venv"})
    draw(story)


def keep_logs(story: Story, home: Path, instead: dict[str, str]) -> None:
    """Put the logs of the tasks that died into the sample, without this machine's paths."""
    shutil.rmtree(SAMPLES / "logs", ignore_errors=True)
    for file in died(story, home / "logs"):
        text = file.read_text(encoding="utf-8")
        for mine, usual in instead.items():
            text = text.replace(mine, usual)
        kept = SAMPLES / "logs" / file.relative_to(home / "logs")
        kept.parent.mkdir(parents=True)
        kept.write_text(text, encoding="utf-8")


def died(story: Story, logs: Path) -> Iterator[Path]:
    """Yield the log files of the unprotected nights' failures."""
    for night in story.unprotected.values():
        run = logs / f"dag_id={night.dag_id}" / f"run_id={night.run_id}"
        for task in night.tasks:
            if task.state == "failed":
                yield from (run / f"task_id={task.task_id}").glob("attempt=*.log")


def draw(story: Story) -> None:
    """Draw both nights of each DAG as they were measured."""
    study = lockplan.analyze(
        SAMPLES / "dags", schema=SAMPLES / "schema.sql", logical_date=datetime(2026, 11, 15)
    )
    plans = {plan.dag.dag_id: measured(plan, story) for plan in study.analysis.plans}
    for name, dag_ids in PICTURES.items():
        shown = tuple(plans[dag_id] for dag_id in dag_ids)
        save_gantt(replace(study.analysis, plans=shown), ROOT / "docs" / "images" / name)


def measured(plan: DagPlan, story: Story) -> DagPlan:
    """Return a DAG's plan with the runs that were measured in place of the simulated ones."""
    dag_id = plan.dag.dag_id
    if dag_id not in DAGS:
        return plan
    before, after = story.unprotected[dag_id], story.planned[dag_id]
    return replace(plan, before=timeline(before), after=timeline(after))


def timeline(night: Night) -> Timeline:
    """Return a run in seconds from its first task's start."""
    first = min(task.start for task in night.tasks if task.start)
    runs = []
    for task in night.tasks:
        start, end = ((at - first).total_seconds() if at else 0.0 for at in (task.start, task.end))
        error = ", ".join(map(str, sorted(task.lock_errors))) or None
        key = TaskKey(night.dag_id, task.task_id)
        runs.append(TaskRun(key, RunState(task.state), start, start, end, error=error))
    return Timeline(tuple(runs))


if __name__ == "__main__":
    main()
