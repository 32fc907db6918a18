"""Two transactions of many statements: where both stand still for good."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from lockplan.engines.standstills import Standstills, Stop, standstills

STEPS = 5
STOPS = st.lists(
    st.builds(Stop, st.integers(0, STEPS - 1), st.integers(0, STEPS - 1), st.booleans())
)


def walked(stops_a: list[Stop], stops_b: list[Stop]) -> Standstills:
    """Go through all states one by one."""
    reached = {(0, 0)}
    found_a: dict[int, int] = {}
    found_b: dict[int, int] = {}
    for p, q in product(range(STEPS + 1), repeat=2):
        if (p, q) not in reached:
            continue
        waits_a = [stop for stop in stops_a if stop.position == p and stop.behind < q]
        waits_b = [stop for stop in stops_b if stop.position == q and stop.behind < p]
        if waits_a and waits_b:
            found_a[p], found_b[q] = max(q, found_a.get(p, 0)), max(p, found_b.get(q, 0))
        if p < STEPS and not any(stop.certain for stop in waits_a):
            reached.add((p + 1, q))
        if q < STEPS and not any(stop.certain for stop in waits_b):
            reached.add((p, q + 1))
    return Standstills(found_a, found_b)


@given(STOPS, STOPS)
def test_the_deadlocks_are_those_that_a_walk_through_all_states_meets(
    stops_a: list[Stop], stops_b: list[Stop]
) -> None:
    assert standstills(stops_a, stops_b, STEPS, STEPS) == walked(stops_a, stops_b)


def test_thousands_of_statements_that_all_wait_take_a_moment() -> None:
    crossed = [Stop(4999 - n, n, certain=True) for n in range(5000)]
    assert standstills(crossed, crossed, 5000, 5000).a
