"""How long tasks take: past runs, and the file that keeps them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lockplan.errors import InputError
from lockplan.model.workflow import TaskKey

COLUMNS = ("dag_id", "task_id", "runs", "p50_s", "p90_s")
"""What a history must have."""
MORE_COLUMNS = ("tries", "states", "pool")
"""What it may have, for people."""


@dataclass(frozen=True, slots=True)
class PastDuration:
    """What a task's past runs took, in seconds."""

    runs: int
    p50_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class PastRuns:
    """How one task went in the last runs of its DAG."""

    task: TaskKey
    runs: int
    """In which it succeeded: those that the durations are of."""
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
        return PastDuration(self.runs, self.p50_s, self.p90_s) if self.runs else None


def is_metadata(source: str | Path) -> bool:
    """Whether this names Airflow's metadata database: by its URL, or by an `airflow.cfg`."""
    return "://" in str(source) or Path(source).suffix == ".cfg"


def history_to_csv(past: Iterable[PastRuns]) -> str:
    """Return the file that `read_history` reads; tasks that never succeeded have no durations."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, *MORE_COLUMNS))
    for each in past:
        states = "; ".join(f"{state} {count}" for state, count in each.states.items())
        durations = (each.p50_s, each.p90_s) if each.runs else ("", "")
        row = (*_names(each.task), each.runs, *durations, each.tries, states, each.pool)
        writer.writerow(row)
    return text.getvalue()


def _names(task: TaskKey) -> tuple[str, str]:
    return task.dag_id, task.task_id


def read_history(file: Path) -> Mapping[TaskKey, PastDuration]:
    """Read a CSV file with the columns `dag_id,task_id,runs,p50_s,p90_s`, one row per task.

    A task that succeeded in no run has no duration and is left out.

    Raises InputError with the line where a row cannot be used.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{file}:1",
                    f"the history has no column {', '.join(missing)}",
                    f"Its first line must be {','.join(COLUMNS)}",
                )
            found = ((_key(row), _duration(f"{file}:{reader.line_num}", row)) for row in reader)
            return {key: duration for key, duration in found if duration is not None}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(file), f"cannot be read: {error}") from error


def _key(row: Mapping[str, str]) -> TaskKey:
    return TaskKey(row["dag_id"], row["task_id"])


def _duration(where: str, row: Mapping[str, str]) -> PastDuration | None:
    """Return a row's durations; None for a task that never succeeded."""
    if any(row[name] is None for name in COLUMNS):
        raise InputError(where, f"the row has fewer than {len(COLUMNS)} fields")
    if row["runs"] == "0":
        return None
    try:
        duration = PastDuration(int(row["runs"]), float(row["p50_s"]), float(row["p90_s"]))
    except (TypeError, ValueError) as error:
        raise InputError(where, f"not a number: {error}") from error
    if not all(math.isfinite(s) and s >= 0 for s in (duration.p50_s, duration.p90_s)):
        raise InputError(where, "durations must be 0 or more seconds")
    return duration
