"""When a tenth of the past runs would have ended sooner, and a tenth later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lockplan.model.problem import Job
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.workflow import TaskKey

Ends = tuple[float, float, float]
"""The sooner, the usual and the later end."""


def ranges(timeline: Timeline, jobs: Iterable[Job]) -> Mapping[tuple[TaskKey, int], Ends]:
    """Return the earlier and the later end of each task that succeeded and has past runs."""
    known = {job.key: job for job in jobs if job.p90_s is not None}
    return {
        (run.task, run.run): _range(run, known[run.task])
        for run in timeline.runs
        if run.task in known and run.state is RunState.SUCCESS
    }


def _range(run: TaskRun, job: Job) -> Ends:
    usual_s = job.duration_s
    sooner_s = usual_s - (usual_s if job.p10_s is None else job.p10_s)
    later_s = (usual_s if job.p90_s is None else job.p90_s) - usual_s
    return max(run.start_s, run.end_s - max(0, sooner_s)), run.end_s, run.end_s + max(0, later_s)


def span_of(timelines: Sequence[Timeline], jobs: Iterable[Job]) -> float:
    """Return the seconds that a time axis has to show, whiskers included; never 0."""
    known = tuple(jobs)
    ends = [timeline.makespan_s for timeline in timelines]
    for timeline in timelines:
        ends += [end for _, _, end in ranges(timeline, known).values()]
    return max(ends, default=0.0) or 1.0
