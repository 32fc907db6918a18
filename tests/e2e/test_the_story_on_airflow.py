"""The incident and its end on a real Airflow 3, with its metadata in MySQL."""

from collections.abc import Callable
from pathlib import Path

import pytest
from servers import NoServerError
from servers.summary import TOLD

from .airflow.installation import NoAirflowError, airflow_python
from .airflow.story import Story, tell

LOST_LOCKS = {1205, 1213}


@pytest.fixture(
    scope="module",
    params=[
        ("LocalExecutor", ("auto", "inten")),
        ("CeleryExecutor with RabbitMQ", ("auto",)),
        ("CeleryExecutor with Redis", ("auto",)),
    ],
    ids=lambda param: param[0],
)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    executor, dag_ids = request.param
    try:
        python = airflow_python(3)
        home: Path = tmp_path_factory.mktemp("airflow")
        return tell(python, home, executor, dag_ids)
    except (NoAirflowError, NoServerError) as missing:
        pytest.skip(str(missing))


def test_unprotected_tasks_die_of_lost_locks_and_of_nothing_else(story: Story) -> None:
    for night in story.unprotected.values():
        assert night.lock_errors & LOST_LOCKS
        failed = [task for task in night.tasks if task.state == "failed"]
        assert failed
        assert {task.task_id: task.log for task in failed if not task.lock_errors} == {}


def test_after_the_patch_every_task_succeeds_and_no_log_tells_of_a_lost_lock(
    story: Story, record_property: Callable[[str, object], None]
) -> None:
    for line in story.lines():
        record_property(TOLD, line)
    for night in story.planned.values():
        assert {task.task_id: task.log for task in night.tasks if task.state != "success"} == {}
        assert night.lock_errors == set()


def test_the_planned_night_is_shorter_than_one_task_after_the_other(story: Story) -> None:
    for night in story.planned.values():
        assert night.makespan_s < night.sequential_s
