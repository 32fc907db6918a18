"""The Gantt as a picture: what is in it, and that it does not change by itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from lockplan.errors import InputError
from lockplan.reports.critical import critical_path
from lockplan.reports.gantt import draw_figure, plot_timeline, save_gantt
from reports.examples import AFTER, BEFORE, EDGES, analysis, dag, dag_plan, key, nothing_wrong


def texts(figure: Figure) -> list[str]:
    """Return everything that is written on the panels."""
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def arrows(figure: Figure) -> int:
    return sum(isinstance(p, FancyArrowPatch) for ax in figure.axes for p in ax.patches)


def test_before_stands_over_after_with_the_same_rows_and_time_axis():
    before, after = draw_figure((dag_plan(),)).axes
    rows = [[label.get_text() for label in ax.get_yticklabels()] for ax in (before, after)]
    assert rows[0] == rows[1]
    assert rows[0][0] == "check_logs"
    assert len(rows[0]) == 11
    assert before.get_xlim() == after.get_xlim()
    assert before.get_title(loc="left") == "Before: as the files stand"
    assert after.get_xlabel() == "minutes from the start of the run"


def test_the_headline_has_the_numbers():
    (headline,) = (text.get_text() for text in draw_figure((dag_plan(),)).texts)
    assert headline == (
        "auto    before: 3 tasks die with 1205 or 1213, 1 never starts   →   after: all done in 33m"
        "    (5 edges added)"
    )


def test_a_lock_wait_is_hatched_and_names_holder_and_table():
    figure = draw_figure((dag_plan(),))
    assert "waits for close_session_week: stats.session_daily" in texts(figure)
    assert "×1205 waits for load_user_daily: stats.user_daily" in texts(figure)
    before, after = figure.axes
    assert sum(bool(patch.get_hatch()) for patch in before.patches) == 4
    assert not any(patch.get_hatch() for patch in after.patches)


def test_a_task_that_never_starts_is_marked_as_such():
    assert texts(draw_figure((dag_plan(),))).count("never starts") == 1


def test_new_edges_are_arrows_and_the_legend_explains_all_marks():
    figure = draw_figure((dag_plan(),))
    assert arrows(figure) == 5
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [
        "working",
        "waiting for a lock",
        "waiting for other tasks or a slot",
        "fails",
        "never starts",
        "critical path",
        "new edge",
    ]


def test_of_many_edges_only_those_that_delay_a_task_are_drawn():
    slack = tuple(replace(EDGES[0], upstream=key("check_logs")) for _ in range(20))
    plan = replace(dag_plan(), new_edges=(*EDGES, *slack))
    figure = draw_figure((plan,))
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


def test_one_run_can_be_drawn_into_axes_of_ones_own():
    ax = Figure().add_subplot()
    assert plot_timeline(BEFORE, ax) is ax
    assert len(plot_timeline(AFTER).get_yticklabels()) == 11


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_analysis_gives_the_same_bytes(tmp_path, suffix):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    save_gantt(analysis(), first)
    save_gantt(analysis(), second)
    assert first.read_bytes() == second.read_bytes()


def test_an_svg_has_no_date_of_its_making(tmp_path):
    save_gantt(analysis(), tmp_path / "night.svg")
    assert not re.search(r"<dc:date>", (tmp_path / "night.svg").read_text())


def test_a_folder_without_conflicts_gives_a_picture_that_says_so(tmp_path):
    save_gantt(nothing_wrong(), tmp_path / "calm.png")
    (text,) = draw_figure(nothing_wrong().plans).texts
    assert "1 DAG looked at: no tasks wait for each other" in text.get_text()


def test_names_with_dollars_markup_and_emoji_are_drawn_as_text(tmp_path, recwarn):
    odd = replace(dag_plan(), dag=replace(dag(), dag_id="$x_{<script>$ 🚀"))
    save_gantt(replace(analysis(), plans=(odd,)), tmp_path / "odd.svg")
    assert b"<script" not in (tmp_path / "odd.svg").read_bytes()
    assert not recwarn.list


@pytest.mark.parametrize("name", ["night.pdf", "night"])
def test_another_format_is_refused_with_those_that_work(tmp_path, name):
    with pytest.raises(InputError, match=r"Name it \.png or \.svg"):
        save_gantt(analysis(), tmp_path / name)


def test_a_folder_that_does_not_exist_is_an_error_of_the_user(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        save_gantt(analysis(), tmp_path / "missing" / "night.png")
