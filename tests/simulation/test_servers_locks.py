"""What each server does with statements that meet: who waits, for how long, and with what end."""

from dataclasses import replace

import pytest
from planning.strategies import key

from lockplan.model.night import LockSystem, ServerSettings
from lockplan.model.timeline import FailedTry, LockHold, RunState
from lockplan.simulation import simulate
from simulation.nights import each_other, ends, night, statements, stops, task, waits

METADATA = LockSystem.MYSQL_METADATA


def test_a_statement_waits_from_when_it_is_sent_until_the_others_transaction_ends():
    both = night([task(0, 40, 4), task(1, 20, 2)], stops((0, 1), (1, 1)))
    (_, waiting) = simulate(both).runs
    assert waits(waiting) == [(10, 40, key(0))]
    assert (waiting.waits[0].statement, waiting.waits[0].table) == (1, "stats.daily")
    assert (waiting.end_s, waiting.work_s) == (50, 20)


def test_a_wait_names_all_who_are_in_the_way():
    three = night(
        [task(0, 40), task(1, 30), task(2, 10)], stops((0, 0), (2, 0)), stops((1, 0), (2, 0))
    )
    (wait,) = simulate(three).runs[2].waits
    assert (wait.start_s, wait.end_s, wait.holder, wait.others) == (0, 40, key(0), (key(1),))


def test_a_statement_does_not_wait_for_one_that_the_other_has_not_sent_yet():
    both = night([task(0, 40, 4), task(1, 20, 2)], stops((0, 2), (1, 1)))
    assert simulate(both).lock_wait_s == 0


def test_with_autocommit_locks_go_with_their_statement():
    brief = statements(4, autocommit=True)
    both = night([task(0, 40, brief), task(1, 20, 2)], stops((0, 1), (1, 1)))
    assert waits(simulate(both).runs[1]) == [(10, 20, key(0))]


def test_a_lock_for_the_time_of_a_statement_goes_when_that_has_run():
    both = night([task(0, 40, 4), task(1, 20, 2)], stops((0, 1), (1, 1), while_running=True))
    assert waits(simulate(both).runs[1]) == [(10, 20, key(0))]


def test_a_loop_that_commits_each_pass_lets_others_in_between():
    (whole,) = statements(1)
    both = night([task(0, 40, [replace(whole, brief=True)]), task(1)], stops((0, 0), (1, 0)))
    assert simulate(both).lock_wait_s == 0


def test_1205_rolls_back_the_statement_and_earlier_locks_stay_until_the_task_has_ended():
    # t1 waits for t0 in its second statement, t2 for what the first one of t1 has locked
    three = night(
        [task(0, 200), task(1, 20, 2), task(2, 120, 2)],
        stops((0, 0), (1, 1)),
        stops((1, 0), (2, 1)),
        servers=ServerSettings(disconnect_s=5.0),
    )
    (_, failing, last) = simulate(three).runs
    assert waits(failing) == [(10, 60, key(0))]
    assert (failing.error, failing.end_s) == ("1205", 65)
    assert waits(last) == [(60, 65, key(1))]


def test_1213_takes_the_whole_transaction_of_the_one_that_changed_less():
    # opposite order: t0 has worked for 20 s, t1 for 10 s when they wait for each other
    two = night([task(0, 40, 2), task(1, 20, 2)], stops((0, 0), (1, 1)), stops((1, 0), (0, 1)))
    timeline = simulate(two)
    (winner, victim) = timeline.runs
    assert (victim.error, victim.end_s) == ("1213", 21)  # and its connection ends a second later
    assert waits(victim) == [(10, 20, key(0))]
    assert (winner.state, winner.end_s, winner.waits) == (RunState.SUCCESS, 40, ())


def test_locks_of_a_deadlocks_victim_are_free_at_once():
    three = night(
        [task(0, 40, 2), task(1, 20, 2), task(2, 60, 3)],
        stops((0, 0), (1, 1)),
        stops((1, 0), (0, 1)),
        stops((1, 0), (2, 1)),
        servers=ServerSettings(disconnect_s=30.0),
    )
    (_, victim, third) = simulate(three).runs
    assert (victim.end_s, third.waits) == (50, ())


def test_two_statements_that_stop_each_other_deadlock_only_while_both_run():
    pair = each_other((0, 0), (1, 0), deadlock=True)
    at_once = simulate(night([task(0, 30), task(1, 10)], *pair))
    assert [run.error for run in at_once.runs] == [None, "1213"]
    (first, *_) = statements(2)
    later = night([task(0, 30, 2), task(1, 40, [replace(first, at=0.5, until=1.0)])], *pair)
    assert [run.error for run in simulate(later).runs] == [None, None]
    assert waits(simulate(later).runs[1]) == [(20, 30, key(0))]


def test_three_that_wait_in_a_circle_are_a_deadlock():
    three = night(
        [task(n, 20 + 2 * n, 2) for n in range(3)],
        *(stops((n, 0), ((n + 1) % 3, 1)) for n in range(3)),
    )
    assert sorted(str(run.error) for run in simulate(three).runs) == ["1213", "None", "None"]


def test_one_that_waits_in_two_circles_costs_two_tasks_their_work():
    three = night(
        [task(0, 60, 2), task(1, 20, 2), task(2, 30, 2)],
        *(stops((0, 0), (n, 1)) for n in (1, 2)),
        *(stops((n, 0), (0, 1)) for n in (1, 2)),
    )
    timeline = simulate(three)
    assert [run.error for run in timeline.runs] == [None, "1213", "1213"]
    assert timeline.runs[0].end_s == 60


def test_everybody_queues_behind_a_definition_that_waits():
    # t0 reads for 100 s, t1 wants to alter the table, t2 only to read it
    three = night(
        [task(0, 100), task(1, 10), task(2, 10)],
        *each_other((0, 0), (1, 0), METADATA),
        *each_other((1, 0), (2, 0), METADATA),
    )
    timeline = simulate(three)
    assert ends(timeline) == [100, 110, 120]
    assert waits(timeline.runs[2]) == [(0, 110, key(1))]


def test_the_wait_for_a_definition_has_a_timeout_of_its_own():
    two = night([task(0, 1000), task(1)], *each_other((0, 0), (1, 0), METADATA))
    assert simulate(two).runs[1].end_s == 1010
    impatient = replace(two, servers=ServerSettings(lock_wait_timeout_s=60.0))
    assert simulate(impatient).runs[1].error == "1205"


def test_one_that_waits_for_its_own_stronger_lock_passes_those_behind_it():
    # t0 shares a row and changes it later; t1 waits for that row in between
    two = night([task(0, 40, 2), task(1, 10)], stops((0, 0), (1, 0)), stops((1, 0), (0, 1)))
    assert ends(simulate(two)) == [40, 50]


def test_sqlite_keeps_no_queue():
    # t0 holds the file until 4; t1 polls, and t2 comes just then and is first served by nobody
    three = night(
        [task(0, 4), task(1, 10), task(2, 10)],
        *each_other((0, 0), (1, 0), LockSystem.SQLITE),
        stops((1, 0), (2, 0), LockSystem.SQLITE),
    )
    (_, polling, passing) = simulate(three).runs
    assert (waits(polling), passing.waits) == ([(0, 4, key(0))], ())


def test_sqlite_fails_with_its_own_words_after_its_busy_timeout():
    two = night([task(0, 60), task(1)], *each_other((0, 0), (1, 0), LockSystem.SQLITE))
    assert simulate(two).runs[1].error == "database is locked"


def test_postgresql_waits_without_end_unless_it_is_told_otherwise():
    two = night([task(0, 9000), task(1)], *each_other((0, 0), (1, 0), LockSystem.POSTGRESQL))
    assert simulate(two).runs[1].end_s == 9010
    told = replace(two, servers=ServerSettings(lock_timeout_s=30.0))
    assert simulate(told).runs[1].error == "55P03"


def test_postgresql_finds_a_deadlock_when_it_has_waited_for_a_second():
    opposite = (
        stops((0, 0), (1, 1), LockSystem.POSTGRESQL),
        stops((1, 0), (0, 1), LockSystem.POSTGRESQL),
    )
    (first, second) = simulate(night([task(0, 40, 2), task(1, 20, 2)], *opposite)).runs
    # t1 looked at 11, when there was none yet; t0 waits from 20 on and looks at 21
    assert (first.error, first.end_s) == ("40P01", 22)
    assert waits(second) == [(10, 21, key(0))]


def test_a_retry_succeeds_when_the_other_has_ended():
    two = night(
        [task(0, 100), task(1, 20, 2, retries=1, retry_delay_s=60.0)], stops((0, 0), (1, 1))
    )
    timeline = simulate(two)
    run = timeline.runs[1]
    assert run.state is RunState.SUCCESS
    assert run.failed_tries == (FailedTry(0, 61, "1205"),)
    assert run.tries == ((0, 61), (121, 141))
    assert (run.work_s, run.error) == (31, None)
    assert timeline.errors() == ((key(1), "1205"),)


@pytest.mark.parametrize(("most_s", "starts_s"), [(1e9, [0, 15, 35]), (7.0, [0, 15, 32])])
def test_delays_between_tries_grow_with_exponential_backoff(most_s, starts_s):
    backed_off = task(
        0, 10, retries=2, retry_delay_s=5.0, exponential_backoff=True, max_retry_delay_s=most_s
    )
    (run,) = simulate(night([replace(backed_off, fails=True)])).runs
    assert [start_s for start_s, _ in run.tries] == starts_s
    assert (run.state, run.error) == (RunState.FAILED, None)


def test_locks_are_shown_from_their_statement_to_the_end_of_their_transaction():
    (first, second) = statements(2, autocommit=True)
    late = replace(second, until=0.75, released=0.75)
    (run,) = simulate(night([task(0, 40, [first, late])])).runs
    assert run.holds == (
        LockHold(0, 20, "stats.daily", writes=True, statement=0),
        LockHold(20, 30, "stats.daily", writes=True, statement=1),
    )


def test_locks_of_a_task_that_fails_are_shown_until_it_has_ended():
    two = night([task(0, 200), task(1, 20, 2)], stops((0, 0), (1, 1)))
    assert simulate(two).runs[1].holds == (LockHold(0, 61, "stats.daily", writes=True),)
