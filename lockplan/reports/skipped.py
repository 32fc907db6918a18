"""What was not read, as every report in text ends with it."""

from __future__ import annotations

from collections.abc import Sequence

from lockplan.model.place import Skipped
from lockplan.reports.page import Page
from lockplan.reports.words import located


def write_skipped(page: Page, root: str, skipped: Sequence[Skipped]) -> None:
    """Write each place with what stands there and why it was not read."""
    if not skipped:
        return
    page.heading("Not analysed")
    for each in skipped:
        where = located(root, each.where.path, each.where.line)
        page.line(f"{where}: {each.what}: {each.reason}", "yellow", indent=2)


def skipped_data(skipped: Sequence[Skipped]) -> list[dict[str, str | int]]:
    """Return what was not read as data."""
    return [
        {
            "path": each.where.path,
            "line": each.where.line,
            "what": each.what,
            "reason": each.reason,
        }
        for each in skipped
    ]
