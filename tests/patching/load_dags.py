"""Loads folders of DAG files with a real Airflow: run by that Airflow's own interpreter.

load_dags.py RESULT.json FOLDER...    writes {folder: {"edges": …, "weights": …, "errors": …}}
"""

import json
import sys
from pathlib import Path

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag


def edges(dag):
    return sorted([task.task_id, below] for task in dag.tasks for below in task.downstream_task_ids)


def weights(dag):
    return {task.task_id: [task.priority_weight, rule(task.weight_rule)] for task in dag.tasks}


def rule(value):
    """Return a weight rule's name: Airflow 2 keeps an object, Airflow 3 the text."""
    return value if isinstance(value, str) else type(value).__name__


def loaded(folder):
    bag = DagBag(dag_folder=str(folder))
    return {
        "edges": {dag_id: edges(dag) for dag_id, dag in bag.dags.items()},
        "weights": {dag_id: weights(dag) for dag_id, dag in bag.dags.items()},
        "errors": {Path(path).name: str(text) for path, text in bag.import_errors.items()},
    }


if __name__ == "__main__":
    result, *folders = sys.argv[1:]
    Path(result).write_text(json.dumps({folder: loaded(folder) for folder in folders}))
