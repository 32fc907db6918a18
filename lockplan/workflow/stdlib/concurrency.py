"""The folder's functions that others call: threads, processes, pools, event loops, libraries."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from lockplan.workflow.objects import Function, Instance, ModuleValue, NativeClass
from lockplan.workflow.stdlib.natives import Builtin
from lockplan.workflow.stdlib.tools import Partial
from lockplan.workflow.values import Native, Site, Spread, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]

_ARGUMENT = "an argument that a library passes"


@dataclass(slots=True, eq=False, repr=False)
class Future(Native):
    """What a call elsewhere will return."""

    value: Value

    def describe(self) -> str:
        return "a future"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("result", "get"):
            return Builtin(name, lambda args, kwargs, site: self.value)
        return Native.attribute(self, name, site)


@dataclass(slots=True, eq=False, repr=False)
class Worker(NativeClass):
    """``threading.Thread`` and its like: made with a target, or a class with a ``run`` method."""

    name: str

    def describe(self) -> str:
        return self.name

    def call(self, args: Args, kwargs: Kwargs, site: Site) -> Value:
        _packed(args, kwargs, site)
        return Unknown(f"a {self.name}")

    def init_subclass_instance(
        self, instance: Instance, args: Args, kwargs: Kwargs, site: Site
    ) -> None:
        _packed(args, kwargs, site)
        instance.native = _Startable(instance)


@dataclass(slots=True, eq=False, repr=False)
class _Startable(Native):
    """What `Worker` gives to an object of the folder's class."""

    instance: Instance

    def attribute(self, name: str, site: Site) -> Value:
        if name == "start" and self.instance.cls.lookup("run")[1]:
            return site.interpreter.attribute(self.instance, "run", site)
        return Native.attribute(self, name, site)


def run_given(name: str, args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Run the functions that something unknown is given; None leaves the call itself unknown.

    One that is not known for how it calls them may do so often, with anything, or not at all. What
    a decorator is given runs where it is called.
    """
    way = _WAYS.get(name)
    if way is not None and (any(map(_is_called, args)) or "target" in kwargs):
        return way(args, kwargs, site)
    if isinstance(site.node, ast.Call):
        for value in (*args, *kwargs.values()):
            if isinstance(value, Function | Partial):
                _call(value, [Spread(_ARGUMENT)], {"**": Unknown(_ARGUMENT)}, _often(site))
    return None


def _is_called(value: Value) -> bool:
    return isinstance(value, Native) and not isinstance(value, Instance | ModuleValue)


def _call(function: Value, args: Args, kwargs: Kwargs, site: Site) -> Value:
    return site.interpreter.call_value(function, args, kwargs, site)


def _often(site: Site) -> Site:
    return replace(site, conditional=True, repeated=True)


def _split(args: Args) -> tuple[Value, Args]:
    """Return the function among positional arguments, and those that follow it."""
    position = next((n for n, value in enumerate(args) if _is_called(value)), None)
    return (None, args) if position is None else (args[position], args[position + 1 :])


def _passed_on(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``run_in_executor(…, function, *args)``: what is awaited is the function's own result."""
    function, rest = _split(args)
    return _call(function, rest, kwargs, site)


def _submitted(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``submit(function, *args, **kwargs)``."""
    return Future(_passed_on(args, kwargs, site))


def _for_each(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``map(function, *iterables)``."""
    function, columns = _split(args)
    each = [site.interpreter.iterate(column, site) for column in columns]
    if not each or any(isinstance(column, Unknown) for column in each):
        return _call_often(function, [Unknown(_ARGUMENT) for _ in each or (None,)], site)
    at = _loosely(columns, site)
    rows = zip(*each, strict=False)
    return site.interpreter.fresh([_call(function, list(row), {}, at) for row in rows])


def _for_each_row(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``starmap(function, tuples)``."""
    function, columns = _split(args)
    rows = site.interpreter.iterate(columns[0], site) if columns else Unknown(_ARGUMENT)
    if isinstance(rows, Unknown):
        return _call_often(function, [Spread(rows.reason)], site)
    at = _loosely(columns, site)
    made = [_call(function, _positional(row), {}, at) for row in rows]
    return site.interpreter.fresh(made)


def _call_often(function: Value, args: Args, site: Site) -> Value:
    _call(function, args, {}, _often(site))
    return Unknown("results of a function called for each element")


def _loosely(columns: Args, site: Site) -> Site:
    """Say that a call may not happen where the elements depend on a condition."""
    loose = any(site.interpreter.is_loose(column) for column in columns)
    return replace(site, conditional=True) if loose else site


def _packed(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``Thread(target=function, args=(…), kwargs={…})``, ``apply_async(function, (…), {…})``."""
    function, rest = _split(args)
    function = kwargs.get("target", kwargs.get("function", kwargs.get("func", function)))
    if function is None:
        return None
    positional = kwargs.get("args", next((v for v in rest if not isinstance(v, dict)), ()))
    named = kwargs.get("kwargs", kwargs.get("kwds", next((v for v in rest if _is_dict(v)), {})))
    return Future(_call(function, _positional(positional), _named(named), site))


def _is_dict(value: Value) -> bool:
    return isinstance(value, dict)


def _positional(value: Value) -> Args:
    if isinstance(value, list | tuple):
        return list(value)
    return [Spread(value.reason if isinstance(value, Unknown) else _ARGUMENT)]


def _named(value: Value) -> Kwargs:
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if isinstance(name, str)}
    return {"**": Unknown(_ARGUMENT)}


_decorator = Builtin("delayed", lambda args, kwargs, site: args[0] if args else None)

_WAYS: dict[str, Callable[[Args, Kwargs, Site], Value]] = {
    "submit": _submitted,
    "run_in_executor": _passed_on,
    "to_thread": _passed_on,
    "run_sync": _passed_on,
    "call_soon": _passed_on,
    "call_soon_threadsafe": _passed_on,
    "map": _for_each,
    "map_async": _for_each,
    "imap": _for_each,
    "imap_unordered": _for_each,
    "process_map": _for_each,
    "thread_map": _for_each,
    "starmap": _for_each_row,
    "starmap_async": _for_each_row,
    "apply_async": _packed,
    "start_new_thread": _packed,
    "add_job": _packed,
    "Thread": _packed,
    "Process": _packed,
    "Timer": _packed,
}
"""By name of the function or method: how it calls what it is given."""

NAMES: dict[str, Value] = {
    "threading.Thread": Worker("thread"),
    "threading.Timer": Worker("timer"),
    "multiprocessing.Process": Worker("process"),
    "multiprocessing.context.Process": Worker("process"),
    "joblib.delayed": _decorator,
    "dask.delayed": _decorator,
}
MODULES: tuple[str, ...] = ()
