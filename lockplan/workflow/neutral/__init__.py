"""Workflow files: tasks, order, durations and resources in YAML or JSON, for any orchestrator."""

from __future__ import annotations

from pathlib import Path

from lockplan.model.workflow import Workflow

_SUFFIXES = (".yaml", ".yml", ".json")


def is_workflow_file(path: Path) -> bool:
    """Whether a path names a workflow file, and no folder or file of DAGs."""
    return path.suffix.lower() in _SUFFIXES and not path.is_dir()


def read_workflow_file(path: Path) -> Workflow:
    """Read a workflow file.

    Raises
    ------
    WorkflowFileError
        The file cannot be used; it names all problems at once, each with its line.
    """
    from lockplan.workflow.neutral.read import read_file  # few analyses need it

    return read_file(path)
