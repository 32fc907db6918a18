"""The Gantt as Mermaid's text, for pull requests."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lockplan.errors import InputError
from lockplan.model.timeline import Timeline
from lockplan.reports.gantt import save_gantt, to_mermaid
from reports.examples import analysis, dag, dag_plan, key, nothing_wrong, ran
from reports.nights import night

LINE = re.compile(
    r"    (?:[^:#;\n]|#\d+;)+ :(?:(?:crit|done|milestone), )*"
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \d+s"
)
HEAD = 5


def chart(*names: str) -> str:
    """Return a chart of tasks with these names, one after another."""
    runs = [replace(ran("x", 60 * n, 60 * n + 30), task=key(name)) for n, name in enumerate(names)]
    timeline = Timeline(tuple(runs))
    plan = replace(dag_plan(), before=timeline, after=timeline)
    return to_mermaid(replace(analysis(), plans=(plan,)), show="before")


def test_each_run_is_a_section_and_each_line_is_a_task_as_mermaid_reads_it():
    lines = to_mermaid(analysis()).splitlines()
    assert lines[1] == "gantt"
    assert [line for line in lines if line.startswith("    section")] == [
        "    section before",
        "    section after",
    ]
    tasks = [line for line in lines[HEAD:] if not line.startswith("    section")]
    assert len(tasks) > 20
    assert all(LINE.fullmatch(line) for line in tasks)


def test_the_critical_path_is_marked_critical():
    lines = to_mermaid(analysis(), show="after").splitlines()
    assert "    load_user_daily :crit, 2000-01-01 00:01:00, 600s" in lines
    assert "    report_users :2000-01-01 00:11:00, 60s" in lines


def test_a_lock_wait_is_a_row_of_its_own_that_names_holder_and_table():
    lines = to_mermaid(analysis(), show="before").splitlines()
    assert (
        "    fix_user_week waits for load_user_daily (stats.user_daily) "
        ":done, 2000-01-01 00:01:00, 50s"
    ) in lines
    assert "    fix_user_week ×1205 :crit, milestone, 2000-01-01 00:01:50, 0s" in lines
    assert "    mark_auto_done never starts :milestone, 2000-01-01 00:01:50, 0s" in lines


def test_the_title_says_how_the_runs_end():
    title = to_mermaid(analysis()).splitlines()[2]
    assert "3 tasks die with 1205 or 1213" in title
    assert "done in 33m" in title


def test_sections_name_their_dags_where_there_are_several():
    other = replace(dag_plan(), dag=replace(dag(), dag_id="inten"))
    text = to_mermaid(replace(analysis(), plans=(dag_plan(), other)))
    assert "section auto before" in text
    assert "section inten after" in text
    assert "title 2 DAGs" in text


@pytest.mark.parametrize(
    "name",
    [
        "a:b;c#d",
        "<script>alert(1)</script>",
        "%%{init: {}}%%",
        "\"quotes' `and` ticks",
        "line\nbreak\x00",
        "done, crit, 2000-01-01, 5s",
        "$x_{1}$ 🚀",
        "x" * 300,
        "#35;",
        "日本語",
    ],
)
def test_no_name_means_anything_to_mermaid(name):
    lines = chart(name).splitlines()
    assert len(lines) == HEAD + 2
    assert LINE.fullmatch(lines[-1])
    assert "<" not in lines[-1]
    assert "%" not in lines[-1]
    assert len(lines[-1]) < 200


@pytest.mark.parametrize("word", ["section", "title", "gantt", "click me", "End", "dateFormat"])
def test_a_task_named_like_a_word_of_mermaids_is_a_task(word):
    line = chart(word).splitlines()[-1]
    assert line.startswith(f"    #{ord(word[0])};{word[1:]} :")


def test_of_a_night_that_mermaid_would_refuse_calm_tasks_are_left_out_and_counted():
    text = to_mermaid(night(1500))
    assert len(text) < 50_000
    assert "waits for" in text
    assert len(re.findall(r"\d+ calmer rows are left out", text)) == 2
    assert "left out" not in to_mermaid(night(200))


def test_a_night_of_several_days_has_the_day_on_its_axis():
    timeline = Timeline((ran("check_logs", 0, 3 * 86400),))
    plan = replace(dag_plan(), before=timeline, after=timeline)
    assert "axisFormat %d. %H:%M" in to_mermaid(replace(analysis(), plans=(plan,)))
    assert "axisFormat %H:%M" in to_mermaid(analysis())


def test_markdown_has_the_fence_that_a_pull_request_wants(tmp_path):
    save_gantt(analysis(), tmp_path / "night.md")
    save_gantt(analysis(), tmp_path / "night.mmd")
    chart = (tmp_path / "night.mmd").read_text()
    assert (tmp_path / "night.md").read_text() == f"```mermaid\n{chart}```\n"


def test_rows_by_table_are_refused_and_not_drawn_as_tasks(tmp_path):
    with pytest.raises(InputError, match="no rows by table"):
        save_gantt(analysis(), tmp_path / "night.mmd", rows="table")


def test_a_calm_folder_has_a_chart_too():
    assert "    check_logs :crit" in to_mermaid(nothing_wrong())
