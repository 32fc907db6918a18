"""Histories as CSV files: lockplan's own, a row per task, and exports with a row per past run."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lockplan.durations.past import SUCCESS, Instance, PastDuration, PastRuns, summarize
from lockplan.errors import InputError
from lockplan.model.workflow import TaskKey

COLUMNS = ("dag_id", "task_id", "runs", "p50_s", "p90_s")
"""What a history of a row per task must have."""
MORE_COLUMNS = ("p10_s", "tries", "states", "pool")
"""What it may have; all but `p10_s` are for people."""
SPAN_COLUMNS = ("dag_id", "task_id", "start_date", "end_date")
"""What an export of task instances must have."""
DURATION_COLUMNS = ("dag_id", "task_id", "duration")
"""What a list of past durations must have, in seconds."""
_RUN_COLUMNS = ("run_id", "execution_date", "logical_date")
_NULLS = frozenset({"", "null", "none", "\\n"})
"""What databases write for a value that is not there."""


@dataclass(frozen=True, slots=True)
class History:
    """What a file tells of past runs."""

    durations: Mapping[TaskKey, PastDuration] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """What of it could not be used, one sentence each."""


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
        p50_s, p90_s, p10_s = (each.p50_s, each.p90_s, each.p10_s) if each.runs else ("", "", "")
        names = (each.task.dag_id, each.task.task_id)
        writer.writerow((*names, each.runs, p50_s, p90_s, p10_s, each.tries, states, each.pool))
    return text.getvalue()


def read_history(file: Path) -> History:
    """Read a CSV file of past durations; a task that succeeded in no run is left out.

    Its first line tells what its rows are: a task each (`dag_id,task_id,runs,p50_s,p90_s`), or a
    run of a task each, by its times (`dag_id,task_id,start_date,end_date`; with `run_id` the
    instances of a mapped task count as one, with `state` only successes count), or by its seconds
    (`dag_id,task_id,duration`).

    Raises InputError where it is none of these, and with the line where a task's row cannot be
    used. Runs that cannot be used are counted in the remarks.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = ((reader.line_num, row) for row in reader)
            return _reading(file, reader.fieldnames or ())(file, rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(file), f"cannot be read: {error}") from error


_Row = tuple[int, Mapping[str, str | None]]
_Reading = Callable[[Path, Iterable[_Row]], History]


def _reading(file: Path, columns: Sequence[str]) -> _Reading:
    """Return how a file with these columns is read."""
    for needed, reading in _READINGS:
        if set(needed) <= set(columns):
            return reading
    raise InputError(
        f"{file}:1",
        f"the history has no column {', '.join(n for n in COLUMNS if n not in columns)}",
        f"Its first line must be {','.join(COLUMNS)}, or with a row for each run "
        f"{','.join(SPAN_COLUMNS)} or {','.join(DURATION_COLUMNS)}",
    )


def _tasks(file: Path, rows: Iterable[_Row]) -> History:
    durations: dict[TaskKey, PastDuration] = {}
    for line, row in rows:
        where = f"{file}:{line}"
        key, duration = _key(row), _duration(where, row)
        if key in durations:
            raise InputError(where, f"a second row of {key}", "Keep one row for each task")
        if duration is not None:
            durations[key] = duration
    return History(durations)


def _key(row: Mapping[str, str | None]) -> TaskKey:
    return TaskKey(row["dag_id"] or "", row["task_id"] or "")


def _duration(where: str, row: Mapping[str, str | None]) -> PastDuration | None:
    """Return a row's durations; None for a task that never succeeded."""
    if any(row[name] is None for name in COLUMNS):
        raise InputError(where, f"the row has fewer than {len(COLUMNS)} fields")
    if row["runs"] == "0":
        return None
    try:
        runs, p50_s, p90_s = int(row["runs"] or ""), *map(_number, (row["p50_s"], row["p90_s"]))
        p10_s = None if _is_null(row.get("p10_s")) else _number(row["p10_s"])
    except ValueError as error:
        raise InputError(where, f"not a number: {error}") from error
    rising = [p50_s, p90_s] if p10_s is None else [p10_s, p50_s, p90_s]
    if runs < 0 or not all(math.isfinite(s) and s >= 0 for s in rising):
        raise InputError(where, "durations must be 0 or more seconds")
    if rising != sorted(rising):
        raise InputError(where, "p10_s, p50_s and p90_s must not fall")
    return PastDuration(runs, p50_s, p90_s, p10_s)


def _number(text: str | None) -> float:
    return float(text or "")


def _is_null(text: str | None) -> bool:
    return text is None or text.strip().lower() in _NULLS


class _UnusableError(Exception):
    """Why a run tells no duration."""


def _runs_by(times: Callable[[Mapping[str, str | None]], tuple[datetime, datetime]]) -> _Reading:
    """Return how a file with a row for each run is read."""

    def reading(file: Path, rows: Iterable[_Row]) -> History:
        unused: Counter[str] = Counter()
        found = summarize(_instances(rows, times, unused))
        durations = {each.task: each.duration for each in found if each.duration is not None}
        return History(durations, tuple(_remarks(file, unused)))

    return reading


def _instances(
    rows: Iterable[_Row],
    times: Callable[[Mapping[str, str | None]], tuple[datetime, datetime]],
    unused: Counter[str],
) -> Iterator[Instance]:
    """Yield the task instances of an export, and count the rows that tell no duration."""
    for line, row in rows:
        state = row.get("state", SUCCESS) or ""
        run_id = next((row[name] for name in _RUN_COLUMNS if row.get(name)), None) or str(line)
        start = end = None
        try:
            start, end = times(row)
        except _UnusableError as reason:
            unused[str(reason)] += state == SUCCESS
        yield Instance(_key(row), run_id, state, start, end)


def _span(row: Mapping[str, str | None]) -> tuple[datetime, datetime]:
    start, end = (_moment(row[name]) for name in ("start_date", "end_date"))
    if end < start:
        raise _UnusableError("ended before it started")
    return start, end


def _moment(text: str | None) -> datetime:
    """Return a time; one that names no zone is in UTC, as Airflow's are."""
    if text is None or _is_null(text):
        raise _UnusableError("no start or no end")
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError as error:
        raise _UnusableError("times are not like YYYY-MM-DD HH:MM:SS") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(row: Mapping[str, str | None]) -> tuple[datetime, datetime]:
    try:
        length = timedelta(seconds=_number(row["duration"]))
    except (ValueError, OverflowError) as error:
        raise _UnusableError("no duration in seconds") from error
    if length < timedelta():
        raise _UnusableError("negative duration")
    return _SOME_MOMENT, _SOME_MOMENT + length


_SOME_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_READINGS: tuple[tuple[tuple[str, ...], _Reading], ...] = (
    (COLUMNS, _tasks),
    (SPAN_COLUMNS, _runs_by(_span)),
    (DURATION_COLUMNS, _runs_by(_seconds)),
)


def _remarks(file: Path, unused: Counter[str]) -> Iterator[str]:
    for reason, rows in sorted((+unused).items()):
        counts = (
            f"1 run of {file.name} counts" if rows == 1 else f"{rows} runs of {file.name} count"
        )
        yield f"{counts} for nothing: {reason}."
