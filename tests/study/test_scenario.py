"""What if: a scenario answers, changes nothing else, and says which name was meant."""

import json
from pathlib import Path

import pytest

from lockplan.errors import InputError, LockplanError, UnknownNameError
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.study import Scenario
from study.nights import analysed, folder, study


def run_of(timeline: Timeline, task: str, run: int = 0) -> TaskRun:
    return next(each for each in timeline.runs if str(each.task) == task and each.run == run)


def errors(scenario: Scenario) -> set[str]:
    return {error for _, error in scenario.timeline().errors()}


def test_the_planned_night_has_no_lock_wait_and_the_unprotected_one_the_incident():
    base = study().scenario()
    assert base.timeline().lock_wait_s == 0
    assert errors(base) == set()
    assert errors(base.unprotected()) == {"1205"}
    assert len(base.unprotected().unordered) == 1


def test_a_verb_leaves_the_scenario_as_it_is():
    base = study().scenario("night")
    before = base.timeline()
    slower = base.with_duration("night.fetch", 600)
    assert slower.timeline().makespan_s == before.makespan_s + 540
    assert base.timeline() is before
    assert str(base) == "as planned"


def test_a_scenario_is_described_by_its_verbs_until_it_gets_a_name():
    scenario = study().scenario().with_workers(1).with_duration("shop_1", scale=2)
    assert str(scenario) == "1 worker · night.shop_1 × 2"
    assert str(scenario.named("slow")) == "slow"
    assert str(scenario.named("slow").serial()) == "1 worker · night.shop_1 × 2 · one after another"


def test_fewer_workers_make_a_longer_night():
    base = study().scenario("night").unprotected().with_duration("shop_*", 600)
    alone = base.with_isolation("READ COMMITTED").with_workers(1)
    assert alone.timeline().makespan_s == 60 + 600 + 600 + 60


def test_the_workers_of_a_queue_take_only_its_tasks(tmp_path):
    dags = folder(tmp_path)
    file = dags / "nights.py"
    text = file.read_text(encoding="utf-8").replace("dag=dag)", "dag=dag, queue='sql')")
    file.write_text(text, encoding="utf-8")
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.lockplan.queues]\nsql = 1\ndefault = 15\n", encoding="utf-8")
    assert analysed(tmp_path).scenario().unprotected().timeline().peak == 1
    settings.write_text("[tool.lockplan.queues]\ndefault = 15\n", encoding="utf-8")
    with pytest.raises(InputError, match="no worker serves its queue 'sql'"):
        analysed(tmp_path)


def test_one_after_another_no_lock_is_waited_for():
    serial = study().scenario().serial()
    assert serial.timeline().peak == 1
    assert serial.timeline().lock_wait_s == 0
    assert serial.ordering == ()


def test_planned_takes_the_edges_back():
    base = study().scenario()
    assert base.unprotected().planned().ordering == base.ordering != ()


def test_an_edge_may_be_taken_out_put_in_and_turned_round():
    base = study().scenario("night")
    bare = base.without_edge("shop_1", "shop_2")
    assert errors(bare) == {"1205"}
    assert bare.with_edge("shop_1", "shop_2").timeline() == base.timeline()
    turned = base.reversed_edge("shop_1", "shop_2").timeline()
    assert run_of(turned, "night.shop_1").start_s == run_of(turned, "night.shop_2").end_s
    assert turned.lock_wait_s == 0


def test_an_edge_of_the_author_may_be_taken_out_but_not_by_a_patch():
    base = study().scenario("night")
    early = base.without_edge("fetch", "shop_1")
    assert run_of(early.timeline(), "night.shop_1").start_s == 0
    with pytest.raises(InputError, match="Delete it where it is written"):
        early.to_patch()


def test_an_edge_that_is_there_already_changes_nothing():
    base = study().scenario("night")
    assert base.with_edge("fetch", "shop_1") is base


def test_a_circle_is_refused():
    with pytest.raises(InputError, match="wait for each other"):
        study().scenario("night").with_edge("report", "fetch")


def test_an_edge_between_dags_is_refused_with_a_way_out():
    with pytest.raises(InputError, match="Shift one of the DAGs"):
        study().scenario().with_edge("night.shop_1", "morning.total")


def test_an_edge_that_is_not_there_cannot_be_taken_out():
    with pytest.raises(InputError, match="report directly follows shop_1, shop_2"):
        study().scenario().without_edge("fetch", "report")


def test_a_pool_of_one_slot_keeps_tasks_apart_without_an_edge():
    pooled = study().scenario("night").unprotected().with_pool("shops", 1, "night.shop_*")
    assert pooled.unordered == ()
    assert errors(pooled) == set()
    assert errors(pooled.with_pool("shops", 2)) == {"1205"}


def test_one_active_task_makes_a_dag_serial():
    assert study().scenario("night").with_max_active_tasks("night", 1).timeline().peak == 1


def test_read_committed_makes_a_certain_conflict_only_possible():
    bare = study().scenario("night").unprotected()
    (conflict,) = bare.unordered
    (weaker,) = bare.with_isolation("read_committed").unordered
    assert (str(conflict.verdict.certainty), str(weaker.verdict.certainty)) == (
        "certain",
        "possible",
    )


def test_what_if_sql_changes_cost_no_pair_that_they_do_not_touch():
    base = study().scenario("night").unprotected()
    changed = base.with_index("notes", "text").graph().conflicts
    assert changed == base.graph().conflicts


def test_a_longer_patience_turns_an_error_into_a_wait():
    patient = study().scenario("night").unprotected().with_lock_wait_timeout(3600)
    assert errors(patient) == set()
    assert patient.timeline().lock_wait_s > 50


def test_retries_save_a_task_that_meets_nobody_the_next_time():
    bare = study().scenario("night").unprotected()
    assert len(bare.timeline().failed()) == 1
    again = bare.with_retries(1, 900)
    assert not again.timeline().failed()
    assert len(run_of(again.timeline(), "night.shop_2").tries) == 2


def test_a_shifted_dag_meets_the_other_one():
    both = study().scenario()
    assert errors(both) == set()
    met = both.shifted("morning", minutes=-55)
    assert errors(met) == {"1205"}
    assert errors(met.shifted("morning", minutes=55)) == set()


def test_a_task_that_lasts_longer_meets_the_next_dag():
    assert errors(study().scenario().with_duration("night.shop_2", 3600)) == {"1205"}


def test_a_late_task_starts_so_much_later_than_before():
    base = study().scenario("night")
    before = run_of(base.timeline(), "night.shop_1").start_s
    late = base.late("shop_1", minutes=40).timeline()
    assert run_of(late, "night.shop_1").start_s == before + 2400


def test_a_failure_stops_what_follows():
    failing = study().scenario("night").failing("shop_1").timeline()
    assert run_of(failing, "night.shop_1").state is RunState.FAILED
    assert run_of(failing, "night.shop_2").state is RunState.UPSTREAM_FAILED


def test_a_backfill_runs_day_after_day_where_only_one_run_may_be_active():
    week = study().scenario("night").backfill(days=7)
    assert len(week.timeline().runs) == 7 * 4
    assert errors(week) == set()
    dates = [run.logical_date for run in week.timeline().dag_runs]
    assert len(set(dates)) == 7


def test_more_data_takes_longer_where_there_is_sql_on_tables():
    more = study().scenario("night").with_data(10).timeline()
    assert run_of(more, "night.shop_1").work_s == 6000


def test_planning_anew_keeps_every_conflict_apart():
    anew = study().scenario().unprotected().replanned()
    assert anew.unordered == ()
    assert len(anew.ordering) == 1


def test_the_edges_of_a_scenario_go_into_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    folder(tmp_path)
    base = analysed(tmp_path).scenario()
    assert b"shop_2.set_upstream(shop_1)" in base.to_patch().diff
    turned = base.reversed_edge("shop_1", "shop_2").to_patch()
    assert b"+shop_1.set_upstream(shop_2)" in turned.diff
    assert turned.lost == turned.unplaced == ()


def test_a_scenario_is_written_as_json():
    scenario = study().scenario().unprotected()
    data = json.loads(scenario.to_json())
    assert data["scenario"] == "unprotected"
    assert data["unordered"] == [["night.shop_1", "night.shop_2"]]
    assert len(data["runs"]) == 6


@pytest.mark.parametrize(
    ("ask", "suggestion"),
    [
        (lambda base: base.with_duration("night.shop1", 5), "night.shop_1"),
        (lambda base: base.with_duration("repotr", 5), "Did you mean night.report?"),
        (lambda base: base.with_duration("nigth.*", 5), "night.fetch"),
        (lambda base: base.shifted("mornin", minutes=5), "morning"),
        (lambda base: base.with_max_active_tasks("Night", 5), "night"),
        (lambda base: base.with_pool("default_pol", 5), "default_pool"),
        (lambda base: base.with_index("sale", "day"), "sales"),
        (lambda base: base.with_index("sales", "dya"), "day"),
        (lambda base: base.with_isolation("READ COMMITED"), "READ COMMITTED"),
        (lambda base: base.late("<script>alert(1)</script>", minutes=1), "There are"),
    ],
)
def test_an_unknown_name_is_an_error_that_suggests_the_nearest(ask, suggestion):
    with pytest.raises(UnknownNameError) as caught:
        ask(study().scenario())
    assert suggestion in str(caught.value)
    assert isinstance(caught.value, LockplanError)
    assert isinstance(caught.value, ValueError)


def test_a_dag_that_is_not_there_has_no_scenario():
    with pytest.raises(UnknownNameError, match="night"):
        study().scenario("nihgt")


@pytest.mark.parametrize(
    "ask",
    [
        lambda base: base.with_workers(0),
        lambda base: base.with_duration("report", -1),
        lambda base: base.with_duration("report", float("nan")),
        lambda base: base.with_duration("report"),
        lambda base: base.with_duration("report", 5, scale=2),
        lambda base: base.with_pool("default_pool", 0),
        lambda base: base.backfill(days=0),
        lambda base: base.with_retries(-1),
        lambda base: base.late("report", minutes=-5),
        lambda base: base.with_index("sales"),
    ],
)
def test_a_number_that_cannot_be_is_refused(ask):
    with pytest.raises(InputError):
        ask(study().scenario())


def test_runs_that_are_never_active_together_are_not_said_to_meet():
    week = study().scenario("night").unprotected().backfill(days=5)
    night = week._parts.night
    met = {(night.tasks[e.holder].run, night.tasks[e.requester].run) for e in night.encounters}
    assert met == {(n, n) for n in range(5)}
