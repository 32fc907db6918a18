"""gusty's task files: YAML, SQL and R with front matter, Python with a header, notebooks."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from lockplan.model.place import Skipped, Span
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.frontends.importing import moved, skip
from lockplan.workflow.objects import Function, ModuleValue
from lockplan.workflow.stdlib.files import content_of
from lockplan.workflow.stdlib.yaml_texts import Tag, load_yaml, unknown_tag
from lockplan.workflow.values import Native, Site, Unknown, Value, located, origin_of

Spec = dict[Value, Value]

PYTHON_OPERATOR = "airflow.operators.python.PythonOperator"
_BOUNDARY = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
_HEADER = re.compile(
    r"\A(?:#!.*\n|[ \t]*\n)*#[ \t]*---[ \t]*\n(?P<body>(?:#.*\n)*?)#[ \t]*---[ \t]*$",
    re.MULTILINE,
)
_YAML_CELL = re.compile(r"\A```ya?ml\s*\n(?P<body>.*?)^```", re.DOTALL | re.MULTILINE)


def tags(given: dict[str, Value], site: Site) -> Tag:
    """Return what the YAML tags stand for: gusty's own and those that the caller gives."""

    def tag(name: str, content: Value) -> Value:
        function = given.get(name.removeprefix("!"))
        if name == "!timedelta":
            return _timedelta(content, site)
        if not isinstance(function, Native):
            return unknown_tag(name, content)
        args, kwargs = _arguments(content, site)
        return site.interpreter.call_value(function, args, kwargs, site)

    return tag


def _timedelta(content: Value, site: Site) -> Value:
    args, kwargs = _arguments(content, site)
    numbers = [*args, *kwargs.values()]
    if not all(isinstance(each, int | float) for each in numbers):
        return Unknown("the YAML tag !timedelta with a content that is not known")
    try:
        return timedelta(*args, **kwargs)
    except (TypeError, OverflowError) as error:
        return Unknown(f"the YAML tag !timedelta: {error}")


def _arguments(content: Value, site: Site) -> tuple[list[Value], dict[str, Value]]:
    """Return what a tag's content means as arguments; a scalar is YAML once more."""
    value = load_yaml(content, site) if isinstance(content, str) else content
    if isinstance(value, dict):
        return [], {str(name): each for name, each in value.items()}
    if isinstance(value, list):
        return value, {}
    return ([] if value is None else [value]), {}


def metadata(path: Path, site: Site, tag: Tag) -> Spec:
    """Return the content of a folder's METADATA.yml; its templates are not known."""
    text = content_of(path, site)
    found = None if text is None else _matter(text, site, tag)[0]
    if isinstance(found, dict):
        return {key: _without_templates(value) for key, value in found.items()}
    if text is None or not isinstance(found, Unknown | None):
        where = Span(site.interpreter.loader.display(path), 1)
        skip(moved(site, where), "file", "it is no mapping of arguments")
    return {}


def _without_templates(value: Value) -> Value:
    if isinstance(value, str) and "{{" in value:
        return Unknown("a template in METADATA.yml")
    if isinstance(value, dict):
        return {key: _without_templates(each) for key, each in value.items()}
    return [_without_templates(each) for each in value] if isinstance(value, list) else value


def specs(path: Path, site: Site, tag: Tag, hooks: dict[str, Value]) -> list[Spec]:
    """Return what a task file specifies: one task, several, or none where it cannot be read."""
    here = moved(site, Span(site.interpreter.loader.display(path), 1))
    text = content_of(path, here)
    if text is None:
        skip(here, "file", "it cannot be read as text")
        return []
    if path.suffix in hooks:
        spec = _hooked(hooks[path.suffix], path, here)
    else:
        spec = PARSERS[path.suffix](path, text, here, tag)
    if not isinstance(spec, dict):
        if not isinstance(spec, Unknown) or path.suffix in hooks:
            skip(here, "task", "it holds no specification of a task")
        return []
    if not isinstance(spec.get("operator"), str):
        skip(here, "task", "it names no operator")
        return []
    name = located(path.stem.lower().strip(), origin_of(spec["operator"]) or here.span)
    return _several({"file_path": site.interpreter.loader.virtual(path), **spec, "task_id": name})


def _hooked(function: Value, path: Path, site: Site) -> Value:
    """Ask the caller's own parser for a kind of file."""
    virtual = site.interpreter.loader.virtual(path)
    return site.interpreter.call_value(function, [virtual], {}, site)


def _several(spec: Spec) -> list[Spec]:
    """Return the tasks of a ``multi_task_spec`` and of ``python_callable_partials``."""
    listed = spec.get("multi_task_spec")
    several: dict[Value, Spec] = {
        name: dict(own) if isinstance(own, dict) else {}
        for name, own in (listed.items() if isinstance(listed, dict) else ())
    }
    partials = spec.get("python_callable_partials")
    for name, kwargs in partials.items() if isinstance(partials, dict) else ():
        several.setdefault(name, {})["op_kwargs"] = kwargs
    made = [_updated(spec, {**own, "task_id": name}) for name, own in several.items()]
    return made or [spec]


def _updated(base: Spec, own: Spec) -> Spec:
    """Return a mapping with another's values put over it, mappings key by key."""
    made = dict(base)
    for key, value in own.items():
        below = base.get(key)
        nested = isinstance(value, dict) and isinstance(below, dict)
        made[key] = _updated(below, value) if nested and isinstance(below, dict) else value
    return made


# kinds of files


def _matter(text: str, site: Site, tag: Tag) -> tuple[Value, Value]:
    """Return the front matter and what follows it; without any, the whole as YAML."""
    boundaries = list(_BOUNDARY.finditer(text))[:2]
    if len(boundaries) < 2 or text[: boundaries[0].start()].strip():
        return load_yaml(text, site, tag=tag), None
    begin, end = boundaries
    header = _part(text, begin.end(), end.start())
    return load_yaml(header, site, tag=tag), _part(text, end.end(), len(text))


def _part(text: str, begin: int, end: int) -> str:
    """Return a part of a file's text at its own place, without the lines' ends around it."""
    body = text[begin:end]
    begin += len(body) - len(body.lstrip("\n"))
    origin = origin_of(text)
    line = text.count("\n", 0, begin)
    place = None if origin is None else Span(origin.path, origin.line + line)
    return located(body.strip("\n"), place)


def _generic(path: Path, text: str, site: Site, tag: Tag) -> Value:
    return _matter(text, site, tag)[0]


def _sql(path: Path, text: str, site: Site, tag: Tag) -> Value:
    spec, content = _matter(text, site, tag) if _BOUNDARY.match(text.lstrip()) else (None, None)
    return {**spec, "sql": content} if isinstance(spec, dict) else spec


def _notebook(path: Path, text: str, site: Site, tag: Tag) -> Value:
    cells = _markdown(text)
    match = next((found for each in cells if (found := _YAML_CELL.match(each))), None)
    begin = Span(site.span.path, 1)
    return load_yaml(located(match["body"], begin), site, tag=tag) if match else None


def _markdown(text: str) -> list[str]:
    """Return the texts of a notebook's markdown cells, none where it is no notebook."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return []
    cells = whole.get("cells") if isinstance(whole, dict) else None
    marked = [
        cell.get("source", "")
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown"
    ]
    return [
        "".join(str(line) for line in source) for source in marked if isinstance(source, list | str)
    ]


def _python(path: Path, text: str, site: Site, tag: Tag) -> Value:
    """Return the task of a Python file: a function that its header names, else all of it."""
    match = _HEADER.match(text)
    header = None
    if match is not None:
        line = text.count("\n", 0, match.start("body"))
        body = re.sub(r"^# ?", "", match["body"], flags=re.MULTILINE)
        header = load_yaml(located(body, Span(site.span.path, line + 1)), site, tag=tag)
        if isinstance(header, Unknown):
            return header
    spec = {"operator": PYTHON_OPERATOR, **(header if isinstance(header, dict) else {})}
    wanted = [("python_callable", spec.get("python_callable"))]
    extra = spec.pop("extra_callables", None)
    wanted += list(extra.items()) if isinstance(extra, dict) else []
    functions = {key: _function(path, name, site) for key, name in wanted if name is not None}
    return {**spec, **({"python_callable": _whole(path, site)} | functions)}


def _function(path: Path, name: Value, site: Site) -> Value:
    module = site.interpreter.run_module(path)
    missing = Unknown(f"{name} is not defined in {module.path}")
    return module.names.get(name, missing) if isinstance(name, str) else missing


def _whole(path: Path, site: Site) -> Value:
    """Return a function whose body is the file: gusty runs the file as the task."""
    interpreter = site.interpreter
    source = interpreter.loader.source(path.resolve())
    if isinstance(source, Skipped):
        collector_of(site).skip(source.where, source.what, source.reason)
        return Unknown(source.reason)
    module = ModuleValue(path.stem, source.display)
    module.names["__name__"] = "gusty.parsing.parsers"
    module.names["__file__"] = interpreter.loader.virtual(path)
    interpreter.sources[module] = source
    none = ast.arguments([], [], None, [], [], None, [])
    body = source.tree.body or [ast.Pass(lineno=1, col_offset=0)]
    node = ast.FunctionDef(path.stem, none, body, [], lineno=1, col_offset=0, end_lineno=1)
    return Function(node, module, None, path.stem)


PARSERS: dict[str, Callable[[Path, str, Site, Tag], Value]] = {
    ".yml": _generic,
    ".yaml": _generic,
    ".Rmd": _generic,
    ".py": _python,
    ".ipynb": _notebook,
    ".sql": _sql,
}
