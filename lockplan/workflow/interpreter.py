"""The interpreter: reads modules and functions abstractly, with known and unknown values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lockplan.model.place import Skipped, Span
from lockplan.workflow import access, calls, classes, enums, imports
from lockplan.workflow.budget import Budget, BudgetExceededError
from lockplan.workflow.decisions import Decisions
from lockplan.workflow.expressions import EVALUATORS
from lockplan.workflow.journal import Journal
from lockplan.workflow.loader import Loader, Source
from lockplan.workflow.objects import ClassValue, Function, Instance, ModuleValue
from lockplan.workflow.operators import KNOWN_SCALARS
from lockplan.workflow.scopes import Flow, Frame
from lockplan.workflow.statements import execute
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Site, Unknown, Value, first_origin

UnknownCall = Callable[[Value, str, list[Value], dict[str, Value], Site], Value]
"""Asked before a call of something unknown: (owner, method name or "", args, kwargs, site).

Returns the call's value, or None to leave it unknown.
"""

_COLLECTIONS = (list, tuple, set, frozenset)
_MUTABLE = (list, dict, set, Instance)
TEXT_KEYWORDS = ("sql", "hql", "bql", "query", "statement", "operation", "bash_command")


class Interpreter:
    """Reads one DAG folder's modules; nothing of the user's code is executed."""

    def __init__(self, loader: Loader, library: Library, budget: Budget | None = None) -> None:
        self.loader = loader
        self.names = library
        self.budget = budget or Budget()
        self.skipped: list[Skipped] = []
        self.state: dict[type, Any] = {}
        """A place for natives to keep what belongs to this run, by their own types."""
        self.on_leave: list[Callable[[Frame], None]] = []
        """Told of each function that was run, while its names are still there."""
        self.on_unknown_call: list[UnknownCall] = []
        self.modules: dict[Path, ModuleValue] = {}
        self.sources: dict[ModuleValue, Source] = {}
        self.added_paths: list[Path] = []
        """Folders that the code adds to ``sys.path``."""
        self.frames: list[Frame] = []
        self.literals: dict[ast.AST, Value] = {}
        self._sites: tuple[dict[ast.AST, Site], ...] = ({}, {}, {}, {})
        """By circumstances: a key made of them and the node would cost more than the look-up."""
        self._text_sites: dict[tuple[int, int], Site] = {}
        """Calls' places with that of a text, by the identities of both, which they keep alive."""
        self.notes: dict[ast.AST, Any] = {}
        """What is worked out once per syntax node: assigned names, whether it yields."""
        self.decisions: Decisions | None = None
        """What the task being read takes the run's dates to decide; None outside of tasks."""
        self.journal: Journal | None = None
        """What is needed to read the task again from the same state; None outside of tasks."""
        self.region = 0
        """The branch being read: 0 outside of any, else a number of its own."""
        self._regions = 0
        self._born: dict[int, tuple[Value, int]] = {}
        self._loose: dict[int, Value] = {}
        self._granted = self._steps = self.budget.steps
        self._noted: set[Skipped] = set()
        self._exhausted: set[object] = set()
        """What a budget did not suffice for: such a function, and all after it, get less."""

    @property
    def current_file(self) -> str:
        """The file whose code is being read, relative to the folder; empty between files."""
        return self.frames[-1].module.path if self.frames else ""

    def run_module(self, path: Path) -> ModuleValue:
        """Read a module's top level and return the module, also where reading stopped early."""
        path = self.loader.resolved(path)
        if path in self.modules:
            return self.modules[path]
        source = self.loader.source(path)
        lines = len(source.lines) if isinstance(source, Source) else 0
        steps = self.budget.steps + lines * self.budget.steps_per_line
        module = self._bounded(lambda: imports.read_module(self, path), path, steps)
        return self.modules[path] if module is None else module

    def load_import(self, name: str, from_path: str, level: int) -> Value | None:
        """Return a module of the folder or library; None where it is neither."""
        return imports.load(self, name, self.loader.folder / from_path, level)

    def call(
        self, function: Function, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """Run a function of the folder and return what it returns."""
        if self.frames:
            return calls.run_function(self, function, args, kwargs, site)
        share = 50 if function.node in self._exhausted else 1 + len(self._exhausted)
        made = self._bounded(
            lambda: (calls.run_function(self, function, args, kwargs, site),),
            function.node,
            self.budget.steps // share,
        )
        if made is None:
            return Unknown(f"result of {function.name}(), which was not read to its end")
        return made[0]

    def _bounded(self, run: Callable[[], Any], key: object, steps: int) -> Any:
        """Run with a fresh budget where nothing else is being read; None where it did not do."""
        if self.frames:
            return run()
        self._granted = self._steps = steps
        self._noted.clear()
        try:
            return run()
        except BudgetExceededError as error:
            self._exhausted.add(key)
            self.skip(error.span, "file", error.reason)
            return None
        finally:
            self.frames.clear()
            self.region = 0

    def skip(self, where: Span, what: str, reason: str) -> None:
        """Note something that could not be read, once for each reading from outside."""
        skipped = Skipped(where, what, reason)
        if skipped not in self._noted:
            self._noted.add(skipped)
            self.skipped.append(skipped)

    # evaluation

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return an expression's value."""
        self._steps -= 1
        if self._steps < 0:
            self.exhausted(node, frame)
        return EVALUATORS[type(node)](self, node, frame)

    def execute(self, body: list[ast.stmt], frame: Frame) -> Flow | None:
        """Run statements until one leaves the block."""
        return execute(self, body, frame)

    def count_step(self, node: ast.stmt, frame: Frame) -> None:
        """Count a statement's own step."""
        self._steps -= 1
        if self._steps < 0:
            self.exhausted(node, frame)

    def exhausted(self, node: ast.expr | ast.stmt, frame: Frame) -> None:
        """End the reading of this file."""
        reason = f"reading stopped here: the file needs more than {self._granted:,} steps"
        raise BudgetExceededError(frame.span(node.lineno, node.col_offset), reason)

    def site(self, node: ast.expr | ast.stmt, frame: Frame) -> Site:
        """Return where a node stands and under which circumstances."""
        conditional = frame.conditional or frame.left
        sites = self._sites[2 * conditional + frame.repeated]
        site = sites.get(node)
        if site is None:
            span = Span(frame.module.path, node.lineno, node.col_offset + 1)
            end = node.end_lineno or node.lineno
            site = sites[node] = Site(self, span, end, node, conditional, frame.repeated)
        return site

    def call_site(
        self, node: ast.Call, frame: Frame, args: list[Value], kwargs: dict[str, Value]
    ) -> Site:
        """Return a call's place, with the place of the text that it is given."""
        literal = first_origin(args) if args else None
        if literal is None and kwargs:
            literal = first_origin([kwargs[name] for name in TEXT_KEYWORDS if name in kwargs])
        site = self.site(node, frame)
        if literal is None:
            return site
        key = (id(site), id(literal))
        placed = self._text_sites.get(key)
        if placed is None:
            placed = self._text_sites[key] = replace(site, literal=literal)
        return placed

    # values

    def call_value(
        self, callee: Value, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """``callee(*args, **kwargs)``."""
        return calls.call_value(self, callee, args, kwargs, site)

    def call_method(
        self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """``owner.name(*args, **kwargs)``."""
        return calls.call_method(self, owner, name, args, kwargs, site)

    def attribute(self, owner: Value, name: str, site: Site) -> Value:
        """``owner.name``."""
        return access.attribute(self, owner, name, site)

    def item(self, owner: Value, key: Value, site: Site) -> Value:
        """``owner[key]``."""
        return access.item(self, owner, key, site)

    def iterate(self, value: Value, site: Site) -> list[Value] | Unknown:
        """Return the elements of ``for x in value``, also those that may not be there."""
        return access.iterate(self, value, site)

    def elements(self, value: Value, site: Site) -> list[Value] | Unknown:
        """Return the elements of a collection that surely holds these and no others."""
        if self.is_loose(value):
            return Unknown("a collection that depends on a condition")
        return access.iterate(self, value, site)

    def known(self, value: Value, depth: int = 12) -> bool:
        """Whether a value is one of Python's own with no unknown inside."""
        if value is None or isinstance(value, KNOWN_SCALARS):
            return True
        if depth == 0 or self.is_loose(value):
            return False
        if isinstance(value, _COLLECTIONS):
            return all(self.known(each, depth - 1) for each in value)
        if isinstance(value, dict):
            pairs = value.items()
            return all(self.known(k, depth - 1) and self.known(v, depth - 1) for k, v in pairs)
        return False

    # branches

    def new_region(self) -> int:
        """Return the number of a new branch."""
        self._regions += 1
        return self._regions

    def fresh(self, value: Value) -> Value:
        """Note that a collection or object was made in the branch being read."""
        if self.region and isinstance(value, _MUTABLE):
            self._born[id(value)] = (value, self.region)
        return value

    def born_in(self, value: Value) -> int:
        """Return the branch in which a collection or object was made."""
        return self._born.get(id(value), (None, 0))[1]

    def touch(self, value: Value, site: Site) -> None:
        """Note a change of a collection: under an unknown condition it may not have happened."""
        self.remember(value)
        if self.born_in(value) == self.region:
            return
        self._loose.setdefault(id(value), value)
        if site.repeated and isinstance(value, list):
            self.loosen(value)

    def loosen(self, value: Value) -> None:
        """Note that a loop of unknown length may change a collection."""
        self.remember(value)
        self._loose.setdefault(id(value), value)
        if isinstance(value, list) and not (value and isinstance(value[-1], Unknown)):
            value.append(Unknown("collected in a loop"))

    def remember(self, value: Value) -> None:
        """Note a collection or object as it is before it changes."""
        if self.journal is not None:
            self.journal.note(value)

    def tighten(self, value: Value) -> None:
        """Take back that a collection's elements depend on a condition."""
        self._loose.pop(id(value), None)

    def is_loose(self, value: Value) -> bool:
        """Whether a collection's elements depend on a condition."""
        return bool(self._loose) and id(value) in self._loose

    # objects of the folder's classes

    def instantiate(
        self, cls: ClassValue, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """``cls(*args, **kwargs)``."""
        return classes.instantiate(self, cls, args, kwargs, site)

    def class_attribute(self, cls: ClassValue, name: str, site: Site) -> Value:
        """``cls.name``."""
        return classes.class_attribute(self, cls, name, site)

    def class_item(self, cls: ClassValue, key: Value) -> Value:
        """``cls[key]``: an enum's member, or the class itself for a generic one."""
        return classes.class_item(cls, key)

    def class_members(self, cls: ClassValue) -> list[Value] | Unknown:
        """Return the members of an enum."""
        if not enums.is_enum(cls):
            return Unknown(f"elements of the class {cls.name}")
        return list(enums.members(cls))

    def instance_attribute(self, instance: Instance, name: str, site: Site) -> Value:
        """``instance.name``."""
        return classes.instance_attribute(self, instance, name, site)

    def set_instance_attribute(
        self, instance: Instance, name: str, value: Value, site: Site
    ) -> None:
        """``instance.name = value``."""
        classes.set_instance_attribute(self, instance, name, value, site)

    def instance_binary(
        self, instance: Instance, symbol: str, other: Value, reflected: bool, site: Site
    ) -> Value:
        """``instance + other`` by the folder's own special methods."""
        return classes.instance_binary(self, instance, symbol, other, reflected, site)
