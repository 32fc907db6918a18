import pytest

from lockplan.model.timeline import RunState
from lockplan.model.workflow import TriggerRule
from lockplan.simulation.trigger_rules import Decision, decide

LETTERS = {
    "s": RunState.SUCCESS,
    "f": RunState.FAILED,
    "u": RunState.UPSTREAM_FAILED,
    "k": RunState.SKIPPED,
    "-": None,
}
RUN, WAIT, SKIP, FAIL = Decision.RUN, Decision.WAIT, Decision.SKIP, Decision.FAIL

# rule: what happens after two upstream tasks, by their states (- has not ended)
TABLE = {
    TriggerRule.ALL_SUCCESS: {"ss": RUN, "s-": WAIT, "f-": FAIL, "u-": FAIL, "k-": SKIP},
    TriggerRule.ALL_FAILED: {"ff": RUN, "fu": RUN, "f-": WAIT, "s-": SKIP, "k-": SKIP},
    TriggerRule.ALL_DONE: {"sf": RUN, "ku": RUN, "s-": WAIT, "f-": WAIT, "k-": WAIT},
    TriggerRule.ALL_DONE_SETUP_SUCCESS: {"sf": RUN, "kk": RUN, "f-": WAIT},
    TriggerRule.ALL_DONE_MIN_ONE_SUCCESS: {
        "sf": RUN,
        "ss": RUN,
        "ff": FAIL,
        "f-": WAIT,
        "k-": SKIP,
        "sk": SKIP,
    },
    TriggerRule.ALL_SKIPPED: {"kk": RUN, "k-": WAIT, "s-": SKIP, "f-": SKIP},
    TriggerRule.ONE_SUCCESS: {"s-": RUN, "f-": WAIT, "kk": SKIP, "fk": FAIL, "ff": FAIL},
    TriggerRule.ONE_FAILED: {"f-": RUN, "u-": RUN, "s-": WAIT, "ss": SKIP, "sk": SKIP},
    TriggerRule.ONE_DONE: {"s-": RUN, "f-": RUN, "k-": WAIT, "u-": WAIT, "kk": SKIP, "ku": SKIP},
    TriggerRule.NONE_FAILED: {"sk": RUN, "kk": RUN, "k-": WAIT, "f-": FAIL, "u-": FAIL},
    TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: {"sk": RUN, "kk": SKIP, "k-": WAIT, "f-": FAIL},
    TriggerRule.NONE_SKIPPED: {"sf": RUN, "f-": WAIT, "k-": SKIP},
    TriggerRule.ALWAYS: {"--": RUN, "f-": RUN},
}


@pytest.mark.parametrize(
    ("rule", "states", "expected"),
    [(rule, states, expected) for rule, row in TABLE.items() for states, expected in row.items()],
)
def test_a_waiting_task_does_what_airflow_decides(rule, states, expected):
    above = [LETTERS[letter] for letter in states]
    assert decide(rule, above) is expected
    assert decide(rule, above[::-1]) is expected


@pytest.mark.parametrize("rule", list(TriggerRule))
def test_a_task_without_upstream_runs_whatever_its_rule(rule):
    assert decide(rule, []) is RUN


def test_every_rule_is_in_the_table():
    assert set(TABLE) == set(TriggerRule)
