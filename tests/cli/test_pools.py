"""Pools that Airflow has: what they keep apart needs no edge, and who finds no room is told."""

import json

import pytest

from .test_analyze import assert_refused, lockplan

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
def run(name, **more):
    MySqlOperator(task_id=name, sql='UPDATE t SET x = 1', mysql_conn_id='db', dag=dag, **more)
run('a', pool='db')
run('b', pool='db')
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(DAG)
    return tmp_path


def export(folder, **slots: object) -> None:
    pools = {name: {"slots": number, "description": ""} for name, number in slots.items()}
    (folder / "pools.json").write_text(json.dumps(pools))


def analyse(folder, *more: str):
    return lockplan("analyze", "dags", "--pools", "pools.json", *more, cwd=folder)


def test_tasks_of_a_pool_with_one_slot_need_no_edge(folder):
    export(folder, db=1)
    result = analyse(folder, "--format", "json")
    assert result.returncode == 0
    document = json.loads(result.stdout)
    assert document["conflicts"][0]["ordered_by"] == "pool db"
    assert document["plan"]["edges"] == []
    assert (
        "1 more conflict kept apart by the order of the tasks or a pool" in analyse(folder).stdout
    )


def test_a_pool_that_has_room_for_both_keeps_nothing_apart(folder):
    export(folder, db=2)
    assert "1 edge to add" in analyse(folder).stdout


def test_the_settings_may_tell_a_pools_slots(folder):
    (folder / "pyproject.toml").write_text("[tool.lockplan.pools]\ndb = 1\n")
    assert lockplan("analyze", "dags", cwd=folder).returncode == 0


def test_a_pool_that_does_not_exist_is_said_for_each_task_with_its_line(folder):
    export(folder, default_pool=128, files=1)
    assert_refused(
        analyse(folder, "-o", "report.txt"),
        "dags/night.py:7: night.a is in pool `db`, which pools.json does not name",
        "dags/night.py:7: night.b is in pool `db`, which pools.json does not name",
        "the task would never start",
    )
    assert not (folder / "report.txt").exists()


def test_a_pool_that_is_too_small_for_a_task_is_said(folder):
    (folder / "dags" / "night.py").write_text(DAG.replace("'b', ", "'b', pool_slots=3, "))
    export(folder, db=2)
    assert_refused(analyse(folder), "night.py:7: night.b takes 3 slots of pool `db`, which has 2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "holds no pools by name"),
        ("{", "pools.json:1: is not JSON"),
        ('{"db": {}}', "pools.json: db: has no number of slots"),
        ('{"db": {"slots": "2"}}', "pools.json: db: has no number of slots"),
    ],
)
def test_a_file_that_is_no_export_is_refused(folder, text, said):
    (folder / "pools.json").write_text(text)
    assert_refused(analyse(folder), said)
