"""The one place that wires the rooms together: a folder in, an analysis out."""

from __future__ import annotations

from lockplan.study.functions import analyze, list_tasks, plan
from lockplan.study.value import Study

__all__ = ["Study", "analyze", "list_tasks", "plan"]
