"""Python callables of tasks: found by value or name, called with arguments and context."""

from __future__ import annotations

import ast
import re

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.context import run_context
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.recorder import recorder_of
from lockplan.workflow.objects import Function, Instance, ModuleValue
from lockplan.workflow.values import Native, Site, Value


def run_callable(
    function: Value, args: Value, kwargs: Value, task: TaskObject, site: Site
) -> Value:
    """Call a task's function as the operator does; one that is not found is skipped."""
    found = _by_name(function, task, site) if isinstance(function, str) else function
    if isinstance(found, Unknown) or not isinstance(found, Native):
        reason = found.reason if isinstance(found, Unknown) else "it is no function"
        recorder = recorder_of(site)
        if recorder is not None:
            recorder.skip(task.defined_at, f"its callable is not known: {reason}")
        return Unknown(f"result of task {task.task_id}")
    positional = list(args) if isinstance(args, list | tuple) else []
    named = (
        {k: v for k, v in kwargs.items() if isinstance(k, str)} if isinstance(kwargs, dict) else {}
    )
    inner = _unwrapped(found)
    context = run_context(task, task.dag)
    accepted = {**_accepted(inner, context, len(positional)), **named}
    return site.interpreter.call_value(inner, positional, accepted, site)


def _unwrapped(function: Native) -> Native:
    """Return the function under Airflow's own decorators."""
    inner = getattr(function, "function", None)
    return inner if isinstance(inner, Native) else function


def _accepted(function: Native, context: dict[str, Value], positional: int) -> dict[str, Value]:
    """Return what of the context the function takes, by name or all of it by ``**kwargs``."""
    if isinstance(function, Instance):
        method, _ = function.cls.lookup("__call__")
        function = method if isinstance(method, Function) else function
    if not isinstance(function, Function):
        return {}
    signature: ast.arguments = function.node.args
    taken = [arg.arg for arg in (*signature.posonlyargs, *signature.args)]
    skip = positional + (1 if function.is_bound else 0)
    if signature.kwarg is not None:
        return {name: value for name, value in context.items() if name not in taken[:skip]}
    names = {*taken[skip:], *(arg.arg for arg in signature.kwonlyargs)}
    return {name: value for name, value in context.items() if name in names}


def _by_name(name: str, task: TaskObject, site: Site) -> Value:
    """Find a function given as text: in the DAG's file, in what it imports, in the project."""
    interpreter = site.interpreter
    module = _module_at(task.defined_at, site)
    if module is not None and isinstance(module.names.get(name), Function):
        return module.names[name]
    imported = _imported_modules(module) if module is not None else []
    found = [m.names[name] for m in imported if isinstance(m.names.get(name), Function)]
    if not found:
        pattern = re.compile(rf"^(?:async )?def {re.escape(name)}\(", re.MULTILINE)
        for path in sorted(interpreter.loader.project.rglob("*.py")):
            text = interpreter.loader.read_text(path)
            if text is not None and pattern.search(text):
                value = interpreter.run_module(path).names.get(name)
                found += [value] if isinstance(value, Function) else []
    if len(found) == 1:
        return found[0]
    why = "stands nowhere in the project" if not found else f"stands {len(found)} times in it"
    return Unknown(f"python_callable={name!r} is a text, and a function of that name {why}")


def _module_at(span: Span, site: Site) -> ModuleValue | None:
    modules = site.interpreter.modules.values()
    return next((module for module in modules if module.path == span.path), None)


def _imported_modules(module: ModuleValue) -> list[ModuleValue]:
    found: dict[str, ModuleValue] = {}
    for value in module.names.values():
        source = value.module if isinstance(value, Function) else value
        if isinstance(source, ModuleValue) and source is not module:
            found[source.path] = source
    return list(found.values())
