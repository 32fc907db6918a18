"""Parts of declared resources: what a sweep finds is what comparing all pairs would."""

import json
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

import lockplan

bounds = st.integers(0, 8)
intervals = st.one_of(st.none(), st.tuples(bounds, bounds).filter(lambda ends: ends[0] < ends[1]))
uses = st.tuples(st.sampled_from(("sales", "stock")), intervals, st.booleans())
tasks_using = st.lists(st.lists(uses, max_size=3), min_size=2, max_size=8)


def resource(name, interval):
    return name if interval is None else {"name": name, "from": interval[0], "to": interval[1]}


def analysed(folder, tasks):
    declared = [
        {
            "id": f"t{n}",
            "duration_s": 60,
            "reads": [resource(name, part) for name, part, writes in used if not writes],
            "writes": [resource(name, part) for name, part, writes in used if writes],
        }
        for n, used in enumerate(tasks)
    ]
    file = folder / "night.json"
    file.write_text(json.dumps({"workers": 4, "tasks": declared}), encoding="utf-8")
    return lockplan.analyze(file).analysis.graph


def excludes(one, other):
    (name, a, a_writes), (other_name, b, b_writes) = one, other
    if name != other_name or not (a_writes or b_writes):
        return False
    return a is None or b is None or (a[0] < b[1] and b[0] < a[1])


@settings(deadline=None, max_examples=60)
@given(tasks=tasks_using)
def test_two_tasks_conflict_just_where_one_writes_what_the_other_uses(tmp_path_factory, tasks):
    graph = analysed(tmp_path_factory.mktemp("parts"), tasks)
    found = {tuple(sorted((c.a.task.task_id, c.b.task.task_id))) for c in graph.conflicts}
    assert found == {
        (f"t{a}", f"t{b}")
        for a, b in combinations(range(len(tasks)), 2)
        if any(excludes(one, other) for one in tasks[a] for other in tasks[b])
    }


def test_tasks_on_parts_of_their_own_are_not_compared_with_each_other(tmp_path):
    apart = [[("sales", (day, day + 1), True)] for day in range(0, 300, 2)]
    assert analysed(tmp_path, apart).candidates == 0


def test_numbers_and_dates_of_one_resource_are_not_told_apart(tmp_path):
    tasks = [
        {"id": "a", "duration_s": 1, "writes": [{"name": "sales", "from": 1, "to": 2}]},
        {
            "id": "b",
            "duration_s": 1,
            "writes": [{"name": "sales", "from": "2026-01-01", "to": "2026-01-02"}],
        },
    ]
    file = tmp_path / "night.json"
    file.write_text(json.dumps({"workers": 2, "tasks": tasks}), encoding="utf-8")
    assert lockplan.analyze(file).analysis.graph.candidates == 1
