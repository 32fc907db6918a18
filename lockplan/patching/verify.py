"""The proof that the patched files, read again, give the old order plus the planned edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped
from lockplan.model.workflow import Dag, Edge, Origin, Workflow
from lockplan.patching.lines import Style
from lockplan.patching.patch import Patch, make_patch

Ends = frozenset[tuple[str, str]]
Reader = Callable[[Mapping[Path, bytes]], Workflow]
"""Reads the folder again, with other texts in place of files."""


def proven_patch(
    plans: Sequence[DagPlan],
    folder: Path,
    read: Reader,
    *,
    style: Style | str = Style.SET_UPSTREAM,
    priority_weights: bool = False,
) -> Patch:
    """Return the patch, as `make_patch` does, without files that would not be as planned."""
    dags = [plan.dag for plan in plans]
    at_end: set[str] = set()
    while True:
        patch = make_patch(
            plans, folder, style=style, priority_weights=priority_weights, at_end=at_end
        )
        texts = {file.path: file.after for file in patch.files}
        wrong = _differences(patch, plans, read(texts), folder) if texts else {}
        if at_end.issuperset(wrong):
            return _without(patch, dags, wrong, folder) if wrong else patch
        at_end.update(wrong)


def _differences(
    patch: Patch, plans: Sequence[DagPlan], again: Workflow, folder: Path
) -> dict[str, str]:
    """Return for each DAG that would not be as it is planned, what would be wrong."""
    read_again = {(dag.dag_id, dag.path): dag for dag in again.dags}
    changed = {file.path for file in patch.files}
    found = {
        plan.dag.dag_id: _difference(
            plan.dag, read_again.get((plan.dag.dag_id, plan.dag.path)), patch.edges
        )
        for plan in plans
        if _files_of(plan.dag, folder) & changed
    }
    return {dag_id: reason for dag_id, reason in found.items() if reason is not None}


def _without(patch: Patch, dags: Iterable[Dag], wrong: Mapping[str, str], folder: Path) -> Patch:
    """Return the patch without the files of DAGs that would not be as they are planned."""
    bad: dict[Path, Skipped] = {}
    for dag in dags:
        if dag.dag_id in wrong:
            reason = f"read again, {wrong[dag.dag_id]}"
            text = f"the files of {dag.dag_id} are left as they are: {reason}"
            missed = Skipped(dag.defined_at, "file", text)
            bad |= dict.fromkeys(_files_of(dag, folder), missed)
    left = tuple(file for file in patch.files if file.path not in bad)
    lost = tuple(sorted({*patch.unplaced, *bad.values()}))
    return replace(patch, files=left, unplaced=lost)


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
