"""What all scenarios of a study share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from lockplan.conflicts import DagFacts, dag_facts
from lockplan.model.access import Footprint
from lockplan.model.analysis import Analysis
from lockplan.model.conflict import ConflictGraph
from lockplan.model.verdict import Protect
from lockplan.model.workflow import TaskKey
from lockplan.settings import Settings
from lockplan.study.changes import Changes, SqlChanges
from lockplan.study.clock import starts
from lockplan.study.sql_changes import changed_graph


class Base:
    """What all scenarios of a study share; who meets whom is kept for each change of it."""

    def __init__(self, analysis: Analysis, settings: Settings, protect: Protect) -> None:
        self.analysis = analysis
        self.settings = settings
        self.protect = protect
        self.plans = {plan.dag.dag_id: plan for plan in analysis.plans}
        nothing = SqlChanges()
        self._graphs = {nothing: (analysis.footprints, analysis.graph)}

    @cached_property
    def facts(self) -> Mapping[str, DagFacts]:
        """When the runs of each DAG start."""
        return dag_facts(self.analysis.workflow, self.settings.timing(self.analysis.workflow))

    @cached_property
    def durations_s(self) -> Mapping[TaskKey, float]:
        """How long each task is expected to take."""
        jobs = (job for plan in self.analysis.plans for job in plan.problem.jobs)
        return {job.key: float(job.duration_s) for job in jobs}

    @cached_property
    def starts_s(self) -> Mapping[str, float]:
        """Seconds from the beginning of the clock to the start of each DAG."""
        moments = starts(self.facts, self.settings.logical_date)
        first = min(moments.values(), default=self.settings.logical_date)
        return {
            dag_id: (moments[dag_id] - first).total_seconds() if dag_id in moments else 0.0
            for dag_id in self.plans
        }

    def window_s(self, dag_id: str, changes: Changes) -> tuple[float, float]:
        """Return from when to when a DAG may be at work, every task failing but its last time."""
        start_s = self.starts_s[dag_id] + changes.shifts_s.get(dag_id, 0.0)
        work_s, late_s = float(self.facts[dag_id].busy_s), 0.0
        for task in self.plans[dag_id].dag.tasks:
            expected_s, retries, delays_s = self.durations_s[task.key], task.retries, 0.0
            now_s = changes.durations_s.get(task.key, expected_s)
            if changes.retries is not None:
                retries, delay_s = changes.retries
                delays_s = retries * delay_s - task.retry_wait_s
            work_s += now_s * (1 + retries) - expected_s * (1 + task.retries) + delays_s
            late_s = max(late_s, changes.late_s.get(task.key, 0.0))
        return start_s, start_s + (work_s + late_s) * changes.days

    def graph(self, changes: SqlChanges) -> tuple[tuple[Footprint, ...], ConflictGraph]:
        """Return what the tasks touch and who meets whom."""
        if changes not in self._graphs:
            made = changed_graph(self.analysis, self.settings, self.facts, changes)
            self._graphs[changes] = made
        return self._graphs[changes]
