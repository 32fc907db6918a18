"""Code that branches on the run's dates is read once for each way that they may decide it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lockplan.model.computed import (
    BOOLEANS,
    FAILURES,
    Computed,
    all_of,
    any_of,
    negated,
    sampled,
)
from lockplan.model.dates import Anchor, DateExpr, Shift, Truncate, Unit
from lockplan.workflow.computing import expression
from lockplan.workflow.values import Site, Value

MOST_OUTCOMES = 40
"""A value that may be more than these is not decided: both ways are read, as for an unknown."""


@dataclass(frozen=True, slots=True)
class Test:
    """One decision: a value is one of `outcomes`, or none of them."""

    value: Computed
    outcomes: tuple[Any, ...]
    holds: bool = True


Path = tuple[Test, ...]


@dataclass(slots=True)
class Decisions:
    """What one reading takes the run's dates to decide, in the order in which it asks."""

    given: Path = ()
    """The decisions of an earlier reading that this one repeats, the last one turned."""
    path: list[Test] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    """The ways that this reading does not go."""
    _answers: dict[Computed, tuple[Any, ...]] = field(default_factory=dict)
    _live: list[int] | None = None
    """The sample runs that go this way; None for all."""

    def answer(self, value: Computed) -> tuple[Any, ...]:
        """Return a tuple of the value on this way, an empty one where it is not decided."""
        found = self._answers.get(value)
        if found is None:
            found = self._answers[value] = self._decide(value)
        return found

    def _decide(self, value: Computed) -> tuple[Any, ...]:
        given = self.given[len(self.path) : len(self.path) + 1]
        if given and given[0].value == value:
            return self._take(given[0])
        groups = self._groups(value)
        if groups is None:
            return ()
        tests = _tests(value, groups, self.path)
        if len(tests) == 1:
            return tests[0].outcomes
        self.others += [(*self.path, test) for test in tests[1:]]
        return self._take(tests[0])

    def _groups(self, value: Computed) -> dict[Any, list[int]] | None:
        """Return the sample runs of this way by what the value is in them."""
        values = _sampled(value)
        if values is None or self._live == []:
            return None
        groups: dict[Any, list[int]] = {}
        for index in range(len(values)) if self._live is None else self._live:
            groups.setdefault(values[index], []).append(index)
            if len(groups) > MOST_OUTCOMES:
                return None
        return groups

    def _take(self, test: Test) -> tuple[Any, ...]:
        groups = self._groups(test.value) or {}
        self.path.append(test)
        self._live = groups.get(test.outcomes[0], []) if test.holds else []
        return test.outcomes if test.holds else ()


def _tests(value: Computed, groups: dict[Any, list[int]], path: list[Test]) -> list[Test]:
    """Return the ways that a value may turn out: those of the sample, and others if there are."""
    tests = [Test(value, (outcome,)) for outcome in groups]
    if value.operation in BOOLEANS:
        missing = [each for each in (True, False) if each not in groups]
        rest = [Test(value, (outcome,)) for outcome in missing]
    else:
        rest = [Test(value, tuple(groups), holds=False)]
    return tests if _is_complete([*path, *tests[:1]]) else tests + rest


@lru_cache(maxsize=512)
def _sampled(value: Computed) -> tuple[Any, ...] | None:
    """Return the value in every sample run, None where it fails in one."""
    try:
        values = sampled(value)
        hash(values)
    except (*FAILURES, OverflowError):
        return None
    return values


def _is_complete(path: list[Test]) -> bool:
    """Whether the sample holds all that a way's decisions may meet: they ask one calendar alone."""
    anchors: set[Anchor] = set()
    for test in path:
        found = _calendar(test.value)
        if found is None:
            return False
        anchors |= found
    return len(anchors) == 1


_OF_A_DATE = frozenset(
    {".weekday", ".isoweekday", "quarter", "day_of_year", "days_in_month", "month", "day_of"}
)
_OF_A_CALENDAR = frozenset({"%m", "%d", "%j", "%w", "%u", "%a", "%A", "%b", "%B"})
_COARSE = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR)


def _calendar(value: Computed) -> set[Anchor] | None:
    """Return the dates whose month, day and weekday alone decide a value, None where more does."""
    anchors: set[Anchor] = set()
    for operand in value.operands:
        found = _calendar_of(operand, value.operation in _OF_A_DATE)
        if found is None:
            return None
        anchors |= found
    return anchors


def _calendar_of(operand: Any, any_format: bool) -> set[Anchor] | None:
    if isinstance(operand, DateExpr):
        short = operand.format in _OF_A_CALENDAR
        return {operand.anchor} if short and _is_near(operand) else None
    if not isinstance(operand, Computed):
        return set()
    if operand.operation in ("moment", "day"):
        (leaf,) = operand.operands
        known = any_format and isinstance(leaf, DateExpr) and _is_near(leaf)
        return {leaf.anchor} if known else None
    return _calendar(operand)


def _is_near(moment: DateExpr) -> bool:
    """Whether a date lies whole days from its anchor, and few of them."""
    return all(
        (isinstance(step, Shift) and not step.seconds and not step.months and abs(step.days) <= 31)
        or (isinstance(step, Truncate) and step.unit in _COARSE)
        for step in moment.steps
    )


# the interpreter's questions


def truth(value: Value, site: Site) -> bool | None:
    """``bool(value)`` on the way that is read, None where its dates do not decide it."""
    found = expression(value) if site.interpreter.decisions is not None else None
    if found is None:
        return None
    test = found if found.operation in BOOLEANS else Computed("bool", (found,))
    answer = _answer(test, site)
    return bool(answer[0]) if answer else None


def settled(value: Value, site: Site) -> Value:
    """Return the constant that a value is on the way that is read, else the value."""
    found = expression(value) if site.interpreter.decisions is not None else None
    answer = _answer(found, site) if found is not None else ()
    return answer[0] if answer else value


def _answer(value: Computed, site: Site) -> tuple[Any, ...]:
    decisions = site.interpreter.decisions
    return decisions.answer(value) if isinstance(decisions, Decisions) else ()


# conditions


def condition(present: set[Path], paths: list[Path]) -> Computed | None:
    """Return on which dates one of `present` is gone, of all `paths`; None for every date."""
    found = _formula(present, paths, 0)
    return found if isinstance(found, Computed) else None


def _formula(present: set[Path], paths: list[Path], depth: int) -> Computed | bool:
    """Return the condition under which one of the paths, alike up to `depth`, is one present."""
    inside = [path in present for path in paths]
    if all(inside) or not any(inside):
        return inside[0]
    ways: dict[Test, list[Path]] = {}
    for path in paths:
        ways.setdefault(path[depth], []).append(path)
    by_formula: dict[Computed | bool, list[Test]] = {}
    for test, below in ways.items():
        by_formula.setdefault(_formula(present, below, depth + 1), []).append(test)
    if len(by_formula) == 1:
        return next(iter(by_formula))
    kept = [(formula, tests) for formula, tests in by_formula.items() if formula is not False]
    return any_of(*(_guarded(formula, tests) for formula, tests in kept))


def _guarded(formula: Computed | bool, tests: list[Test]) -> Computed:
    guard = _in_words(tests)
    return all_of(guard, formula) if isinstance(formula, Computed) else guard


def _in_words(tests: list[Test]) -> Computed:
    """Return one condition for several outcomes of one value."""
    value = tests[0].value
    if value.operation in BOOLEANS:
        return value if tests[0].outcomes[0] else negated(value)
    outcomes = tuple(outcome for test in tests if test.holds for outcome in test.outcomes)
    equal = Computed("==", (value, *outcomes)) if len(outcomes) == 1 else None
    known = equal or Computed("in", (value, outcomes))
    rest = [Computed("not in", (test.value, test.outcomes)) for test in tests if not test.holds]
    return any_of(*([known] if outcomes else []), *rest)
