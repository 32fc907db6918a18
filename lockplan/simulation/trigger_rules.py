"""What Airflow's scheduler does with a waiting task, given how its direct upstream tasks ended."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from lockplan.model.timeline import RunState
from lockplan.model.workflow import TriggerRule


class Decision(StrEnum):
    """The scheduler's answer for one task."""

    WAIT = "wait"
    RUN = "run"
    SKIP = "skip"
    FAIL = "fail with an upstream task"


def decide(rule: TriggerRule, upstream: Sequence[RunState | None]) -> Decision:
    """Apply a trigger rule to the upstream states, None for a task that has not ended.

    A task may be skipped or fail as soon as one upstream task ended the wrong way, while others
    still run. Source: Airflow's ``TriggerRuleDep``, 2.11 and 3.3. Setup tasks are not known here:
    ``all_done_setup_success`` runs when all have ended.
    """
    if not upstream or rule is TriggerRule.ALWAYS:
        return Decision.RUN
    counts = _Counts(upstream)
    if counts.fails(rule):
        return Decision.FAIL
    if counts.skips(rule):
        return Decision.SKIP
    return Decision.RUN if counts.runs(rule) else Decision.WAIT


class _Counts:
    """How many upstream tasks ended in which way."""

    def __init__(self, upstream: Sequence[RunState | None]) -> None:
        self.all = len(upstream)
        self.success = upstream.count(RunState.SUCCESS)
        self.skipped = upstream.count(RunState.SKIPPED)
        self.failed = upstream.count(RunState.FAILED)
        self.troubled = self.failed + upstream.count(RunState.UPSTREAM_FAILED)
        self.done = self.success + self.skipped + self.troubled == self.all

    def fails(self, rule: TriggerRule) -> bool:
        match rule:
            case (
                TriggerRule.ALL_SUCCESS
                | TriggerRule.NONE_FAILED
                | TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
            ):
                return self.troubled > 0
            case TriggerRule.ONE_SUCCESS:
                return self.done and not self.success and self.skipped < self.all
            case TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
                return self.troubled == self.all
        return False

    def skips(self, rule: TriggerRule) -> bool:
        match rule:
            case (
                TriggerRule.ALL_SUCCESS
                | TriggerRule.NONE_SKIPPED
                | TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
            ):
                return self.skipped > 0
            case TriggerRule.ALL_FAILED:
                return self.success + self.skipped > 0
            case TriggerRule.ALL_SKIPPED:
                return self.success + self.troubled > 0
            case TriggerRule.ONE_FAILED:
                return self.done and not self.troubled
            case TriggerRule.ONE_DONE:
                return self.done and not self.success + self.failed
            case TriggerRule.ONE_SUCCESS | TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
                return self.skipped == self.all
        return False

    def runs(self, rule: TriggerRule) -> bool:
        match rule:
            case TriggerRule.ONE_SUCCESS:
                return self.success > 0
            case TriggerRule.ONE_FAILED:
                return self.troubled > 0
            case TriggerRule.ONE_DONE:
                return self.success + self.failed > 0
        return self.done
