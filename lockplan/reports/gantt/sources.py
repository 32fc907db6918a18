"""Where the durations of a chart come from, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockplan.model.problem import Job
from lockplan.reports.words import count, duration


def in_words(jobs: Iterable[Job]) -> str:
    """Say it: ``durations: 30 runs of history for 9 tasks, 10m assumed for 2 tasks``."""
    by_source: dict[str, list[Job]] = {}
    for job in jobs:
        by_source.setdefault("" if job.past_runs else job.source, []).append(job)
    parts = [_part(source, found) for source, found in sorted(by_source.items())]
    return f"durations: {', '.join(parts)}" if parts else ""


def _part(source: str, jobs: Sequence[Job]) -> str:
    tasks = count(len(jobs), "task")
    if not source and any(job.past_runs for job in jobs):
        return f"{_range([job.past_runs for job in jobs])} of history for {tasks}"
    known = {job.duration_s for job in jobs}
    value = f"{duration(known.pop())} " if len(known) == 1 else ""
    return f"{value}{source or 'given'} for {tasks}"


def _range(runs: Sequence[int]) -> str:
    fewest, most = min(runs), max(runs)
    return count(most, "run") if fewest == most else f"{fewest}–{most} runs"
