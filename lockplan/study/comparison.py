"""Scenarios side by side, and what each edge of one costs and protects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lockplan.model.workflow import Edge
from lockplan.study.frames import EDGES, edge_row, frame

if TYPE_CHECKING:
    import pandas as pd

    from lockplan.study.scenario import Scenario

_COMPARED = (
    "scenario",
    "finish_p50_min",
    "finish_p95_min",
    "lock_wait_min",
    "p_1205",
    "p_1213",
    "p_failure",
    "edges",
    "unordered",
    "peak",
)
_PRICES = (*EDGES, "price_min", "unordered", "lock_wait_min", "errors")


def compared(scenarios: Iterable[Scenario], runs: int, seed: int) -> pd.DataFrame:
    """Return one row per scenario."""
    rows = [_compared(each, runs, seed) for each in scenarios]
    return frame(rows, _COMPARED).set_index("scenario")


def _compared(scenario: Scenario, runs: int, seed: int) -> dict[str, object]:
    expected = scenario.forecast(runs, seed)
    return {
        "scenario": str(scenario),
        "finish_p50_min": minutes(expected.p50_s),
        "finish_p95_min": minutes(expected.p95_s),
        "lock_wait_min": minutes(expected.mean_lock_wait_s),
        "p_1205": expected.probability("1205"),
        "p_1213": expected.probability("1213"),
        "p_failure": expected.any_failure,
        "edges": len(scenario.ordering),
        "unordered": len(scenario.unordered),
        "peak": scenario.timeline().peak,
    }


def edge_prices(scenario: Scenario) -> pd.DataFrame:
    """Return one row per ordering edge of a scenario, the dearest first."""
    rows = [_price(scenario, edge) for edge in scenario.ordering]
    return frame(rows, _PRICES).sort_values("price_min", ascending=False, ignore_index=True)


def _price(scenario: Scenario, edge: Edge) -> dict[str, object]:
    without = scenario.without_edge(edge.upstream, edge.downstream)
    now, then = scenario.timeline(), without.timeline()
    return {
        **edge_row(edge),
        "price_min": minutes(now.makespan_s - then.makespan_s),
        "unordered": len(without.unordered) - len(scenario.unordered),
        "lock_wait_min": minutes(then.lock_wait_s - now.lock_wait_s),
        "errors": len(then.errors()) - len(now.errors()),
    }


def minutes(seconds: float) -> float:
    """Return seconds as minutes, as exact as a table needs them."""
    return round(seconds / 60, 1)
