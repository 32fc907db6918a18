"""A chart in a file: a picture, or Mermaid's text."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import matplotlib as mpl

from lockplan.errors import InputError
from lockplan.model.analysis import Analysis
from lockplan.reports.gantt.figure import chosen, draw_figure
from lockplan.reports.gantt.style import RC
from lockplan.reports.gantt.views import Rows, Show
from lockplan.reports.mermaid import fenced
from lockplan.reports.mermaid import to_mermaid as mermaid_of

_TEXTS: dict[str, Callable[[str], str]] = {".mmd": str, ".md": fenced}
_METADATA: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}}
SUFFIXES = (*_METADATA, *_TEXTS)


def save_gantt(
    analysis: Analysis,
    path: Path,
    *,
    rows: Rows | str = Rows.TASK,
    show: Show | str = Show.BOTH,
    dags: Sequence[str] = (),
) -> None:
    """Draw an analysis into a file; the same analysis gives the same bytes.

    The parameters are those of `draw_figure`; Mermaid has a row per task only.

    Raises
    ------
    InputError
        The file's name does not end as one of `SUFFIXES`, or it cannot be written, or a DAG is not
        there.
    """
    suffix = suffix_of(path)
    if suffix in _TEXTS:
        text = to_mermaid(analysis, rows=rows, show=show, dags=dags)
        content = _TEXTS[suffix](text).encode()
    else:
        content = _picture(analysis, suffix, rows, show, dags)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}") from error


def suffix_of(path: Path) -> str:
    """Return the kind of a file by its name; raises InputError where it cannot be drawn."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        way_out = f"Name it {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        raise InputError(str(path), f"a Gantt cannot be drawn as {suffix or 'this'}", way_out)
    return suffix


def to_mermaid(
    analysis: Analysis,
    *,
    rows: Rows | str = Rows.TASK,
    show: Show | str = Show.BOTH,
    dags: Sequence[str] = (),
) -> str:
    """Return the chart as Mermaid's text, which has a row per task.

    Raises InputError where other rows are asked for, or a DAG is not there.
    """
    if Rows(rows) is not Rows.TASK:
        raise InputError("Mermaid", f"has no rows by {rows}", "Draw a .png or .svg")
    return mermaid_of(chosen(analysis, dags), Show(show))


def _picture(
    analysis: Analysis, suffix: str, rows: Rows | str, show: Show | str, dags: Sequence[str]
) -> bytes:
    content = BytesIO()
    with mpl.rc_context(RC), warnings.catch_warnings():
        # a task's name may have characters that the font lacks: they are drawn as boxes
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = draw_figure(analysis, rows=rows, show=show, dags=dags)
        figure.savefig(content, format=suffix[1:], dpi=120, metadata=_METADATA[suffix])
    return content.getvalue()
