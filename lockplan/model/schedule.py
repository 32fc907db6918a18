"""When runs of a DAG start: by the clock, after other DAGs' tasks, or waiting for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lockplan.model.zones import DEFAULT_ZONE, Zone


class Starts(StrEnum):
    """When a run starts, given its data interval."""

    BY_VERSION = "as Airflow's version does"
    AT_LOGICAL_DATE = "at its logical date"
    AT_INTERVAL_END = "at the end of its interval"


@dataclass(frozen=True, slots=True)
class Cadence:
    """One rhythm of a schedule: a cron expression, a fixed distance, or given moments."""

    cron: str | None = None
    every: timedelta | None = None
    moments: tuple[datetime, ...] = ()
    """Sorted; the schedule fires then and at no other time."""
    anchor: datetime | None = None
    """For a fixed distance: a moment at which it fires, None where that is not known."""
    interval: timedelta = timedelta()
    """How long before it fires a run's interval begins, where it starts at its logical date."""
    starts: Starts = Starts.BY_VERSION
    zone: Zone = DEFAULT_ZONE
    """In whose wall time the expression, the anchor and the moments are."""


@dataclass(frozen=True, slots=True)
class ExternalWait:
    """A sensor that waits for another DAG's run."""

    dag_id: str
    task_ids: tuple[str, ...]
    """The tasks whose success it waits for; none where it waits for the whole run."""
    earlier: timedelta = timedelta()
    """How much earlier that run's logical date is than that of the sensor's own."""


@dataclass(frozen=True, slots=True)
class RunTrigger:
    """A task that starts a run of another DAG."""

    dag_id: str
    waits: bool
    """Whether it ends only after that run."""
    same_date: bool
    """Whether it gives that run a logical date, which is taken to be its own."""
