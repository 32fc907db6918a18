"""What the interpreter knows of a program's result is what Python computes; unknown is allowed."""

import inspect
from pathlib import Path
from types import FunctionType

import pytest

from lockplan.model.place import Span
from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.loader import Loader
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Native, OneOf, Site, Text, Unknown

from .snippets import language, libraries, objects

MODULES = (language, libraries, objects)
NOT_KNOWN = frozenset(
    {
        "calendars",
        "conversions",
        "dataclass_as_key",
        "decimals",
        "dedented",
        "digests",
        "dynamic_class",
        "method_resolution_order",
        "missing_key_is_caught",
        "new_makes_a_singleton",
        "paths",
        "raised_error_is_caught",
        "subclass_of_dict",
        "subclasses_and_names",
        "text_methods",
        "try_without_error",
    }
)
"""Programs whose result the interpreter does not know: none of them is wrong."""


def programs():
    for module in MODULES:
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                area = module.__name__.rpartition(".")[2]
                yield pytest.param(module, name, id=f"{area}.{name}")


def interpreted(module, name):
    """Return what the interpreter says that the module's function returns, and the interpreter."""
    path = Path(inspect.getfile(module))
    interpreter = Interpreter(Loader(path.parent), Library())
    function = interpreter.run_module(path).names[name]
    site = Site(interpreter, Span(path.name, 1), 1)
    return interpreter.call_value(function, [], {}, site), interpreter


@pytest.mark.parametrize(("module", "name"), list(programs()))
def test_what_is_known_of_a_program_is_what_python_computes(module, name):
    found, interpreter = interpreted(module, name)
    wanted = getattr(module, name)()
    assert agrees(found, wanted, interpreter)
    assert interpreter.known(found) == (name not in NOT_KNOWN)


def agrees(found, wanted, interpreter):
    """Whether every known part of `found` is the part of `wanted` that stands there."""
    if isinstance(found, OneOf):
        return any(agrees(option, wanted, interpreter) for option in found.options)
    if isinstance(found, Unknown | Native | Text) or interpreter.is_loose(found):
        return True
    if isinstance(found, list | tuple) and type(found) is type(wanted):
        same_length = len(found) == len(wanted)
        return same_length and all(map(agrees, found, wanted, [interpreter] * len(found)))
    if isinstance(found, dict) and isinstance(wanted, dict):
        alike = found.keys() == wanted.keys()
        return alike and all(agrees(found[k], wanted[k], interpreter) for k in found)
    return bool(found == wanted)
