"""Laws of planned workflow files, by a reading of resources that shares no code with lockplan."""

import json
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan import plan, read

MOST_TASKS = 7
names = st.sampled_from(["sales", "stock"])
parts = st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda p: {"from": p[0], "to": sum(p)})
resources = st.lists(
    st.one_of(names, st.builds(lambda name, part: {"name": name, **part}, names, parts)),
    max_size=2,
)


@st.composite
def files(draw):
    tasks = [
        {
            "id": f"t{n}",
            "duration_s": draw(st.integers(0, 50)),
            "upstream": [f"t{m}" for m in range(n) if draw(st.integers(0, 4)) == 0],
            "pool": "db",
            "slots": draw(st.integers(1, 2)),
            "reads": draw(resources),
            "writes": draw(resources),
        }
        for n in range(draw(st.integers(1, MOST_TASKS)))
    ]
    return {
        "workers": draw(st.integers(1, 4)),
        "pools": {"db": draw(st.integers(2, 5))},
        "tasks": tasks,
    }


def keys(listed):
    """Return resources as the whole numbers that they cover."""
    wholes = [{"name": one, "from": 0, "to": 99} if isinstance(one, str) else one for one in listed]
    return {(one["name"], n) for one in wholes for n in range(one["from"], one["to"])}


def may_not_run_together(a, b):
    return bool(
        keys(a["writes"]) & keys(b["writes"] + b["reads"])
        or keys(b["writes"]) & keys(a["writes"] + a["reads"])
    )


@settings(max_examples=40, deadline=None)
@given(document=files())
def test_no_plan_lets_two_tasks_work_on_one_part(tmp_path_factory, document):
    file = tmp_path_factory.mktemp("law") / "w.json"
    file.write_text(json.dumps(document))
    planned = plan(read(file))
    slots = {slot.task.task_id: slot for slot in planned.schedule}
    assert planned.bound_s <= planned.makespan_s
    assert not planned.left_open
    for a, b in combinations(document["tasks"], 2):
        one, other = slots[a["id"]], slots[b["id"]]
        apart = one.end_s <= other.start_s or other.end_s <= one.start_s
        assert apart or not may_not_run_together(a, b)
        assert a["id"] not in b["upstream"] or one.end_s <= other.start_s
