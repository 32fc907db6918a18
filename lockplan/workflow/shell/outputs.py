"""What some commands write, which other commands read: ``echo``, ``cat``, ``date``."""

from __future__ import annotations

import re
from datetime import timedelta

from lockplan.model.dates import Anchor
from lockplan.workflow.dates import formatted, run_time, shift
from lockplan.workflow.values import Text

_DAYS = {"yesterday": -1, "now": 0, "today": 0, "tomorrow": 1, "": 0}
_SHIFT = re.compile(r"([+-]?\s*\d+)\s*(hour|day|week)s?(\s+ago)?")


def echoed(words: list[str]) -> str:
    """Return what ``echo`` and ``printf`` write; a format with fields stays as it is."""
    while words and re.fullmatch(r"-[neE]+", words[0]):
        words = words[1:]
    return " ".join(words).replace("\\n", "\n")


def date_written(words: list[str]) -> str | Text | None:
    """Return what ``date -d yesterday +%F`` writes, None where that is not known."""
    shape = next((word[1:] for word in words if word.startswith("+")), None)
    moment = _moment([word for word in words if not word.startswith("+")])
    in_utc = bool({"-u", "--utc"}.intersection(words))
    now = run_time(clock=Anchor.RUN_TIME if in_utc else Anchor.WORKER_TIME)
    if shape is None or moment is None:
        return None
    return formatted(shift(now, moment), shape.replace("%F", "%Y-%m-%d"))


def _moment(words: list[str]) -> timedelta | None:
    """Return how far from now the options of ``date`` ask for."""
    left = [word for word in words if word not in ("-u", "--utc")]
    asked = " ".join(left).removeprefix("--date=").removeprefix("-d").removeprefix("--date")
    asked = asked.strip().lower()
    if asked in _DAYS:
        return timedelta(days=_DAYS[asked])
    match = _SHIFT.fullmatch(asked)
    if match is None:
        return None
    count = int(match[1].replace(" ", "")) * (-1 if match[3] else 1)
    return timedelta(**{f"{match[2]}s": count})
