"""Histories in files: lockplan's own, exports with a row for each run, and broken ones."""

from pathlib import Path

import pytest

from lockplan import analyze
from lockplan.durations import History, history_to_csv, read_history
from lockplan.durations.past import PastRuns
from lockplan.errors import InputError
from lockplan.model.workflow import TaskKey

LOAD = TaskKey("auto", "load")
OWN = "dag_id,task_id,runs,p50_s,p90_s"
SPANS = "dag_id,task_id,run_id,start_date,end_date,state"
DAG = """
from airflow import DAG
from airflow.operators.bash import BashOperator
with DAG("auto") as dag:
    for name in ("load", "mend", "report"):
        BashOperator(task_id=name, bash_command="true")
"""


def history(tmp_path: Path, *lines: str) -> History:
    file = tmp_path / "history.csv"
    file.write_text("\n".join(lines) + "\n")
    return read_history(file)


def test_history_is_read_by_task(tmp_path):
    assert history(tmp_path, OWN, "auto,load,30,61.4,90").durations[LOAD].p50_s == 61.4


def test_what_is_written_is_read_again_with_the_tenth_percentile(tmp_path):
    past = PastRuns(LOAD, 30, 40.5, 61.4, 90.0, 2, {"success": 30}, "default_pool")
    assert history(tmp_path, history_to_csv([past])).durations == {LOAD: past.duration}


def test_the_tenth_percentile_may_be_missing(tmp_path):
    assert history(tmp_path, OWN, "auto,load,30,61.4,90").durations[LOAD].p10_s is None


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["dag,task"], "no column dag_id"),
        ([OWN, "a,b,1,-3,4"], "0 or more"),
        ([OWN, "a,b,1,nan,4"], "0 or more"),
        ([OWN, "a,b,one,3,4"], "not a number"),
        ([OWN, "a,b"], "fewer than 5 fields"),
        ([OWN, "a,b,3,4,3"], "must not fall"),
        ([f"{OWN},p10_s", "a,b,3,4,5,4.5"], "must not fall"),
        ([OWN, "a,b,3,4,5", "a,b,3,4,5"], r"csv:3.*a second row of a\.b"),
    ],
)
def test_a_history_that_cannot_be_used_names_the_line(tmp_path, lines, problem):
    with pytest.raises(InputError, match=problem) as caught:
        history(tmp_path, *lines)
    assert "history.csv:" in str(caught.value)


def test_a_missing_history_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_history(tmp_path / "none.csv")


def test_an_export_of_thousands_of_runs_is_summed_up_by_task(tmp_path):
    rows = [
        f"auto,load,r{n},2026-11-01 04:00:00,2026-11-01 04:{n % 50 + 1:02}:00,success"
        for n in range(5000)
    ]
    past = history(tmp_path, SPANS, *rows).durations[LOAD]
    assert (past.runs, past.p10_s, past.p50_s, past.p90_s) == (5000, 354.0, 1530.0, 2706.0)


def test_times_of_different_zones_are_compared_as_moments(tmp_path):
    lines = (
        "auto,load,r1,2026-10-25T02:30:00+02:00,2026-10-25T02:10:00+01:00,success",
        "auto,load,r2,2026-11-01 04:00:00 UTC,2026-11-01T04:40:00Z,success",
        "auto,load,r3,2026-11-01 04:00:00,2026-11-01 13:40:00+09,success",
    )
    assert history(tmp_path, SPANS, *lines).durations[LOAD].p10_s == 40 * 60
    assert history(tmp_path, SPANS, *lines).durations[LOAD].p90_s == 40 * 60


def test_runs_that_tell_no_duration_are_counted_and_not_taken_for_short_ones(tmp_path):
    found = history(
        tmp_path,
        SPANS,
        "auto,load,r1,2026-11-01 04:00:00,2026-11-01 04:10:00,success",
        "auto,load,r2,2026-11-01 04:00:00,2026-11-01 03:10:00,success",
        "auto,load,r3,2026-11-01 04:00:00,,success",
        r"auto,load,r4,\N,NULL,success",
        "auto,load,r5,yesterday,today,success",
        "auto,load,r6,2026-11-01 04:00:00,2026-11-01 04:00:01,failed",
    )
    assert (found.durations[LOAD].runs, found.durations[LOAD].p50_s) == (1, 600.0)
    assert found.remarks == (
        "1 run of history.csv counts for nothing: ended before it started.",
        "2 runs of history.csv count for nothing: no start or no end.",
        "1 run of history.csv counts for nothing: times are not like YYYY-MM-DD HH:MM:SS.",
    )


def test_instances_of_a_mapped_task_count_as_one_run(tmp_path):
    lines = (
        "auto,load,r1,2026-11-01 04:00:00,2026-11-01 04:10:00,success",
        "auto,load,r1,2026-11-01 04:05:00,2026-11-01 04:20:00,success",
    )
    past = history(tmp_path, SPANS, *lines).durations[LOAD]
    assert (past.runs, past.p50_s) == (1, 1200.0)


def test_seconds_of_each_run_will_do(tmp_path):
    lines = ("auto,load,10", "auto,load,20", "auto,load,-5", "auto,load,inf", "auto,load,")
    found = history(tmp_path, "dag_id,task_id,duration", *lines)
    assert (found.durations[LOAD].runs, found.durations[LOAD].p50_s) == (2, 15.0)
    assert sum(int(remark.split()[0]) for remark in found.remarks) == 3


def test_each_task_knows_where_its_duration_comes_from(tmp_path):
    (tmp_path / "dag.py").write_text(DAG)
    (tmp_path / "pyproject.toml").write_text('[tool.lockplan.durations]\n"auto.mend" = 90\n')
    (tmp_path / "h.csv").write_text(f"{OWN},p10_s\nauto,load,30,61.4,90,40\nauto,gone,1,1,1,1\n")
    study = analyze(tmp_path, history=tmp_path / "h.csv")
    load, mend, report = study.analysis.plans[0].problem.jobs
    assert (load.source, load.past_runs) == ("history, 30 runs", 30)
    assert (load.p10_s, load.duration_s, load.p90_s) == (40, 61, 90)
    assert (mend.source, mend.duration_s, mend.p90_s) == ("told in pyproject.toml", 90, None)
    assert report.source == "assumed"
    said = " ".join(study.analysis.assumptions)
    assert "1 task without history: 60 s are assumed" in said
    assert "The history has 1 task not in the folder, among them auto.gone." in said


def test_what_an_export_cannot_tell_stands_among_the_assumptions(tmp_path):
    (tmp_path / "dag.py").write_text(DAG)
    (tmp_path / "h.csv").write_text("dag_id,task_id,duration\nauto,load,-7\n")
    study = analyze(tmp_path, history=tmp_path / "h.csv")
    assert "1 run of h.csv counts for nothing: negative duration." in study.analysis.assumptions
