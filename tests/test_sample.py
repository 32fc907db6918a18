"""The sample, read and judged, against what Airflow and a real server did with it."""

import csv
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

import lockplan
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import TaskKey
from lockplan.study import Study

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
DATA = ROOT / "tests" / "data"
UNKNOWN = "<?>"
BLOCKING = (Outcome.WAIT, Outcome.DEADLOCK)


@cache
def sample_study() -> Study:
    return lockplan.analyze(
        SAMPLES / "dags", schema=SAMPLES / "schema.sql", logical_date=datetime(2026, 11, 15)
    )


@cache
def recorded_tasks() -> dict[str, dict]:
    return json.loads((DATA / "sample_tasks.json").read_text(encoding="utf-8"))


def measured_pairs() -> list[tuple[frozenset[str], bool]]:
    with (DATA / "sample_pairs.csv").open(encoding="utf-8", newline="") as stream:
        return [
            (frozenset((row.pop("a"), row.pop("b"))), any(v != "ok" for v in row.values()))
            for row in csv.DictReader(stream)
        ]


def judged_pairs() -> dict[frozenset[str], str]:
    """The certainty of each pair that lockplan says may block."""
    return {
        frozenset(map(str, conflict.key)): str(conflict.verdict.certainty)
        for conflict in sample_study().analysis.graph.conflicts
        if conflict.verdict.outcome in BLOCKING
    }


def test_the_three_dags_are_read_with_all_their_tasks():
    dags = sample_study().analysis.workflow.dags
    assert {dag.dag_id: len(dag.tasks) for dag in dags} == {
        "auto": 11,
        "inten": 36,
        "data_collector": 5,
    }
    assert sample_study().analysis.skipped == ()


def test_edges_and_operators_are_those_that_airflow_sees():
    tasks = {str(task.key): task for task in sample_study().analysis.workflow.tasks()}
    for key, recorded in recorded_tasks().items():
        dag_id = key.partition(".")[0]
        assert [f"{dag_id}.{up}" for up in tasks[key].upstream] == recorded["up"]
        assert tasks[key].operator == recorded["kind"]


@pytest.mark.parametrize("key", sorted(recorded_tasks()))
def test_each_task_sends_the_statements_that_it_really_sends(key):
    (footprint,) = [f for f in sample_study().analysis.footprints if str(f.task) == key]
    read = [" ".join(statement.sql.split()) for statement in footprint.statements]
    sent = [" ".join(text.rstrip("; \n").split()) for text in recorded_tasks()[key]["sql"]]
    assert len(read) == len(sent)
    for mine, theirs in zip(read, sent, strict=True):
        pattern = re.escape(mine).replace(re.escape(UNKNOWN), ".+")
        assert re.fullmatch(pattern, theirs), f"{mine}\n{theirs}"


def test_all_that_the_dags_send_is_known_down_to_the_quarter_of_a_ranking():
    unknown = {
        str(footprint.task)
        for footprint in sample_study().analysis.footprints
        for statement in footprint.statements
        if footprint.task.dag_id != "data_collector" and UNKNOWN in statement.sql
    }
    assert unknown == set()


def test_no_pair_that_the_server_blocked_is_called_free():
    judged = judged_pairs()
    blocked = [pair for pair, blocks in measured_pairs() if blocks]
    assert len(blocked) == 53
    assert [sorted(pair) for pair in blocked if pair not in judged] == []


def test_no_pair_that_the_server_left_free_is_called_certain():
    judged = judged_pairs()
    free = [pair for pair, blocks in measured_pairs() if not blocks]
    assert [sorted(pair) for pair in free if judged.get(pair) == "certain"] == []


@pytest.mark.parametrize(
    "pair",
    [
        ("auto.close_session_week", "auto.mask_session_month"),
        ("inten.retention_d1", "inten.retention_d7"),
        ("inten.retention_d1", "inten.retention_d30"),
        ("inten.mark_play_done", "inten.mark_revenue_done"),
        ("inten.load_play_arena", "inten.load_revenue_web"),
        ("auto.report_users", "auto.fix_user_week"),
    ],
)
def test_tasks_that_write_the_same_table_without_meeting_are_called_free(pair):
    assert frozenset(pair) not in judged_pairs()


def test_the_opposite_order_of_two_tables_is_a_deadlock():
    pair = {"inten.close_play_totals", "inten.close_revenue_totals"}
    (conflict,) = [
        c for c in sample_study().analysis.graph.conflicts if set(map(str, c.key)) == pair
    ]
    assert conflict.verdict.outcome is Outcome.DEADLOCK
    assert {"stats.game_total", "stats.month_total"} <= set(conflict.tables)


def test_the_collectors_share_one_sqlite_file():
    pairs = judged_pairs()
    for a, b in ((0, 1), (0, 2), (1, 2)):
        keys = {TaskKey("data_collector", f"collector_{n}") for n in (a, b)}
        # Each insert stands in a loop that may find an empty queue.
        assert pairs[frozenset(map(str, keys))] == "possible"


def test_the_plan_is_shorter_than_a_night_in_single_file():
    for plan in sample_study().analysis.plans:
        assert plan.plan.bound_s <= plan.plan.makespan_s <= plan.plan.serial_s
        assert plan.plan.left_open == ()
        assert plan.after.lock_wait_s == 0
        assert plan.after.failed() == ()


def test_the_unprotected_night_of_the_sample_dies_on_locks():
    plans = {plan.dag.dag_id: plan for plan in sample_study().analysis.plans}
    assert plans["inten"].before.failed()
    assert plans["inten"].plan.makespan_s < plans["inten"].plan.serial_s / 2
