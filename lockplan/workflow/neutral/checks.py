"""What must hold between the tasks of a workflow file: names, order, pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import islice

from lockplan.workflow.neutral.drafts import Draft
from lockplan.workflow.neutral.fields import Problems, Word, nearest


def check_tasks(
    drafts: Sequence[Draft], pools: Mapping[str, int] | None, problems: Problems
) -> None:
    """Note tasks that stand twice, wait for what is not there or for each other, or never start.

    `pools` is None where they could not be read.
    """
    lines = _lines(drafts, problems)
    for draft in drafts:
        _check_upstream(draft, lines, problems)
        if pools is not None:
            _check_pool(draft, pools, problems)
    _check_order(drafts, lines, problems)


def _lines(drafts: Sequence[Draft], problems: Problems) -> dict[str, int]:
    """Return where each task stands."""
    lines: dict[str, int] = {}
    for draft in drafts:
        if draft.id is None:
            continue
        first = lines.get(draft.id.text)
        if first is None:
            lines[draft.id.text] = draft.id.line
        else:
            problem = f"a second {draft.name}; the first is at line {first}"
            problems.add(draft.id.line, problem, "Give each task an id of its own.")
    return lines


def _upstream(draft: Draft) -> tuple[Word, ...]:
    words: tuple[Word, ...] = draft.fields.get("upstream", ())
    return words


def _check_upstream(draft: Draft, lines: Mapping[str, int], problems: Problems) -> None:
    for word in _upstream(draft):
        if word.text not in lines:
            problem = f"{draft.name} comes after `{word.text}`, which is no task of the file"
            problems.add(word.line, problem, nearest(word.text, lines))


def _check_pool(draft: Draft, pools: Mapping[str, int], problems: Problems) -> None:
    pool: Word | None = draft.fields.get("pool")
    slots: int | None = draft.fields.get("slots")
    name = pool.text if pool else "default_pool"
    if pool and name not in pools:
        problem = f"{draft.name} is in pool `{name}`, which `pools` does not name"
        problems.add(pool.line, problem, nearest(name, pools) or "Say how many slots it has.")
    elif slots and name not in pools:
        problem = f"{draft.name} takes {slots} slots of no pool"
        problems.add(draft.line, problem, "Say of which `pool`.")
    elif (slots or 1) > pools.get(name, 1):
        problem = f"{draft.name} takes {slots} slots of pool `{name}`, which has {pools[name]}"
        problems.add(draft.line, problem, "Give the pool more: the task would never start.")


MOST_CIRCLES = 20


def _circles(order: dict[str, list[str]]) -> Iterator[list[str]]:
    """Yield tasks that wait for each other, each task in one circle at most."""
    while True:
        try:
            TopologicalSorter(order).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][1:]
            yield circle
            order = {
                name: [up for up in above if up not in circle]
                for name, above in order.items()
                if name not in circle
            }
        else:
            return


def _check_order(drafts: Sequence[Draft], lines: Mapping[str, int], problems: Problems) -> None:
    order = {
        draft.id.text: sorted({word.text for word in _upstream(draft)} & lines.keys())
        for draft in drafts
        if draft.id is not None
    }
    for circle in islice(_circles(order), MOST_CIRCLES):
        first = circle.index(min(circle, key=lambda name: lines[name]))
        names = [*circle[first:], *circle[: first + 1]]
        problem = f"tasks wait for each other: {' → '.join(names)}"
        if len(circle) == 1:
            problem = f"task `{names[0]}` waits for itself"
        problems.add(lines[names[0]], problem, "Take one of these out of `upstream`.")
