from __future__ import annotations

import json

from lockplan.model.workflow import Workflow
from tests.workflow.reading import edges, read_dag, read_text, task, texts

MAKER = """
from pathlib import Path
from airflow import DAG
from gusty import create_dag
dag = create_dag(str(Path(__file__).parent / 'shop'), {options})
"""
EMPTY = "operator: airflow.operators.empty.EmptyOperator\n"


def made(tmp_path, options: str = "latest_only=False", **files: str) -> Workflow:
    return read_text(tmp_path, MAKER.format(options=options), **files)


def test_files_of_a_folder_become_tasks_with_their_sql_and_place(tmp_path):
    clean = """\
---
operator: airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator
conn_id: shop
---

DELETE FROM daily WHERE day = '{{ ds }}'
"""
    fill = """\
# ---
# python_callable: fill
# dependencies:
#   - clean
# ---
import sqlite3

def fill(ds, **context):
    sqlite3.connect('x.db').execute("INSERT INTO daily VALUES (1)")
"""
    whole = "import sqlite3\nsqlite3.connect('x.db').execute('DROP TABLE old')\n"
    metadata = "schedule_interval: '@daily'\ndefault_args: {pool: night}\n"
    files = {"shop__clean__sql": clean, "shop__Fill__py": fill, "shop__drop__py": whole}
    dag = read_dag(
        tmp_path, MAKER.format(options="latest_only=False"), shop__METADATA__yml=metadata, **files
    )
    assert (dag.dag_id, dag.path, dag.schedule) == ("shop", "flow.py", "@daily")
    assert edges(dag) == {("clean", "fill")}
    assert texts(task(dag, "clean")) == ["DELETE FROM daily WHERE day = '2024-01-15'"]
    assert task(dag, "clean").statements[0].built_at.line == 6
    assert task(dag, "clean").defined_at.path == "shop/clean.sql"
    assert texts(task(dag, "fill")) == ["INSERT INTO daily VALUES (1)"]
    assert texts(task(dag, "drop")) == ["DROP TABLE old"]
    assert {one.pool for one in dag.tasks} == {"night"}


def test_a_notebook_names_its_operator_in_a_yaml_cell(tmp_path):
    cell = {"cell_type": "markdown", "source": ["```yaml\n", EMPTY, "```\n"]}
    (dag,) = made(tmp_path, shop__book__ipynb=json.dumps({"cells": [cell]})).dags
    assert [(one.key.task_id, one.operator) for one in dag.tasks] == [("book", "EmptyOperator")]


def test_subfolders_are_groups_whose_names_may_stand_before_or_behind(tmp_path):
    files = {
        "shop__first__yml": EMPTY,
        "shop__plain__a__yml": EMPTY,
        "shop__before__METADATA__yml": "prefix_group_id: true\ndependencies: [first, plain]\n",
        "shop__before__b__yml": EMPTY,
        "shop__before__c__yml": EMPTY + "dependencies: [b]\n",
        "shop__behind__METADATA__yml": "suffix_group_id: true\n",
        "shop__behind__d__yml": EMPTY,
        "shop___hidden__e__yml": EMPTY,
    }
    (dag,) = made(tmp_path, **files).dags
    ids = {one.key.task_id for one in dag.tasks}
    assert ids == {"first", "a", "before.before_b", "before.before_c", "d_behind"}
    assert edges(dag) == {
        ("first", "before.before_b"),
        ("first", "before.before_c"),  # the groups are ordered before the tasks in them
        ("a", "before.before_b"),
        ("a", "before.before_c"),
        ("before.before_b", "before.before_c"),
    }


def test_a_group_without_prefix_takes_away_those_around_it(tmp_path):
    files = {
        "shop__outer__METADATA__yml": "prefix_group_id: true\n",
        "shop__outer__inner__a__yml": EMPTY,
    }
    (dag,) = made(tmp_path, **files).dags
    assert [one.key.task_id for one in dag.tasks] == ["a"]


def test_waits_for_other_dags_are_sensors_that_tasks_share(tmp_path):
    files = {
        "shop__a__yml": EMPTY + "external_dependencies:\n  - bank: all\n  - stock: load\n",
        "shop__b__yml": EMPTY + "external_dependencies: {bank: {tasks: [all], timeout: 5}}\n",
    }
    (dag,) = made(tmp_path, **files).dags
    assert edges(dag) == {
        ("wait_for_DAG_bank", "a"),
        ("wait_for_stock_load", "a"),
        ("wait_for_DAG_bank", "b"),
    }
    assert task(dag, "wait_for_DAG_bank").operator == "ExternalTaskSensor"


def test_root_and_leaf_tasks_and_latest_only_stand_around_the_others(tmp_path):
    files = dict.fromkeys(("shop__begin__yml", "shop__work__yml", "shop__end__yml"), EMPTY)
    metadata = "root_tasks: [begin]\nleaf_tasks: [end]\n"
    (dag,) = made(tmp_path, "", shop__METADATA__yml=metadata, **files).dags
    assert edges(dag) == {("latest_only", "begin"), ("begin", "work"), ("work", "end")}


def test_one_file_may_specify_several_tasks_and_tags_call_the_folders_functions(tmp_path):
    bash = """\
operator: airflow.operators.bash.BashOperator
pool: !night
multi_task_spec:
  one: {bash_command: echo 1}
  two: {bash_command: echo 2, retries: !retries [3]}
"""
    maker = """
        from airflow import DAG
        from gusty import create_dags
        def night(): return 'night'
        def retries(count): return count
        create_dags('jobs', globals(), latest_only=False, dag_constructors=[night, retries])
    """
    (dag,) = read_text(tmp_path, maker, jobs__shop__multi__yml=bash).dags
    found = {one.key.task_id: (one.pool, one.retries) for one in dag.tasks}
    assert found == {"one": ("night", 0), "two": ("night", 3)}


def test_what_is_wrong_in_a_task_file_is_skipped_and_the_rest_is_read(tmp_path):
    files = {
        "shop__good__yml": EMPTY + "dependencies: [nobody]\n",
        "shop__bare__yml": "bash_command: echo\n",
        "shop__torn__yml": "operator: [\n",
        "shop__text__sql": "SELECT 1\n",
        "shop__odd__ipynb": '{"cells": 4}',
        "shop__waits__yml": EMPTY + "external_dependencies: {bank: {tasks: 3}}\n",
    }
    workflow = made(tmp_path, **files)
    assert [one.key.task_id for one in workflow.dags[0].tasks] == ["good", "waits"]
    found = {(one.where.path.removeprefix("shop/"), one.what) for one in workflow.skipped}
    assert found == {
        ("good.yml", "edge"),
        ("bare.yml", "task"),
        ("torn.yml", "file"),
        ("text.sql", "task"),
        ("odd.ipynb", "task"),
        ("waits.yml", "edge"),
    }
