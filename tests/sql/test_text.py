from __future__ import annotations

from datetime import datetime

import pytest

from lockplan.model.connection import Connection, Engine
from lockplan.model.dates import Anchor, DateExpr, RunDates
from lockplan.model.place import Span
from lockplan.model.statement import Param, Statement, Unknown
from lockplan.sql.scan import split
from lockplan.sql.text import bind

DAY = DateExpr(Anchor.LOGICAL_DATE, (), "%Y-%m-%d")
RUN = RunDates(*[datetime(2024, 5, 10)] * 3)


def bound(sql: str, params: object, engine: Engine = Engine.MYSQL) -> str:
    """Return the text that a driver would send, for the run of 2024-05-10."""
    place = Span("lib.py", 1)
    statement = Statement((sql,), params, Connection("c", engine), 0, place, place)  # type: ignore[arg-type]
    text, holes = bind(statement, engine)
    return holes.render(text, RUN)


def text(value: str, name: str | None = None) -> Param:
    return Param((value,), True, name)


@pytest.mark.parametrize(
    ("engine", "sql", "params", "expected"),
    [
        (Engine.MYSQL, "a = %s", (text("x"),), "a = 'x'"),
        (Engine.MYSQL, "a = %s", (Param(("5",), False),), "a =  5 "),
        (Engine.MYSQL, "a = %s", (Param((DAY,), True),), "a = '2024-05-10'"),
        (Engine.MYSQL, "a = %(d)s AND b = %(d)s", (text("x", "d"),), "a = 'x' AND b = 'x'"),
        (Engine.MYSQL, "a LIKE 'x%%' AND b = %s", (text("y"),), "a LIKE 'x%' AND b = 'y'"),
        (Engine.MYSQL, "a LIKE 'x%%'", None, "a LIKE 'x%%'"),
        (Engine.MYSQL, "a = %s", (text("it's \\"),), "a = 'it''s \\\\'"),
        (Engine.MYSQL, "a = '%s' AND b = %s", (text("x"), text("y")), "a = '<?>' AND b = 'y'"),
        (Engine.MYSQL, "a = %s AND b = %s", (text("x"),), "a = 'x' AND b = <?>"),
        (Engine.MYSQL, "a = %s", Unknown("f()"), "a = <?>"),
        (Engine.SQLITE, "a = ? AND b = '?' -- ?\n", (text("x"),), "a = 'x' AND b = '?' -- ?\n"),
        (Engine.SQLITE, "a = :d AND b = ':d'", (text("x", "d"),), "a = 'x' AND b = ':d'"),
        (Engine.SQLITE, "a % 2 = ?", (Param(("1",), False),), "a % 2 =  1 "),
        (Engine.POSTGRESQL, "a::date = :d", (text("x", "d"),), "a::date = 'x'"),
        (Engine.POSTGRESQL, "a = $1 OR b = $1", (text("x"),), "a = 'x' OR b = 'x'"),
    ],
)
def test_parameters_are_bound_as_the_driver_does(engine, sql, params, expected):
    assert bound(sql, params, engine) == expected


@pytest.mark.parametrize(
    ("engine", "sql", "expected"),
    [
        (Engine.MYSQL, "a;b ; \n c;", [("a", 0), ("b", 0), ("c", 1)]),
        (Engine.MYSQL, "a ';' \";\" `;` # ;\n; b", [("a ';' \";\" `;`", 0), ("b", 1)]),
        (Engine.MYSQL, "a '\\';' ; b", [("a '\\';'", 0), ("b", 0)]),
        (Engine.SQLITE, "a '\\'; b '", [("a '\\'", 0), ("b '", 0)]),
        (Engine.MYSQL, "a -- ;\n; b", [("a", 0), ("b", 1)]),
        (Engine.POSTGRESQL, "select $x$ a; b $x$; c", [("select $x$ a; b $x$", 0), ("c", 0)]),
        (Engine.MYSQL, "/*!40101 SET x = 1 */; b", [("SET x = 1", 0), ("b", 0)]),
        (Engine.MYSQL, "DELIMITER //\na; b//\nDELIMITER ;\nc; d",
         [("a; b", 1), ("c", 3), ("d", 3)]),
        (
            Engine.SQLITE,
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN\n a; CASE WHEN 1 THEN 2 END; END;\nb",
            [("CREATE TRIGGER x AFTER INSERT ON t BEGIN\n a; CASE WHEN 1 THEN 2 END; END", 0),
             ("b", 2)],
        ),
        (Engine.MYSQL, " ; -- nothing\n", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_its_statements_with_their_lines(engine, sql, expected):
    assert [(piece.text, piece.line) for piece in split(sql, engine)] == expected
