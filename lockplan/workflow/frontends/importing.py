"""What a YAML file names: classes and functions by import path, files and folders, places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lockplan.model.place import Span
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.dags import as_task
from lockplan.workflow.given import given
from lockplan.workflow.objects import Function, ModuleValue
from lockplan.workflow.stdlib.files import content_of, current_path, find, path_text
from lockplan.workflow.stdlib.yaml_texts import Tag, load_yaml, unknown_tag
from lockplan.workflow.values import Foreign, Native, Site, Text, Unknown, Value, located, origin_of

_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<braced>[^}\n]*)\})", re.ASCII)
_MARKED = re.compile("\ue000(?P<name>[^\ue001]*)\ue001")


def skip(site: Site, what: str, reason: str) -> None:
    """Note what a front end could not build."""
    collector_of(site).skip(site.span, what, reason)


def at(value: Value, site: Site) -> Site:
    """Return the circumstances of `site` at the place of a string of the YAML file."""
    span = origin_of(value)
    return site if span is None else moved(site, span)


def moved(site: Site, span: Span) -> Site:
    """Return the circumstances of `site` at another place."""
    return replace(site, span=span, end_line=span.line, node=None, literal=None)


def imported(dotted: Value, site: Site) -> Value:
    """Return what ``import_string(dotted)`` gives, read and not run."""
    if not isinstance(dotted, str) or "." not in dotted:
        return Unknown(f"{dotted!r} is no import path" if isinstance(dotted, str) else "no text")
    interpreter = site.interpreter
    path = str(dotted).strip()
    known = interpreter.names.resolve(path)
    if known is not None:
        return known
    module_name, _, name = path.rpartition(".")
    module = interpreter.load_import(module_name, interpreter.current_file, 0)
    if isinstance(module, ModuleValue):
        return module.names.get(name, Unknown(f"{name} is not defined in {module.path}"))
    if isinstance(module, Native):
        return interpreter.attribute(module, name, site)
    return Foreign(f"module {module_name} is not in the folder", path)


def function_in(file: Value, name: Value, site: Site) -> Value:
    """Return a function of a file of the project, by the file's path and the function's name."""
    path = file_of(file, site)
    if path is None or not isinstance(name, str):
        shown = path_text(file)
        return Unknown(f"the function {name} of {shown if isinstance(shown, str) else 'a file'}")
    module = site.interpreter.run_module(path)
    return module.names.get(name, Unknown(f"{name} is not defined in {module.path}"))


def parameters(function: Value) -> list[str]:
    """Return the names of a function's parameters, none where it is not the folder's own."""
    spec = function.node.args if isinstance(function, Function) else None
    return [arg.arg for arg in (*spec.posonlyargs, *spec.args)] if spec else []


def file_of(value: Value, site: Site) -> Path | None:
    """Return the project's file that a path means; below an unknown folder, by what is known."""
    text = path_text(value)
    tail = text.parts[-1] if isinstance(text, Text) else None
    if isinstance(tail, str):
        beside = current_path(site).parent
        return site.interpreter.loader.find_file(tail.lstrip("/"), beside)
    return find(value, site)


def folder_of(value: Value, site: Site) -> Path | None:
    """Return the project's folder that a path means."""
    text = path_text(value)
    if not isinstance(text, str):
        return None
    return site.interpreter.loader.find_folder(str(text), current_path(site).parent)


def yaml_file(path: Path, site: Site, tag: Tag = unknown_tag, *, expands: bool = False) -> Value:
    """Return a YAML file's value; with `expands`, ``$NAME`` and ``${NAME}`` are filled in."""
    text = content_of(path, site)
    if text is None:
        return Unknown(f"content of the file {site.interpreter.loader.display(path)}")
    if not expands:
        return load_yaml(text, site, tag=tag)
    environment = given(site).environment
    expanded = _VARIABLE.sub(lambda match: _expanded(match, environment), text)
    return _filled(load_yaml(located(expanded, origin_of(text)), site, tag=tag))


def _expanded(match: re.Match[str], environment: Mapping[str, str]) -> str:
    """Return a variable's text, or its name between marks, which YAML passes through."""
    name = match["plain"] or match["braced"]
    known = environment.get(name)
    return f"\ue000{name}\ue001" if known is None else known


def _filled(value: Value) -> Value:
    """Put unknowns where the names of environment variables stand between marks."""
    if isinstance(value, str):
        return _with_unknowns(value) if "\ue000" in value else value
    if isinstance(value, dict):
        return {_filled(key): _filled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        filled = [_filled(each) for each in value]
        return filled if isinstance(value, list) else tuple(filled)
    return value


def _with_unknowns(text: str) -> Value:
    pieces: list[str | Unknown] = []
    end = 0
    for match in _MARKED.finditer(text):
        pieces += [text[end : match.start()], Unknown(f"environment variable {match['name']}")]
        end = match.end()
    pieces = [piece for piece in (*pieces, text[end:]) if piece != ""]
    whole = pieces[0] if len(pieces) == 1 else None
    return whole if isinstance(whole, Unknown) else Text.join(pieces, origin_of(text))


def why_not_found(value: Value) -> str:
    """Say why a file or folder that the code names is not at hand."""
    if isinstance(value, Unknown):
        return value.reason
    text = path_text(value)
    return f"no {text} in the project" if isinstance(text, str) else "its path is not given"


def keywords(config: Mapping[Value, Value], without: frozenset[str]) -> dict[str, Value]:
    """Return a mapping of the YAML file as keyword arguments."""
    return {
        str(name): value
        for name, value in config.items()
        if isinstance(name, str) and name not in without
    }


def make(operator: Value, kwargs: dict[str, Value], site: Site) -> Value:
    """Make a task of an operator class given by import path; its place is that of `site`."""
    cls = imported(operator, site)
    if isinstance(cls, Unknown) and not isinstance(cls, Foreign):
        skip(site, "task", f"the operator of {kwargs.get('task_id')} is not known: {cls.reason}")
        return cls
    made = _called(cls, kwargs, site)
    task = as_task(made)
    if task is None:
        skip(site, "task", f"{kwargs.get('task_id')}: {operator} makes no task that is known")
    else:
        task.defined_at = site.span
    return made


def _called(cls: Value, kwargs: dict[str, Value], site: Site) -> Value:
    """Call an operator class, or map it where the configuration says ``expand``."""
    mapped, partial = kwargs.pop("expand", None), kwargs.pop("partial", None)
    fixed = {**kwargs, **(keywords(partial, frozenset()) if isinstance(partial, dict) else {})}
    if not isinstance(mapped, dict):
        return site.interpreter.call_value(cls, [], fixed, site)
    made = site.interpreter.call_method(cls, "partial", [], fixed, site)
    given_list = keywords(mapped, frozenset())
    return site.interpreter.call_method(made, "expand", [], given_list, site)
