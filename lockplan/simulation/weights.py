"""Airflow's priority weights: which weights add up to a task's urgency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.workflow import WeightRule


def total_weights(own: Sequence[int], rules: Sequence[WeightRule], graph: OrderGraph) -> list[int]:
    """Return each task's own weight with those that its rule adds."""
    of_weight: dict[int, int] = defaultdict(int)
    for n, weight in enumerate(own):
        of_weight[weight] |= 1 << n
    counted = {WeightRule.DOWNSTREAM: _after(graph), WeightRule.UPSTREAM: graph.reached}
    totals = []
    for n, rule in enumerate(rules):
        others = counted[rule][n] if rule in counted else 0
        added = (weight * (others & tasks).bit_count() for weight, tasks in of_weight.items())
        totals.append(own[n] + sum(added))
    return totals


def _after(graph: OrderGraph) -> list[int]:
    """Return, as bits, all tasks after each task."""
    after = [0] * len(graph.tasks)
    for node in reversed(graph.topological):
        for below in graph.downstream[node]:
            after[node] |= after[below] | 1 << below
    return after
