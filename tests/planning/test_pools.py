"""What is left open gets pools that hold it apart, and a way out where a task has one already."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from lockplan.model.problem import Job, Problem
from lockplan.model.remedy import RemedyKind
from lockplan.model.workflow import TaskKey, TriggerRule
from lockplan.planning import plan
from lockplan.planning.pools import pooled
from planning.strategies import awkward_problems, job, key

ALWAYS = TriggerRule.ALWAYS


def pools(jobs, pairs):
    """Return each pool's slots and those that its tasks take."""
    return [
        (pool.slots, {member.task: member.pool_slots for member in pool.tasks})
        for pool in pooled(jobs, pairs).pools
    ]


def test_tasks_that_all_conflict_get_one_pool_with_one_slot():
    jobs = [job(n) for n in range(3)]
    assert pools(jobs, combinations(range(3), 2)) == [(1, {key(n): 1 for n in range(3)})]


def test_readers_of_what_one_task_writes_may_still_run_side_by_side():
    jobs = [job(n) for n in range(4)]
    ((slots, taken),) = pools(jobs, [(0, 1), (0, 2), (0, 3)])
    assert (slots, taken) == (3, {key(0): 3, key(1): 1, key(2): 1, key(3): 1})


def test_conflicts_that_have_nothing_to_do_with_each_other_get_pools_of_their_own():
    jobs = [job(n) for n in range(4)]
    found = pooled(jobs, [(0, 1), (2, 3)]).pools
    assert [pool.name for pool in found] == ["lockplan_night_t00", "lockplan_night_t02"]


def test_pairs_that_a_pool_keeps_apart_for_nothing_are_counted():
    jobs = [job(n) for n in range(4)]
    (chained,) = pooled(jobs, [(0, 1), (1, 2), (2, 3)]).pools
    assert chained.needless_pairs == 2


def test_the_remedy_names_the_pool_and_its_size():
    jobs = [job(0, trigger_rule=ALWAYS), job(1, trigger_rule=ALWAYS)]
    planned = plan(Problem(tuple(jobs), (), ((0, 1),), workers=2))
    (left,) = planned.left_open
    (remedy,) = left.remedies
    assert (remedy.kind, remedy.value) == (RemedyKind.POOL, planned.pools[0].name)
    assert remedy.targets == ("night.t00", "night.t01")
    assert "night.t00 and night.t01 into one pool, lockplan_night_t00, with 1 slot" in left.remedy


def test_a_task_joins_the_pool_that_the_other_is_in():
    jobs = [job(0, pool="db"), job(1)]
    found = pooled(jobs, [(0, 1)])
    assert found.pools == ()
    (remedy,) = found.remedies[0, 1]
    assert remedy.value == "db"
    assert remedy.advice.startswith("Put night.t01 into the pool db, too")


def test_two_tasks_of_one_pool_that_is_too_wide_share_it_in_turn():
    (remedy,) = pooled([job(0, pool="db"), job(1, pool="db")], [(0, 1)]).remedies[0, 1]
    assert remedy.advice.startswith("Let night.t00 and night.t01 take all slots of the pool db")


def test_tasks_of_two_pools_hear_that_a_task_has_one():
    jobs = [job(0, pool="db"), job(1, pool="files")]
    found = pooled(jobs, [(0, 1)])
    assert found.pools == ()
    moved, serial = found.remedies[0, 1]
    assert "those in db and files leave it" in moved.advice
    assert (serial.kind, serial.targets) == (RemedyKind.MAX_ACTIVE_TASKS, ("night",))


def test_a_task_that_meets_its_own_copies_gets_a_limit_and_no_pool():
    found = pooled([job(0, mapped=True)], [(0, 0)])
    assert found.pools == ()
    kinds = [remedy.kind for remedy in found.remedies[0, 0]]
    assert kinds == [RemedyKind.MAX_ACTIVE_TIS_PER_DAGRUN, RemedyKind.MAX_ACTIVE_TIS_PER_DAG]


@pytest.mark.parametrize("odd", ["group.täsk", "a b", "x" * 250])
def test_pools_get_names_that_every_airflow_takes(odd):
    jobs = [job(0), job(1)]
    jobs = [type(j)(TaskKey("night", j.key.task_id + odd), 1) for j in jobs]
    (pool,) = pooled(jobs, [(0, 1)]).pools
    assert pool.name.isascii()
    assert pool.name.replace("_", "").isalnum()
    assert len(pool.name) <= 250


def test_tasks_whose_names_are_alike_but_for_dots_get_two_pools():
    keys = [TaskKey("night", name) for name in ("a.b", "c", "a_b", "d")]
    found = pooled([Job(key, 1) for key in keys], [(0, 1), (2, 3)]).pools
    assert [pool.name for pool in found] == ["lockplan_night_a_b", "lockplan_night_a_b_2"]


@settings(max_examples=100, deadline=None)
@given(awkward_problems())
def test_every_open_pair_finds_too_little_room_in_its_pool(problem):
    planned = plan(problem)
    taken = {
        member.task: (pool, member.pool_slots) for pool in planned.pools for member in pool.tasks
    }
    for left in planned.left_open:
        assert left.remedies
        if left.a != left.b:
            (pool, a), (other, b) = taken[left.a], taken[left.b]
            assert pool == other
            assert a + b > pool.slots
