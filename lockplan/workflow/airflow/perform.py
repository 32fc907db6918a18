"""What a task does when it runs: its callable, its class's `execute`, or its SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.bash import run_bash
from lockplan.workflow.airflow.callables import run_callable
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.context import Context, run_context
from lockplan.workflow.airflow.rendering import rendered, rendered_sql
from lockplan.workflow.airflow.sql_fields import holds_sql, note_texts, run_sql
from lockplan.workflow.airflow.tasks import TaskObject, XComArg
from lockplan.workflow.databases.recorder import Recorder, recorder_of
from lockplan.workflow.databases.variants import Variant, merged
from lockplan.workflow.decisions import Decisions, Path
from lockplan.workflow.journal import Journal
from lockplan.workflow.objects import Function, Instance
from lockplan.workflow.values import OneOf, Site, Value

_BEFORE = ("pre_execute", "on_execute_callback")
_AFTER = ("post_execute", "on_success_callback")
_PERHAPS_AFTER = ("on_failure_callback", "on_retry_callback", "on_skipped_callback")
MOST_WAYS = 64
"""A task that the run's dates send more ways is read as if nothing were known of them."""


class Performed(dict[TaskObject, tuple[Recorder, Value]]):
    """What each task did, and what it returned; lives in `Interpreter.state`."""


def performed(task: TaskObject, site: Site) -> tuple[Recorder, Value]:
    """Run a task once, with a recorder of its own."""
    state = site.interpreter.state
    done: Performed = state.setdefault(Performed, Performed())
    if task not in done:
        collector = collector_of(site)
        outer, collector.running = collector.running, task
        decisions, journal = site.interpreter.decisions, site.interpreter.journal
        done[task] = (Recorder(), Unknown(f"result of task {task.task_id}"))
        try:
            done[task] = merged(_ways(task, site))
        finally:
            collector.running = outer
            site.interpreter.decisions, site.interpreter.journal = decisions, journal
    return done[task]


def _ways(task: TaskObject, site: Site) -> list[Variant]:
    """Run a task once for each way that the run's dates may decide its work."""
    pending: list[Path] = [()]
    variants: list[Variant] = []
    while pending:
        decisions = Decisions(pending.pop())
        variants.append(_one_way(task, site, decisions))
        pending += reversed(decisions.others)
        if len(variants) + len(pending) > MOST_WAYS:
            return [_one_way(task, site, None)]
    return variants


def _one_way(task: TaskObject, site: Site, decisions: Decisions | None) -> Variant:
    """Run a task once; what it changes is put back, so that the next way begins alike."""
    state, interpreter = site.interpreter.state, site.interpreter
    recorder, before = Recorder(), state.get(Recorder)
    interpreter.decisions, interpreter.journal = decisions, Journal(interpreter)
    state[Recorder] = recorder
    arguments = dict(task.arguments)
    try:
        at = replace(site, conditional=True) if task.alternatives else site
        _call_back(task, _BEFORE, at)
        returned = perform(task, at)
        _call_back(task, _AFTER, at)
        _call_back(task, _PERHAPS_AFTER, replace(at, conditional=True))
        for other in task.alternatives:
            perform(other, replace(at, span=other.defined_at))
    finally:
        state[Recorder] = before
        if decisions is not None and (decisions.given or decisions.others):
            interpreter.journal.undo()
            task.arguments = arguments
    return Variant(tuple(decisions.path) if decisions else (), recorder, returned)


def _call_back(task: TaskObject, names: tuple[str, ...], site: Site) -> None:
    """Call the folder's functions that Airflow calls with the context around a task's work."""
    for name in names:
        given = task.arguments.get(name)
        for function in given if isinstance(given, list | tuple) else [given]:
            if isinstance(function, Function):
                context = Context(run_context(task, task.dag))
                site.interpreter.call_value(function, [context], {}, site)


def perform(task: TaskObject, site: Site) -> Value:
    """Do a task's work with the recorder that is active."""
    if task.instance is not None:
        known, method = _own_execute(task.instance, site)
        if known:
            _render_template_fields(task, task.instance, site)
            _note_own_texts(task.instance, site)
            context = Context(run_context(task, task.dag))
            return site.interpreter.call_value(method, [context], {}, site)
    return perform_base(task, site, is_the_task=True)


def perform_base(task: TaskObject, site: Site, *, is_the_task: bool = False) -> Value:
    """Do the work of Airflow's own class: as the task itself, or called by other code of it."""
    if task.flow is not None:
        return _run_flow(task, site)
    if "python_callable" in task.arguments:
        function = task.arguments["python_callable"]
        args = rendered(_resolved(task.arguments.get("op_args", []), site), task, site)
        kwargs = rendered(_resolved(task.arguments.get("op_kwargs", {}), site), task, site)
        return run_callable(function, args, kwargs, task, site)
    if "bash_command" in task.arguments:
        return run_bash(task, site)
    return run_sql(task, _sql_renderer(task, site), site, is_the_task=is_the_task)


def _sql_renderer(task: TaskObject, site: Site) -> Callable[[Value], Value]:
    return lambda value: rendered_sql(_resolved(value, site), task, site)


def _run_flow(task: TaskObject, site: Site) -> Value:
    flow = task.flow
    assert flow is not None
    args = rendered(_resolved(flow.args, site), task, site)
    kwargs = rendered(_resolved(flow.kwargs, site), task, site)
    returned = run_callable(flow.function, args, kwargs, task, site)
    if task.operator == "_SQLDecoratedOperator":
        task.arguments["sql"] = returned
        return run_sql(task, _sql_renderer(task, site), site, is_the_task=True)
    return returned


def _resolved(value: Value, site: Site) -> Value:
    """Replace results of other tasks by what those tasks return, as far as it is known."""
    if isinstance(value, XComArg):
        _, returned = performed(value.task, site)
        whole = value.key is None and not value.task.mapped
        if value.key is not None and not value.task.mapped:
            return site.interpreter.item(returned, value.key, site)
        return returned if whole else Unknown(value.describe())
    if isinstance(value, list | tuple):
        items = [_resolved(item, site) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _resolved(item, site) for key, item in value.items()}
    if isinstance(value, OneOf):
        return OneOf(value.reason, tuple(_resolved(item, site) for item in value.options))
    return value


def _own_execute(instance: Instance, site: Site) -> tuple[bool, Value]:
    names = ("execute", "choose_branch", "poke")
    name = next((name for name in names if instance.cls.lookup(name)[1]), None)
    if name is None:
        return False, None
    return True, site.interpreter.instance_attribute(instance, name, site)


def _render_template_fields(task: TaskObject, instance: Instance, site: Site) -> None:
    """Render the attributes that the class, or Airflow's class under it, says are templates."""
    fields = site.interpreter.class_attribute(instance.cls, "template_fields", site)
    for name in fields if isinstance(fields, list | tuple) else ():
        if isinstance(name, str) and name in instance.attributes:
            site.interpreter.remember(instance.attributes)
            value = instance.attributes[name]
            instance.attributes[name] = rendered_sql(_resolved(value, site), task, site)


def _note_own_texts(instance: Instance, site: Site) -> None:
    recorder = recorder_of(site)
    for name, value in instance.attributes.items():
        if recorder is not None and holds_sql(name):
            note_texts(recorder, value)
