"""What keeps tasks apart where no edge does, in words; texts as data in ``remedies.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files

from lockplan.model.remedy import Remedy, RemedyKind
from lockplan.model.workflow import TaskKey


@cache
def _entries() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("remedies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def remedy(
    name: str, targets: Sequence[object], value: str | int | bool, **words: object
) -> Remedy:
    """Return an entry of the catalogue for these tasks or this DAG, its text filled in."""
    entry = _entries()[name]
    advice = entry["advice"].format(value=value, **words)
    return Remedy(RemedyKind(entry["kind"]), tuple(map(str, targets)), value, advice)


def listed(names: Sequence[object]) -> str:
    """Write names for people: ``a, b and c``."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last


def for_copies(task: TaskKey) -> tuple[Remedy, ...]:
    """Return what keeps a task's mapped copies apart."""
    names = ("copies_of_a_run", "copies_of_all_runs")
    return tuple(remedy(name, [task], 1, task=task) for name in names)


def for_next_run(task: TaskKey, *, mapped: bool) -> tuple[Remedy, ...]:
    """Return what keeps a task apart from itself in the next run; mapped copies wait for none."""
    limit = remedy("copies_of_all_runs", [task], 1, task=task)
    return (limit,) if mapped else (remedy("after_its_last_run", [task], True, task=task), limit)


def for_sensor(awaited: TaskKey, waiting: TaskKey, delta: timedelta) -> Remedy:
    """Return a sensor of the one DAG for a task of another, whose run is `delta` older."""
    seconds = round(delta.total_seconds())
    shown = f" and execution_delta=timedelta(seconds={seconds})" if seconds else ""
    words = {"dag": waiting.dag_id, "task": waiting.task_id, "delta": shown}
    return remedy("wait_for_other_dag", [waiting], str(awaited), **words)
