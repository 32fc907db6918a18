"""Python's search for garbage, put off while syntax trees grow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_SEARCH = 500_000
"""New objects between two searches: trees are kept to the end, so a search mostly finds none."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python search for garbage seldom: reading makes many objects that all stay."""
    before = gc.get_threshold()
    gc.set_threshold(FIRST_SEARCH, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
