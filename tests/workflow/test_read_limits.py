"""Reading ends soon, whatever the files hold, and says where it stopped."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from textwrap import dedent

from lockplan.workflow import read
from lockplan.workflow.budget import Budget
from tests.workflow.reading import HEADER, folder, read_body, read_text, task

HEAVY = ("sqlglot", "networkx", "matplotlib", "pandas", "numpy", "airflow")
RARE = ("databases.core", "databases.bigquery", "databases.clickhouse", "shell.scripts")
NOT_LOADED = (*HEAVY, "tomllib", *(f"lockplan.workflow.{name}" for name in RARE))


def test_reading_loads_nothing_that_only_other_steps_or_other_folders_need(tmp_path: Path) -> None:
    root = folder(tmp_path, flow__py=HEADER + "EmptyOperator(task_id='a', dag=dag)\n")
    program = (
        "import sys, lockplan\n"
        f"assert lockplan.read([{str(root)!r}]).dags[0].tasks\n"
        f"print([name for name in {NOT_LOADED!r} if name in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_tasks_behind_a_hundred_thousand_lines_are_found(tmp_path: Path) -> None:
    lines = "".join(f"x{n} = {n}\n" for n in range(100_000))
    workflow = read_text(tmp_path, HEADER + lines + "EmptyOperator(task_id='a', dag=dag)\n")
    assert [task.key.task_id for task in workflow.dags[0].tasks] == ["a"]
    assert workflow.skipped == ()


def test_a_large_literal_is_known_to_its_last_key(tmp_path: Path) -> None:
    items = "".join(f"    'key{n}': 'table_{n}',\n" for n in range(20_000))
    body = f"BIG = {{\n{items}}}\nEmptyOperator(task_id=BIG['key19999'], dag=dag)\n"
    assert task(read_body(tmp_path, body), "table_19999")


def test_a_loop_of_too_many_tasks_is_said_with_its_length_and_line(tmp_path: Path) -> None:
    body = "for n in range(20000):\n    EmptyOperator(task_id=f't{n}', dag=dag)\n"
    workflow = read_text(tmp_path, HEADER + body)
    said = [str(skipped) for skipped in workflow.skipped]
    line = HEADER.count("\n") + 2
    assert any(f":{line}" in one and "20,000 passes" in one for one in said), said


def test_a_loop_of_as_many_tasks_as_the_budget_allows_is_read_in_full(tmp_path: Path) -> None:
    body = "for n in range(1500):\n    EmptyOperator(task_id=f't{n}', dag=dag)\n"
    assert len(read_body(tmp_path, body).tasks) == 1500


def test_branches_that_multiply_stop_with_their_place_and_leave_other_files(
    tmp_path: Path,
) -> None:
    levels = "".join(
        f"def f{n}(x):\n    return f{n - 1}(x) if unknown() else f{n - 1}(x + 1)\n"
        for n in range(1, 30)
    )
    endless = f"from airflow import DAG\ndef f0(x):\n    return x\n{levels}f29(0)\n"
    root = folder(
        tmp_path, endless__py=endless, flow__py=HEADER + "EmptyOperator(task_id='a', dag=dag)\n"
    )
    workflow = read([root], budget=Budget(steps=20_000))
    assert [dag.dag_id for dag in workflow.dags] == ["d"]
    (stopped,) = [skipped for skipped in workflow.skipped if "steps" in skipped.reason]
    assert (stopped.where.path, stopped.what) == ("endless.py", "file")


def test_deep_recursion_is_said_and_what_follows_is_read(tmp_path: Path) -> None:
    body = """
    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)
    x = depth(2000)
    EmptyOperator(task_id='a', dag=dag)
    """
    workflow = read_text(tmp_path, HEADER + dedent(body))
    assert [task.key.task_id for task in workflow.dags[0].tasks] == ["a"]
    assert any("too deep" in skipped.reason for skipped in workflow.skipped)


def test_a_text_that_grows_in_a_loop_is_not_kept_at_every_length(tmp_path: Path) -> None:
    body = (
        "s = ''\nfor n in range(1000):\n    s += 'x' * 1000\nEmptyOperator(task_id='a', dag=dag)\n"
    )
    root = folder(tmp_path, flow__py=HEADER + body)
    tracemalloc.start()
    try:
        assert read([root]).dags
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000_000, "every length kept would be 500,000,000 characters"


def test_waiting_for_a_file_is_read_like_a_loop_of_unknown_length(tmp_path: Path) -> None:
    body = """
    import time
    def wait(cursor, limit, **context):
        waited = 0
        while waited <= limit:
            time.sleep(60)
            waited += 60
            cursor.execute("SELECT state FROM runs WHERE waited = %s" % waited)
            if cursor.fetchone():
                break
    PythonOperator(task_id='a', python_callable=wait, op_args=[connect(), 72000], dag=dag)
    """
    found = task(read_body(tmp_path, body), "a").statements
    assert 1 <= len(found) <= 2, "the passes of a loop that may end at any of them are one"


def test_the_reason_of_a_value_joined_in_every_pass_of_a_loop_stays_short(tmp_path: Path) -> None:
    body = (
        "import shop\n"
        "old, new = shop.old(), shop.new()\n"
        "for n in range(20):\n"
        "    if shop.open(n):\n"
        "        old, new = new, old\n"
        "EmptyOperator(task_id=old, dag=dag)\n"
    )
    reasons = [skipped.reason for skipped in read_text(tmp_path, HEADER + body).skipped]
    assert any("depends on a condition" in reason and "shop.old" in reason for reason in reasons)
    assert max(map(len, reasons)) < 500
