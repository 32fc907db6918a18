"""What a task has to do with other DAGs: sensors, triggers, the assets that it updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lockplan.model.schedule import ExternalWait, RunTrigger
from lockplan.workflow.airflow.schedules import as_timedelta
from lockplan.workflow.values import Value

_SENSORS = ("ExternalTaskSensor", "ExternalTaskSensorAsync")
_TRIGGERS = ("TriggerDagRunOperator",)
_UNCLEAR = ("execution_date_fn", "external_task_group_id")
"""What makes it unknown for which tasks of which run a sensor waits."""
_DATES = ("logical_date", "execution_date")
_ENDED = frozenset({"success", "failed"})
DEFAULT_RETRY_DELAY = timedelta(minutes=5)
_LONGEST_DELAY = timedelta(days=1)
"""Airflow's own limits for the time between two tries."""


def external_wait(base: str, arguments: Mapping[str, Value]) -> ExternalWait | None:
    """Return what a sensor waits for; None where the task is none, or it is not known."""
    if base not in _SENSORS or any(arguments.get(name) is not None for name in _UNCLEAR):
        return None
    dag_id, task_ids = _text(arguments.get("external_dag_id")), _task_ids(arguments)
    states = arguments.get("allowed_states")
    delta = arguments.get("execution_delta")
    earlier = timedelta() if delta is None else as_timedelta(delta)
    if dag_id is None or task_ids is None or earlier is None or states not in (None, ["success"]):
        return None
    return ExternalWait(dag_id, task_ids, earlier)


def _task_ids(arguments: Mapping[str, Value]) -> tuple[str, ...] | None:
    one, several = arguments.get("external_task_id"), arguments.get("external_task_ids")
    given = [one] if one is not None else several
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or not given:
        return None
    ids = [_text(each) for each in given]
    return None if None in ids else tuple(each for each in ids if each is not None)


def run_trigger(base: str, arguments: Mapping[str, Value]) -> RunTrigger | None:
    """Return the DAG that a task starts; None where it starts none, or it is not known which."""
    dag_id = _text(arguments.get("trigger_dag_id"))
    if base not in _TRIGGERS or dag_id is None:
        return None
    states = arguments.get("allowed_states")
    ended = states is None or (isinstance(states, list | tuple) and _ENDED.issuperset(states))
    return RunTrigger(
        dag_id,
        waits=arguments.get("wait_for_completion") is True and ended,
        same_date=any(arguments.get(name) is not None for name in _DATES),
    )


@dataclass(frozen=True, slots=True)
class RetryDelays:
    """How long a task waits before its next tries."""

    first: timedelta
    doubles: bool
    longest: timedelta

    @classmethod
    def of(cls, arguments: Mapping[str, Value]) -> RetryDelays:
        """Return what a task's arguments say."""
        return cls(
            as_timedelta(arguments.get("retry_delay")) or DEFAULT_RETRY_DELAY,
            bool(arguments.get("retry_exponential_backoff")),
            as_timedelta(arguments.get("max_retry_delay")) or _LONGEST_DELAY,
        )

    def altogether(self, retries: int) -> timedelta:
        """Return how long it waits where it fails as often as it may."""
        if not self.doubles:
            return retries * self.first
        delays = (min(self.first * 2 ** min(n, 20), self.longest) for n in range(retries))
        return sum(delays, timedelta())


def _text(value: Value) -> str | None:
    return str(value) if isinstance(value, str) and "{{" not in value else None
