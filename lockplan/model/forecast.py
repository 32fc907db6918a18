"""How many drawn nights went: when they end, and how often a lock makes a task wait or fail."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.workflow import TaskKey


@dataclass(frozen=True, slots=True)
class PairRisk:
    """One task in another's way."""

    holder: TaskKey
    requester: TaskKey
    waits: float
    """The share of nights in which the requester waits for the holder."""
    fails: float
    """The share of nights in which a server's error ends that."""
    mean_wait_s: float
    """Seconds of waiting per night, on average over all nights."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of a night, from nights that were drawn."""

    runs: int
    """How many were drawn."""
    seed: int
    p10_s: float
    """A tenth of the nights end sooner."""
    p50_s: float
    p90_s: float
    p95_s: float
    errors: tuple[tuple[str, float], ...]
    """Each server's error with the share of nights that have it, by its code; sorted."""
    any_error: float
    """The share of nights in which some task gets a server's error."""
    any_failure: float
    """The share of nights in which some task has failed, its retries used up."""
    mean_lock_wait_s: float
    """Seconds that all tasks together wait for locks, per night."""
    pairs: tuple[PairRisk, ...] = ()
    """Who is in whose way, the most dangerous first."""

    def probability(self, error: str) -> float:
        """Return the share of nights that have an error: ``1205``, ``1213`` …."""
        return dict(self.errors).get(error, 0.0)
