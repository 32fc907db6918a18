"""Which pairs of tasks meet, in which runs, and what already keeps them apart."""

from lockplan.conflicts.cliques import cliques
from lockplan.conflicts.facts import ASSUMED, DagFacts, Timing, dag_facts
from lockplan.conflicts.graph import build_graph, compared_again
from lockplan.conflicts.horizon import ASSUMED_SCHEDULE, Clock, cadences, cron_expression, horizon

__all__ = [
    "ASSUMED",
    "ASSUMED_SCHEDULE",
    "Clock",
    "DagFacts",
    "Timing",
    "build_graph",
    "cadences",
    "cliques",
    "compared_again",
    "cron_expression",
    "dag_facts",
    "horizon",
]
