"""Past runs of tasks, and what they took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import quantiles

from lockplan.model.workflow import TaskKey

SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class PastDuration:
    """What a task's past runs took, in seconds."""

    runs: int
    p50_s: float
    p90_s: float
    p10_s: float | None = None
    """None where a file does not tell it."""


@dataclass(frozen=True, slots=True)
class PastRuns:
    """How one task went in the last runs of its DAG."""

    task: TaskKey
    runs: int
    """In which it succeeded: those that the durations are of."""
    p10_s: float
    p50_s: float
    p90_s: float
    tries: int
    """The most that a run took."""
    states: Mapping[str, int]
    """How many instances ended so; in Airflow's words."""
    pool: str

    @property
    def duration(self) -> PastDuration | None:
        """What the runs took; None where none succeeded."""
        return PastDuration(self.runs, self.p50_s, self.p90_s, self.p10_s) if self.runs else None


@dataclass(frozen=True, slots=True)
class Instance:
    """One task instance of a past run; of a mapped task one of several."""

    task: TaskKey
    run_id: str
    state: str
    start: datetime | None
    end: datetime | None
    tries: int = 0
    pool: str = ""


def summarize(instances: Iterable[Instance]) -> Iterator[PastRuns]:
    """Yield how each task went, sorted by task."""
    in_order = sorted(instances, key=lambda each: (each.task, each.run_id))
    for task, group in groupby(in_order, key=lambda each: each.task):
        yield _summary(task, tuple(group))


def _summary(task: TaskKey, instances: tuple[Instance, ...]) -> PastRuns:
    by_run = groupby(instances, key=lambda each: each.run_id)
    durations = [each for _, group in by_run if (each := _duration_s(tuple(group))) is not None]
    return PastRuns(
        task=task,
        runs=len(durations),
        p10_s=percentile(durations, 10),
        p50_s=percentile(durations, 50),
        p90_s=percentile(durations, 90),
        tries=max(each.tries for each in instances),
        states=dict(sorted(Counter(each.state for each in instances).items())),
        pool=_latest(instances).pool,
    )


def _duration_s(instances: Sequence[Instance]) -> float | None:
    """Return how long a task took in one run, all its mapped instances together.

    None where an instance did not succeed: how long it would have taken is not known; nor is it
    where a clock was set back, so that the task ended before it started.
    """
    starts = [each.start for each in instances if each.start]
    ends = [each.end for each in instances if each.end]
    succeeded = all(each.state == SUCCESS for each in instances)
    if not succeeded or len(starts) < len(instances) or len(ends) < len(instances):
        return None
    seconds = (max(ends) - min(starts)).total_seconds()
    return seconds if seconds >= 0 else None


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile between the nearest values, 0 where there are none."""
    if len(values) < 2:
        return round(next(iter(values), 0.0), 3)
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def _latest(instances: Iterable[Instance]) -> Instance:
    return max(instances, key=lambda each: each.start.timestamp() if each.start else 0.0)
