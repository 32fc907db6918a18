"""Reading folders: every DAG file is interpreted, then the work of every task."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten

from lockplan.errors import InputError
from lockplan.model.place import Skipped, Span
from lockplan.model.statement import Statement
from lockplan.model.workflow import Dag, Reach, Task, Workflow
from lockplan.workflow import frontends
from lockplan.workflow.airflow import assemble, bash, jinja
from lockplan.workflow.airflow import resolve as airflow_names
from lockplan.workflow.airflow.collector import Collector
from lockplan.workflow.airflow.dags import DagObject
from lockplan.workflow.airflow.markers import GeneratedBlocks, generated_lines
from lockplan.workflow.airflow.perform import performed
from lockplan.workflow.airflow.plugins import Plugins
from lockplan.workflow.airflow.reaches import note_function, reaches_of
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.airflow.unknown_calls import unknown_call
from lockplan.workflow.budget import Budget
from lockplan.workflow.databases import drivers, frames, hooks, libraries, loads
from lockplan.workflow.databases.recorder import Recorder
from lockplan.workflow.folder import Folder, airflow_version, open_folder
from lockplan.workflow.garbage import rare_collections
from lockplan.workflow.given import NOTHING, Given
from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.loader import NO_TEXTS, Loader
from lockplan.workflow.neutral import is_workflow_file, read_workflow_file
from lockplan.workflow.rebase import rebased
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Site

RESOLVERS = (
    hooks.resolve,
    airflow_names.resolve,
    drivers.resolve,
    frames.resolve,
    loads.resolve,
    frontends.resolve,
    bash.resolve,
    jinja.resolve,
    libraries.resolve,
)

IN_A_HIDDEN_FOLDER = "a hidden folder with Python files, which Airflow reads and lockplan does not"
IN_AN_ARCHIVE = "DAGs inside a zip file are not read: unpack it and read the folder it gives"
LIVE_OBJECTS = 500_000
"""So many new objects are waited for before the dead ones among them are looked for."""
SECOND_DAG = "a second DAG with the id"
SENT_BY_UNKNOWN = "a task of no known id sends it"
_SHARE_OF_UNPLACED = 20
"""What part of a task's budget one gets that has no place in the workflow."""
_SHOWN = 80
"""How many characters of a statement stand in the reason why it belongs to no task."""


@dataclass(slots=True)
class _Reading:
    """One folder while it is read."""

    folder: Folder
    interpreter: Interpreter
    collector: Collector
    version: str | None
    order_alone: bool = False
    """Whether nobody asks what the tasks do."""


@rare_collections()
@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for dead values seldom: nearly all that reading makes lives until a folder is read."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], LIVE_OBJECTS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def read(
    paths: str | Path | Sequence[str | Path],
    *,
    variables: Mapping[str, str] = NOTHING,
    environment: Mapping[str, str] = NOTHING,
    budget: Budget | None = None,
    instead: Mapping[Path, bytes] = NO_TEXTS,
) -> Workflow:
    """Read DAG folders (or single files) without running anything of them, or a workflow file.

    Parameters
    ----------
    paths
        Folders or files of DAGs; or one workflow file, ``.yaml``, ``.yml`` or ``.json``.
    variables
        Airflow's Variables as they are stored, text by key; others are unknown, or have the default
        that the code gives.
    environment
        Environment variables likewise; those of this process are never looked at.
    budget
        How much work a file may cost.
    instead
        Read as if these files held these bytes, and of the tasks only their order: what a patch
        would make of it.

    Raises
    ------
    InputError
        A path does not exist or holds no Python file; a workflow file cannot be used.
    """
    each = [paths] if isinstance(paths, str | Path) else paths
    files = [Path(path) for path in each if is_workflow_file(Path(path))]
    if files:
        return _read_alone(files[0], each)
    folders = [open_folder(Path(path)) for path in each]
    given = Given(variables, environment)
    version = airflow_version([file for folder in folders for file in folder.files])
    root = _root(folders)
    dags: list[Dag] = []
    skipped: list[Skipped] = []
    for folder in folders:
        prefix = os.path.relpath(folder.path, root).replace(os.sep, "/")
        with _rare_collections():
            found, missed = _read_folder(folder, version, given, budget, instead)
        dags += found if prefix == "." else rebased(found, prefix)
        skipped += missed if prefix == "." else rebased(missed, prefix)
    kept, duplicates = _without_duplicates(dags)
    return Workflow(
        root=str(root),
        files=sum(len(folder.files) for folder in folders),
        dags=tuple(kept),
        skipped=tuple(sorted({*skipped, *duplicates})),
        airflow_version=version,
    )


def _read_alone(file: Path, paths: Sequence[str | Path]) -> Workflow:
    if len(paths) > 1:
        raise InputError(str(file), "a workflow file is read alone", "Name nothing else beside it.")
    return read_workflow_file(file)


def _root(folders: Sequence[Folder]) -> Path:
    if len(folders) == 1:
        return folders[0].path
    return Path(os.path.commonpath([folder.path.resolve() for folder in folders]))


def _read_folder(
    folder: Folder,
    version: str | None,
    given: Given,
    budget: Budget | None,
    instead: Mapping[Path, bytes],
) -> tuple[tuple[Dag, ...], tuple[Skipped, ...]]:
    reading = _begin(folder, version, given, budget, instead)
    loader = reading.interpreter.loader
    for file in folder.files:
        _read_file(reading, _real(file.path, loader), runs=file.may_hold_a_dag())
    for archive in folder.archives:
        place = Span(loader.display(_real(archive, loader)), 1)
        reading.interpreter.skip(place, "file", IN_AN_ARCHIVE)
    for hidden in folder.hidden:
        place = Span(reading.interpreter.loader.display(hidden.resolve()), 1)
        reading.interpreter.skip(place, "file", IN_A_HIDDEN_FOLDER)
    reading.interpreter.on_leave.clear()
    reaches = reaches_of(reading.collector, reading.interpreter)
    known = [dag for dag in reading.collector.dags if dag.dag_id is not None]
    made = [_finish_dag(reading, dag, reaches.get(dag, ())) for dag in known]
    dags = tuple(dag for dag in made if isinstance(dag, Dag))
    cycles = [dag for dag in made if isinstance(dag, Skipped)]
    if instead:
        return dags, ()
    lost = [task for task in reading.collector.tasks if task.dag is None and not task.is_second]
    homeless = [task.homeless() for task in lost]
    steps = reading.interpreter.budget.steps // _SHARE_OF_UNPLACED
    reading.interpreter.budget = replace(reading.interpreter.budget, steps=steps)
    unplaced = [missed for task in _unplaced(reading.collector) for missed in _said(reading, task)]
    skipped = (
        *(*reading.interpreter.skipped, *reading.collector.skipped),
        *(*cycles, *homeless, *unplaced),
    )
    return dags, skipped


def _real(path: Path, loader: Loader) -> Path:
    """Return the file behind a link; of a link that leads nowhere, the link itself."""
    path = path.absolute()
    return loader.resolved(path) if path.is_file() else loader.resolved(path.parent) / path.name


def _begin(
    folder: Folder,
    version: str | None,
    given: Given,
    budget: Budget | None,
    instead: Mapping[Path, bytes],
) -> _Reading:
    library = Library()
    for resolver in RESOLVERS:
        library.register(resolver)
    interpreter = Interpreter(Loader(folder.path, instead), library, budget)
    library.register_local(Plugins(interpreter).resolve)
    reading = _Reading(folder, interpreter, Collector(), version, order_alone=bool(instead))
    interpreter.state[Collector] = reading.collector
    interpreter.state[Given] = given
    interpreter.state[GeneratedBlocks] = GeneratedBlocks()
    interpreter.on_leave.append(lambda frame: note_function(reading.collector, frame, interpreter))
    interpreter.on_unknown_call.append(unknown_call)
    return reading


def _read_file(reading: _Reading, path: Path, *, runs: bool) -> None:
    """Interpret a DAG file; of a library, only say where Python itself could not read it."""
    interpreter = reading.interpreter
    source = interpreter.loader.source(path)
    if isinstance(source, Skipped):
        interpreter.skip(source.where, source.what, source.reason)
    elif runs:
        blocks = interpreter.state[GeneratedBlocks]
        blocks[source.display] = generated_lines(source.lines)
        defect = _guarded(lambda: interpreter.run_module(path))
        if defect is not None:
            interpreter.skip(Span(source.display, 1), "file", defect)
        reading.collector.open_dags.clear()
        reading.collector.open_groups.clear()


def _guarded(run: Callable[[], object]) -> str | None:
    """Run, and return as a reason what went wrong in lockplan itself: the rest is still read."""
    try:
        run()
    except Exception as error:
        return f"lockplan's reader failed here, please report it: {type(error).__name__}: {error}"
    return None


def _finish_dag(reading: _Reading, dag: DagObject, reaches: tuple[Reach, ...]) -> Dag | Skipped:
    tasks = tuple(_finish_task(reading, dag, task) for task in dag.tasks.values())
    return assemble.make_dag(dag, tasks, reading.version, reaches)


def _unplaced(collector: Collector) -> list[TaskObject]:
    """Return the tasks that will run, but whose own ids or whose DAGs' ids are not known.

    Of those that a loop makes at one place, one speaks for all.
    """
    nameless = [dag for dag in collector.dags if dag.dag_id is None]
    inside = [task for dag in nameless for task in dag.tasks.values()]
    return list({task.defined_at: task for task in (*collector.unnamed, *inside)}.values())


def _said(reading: _Reading, task: TaskObject) -> list[Skipped]:
    """Say where a task that has no place in the workflow sends what."""
    recorder = _recorded(reading, task)
    sent = {one.run_at: f"{SENT_BY_UNKNOWN}: {_shown(one)}" for one in recorder.statements}
    return [*(Skipped(at, "statement", why) for at, why in sent.items()), *recorder.skipped]


def _shown(statement: Statement) -> str:
    """Return the beginning of a statement, with an ellipsis for what is not known of it."""
    parts = (part if isinstance(part, str) else "…" for part in statement.parts)
    return shorten("".join(parts), _SHOWN, placeholder="…")


def _finish_task(reading: _Reading, dag: DagObject, task: TaskObject) -> Task:
    recorder = Recorder() if reading.order_alone else _recorded(reading, task)
    return assemble.make_task(task, dag.dag_id or "", recorder, reading.version)


def _recorded(reading: _Reading, task: TaskObject) -> Recorder:
    """Return what a task does, with all that could not be read of it."""
    interpreter = reading.interpreter
    site = Site(interpreter, task.defined_at, task.defined_at.line)
    before = len(interpreter.skipped)
    recorders: list[Recorder] = []
    defect = _guarded(lambda: recorders.append(performed(task, site)[0]))
    recorder = recorders[0] if recorders else Recorder()
    if defect is not None:
        recorder.skip(task.defined_at, defect)
    for missed in interpreter.skipped[before:]:
        recorder.skip(missed.where, missed.reason)
    del interpreter.skipped[before:]
    return recorder


def _without_duplicates(dags: Sequence[Dag]) -> tuple[list[Dag], list[Skipped]]:
    """Keep the first DAG of each id, as Airflow does across files; sort out the others."""
    kept: dict[str, Dag] = {}
    skipped: list[Skipped] = []
    for dag in dags:
        first = kept.setdefault(dag.dag_id, dag)
        if first is not dag:
            reason = f"{SECOND_DAG} {dag.dag_id!r}; the first is at {first.defined_at}"
            skipped.append(Skipped(dag.defined_at, "dag", reason))
    return list(kept.values()), skipped
