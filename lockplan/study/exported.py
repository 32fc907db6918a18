"""A scenario as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lockplan.model.timeline import TaskRun
from lockplan.study.frames import edge_row

if TYPE_CHECKING:
    from lockplan.study.answers import Answers


def scenario_json(scenario: Answers) -> str:
    """Return what was changed, the ordering edges and the night, with a final newline."""
    timeline = scenario.timeline()
    document = {
        "scenario": str(scenario),
        "changes": list(scenario.said),
        "dags": list(scenario.dag_ids),
        "finish_s": timeline.makespan_s,
        "lock_wait_s": timeline.lock_wait_s,
        "peak": timeline.peak,
        "unordered": [[str(key) for key in each.key] for each in scenario.unordered],
        "edges": [edge_row(edge) for edge in scenario.ordering],
        "runs": [_run(run) for run in timeline.runs],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _run(run: TaskRun) -> dict[str, Any]:
    return {
        "task": str(run.task),
        "run": run.run,
        "state": str(run.state),
        "start_s": run.start_s,
        "end_s": run.end_s,
        "error": run.error,
        "waits": [
            {
                "start_s": wait.start_s,
                "end_s": wait.end_s,
                "holder": str(wait.holder),
                "table": wait.table,
            }
            for wait in run.waits
        ],
    }
