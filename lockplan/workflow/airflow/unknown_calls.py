"""Calls of things that are not known, which still make a task or send SQL."""

from __future__ import annotations

import ast

from lockplan.workflow.airflow.foreign_tasks import ordered, produced
from lockplan.workflow.airflow.operators import PartialOperator
from lockplan.workflow.airflow.tasks import TaskObject, new_task
from lockplan.workflow.databases import frames, loads
from lockplan.workflow.databases.alchemy import session_of
from lockplan.workflow.databases.methods import argument
from lockplan.workflow.databases.packages import sends_no_sql
from lockplan.workflow.databases.recorder import is_surely_sql, looks_like_sql, recorder_of
from lockplan.workflow.objects import ClassValue, Instance
from lockplan.workflow.stdlib.concurrency import run_given
from lockplan.workflow.values import Foreign, OneOf, Produced, Site, Text, Unknown, Value

_SENDERS = frozenset(
    {
        *("execute", "executemany", "executescript", "execute_query", "execute_sql"),
        *("exec_driver_sql", "run", "run_cli", "run_hql", "run_query", "run_sql", "query", "sql"),
        *("get_first", "get_pandas_df", "get_records", "read_sql", "read_sql_query"),
        *("fetch", "fetchrow", "fetchval"),
    }
)


_WRITERS = frozenset(
    {"append", "critical", "debug", "error", "exception", "extend", "format", "info", "join"}
    | {"log", "print", "put", "send", "strip", "warn", "warning", "write", "writelines"}
)
"""Methods that only pass a text on."""


def unknown_call(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Read a call of something unknown; None leaves it unknown."""
    if isinstance(owner, Instance):
        return _own_task(owner, args, kwargs, site)
    if recorder_of(site) is None:
        return _task(owner, method, args, kwargs, site)
    if method == "to_sql" and (len(args) > 1 or "con" in kwargs):
        frames.write(args, kwargs, site)
        return Unknown("number of rows")
    loaded = loads.send_method(method, args, kwargs, site)
    if loaded is not None:
        return loaded
    made = _statement(owner, method, args, kwargs, site)
    if made is None and isinstance(owner, Foreign):
        _say_foreign(owner, method, site)
    return run_given(method or _called(owner), args, kwargs, site) if made is None else made


def _called(owner: Value) -> str:
    return owner.dotted.rpartition(".")[2] if isinstance(owner, Foreign) else ""


def _say_foreign(owner: Foreign, method: str, site: Site) -> None:
    """Say that a function outside the folder is called, whose SQL nobody sees here."""
    recorder = recorder_of(site)
    dotted = ".".join(name for name in (owner.dotted, method) if name)
    if recorder is not None and dotted and not sends_no_sql(dotted):
        reason = f"{dotted}() is not in the folder: what it sends to databases is not known"
        recorder.skip(site.span, reason)


def _task(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Make a task of a class that is not known but is given a ``task_id``."""
    if isinstance(owner, Produced):
        return ordered(owner, method, args, kwargs, site)
    if method not in ("override", "partial") and isinstance(owner, Foreign):
        made = produced(owner, method, args, kwargs, site)
        if made is not None:
            return made
    if "task_id" not in kwargs or method == "override":
        return None
    name = method if method not in ("", "partial") else _last_name(owner, site)
    if not name or not name[0].isupper() or _is_hook(owner):
        return None
    if method == "partial":
        return PartialOperator(name, kwargs, owner if isinstance(owner, ClassValue) else None)
    task = new_task(name, [], kwargs, site)
    return task if isinstance(task, TaskObject) else None


def _is_hook(owner: Value) -> bool:
    """Whether a class stands among a provider's hooks: a ``task_id`` makes no task of it."""
    return isinstance(owner, Foreign) and "hooks" in owner.dotted.split(".")


def _own_task(instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Make a task of an object whose class descends from one that is not known."""
    if "task_id" in kwargs and instance.native is None:
        base = instance.cls.unknown_base()
        name = base.dotted.rpartition(".")[2] if isinstance(base, Foreign) else ""
        made = new_task(instance.cls.name, args, kwargs, site, instance=instance, base=name)
        instance.native = made if isinstance(made, TaskObject) else None
    return None


def _last_name(owner: Value, site: Site) -> str:
    if isinstance(owner, Foreign) and owner.dotted:
        return owner.dotted.rpartition(".")[2]
    if isinstance(owner, ClassValue):
        return owner.name
    function = site.node.func if isinstance(site.node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


def _statement(
    owner: Value, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Note a text that begins as SQL and is given to a method that sends SQL."""
    if method in _WRITERS:
        return None
    sql = argument(args, kwargs, 0, "sql", "hql", "query", "statement", "operation")
    if method not in _SENDERS and not is_surely_sql(sql):
        return None
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
    """Return how the code names the object: two objects of one name count as one connection.

    Texts in it are left out, for one of them may be a password.
    """
    function = site.node.func if isinstance(site.node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        notes = site.interpreter.notes
        if function not in notes:
            notes[function] = _shown(function.value)
        return str(notes[function])
    return owner.reason if isinstance(owner, Unknown) else "unknown"


def _shown(expression: ast.expr) -> str:
    bare = _WithoutTexts().visit(ast.parse(ast.unparse(expression), mode="eval"))
    return ast.unparse(bare)[:60]


class _WithoutTexts(ast.NodeTransformer):
    """Puts an ellipsis in the place of every text, those of f-strings too."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(...) if isinstance(node.value, str | bytes) else node

    def visit_JoinedStr(self, _node: ast.JoinedStr) -> ast.expr:
        return ast.Constant(...)


def _why(sql: Value) -> str:
    return sql.reason if isinstance(sql, Unknown) else "only holes"
