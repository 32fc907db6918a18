from __future__ import annotations

from lockplan.workflow.values import OneOf, Unknown, options
from tests.workflow.interpreting import names, read


def executed(tmp_path, body, **options_):
    reading = read(tmp_path, "import os, db\nX = os.environ.get('X')\n" + body, **options_)
    return [
        (call.text, call.site.conditional, call.site.repeated)
        for call in reading.calls
        if call.name == "execute"
    ]


def test_a_known_condition_takes_one_way(tmp_path):
    body = "if __name__ == '__main__':\n    db.execute('a')\nelse:\n    db.execute('b')\n"
    assert executed(tmp_path, body) == [("b", False, False)]


def test_an_unknown_condition_takes_both_ways(tmp_path):
    body = "if X:\n    db.execute('a')\nelse:\n    db.execute('b')\ndb.execute('c')\n"
    assert executed(tmp_path, body) == [
        ("a", True, False),
        ("b", True, False),
        ("c", False, False),
    ]


def test_a_name_bound_on_one_way_keeps_its_value(tmp_path):
    code = "import os\nif os.environ.get('X'):\n    a = 1\nelse:\n    b = 2\n"
    found = names(tmp_path, code)
    assert (found["a"], found["b"]) == (1, 2)


def test_a_name_bound_on_both_ways_may_be_either(tmp_path):
    code = "import os\na = 1\nif os.environ.get('X'):\n    a = 2\n"
    assert set(options(names(tmp_path, code)["a"])) == {1, 2}


def test_what_follows_a_conditional_return_may_not_run(tmp_path):
    body = "def f():\n    if X:\n        return 1\n    db.execute('a')\n    return 2\nr = f()\n"
    assert executed(tmp_path, body) == [("a", True, False)]


def test_results_of_all_returns_are_joined(tmp_path):
    code = """
        import os
        def f():
            if os.environ.get('X'):
                return 1
            return 2
        r = f()
    """
    assert set(options(names(tmp_path, code)["r"])) == {1, 2}


def test_a_guard_that_raises_leaves_the_rest_certain(tmp_path):
    body = "def f():\n    if X:\n        raise ValueError\n    db.execute('a')\nf()\n"
    assert executed(tmp_path, body) == [("a", False, False)]


def test_a_known_loop_is_unrolled_with_else_break_and_continue(tmp_path):
    body = """
for n in range(5):
    if n == 1:
        continue
    if n == 3:
        break
    db.execute(f'{n}')
else:
    db.execute('never')
"""
    assert executed(tmp_path, body) == [("0", False, False), ("2", False, False)]


def test_an_unknown_loop_runs_once_as_repeated(tmp_path):
    body = "for x in X:\n    db.execute(f'a {x}')\ndb.execute('b')\n"
    assert executed(tmp_path, body) == [("a <?>", True, True), ("b", False, False)]


def test_an_endless_loop_runs_its_body_surely_until_it_may_break(tmp_path):
    body = """
while True:
    db.execute('a')
    if X:
        break
    db.execute('b')
db.execute('c')
"""
    assert executed(tmp_path, body) == [
        ("a", False, True),
        ("b", True, True),
        ("c", False, False),
    ]


def test_what_changes_from_pass_to_pass_is_not_taken_from_the_first(tmp_path):
    body = """
offset = 0
sql = 'x'
rows = []
for x in X:
    db.execute('LIMIT %d' % offset)
    db.execute(sql)
    if len(rows) > 100:
        db.execute('flush')
    rows.append(x)
    offset += 100
    sql += ', y'
db.execute('%d' % offset)
"""
    texts = [text for text, _, _ in executed(tmp_path, body)]
    assert texts[0] == "LIMIT <?>"
    assert texts[1] == "x<?>"
    assert "flush" in texts
    assert texts[-1] != "0"


def test_elements_added_under_a_condition_may_be_missing(tmp_path):
    code = """
        import os
        parts = ['a']
        if os.environ.get('X'):
            parts.append('b')
        joined = ','.join(parts)
        n = len(parts)
        inside = []
        for p in ['x', 'y']:
            inside.append(p)
        whole = ','.join(inside)
    """
    found = names(tmp_path, code)
    assert "<?>" in found["joined"]
    assert isinstance(found["n"], Unknown)
    assert found["whole"] == "x,y"


def test_an_entry_set_under_a_condition_may_be_the_old_one(tmp_path):
    code = "import os\nd = {'t': 'a'}\nif os.environ.get('X'):\n    d['t'] = 'b'\nt = d['t']\n"
    assert set(options(names(tmp_path, code)["t"])) == {"a", "b"}


def test_handlers_may_run_and_finally_does(tmp_path):
    body = """
def f():
    try:
        db.execute('a')
        return 1
    except ValueError:
        db.execute('b')
        raise
    finally:
        db.execute('c')
f()
"""
    assert executed(tmp_path, body) == [
        ("a", False, False),
        ("b", True, False),
        ("c", False, False),
    ]


def test_an_import_that_is_found_leaves_its_fallback_unread(tmp_path):
    code = """
        try:
            from helper import value
        except ImportError:
            value = 'fallback'
        try:
            from missing import other
        except ImportError:
            other = 'fallback'
    """
    found = names(tmp_path, code, files={"dags/helper.py": "value = 'found'\n"})
    assert (found["value"], found["other"]) == ("found", "fallback")


def test_match_takes_the_known_case_or_all_that_may_fit(tmp_path):
    body = """
def f(x):
    match x:
        case 'a':
            db.execute('first')
        case ('b', y) if y:
            db.execute(y)
        case _:
            db.execute('rest')
f('a')
f(('b', 'second'))
f(X)
"""
    found = executed(tmp_path, body)
    assert found[:2] == [("first", False, False), ("second", False, False)]
    assert found[2] == ("first", True, False)
    assert found[-1] == ("rest", True, False)


def test_a_context_manager_of_the_folder_surrounds_its_body(tmp_path):
    body = """
from contextlib import contextmanager
@contextmanager
def cursor():
    db.execute('begin')
    yield 'c'
    db.execute('end')
with cursor() as c:
    db.execute(c)
"""
    assert [text for text, _, _ in executed(tmp_path, body)] == ["begin", "c", "end"]


def test_comprehensions_follow_known_elements_and_mark_unknown_conditions(tmp_path):
    code = """
        import os
        a = [x * 2 for x in range(4) if x % 2]
        b = {k: v for k, v in zip('ab', [1, 2])}
        c = [x for x in 'ab' if os.environ.get(x)]
        n = len(c)
        d = [[y for y in range(x)] for x in range(3)]
        e = any(x > 2 for x in range(4))
    """
    found = names(tmp_path, code)
    assert found["a"] == [2, 6]
    assert found["b"] == {"a": 1, "b": 2}
    assert isinstance(found["n"], Unknown)
    assert found["d"] == [[], [0], [0, 1]]
    assert found["e"] is True


def test_unknown_operands_of_or_may_be_the_result(tmp_path):
    found = names(tmp_path, "import os\na = os.environ['X'] or 'd'\nb = None or 'e'\nc = 0 and 1\n")
    assert isinstance(found["a"], OneOf)
    assert (found["b"], found["c"]) == ("e", 0)
