"""The Gantt as a picture: what is in it, and that it does not change by itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from lockplan.errors import InputError
from lockplan.model.problem import Job, Problem
from lockplan.model.timeline import DagRun, FailedTry, LockWait, RunState, TaskRun, Timeline
from lockplan.reports.critical import critical_path
from lockplan.reports.gantt import draw_figure, plot_dags, plot_timeline, save_gantt
from reports.examples import (
    AFTER,
    BEFORE,
    EDGES,
    analysis,
    dag,
    dag_plan,
    key,
    never,
    nothing_wrong,
    ran,
)
from reports.nights import night


def texts(figure: Figure) -> list[str]:
    """Return everything that is written on the panels."""
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def arrows(figure: Figure) -> int:
    return sum(isinstance(p, FancyArrowPatch) for ax in figure.axes for p in ax.patches)


def rows(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def headline(figure: Figure) -> str:
    """Return the name and the numbers over the first panel."""
    (numbers,) = (a.get_text() for a in figure.artists if hasattr(a, "get_text"))
    return f"{figure.texts[0].get_text()} {numbers}"


def of(plan) -> Figure:
    return draw_figure(replace(analysis(), plans=(plan,)))


def test_before_stands_over_after_with_the_same_rows_and_time_axis():
    before, after = draw_figure(analysis()).axes
    assert rows(before) == rows(after)
    assert rows(before)[0] == "check_logs"
    assert len(rows(before)) == 11
    assert before.get_xlim() == after.get_xlim()
    assert before.get_position().y0 > after.get_position().y1
    assert after.get_xlabel() == "minutes from the start of the run"


def test_each_title_says_what_goes_wrong_in_its_run():
    before, after = (ax.get_title(loc="left") for ax in draw_figure(analysis()).axes)
    assert before.startswith("Before: as the files stand – 3 tasks die with 1205 or 1213, 1 never")
    assert after == "After: with 5 new edges"


def test_one_line_has_the_numbers():
    assert headline(draw_figure(analysis())) == (
        "auto makespan 17m (incomplete) → 33m · lock wait 6m 30s → 0s · "
        "pairs that may deadlock 1 → 0 · 5 edges added"
    )


@pytest.mark.parametrize(("show", "said"), [("before", "17m (incomplete) · "), ("after", "33m · ")])
def test_one_of_the_two_runs_can_be_drawn_alone(show, said):
    figure = draw_figure(analysis(), show=show)
    assert len(figure.axes) == 1
    assert f"makespan {said}" in headline(figure)
    assert ("edges added" in headline(figure)) == (show == "after")


def test_a_lock_wait_is_hatched_and_names_holder_and_table():
    figure = draw_figure(analysis())
    assert "waits for close_session_week: stats.session_daily" in texts(figure)
    assert "×1205, waits for load_user_daily: stats.user_daily" in texts(figure)
    before, after = figure.axes
    assert sum(bool(patch.get_hatch()) for patch in before.patches) == 4
    assert not any(patch.get_hatch() for patch in after.patches)


def test_a_task_that_never_starts_is_marked_as_such():
    assert texts(draw_figure(analysis())).count("never starts") == 1


def test_new_edges_are_arrows_and_the_legend_explains_all_marks():
    figure = draw_figure(analysis())
    assert arrows(figure) == 5
    assert legend(figure) == [
        "working",
        "waiting for a lock",
        "waiting for other tasks",
        "fails",
        "never starts",
        "critical path",
        "new edge",
    ]


def test_of_many_edges_only_those_that_delay_a_task_are_drawn():
    slack = tuple(replace(EDGES[0], upstream=key("check_logs")) for _ in range(20))
    figure = of(replace(dag_plan(), new_edges=(*EDGES, *slack)))
    assert arrows(figure) == 5
    assert "25 new edges (arrows: 5 that delay a task)" in figure.axes[1].get_title(loc="left")


def test_the_critical_path_goes_through_edges_old_and_new():
    path = critical_path(AFTER, (*dag().edges, *EDGES))
    assert [task.task_id for task in path] == [
        "check_logs",
        "load_user_daily",
        "reload_user_daily_late",
        "count_new_users",
        "count_active_users",
        "fix_user_week",
        "mark_auto_done",
    ]


def test_the_critical_path_goes_through_who_held_a_lock():
    wait = LockWait(60, 200, key("report_users"), "stats.user_daily")
    waiting = TaskRun(key("fix_user_week"), RunState.SUCCESS, 60, 60, 300, (wait,))
    timeline = Timeline((ran("check_logs", 0, 60), ran("report_users", 0, 200), waiting))
    path = critical_path(timeline, dag().edges)
    assert [task.task_id for task in path] == ["report_users", "fix_user_week"]


def test_tries_that_failed_and_the_pause_before_the_next_are_drawn():
    wait = LockWait(10, 60, key("load_user_daily"), "stats.user_daily")
    again = TaskRun(
        key("fix_user_week"),
        RunState.SUCCESS,
        *(0, 0, 400),
        waits=(wait,),
        failed_tries=(FailedTry(0, 60, "1205"),),
        last_start_s=360,
    )
    timeline = Timeline((again, ran("load_user_daily", 0, 200)))
    figure = of(replace(dag_plan(), before=timeline, after=timeline))
    assert "1 failed try repeated" in figure.axes[0].get_title(loc="left")
    assert {"pause before the next try", "fails"} <= set(legend(figure))
    assert "×1205, waits for load_user_daily: stats.user_daily" in texts(figure)


def test_a_wait_for_a_slot_is_told_from_a_wait_for_other_tasks():
    late = TaskRun(key("load_user_daily"), RunState.SUCCESS, 60, 100, 200)
    timeline = Timeline((ran("check_logs", 0, 60), late))
    figure = of(replace(dag_plan(), before=timeline, after=timeline))
    assert {"waiting for a slot", "waiting for other tasks"} <= set(legend(figure))


def test_whiskers_show_when_a_tenth_of_the_past_runs_ended_sooner_and_later():
    load = Job(key("load_user_daily"), 600, p10_s=500, p90_s=900, past_runs=30)
    plan = replace(dag_plan(), problem=Problem((load,), (), (), 4))
    figure = of(plan)
    assert "p10–p90 of past runs" in legend(figure)
    lines = [line for each in figure.axes[1].collections for line in each.get_segments()]
    ends = {tuple(line[:, 0]) for line in lines if len(line)}
    assert (560, 960) in ends
    sooner = of(replace(plan, problem=Problem((replace(load, p10_s=None),), (), (), 4)))
    assert "p50–p90 of past runs" in legend(sooner)


def test_the_source_of_the_durations_stands_below():
    jobs = (
        Job(key("check_logs"), 60, past_runs=30, source="history, 30 runs"),
        Job(key("load_user_daily"), 600, past_runs=28, source="history, 28 runs"),
        Job(key("fix_user_week"), 600, source="assumed"),
        Job(key("report_users"), 600, source="assumed"),
    )
    figure = of(replace(dag_plan(), problem=Problem(jobs, (), (), 4)))
    assert figure.texts[-1].get_text() == (
        "durations: 28–30 runs of history for 2 tasks, 10m assumed for 2 tasks"
    )


def test_one_run_can_be_drawn_into_axes_of_ones_own():
    ax = Figure().add_subplot()
    assert plot_timeline(BEFORE, ax) is ax
    assert len(plot_timeline(AFTER).get_yticklabels()) == 11


def test_several_runs_of_a_dag_on_one_clock_have_rows_of_their_own():
    second = replace(ran("check_logs", 600, 660), run=1)
    runs = (DagRun("auto", 0, 0.0), DagRun("auto", 1, 600.0))
    timeline = Timeline((ran("check_logs", 0, 60), second), runs)
    ax = plot_timeline(timeline, Figure().add_subplot())
    assert rows(ax) == ["check_logs · run 1", "check_logs · run 2"]
    assert rows(plot_dags(timeline, Figure().add_subplot())) == ["auto · run 1", "auto · run 2"]


def test_the_rows_of_several_dags_name_them():
    other = TaskRun(key("load", "inten"), RunState.SUCCESS, 0, 0, 60)
    ax = plot_timeline(Timeline((ran("check_logs", 0, 60), other)), Figure().add_subplot())
    assert set(rows(ax)) == {"auto.check_logs", "inten.load"}


def test_more_than_300_tasks_share_rows_by_their_names_and_the_rows_say_so():
    before, after = draw_figure(night(360)).axes
    assert rows(after)[0] == "count_play_* (30 tasks)"
    assert rows(before)[0].startswith("count_play_* (30 tasks)\n")
    assert sum(int(re.search(r"\((\d+) tasks", row)[1]) for row in rows(after)) == 360


def test_300_tasks_have_a_row_each():
    _, after = draw_figure(night(300)).axes
    assert len(rows(after)) == 300


def test_a_row_per_dag_has_its_tasks_in_lanes_and_counts_those_that_never_start():
    stopped = Timeline((*BEFORE.runs, never("report_late", 110)))
    figure = draw_figure(
        replace(analysis(), plans=(replace(dag_plan(), before=stopped),)), rows="dag"
    )
    before, after = figure.axes
    assert rows(before) == ["auto\n2 tasks never start"]
    assert rows(after) == ["auto"]
    assert "load_user_daily" in texts(figure)
    assert after.get_xlabel() == "minutes from the start of each DAG's run"


@pytest.mark.parametrize("suffix", [".svg", ".png", ".mmd", ".md"])
def test_the_same_analysis_gives_the_same_bytes(tmp_path, suffix):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    save_gantt(analysis(), first)
    save_gantt(analysis(), second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("by", ["table", "dag"])
def test_other_rows_give_the_same_bytes_too(tmp_path, by):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save_gantt(night(40), first, rows=by)
    save_gantt(night(40), second, rows=by)
    assert first.read_bytes() == second.read_bytes()


def test_an_svg_has_no_date_of_its_making(tmp_path):
    save_gantt(analysis(), tmp_path / "night.svg")
    assert not re.search(r"<dc:date>", (tmp_path / "night.svg").read_text())


def test_a_folder_without_conflicts_is_drawn_once_for_before_and_after():
    figure = draw_figure(nothing_wrong())
    (ax,) = figure.axes
    assert rows(ax) == ["check_logs"]
    assert ax.get_title(loc="left") == "Before and after: the plan adds no edge"
    assert "0 edges added" in headline(figure)


def test_a_folder_without_tasks_gives_a_picture_that_says_so(tmp_path):
    empty = replace(analysis(), plans=())
    for name in ("none.png", "none.mmd"):
        save_gantt(empty, tmp_path / name)
    (text,) = draw_figure(empty).texts
    assert "nothing to draw" in text.get_text()


@pytest.mark.parametrize("by", ["task", "table", "dag"])
def test_names_with_dollars_markup_emoji_and_300_characters_are_drawn_as_text(
    tmp_path, recwarn, by
):
    odd = ("$x_{<script>$ 🚀", "a" * 300, "line\nbreak\x00", "\"quotes' & --> ]]>", "مرحبا")
    runs = [
        replace(run, task=key(name))
        for run, name in zip(night(5).plans[0].after.runs, odd, strict=True)
    ]
    timeline = Timeline(tuple(runs))
    plan = replace(dag_plan(), before=timeline, after=timeline, new_edges=())
    plan = replace(plan, dag=replace(dag(), dag_id="$x_{<script>$ 🚀" * 9))
    save_gantt(replace(analysis(), plans=(plan,)), tmp_path / "odd.svg", rows=by)
    drawn = (tmp_path / "odd.svg").read_bytes()
    assert b"<script" not in drawn
    assert b"\x00" not in drawn
    assert not recwarn.list


def test_tasks_that_take_no_time_are_drawn():
    timeline = Timeline((ran("check_logs", 0, 0), ran("load_user_daily", 0, 0)))
    figure = of(replace(dag_plan(), before=timeline, after=timeline, new_edges=()))
    (ax,) = figure.axes
    assert ax.get_xlabel() == "seconds from the start of the run"
    assert len(ax.patches) >= 2


@pytest.mark.parametrize(
    ("hours", "unit"), [(0.01, "seconds"), (2, "minutes"), (30, "hours"), (24 * 20, "days")]
)
def test_the_unit_of_the_time_axis_fits_its_length(hours, unit):
    timeline = Timeline((ran("check_logs", 0, hours * 3600),))
    figure = of(replace(dag_plan(), before=timeline, after=timeline, new_edges=()))
    (after,) = figure.axes
    assert after.get_xlabel() == f"{unit} from the start of the run"
    assert 2 < len(after.get_xticks()) < 20


@pytest.mark.parametrize("name", ["night.pdf", "night"])
def test_another_format_is_refused_with_those_that_work(tmp_path, name):
    with pytest.raises(InputError, match=r"Name it \.png, \.svg, \.mmd or \.md"):
        save_gantt(analysis(), tmp_path / name)


def test_a_folder_that_does_not_exist_is_an_error_of_the_user(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        save_gantt(analysis(), tmp_path / "missing" / "night.png")


def test_a_file_that_cannot_be_written_is_an_error_of_the_user(tmp_path):
    (tmp_path / "night.svg").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save_gantt(analysis(), tmp_path / "night.svg")


def test_an_unknown_dag_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match="Did you mean auto"):
        save_gantt(analysis(), tmp_path / "night.png", dags=["atuo"])
