"""When each DAG starts on the one clock of a night on which all of them run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from lockplan.conflicts import DagFacts, horizon

_A_DAY = timedelta(days=1)


def starts(facts: Mapping[str, DagFacts], logical_date: datetime) -> dict[str, datetime]:
    """Return when each scheduled DAG starts, put together into one night.

    Each DAG starts at the time of day of its first run on or after `logical_date`. The clock begins
    after the longest pause of the day, so that a night that crosses midnight stays in one piece.
    """
    times = {
        dag_id: horizon(fact.clock, logical_date)[0].run_time
        for dag_id, fact in facts.items()
        if fact.scheduled
    }
    midnight = logical_date.replace(hour=0, minute=0, second=0, microsecond=0)
    of_day = {dag_id: midnight + _since_midnight(moment) for dag_id, moment in times.items()}
    first = _after_the_longest_pause(sorted(set(of_day.values())))
    return {
        dag_id: moment if first is None or moment >= first else moment + _A_DAY
        for dag_id, moment in of_day.items()
    }


def _since_midnight(moment: datetime) -> timedelta:
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _after_the_longest_pause(moments: list[datetime]) -> datetime | None:
    if not moments:
        return None
    pauses = [(later - earlier, later) for earlier, later in pairwise(moments)]
    pauses.append((moments[0] + _A_DAY - moments[-1], moments[0]))
    longest = max(pause for pause, _ in pauses)
    return next(moment for pause, moment in reversed(pauses) if pause == longest)
