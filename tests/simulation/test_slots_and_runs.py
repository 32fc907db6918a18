"""Who runs when: executors, queues, limits, weights, several DAGs and several runs on one clock."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.strategies import awkward_problems, key

from lockplan.errors import InputError
from lockplan.model.night import Executor, ExecutorKind, NightRun
from lockplan.model.problem import Pool
from lockplan.model.timeline import DagRun, RunState
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import TriggerRule, WeightRule
from lockplan.simulation import problem_night, simulate
from simulation.nights import each_other, ends, night, spans, starts, stops, task, waits

CELERY = ExecutorKind.CELERY


def test_the_sequential_executor_runs_one_after_another():
    alone = Executor(8, ExecutorKind.SEQUENTIAL)
    assert ends(simulate(night([task(0), task(1)], executor=alone))) == [10, 20]


def test_a_celery_queue_has_the_slots_of_its_own_workers():
    workers = Executor(0, CELERY, queues=(("default", 2), ("heavy", 1)), parallelism=32)
    tasks = [task(0, queue="heavy"), task(1, queue="heavy"), task(2), task(3)]
    timeline = simulate(night(tasks, executor=workers))
    assert starts(timeline) == [0, 10, 0, 0]
    assert timeline.slots == 3


def test_a_queue_that_no_worker_serves_is_refused():
    workers = Executor(0, CELERY, queues=(("default", 2),))
    with pytest.raises(InputError, match="no worker serves its queue 'heavy'"):
        simulate(night([task(0, queue="heavy")], executor=workers))


def test_parallelism_limits_what_the_workers_get():
    workers = Executor(8, CELERY, parallelism=1)
    assert ends(simulate(night([task(0), task(1)], executor=workers))) == [10, 20]


def test_a_queued_task_occupies_its_pool_while_it_waits_for_a_worker():
    tasks = [
        task(0, job_priority_weight=9),
        task(1, job_pool="db"),
        task(2, job_pool="db", job_priority_weight=8, not_before_s=5.0),  # more urgent, too late
    ]
    workers = Executor(1, CELERY, parallelism=8)
    timeline = simulate(night(tasks, executor=workers, pools=(Pool("db", 1),)))
    assert starts(timeline) == [0, 10, 20]


def test_a_task_takes_as_many_slots_of_its_pool_as_it_says():
    tasks = [task(n, job_pool="db", job_pool_slots=slots) for n, slots in enumerate((2, 2, 1))]
    timeline = simulate(night(tasks, pools=(Pool("db", 3),)))
    assert starts(timeline) == [0, 10, 0]


@pytest.mark.parametrize(
    ("rule", "starts_s"),
    [
        (WeightRule.DOWNSTREAM, [0, 20, 10, 30]),  # t00 has t02 after it
        (WeightRule.ABSOLUTE, [10, 0, 20, 30]),
        (WeightRule.UPSTREAM, [20, 0, 30, 10]),  # t03 comes after one that has run
    ],
)
def test_weight_rules_decide_who_comes_first(rule, starts_s):
    tasks = [
        task(0, job_priority_weight=1, weight_rule=rule),
        task(1, job_priority_weight=2, weight_rule=rule),
        task(2, job_priority_weight=1, weight_rule=rule, upstream=(0,)),
        task(3, job_priority_weight=1, weight_rule=rule, upstream=(1,)),
    ]
    if rule is WeightRule.DOWNSTREAM:
        tasks[2] = replace(tasks[2], job=replace(tasks[2].job, priority_weight=5))
    assert starts(simulate(night(tasks, executor=Executor(1)))) == starts_s


def test_a_dag_runs_no_more_tasks_than_max_active_tasks():
    run = NightRun("night", max_active_tasks=1)
    assert ends(simulate(night([task(0), task(1)], runs=(run,)))) == [10, 20]


@pytest.mark.parametrize(("airflow", "starts_s"), [(3, [0, 0]), (2, [0, 10])])
def test_max_active_tasks_holds_for_each_run_since_airflow_3(airflow, starts_s):
    runs = (NightRun("night", max_active_tasks=1), NightRun("night", 1, max_active_tasks=1))
    both = night([task(0), task(0, run=1)], runs=runs, airflow_major=airflow)
    assert starts(simulate(both)) == starts_s


def test_two_dags_share_the_clock_the_slots_and_the_tables():
    runs = (NightRun("night", starts_s=5), NightRun("other"))
    both = night([task(0, 20), task(1, 20, run=1)], *each_other((0, 0), (1, 0)), runs=runs)
    timeline = simulate(both)
    assert spans(timeline) == [(5, 40), (0, 20)]
    assert waits(timeline.runs[0]) == [(5, 20, key(1))]
    assert [run.start_s for run in timeline.dag_runs] == [5, 0]
    assert ends(simulate(replace(both, executor=Executor(1)))) == [40, 20]


def test_a_backfill_runs_as_many_runs_at_a_time_as_the_dag_allows():
    days = tuple(
        NightRun("night", n, 0.0, datetime(2026, 1, 1 + n), max_active_runs=2) for n in range(3)
    )
    week = night([task(0, 10 + n, run=n) for n in range(3)], runs=days)
    timeline = simulate(week)
    assert starts(timeline) == [0, 0, 10]
    assert timeline.dag_runs[2] == DagRun("night", 2, 10, datetime(2026, 1, 3))
    assert [run.run for run in timeline.runs] == [0, 1, 2]


def test_the_earlier_run_comes_first_where_weights_are_equal():
    days = (NightRun("night", 0, 0), NightRun("night", 1, 5))
    tasks = [task(0, 10), task(1, run=1), task(1)]
    assert starts(simulate(night(tasks, runs=days, executor=Executor(1)))) == [0, 20, 10]


def test_a_task_that_depends_on_its_past_waits_for_its_last_run():
    days = (NightRun("night"), NightRun("night", 1))
    both = [task(0, 30), task(0, 10, run=1, past=0)]
    assert spans(simulate(night(both, runs=days)))[1] == (30, 40)


def test_a_task_whose_last_run_failed_is_kept_back_for_ever():
    days = (NightRun("night"), NightRun("night", 1))
    both = [task(0, 30, fails=True), task(0, 10, run=1, past=0)]
    states = [run.state for run in simulate(night(both, runs=days)).runs]
    assert states == [RunState.FAILED, RunState.UPSTREAM_FAILED]


def test_a_sensor_waits_in_its_slot_for_the_other_dags_task():
    runs = (NightRun("night"), NightRun("other"))
    tasks = [task(0, 0, awaits=(2,)), task(1, upstream=(0,)), task(2, 30, run=1)]
    assert spans(simulate(night(tasks, runs=runs))) == [(0, 30), (30, 40), (0, 30)]


def test_sensors_that_wait_for_each_other_stay_in_their_slots_to_the_end():
    runs = (NightRun("night"), NightRun("other"))
    tasks = [task(0, 5, awaits=(1,)), task(1, 5, awaits=(0,), run=1), task(2, 30)]
    timeline = simulate(night(tasks, runs=runs))
    assert spans(timeline) == [(0, 30), (0, 30), (0, 30)]
    assert timeline.runs[0].state is RunState.UPSTREAM_FAILED


def test_a_task_may_be_late():
    late = [task(0, not_before_s=40.0), task(1, upstream=(0,))]
    assert starts(simulate(night(late, runs=(NightRun("night", starts_s=60),)))) == [100, 110]


def test_the_scheduler_takes_a_moment_between_tasks():
    both = night([task(0), task(1, upstream=(0,))], scheduler_latency_s=2.0)
    assert spans(simulate(both)) == [(2, 12), (14, 24)]


def test_a_failure_told_stops_what_comes_after_it():
    tasks = [
        task(0, fails=True),
        task(1, upstream=(0,)),
        task(2, upstream=(0,), job_trigger_rule=TriggerRule.ALL_DONE),
    ]
    timeline = simulate(night(tasks))
    assert [run.state for run in timeline.runs] == [
        RunState.FAILED,
        RunState.UPSTREAM_FAILED,
        RunState.SUCCESS,
    ]
    assert timeline.errors() == ()


def test_utilisation_counts_waits_for_locks_as_time_in_a_slot():
    timeline = simulate(night([task(0, 10), task(1, 10)], *each_other((0, 0), (1, 0))))
    assert (timeline.peak, timeline.slots, timeline.utilisation) == (2, 2, 0.75)


@settings(max_examples=60, deadline=None)
@given(awkward_problems(most=8), st.integers(1, 3), st.integers(0, 2))
def test_no_slot_is_taken_twice_and_the_order_is_kept(problem, workers, retries):
    meetings = dict.fromkeys(problem.conflicts, Outcome.WAIT)
    base = problem_night(problem, meetings)
    tasks = tuple(replace(each, retries=retries, retry_delay_s=3.0) for each in base.tasks)
    timeline = simulate(replace(base, tasks=tasks, executor=Executor(workers)))
    assert timeline.peak <= workers
    for above, below in problem.order:
        if problem.jobs[below].trigger_rule is TriggerRule.ALL_SUCCESS:
            first, second = timeline.runs[above], timeline.runs[below]
            assert first.end_s <= second.start_s or second.state is not RunState.SUCCESS


@settings(max_examples=60, deadline=None)
@given(awkward_problems(most=8))
def test_nobody_holds_what_stops_another_that_works(problem):
    base = problem_night(problem, dict.fromkeys(problem.conflicts, Outcome.WAIT))
    timeline = simulate(base)
    for a, b in problem.conflicts:
        one, other = timeline.runs[a], timeline.runs[b]
        if {one.state, other.state} == {RunState.SUCCESS}:
            begun = [run.end_s - run.work_s for run in (one, other)]
            assert begun[0] >= other.end_s or begun[1] >= one.end_s


def test_who_holds_what_stops_another_only_in_its_own_run():
    days = (NightRun("night"), NightRun("night", 1))
    tasks = [task(0), task(1), task(0, run=1), task(1, run=1)]
    timeline = simulate(night(tasks, stops((2, 0), (3, 0)), runs=days))
    assert [bool(run.waits) for run in timeline.runs] == [False, False, False, True]
    assert (timeline.runs[3].waits[0].holder_run, timeline.runs[3].run) == (1, 1)
