"""The simulated night beside the same one on a real MySQL, in real time at a fiftieth of it."""

import json
from datetime import datetime

import pytest
from servers import Server

import lockplan
from lockplan.model.analysis import Analysis

from .nights import SAMPLES
from .real_nights import compare, night_of, pairs, simulate

SCALE = 1 / 50
TIMEOUT_S = 50.0


@pytest.fixture(scope="module")
def sample() -> Analysis:
    """The sample on the last day of its rows."""
    return lockplan.analyze(
        SAMPLES / "dags", schema=SAMPLES / "schema.sql", logical_date=datetime(2026, 11, 15)
    ).analysis


def test_the_same_tasks_lose_their_locks_in_the_simulation_and_on_a_server(
    mysql_server: Server, sample: Analysis
) -> None:
    both = compare(mysql_server, sample, "auto", planned=False, scale=SCALE, timeout_s=TIMEOUT_S)
    assert both.measured.errors()
    assert sorted(both.measured.errors()) == sorted(both.simulated.errors())
    assert both.not_foreseen == both.only_measured == set()
    assert both.both


def test_nobody_waits_in_the_planned_order_on_a_server(
    mysql_server: Server, sample: Analysis
) -> None:
    both = compare(mysql_server, sample, "auto", planned=True, scale=SCALE, timeout_s=TIMEOUT_S)
    assert both.measured.errors() == both.simulated.errors() == ()
    assert pairs(both.measured) == pairs(both.simulated) == set()
    assert both.measured.makespan_s == pytest.approx(both.simulated.makespan_s, rel=0.25)


@pytest.mark.parametrize("dag_id", ["auto", "inten"])
def test_the_saved_measurements_are_of_the_sample_and_as_simulated(
    sample: Analysis, dag_id: str
) -> None:
    saved = json.loads((SAMPLES / "measurements.json").read_text(encoding="utf-8"))
    for name, planned in (("as it stands", False), ("planned", True)):
        measured = saved["nights"][f"{dag_id}, {name}"]["tasks"]
        simulated = simulate(night_of(sample, dag_id, planned=planned, timeout_s=TIMEOUT_S))
        assert [task for task, *_ in measured] == [str(run.task) for run in simulated.runs]
        failed = {task: error for task, *_, error in measured if error}
        assert failed == {str(key): error for key, error in simulated.errors()}
        end_s = max(end_s for *_, end_s, _ in measured)
        assert end_s == pytest.approx(simulated.makespan_s, rel=0.15)
