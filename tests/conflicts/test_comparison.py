from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.conflicts import Clock, horizon
from lockplan.conflicts.comparison import Comparison, severity
from lockplan.engines import compare
from lockplan.footprints import footprint, resolve_footprint
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection, Engine
from lockplan.model.dates import Anchor, DateExpr, Shift, Truncate, Unit
from lockplan.model.place import Span
from lockplan.model.schedule import Cadence
from lockplan.model.schema import Column, ColumnType, Index, Schema, Table
from lockplan.model.statement import Statement
from lockplan.model.workflow import Task, TaskKey

RUNS = horizon(Clock((Cadence("0 4 * * *"),), (2, 3)), datetime(2026, 11, 15))
DAY = Column("day", ColumnType.DATE, nullable=False)
SCHEMA = Schema(
    (
        Table("secondary", (DAY,), (Index("day", ("day",)),)),
        Table("clustered", (DAY,), (Index("PRIMARY", ("day",), unique=True, primary=True),)),
    )
)
HERE = Span("dags/a.py", 1)
CONNECTION = Connection("db", Engine.MYSQL, "s", "d", version="8.4")

anchors = st.sampled_from(list(Anchor))
steps = st.lists(
    st.one_of(
        st.builds(Shift, days=st.integers(-3, 3)),
        st.builds(Truncate, st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH])),
    ),
    max_size=2,
)
dates = st.builds(lambda anchor, steps: DateExpr(anchor, tuple(steps), "%Y-%m-%d"), anchors, steps)
verbs = st.sampled_from(["DELETE FROM {} WHERE", "UPDATE {} SET x = 1 WHERE"])


@st.composite
def statements(draw: st.DrawFn, table: str) -> tuple[str | DateExpr, ...]:
    low, high = draw(dates), draw(dates)
    verb = draw(verbs).format(table)
    return (f"{verb} day BETWEEN '", low, "' AND '", high, "'")


def read(name: str, parts: tuple[str | DateExpr, ...]) -> Footprint:
    statement = Statement(parts, None, CONNECTION, 0, HERE, HERE)
    task = Task(TaskKey("night", name), "PythonOperator", (), (statement,), HERE)
    return footprint(task, SCHEMA, lambda connection: connection, RUNS[0])


@pytest.mark.parametrize("table", ["secondary", "clustered"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_comparing_alike_runs_once_finds_what_comparing_all_runs_finds(table, data):
    pair = tuple(read(name, data.draw(statements(table))) for name in ("a", "b"))
    quick = Comparison(pair, SCHEMA).worst(0, 1, tuple((run, run) for run in RUNS))
    worst = max(
        severity(compare(*(resolve_footprint(f, run, SCHEMA) for f in pair), SCHEMA, run))
        for run in RUNS
    )
    assert (severity(quick.verdict) if quick else (0, 0)) == worst


def test_a_meeting_names_a_run_in_which_it_happens():
    start_of_month = DateExpr(Anchor.LOGICAL_DATE, (Truncate(Unit.MONTH),), "%Y-%m-%d")
    today = DateExpr(Anchor.LOGICAL_DATE, (), "%Y-%m-%d")
    pair = (
        read("a", ("DELETE FROM clustered WHERE day = '", start_of_month, "'")),
        read("b", ("DELETE FROM clustered WHERE day = '", today, "'")),
    )
    meeting = Comparison(pair, SCHEMA).worst(0, 1, tuple((run, run) for run in RUNS))
    assert meeting.dates.logical_date.day == 1
