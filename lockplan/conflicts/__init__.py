"""Which pairs of tasks meet, in which runs, and what already keeps them apart."""

from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.graph import build_graph
from lockplan.conflicts.horizon import ASSUMED_SCHEDULE, Clock, cron_expression, horizon

__all__ = ["ASSUMED_SCHEDULE", "Clock", "DagFacts", "build_graph", "cron_expression", "horizon"]
