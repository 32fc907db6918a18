"""Nights that are drawn: the same seed the same forecast, and what scatter does to locks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from planning.strategies import key, plain_problems

from lockplan.errors import InputError
from lockplan.model.forecast import PairRisk
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import Skips
from lockplan.planning import plan
from lockplan.simulation import forecast, problem_night, simulate
from simulation.nights import each_other, night, stops, task


def uneven(position: int, duration_s: int, p90_s: int, **more: object):
    return task(position, duration_s, job_p90_s=p90_s, **more)


def test_without_a_history_every_night_is_the_expected_one():
    certain = forecast(night([task(0, 30), task(1, 20, upstream=(0,))]), runs=5)
    assert {certain.p10_s, certain.p50_s, certain.p90_s, certain.p95_s} == {50}
    assert certain.errors == certain.pairs == ()


def test_durations_scatter_as_past_ones_did():
    found = forecast(night([uneven(0, 600, 1200)]), runs=2000, seed=1)
    assert found.p50_s == pytest.approx(600, rel=0.05)
    assert found.p90_s == pytest.approx(1200, rel=0.06)
    assert found.p10_s < found.p50_s < found.p90_s < found.p95_s


def test_durations_without_a_history_scatter_where_that_is_told():
    found = forecast(night([task(0, 600)]), runs=500, sigma=0.5)
    assert found.p10_s < 400 < 900 < found.p90_s


def test_the_same_seed_gives_the_same_forecast_and_another_seed_another():
    drawn = night([uneven(0, 60, 90), uneven(1, 60, 90)], *each_other((0, 0), (1, 0)))
    assert forecast(drawn, 20, 3) == forecast(drawn, 20, 3)
    assert forecast(drawn, 20, 3).p50_s != forecast(drawn, 20, 4).p50_s


def test_a_pair_fails_as_often_as_the_one_lasts_longer_than_the_other_is_patient():
    both = night([uneven(0, 50, 80), task(1, 10)], stops((0, 0), (1, 0)))
    found = forecast(both, runs=1000, seed=2)
    assert found.probability("1205") == pytest.approx(0.5, abs=0.06)
    assert found.any_error == found.any_failure == found.probability("1205")
    (pair,) = found.pairs
    assert (pair.holder, pair.requester, pair.waits) == (key(0), key(1), 1.0)
    assert pair.fails == found.any_error
    assert found.mean_lock_wait_s == pair.mean_wait_s


def test_a_retry_that_succeeds_leaves_the_error_but_no_failure():
    both = night([task(0, 100), task(1, 10, retries=2)], stops((0, 0), (1, 0)))
    found = forecast(both, runs=3)
    assert (found.probability("1205"), found.any_failure) == (1.0, 0.0)
    assert found.pairs == (PairRisk(key(0), key(1), 1.0, 1.0, 50.0),)


def test_deadlocks_are_counted_by_their_own_code():
    opposite = (stops((0, 0), (1, 1)), stops((1, 0), (0, 1)))
    found = forecast(night([task(0, 40, 2), task(1, 20, 2)], *opposite), runs=3)
    assert found.errors == (("1213", 1.0),)


def test_branches_are_drawn():
    tasks = [
        task(0, 0, job_skips=Skips.DIRECT),
        task(1, 100, upstream=(0,)),
        task(2, 10, upstream=(0,)),
    ]
    found = forecast(night(tasks), runs=300)
    assert (found.p10_s, found.p95_s) == (10, 100)


def test_a_forecast_of_no_nights_is_refused():
    with pytest.raises(InputError, match="0 nights tell nothing"):
        forecast(night([task(0)]), runs=0)


@settings(max_examples=40, deadline=None)
@given(plain_problems())
def test_a_planned_night_never_waits_whatever_the_durations(problem):
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    edges = [(position[e.upstream], position[e.downstream]) for e in plan(problem).edges]
    planned = problem_night(problem, dict.fromkeys(problem.conflicts, Outcome.WAIT), edges)
    found = forecast(planned, runs=5, sigma=1.0)
    assert (found.mean_lock_wait_s, found.any_error, found.pairs) == (0.0, 0.0, ())


@settings(max_examples=40, deadline=None)
@given(plain_problems())
def test_a_night_that_does_not_scatter_is_the_one_that_is_shown(problem):
    base = problem_night(problem, dict.fromkeys(problem.conflicts, Outcome.WAIT))
    impatient = replace(base, servers=replace(base.servers, innodb_lock_wait_timeout_s=15.0))
    timeline, found = simulate(impatient), forecast(impatient, runs=2)
    assert found.p10_s == found.p95_s == timeline.makespan_s
    assert found.mean_lock_wait_s == pytest.approx(timeline.lock_wait_s)
    assert found.any_failure == bool(timeline.failed())
