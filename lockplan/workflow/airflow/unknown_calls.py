"""Calls of things that are not known, which still make a task or send SQL."""

from __future__ import annotations

import ast

from lockplan.workflow.airflow.tasks import TaskObject, new_task
from lockplan.workflow.databases import frames
from lockplan.workflow.databases.alchemy import session_of
from lockplan.workflow.databases.methods import argument
from lockplan.workflow.databases.recorder import looks_like_sql, recorder_of
from lockplan.workflow.values import Foreign, OneOf, Site, Text, Unknown, Value

_SENDERS = frozenset(
    {
        *("execute", "executemany", "executescript", "execute_query", "execute_sql"),
        *("exec_driver_sql", "run", "run_cli", "run_hql", "run_query", "run_sql", "query", "sql"),
        *("get_first", "get_pandas_df", "get_records", "read_sql", "read_sql_query"),
        *("fetch", "fetchrow", "fetchval"),
    }
)


def unknown_call(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Read a call of something unknown; None leaves it unknown."""
    if recorder_of(site) is None:
        return _task(owner, method, args, kwargs, site)
    if method == "to_sql" and (len(args) > 1 or "con" in kwargs):
        frames.write(args, kwargs, site)
        return Unknown("number of rows")
    return _statement(owner, method, args, kwargs, site)


def _task(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Make a task of a class that is not known but is given a ``task_id``."""
    if "task_id" not in kwargs or method in ("override", "partial"):
        return None
    name = method or _last_name(owner, site)
    if not name or not name[0].isupper():
        return None
    made = new_task(name, [], kwargs, site)
    return made if isinstance(made, TaskObject) else None


def _last_name(owner: Value, site: Site) -> str:
    if isinstance(owner, Foreign) and owner.dotted:
        return owner.dotted.rpartition(".")[2]
    function = site.node.func if isinstance(site.node, ast.Call) else None
    return function.id if isinstance(function, ast.Name) else ""


def _statement(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Note a text that begins as SQL and is given to a method that sends SQL."""
    if method not in _SENDERS:
        return None
    sql = argument(args, kwargs, 0, "sql", "hql", "query", "statement", "operation")
    recorder = recorder_of(site)
    if recorder is None:
        return None
    given = [value for value in args[1:] if session_of(value)]
    session = session_of(given[0]) if given else None
    session = session or recorder.named(_name_of(owner, site))
    texts = sql if isinstance(sql, list | tuple) else [sql]
    if any(looks_like_sql(text) for text in texts):
        params = argument(args, kwargs, 1, "params", "parameters", "args", "vars")
        for text in texts:
            if method == "executemany":
                recorder.run_many(session, text, site, params)
            else:
                recorder.run(session, text, site, None if given else params)
        return Unknown(f"result of {method}()")
    if method.startswith("execute") and isinstance(sql, Unknown | Text | OneOf):
        recorder.skip(site.span, f"the SQL is not known: {_why(sql)}")
        return Unknown(f"result of {method}()")
    return None


def _name_of(owner: Value, site: Site) -> str:
    """Return how the code names the object: two objects of one name count as one connection."""
    function = site.node.func if isinstance(site.node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return ast.unparse(function.value)[:60]
    return owner.reason if isinstance(owner, Unknown) else "unknown"


def _why(sql: Value) -> str:
    return sql.reason if isinstance(sql, Unknown) else "only holes"
