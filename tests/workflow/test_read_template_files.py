"""SQL files that an operator names, as far as they can be found around the DAG folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockplan.workflow.airflow import files
from tests.workflow.reading import read_body, task, texts

QUERY = """
    from airflow.providers.postgres.operators.postgres import PostgresOperator
    PostgresOperator(task_id="load", sql="load.sql", dag=dag)
"""


def _beside(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("DELETE FROM orders\n", encoding="utf-8")


def test_a_sql_file_beside_the_dag_folder_is_found_by_its_name(tmp_path: Path) -> None:
    _beside(tmp_path, "sql/load.sql")
    assert texts(task(read_body(tmp_path, QUERY), "load")) == ["DELETE FROM orders"]


def test_where_nothing_bounds_the_project_a_large_folder_around_it_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_NAMES", 2)
    _beside(tmp_path, "sql/load.sql")
    assert texts(task(read_body(tmp_path, QUERY), "load")) == []


def test_a_marked_project_is_searched_however_large_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_NAMES", 2)
    (tmp_path / "pyproject.toml").touch()
    _beside(tmp_path, "sql/load.sql")
    assert texts(task(read_body(tmp_path, QUERY), "load")) == ["DELETE FROM orders"]
