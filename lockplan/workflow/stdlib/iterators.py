"""``itertools``: what it makes of known collections, and iterators without an end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lockplan.workflow import operators
from lockplan.workflow.stdlib.natives import Builtin, Type, unknown_result
from lockplan.workflow.values import Native, Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]


@dataclass(slots=True, eq=False, repr=False)
class IteratorValue(Native):
    """``iter(...)``: hands its elements out one by one."""

    elements: list[Value]
    position: int = 0

    def describe(self) -> str:
        return "an iterator"

    def take(self, count: int | None = None) -> list[Value]:
        """Hand out the next `count` elements, or all that are left."""
        end = None if count is None else self.position + count
        taken = self.elements[self.position : end]
        self.position += len(taken)
        return taken

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return self.elements[self.position :]


@dataclass(slots=True, eq=False, repr=False)
class Endless(Native):
    """``itertools.count``, ``cycle`` and ``repeat``."""

    make: Callable[[int], Value]
    """Gives the element at a position."""
    position: int = 0

    def describe(self) -> str:
        return "an iterator without an end"

    def take(self, count: int) -> list[Value]:
        """Hand out the next elements."""
        self.position += count
        return [self.make(at) for at in range(self.position - count, self.position)]

    def truth(self) -> bool | None:
        return True


def columns(args: Args, site: Site) -> list[list[Value]] | Unknown:
    """Return the collections that run side by side, as ``zip`` reads them.

    An iterator without an end gives as many elements as the shortest of the others.
    """
    if _is_one_iterator(args):
        width, elements = len(args), args[0].take()
        return [elements[at::width][: len(elements) // width] for at in range(width)]
    finite = [site.interpreter.elements(arg, site) for arg in args if not isinstance(arg, Endless)]
    unknown = next((column for column in finite if isinstance(column, Unknown)), None)
    if unknown is not None or not finite:
        return Unknown(unknown.reason if unknown else "elements without an end")
    known = [column for column in finite if isinstance(column, list)]
    shortest = min(map(len, known))
    rest = iter(known)
    return [arg.take(shortest) if isinstance(arg, Endless) else next(rest) for arg in args]


def _is_one_iterator(args: Args) -> bool:
    """Whether all are the same iterator, the way to cut a collection into groups."""
    return (
        len(args) > 1 and isinstance(args[0], IteratorValue) and all(arg is args[0] for arg in args)
    )


def _combining(name: str, function: Callable[..., Any]) -> Builtin:
    """Model a function of ``itertools`` over known collections, within the budget."""

    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        found = [
            arg if isinstance(arg, int | None) else site.interpreter.elements(arg, site)
            for arg in args
        ]
        if any(isinstance(column, Unknown) for column in found):
            return unknown_result(name, args, kwargs)
        limit = site.interpreter.budget.elements
        made = list(itertools.islice(function(*found, **kwargs), limit + 1))
        if len(made) > limit:
            return Unknown("a collection beyond the reader's bounds")
        return site.interpreter.fresh(made)

    return Builtin(f"itertools.{name}", call)


_SLICE = _combining("islice", itertools.islice)


def _islice(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Slice; an iterator goes on after what was taken of it."""
    source, *bounds = args
    if not isinstance(source, Endless | IteratorValue):
        return _SLICE.function(args, kwargs, site)
    stop = bounds[-1] if len(bounds) == 1 else bounds[1] if len(bounds) > 1 else None
    if not isinstance(stop, int) or not 0 <= stop <= site.interpreter.budget.elements:
        return Unknown(f"elements of {source.describe()}, of which it is not known how many")
    if _may_not_run(site):
        return Unknown(f"elements of {source.describe()}")
    return _SLICE.function([source.take(stop), *bounds], kwargs, site)


def _may_not_run(site: Site) -> bool:
    return bool(site.interpreter.region or site.conditional)


def take_next(source: IteratorValue | Endless, missing: Value, site: Site) -> Value:
    """``next(iterator)``."""
    if _may_not_run(site):
        return Unknown("the next element")
    taken = source.take(1)
    return taken[0] if taken else missing


def _count(args: Args, kwargs: Kwargs, site: Site) -> Value:
    start = args[0] if args else kwargs.get("start", 0)
    step = args[1] if len(args) > 1 else kwargs.get("step", 1)
    if not (isinstance(start, int | float) and isinstance(step, int | float)):
        return unknown_result("count", args, kwargs)
    return Endless(lambda at: start + step * at)


def _cycle(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown):
        return elements
    return Endless(lambda at: elements[at % len(elements)]) if elements else IteratorValue([])


def _repeat(args: Args, kwargs: Kwargs, site: Site) -> Value:
    times = args[1] if len(args) > 1 else kwargs.get("times")
    if times is None:
        return Endless(lambda at: args[0])
    if not isinstance(times, int) or times > site.interpreter.budget.elements:
        return unknown_result("repeat", args, kwargs)
    return site.interpreter.fresh([args[0]] * times)


def _starmap(args: Args, kwargs: Kwargs, site: Site) -> Value:
    rows = site.interpreter.elements(args[1], site)
    if isinstance(rows, Unknown):
        return rows
    made: list[Value] = []
    for row in rows:
        spread = site.interpreter.elements(row, site)
        if isinstance(spread, Unknown):
            return spread
        made.append(site.interpreter.call_value(args[0], spread, {}, site))
    return site.interpreter.fresh(made)


def _decided(args: Args, site: Site) -> list[tuple[Value, bool]] | Unknown:
    """Return each element with what the function says of it."""
    elements = site.interpreter.elements(args[1], site)
    if isinstance(elements, Unknown):
        return elements
    found: list[tuple[Value, bool]] = []
    for element in elements:
        said = site.interpreter.call_value(args[0], [element], {}, site) if args[0] else element
        truth = operators.truth(said, site)
        if truth is None:
            return Unknown("elements chosen by a condition that is not known")
        found.append((element, truth))
    return found


def _chosen(
    name: str, choose: Callable[[list[tuple[Value, bool]]], list[tuple[Value, bool]]]
) -> Builtin:
    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        found = _decided(args, site)
        if isinstance(found, Unknown):
            return found
        return site.interpreter.fresh([element for element, _ in choose(found)])

    return Builtin(f"itertools.{name}", call)


def _says(pair: tuple[Value, bool]) -> bool:
    return pair[1]


def _compress(args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = columns(args, site)
    if isinstance(found, Unknown):
        return found
    kept = [operators.truth(each, site) for each in found[1]]
    if None in kept:
        return Unknown("elements chosen by a condition that is not known")
    return site.interpreter.fresh(list(itertools.compress(found[0], kept)))


def _group_by(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown):
        return elements
    key = args[1] if len(args) > 1 else kwargs.get("key")
    groups: list[tuple[Value, list[Value]]] = []
    for element in elements:
        of = element if key is None else site.interpreter.call_value(key, [element], {}, site)
        alike = operators.equal(groups[-1][0], of, site) if groups else False
        if isinstance(alike, Unknown):
            return alike
        if not alike:
            groups.append((of, site.interpreter.fresh([])))
        groups[-1][1].append(element)
    return site.interpreter.fresh(groups)


def _tee(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    count = args[1] if len(args) > 1 else kwargs.get("n", 2)
    if isinstance(elements, Unknown) or not isinstance(count, int) or count > len(args) + 100:
        return unknown_result("tee", args, kwargs)
    return tuple(IteratorValue(list(elements)) for _ in range(count))


def _chain_from(args: Args, kwargs: Kwargs, site: Site) -> Value:
    parts = site.interpreter.elements(args[0], site)
    if isinstance(parts, Unknown):
        return parts
    return _CHAIN.function(parts, {}, site)


_CHAIN = _combining("chain", itertools.chain)
_COMBINING = (
    *("product", "combinations", "combinations_with_replacement", "permutations"),
    *("zip_longest", "pairwise"),
)


def _accumulate(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    function = args[1] if len(args) > 1 else kwargs.get("func")
    first = kwargs.get("initial")
    if isinstance(elements, Unknown):
        return elements
    values = elements if first is None else [first, *elements]
    made: list[Value] = site.interpreter.fresh(values[:1])
    for value in values[1:]:
        before = made[-1]
        made.append(
            operators.binary("+", before, value, site)
            if function is None
            else site.interpreter.call_value(function, [before, value], {}, site)
        )
    return made


NAMES: dict[str, Value] = {
    f"itertools.{name}": _combining(name, getattr(itertools, name)) for name in _COMBINING
} | {
    "itertools.chain": Type(
        "chain", _CHAIN.function, (), {"from_iterable": Builtin("chain.from_iterable", _chain_from)}
    ),
    "itertools.islice": Builtin("itertools.islice", _islice),
    "itertools.accumulate": Builtin("itertools.accumulate", _accumulate),
    "itertools.count": Builtin("itertools.count", _count),
    "itertools.cycle": Builtin("itertools.cycle", _cycle),
    "itertools.repeat": Builtin("itertools.repeat", _repeat),
    "itertools.starmap": Builtin("itertools.starmap", _starmap),
    "itertools.compress": Builtin("itertools.compress", _compress),
    "itertools.groupby": Builtin("itertools.groupby", _group_by),
    "itertools.tee": Builtin("itertools.tee", _tee),
    "itertools.takewhile": _chosen(
        "takewhile", lambda found: list(itertools.takewhile(_says, found))
    ),
    "itertools.dropwhile": _chosen(
        "dropwhile", lambda found: list(itertools.dropwhile(_says, found))
    ),
    "itertools.filterfalse": _chosen(
        "filterfalse", lambda found: list(itertools.filterfalse(_says, found))
    ),
}
MODULES = ("itertools",)
