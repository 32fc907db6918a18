"""What holds of any chain of verbs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.study import Scenario
from study.nights import study

VERBS = {
    "workers": lambda base, n: base.with_workers(n + 1),
    "longer": lambda base, n: base.with_duration("shop_1", scale=1 + n / 4),
    "shorter": lambda base, n: base.with_duration("fetch", n),
    "limit": lambda base, n: base.with_max_active_tasks("night", n + 1),
    "pool": lambda base, n: base.with_pool("shops", n + 1, "shop_*"),
    "timeout": lambda base, n: base.with_lock_wait_timeout(n * 100),
    "retries": lambda base, n: base.with_retries(n % 3, n * 60),
    "unprotected": lambda base, _: base.unprotected(),
    "committed": lambda base, _: base.with_isolation("READ COMMITTED"),
    "index": lambda base, _: base.with_index("sales", "shop", "day"),
}
CHAINS = st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 12)), max_size=5)


def asked(chain: list[tuple[str, int]]) -> Scenario:
    scenario = study().scenario("night")
    for verb, number in chain:
        scenario = VERBS[verb](scenario, number)
    return scenario


@settings(deadline=None, max_examples=40)
@given(CHAINS)
def test_planned_anew_nobody_waits_for_a_lock(chain):
    anew = asked(chain).replanned()
    assert anew.unordered == ()
    assert anew.timeline().lock_wait_s == 0
    assert anew.timeline().errors() == ()


@settings(deadline=None, max_examples=40)
@given(CHAINS)
def test_never_more_tasks_run_than_there_are_workers(chain):
    scenario = asked(chain)
    assert scenario.timeline().peak <= scenario.workers


@settings(deadline=None, max_examples=40)
@given(CHAINS)
def test_a_scenario_tells_each_of_its_changes_and_gives_the_same_night_again(chain):
    scenario = asked(chain)
    assert len(scenario.said) == len(chain)
    assert asked(chain).timeline() == scenario.timeline()
    assert study().scenario("night").timeline().lock_wait_s == 0
