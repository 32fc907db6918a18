"""What reading alone gives: the tasks of a folder and what their SQL touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lockplan.model.access import Footprint
from lockplan.model.dates import RunDates
from lockplan.model.place import Skipped
from lockplan.model.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Listing:
    """Folders as read: no pair of tasks is compared, nothing is planned."""

    workflow: Workflow
    footprints: tuple[Footprint, ...]
    """One per task, in the order of `workflow.tasks()`."""
    dates: Mapping[str, RunDates]
    """By DAG id: the run for which its SQL is written out."""
    skipped: tuple[Skipped, ...]
    """All that was not read, of files, tasks and statements, sorted."""
