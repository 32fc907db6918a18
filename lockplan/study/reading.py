"""Folders as they are read, with what was told about them and what of them was not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from lockplan.conflicts import Clock, cadences
from lockplan.model.access import Footprint
from lockplan.model.dates import RunDates
from lockplan.model.place import Skipped
from lockplan.model.workflow import Dag, Workflow
from lockplan.settings import Settings, Told, load_told
from lockplan.workflow import NO_TEXTS, read


def read_folders(
    paths: str | Path | Sequence[str | Path],
    variables: str | Path | None,
    connections: str | Path | None,
) -> tuple[tuple[Path, ...], Told, Workflow]:
    """Read the folders with what the user told about them."""
    folders = _folders(paths)
    told = load_told(
        folders[0], variables=file_or_none(variables), connections=file_or_none(connections)
    )
    return folders, told, read_told(folders, told)


def read_told(
    folders: tuple[Path, ...], told: Told, instead: Mapping[Path, bytes] = NO_TEXTS
) -> Workflow:
    """Read the folders as they were told of; `instead` holds other texts for some files."""
    environment = told.config.environment
    workflow = read(folders, variables=told.variables, environment=environment, instead=instead)
    return workflow if workflow.from_file else told.airflow.complete(workflow)


def _folders(paths: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    return tuple(Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths))


def file_or_none(path: str | Path | None) -> Path | None:
    """Return the file that was named, if one was."""
    return Path(path) if path else None


def dates_at(dag: Dag, settings: Settings) -> RunDates:
    """Return the dates of the run of just this logical date, scheduled or not."""
    start = settings.logical_date
    own = cadences(dag)
    clock = Clock(own, settings.airflow_majors) if own else None
    run = next(clock.runs(start, 1)) if clock else None
    if run is not None and run.logical_date == start:
        return run
    end = start + timedelta(days=1)
    return RunDates(start, interval_end=end, run_time=end)


def as_run_now(run: RunDates, now: datetime) -> RunDates:
    """Return the dates of a run as they would be now: the clock does not go back for a past one."""
    return replace(run, run_time=max(run.run_time, now))


def all_skipped(
    workflow: Workflow, footprints: tuple[Footprint, ...], schema: tuple[Skipped, ...]
) -> tuple[Skipped, ...]:
    """Return all that was not read, of files, tasks, statements and the schema, sorted."""
    tasks = [skipped for task in workflow.tasks() for skipped in task.skipped]
    unread = [skipped for each in footprints for _, skipped in each.unread]
    return tuple(sorted({*workflow.skipped, *tasks, *unread, *schema}))
