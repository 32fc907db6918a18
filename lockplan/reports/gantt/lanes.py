"""Rows that hold several bars at a time, in lanes: what runs side by side stands side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from matplotlib.axes import Axes

from lockplan.reports.gantt import axes, style
from lockplan.reports.gantt.marks import Marks
from lockplan.reports.states import State, Stretch

LANE_IN = 0.15
_GAP = 0.7
"""Between two rows, in lanes."""
_BAR = 0.82
_LABEL_PT = 7.0
_SHORT = 9
"""Characters that still tell names apart."""
_PADDING_IN = 0.06
_CROSS_IN = 0.16
"""What a cross at the end of a bar takes, and the space after it."""
_LEAST_SPLIT_IN = 0.04
_CROSS_PT = 4.5
_TEXT: Any = {"va": "center_baseline", "fontsize": _LABEL_PT, "parse_math": False, "zorder": 6}
_PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.8}
_DARK = frozenset({State.WORKS, State.WRITES})


@dataclass(frozen=True, slots=True)
class Item:
    """What fills a lane for a while."""

    start_s: float
    end_s: float
    stretches: tuple[Stretch, ...]
    label: str = ""
    fails_s: tuple[float, ...] = ()
    """When a try of its task failed."""
    critical: tuple[tuple[float, float], ...] = ()
    """The tries of its task where it decides about the end."""


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A row with its lanes from the top down."""

    label: str
    lanes: tuple[tuple[Item, ...], ...]

    @classmethod
    def of(cls, label: str, items: Iterable[Item]) -> LaneRow:
        """Return a row with as few lanes as do without overlap."""
        lanes: list[list[Item]] = []
        for item in sorted(items, key=lambda each: (each.start_s, each.end_s, each.label)):
            free = next((lane for lane in lanes if _is_free(lane, item)), None)
            if free is None:
                lanes.append([item])
            else:
                free.append(item)
        return cls(label, tuple(tuple(lane) for lane in lanes))


def _is_free(lane: Sequence[Item], item: Item) -> bool:
    last = lane[-1]
    return last.end_s <= item.start_s and last.start_s < item.start_s


def height_in(rows: Sequence[LaneRow]) -> float:
    """Return the height that rows need, in inches."""
    return LANE_IN * _lanes(rows)


def _lanes(rows: Sequence[LaneRow]) -> float:
    return sum(max(1, len(row.lanes)) + _GAP for row in rows) or 1.0


def plot_lanes(rows: Sequence[LaneRow], ax: Axes | None, span_s: float) -> Axes:
    """Draw rows of lanes; labels stand in the bars where there is room for them."""
    ax = axes.new_axes(height_in(rows)) if ax is None else ax
    axes.time_axis(ax, span_s)
    ax.set_ylim(_lanes(rows), 0)
    tops = list(accumulate((max(1, len(row.lanes)) + _GAP for row in rows), initial=_GAP / 2))
    middles = [top + max(1, len(row.lanes)) / 2 for top, row in zip(tops, rows, strict=False)]
    ax.set_yticks(middles, [row.label for row in rows])
    for label in ax.get_yticklabels():
        label.set_parse_math(False)
    for top in tops[1:-1]:
        ax.axhline(top - _GAP / 2, color="#E8E8E8", lw=0.7, zorder=0)
    lanes = _Lanes(ax, span_s, Marks(ax, _BAR, _CROSS_PT))
    for y, item, limit_s in _placed(rows, tops, span_s):
        lanes.item(y, item, limit_s)
    lanes.marks.draw()
    return ax


def _placed(
    rows: Sequence[LaneRow], tops: Sequence[float], end_s: float
) -> Iterator[tuple[float, Item, float]]:
    """Yield each item with the middle of its lane, and the moment until which the lane is free."""
    for row, top in zip(rows, tops, strict=False):
        for lane, items in enumerate(row.lanes):
            limits = [*(item.start_s for item in items[1:]), end_s]
            for item, limit_s in zip(items, limits, strict=True):
                yield top + lane + 0.5, item, limit_s


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Axes on which items are drawn."""

    ax: Axes
    span_s: float
    marks: Marks

    def item(self, y: float, item: Item, limit_s: float) -> None:
        """Draw an item, its name included."""
        for stretch in item.stretches:
            self.marks.stretch(y, stretch)
        if item.critical:
            self.marks.critical(y, item.critical)
        elif self._inches(item.end_s - item.start_s) > _LEAST_SPLIT_IN:
            self.marks.split(y, item.start_s)
        self.marks.fails(y, item.fails_s)
        if item.label and item.stretches:
            self._label(y, item, limit_s)

    def _label(self, y: float, item: Item, limit_s: float) -> None:
        """Write the name into the longest bar, else beside the bars, else not at all."""
        longest = max(item.stretches, key=lambda each: each.end_s - each.start_s)
        inside = self._fitted(item.label, longest.end_s - longest.start_s, _PADDING_IN)
        if longest.state is not State.PAUSES and inside:
            self._inside(y, longest, inside)
            return
        beside = self._fitted(item.label, limit_s - item.end_s, _CROSS_IN)
        if beside:
            waits_only = all(each.state is State.LOCKED for each in item.stretches)
            color = style.LOCK if waits_only else style.INK
            place: Any = {"xytext": (5, 0), "textcoords": "offset points", "ha": "left"}
            self.ax.annotate(beside, (item.end_s, y), color=color, **place, **_TEXT)

    def _inside(self, y: float, bar: Stretch, text: str) -> None:
        box = _PAPER if bar.state is State.LOCKED else None
        color = "white" if bar.state in _DARK else style.INK
        middle_s = (bar.start_s + bar.end_s) / 2
        self.ax.text(middle_s, y, text, ha="center", color=color, bbox=box, **_TEXT)

    def _fitted(self, label: str, seconds: float, taken_in: float) -> str:
        """Return as much of a label as has room, nothing where that tells too little."""
        text = style.fitted(label, self._inches(seconds) - taken_in, _LABEL_PT)
        return text if len(text) >= min(_SHORT, len(label)) else ""

    def _inches(self, seconds: float) -> float:
        return seconds / self.span_s * axes.size_in(self.ax)[0]
