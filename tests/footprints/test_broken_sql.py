from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.connection import Engine
from lockplan.model.statement import Unknown
from tests.footprints.reading import ds, on, read
from tests.footprints.test_statements import CASES, POSTGRESQL, SQLITE, UNREAD

STATEMENTS = [case[0] for case in (*CASES, *POSTGRESQL, *SQLITE, *UNREAD) if len(case[0]) < 500]
WORDS = sorted({word for sql in STATEMENTS for word in sql.split()})
HOLES = (ds(), ds(-1, None), Unknown("x"))
engines = st.sampled_from([*Engine])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[object, ...]:
    """Draw a statement with words cut out, put in, exchanged or unknown."""
    words: list[object] = [*draw(st.sampled_from(STATEMENTS)).split()]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(words)))
        length = draw(st.integers(0, 3))
        words[at : at + length] = draw(
            st.lists(st.sampled_from([*WORDS, *HOLES, "(", ")", ",", "'", "`", ";"]), max_size=2)
        )
    return tuple(part for word in words for part in (word, " "))


@settings(max_examples=300, deadline=None)
@given(damaged(), engines)
def test_broken_sql_is_read_in_part_or_said_to_be_unread_but_never_an_error(parts, engine):
    found = read(parts, connection=on(engine))  # type: ignore[arg-type]
    assert len(found.transactions) <= len(found.statements)
    assert all(skipped.reason for _, skipped in found.unread)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), engines)
def test_any_text_at_all_is_read_without_an_error(text, engine):
    read(text, connection=on(engine))
