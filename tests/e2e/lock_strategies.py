"""Hypothesis strategies: small tables with any keys, and pairs of transactions upon them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.engines.predicted import ISOLATIONS

Transaction = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two transactions at one isolation level."""

    isolation: str
    a: Transaction
    b: Transaction
    turns: str
    """Whose statement comes next, in a row of "a" and "b"."""
    autocommit: str = ""
    """The sides whose every statement is committed."""

    def __str__(self) -> str:
        tasks = (("a", self.a), ("b", self.b))
        lines = [f"  {name}: {statement};" for name, task in tasks for statement in task]
        ground = f"{ISOLATIONS[self.isolation]}, turns {self.turns}, autocommit {self.autocommit}"
        return "\n".join((f"  isolation: {ground}", *lines))


@dataclass(frozen=True, slots=True)
class World:
    """Tables with rows."""

    ddl: tuple[str, ...]
    rows: tuple[str, ...]
    tables: tuple[str, ...]
    """In the order in which they are created: a parent before its child."""
    unique_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, where an upsert must name them."""

    def __str__(self) -> str:
        return "\n".join(f"  {statement};" for statement in (*self.ddl, *map(_short, self.rows)))


@dataclass(frozen=True, slots=True)
class Trial:
    """Tables, and pairs of transactions to try upon them."""

    world: World
    pairs: tuple[Pair, ...]


def _short(statement: str) -> str:
    return statement if len(statement) <= 300 else f"{statement[:300]} …"


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows a table has: so many for each of these days."""

    days: tuple[int, ...]
    per_day: int


FILLINGS = (
    _Rows((), 0),
    _Rows(tuple(range(1, 9)), 3),
    _Rows((1, 2, 3, 5, 6, 8), 2),
    _Rows((2, 3, 6, 7), 30),
    _Rows(tuple(range(1, 9)), 100),
)
PRIMARY_KEYS = (
    "PRIMARY KEY (id)",
    "PRIMARY KEY (day, id), KEY k_id (id)",
    "PRIMARY KEY (day, game), KEY k_id (id)",
    "PRIMARY KEY (game, day), KEY k_id (id)",
    "KEY k_id (id)",
)
SECONDARY_KEYS = (
    "KEY k_day (day)",
    "KEY k_game (game)",
    "KEY k_day_game (day, game)",
    "KEY k_game_day (game, day)",
    "UNIQUE KEY u_day_game (day, game)",
    "UNIQUE KEY u_game_day (game, day)",
    "UNIQUE KEY u_value (value)",
    "KEY k_value (value)",
)
MONTH = "2026-03"
_PARTS = "PARTITION early VALUES LESS THAN ({0}), PARTITION late VALUES LESS THAN (MAXVALUE)"
PARTITIONS = (
    f"PARTITION BY RANGE COLUMNS (day) ({_PARTS})".format(f"'{MONTH}-05'"),
    f"PARTITION BY RANGE (TO_DAYS(day)) ({_PARTS})".format(f"TO_DAYS('{MONTH}-05')"),
)
GENERATED = "month_day INT AS (DAY(day)) STORED, KEY k_month_day (month_day)"
VIEW = "CREATE VIEW seen AS SELECT * FROM fact WHERE game > 1"
TRIGGER = (
    "CREATE TRIGGER follows AFTER INSERT ON fact FOR EACH ROW "
    "UPDATE other SET value = NEW.game WHERE day = NEW.day"
)

days = st.integers(1, 9).map(lambda number: f"'{MONTH}-{number:02d}'")
games = st.integers(1, 5).map(str)
ids = st.integers(1, 12).map(str)
amounts = st.integers(0, 12).map(str)
VALUES = {"day": days, "game": games, "id": ids, "value": amounts, "parent_id": ids}


def equalities(column: str) -> st.SearchStrategy[str]:
    several = st.lists(VALUES[column], min_size=2, max_size=3, unique=True)
    return st.one_of(
        VALUES[column].map(lambda value: f"{column} = {value}"),
        several.map(lambda values: f"{column} IN ({', '.join(sorted(values))})"),
    )


def ranges(column: str) -> st.SearchStrategy[str]:
    ends = st.lists(VALUES[column], min_size=2, max_size=2, unique=True).map(
        lambda values: sorted(values, key=lambda value: (len(value), value))
    )
    return st.one_of(
        ends.map(lambda pair: f"{column} BETWEEN {pair[0]} AND {pair[1]}"),
        ends.map(lambda pair: f"{column} >= {pair[0]} AND {column} < {pair[1]}"),
        VALUES[column].map(lambda value: f"{column} > {value}"),
        VALUES[column].map(lambda value: f"{column} <= {value}"),
    )


def limits(column: str) -> st.SearchStrategy[str]:
    return st.one_of(equalities(column), equalities(column), ranges(column))


def conditions(columns: Sequence[str]) -> st.SearchStrategy[str]:
    """One limit as a rule, the first column's most often; sometimes two; rarely a choice."""
    first = st.one_of(limits(columns[0]), limits(columns[0]), *map(limits, columns))
    further = st.one_of(*map(limits, columns))
    both = st.tuples(first, further).map(" AND ".join)
    either = st.tuples(first, further).map(lambda pair: f"({pair[0]}) OR ({pair[1]})")
    return st.one_of(first, first, first, both, both, either)


COLUMNS = {
    "fact": ("day", "game", "id", "value"),
    "other": ("day", "game", "id", "value"),
    "parent": ("id", "value"),
    "child": ("parent_id", "id", "value"),
}
_GIVEN = {
    "fact": (("day", "game"), ("day", "game", "value"), ("id", "day", "game", "value")),
    "parent": (("id",), ("id", "value")),
    "child": (("parent_id",), ("id", "parent_id"), ("parent_id", "value")),
}
_GIVEN["other"] = _GIVEN["fact"]
MATCH = {"fact": "day", "other": "day", "parent": "id", "child": "parent_id"}
"""The column by which a table is joined with the world's other one."""


def reads(table: str) -> st.SearchStrategy[str]:
    forms = (
        "SELECT * FROM {0} WHERE {1}",
        "SELECT * FROM {0} WHERE {1} LOCK IN SHARE MODE",
        "SELECT * FROM {0} WHERE {1} FOR UPDATE",
        "SET @found = (SELECT COUNT(*) FROM {0} WHERE {1})",
        "SELECT COUNT(*) FROM {0} WHERE {1} INTO @found",
        "SELECT * FROM {0} WHERE {1} ORDER BY id DESC LIMIT 1 FOR UPDATE",
    )
    return st.tuples(st.sampled_from(forms), conditions(COLUMNS[table])).map(
        lambda drawn: drawn[0].format(table, drawn[1])
    )


def inserts(table: str) -> st.SearchStrategy[str]:
    return inserts_of(table, ("INSERT", "INSERT", "INSERT IGNORE", "REPLACE", "UPSERT"))


@st.composite
def inserts_of(draw: st.DrawFn, table: str, verbs: Sequence[str]) -> str:
    columns = draw(st.sampled_from(_GIVEN[table]))
    verb = draw(st.sampled_from(verbs))
    rows = [
        ", ".join(draw(VALUES[column]) for column in columns)
        for _ in range(draw(st.sampled_from((1, 1, 2))))
    ]
    values = ", ".join(f"({row})" for row in rows)
    text = f"INTO {table} ({', '.join(columns)}) VALUES {values}"
    if verb == "UPSERT":
        return f"INSERT {text} ON DUPLICATE KEY UPDATE value = {draw(amounts)}"
    return f"{verb} {text}"


_ENDS = ("", "", "", "", " ORDER BY id LIMIT 2")


@st.composite
def changes(draw: st.DrawFn, table: str, ends: Sequence[str] = _ENDS) -> str:
    where = draw(conditions(COLUMNS[table]))
    last = draw(st.sampled_from(ends))
    if draw(st.booleans()):
        return f"DELETE FROM {table} WHERE {where}{last}"
    keys = [column for column in COLUMNS[table] if column not in ("id", "value")]
    column = draw(st.sampled_from(("value", "value", "value", *keys)))
    return f"UPDATE {table} SET {column} = {draw(VALUES[column])} WHERE {where}{last}"


@st.composite
def across(draw: st.DrawFn, tables: tuple[str, ...]) -> str:
    """A statement that reads one table to change another."""
    target, source = draw(st.permutations(tables))
    where = draw(conditions(COLUMNS[source]))
    mine, theirs = MATCH[target], MATCH[source]
    join = f"{target} AS t JOIN {source} AS s ON t.{mine} = s.{theirs}"
    limit = " AND ".join(f"s.{part}" for part in (draw(equalities(COLUMNS[source][0])),))
    forms = [
        f"UPDATE {target} SET value = 7 WHERE {mine} IN (SELECT {theirs} FROM {source} "
        f"WHERE {where})",
        f"DELETE FROM {target} WHERE {mine} IN (SELECT {theirs} FROM {source} WHERE {where})",
        f"UPDATE {join} SET t.value = 7 WHERE {limit}",
        f"DELETE t FROM {join} WHERE {limit}",
    ]
    if target in ("fact", "other"):
        forms.append(
            f"INSERT INTO {target} (day, game) SELECT day, game + 5 FROM {source} WHERE {where}"
        )
    return draw(st.sampled_from(forms))


@st.composite
def through(draw: st.DrawFn, world: World) -> str:
    """A statement through a view or a generated column, with a hint, or on the last new row."""
    table = world.tables[0]
    where = draw(conditions(COLUMNS[table]))
    columns = COLUMNS[table]
    forms = [f"UPDATE {table} SET value = 3 WHERE {columns[-2]} = LAST_INSERT_ID()"]
    if VIEW in world.ddl:
        forms += [
            f"UPDATE seen SET value = 4 WHERE {where}",
            f"DELETE FROM seen WHERE {where}",
            f"SELECT COUNT(*) FROM seen WHERE {where} FOR UPDATE",
        ]
    if GENERATED in world.ddl[0]:
        forms += [
            f"DELETE FROM {table} WHERE month_day = {draw(games)}",
            f"UPDATE {table} SET value = 5 WHERE month_day BETWEEN 2 AND {draw(games)}",
        ]
    if "KEY k_day (" in world.ddl[0]:
        forms += [
            f"SELECT * FROM {table} FORCE INDEX (k_day) WHERE {where} FOR UPDATE",
            f"UPDATE {table} IGNORE INDEX (k_day) SET value = 6 WHERE {where}",
        ]
    return draw(st.sampled_from(forms))


@st.composite
def loads(draw: st.DrawFn, tables: tuple[str, ...]) -> Transaction:
    """A night's load by way of a stage, as batches are written."""
    target, stage = tables
    day = draw(days)
    return (
        draw(st.sampled_from((f"DELETE FROM {stage}", f"DELETE FROM {stage} WHERE day = {day}"))),
        f"INSERT INTO {stage} (day, game) VALUES ({day}, 8), ({day}, 9)",
        f"DELETE FROM {target} WHERE day = {day}",
        f"INSERT INTO {target} (day, game) SELECT day, game FROM {stage} WHERE day = {day}",
    )[draw(st.integers(0, 2)) :]


def tasks(world: World) -> st.SearchStrategy[Transaction]:
    lines = statements(world.tables)
    one = transactions_of(lines)
    if "fact" not in world.tables:
        return one
    special = transactions_of(st.one_of(lines, through(world)))
    loading = loads(world.tables) if len(world.tables) == 2 else special
    return st.one_of(one, special, loading)


def statements(tables: tuple[str, ...]) -> st.SearchStrategy[str]:
    on_one = st.sampled_from(tables).flatmap(
        lambda table: st.one_of(
            reads(table), inserts(table), inserts(table), changes(table), changes(table)
        )
    )
    return st.one_of(on_one, on_one, on_one, across(tables)) if len(tables) == 2 else on_one


def transactions_of(lines: st.SearchStrategy[str]) -> st.SearchStrategy[Transaction]:
    """One to four statements, the shorter the more often."""
    sizes = st.sampled_from((1, 1, 2, 2, 2, 3, 4))
    return sizes.flatmap(lambda size: st.tuples(*[lines] * size))


@st.composite
def fact_tables(draw: st.DrawFn, name: str) -> tuple[str, str | None]:
    """A table of facts by day: its definition and, where it has rows, their INSERT."""
    primary = draw(st.sampled_from(PRIMARY_KEYS))
    keys = draw(st.lists(st.sampled_from(SECONDARY_KEYS), max_size=2, unique=True))
    day_type = draw(st.sampled_from(("DATE", "DATE", "DATETIME")))
    parted = "day" in primary and all("UNIQUE" not in key or "day" in key for key in keys)
    parted = parted and draw(st.sampled_from((False, False, True)))
    if not parted and draw(st.integers(0, 4)) == 0:
        keys.append(GENERATED)
    columns = (
        f"id INT NOT NULL AUTO_INCREMENT, day {day_type} NOT NULL, game INT NOT NULL, value INT"
    )
    ddl = f"CREATE TABLE {name} ({', '.join((columns, primary, *keys))}) ENGINE=InnoDB"
    rows = draw(st.sampled_from(FILLINGS))
    values = [
        f"('{MONTH}-{day:02d}', {game}, {'NULL' if 'u_value' in ddl else 0})"
        for day in rows.days
        for game in range(1, rows.per_day + 1)
    ]
    insert = f"INSERT INTO {name} (day, game, value) VALUES {', '.join(values)}"
    if parted:
        ddl += f" {draw(st.sampled_from(PARTITIONS))}"
    return ddl, (insert if values else None)


@st.composite
def fact_worlds(draw: st.DrawFn) -> World:
    names = draw(st.sampled_from((("fact",), ("fact",), ("fact", "other"))))
    tables = [draw(fact_tables(name)) for name in names]
    further = [VIEW] if draw(st.booleans()) else []
    further += [TRIGGER] if len(names) == 2 and draw(st.booleans()) else []
    return World(
        (*(ddl for ddl, _ in tables), *further),
        tuple(insert for _, insert in tables if insert),
        names,
    )


@st.composite
def family_worlds(draw: st.DrawFn) -> World:
    """A parent and its child."""
    actions = st.sampled_from(("RESTRICT", "RESTRICT", "CASCADE", "SET NULL"))
    key = draw(st.sampled_from(("", "KEY k_parent (parent_id), ", "UNIQUE KEY u_value (value), ")))
    parent = (
        "CREATE TABLE parent (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, value INT) ENGINE=InnoDB"
    )
    child = (
        "CREATE TABLE child (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, parent_id INT, "
        f"value INT, {key}FOREIGN KEY (parent_id) REFERENCES parent (id) "
        f"ON DELETE {draw(actions)} ON UPDATE {draw(actions)}) ENGINE=InnoDB"
    )
    parents = sorted(draw(st.sets(st.integers(1, 12), max_size=8)))
    rows: tuple[str, ...] = ()
    if parents:
        children = [(n, n) for n in parents if draw(st.booleans())]
        rows = (f"INSERT INTO parent VALUES {', '.join(f'({n}, 0)' for n in parents)}",)
        if children:
            values = ", ".join(f"({n}, {m})" for n, m in children)
            rows += (f"INSERT INTO child (parent_id, value) VALUES {values}",)
    return World((parent, child), rows, ("parent", "child"))


worlds = st.one_of(fact_worlds(), fact_worlds(), fact_worlds(), family_worlds())


@st.composite
def pairs(draw: st.DrawFn, world: World) -> Pair:
    """Two transactions: one after the other, or by turns."""
    one = tasks(world)
    a, b = draw(one), draw(one)
    level = draw(st.sampled_from(("RR", "RC")))
    return Pair(level, a, b, draw(turns(len(a), len(b))), draw(autocommits))


autocommits = st.sampled_from(("", "", "", "a", "b", "ab"))


def turns(a: int, b: int) -> st.SearchStrategy[str]:
    """Draw whose statement comes next: often all of one side's first."""
    either = st.sampled_from(("a" * a + "b" * b, "b" * b + "a" * a))
    mixed = st.permutations("a" * a + "b" * b).map("".join)
    return st.one_of(either, mixed, mixed)


def trials_of(
    worlds: st.SearchStrategy[World],
    pairs: Callable[[World], st.SearchStrategy[Pair]],
    most_pairs: int,
) -> st.SearchStrategy[Trial]:
    """Tables with up to so many pairs: making the tables takes longer than trying a pair."""
    return worlds.flatmap(
        lambda world: st.builds(
            Trial,
            st.just(world),
            st.lists(pairs(world), min_size=1, max_size=most_pairs).map(tuple),
        )
    )


def trials(most_pairs: int) -> st.SearchStrategy[Trial]:
    """Tables of InnoDB with pairs."""
    return trials_of(worlds, pairs, most_pairs)
