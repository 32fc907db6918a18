"""A run as bars of characters: work, waits for locks, one row per task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.reports.states import State, stretches
from lockplan.reports.words import duration, never_started

_DAY_S = 86400
_STEPS_S = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200),
    *(days * _DAY_S for days in (1, 2, 7, 14, 28, 56, 182, 364)),
)
_LEAST_TICK = 9
_NEVER = "○ never starts"
_CELLS = {State.PAUSES: "·", State.WORKS: "█", State.LOCKED: "░"}
"""What is drawn later hides what stood there: waits are what the reader looks for."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many seconds a column stands for."""

    span_s: float
    columns: int

    @classmethod
    def over(cls, timelines: Sequence[Timeline], columns: int) -> Scale:
        """Return one scale for several runs."""
        return cls(max(1.0, *(timeline.makespan_s for timeline in timelines)), columns)

    def column(self, second: float) -> int:
        """Return the column where a moment stands."""
        return min(self.columns, round(second / self.span_s * self.columns))

    def cells(self, start_s: float, end_s: float) -> range:
        """Return the columns of a stretch: at least one, so that nothing disappears."""
        first = min(self.column(start_s), self.columns - 1)
        return range(first, max(first + 1, self.column(end_s)))


def bar(run: TaskRun, scale: Scale) -> str:
    """Draw one task: ``█`` work, ``░`` waiting for a lock, ``·`` a pause, ``×1205`` a failure."""
    if never_started(run):
        at = min(scale.column(run.start_s), max(0, scale.columns - len(_NEVER)))
        return " " * at + _NEVER[: scale.columns - at]
    cells = [" "] * scale.columns
    drawn = list(stretches(run))
    for state, cell in _CELLS.items():
        for stretch in (each for each in drawn if each.state is state):
            for column in scale.cells(stretch.start_s, stretch.end_s):
                cells[column] = cell
    for each in run.failed_tries:
        cells[min(scale.column(each.end_s), scale.columns - 1)] = "×"
    if run.state is RunState.FAILED:
        _mark(cells, scale.column(run.end_s), f"×{run.error or ''}")
    return "".join(cells).rstrip()


def _mark(cells: list[str], at: int, text: str) -> None:
    start = max(0, min(at, len(cells) - len(text)))
    cells[start : start + len(text)] = text


def tick_step(span_s: float, most: int) -> int:
    """Return the seconds between two ticks, so that there are at most so many."""
    return next((step for step in _STEPS_S if span_s / step <= most), int(span_s) + 1)


def axis(scale: Scale) -> str:
    """Return the times below the bars."""
    step = tick_step(scale.span_s, max(1, scale.columns // _LEAST_TICK))
    cells = [" "] * scale.columns
    for tick in range(int(scale.span_s / step) + 1):
        text = duration(tick * step)
        at = scale.column(tick * step)
        if at + len(text) <= scale.columns:
            cells[at : at + len(text)] = text
    return "".join(cells).rstrip()


def in_order(timeline: Timeline) -> list[TaskRun]:
    """Return the tasks as they start; ties by their end and name."""
    return sorted(timeline.runs, key=lambda run: (run.start_s, run.end_s, run.task))
