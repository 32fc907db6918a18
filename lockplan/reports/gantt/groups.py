"""Tasks with like names in groups, where there are too many for a row each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

MOST_GROUPS = 40
_WORD = re.compile(r"[^._\-\s]+[._\-\s]*|[._\-\s]+")


def groups(names: Iterable[str], most: int = MOST_GROUPS) -> Mapping[str, Sequence[str]]:
    """Return names by what they begin with, each group with its label: ``load_play_* (9 tasks)``.

    The largest group is split by its next word as long as there are no more groups than wanted.
    """
    parts: dict[str, list[str]] = {"": sorted(names)}
    depth, final = {"": 0}, set[str]()
    while open_ones := [start for start in parts if start not in final and len(parts[start]) > 1]:
        largest = max(open_ones, key=lambda start: (len(parts[start]), start))
        smaller = _split(parts[largest], depth[largest] + 1)
        if list(smaller) == [largest] or len(parts) - 1 + len(smaller) > most:
            final.add(largest)
            continue
        depth |= dict.fromkeys(smaller, depth[largest] + 1)
        del parts[largest]
        parts |= smaller
    return {_label(start, members): members for start, members in parts.items() if members}


def _split(names: Iterable[str], words: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault("".join(_WORD.findall(name)[:words]), []).append(name)
    return found


def _label(start: str, members: Sequence[str]) -> str:
    if len(members) == 1:
        return members[0]
    return f"{start}* ({len(members)} tasks)" if start else f"all {len(members)} tasks"
