import pytest
from hypothesis import given, settings
from planning.strategies import awkward_problems, chain, job

from lockplan.errors import InputError
from lockplan.model.problem import Pair, Problem
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Skips, TriggerRule
from lockplan.planning import plan
from lockplan.simulation.noisy import End, Night, Noise, NoisyNights

STEADY = Noise(sigma=0.0)
WILD = Noise(sigma=1.5, failing=0.25, skipping=0.15, retries=1, retry_delay_s=60.0, kill_s=60.0)


def nights(problem: Problem, noise: Noise = STEADY, *edges: Pair, count: int = 60) -> list[Night]:
    drawn = NoisyNights(problem, edges, noise)
    return [drawn.night(seed) for seed in range(count)]


def meet(night: Night, a: int, b: int) -> bool:
    spans = night.spans()
    return a in spans and b in spans and spans[a][0] < spans[b][1] and spans[b][0] < spans[a][1]


def test_the_same_seed_gives_the_same_night_and_another_seed_another():
    problem = Problem((job(0), job(1)), (), (), workers=2)
    drawn = NoisyNights(problem, (), Noise())
    assert drawn.night(3) == drawn.night(3) != drawn.night(4)


def test_a_chain_runs_one_after_another():
    for night in nights(Problem((job(0), job(1), job(2)), chain(2, 0, 1), (), workers=3), WILD):
        assert not meet(night, 0, 1)
        assert not meet(night, 0, 2)


def test_planned_edges_are_kept():
    problem = Problem((job(0), job(1)), (), ((0, 1),), workers=2)
    assert any(meet(night, 0, 1) for night in nights(problem))
    assert not any(meet(night, 0, 1) for night in nights(problem, WILD, (0, 1)))


def test_edges_that_close_a_cycle_are_refused():
    with pytest.raises(InputError, match="t00 → t01 → t00"):
        NoisyNights(Problem((job(0), job(1)), ((0, 1),), (), workers=1), [(1, 0)], STEADY)


def test_a_try_that_fails_is_repeated_before_the_task_has_failed():
    problem = Problem((job(0), job(1)), ((0, 1),), (), workers=2)
    (night,) = nights(problem, Noise(failing=1.0, retries=2), count=1)
    assert [each.end for each in night.tries] == [End.RETRIED, End.RETRIED, End.FAILED]
    assert night.states == ((RunState.FAILED,), (RunState.UPSTREAM_FAILED,))


def test_a_task_that_pauses_before_a_retry_has_not_ended():
    problem = Problem((job(0), job(1, trigger_rule=TriggerRule.ALL_DONE)), ((0, 1),), (), 2)
    for night in nights(problem, Noise(failing=0.6, retries=3)):
        assert not meet(night, 0, 1)
        assert night.ended_s[0] == night.spans()[0][1]


def test_what_a_branch_does_not_follow_is_skipped_and_the_join_runs():
    join = job(3, trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    jobs = (job(0, skips=Skips.DIRECT), job(1), job(2), join)
    problem = Problem(jobs, ((0, 1), (0, 2), (0, 3), (1, 3), (2, 3)), (), workers=3)
    seen = {night.states[1:] for night in nights(problem)}
    success, skipped = (RunState.SUCCESS,), (RunState.SKIPPED,)
    followed = {(success, skipped, success), (skipped, success, success)}
    at_once = {(skipped, skipped, success), (skipped, skipped, skipped)}
    assert followed <= seen <= followed | at_once | {(success, success, success)}


def test_a_short_circuit_skips_all_after_it_whatever_their_rules():
    last = job(2, trigger_rule=TriggerRule.ALL_DONE)
    problem = Problem((job(0, skips=Skips.ALL), job(1), last), chain(0, 1, 2), (), workers=3)
    seen = {night.states[1:] for night in nights(problem)}
    assert seen == {((RunState.SUCCESS,),) * 2, ((RunState.SKIPPED,),) * 2}


def test_a_mapped_task_has_any_number_of_copies_and_is_skipped_without_one():
    problem = Problem((job(0, mapped=True),), (), (), workers=9)
    seen = {(len(night.tries), night.states[0]) for night in nights(problem)}
    assert seen == {
        (0, (RunState.SKIPPED,)),
        *((count, (RunState.SUCCESS,) * count) for count in (1, 2, 3)),
    }


@pytest.mark.parametrize(("group", "together"), [("each_day", True), (None, False)])
def test_only_copies_of_one_mapped_group_run_ahead_of_the_others(group, together):
    jobs = tuple(job(n, mapped=True, mapped_group=group) for n in range(2))
    problem = Problem(jobs, ((0, 1),), (), workers=9)
    assert any(meet(night, 0, 1) for night in nights(problem, Noise(sigma=1.0))) == together


def test_a_task_that_a_branch_skips_at_work_is_noted_before_it_is_killed():
    jobs = (
        job(0, 60, skips=Skips.DIRECT),
        job(1, 300, trigger_rule=TriggerRule.ONE_DONE),
        job(2, 1),
        job(3, trigger_rule=TriggerRule.ALL_DONE),
    )
    problem = Problem(jobs, ((0, 1), (2, 1), (1, 3)), (), workers=4)
    drawn = nights(problem)
    killed = [each for night in drawn for each in night.tries if each.end is End.KILLED]
    assert killed
    assert all(0 <= each.end_s - each.start_s <= 70 for each in killed)
    assert any(meet(night, 1, 3) for night in drawn)


def test_no_more_tasks_run_than_there_are_workers():
    problem = Problem(tuple(job(n) for n in range(6)), (), (), workers=2)
    for night in nights(problem, WILD):
        for each in night.tries:
            beside = [one for one in night.tries if one.start_s <= each.start_s < one.end_s]
            assert len(beside) <= 2


@settings(max_examples=60, deadline=None)
@given(awkward_problems(most=9))
def test_planned_pairs_never_meet_whatever_goes_wrong(problem):
    planned = plan(problem, budget=20_000)
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    edges = [(position[edge.upstream], position[edge.downstream]) for edge in planned.edges]
    left_open = {(position[pair.a], position[pair.b]) for pair in planned.left_open}
    for night in nights(problem, WILD, *edges, count=20):
        assert not [
            pair for pair in problem.conflicts if pair not in left_open and meet(night, *pair)
        ]
