"""Imports and the reading of modules."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lockplan.model.place import Skipped
from lockplan.workflow.assignments import bind
from lockplan.workflow.loader import Source
from lockplan.workflow.objects import ModuleValue
from lockplan.workflow.scopes import Frame, Scope
from lockplan.workflow.values import Foreign, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


def read_module(interpreter: Interpreter, path: Path) -> ModuleValue:
    """Read a file's top level; a module that is being read is returned as far as it has come."""
    known = interpreter.modules.get(path)
    if known is not None:
        return known
    source = interpreter.loader.source(path)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    module = ModuleValue(name, interpreter.loader.display(path))
    interpreter.modules[path] = module
    if isinstance(source, Skipped):
        interpreter.skip(source.where, source.what, source.reason)
        return module
    interpreter.sources[module] = source
    module.names["__name__"] = f"unusual_prefix_{name}"
    module.names["__file__"] = interpreter.loader.virtual(path)
    module.names["__doc__"] = ast.get_docstring(source.tree)
    _run(interpreter, source, module)
    return module


def _run(interpreter: Interpreter, source: Source, module: ModuleValue) -> None:
    frame = Frame(module, source, Scope(module.names))
    outer, interpreter.decisions = interpreter.decisions, None
    region, interpreter.region = interpreter.region, 0
    interpreter.frames.append(frame)
    try:
        interpreter.execute(source.tree.body, frame)
    except RecursionError:
        interpreter.skip(frame.span(1), "file", "its code is nested too deep to be followed")
    finally:
        interpreter.region, interpreter.decisions = region, outer
        interpreter.frames.pop()


def load(interpreter: Interpreter, name: str, importer: Path, level: int) -> Value | None:
    """Return a module of the library or the folder, None where it is neither."""
    if not level:
        found = interpreter.names.resolve(name)
        if found is not None:
            return found
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None
    modules = interpreter.loader.modules
    path = modules.find(name, level, importer, tuple(interpreter.added_paths))
    if path is None:
        return None
    if path.is_dir():
        # An installed package wins over a folder without ``__init__.py``, and DAGs run beside one.
        installed = not level and name.partition(".")[0] == "airflow"
        return None if installed else _folder_module(interpreter, path)
    return read_module(interpreter, interpreter.loader.resolved(path))


def _folder_module(interpreter: Interpreter, path: Path) -> ModuleValue:
    """Return a package without ``__init__.py``."""
    if path not in interpreter.modules:
        interpreter.modules[path] = ModuleValue(path.name, interpreter.loader.display(path))
    return interpreter.modules[path]


def run_import(interpreter: Interpreter, node: ast.Import, frame: Frame) -> None:
    """``import a.b as c``."""
    for alias in node.names:
        if alias.asname:
            value = _module(interpreter, alias.name, frame)
            bind(interpreter, alias.asname, value, frame, node)
            continue
        parts = alias.name.split(".")
        top = _module(interpreter, parts[0], frame)
        bind(interpreter, parts[0], top, frame, node)
        _link_submodules(interpreter, top, parts, frame)


def _link_submodules(interpreter: Interpreter, top: Value, parts: list[str], frame: Frame) -> None:
    """Make ``a.b.c`` reachable from ``a``, as importing it does."""
    parent = top
    for end in range(2, len(parts) + 1):
        if not isinstance(parent, ModuleValue):
            return
        child = _module(interpreter, ".".join(parts[:end]), frame)
        parent.names.setdefault(parts[end - 1], child)
        parent = child


def _module(interpreter: Interpreter, name: str, frame: Frame, level: int = 0) -> Value:
    found = load(interpreter, name, frame.source.path, level)
    dotted = "." * level + name
    return foreign(dotted) if found is None else found


def foreign(dotted: str) -> Foreign:
    """Return a module that is neither in the folder nor modelled."""
    return Foreign(f"module {dotted} is not in the folder", dotted)


def run_import_from(interpreter: Interpreter, node: ast.ImportFrom, frame: Frame) -> None:
    """``from a.b import c as d``."""
    name = node.module or ""
    if name == "__future__":
        return
    module: Value = None
    for alias in node.names:
        if not node.level and alias.name != "*":
            found = interpreter.names.resolve(f"{name}.{alias.name}")
            if found is not None:
                bind(interpreter, alias.asname or alias.name, found, frame, node)
                continue
        if module is None:
            module = _module(interpreter, name, frame, node.level)
        if alias.name == "*":
            _import_all(interpreter, module, frame, node)
            continue
        value = _member(interpreter, module, name, alias.name, frame, node)
        bind(interpreter, alias.asname or alias.name, value, frame, node)


def _member(
    interpreter: Interpreter,
    module: Value,
    name: str,
    member: str,
    frame: Frame,
    node: ast.ImportFrom,
) -> Value:
    """Return what ``from name import member`` binds: an attribute, else a submodule."""
    dotted = f"{name}.{member}" if name else member
    if isinstance(module, ModuleValue):
        if member in module.names:
            return module.names[member]
        found = load(interpreter, dotted, frame.source.path, node.level)
        missing = Foreign(f"{member} is not defined in {module.path}", dotted)
        return missing if found is None else found
    if isinstance(module, Foreign):
        return Foreign(module.reason, dotted)
    return interpreter.attribute(module, member, interpreter.site(node, frame))


def _import_all(
    interpreter: Interpreter, module: Value, frame: Frame, node: ast.ImportFrom
) -> None:
    if not isinstance(module, ModuleValue):
        return
    listed = module.names.get("__all__")
    names = listed if isinstance(listed, list | tuple) else list(module.names)
    for name in names:
        public = isinstance(name, str) and (name in (listed or ()) or not name.startswith("_"))
        if public and name in module.names:
            bind(interpreter, str(name), module.names[name], frame, node)
