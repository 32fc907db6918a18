"""One task read several ways, as its dates decide: put together into one list of statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lockplan.model.computed import Computed
from lockplan.model.statement import Parts, Statement, Unknown
from lockplan.workflow.databases.recorder import Recorder
from lockplan.workflow.decisions import Path, condition
from lockplan.workflow.scopes import merge_values
from lockplan.workflow.values import Value


@dataclass(frozen=True, slots=True)
class Variant:
    """One way through a task."""

    path: Path
    """What the run's dates decided."""
    recorder: Recorder
    returned: Value


@dataclass(slots=True)
class _Entry:
    """A statement with the ways on which it is sent."""

    statement: Statement
    paths: set[Path]

    @property
    def likeness(self) -> tuple[object, ...]:
        return _likeness(self.statement)


def merged(variants: list[Variant]) -> tuple[Recorder, Value]:
    """Return one recorder whose statements say under which condition they are sent."""
    first = variants[0]
    if len(variants) == 1:
        return first.recorder, first.returned
    paths = [variant.path for variant in variants]
    entries: list[_Entry] = []
    for variant in variants:
        entries = _joined(entries, variant)
    recorder = Recorder(
        statements=[
            replace(entry.statement, when=condition(entry.paths, paths)) for entry in entries
        ],
        skipped=list(dict.fromkeys(s for v in variants for s in v.recorder.skipped)),
        sql_texts=_texts(variants, paths),
    )
    return recorder, merge_values(variant.returned for variant in variants)


def _joined(entries: list[_Entry], variant: Variant) -> list[_Entry]:
    """Put a variant's statements among those of others, each order kept.

    Statements that are alike become one where their transactions are the same too.
    """
    added = [_Entry(each, {variant.path}) for each in variant.recorder.statements]
    blocks = _blocks(entries, added)
    numbers = _numbers(entries, added, blocks)
    made: list[_Entry] = []
    done_a = done_b = 0
    for a, b in [
        *((a, b) for a, b in blocks if _fits(a, b, entries, added, numbers)),
        (None, None),
    ]:
        made += entries[done_a:a]
        made += [_numbered(entry, numbers) for entry in added[done_b:b]]
        if a is not None and b is not None:
            made.append(_Entry(entries[a].statement, entries[a].paths | added[b].paths))
            done_a, done_b = a + 1, b + 1
    return made


def _blocks(entries: list[_Entry], added: list[_Entry]) -> list[tuple[int, int]]:
    """Return the positions of statements that are alike, in both orders."""
    from difflib import SequenceMatcher  # needed by few folders, not worth every one's wait

    matcher = SequenceMatcher(
        None, [e.likeness for e in entries], [e.likeness for e in added], autojunk=False
    )
    return [
        (block.a + n, block.b + n)
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    ]


def _numbers(
    entries: list[_Entry], added: list[_Entry], blocks: list[tuple[int, int]]
) -> dict[int, int]:
    """Return for each of the variant's transactions its number among `entries`, or a new one."""
    pairs = {(added[b].statement.transaction, entries[a].statement.transaction) for a, b in blocks}
    ours, theirs = [mine for mine, _ in pairs], [other for _, other in pairs]
    shared = {
        mine: other
        for mine, other in sorted(pairs)
        if ours.count(mine) == 1 and theirs.count(other) == 1
    }
    free = 1 + max((entry.statement.transaction for entry in entries), default=-1)
    for number in dict.fromkeys(entry.statement.transaction for entry in added):
        if number not in shared:
            shared[number] = free
            free += 1
    return shared


def _fits(
    a: int, b: int, entries: list[_Entry], added: list[_Entry], numbers: dict[int, int]
) -> bool:
    mine, other = added[b].statement.transaction, entries[a].statement.transaction
    return numbers[mine] == other


def _numbered(entry: _Entry, numbers: dict[int, int]) -> _Entry:
    number = numbers[entry.statement.transaction]
    return _Entry(replace(entry.statement, transaction=number), entry.paths)


def _likeness(statement: Statement) -> tuple[object, ...]:
    """Return all of a statement but its transaction, which another way may number otherwise."""
    return (
        statement.parts,
        statement.params,
        statement.connection,
        statement.built_at,
        statement.run_at,
        statement.conditional,
        statement.repeated,
    )


def _texts(variants: list[Variant], paths: list[Path]) -> list[Parts]:
    """Return an operator's texts; one that the dates decide is chosen when it is rendered."""
    columns = [variant.recorder.sql_texts for variant in variants]
    if len({len(column) for column in columns}) == 1:
        return [_text(texts, paths) for texts in zip(*columns, strict=True)]
    return list(dict.fromkeys(text for column in columns for text in column))


def _text(texts: Iterable[Parts], paths: list[Path]) -> Parts:
    ways: dict[Parts, set[Path]] = {}
    for text, path in zip(texts, paths, strict=True):
        ways.setdefault(text, set()).add(path)
    if len(ways) == 1:
        return next(iter(ways))
    choices = [
        (condition(present, paths), Computed("join", tuple(text))) for text, present in ways.items()
    ]
    known = not any(isinstance(part, Unknown) for text in ways for part in text)
    chosen = Computed("choose", tuple(each for choice in choices for each in choice))
    return (chosen,) if known else (Unknown("a text that depends on a condition"),)
