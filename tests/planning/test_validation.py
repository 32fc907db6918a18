import pytest

from lockplan.errors import InputError
from lockplan.model.problem import Pool, Problem
from lockplan.planning import plan
from planning.strategies import chain, job


def test_no_workers_is_said():
    with pytest.raises(InputError, match="workers: 0 cannot run a task"):
        plan(Problem((job(0),), (), (), workers=0))


def test_a_negative_duration_names_its_task():
    with pytest.raises(InputError, match=r"night\.t00: its duration of -5 s is negative"):
        plan(Problem((job(0, -5),), (), (), workers=1))


def test_a_cycle_is_named_in_the_order_in_which_its_tasks_wait():
    jobs = tuple(job(position) for position in range(5))
    with pytest.raises(InputError, match="t01 → t02 → t03 → t01"):
        plan(Problem(jobs, (*chain(0, 1, 2, 3, 1), (3, 4)), (), workers=1))


def test_a_task_that_waits_for_itself_is_a_cycle():
    with pytest.raises(InputError, match="t00 → t00"):
        plan(Problem((job(0),), ((0, 0),), (), workers=1))


def test_a_task_that_its_pool_can_never_hold_is_named():
    problem = Problem((job(0, pool="db", pool_slots=3),), (), (), 1, pools=(Pool("db", 2),))
    with pytest.raises(InputError, match="takes 3 slots of pool 'db', which has 2"):
        plan(problem)


def test_a_pool_without_limit_holds_any_task():
    problem = Problem((job(0, pool="db", pool_slots=3),), (), (), 1, pools=(Pool("db", -1),))
    assert plan(problem).makespan_s == 10


def test_a_task_without_slots_is_an_error():
    with pytest.raises(InputError, match="pool_slots is 0"):
        plan(Problem((job(0, pool_slots=0),), (), (), workers=1))


@pytest.mark.parametrize("pair", [(0, 7), (-1, 0)])
def test_a_pair_outside_of_the_tasks_is_the_callers_mistake(pair):
    with pytest.raises(ValueError, match="outside of the 1 tasks"):
        plan(Problem((job(0),), (), (pair,), workers=1))
