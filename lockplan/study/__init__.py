"""The one place that wires the rooms together: a folder in, an analysis out."""

from __future__ import annotations

from lockplan.study.functions import analyze, list_tasks, plan
from lockplan.study.scenario import Scenario
from lockplan.study.value import Study

__all__ = ["Scenario", "Study", "analyze", "list_tasks", "plan"]
