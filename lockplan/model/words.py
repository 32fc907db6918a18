"""Numbers and names in words, the same wherever a person reads them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Write a time for people: ``35s``, ``2m 30s``, ``47m``, ``1h 02m``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}m {rest:02d}s" if rest else f"{minutes}m"
    minutes = round(whole / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 task``, ``2 tasks``, ``2 histories``, ``2 days``."""
    if number == 1:
        return f"1 {noun}"
    turns = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{number} {noun[:-1]}ies" if turns else f"{number} {noun}s"


def shorten(text: str, width: int) -> str:
    """Cut the middle out of a text that is too long: both ends tell names apart."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"
