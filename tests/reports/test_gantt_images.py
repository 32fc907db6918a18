"""Charts look as they did: pictures without texts, which differ with the fonts of a machine.

After a change that is meant, draw the baselines anew, and look at them:
LOCKPLAN_DRAW_BASELINES=1 pytest tests/reports/test_gantt_images.py
"""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

from lockplan.reports.gantt import draw_figure
from lockplan.reports.gantt.style import RC
from reports.examples import analysis
from reports.nights import night

BASELINES = Path(__file__).parent / "images"
TOLERANCE = 6.0
"""Of the root mean square of 255 shades: edges of bars are smoothed differently everywhere."""
CHARTS = {
    "example": lambda: draw_figure(analysis()),
    "tasks": lambda: draw_figure(night(40)),
    "groups": lambda: draw_figure(night(360)),
    "tables": lambda: draw_figure(night(40), rows="table"),
    "dags": lambda: draw_figure(night(40), rows="dag"),
}


def without_texts(figure: Figure) -> Figure:
    figure.legends.clear()
    for text in figure.findobj(Text):
        text.set_visible(False)
    return figure


def draw(name: str, file: Path) -> None:
    with mpl.rc_context(RC):
        without_texts(CHARTS[name]()).savefig(file, dpi=40)


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_the_chart_looks_as_its_baseline(name, tmp_path):
    baseline, drawn = BASELINES / f"{name}.png", tmp_path / f"{name}.png"
    if os.environ.get("LOCKPLAN_DRAW_BASELINES"):
        draw(name, baseline)
    draw(name, drawn)
    assert compare_images(str(baseline), str(drawn), tol=TOLERANCE) is None


def test_a_bar_that_is_missing_would_be_noticed(tmp_path):
    figure = without_texts(CHARTS["tables"]())
    for ax in figure.axes:
        for bar in ax.patches[::8]:
            bar.set_visible(False)
    with mpl.rc_context(RC):
        figure.savefig(tmp_path / "tables.png", dpi=40)
    compared = compare_images(
        str(BASELINES / "tables.png"), str(tmp_path / "tables.png"), TOLERANCE
    )
    assert compared is not None
