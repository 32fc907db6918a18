"""The JSON report: its names are a promise."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from lockplan.model.dates import Anchor, DateExpr, Shift, Truncate, Unit
from lockplan.model.region import ALL, Box, Interval, Region, Symbol
from lockplan.model.statement import Unknown
from lockplan.reports.json import to_json
from lockplan.reports.regions import region_data
from reports.examples import DATES, analysis

DS = DateExpr(Anchor.LOGICAL_DATE, format="%Y-%m-%d")


@pytest.fixture
def document():
    return json.loads(to_json(analysis()))


def test_the_names_are_those_that_were_promised(document):
    assert list(document) == ["format_version", "summary", "dags", "conflicts", "plan", "skipped"]
    summary = document["summary"]
    names = ["files", "dags", "tasks", "statements", "skipped", "conflicts", "edges", "makespan_s"]
    assert list(summary) == names
    assert list(summary["conflicts"]) == ["certain", "possible"]
    assert list(summary["makespan_s"]) == ["unprotected", "serial", "planned", "bound"]
    (dag,) = document["dags"]
    assert list(dag) == ["dag_id", "path", "schedule", "tasks"]
    task = dag["tasks"][1]
    assert list(task) == ["task_id", "operator", "upstream", "pool", "statements"]
    (statement,) = task["statements"]
    names = ["sql", "path", "line", "engine", "connection", "transaction", "accesses"]
    assert list(statement) == names
    assert list(statement["accesses"][0]) == ["table", "role", "region"]
    conflict = document["conflicts"][0]
    names = ["rule", "name", "certainty", "outcome", "scope", "table", "reason", "help", "remedies"]
    assert list(conflict) == [*names, "ordered_by", "a", "b", "waits"]
    assert list(conflict["a"]) == ["dag_id", "task_id", "sql", "path", "line"]
    assert list(conflict["waits"][0]) == ["holder", "requester", "lock", "index", "interval"]
    names = ["edges", "schedule", "bound_s", "gap", "proven"]
    names += ["priority_weights", "pools", "left_open"]
    assert list(document["plan"]) == names
    assert list(document["plan"]["edges"][0]) == [
        "upstream",
        "downstream",
        "tables",
        "newly_stopped",
    ]
    assert list(document["plan"]["edges"][0]["upstream"]) == ["dag_id", "task_id"]
    assert list(document["plan"]["schedule"][0]) == ["dag_id", "task_id", "start_s", "end_s"]
    assert list(document["skipped"][0]) == ["path", "line", "what", "reason"]


def test_the_summary_counts_what_nothing_keeps_apart(document):
    summary = document["summary"]
    assert document["format_version"] == "0.1"
    assert summary["conflicts"] == {"certain": 4, "possible": 1}
    assert (summary["files"], summary["dags"], summary["tasks"]) == (3, 1, 11)
    assert (summary["statements"], summary["skipped"], summary["edges"]) == (2, 1, 5)
    times = {"unprotected": 1020.0, "serial": 3005, "planned": 1985, "bound": 1900}
    assert summary["makespan_s"] == times


def test_rows_are_relative_to_the_run(document):
    statements = {t["task_id"]: t["statements"] for t in document["dags"][0]["tasks"]}
    (week,) = statements["fix_user_week"][0]["accesses"]
    assert week["region"] == [{"day": [["ds-6", "ds"]]}]
    assert week["table"] == "stats.user_daily"


def test_a_password_in_a_connection_is_never_written():
    assert "hunter2" not in to_json(analysis())
    assert "pymysql://dba:***@stats-db/stats" in to_json(analysis())


def test_a_possible_conflict_says_what_is_missing(document):
    (possible,) = [c for c in document["conflicts"] if c["certainty"] == "possible"]
    assert possible["reason"].endswith("Not known: no schema.")
    assert possible["waits"] == []


def test_conflicts_that_are_kept_apart_and_races_are_there_too(document):
    assert [c["rule"] for c in document["conflicts"] if c["ordered_by"] == "edges"] == ["LP105"]
    assert [c["rule"] for c in document["conflicts"] if c["outcome"] == "race"] == ["LP601"]


def test_two_reports_of_one_analysis_are_the_same():
    assert to_json(analysis()) == to_json(analysis())


def test_all_rows_are_written_as_all():
    assert region_data(ALL, DATES) == "all"


@pytest.mark.parametrize(
    ("interval", "data"),
    [
        (Interval(datetime(2026, 1, 31), None), ["2026-01-31", None]),
        (Interval(None, datetime(2026, 1, 31, 6, 30)), [None, "2026-01-31 06:30:00"]),
        (Interval(Decimal(1), Decimal(5), False, False), [">1", "<5"]),
        (Interval("de", "de"), ["de", "de"]),
        (
            Interval(Symbol((DS.then(Truncate(Unit.MONTH)),)), Symbol((DS,), (Shift(days=1),))),
            ["start of month of ds", "ds+1"],
        ),
        (Interval(Symbol((DS, " 00:00:00")), Symbol(("game", DS))), ["ds", "game2026-09-30"]),
        (Interval(Symbol((Unknown("a variable"),)), None), ["<?>", None]),
    ],
)
def test_intervals_keep_what_is_known(interval, data):
    region = Region((Box.of({"c": (interval,)}),))
    assert region_data(region, DATES) == [{"c": [data]}]
