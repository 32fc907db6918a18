"""One run drawn on matplotlib axes: a row per task, three states that are never mixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MultipleLocator

from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.bars import in_order, tick_step
from lockplan.reports.critical import critical_path, frees
from lockplan.reports.words import never_started, shorten

# Okabe and Ito's colours: told apart by colour-blind readers, and in print by their lightness
WORK = "#0072B2"
LOCK = "#D55E00"
EDGE = "#9C3D7A"
IDLE = "#B5B5B5"
INK = "#222222"

_HATCHED: Any = {"facecolor": "white", "edgecolor": LOCK, "hatch": "/////", "lw": 0.9}
_ARROW: Any = {
    "arrowstyle": "-|>",
    "connectionstyle": "arc3,rad=-0.12",
    "mutation_scale": 9,
    "color": EDGE,
    "linestyle": (0, (3, 1.5)),
    "lw": 1.2,
    "shrinkA": 0,
    "shrinkB": 0,
    "zorder": 6,
    "path_effects": [withStroke(linewidth=2.2, foreground="white")],
}

MOST_LABEL = 32
MANY_ARROWS = 12
_MOST_TICKS = 12
_BAR = 0.62
_NOTE_SIZE = 7.5
_NOTE_CHAR_IN = 0.062
"""Width of a character of a note."""


def plot_timeline(
    timeline: Timeline,
    ax: Axes | None = None,
    *,
    order: Sequence[TaskKey] | None = None,
    edges: Iterable[Edge] = (),
    arrows: Sequence[Edge] = (),
    span_s: float | None = None,
) -> Axes:
    """Draw a run.

    Parameters
    ----------
    timeline
        The run.
    ax
        Where to draw; new axes by default.
    order
        The tasks from the top row down; as they start by default.
    edges
        The edges that held in the run: they decide the critical path, drawn bold.
    arrows
        Edges to draw as dashed arrows; of more than a dozen those that delayed a task.
    span_s
        Length of the time axis in seconds; the run's own by default.
    """
    keys = list(order) if order is not None else [run.task for run in in_order(timeline)]
    if ax is None:
        ax = Figure(figsize=(12, 0.8 + 0.24 * len(keys))).add_subplot()
    panel = _Panel(ax, keys, span_s or timeline.makespan_s or 1.0)
    critical = frozenset(critical_path(timeline, edges))
    panel.frame(critical)
    for run in timeline.runs:
        panel.task(run, run.task in critical)
    panel.arrows(timeline, drawn_edges(timeline, arrows))
    return ax


def drawn_edges(timeline: Timeline, edges: Sequence[Edge]) -> list[Edge]:
    """Return all edges where they are few, else those that a task waited for to its start."""
    if len(edges) <= MANY_ARROWS:
        return list(edges)
    runs = {run.task: run for run in timeline.runs}
    return [edge for edge in edges if frees(runs[edge.upstream], runs[edge.downstream])]


def legend_handles(timelines: Iterable[Timeline], arrows: bool) -> Iterator[Artist]:
    """Yield what explains the marks that the runs really have."""
    runs = [run for timeline in timelines for run in timeline.runs]
    yield Patch(facecolor=WORK, label="working")
    if any(run.waits for run in runs):
        yield Patch(label="waiting for a lock", **_HATCHED)
    yield Line2D([], [], color=IDLE, lw=0.9, label="waiting for other tasks or a slot")
    if any(run.state is RunState.FAILED for run in runs):
        yield Line2D([], [], color=LOCK, marker="x", mew=2, ls="", label="fails")
    if any(never_started(run) for run in runs):
        yield Line2D([], [], color=INK, marker="o", mfc="white", ls="", label="never starts")
    yield Patch(facecolor=WORK, edgecolor="black", lw=1.8, label="critical path")
    if arrows:
        yield Line2D([], [], color=EDGE, ls="--", lw=1.1, label="new edge")


@dataclass(frozen=True, slots=True)
class _Panel:
    ax: Axes
    keys: Sequence[TaskKey]
    span_s: float

    def row(self, task: TaskKey) -> int:
        return self.keys.index(task)

    def frame(self, critical: frozenset[TaskKey]) -> None:
        """Set the axes up: names on the left, times below."""
        ax = self.ax
        ax.set_xlim(0, self.span_s * 1.02)
        ax.set_ylim(len(self.keys) - 0.4, -0.6)
        names = [shorten(key.task_id, MOST_LABEL) for key in self.keys]
        ax.set_yticks(range(len(names)), names)
        for label, key in zip(ax.get_yticklabels(), self.keys, strict=True):
            label.set_parse_math(False)
            label.set_fontweight("bold" if key in critical else "normal")
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_locator(MultipleLocator(tick_step(self.span_s, _MOST_TICKS)))
        ax.xaxis.set_major_formatter(FuncFormatter(self._tick))
        ax.grid(axis="x", color="#E8E8E8", lw=0.7)
        ax.set_axisbelow(True)

    @property
    def unit(self) -> str:
        return "minutes" if self.span_s >= 120 else "seconds"

    def _tick(self, second: float, _: int | None) -> str:
        return f"{second / 60:g}" if self.unit == "minutes" else f"{second:g}"

    def task(self, run: TaskRun, critical: bool) -> None:
        """Draw one row."""
        row = self.row(run.task)
        self.ax.hlines(row, 0, run.start_s, color=IDLE, lw=0.9, zorder=1)
        if never_started(run):
            self.ax.plot([run.start_s], [row], "o", ms=5, mfc="white", mec=INK, zorder=4)
            self._note(run, "never starts", INK)
            return
        for start, end in _working(run):
            self.ax.barh(row, end - start, _BAR, left=start, color=WORK, zorder=2)
        for wait in run.waits:
            length = wait.end_s - wait.start_s
            self.ax.barh(row, length, _BAR, left=wait.start_s, zorder=3, **_HATCHED)
        if critical:
            length = run.end_s - run.start_s
            self.ax.barh(
                row, length, _BAR, left=run.start_s, fc="none", ec="black", lw=1.8, zorder=4
            )
        if run.state is RunState.FAILED:
            self.ax.plot([run.end_s], [row], "x", ms=7, mew=2, color=LOCK, zorder=5)
        self._note(run, _trouble(run), LOCK)

    def _note(self, run: TaskRun, text: str, color: str) -> None:
        """Write a note beside a bar, on the side that has room for it."""
        if not text:
            return
        right = self._inches(self.span_s - run.end_s) - 0.1
        left = self._inches(run.start_s) - 0.1
        on_right = right >= min(left, len(text) * _NOTE_CHAR_IN)
        fitting = int((right if on_right else left) / _NOTE_CHAR_IN)
        if fitting < 8:
            return
        self.ax.annotate(
            shorten(text, fitting),
            (run.end_s if on_right else run.start_s, self.row(run.task)),
            (7 if on_right else -5, 0),
            textcoords="offset points",
            ha="left" if on_right else "right",
            va="center_baseline",
            fontsize=_NOTE_SIZE,
            color=color,
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            zorder=4,
        )

    def _inches(self, seconds: float) -> float:
        figure = self.ax.get_figure(root=True)
        width = figure.get_figwidth() if figure else 0.0
        return float(seconds / self.span_s * self.ax.get_position().width * width)

    def arrows(self, timeline: Timeline, edges: Iterable[Edge]) -> None:
        """Draw edges from the end of the earlier task to the start of the later one."""
        runs = {run.task: run for run in timeline.runs}
        for edge in edges:
            above, below = runs[edge.upstream], runs[edge.downstream]
            tail = (above.end_s, self.row(above.task) + _BAR / 2)
            head = (below.start_s, self.row(below.task) - _BAR / 2)
            if tail[1] > head[1]:
                tail, head = (tail[0], tail[1] - _BAR), (head[0], head[1] + _BAR)
            self.ax.add_patch(FancyArrowPatch(tail, head, **_ARROW))


def _working(run: TaskRun) -> Iterator[tuple[float, float]]:
    """Yield the stretches of a run between its waits."""
    at = run.start_s
    for wait in sorted(run.waits, key=lambda wait: wait.start_s):
        if wait.start_s > at:
            yield at, wait.start_s
        at = max(at, wait.end_s)
    if run.end_s > at:
        yield at, run.end_s


def _trouble(run: TaskRun) -> str:
    failed = f"×{run.error or ''} " if run.state is RunState.FAILED else ""
    if not run.waits:
        return failed.strip()
    wait = run.waits[-1]
    more = f" (and {len(run.waits) - 1} more)" if run.waits[1:] else ""
    return f"{failed}waits for {wait.holder.task_id}: {wait.table}{more}"
