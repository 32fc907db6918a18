"""Bars and marks on axes, the same in every chart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lockplan.reports.gantt.style import EDGE, HATCHED, IDLE, INK, LOCK, READ, WHISKER, WORK
from lockplan.reports.states import State, Stretch


def _line(**look: Any) -> Line2D:
    return Line2D([], [], **look)


class Mark(StrEnum):
    """What is drawn beside bars; the value says it in the legend."""

    DEPENDS = "waiting for other tasks"
    QUEUES = "waiting for a slot"
    FAILS = "fails"
    NEVER = "never starts"
    CRITICAL = "critical path"
    PAST = "p10–p90 of past runs"
    LATE = "p50–p90 of past runs"
    EDGE = "new edge"


def _filled(color: str) -> Any:
    """Return the look of a bar; its line shows it even where it is too short to be seen."""
    return {"facecolor": color, "edgecolor": color, "lw": 0.8}


_BARS: dict[State, Any] = {
    State.WORKS: _filled(WORK),
    State.WRITES: _filled(WORK),
    State.READS: _filled(READ),
    State.LOCKED: HATCHED,
}
_CRITICAL: Any = {"edgecolor": "black", "lw": 1.8}
_DEPENDS: Any = {"color": IDLE, "lw": 0.9}
_QUEUES: Any = {"color": IDLE, "lw": 2.6}
_PAUSE: Any = {"color": INK, "lw": 1.1, "linestyle": (0, (1, 1.6))}
_FAILS: Any = {"color": LOCK, "marker": "x", "ls": ""}
_NEVER: Any = {"color": INK, "marker": "o", "mfc": "white", "mec": INK, "ls": ""}
_WHISKER: Any = {"color": INK, "lw": 1.0, "marker": "|", "ms": 7}
_LEGEND: dict[State | Mark, tuple[Callable[..., Artist], Any]] = {
    **{state: (Patch, look) for state, look in _BARS.items()},
    State.PAUSES: (_line, _PAUSE),
    Mark.DEPENDS: (_line, _DEPENDS),
    Mark.QUEUES: (_line, _QUEUES),
    Mark.FAILS: (_line, {"mew": 2, **_FAILS}),
    Mark.NEVER: (_line, _NEVER),
    Mark.CRITICAL: (Patch, {"facecolor": WORK, **_CRITICAL}),
    Mark.PAST: (_line, _WHISKER),
    Mark.LATE: (_line, _WHISKER),
    Mark.EDGE: (_line, {"color": EDGE, "ls": "--", "lw": 1.1}),
}


def legend_handles(shown: Collection[State | Mark]) -> list[Artist]:
    """Return what explains the marks of a figure, always in the same order."""
    return [
        make(label=str(mark), **look) for mark, (make, look) in _LEGEND.items() if mark in shown
    ]


_Span = tuple[float, float, float]
"""A height and two moments."""


class Marks:
    """Bars and marks of axes: collected, and drawn together, which is many times as fast."""

    def __init__(self, ax: Axes, height: float, cross_pt: float) -> None:
        self._ax = ax
        self._height = height
        self._cross_pt = cross_pt
        self._stretches: dict[State, list[_Span]] = {}
        self._waits: dict[Mark, list[_Span]] = {Mark.DEPENDS: [], Mark.QUEUES: []}
        self._critical: list[_Span] = []
        self._points: dict[Mark, list[tuple[float, float]]] = {Mark.FAILS: [], Mark.NEVER: []}
        self._whiskers: list[tuple[float, float, float, float]] = []
        self._splits: list[tuple[float, float]] = []

    def stretch(self, y: float, stretch: Stretch) -> None:
        """Add a bar, or the dots of a pause."""
        span = (y, stretch.start_s, stretch.end_s)
        self._stretches.setdefault(stretch.state, []).append(span)

    def idle(self, y: float, since_s: float, ready_s: float, start_s: float) -> None:
        """Add the line on which a task waits for others, thicker where it waits for a slot."""
        self._waits[Mark.DEPENDS].append((y, since_s, ready_s))
        self._waits[Mark.QUEUES].append((y, ready_s, start_s))

    def critical(self, y: float, tries: Iterable[tuple[float, float]]) -> None:
        """Add the lines around the tries of a task that decides about the end."""
        self._critical += [(y, start_s, end_s) for start_s, end_s in tries]

    def fails(self, y: float, moments_s: Iterable[float]) -> None:
        """Add a cross where a try failed."""
        self._points[Mark.FAILS] += [(second, y) for second in moments_s]

    def never(self, y: float, second: float) -> None:
        """Add a ring where it is clear that a task never starts."""
        self._points[Mark.NEVER].append((second, y))

    def whisker(self, y: float, sooner_s: float, usual_s: float, later_s: float) -> None:
        """Add a range of ends around the usual one."""
        self._whiskers.append((y, sooner_s, usual_s, later_s))

    def split(self, y: float, second: float) -> None:
        """Add what tells two bars apart that touch."""
        self._splits.append((second, y))

    def draw(self) -> None:
        """Draw what was added."""
        for state, spans in self._stretches.items():
            if state is State.PAUSES:
                self._lines(spans, zorder=2, **_PAUSE)
            else:
                self._bars(spans, zorder=3 if state is State.LOCKED else 2, **_BARS[state])
        self._lines(self._waits[Mark.DEPENDS], zorder=1, **_DEPENDS)
        self._lines(self._waits[Mark.QUEUES], zorder=1, **_QUEUES)
        self._bars(self._critical, zorder=4, facecolor="none", **_CRITICAL)
        self._upright(self._splits, self._height, color="white", lw=1, zorder=2.5)
        self._draw_points()
        self._draw_whiskers()

    def _bars(self, spans: Sequence[_Span], **look: Any) -> None:
        lefts = [start_s for _, start_s, _ in spans]
        lengths = [end_s - start_s for _, start_s, end_s in spans]
        self._ax.barh([y for y, _, _ in spans], lengths, self._height, left=lefts, **look)

    def _lines(self, spans: Sequence[_Span], **look: Any) -> None:
        long = [span for span in spans if span[1] < span[2]]
        ys, starts, ends = zip(*long, strict=True) if long else ((), (), ())
        self._ax.hlines(ys, starts, ends, **look)

    def _upright(self, points: Sequence[tuple[float, float]], length: float, **look: Any) -> None:
        lows = [y - length / 2 for _, y in points]
        highs = [y + length / 2 for _, y in points]
        self._ax.vlines([second for second, _ in points], lows, highs, **look)

    def _draw_points(self) -> None:
        size = self._cross_pt
        looks = {
            Mark.FAILS: {"ms": size, "mew": size / 3.5, "zorder": 5, **_FAILS},
            Mark.NEVER: {"ms": size * 0.7, "zorder": 4, **_NEVER},
        }
        for mark, points in self._points.items():
            if points:
                seconds, ys = zip(*points, strict=True)
                self._ax.plot(seconds, ys, clip_on=False, **looks[mark])

    def _draw_whiskers(self) -> None:
        ends = [
            (second, y)
            for y, low, usual, high in self._whiskers
            for second in (low, high)
            if second != usual
        ]
        self._lines([(y, low, high) for y, low, _, high in self._whiskers], **WHISKER)
        self._upright(ends, self._height / 2, **WHISKER)
