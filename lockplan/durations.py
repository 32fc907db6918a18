"""How long tasks take: a history file of past runs."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lockplan.errors import InputError
from lockplan.model.workflow import TaskKey

COLUMNS = ("dag_id", "task_id", "runs", "p50_s", "p90_s")


@dataclass(frozen=True, slots=True)
class PastDuration:
    """What a task's past runs took, in seconds."""

    runs: int
    p50_s: float
    p90_s: float


def read_history(file: Path) -> Mapping[TaskKey, PastDuration]:
    """Read a CSV file with the columns `dag_id,task_id,runs,p50_s,p90_s`, one row per task.

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
            return {_key(row): _duration(f"{file}:{reader.line_num}", row) for row in reader}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(file), f"cannot be read: {error}") from error


def _key(row: Mapping[str, str]) -> TaskKey:
    return TaskKey(row["dag_id"], row["task_id"])


def _duration(where: str, row: Mapping[str, str]) -> PastDuration:
    if any(row[name] is None for name in COLUMNS):
        raise InputError(where, f"the row has fewer than {len(COLUMNS)} fields")
    try:
        duration = PastDuration(int(row["runs"]), float(row["p50_s"]), float(row["p90_s"]))
    except (TypeError, ValueError) as error:
        raise InputError(where, f"not a number: {error}") from error
    if not all(math.isfinite(s) and s >= 0 for s in (duration.p50_s, duration.p90_s)):
        raise InputError(where, "durations must be 0 or more seconds")
    return duration
