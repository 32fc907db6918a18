"""Laws of any night: locks exclude, patience ends, slots are enough, and every task ends."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lockplan.model.night import Encounter, Executor, LockSystem, Night, NightTask, Step, StepTable
from lockplan.model.timeline import RunState, Timeline
from lockplan.simulation import forecast, simulate
from simulation.nights import night, task

SYSTEMS = (LockSystem.INNODB_ROWS, LockSystem.MYSQL_METADATA, LockSystem.POSTGRESQL)
PATIENCE_S = 12.0


def sent(count: int, autocommit: bool) -> tuple[Step, ...]:
    """Return statements on a table each, so that their locks are told apart."""
    return tuple(
        Step(
            n / count,
            (n + 1) / count,
            (n + 1) / count if autocommit else 1.0,
            n,
            n if autocommit else 0,
            (StepTable(f"t{n}", writes=True),),
        )
        for n in range(count)
    )


@st.composite
def tasks_of_a_night(draw: DrawFn, position: int) -> NightTask:
    above = st.sets(st.integers(0, max(0, position - 1)), max_size=2 if position else 0)
    return task(
        position,
        draw(st.integers(1, 30)),
        sent(draw(st.integers(1, 3)), draw(st.booleans())),
        upstream=tuple(sorted(draw(above))),
        retries=draw(st.integers(0, 2)),
        retry_delay_s=float(draw(st.integers(0, 20))),
    )


@st.composite
def nights(draw: DrawFn) -> Night:
    """Nights of a few tasks, of which statements stop each other on one server."""
    tasks = [draw(tasks_of_a_night(n)) for n in range(draw(st.integers(2, 6)))]
    system = draw(st.sampled_from(SYSTEMS))
    statements = [(n, k) for n, each in enumerate(tasks) for k in range(len(each.steps))]
    some = st.tuples(st.sampled_from(statements), st.sampled_from(statements))
    met = draw(st.sets(some, max_size=12))
    made = night(
        tasks,
        *(
            Encounter(a, b, k, m, f"t{k}", system=system)
            for (a, k), (b, m) in sorted(met)
            if a != b
        ),
        executor=Executor(draw(st.integers(1, 4))),
    )
    patient = replace(made.servers, innodb_lock_wait_timeout_s=PATIENCE_S, disconnect_s=1.0)
    return replace(made, servers=patient)


def held(timeline: Timeline, task: int, statement: int) -> list[tuple[float, float]]:
    """Return from when to when the locks of a statement were held, in all tries."""
    return [
        (hold.start_s, hold.end_s)
        for hold in timeline.runs[task].holds
        if hold.table == f"t{statement}"
    ]


@settings(max_examples=150, deadline=None)
@given(nights())
def test_no_statement_gets_a_lock_while_one_that_stops_it_is_held(night):
    timeline = simulate(night)
    for each in night.encounters:
        for begun_s, _ in held(timeline, each.requester, each.requester_step):
            for start_s, end_s in held(timeline, each.holder, each.holder_step):
                assert not start_s < begun_s < end_s


@settings(max_examples=150, deadline=None)
@given(nights())
def test_nobody_waits_longer_than_the_server_lets_it(night):
    for run in simulate(night).runs:
        for wait in run.waits:
            if night.encounters[0].system is LockSystem.INNODB_ROWS:
                assert wait.end_s - wait.start_s <= PATIENCE_S + 1e-9


@settings(max_examples=150, deadline=None)
@given(nights())
def test_every_task_ends_and_no_slot_is_taken_twice(night):
    timeline = simulate(night)
    assert timeline.peak <= night.executor.slots
    for told, run in zip(night.tasks, timeline.runs, strict=True):
        assert run.ready_s <= run.start_s <= run.end_s
        assert len(run.failed_tries) <= told.retries
        assert (run.error is not None) == (run.state is RunState.FAILED)
        if run.state is RunState.SUCCESS:
            last_s = run.tries[-1]
            waited_s = sum(w.end_s - w.start_s for w in run.waits if w.start_s >= last_s[0])
            assert abs(last_s[1] - last_s[0] - waited_s - told.job.duration_s) < 1e-6


@settings(max_examples=60, deadline=None)
@given(nights())
def test_a_forecast_of_fixed_durations_is_the_night_that_is_shown(night):
    timeline, found = simulate(night), forecast(night, runs=1)
    assert abs(found.p50_s - timeline.makespan_s) < 1e-6
    assert abs(found.mean_lock_wait_s - timeline.lock_wait_s) < 1e-6
    assert {error for error, _ in found.errors} == {error for _, error in timeline.errors()}
