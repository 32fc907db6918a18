"""The proof that the patched files, read again, give the old order plus the planned edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped
from lockplan.model.workflow import Dag, Edge, Origin, Workflow
from lockplan.patching.patch import Patch

Ends = frozenset[tuple[str, str]]


def texts_to_read(patch: Patch, plans: Sequence[DagPlan], folder: Path) -> dict[Path, bytes]:
    """Return the files to read again: those that change, and those whose DAGs change with them."""
    changed = {file.path: file.after for file in patch.files}
    touched = {edge.upstream.dag_id for edge in patch.edges}
    others = {(folder / plan.dag.path).resolve() for plan in plans if plan.dag.dag_id in touched}
    return {path: path.read_bytes() for path in sorted(others - {*changed})} | changed


def verified(patch: Patch, plans: Sequence[DagPlan], again: Workflow, folder: Path) -> Patch:
    """Return the patch without the files in which a DAG would not be as it is planned."""
    read_again = {(dag.dag_id, dag.path): dag for dag in again.dags}
    bad: dict[Path, Skipped] = {}
    changed = {file.path for file in patch.files}
    for plan in plans:
        dag, files = plan.dag, _files_of(plan.dag, folder) & changed
        reason = _difference(dag, read_again.get((dag.dag_id, dag.path)), patch.edges)
        if files and reason is not None:
            text = f"the files of {dag.dag_id} are left as they are: read again, {reason}"
            bad |= dict.fromkeys(files, Skipped(dag.defined_at, "file", text))
    left = tuple(file for file in patch.files if file.path not in bad)
    lost = tuple(sorted({*patch.unplaced, *bad.values()}))
    return replace(patch, files=left, unplaced=lost) if bad else patch


def _files_of(dag: Dag, folder: Path) -> set[Path]:
    paths = {dag.path, *(reach.block.path for reach in dag.reaches)}
    return {(folder / path).resolve() for path in paths}


def _difference(dag: Dag, again: Dag | None, edges: Sequence[Edge]) -> str | None:
    if again is None:
        return "it is not there any more"
    if [task.key for task in dag.tasks] != [task.key for task in again.tasks]:
        return "it has other tasks"
    authored = _ends(dag, Origin.DATA)
    planned = {
        (edge.upstream.task_id, edge.downstream.task_id)
        for edge in edges
        if edge.upstream.dag_id == dag.dag_id
    }
    found = _ends(again, Origin.DATA) | _ends(again, Origin.GENERATED)
    if missing := sorted((authored | planned) - found):
        return f"{missing[0][1]} does not follow {missing[0][0]}"
    if more := sorted(found - authored - planned):
        return f"{more[0][1]} follows {more[0][0]}"
    return None


def _ends(dag: Dag, origin: Origin) -> Ends:
    return frozenset(
        (edge.upstream.task_id, edge.downstream.task_id)
        for edge in dag.edges
        if edge.origin is origin
    )
