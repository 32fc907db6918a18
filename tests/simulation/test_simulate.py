from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from planning.strategies import awkward_problems, job, key, plain_problems

from lockplan.errors import InputError
from lockplan.model.night import LockSystem, ServerSettings
from lockplan.model.problem import Pair, Pool, Problem
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import TaskKey, TriggerRule
from lockplan.planning import plan
from lockplan.simulation import problem_night
from lockplan.simulation import simulate as simulate_night

WAIT, DEADLOCK, RACE = Outcome.WAIT, Outcome.DEADLOCK, Outcome.RACE


def simulate(
    problem: Problem,
    meetings: dict[Pair, Outcome],
    *,
    edges: Iterable[Pair] = (),
    lock_wait_timeout_s: float = 50.0,
    system: LockSystem = LockSystem.INNODB_ROWS,
) -> Timeline:
    """Run tasks that are one statement each, on a server that ends a connection at once."""
    night = problem_night(problem, meetings, edges)
    servers = ServerSettings(innodb_lock_wait_timeout_s=lock_wait_timeout_s, disconnect_s=0.0)
    met = tuple(replace(each, table="stats.daily", system=system) for each in night.encounters)
    return simulate_night(replace(night, encounters=met, servers=servers))


def waits(run: TaskRun) -> list[tuple[float, float, TaskKey]]:
    return [(wait.start_s, wait.end_s, wait.holder) for wait in run.waits]


def spans(timeline: Timeline) -> list[tuple[float, float]]:
    return [(run.start_s, run.end_s) for run in timeline.runs]


def states(timeline: Timeline) -> list[RunState]:
    return [run.state for run in timeline.runs]


def test_tasks_that_do_not_meet_run_side_by_side():
    timeline = simulate(Problem((job(0), job(1)), (), (), workers=2), {})
    assert spans(timeline) == [(0, 10), (0, 10)]
    assert timeline.lock_wait_s == 0


def test_a_task_waits_for_the_lock_of_one_that_started_before():
    timeline = simulate(Problem((job(0, 30), job(1, 5)), (), (), workers=2), {(0, 1): WAIT})
    waiting = timeline.runs[1]
    assert waits(waiting) == [(0, 30, key(0))]
    assert waiting.waits[0].table == "stats.daily"
    assert (waiting.start_s, waiting.end_s, waiting.work_s) == (0, 35, 5)
    assert timeline.makespan_s == 35


def test_a_wait_longer_than_the_servers_timeout_ends_the_task_and_stops_those_after_it():
    problem = Problem((job(0, 60, priority_weight=9), job(1), job(2)), ((1, 2),), (), workers=3)
    timeline = simulate(problem, {(0, 1): WAIT}, lock_wait_timeout_s=50)
    assert states(timeline) == [RunState.SUCCESS, RunState.FAILED, RunState.UPSTREAM_FAILED]
    assert (timeline.runs[1].error, timeline.runs[1].end_s) == ("1205", 50)
    assert timeline.failed() == (timeline.runs[1],)
    assert spans(timeline)[2] == (50, 50)


def test_a_wait_as_long_as_the_timeout_is_not_too_long():
    timeline = simulate(Problem((job(0, 50), job(1)), (), (), workers=2), {(0, 1): WAIT})
    assert timeline.runs[1].state is RunState.SUCCESS


def test_a_task_that_failed_in_its_wait_no_longer_stands_in_the_way():
    jobs = (job(0, 80, priority_weight=9), job(1, priority_weight=8), job(2), job(3, 1))
    problem = Problem(jobs, ((3, 2),), (), workers=4)
    timeline = simulate(problem, {(0, 1): WAIT, (1, 2): WAIT}, lock_wait_timeout_s=50)
    assert timeline.runs[1].error == "1205"
    assert waits(timeline.runs[2]) == [(1, 50, key(1))]
    assert timeline.runs[2].end_s == 60


def test_three_that_meet_are_served_in_the_order_in_which_they_came():
    problem = Problem(tuple(job(n, 10, priority_weight=9 - n) for n in range(3)), (), (), 3)
    meetings = {(0, 1): WAIT, (0, 2): WAIT, (1, 2): WAIT}
    timeline = simulate(problem, meetings)
    assert [run.end_s for run in timeline.runs] == [10, 20, 30]
    assert [wait.holder for wait in timeline.runs[2].waits] == [key(0), key(1)]
    assert timeline.lock_wait_s == 30


def test_a_waiting_task_occupies_its_worker():
    problem = Problem((job(0, 30), job(1), job(2)), (), (), workers=2)
    timeline = simulate(problem, {(0, 1): WAIT})
    assert timeline.runs[2].start_s == 30


def test_the_later_of_two_that_would_deadlock_fails_at_once():
    problem = Problem((job(0), job(1, 3), job(2)), ((1, 2),), (), workers=3)
    timeline = simulate(problem, {(0, 2): DEADLOCK})
    assert timeline.runs[2].error == "1213"
    assert spans(timeline)[2] == (3, 3)
    assert timeline.runs[0].state is RunState.SUCCESS


def test_a_race_makes_nobody_wait():
    timeline = simulate(Problem((job(0), job(1)), (), (), workers=2), {(0, 1): RACE})
    assert timeline.makespan_s == 10


def test_weights_of_all_tasks_after_it_make_a_task_urgent():
    # one worker: t01 has two tasks after it and goes first
    problem = Problem((job(0), job(1), job(2), job(3)), ((1, 2), (2, 3)), (), workers=1)
    assert [run.start_s for run in simulate(problem, {}).runs] == [20, 0, 10, 30]


def test_a_full_pool_lets_others_pass():
    jobs = (job(0, pool="db"), job(1, pool="db"), job(2))
    problem = Problem(jobs, (), (), workers=2, pools=(Pool("db", 1),))
    assert [run.start_s for run in simulate(problem, {}).runs] == [0, 10, 0]


@pytest.mark.parametrize(
    ("rule", "state", "start_s"),
    [
        (TriggerRule.ALL_DONE, RunState.SUCCESS, 100),
        (TriggerRule.ONE_FAILED, RunState.SUCCESS, 50),
        (TriggerRule.ONE_SUCCESS, RunState.SUCCESS, 100),
        (TriggerRule.NONE_FAILED, RunState.UPSTREAM_FAILED, 50),
        (TriggerRule.ALL_FAILED, RunState.SKIPPED, 100),
        (TriggerRule.NONE_SKIPPED, RunState.SUCCESS, 100),
        (TriggerRule.ALWAYS, RunState.SUCCESS, 0),
    ],
)
def test_after_a_failure_the_trigger_rule_decides(rule, state, start_s):
    # t00 works for 100 s, t01 meets it and fails after 50 s, t02 comes after both
    problem = Problem(
        (job(0, 100), job(1), job(2, trigger_rule=rule)), ((0, 2), (1, 2)), (), workers=3
    )
    run = simulate(problem, {(0, 1): WAIT}, lock_wait_timeout_s=50).runs[2]
    assert (run.state, run.start_s) == (state, start_s)


def test_a_task_that_needs_a_failure_is_skipped_in_a_good_night():
    jobs = (job(0), job(1, trigger_rule=TriggerRule.ONE_FAILED), job(2))
    timeline = simulate(Problem(jobs, ((0, 1), (1, 2)), (), workers=1), {})
    assert states(timeline) == [RunState.SUCCESS, RunState.SKIPPED, RunState.SKIPPED]


def test_tasks_that_take_no_time_run():
    problem = Problem(tuple(job(n, 0) for n in range(4)), ((0, 1), (1, 2)), (), workers=1)
    assert spans(simulate(problem, {(0, 3): WAIT})) == [(0, 0)] * 4


def test_edges_that_close_a_cycle_are_refused():
    with pytest.raises(InputError, match="t00 → t01 → t00"):
        simulate(Problem((job(0), job(1)), ((0, 1),), (), workers=1), {}, edges=[(1, 0)])


@settings(max_examples=100, deadline=None)
@given(plain_problems())
def test_the_planned_order_shows_no_wait_and_no_failure(problem):
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    edges = [(position[e.upstream], position[e.downstream]) for e in plan(problem).edges]
    timeline = simulate(problem, dict.fromkeys(problem.conflicts, WAIT), edges=edges)
    assert timeline.lock_wait_s == 0
    assert set(states(timeline)) == {RunState.SUCCESS}
    assert simulate(problem, dict.fromkeys(problem.conflicts, DEADLOCK), edges=edges) == timeline


def works(run: TaskRun) -> tuple[float, float]:
    return (run.end_s - run.work_s, run.end_s)


@settings(max_examples=100, deadline=None)
@given(plain_problems())
def test_without_a_plan_no_two_that_meet_work_at_the_same_time(problem):
    meetings = dict.fromkeys(problem.conflicts, WAIT)
    timeline = simulate(problem, meetings, lock_wait_timeout_s=15)
    for a, b in meetings:
        if {states(timeline)[a], states(timeline)[b]} != {RunState.SUCCESS}:
            continue
        (begin_a, end_a), (begin_b, end_b) = works(timeline.runs[a]), works(timeline.runs[b])
        assert not (begin_a < end_b and begin_b < end_a)
    for run in timeline.runs:
        waited = sum(wait.end_s - wait.start_s for wait in run.waits)
        assert waited <= 15
        assert (run.error == "1205") == (run.state is RunState.FAILED)


@settings(max_examples=100, deadline=None)
@given(awkward_problems(most=8))
def test_every_task_ends_in_some_state(problem):
    timeline = simulate(problem, dict.fromkeys(problem.conflicts, WAIT), lock_wait_timeout_s=5)
    assert [run.task for run in timeline.runs] == [job.key for job in problem.jobs]
    assert all(run.ready_s <= run.start_s <= run.end_s for run in timeline.runs)


def test_sqlite_gives_up_after_its_busy_timeout_and_another_server_never():
    problem = Problem((job(0, 100), job(1, 100)), (), ((0, 1),), workers=2)
    (_, late) = simulate(problem, {(0, 1): WAIT}, system=LockSystem.SQLITE).runs
    assert (late.error, late.end_s) == ("database is locked", 5.0)
    assert simulate(problem, {(0, 1): WAIT}, system=LockSystem.OTHER).makespan_s == 200
