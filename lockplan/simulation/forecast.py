"""Many nights, drawn: how durations and branches scatter, and what that does to the locks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import exp, log
from random import Random

from lockplan.errors import InputError
from lockplan.model.forecast import Forecast, PairRisk
from lockplan.model.night import Night
from lockplan.model.problem import Job
from lockplan.model.timeline import RunState
from lockplan.model.workflow import TaskKey
from lockplan.simulation.branches import Branches
from lockplan.simulation.clock import Clock
from lockplan.simulation.events import TOLD
from lockplan.simulation.prepared import Prepared

Z90 = 1.2815515655446004
"""What of a normal distribution lies nine tenths below."""
_Two = tuple[TaskKey, TaskKey]


def forecast(night: Night, runs: int = 200, seed: int = 0, *, sigma: float = 0.0) -> Forecast:
    """Let a night go by many times, with durations and branches drawn.

    A task's durations are lognormal through its expected one and, of past runs, the one that nine
    tenths stay below. The same seed gives the same forecast.

    Parameters
    ----------
    night
        What runs.
    runs
        How many nights to draw, 1 or more.
    seed
        Start of the random numbers.
    sigma
        Of the logarithms of durations without a history; they are fixed without it.

    Raises
    ------
    InputError
        The night cannot go by, or no run is asked for.
    """
    if runs < 1:
        raise InputError("runs", f"{runs} nights tell nothing", "Draw 1 or more.")
    prepared = Prepared(night, every_step=False)
    drawn = Drawn(prepared, Random(seed), sigma)
    tally = _Tally(night)
    for _ in range(runs):
        clock = Clock(prepared, drawn)
        clock.run()
        tally.add(clock)
    return tally.forecast(runs, seed)


class Drawn:
    """Durations and branches as chance has them."""

    def __init__(self, prepared: Prepared, random: Random, sigma: float) -> None:
        jobs = [task.job for task in prepared.night.tasks]
        self._random = random
        self._gauss = random.gauss
        self._scales = [(log(job.duration_s or 1), _sigma(job, sigma)) for job in jobs]
        self._fixed = [float(job.duration_s) for job in jobs]
        self._branches = Branches(prepared.graph)

    def duration_s(self, task: int) -> float:
        """Draw the duration of one try."""
        mu, sigma = self._scales[task]
        return exp(self._gauss(mu, sigma)) if sigma else self._fixed[task]

    def skipped_by(self, task: int) -> Sequence[int]:
        """Draw what a branch skips."""
        return self._branches.skipped(task, self._random)


def _sigma(job: Job, without_history: float) -> float:
    if not job.duration_s:
        return 0.0
    if job.p90_s is None:
        return without_history
    return log(max(job.p90_s, job.duration_s) / job.duration_s) / Z90


class _Tally:
    """What is counted over the nights."""

    def __init__(self, night: Night) -> None:
        self._keys = [task.job.key for task in night.tasks]
        self._finish_s: list[float] = []
        self._errors: Counter[str] = Counter()
        self._with_error = self._with_failure = 0
        self._waited_s: dict[_Two, float] = defaultdict(float)
        self._waits: Counter[_Two] = Counter()
        self._fails: Counter[_Two] = Counter()

    def add(self, clock: Clock) -> None:
        """Count one night that has gone by."""
        self._finish_s.append(max(clock.end_s, default=0.0))
        errors = [each for each in clock.errors if each.error != TOLD]
        self._errors.update({each.error for each in errors})
        self._with_error += bool(errors)
        self._with_failure += RunState.FAILED in clock.states
        self._fails.update({self._two(each.holder, each.task) for each in errors})
        waiting = [(self._two(each.holder, each.task), each) for each in clock.stretches]
        self._waits.update({two for two, _ in waiting})
        for two, each in waiting:
            self._waited_s[two] += each.end_s - each.start_s

    def _two(self, holder: int, requester: int) -> _Two:
        return self._keys[holder], self._keys[requester]

    def forecast(self, runs: int, seed: int) -> Forecast:
        """Return what was counted."""
        finish_s = sorted(self._finish_s)
        return Forecast(
            runs=runs,
            seed=seed,
            p10_s=_quantile(finish_s, 0.1),
            p50_s=_quantile(finish_s, 0.5),
            p90_s=_quantile(finish_s, 0.9),
            p95_s=_quantile(finish_s, 0.95),
            errors=tuple((error, n / runs) for error, n in sorted(self._errors.items())),
            any_error=self._with_error / runs,
            any_failure=self._with_failure / runs,
            mean_lock_wait_s=sum(self._waited_s.values()) / runs,
            pairs=tuple(sorted(self._risks(runs), key=_worst_first)),
        )

    def _risks(self, runs: int) -> list[PairRisk]:
        return [
            PairRisk(
                *two, self._waits[two] / runs, self._fails[two] / runs, self._waited_s[two] / runs
            )
            for two in {*self._waits, *self._fails}
        ]


def _worst_first(risk: PairRisk) -> tuple[float, float, TaskKey, TaskKey]:
    return (-risk.fails, -risk.mean_wait_s, risk.holder, risk.requester)


def _quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values, linear between two of them."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])
