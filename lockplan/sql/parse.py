"""One statement's text to a syntax tree, each distinct text once, in bounded time and memory."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from itertools import accumulate

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from lockplan.model.connection import Engine
from lockplan.sql.interface import UnreadableSQL

MAX_CHARACTERS = 4_000_000
"""Characters of a statement whose long lists are summed up."""
MAX_PARSED = 200_000
"""Characters of what is left of it then."""
MAX_DEPTH = 400

_DIALECTS: dict[Engine, tuple[str, ...]] = {
    Engine.MYSQL: ("mysql",),
    Engine.MARIADB: ("mysql",),
    Engine.POSTGRESQL: ("postgres",),
    Engine.SQLITE: ("sqlite",),
    Engine.HIVE: ("hive",),
    Engine.REDSHIFT: ("redshift",),
    Engine.SNOWFLAKE: ("snowflake",),
    Engine.BIGQUERY: ("bigquery",),
    Engine.MSSQL: ("tsql",),
    Engine.ORACLE: ("oracle",),
    Engine.TRINO: ("trino", "athena"),
    Engine.CLICKHOUSE: ("clickhouse",),
    Engine.DATABRICKS: ("databricks",),
    Engine.DUCKDB: ("duckdb",),
    Engine.TERADATA: ("teradata",),
    Engine.OTHER: ("", "mysql", "postgres"),
    Engine.UNKNOWN: ("mysql", "postgres", "sqlite", "", "tsql", "bigquery"),
}

# What the parser cannot read becomes a reason of its own; its warnings would only repeat it.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def check_characters(text: str) -> None:
    """Raise UnreadableSQL for what is no text of a statement."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableSQL(f"the statement has more than {MAX_CHARACTERS:,} characters")
    if "\0" in text:
        raise UnreadableSQL("the statement has null bytes")


def check_depth(masked: str) -> None:
    """Raise UnreadableSQL for parentheses deeper than the parser can go."""
    steps = ((1 if found == "(" else -1) for found in re.findall(r"[()]", masked))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise UnreadableSQL(f"the statement is nested more than {MAX_DEPTH} deep")


def parse(text: str, engine: Engine) -> exp.Expr:
    """Return the tree of one statement, which callers must not change; raises UnreadableSQL."""
    if len(text) > MAX_PARSED:
        raise UnreadableSQL(f"more than {MAX_PARSED:,} characters are left beside long lists")
    tree = _parse(text, _DIALECTS[engine])
    if isinstance(tree, str):
        raise UnreadableSQL(tree)
    return tree


def forget_trees() -> None:
    """Drop the trees of all texts, for who measures what parsing costs."""
    _parse.cache_clear()


@lru_cache(maxsize=8192)
def _parse(text: str, dialects: tuple[str, ...]) -> exp.Expr | str:
    reasons = []
    for dialect in dialects:
        tree = _parse_as(text, dialect)
        if not isinstance(tree, str):
            return tree
        reasons.append(tree)
    return reasons[0]


def _parse_as(text: str, dialect: str) -> exp.Expr | str:
    try:
        trees = sqlglot.parse(text, read=dialect or None)
    except RecursionError:
        return "the statement is nested too deeply"
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "").strip()
        return "it does not parse" + (f" near {near!r}" if near else "")
    except SqlglotError:
        return "it does not parse: a quote or a comment is not closed"
    except Exception:  # the parser's own defects on broken SQL are many and of every type
        return "it does not parse"
    if len(trees) != 1 or trees[0] is None:
        return "it does not parse as one statement"
    if isinstance(trees[0], exp.Command):
        return "statements of this kind are not read"
    return trees[0]
