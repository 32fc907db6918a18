"""Charts can be read: nothing that is written lies over something else, at any size."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from lockplan.model.timeline import Timeline
from lockplan.reports.gantt import draw_figure
from reports.examples import analysis, dag_plan, ran
from reports.nights import night

SLACK = 0.6
"""Pixels by which boxes may touch: glyphs differ between builds of the font's library."""


@cache
def figure_of(tasks: int, rows: str) -> Figure:
    figure = draw_figure(night(tasks), rows=rows)
    figure.draw_without_rendering()
    return figure


def boxes(texts) -> list[tuple[str, Bbox]]:
    return [
        (text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()
    ]


def bars(ax: Axes) -> list[Bbox]:
    return [
        patch.get_window_extent()
        for patch in ax.patches
        if isinstance(patch, Rectangle) and patch.get_width() and patch.get_facecolor()[3]
    ]


def overlaps(a: Bbox, b: Bbox) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK


def holds(bar: Bbox, text: Bbox) -> bool:
    """Whether a text stands in a bar, from its left to its right end."""
    return bar.x0 - SLACK <= text.x0 and text.x1 <= bar.x1 + SLACK


@pytest.mark.parametrize("tasks", [5, 50, 300, 500])
@pytest.mark.parametrize("rows", ["task", "table", "dag"])
def test_names_of_rows_do_not_touch_and_are_inside_the_figure(tasks, rows):
    figure = figure_of(tasks, rows)
    for ax in figure.axes:
        labels = boxes(ax.get_yticklabels())
        for (first, a), (second, b) in combinations(labels, 2):
            if abs(a.y0 - b.y0) < 40:
                assert not overlaps(a, b), f"{first} / {second}"
        left = min(box.x0 for _, box in labels)
        assert left >= 0
        assert max(box.x1 for _, box in labels) <= ax.get_window_extent().x0


@pytest.mark.parametrize("tasks", [5, 50, 300])
def test_notes_beside_bars_do_not_lie_over_bars_or_each_other(tasks):
    for ax in figure_of(tasks, "task").axes:
        notes, drawn = boxes(ax.texts), bars(ax)
        for (first, a), (second, b) in combinations(notes, 2):
            assert not overlaps(a, b), f"{first} / {second}"
        for name, note in notes:
            assert not any(overlaps(note, bar) and not holds(bar, note) for bar in drawn), name
            assert note.x0 >= ax.get_window_extent().x0, name
            assert note.x1 <= ax.get_window_extent().x1 + 20, name


@pytest.mark.parametrize("tasks", [5, 50, 300, 500])
@pytest.mark.parametrize("rows", ["table", "dag"])
def test_names_in_lanes_lie_inside_of_one_bar_or_outside_of_all(tasks, rows):
    for ax in figure_of(tasks, rows).axes:
        names, drawn = boxes(ax.texts), bars(ax)
        for (first, a), (second, b) in combinations(names, 2):
            assert not overlaps(a, b), f"{first} / {second}"
        for name, box in names:
            for bar in drawn:
                same_lane = bar.y0 <= (box.y0 + box.y1) / 2 <= bar.y1
                assert holds(bar, box) or not same_lane or not overlaps(box, bar), name


@pytest.mark.parametrize("tasks", [5, 300])
def test_titles_numbers_legend_and_footer_do_not_touch(tasks):
    figure = figure_of(tasks, "task")
    titles = [ax.title for ax in figure.axes] + [ax._left_title for ax in figure.axes]
    numbers = [artist for artist in figure.artists if hasattr(artist, "get_text")]
    written = boxes([*figure.texts, *titles, *numbers, *(ax.xaxis.label for ax in figure.axes)])
    written.append(("the legend", figure.legends[0].get_window_extent()))
    for (first, a), (second, b) in combinations(written, 2):
        assert not overlaps(a, b), f"{first} / {second}"
    for name, box in written:
        assert box.x0 >= 0, name
        assert box.x1 <= figure.bbox.x1, name
        assert box.y0 >= 0, name


def test_wide_names_have_the_room_that_they_need():
    names = ("WWWW_MMMM_WWWW_MMMM_WWWW", "CUSTOMER_WAREHOUSE_MASTER_LOAD", "i")
    timeline = Timeline(tuple(ran(name, 60 * n, 60 * n + 60) for n, name in enumerate(names)))
    plan = replace(dag_plan(), before=timeline, after=timeline, new_edges=())
    figure = draw_figure(replace(analysis(), plans=(plan,)))
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert min(box.x0 for _, box in boxes(ax.get_yticklabels())) >= 0
