"""A row per table: who holds its locks when."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockplan.model.timeline import LockHold, LockWait, RunState, TaskRun, Timeline
from lockplan.reports.gantt import draw_figure, plot_tables
from reports.examples import analysis, dag_plan, key, ran
from reports.nights import night

HOLDER = replace(ran("load", 0, 100), holds=(LockHold(20, 100, "shop.orders", writes=True),))
READER = replace(ran("report", 0, 60), holds=(LockHold(0, 60, "shop.orders", writes=False),))
WAITER = TaskRun(
    key("fix"),
    RunState.FAILED,
    *(0, 30, 80),
    waits=(LockWait(30, 80, key("load"), "shop.orders"),),
    error="1205",
)


def drawn(*runs: TaskRun) -> Axes:
    return plot_tables(Timeline(runs), Figure(figsize=(12, 3)).add_subplot())


def names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def written(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_a_bar_is_as_long_as_the_locks_are_held_and_names_the_task():
    ax = drawn(HOLDER, READER)
    assert names(ax) == ["shop.orders"]
    assert {(bar.get_x(), bar.get_width()) for bar in ax.patches} == {(20, 80), (0, 60)}
    assert set(written(ax)) == {"load", "report"}


def test_who_writes_and_who_reads_differ_in_colour():
    assert len({bar.get_facecolor() for bar in drawn(HOLDER, READER).patches}) == 2


def test_who_waits_is_hatched_and_named():
    ax = drawn(HOLDER, WAITER)
    (wait,) = (bar for bar in ax.patches if bar.get_hatch())
    assert (wait.get_x(), wait.get_width()) == (30, 50)
    assert "fix" in written(ax)


def test_locks_that_are_held_at_the_same_time_stand_side_by_side():
    heights = {bar.get_y() for bar in drawn(HOLDER, READER, WAITER).patches}
    assert len(heights) == 3


def test_the_table_with_the_longest_waits_comes_first_and_unshared_ones_are_left_out():
    calm = tuple(
        replace(ran(name, 0, 9), holds=(LockHold(0, 9, "shop.a", writes=False),)) for name in "xy"
    )
    own = replace(ran("z", 0, 9), holds=(LockHold(0, 9, "shop.own", writes=True),))
    assert names(drawn(HOLDER, WAITER, *calm, own)) == ["shop.orders", "shop.a"]


def test_what_is_left_out_is_said():
    own = replace(ran("z", 0, 9), holds=(LockHold(0, 9, "shop.own", writes=True),))
    timeline = Timeline((HOLDER, WAITER, own))
    plan = replace(dag_plan(), before=timeline, after=timeline)
    figure = draw_figure(replace(analysis(), plans=(plan,)), rows="table")
    assert "1 of 2 tables: those of several tasks" in figure.axes[0].get_title(loc="left")


def test_without_holds_a_task_has_its_locks_from_its_waits_to_its_end():
    figure = draw_figure(analysis(), rows="table")
    before, after = figure.axes
    assert "stats.user_daily" in "".join(names(before))
    assert names(before) == names(after)
    assert "load_user_daily" in written(after)


def test_a_folder_without_tables_says_so():
    bare = replace(analysis(), footprints=())
    figure = draw_figure(replace(bare, plans=(dag_plan(),)), rows="table", show="after")
    assert "no task is known to lock a table" in figure.axes[0].get_title(loc="left")


def test_the_legend_of_tables_explains_just_what_is_drawn():
    figure = draw_figure(night(50), rows="table")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "holds locks, changes the table",
        "holds locks, only reads the table",
        "waiting for a lock",
        "fails",
    ]
