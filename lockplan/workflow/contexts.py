"""Context managers made from generator functions (``contextlib.contextmanager``)."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockplan.workflow.objects import Function
from lockplan.workflow.values import Native, Site, Value


@dataclass(slots=True, eq=False, repr=False)
class GeneratorContext(Native):
    """A call of a ``@contextmanager`` function, which runs when a ``with`` enters it."""

    function: Function
    args: list[Value] = field(default_factory=list)
    kwargs: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return f"{self.function.name}()"


@dataclass(slots=True, eq=False, repr=False)
class ContextFactory(Native):
    """A ``@contextmanager`` function."""

    function: Function

    def describe(self) -> str:
        return self.function.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return GeneratorContext(self.function, args, kwargs)

    def bound_to(self, instance: Value) -> ContextFactory:
        """Return the method of an instance."""
        return ContextFactory(self.function.bound_to(instance))
