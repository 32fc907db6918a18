"""Hypothesis strategies for PostgreSQL: small tables with any keys, and pairs of transactions."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.e2e.lock_strategies import (
    COLUMNS,
    FILLINGS,
    MATCH,
    MONTH,
    VALUES,
    Pair,
    Transaction,
    Trial,
    World,
    amounts,
    autocommits,
    changes,
    conditions,
    equalities,
    transactions_of,
    trials_of,
    turns,
)

_GIVEN = {
    "fact": (("day", "game"), ("day", "game", "value"), ("id", "day", "game", "value")),
    "other": (("day", "game"), ("day", "game", "value"), ("id", "day", "game", "value")),
    "parent": (("id",), ("id", "value")),
    "child": (("id",), ("id", "parent_id"), ("id", "parent_id", "value")),
}
_KEYS = (
    "PRIMARY KEY (id)",
    "PRIMARY KEY (day, game)",
    "PRIMARY KEY (day, id)",
    "UNIQUE (day, game)",
    "UNIQUE (value)",
    "CHECK (game > 0)",
)
_PARTITIONS = (
    "CREATE TABLE {0}_early PARTITION OF {0} FOR VALUES FROM (MINVALUE) TO ('" + MONTH + "-05')",
    "CREATE TABLE {0}_late PARTITION OF {0} FOR VALUES FROM ('" + MONTH + "-05') TO (MAXVALUE)",
)
_READS = (
    "SELECT * FROM {0} WHERE {1}",
    "SELECT * FROM {0} WHERE {1} FOR UPDATE",
    "SELECT * FROM {0} WHERE {1} FOR NO KEY UPDATE",
    "SELECT * FROM {0} WHERE {1} FOR SHARE",
    "SELECT * FROM {0} WHERE {1} FOR KEY SHARE",
    "SELECT * FROM {0} WHERE {1} FOR UPDATE SKIP LOCKED",
    "SELECT * FROM {0} WHERE {1} ORDER BY id DESC LIMIT 1 FOR UPDATE",
)
_WHOLE = (
    "TRUNCATE {0} CASCADE",
    "LOCK TABLE {0} IN SHARE MODE",
    "LOCK TABLE {0} IN SHARE ROW EXCLUSIVE MODE",
    "LOCK TABLE {0}",
    "ALTER TABLE {0} ADD COLUMN note TEXT",
    "CREATE INDEX ON {0} (value)",
    "ANALYZE {0}",
)


def reads(table: str) -> st.SearchStrategy[str]:
    return st.builds(
        str.format, st.sampled_from(_READS), st.just(table), conditions(COLUMNS[table])
    )


@st.composite
def inserts(draw: st.DrawFn, table: str) -> str:
    columns = draw(st.sampled_from(_GIVEN[table]))
    rows = [
        ", ".join(draw(VALUES[column]) for column in columns)
        for _ in range(draw(st.sampled_from((1, 1, 2))))
    ]
    text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({'), ('.join(rows)})"
    return text + draw(st.sampled_from(("", " ON CONFLICT DO NOTHING")))


@st.composite
def upserts(draw: st.DrawFn, table: str, key: str) -> str:
    """An INSERT that changes the row that has its key."""
    columns = [*key.split(", ")]
    columns += [name for name in _GIVEN[table][0] if name not in columns]
    row = ", ".join(draw(VALUES[column]) for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({row}) "
        f"ON CONFLICT ({key}) DO UPDATE SET value = {draw(amounts)}"
    )


@st.composite
def across(draw: st.DrawFn, tables: tuple[str, ...]) -> str:
    """A statement that reads one table to change another."""
    target, source = draw(st.permutations(tables))
    where = draw(conditions(COLUMNS[source]))
    mine, theirs = MATCH[target], MATCH[source]
    limit = f"t.{mine} = s.{theirs} AND s.{draw(equalities(COLUMNS[source][0]))}"
    found = f"(SELECT {theirs} FROM {source} WHERE {where})"
    forms = [
        f"UPDATE {target} SET value = 7 WHERE {mine} IN {found}",
        f"DELETE FROM {target} WHERE {mine} IN {found}",
        f"UPDATE {target} AS t SET value = 7 FROM {source} AS s WHERE {limit}",
        f"DELETE FROM {target} AS t USING {source} AS s WHERE {limit}",
        f"WITH gone AS (DELETE FROM {source} WHERE {where} RETURNING {theirs}) "
        f"UPDATE {target} SET value = 1 WHERE {mine} IN (SELECT {theirs} FROM gone)",
    ]
    if target in ("fact", "other"):
        forms.append(
            f"INSERT INTO {target} (day, game) SELECT day, game + 5 FROM {source} WHERE {where}"
        )
        forms.append(
            f"MERGE INTO {target} AS t USING {source} AS s ON t.game = s.game "
            f"AND {limit} WHEN MATCHED THEN UPDATE SET value = s.value"
        )
    return draw(st.sampled_from(forms))


@st.composite
def statements(draw: st.DrawFn, world: World) -> str:
    table = draw(st.sampled_from(world.tables))
    keys = world.unique_keys.get(table, ())
    kinds = [
        reads(table),
        inserts(table),
        changes(table, ("",)),
        changes(table, ("",)),
        changes(table, ("",)),
    ]
    kinds += [upserts(table, key) for key in keys]
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(_WHOLE)).format(table)
    if len(world.tables) == 2:
        kinds.append(across(world.tables))
    return draw(st.one_of(*kinds))


@st.composite
def fact_table(
    draw: st.DrawFn, name: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """A table of facts by day: its definition, its rows and its unique keys."""
    primary = draw(st.sampled_from(_KEYS[:3]))
    keys = [primary, *draw(st.lists(st.sampled_from(_KEYS[3:]), max_size=2, unique=True))]
    parted = draw(st.booleans()) and all("day" in key or "CHECK" in key for key in keys)
    indexes = draw(st.lists(st.sampled_from(("day", "game", "day, game")), max_size=1))
    columns = (
        "id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 5000)",
        "day DATE NOT NULL",
        "game INT NOT NULL",
        "value INT",
    )
    ddl = [f"CREATE TABLE {name} ({', '.join((*columns, *keys))})"]
    if parted:
        ddl[0] += " PARTITION BY RANGE (day)"
        ddl += [part.format(name) for part in _PARTITIONS]
    ddl += [f"CREATE INDEX {name}_{n} ON {name} ({key})" for n, key in enumerate(indexes)]
    filling = draw(st.sampled_from(FILLINGS[:4]))
    numbers = ((day, game) for day in filling.days for game in range(1, filling.per_day + 1))
    rows = [
        f"({n}, '{MONTH}-{day:02d}', {game}, {'NULL' if 'UNIQUE (value)' in keys else 0})"
        for n, (day, game) in enumerate(numbers, 1)
    ]
    insert = (
        (f"INSERT INTO {name} (id, day, game, value) VALUES {', '.join(rows)}",) if rows else ()
    )
    unique = [key.partition("(")[2].rstrip(")") for key in keys if "CHECK" not in key]
    return tuple(ddl), insert, tuple(unique)


@st.composite
def fact_worlds(draw: st.DrawFn) -> World:
    names = draw(st.sampled_from((("fact",), ("fact",), ("fact", "other"))))
    drawn = {name: draw(fact_table(name)) for name in names}
    return World(
        tuple(line for ddl, _, _ in drawn.values() for line in ddl),
        tuple(line for _, rows, _ in drawn.values() for line in rows),
        names,
        {name: keys for name, (_, _, keys) in drawn.items()},
    )


@st.composite
def family_worlds(draw: st.DrawFn) -> World:
    """A parent and its child."""
    actions = st.sampled_from(("NO ACTION", "RESTRICT", "CASCADE", "SET NULL"))
    ddl = (
        "CREATE TABLE parent (id INT PRIMARY KEY, value INT)",
        "CREATE TABLE child (id INT PRIMARY KEY, parent_id INT REFERENCES parent (id) "
        f"ON DELETE {draw(actions)} ON UPDATE {draw(actions)}, value INT)",
    )
    parents = sorted(draw(st.sets(st.integers(1, 12), max_size=8)))
    children = [n for n in parents if draw(st.booleans())]
    rows = tuple(
        f"INSERT INTO {table} VALUES {', '.join(form.format(n) for n in numbers)}"
        for table, form, numbers in (
            ("parent", "({0}, 0)", parents),
            ("child", "({0}, {0}, {0})", children),
        )
        if numbers
    )
    return World(ddl, rows, ("parent", "child"), {"parent": ("id",), "child": ("id",)})


@st.composite
def pairs(draw: st.DrawFn, world: World) -> Pair:
    one: st.SearchStrategy[Transaction] = transactions_of(statements(world))
    a, b = draw(one), draw(one)
    level = draw(st.sampled_from(("RC", "RC", "RR")))
    return Pair(level, a, b, draw(turns(len(a), len(b))), draw(autocommits))


worlds = st.one_of(fact_worlds(), fact_worlds(), family_worlds())


def trials(most_pairs: int) -> st.SearchStrategy[Trial]:
    """Tables with up to so many pairs."""
    return trials_of(worlds, pairs, most_pairs)
