"""`lockplan analyze workflow.yaml` as a user meets it."""

import json

import pytest

from .test_analyze import ROOT, assert_refused, lockplan

FILE = """
workers: 4
tasks:
  - {id: january, duration_s: 60, writes: [{name: sales, from: 2026-01-01, to: 2026-02-01}]}
  - {id: week, duration_s: 30, writes: [{name: sales, from: 2026-01-29, to: 2026-02-05}]}
  - {id: report, duration_s: 20, reads: [sales], upstream: [january, week]}
"""
SQL = """
tasks:
  - id: a
    duration_s: 60
    engine: mysql
    sql:
      - |
        UPDATE t SET x = 1 WHERE day = '2026-01-01';
        DELETE FROM t WHERE day = '2026-01-02'
  - {id: b, duration_s: 30, engine: mysql, sql: ["UPDATE t SET x = 2 WHERE day = '2026-01-02'"]}
"""
DDL = "CREATE TABLE t (id INT PRIMARY KEY, day DATE, x INT, KEY (day)) ENGINE=InnoDB;\n"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "shop.yaml").write_text(FILE)
    return tmp_path / "shop.yaml"


def test_tasks_that_write_one_part_are_named_with_their_lines_and_ordered(file):
    result = lockplan("analyze", file.name, cwd=file.parent)
    assert result.returncode == 1
    assert result.stderr == ""
    said = " ".join(result.stdout.split())
    for text in (
        "LP701 resource-in-use · certain · wait · sales",
        "shop.january shop.yaml:4 part 2026-01-01 … before 2026-02-01",
        "a holds the resource to write; b asks for the resource to write "
        "(part 2026-01-29 … before 2026-02-01)",
        "shop: 1 edge to add",
        "2 more conflicts kept apart by the order of the tasks",
        "planned 1m 50s",
    ):
        assert text in said
    for text in ("Airflow's version", "--schema", "--patch", "max_active_runs", "dies"):
        assert text not in said


def test_json_has_the_plan_and_the_resources(file):
    result = lockplan("analyze", file.name, "--format", "json", cwd=file.parent)
    document = json.loads(result.stdout)
    plan = document["plan"]
    assert len(plan["edges"]) == 1
    assert (plan["bound_s"], plan["gap"], plan["proven"], plan["left_open"]) == (110, 0.0, True, [])
    january, _, report = document["dags"][0]["tasks"]
    assert january["writes"] == [{"name": "sales", "from": "2026-01-01", "to": "2026-02-01"}]
    assert report["reads"] == ["sales"]
    assert "writes" not in report


def test_the_runs_are_drawn(file):
    result = lockplan("analyze", file.name, "--gantt", "runs.svg", cwd=file.parent)
    assert result.returncode == 1
    assert "january" in (file.parent / "runs.svg").read_text()


def test_sql_meets_by_the_lock_model_of_its_engine(tmp_path):
    (tmp_path / "n.yaml").write_text(SQL)
    (tmp_path / "schema.sql").write_text(DDL)
    result = lockplan("analyze", "n.yaml", "--schema", "schema.sql", cwd=tmp_path)
    assert result.returncode == 1
    assert "n.yaml:9" in result.stdout
    assert "index day, day 2026-01-02" in " ".join(result.stdout.split())
    apart = SQL.replace("day = '2026-01-01'", "id = 1").replace("day = '2026-01-02'", "id = 2", 1)
    apart = apart.replace("day = '2026-01-02'", "id = 3")
    (tmp_path / "n.yaml").write_text(apart)
    assert lockplan("analyze", "n.yaml", "--schema", "schema.sql", cwd=tmp_path).returncode == 0


def test_a_file_with_its_edges_in_place_has_nothing_left_to_do(file):
    text = FILE.replace("{id: week,", "{id: week, upstream: [january],")
    file.write_text(text)
    assert lockplan("analyze", file.name, cwd=file.parent).returncode == 0


def test_a_file_with_mistakes_ends_with_2_and_nothing_is_written(file):
    file.write_text(FILE.replace("duration_s: 60", "duration_s: -60").replace("week]", "wek]"))
    result = lockplan("analyze", file.name, "--gantt", "x.svg", "-o", "out", cwd=file.parent)
    assert_refused(result, "shop.yaml:4: `duration_s` of task `january`", "shop.yaml:6: task")
    assert sorted(path.name for path in file.parent.iterdir()) == ["shop.yaml"]


def test_a_workflow_file_is_not_patched(file):
    result = lockplan(
        "analyze", file.name, "--patch", "x.diff", "--gantt", "x.svg", cwd=file.parent
    )
    assert_refused(result, "a workflow file is not patched", "--format json")
    assert sorted(path.name for path in file.parent.iterdir()) == ["shop.yaml"]


def test_the_sample_is_planned(tmp_path):
    result = lockplan("analyze", "samples/workflow/month_end.yaml", cwd=ROOT)
    assert result.returncode == 1
    assert "month_end: 3 edges to add" in result.stdout


def test_tasks_lists_a_workflow_file(file):
    result = lockplan("tasks", file.name, cwd=file.parent)
    assert result.returncode == 0
    assert "report · Task after january, week" in " ".join(result.stdout.split())


def test_past_durations_count_more_than_those_of_the_file(file):
    (file.parent / "past.csv").write_text(
        "dag_id,task_id,runs,p50_s,p90_s\nshop,january,9,600,700\n"
    )
    result = lockplan("analyze", file.name, "--history", "past.csv", cwd=file.parent)
    said = " ".join(result.stdout.split())
    assert "serial 10m" not in said
    assert "serial 11m" in said
    assert "Durations of 1 of 3 tasks come from past.csv" in said
    assert "without history" not in said
