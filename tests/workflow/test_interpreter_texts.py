from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lockplan.workflow.formatting import percent
from lockplan.workflow.texts import length, replaced, sliced
from lockplan.workflow.values import OneOf, Text, Unknown, options
from tests.workflow.interpreting import DS, NIGHT, names, read, shown


def returned(tmp_path, expression, **arguments):
    reading = read(tmp_path, f"def f(ds, x=None):\n    return {expression}\n")
    return shown(reading.call("f", DS, **arguments))


def test_percent_puts_the_date_where_it_goes(tmp_path):
    assert returned(tmp_path, "\"day = '%s' AND n = %d\" % (ds, 3)") == (
        "day = '2024-03-01' AND n = 3"
    )


def test_percent_takes_one_value_without_a_tuple(tmp_path):
    assert returned(tmp_path, "'LIKE \"%%a\" AND day = %s' % (ds)") == (
        'LIKE "%a" AND day = 2024-03-01'
    )


def test_percent_takes_names_from_a_dictionary(tmp_path):
    code = "'%(a)s/%(b)05.1f' % {'a': ds, 'b': 2.25}"
    assert returned(tmp_path, code) == "2024-03-01/002.2"


def test_format_knows_positions_names_attributes_and_items(tmp_path):
    code = "'{} {1} {a} {b[k]} {c.year}'.format(ds, 2, a='x', b={'k': ds}, c=__import_date)"
    module = "from datetime import date\n__import_date = date(2020, 1, 1)\n"
    reading = read(tmp_path, f"{module}def f(ds):\n    return {code.replace('{} ', '{0} ')}\n")
    assert shown(reading.call("f", DS)) == "2024-03-01 2 x 2024-03-01 2020"


def test_an_f_string_keeps_its_known_parts_around_an_unknown_one(tmp_path):
    reading = read(
        tmp_path, "import requests\nsql = f'DELETE FROM t WHERE a = {requests.x()} AND b'\n"
    )
    text = reading.module.names["sql"]
    assert text.parts[0] == "DELETE FROM t WHERE a = "
    assert isinstance(text.parts[1], Unknown)
    assert "requests.x" in text.parts[1].reason


def test_slices_of_a_date_cut_its_format(tmp_path):
    assert returned(tmp_path, "ds[:7] + '|' + ds[0:4] + '|' + ds[-2:]") == "2024-03|2024|01"


def test_a_slice_through_something_unknown_is_unknown(tmp_path):
    text = sliced(Text(("ab", Unknown("x"), "cd")), 1, 4)
    assert isinstance(text.parts[0], Unknown)
    assert sliced(Text(("ab", Unknown("x"), "cd")), None, 2) == "ab"


def test_dashes_are_taken_out_of_a_date(tmp_path):
    assert returned(tmp_path, "'t_' + ds.replace('-', '')") == "t_20240301"


def test_split_takes_a_date_apart(tmp_path):
    assert [shown(part) for part in returned(tmp_path, "ds.split('-')")] == ["2024", "03", "01"]


def test_text_methods_work_on_the_known_parts(tmp_path):
    assert returned(tmp_path, "('  a' + ds + 'b\\n').strip().upper()") == "A2024-03-01B"


def test_join_and_added_text(tmp_path):
    code = """
        parts = ['a', 'b']
        sql = 'SELECT '
        sql += ', '.join(parts)
        for n in range(2):
            sql += f' {n}'
    """
    assert names(tmp_path, code)["sql"] == "SELECT a, b 0 1"


def test_templates_and_dedent(tmp_path):
    code = '''
        from string import Template
        from textwrap import dedent
        sql = dedent("""
            SELECT $a,
              ${b} $$
        """)
        made = Template(sql).substitute(a=1, b='x')
    '''
    assert names(tmp_path, code)["made"] == "\nSELECT 1,\n  x $\n"


def test_a_failing_format_is_unknown_and_says_why(tmp_path):
    found = names(tmp_path, "a = '%d' % 'x'\nb = '{'.format(1)\nc = 'x' * 10**12\n")
    assert "fails" in found["a"] or "<?>" in found["a"]
    assert "format() fails" in found["b"].reason
    assert "bounds" in found["c"].reason


def test_the_place_of_a_literal_survives_what_is_done_to_it(tmp_path):
    code = '''\
        import db
        BASE = "DELETE FROM t WHERE day = '%s'"

        def build(day):
            sql = """
                SELECT {x}
            """.strip()
            return sql.format(x=day) + ' ORDER BY 1'

        db.execute(BASE % 1)
        db.execute(build('d'))
        db.execute(f"a {BASE}")
        db.execute(' '.join(['x',
                             'y']))
        for part in [BASE + ' -- x', 'z'.upper()]:
            db.execute(part)
    '''
    calls = read(tmp_path, code).calls
    assert [(c.site.span.line, c.site.literal.line) for c in calls] == [
        (10, 2),
        (11, 5),
        (12, 12),
        (13, 13),
        (16, 2),
        (16, 15),
    ]


def test_texts_of_two_ways_are_both_kept(tmp_path):
    code = """
        import os
        if os.environ.get('X'):
            t = 'a'
        else:
            t = 'b'
        sql = f'DELETE FROM {t}'
        low = ('X %s' % t).lower()
    """
    found = read(tmp_path, code).module.names
    assert isinstance(found["sql"], OneOf)
    assert [str(option) for option in options(found["sql"])] == ["DELETE FROM a", "DELETE FROM b"]
    assert [str(option) for option in options(found["low"])] == ["x a", "x b"]


WORDS = st.text(alphabet="ab -%{}", max_size=8)


@given(WORDS, WORDS, st.integers(0, 30), st.integers(0, 30))
def test_slicing_a_text_with_a_date_is_slicing_what_it_renders_to(before, after, start, stop):
    text = Text.join([before, DS, after])
    whole = shown(text)
    assert length(text) == len(whole)
    made = sliced(text, start, stop)
    cut = shown(made)
    if "<?>" not in cut:
        assert cut == whole[start:stop]


@given(WORDS, WORDS, st.sampled_from(["-", "a", "ab", " "]), st.sampled_from(["", "_", "b", "%"]))
def test_replacing_in_a_text_with_a_date_is_replacing_in_what_it_renders_to(
    before, after, old, new
):
    text = Text.join([before, DS, after])
    assert shown(replaced(text, old, new)) == shown(text).replace(old, new)


@given(st.lists(st.sampled_from(["%s", "%%", "a", "%5s", "%-4s", "%r"]), max_size=5))
def test_percent_on_known_values_is_pythons_own(pieces):
    template = "".join(pieces)
    values = tuple("x" for piece in pieces if piece not in ("%%", "a"))
    assert percent(template, values) == template % values


def test_a_rendered_night_is_what_the_tests_say():
    assert shown(DS) == f"{NIGHT.logical_date:%Y-%m-%d}"


def test_a_placeholder_is_no_text_where_the_values_given_are_not_known(tmp_path):
    code = """
        from string import Template
        import shop

        text = Template("SELECT $a").safe_substitute(shop.values())
        """
    assert names(tmp_path, code)["text"] == "SELECT <?>"
