"""Templates of a task: its fields are rendered with its context, files are read where named."""

from __future__ import annotations

from dataclasses import replace

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.context import run_context
from lockplan.workflow.airflow.files import find_template, is_on_search_path, names_a_file
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import recorder_of
from lockplan.workflow.values import Native, OneOf, Site, Text, Value, located, options


def rendered(value: Value, task: TaskObject, site: Site) -> Value:
    """Return a templated field as the task gets it."""
    if isinstance(value, OneOf):
        return replace(value, options=tuple(rendered(v, task, site) for v in options(value)))
    if not _holds_template(value):
        return value
    from lockplan.workflow.templates import render

    return render(value, _names(task), site, lambda name: _source(name, task, site))


def rendered_sql(value: Value, task: TaskObject, site: Site) -> Value:
    """Return an SQL field as the task gets it: a text, or the file that the text names."""
    if isinstance(value, list | tuple):
        return [rendered_sql(item, task, site) for item in value]
    if isinstance(value, OneOf):
        return replace(value, options=tuple(rendered_sql(v, task, site) for v in options(value)))
    if not names_a_file(value):
        return rendered(value, task, site)
    name = value.strip()
    path = find_template(name, task.dag, site) if "{" not in name else None
    text = site.interpreter.loader.read_text(path) if path is not None else None
    if path is None or text is None:
        return Unknown(f"the file {name} is not in the project's folder")
    display = site.interpreter.loader.display(path)
    recorder = recorder_of(site)
    if recorder is not None and not is_on_search_path(path, name, task.dag, site):
        recorder.names_of_files[display] = name
    return rendered(located(text, Span(display, 1)), task, site)


def render_method(task: TaskObject) -> Native:
    """Return ``task.render_template(content, context)``, which older versions give a name first."""

    def made(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        from lockplan.workflow.templates import render

        content = argument(args, kwargs, 1 if len(args) > 2 else 0, "content")
        given = argument(args, kwargs, 2 if len(args) > 2 else 1, "context")
        own = given if isinstance(given, dict) else {}
        names = {name: value for name, value in own.items() if isinstance(name, str)}
        context = {**_names(task), **names}
        return render(content, context, site, lambda name: _source(name, task, site))

    return Factory("render_template", made)


def _names(task: TaskObject) -> dict[str, Value]:
    names = run_context(task, task.dag)
    if task.dag is not None:
        own = task.dag.arguments.get("user_defined_macros")
        names.update(own if isinstance(own, dict) else {})
    return names


def _source(name: str, task: TaskObject, site: Site) -> str | None:
    path = find_template(name, task.dag, site)
    return site.interpreter.loader.read_text(path) if path is not None else None


def _holds_template(value: Value) -> bool:
    if isinstance(value, Text):
        return any(isinstance(part, str) and _has_mark(part) for part in value.parts)
    if isinstance(value, str):
        return _has_mark(value)
    if isinstance(value, dict):
        return any(_holds_template(item) for item in value.values())
    return isinstance(value, list | tuple) and any(_holds_template(item) for item in value)


def _has_mark(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text
