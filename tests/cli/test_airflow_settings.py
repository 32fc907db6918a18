"""Airflow's own settings in `lockplan analyze`."""

import os
import subprocess
import sys
from pathlib import Path

from .test_analyze import assert_refused, folder, lockplan

__all__ = ["folder"]

CFG = """
[core]
executor = CeleryExecutor
parallelism = 3
max_active_runs_per_dag = 1
[database]
sql_alchemy_conn = mysql://airflow:s3cret@meta/airflow
"""


def said(folder: Path, cfg: str) -> str:
    (folder / "airflow.cfg").write_text(cfg)
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 1, result.stderr
    return " ".join(result.stdout.split())


def test_the_settings_are_named_and_used_and_the_password_is_not_shown(folder):
    text = said(folder, CFG)
    assert "airflow.cfg: CeleryExecutor, parallelism 3, max_active_runs_per_dag 1." in text
    assert "say --workers" not in text
    assert "set max_active_runs=1" not in text
    assert "s3cret" not in text


def test_a_dags_own_limit_outranks_the_default(folder):
    dag = folder / "dags" / "night.py"
    dag.write_text(dag.read_text().replace('"0 4 * * *"', '"0 4 * * *", max_active_runs=2'))
    assert "set max_active_runs=1" in said(folder, CFG)


def test_under_the_sequential_executor_it_is_said_that_nothing_collides_yet(folder):
    text = said(folder, "[core]\nexecutor = SequentialExecutor\n")
    assert "The SequentialExecutor runs one task at a time" in text


def test_another_time_zone_is_said(folder):
    text = said(folder, "[core]\ndefault_timezone = Asia/Seoul\n")
    assert "airflow.cfg: default_timezone Asia/Seoul." in text


def test_what_cannot_be_used_is_said(folder):
    assert "parallelism = 'many' is not understood" in said(folder, "[core]\nparallelism = many\n")


def test_without_a_path_airflows_own_folder_of_dags_is_read(folder):
    (folder / "airflow.cfg").write_text(f"[core]\ndags_folder = {folder}/dags\n")
    result = lockplan("analyze", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 1
    assert "night.a" in result.stdout


def test_a_folder_of_dags_on_another_machine_is_refused(folder):
    (folder / "airflow.cfg").write_text("[core]\ndags_folder = /nowhere/dags\n")
    result = lockplan("tasks", cwd=folder)
    assert_refused(result, "airflow.cfg", "dags_folder = /nowhere/dags", "Give the folder")


def test_the_shells_variables_count_as_they_do_for_airflow(folder):
    result = subprocess.run(
        [sys.executable, "-m", "lockplan", "analyze", "dags", "--schema", "schema.sql"],
        cwd=folder,
        env={**os.environ, "AIRFLOW__CORE__PARALLELISM": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "AIRFLOW__… variables: parallelism 7." in result.stdout
