"""What stands in the way of a patch although its files could be edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.model.place import Skipped
from lockplan.model.workflow import Workflow
from lockplan.patching.patch import Patch
from lockplan.workflow.airflow.tasks import UNKNOWN_ID
from lockplan.workflow.read import SECOND_DAG, SENT_BY_UNKNOWN
from lockplan.workflow.refusals import UNFINISHED_MERGE

_NAME_IT = "give it an id that stands in the file, or a pool with one slot"


def with_refusals(patch: Patch, workflow: Workflow) -> Patch:
    """Return the patch with what its owner must set right first.

    Tasks whose ids only a run knows are refused where every file has some and nothing is written;
    beside other DAGs, they are said.
    """
    nameless = tuple(_nameless(workflow))
    others = {dag.path for dag in workflow.dags} - {missed.where.path for missed in nameless}
    if patch.files or others:
        unplaced = tuple(sorted({*patch.unplaced, *nameless}))
        return replace(
            patch, unplaced=unplaced, refused=(*patch.refused, *_owners(patch, workflow))
        )
    return replace(patch, refused=(*patch.refused, *_owners(patch, workflow), *nameless))


def _owners(patch: Patch, workflow: Workflow) -> Iterator[Skipped]:
    """Yield merges that were not finished, and the second DAG of an id that gets edges."""
    dag_ids = {repr(edge.upstream.dag_id) for edge in (*patch.edges, *patch.lost)}
    for missed in workflow.skipped:
        if missed.what == "file" and UNFINISHED_MERGE in missed.reason:
            yield missed
        same_id = missed.what == "dag" and missed.reason.startswith(SECOND_DAG)
        if same_id and any(f"{SECOND_DAG} {dag_id};" in missed.reason for dag_id in dag_ids):
            yield replace(missed, reason=f"{missed.reason}; give each an id of its own")


def _nameless(workflow: Workflow) -> Iterator[Skipped]:
    """Yield the tasks that send SQL under ids that are not known."""
    sends = any(missed.reason.startswith(SENT_BY_UNKNOWN) for missed in workflow.skipped)
    for missed in workflow.skipped if sends else ():
        if missed.what == "task" and missed.reason.startswith(UNKNOWN_ID):
            yield replace(missed, reason=f"{missed.reason}; {_NAME_IT}")
