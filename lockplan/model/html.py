"""Values as notebooks show them: small pieces of HTML that read well on light and dark pages.

All texts are escaped here. Colours are the page's own, apart from the two of the bars, which stand
out on white and on black.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from lockplan.model.words import count, duration, shorten

MOST_ROWS = 20
MOST_BARS = 60
WORK = "#3B8BC4"
LOCK = "#E06A1B"
_FAINT = "rgba(128,128,128,.35)"
_CELL = f"text-align:left;padding:2px 12px 2px 0;border-bottom:1px solid {_FAINT}"
_CARD = "color:inherit;background:none;font-size:90%;line-height:1.4"
_ROW = 16
_LABEL = 210
_WIDTH = 560
_NOTE = 210
_LABEL_CHARS = 30
_NOTE_CHARS = 34


def card(title: str, lines: Iterable[str] = (), *parts: str) -> str:
    """Return a titled piece: lines of text, then parts that are HTML already."""
    head = f"<div><b>{escape(title)}</b></div>"
    texts = (f"<div>{escape(line)}</div>" for line in lines if line)
    return f'<div style="{_CARD}">{head}{"".join(texts)}{"".join(parts)}</div>'


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], noun: str) -> str:
    """Return a table of texts; of many rows the first, and how many `noun` follow."""
    if not rows:
        return ""
    head = "".join(f'<th style="{_CELL};opacity:.7">{escape(each)}</th>' for each in headers)
    body = "".join(_row(row) for row in rows[:MOST_ROWS])
    more = len(rows) - MOST_ROWS
    rest = f"<div>and {count(more, f'more {noun}')}</div>" if more > 0 else ""
    style = "border-collapse:collapse;background:none;color:inherit;margin:4px 0"
    return (
        f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}'
    )


def _row(cells: Sequence[object]) -> str:
    written = "".join(f'<td style="{_CELL}">{escape(str(cell))}</td>' for cell in cells)
    return f'<tr style="background:none">{written}</tr>'


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart, in seconds."""

    label: str
    work: tuple[tuple[float, float], ...]
    waits: tuple[tuple[float, float], ...] = ()
    note: str = ""
    tooltip: str = ""


def bars(rows: Sequence[Bar], span_s: float) -> str:
    """Return a chart of rows on one time axis; of many the first, and how many follow."""
    if not rows:
        return ""
    shown = rows[:MOST_BARS]
    height = _ROW * len(shown) + 20
    scale = _WIDTH / (span_s or 1.0)
    drawn = "".join(_bar(bar, n, scale) for n, bar in enumerate(shown))
    ticks = "".join(_ticks(span_s, scale, height))
    more = len(rows) - len(shown)
    rest = f"<div>and {count(more, 'more task')}</div>" if more else ""
    size = f'width="100%" viewBox="0 0 {_LABEL + _WIDTH + _NOTE} {height}"'
    style = "max-width:980px;font-size:11px;fill:currentColor;display:block"
    return f'<svg {size} style="{style}" role="img">{ticks}{drawn}</svg>{rest}'


def _bar(bar: Bar, row: int, scale: float) -> str:
    y = row * _ROW
    ends = [end for _, end in (*bar.work, *bar.waits)]
    label = escape(shorten(bar.label, _LABEL_CHARS))
    note = escape(shorten(bar.note, _NOTE_CHARS))
    marks = "".join(_mark(span, y, scale, WORK) for span in bar.work)
    marks += "".join(_mark(span, y, scale, LOCK) for span in bar.waits)
    beside = _LABEL + max(ends, default=0.0) * scale + 5
    return (
        f"<g><title>{escape(bar.tooltip or bar.label)}</title>"
        f'<text x="{_LABEL - 8}" y="{y + 12}" text-anchor="end">{label}</text>{marks}'
        f'<text x="{beside:.1f}" y="{y + 12}" fill="{LOCK}">{note}</text></g>'
    )


def _mark(span: tuple[float, float], y: int, scale: float, color: str) -> str:
    start, end = span
    width = max(1.0, (end - start) * scale)
    at = f'x="{_LABEL + start * scale:.1f}" y="{y + 2}" width="{width:.1f}"'
    return f'<rect {at} height="{_ROW - 4}" fill="{color}"/>'


def _ticks(span_s: float, scale: float, height: int) -> Iterator[str]:
    for part in range(5):
        second = span_s * part / 4
        x = _LABEL + second * scale
        anchor = "end" if part == 4 else "start" if not part else "middle"
        yield f'<path d="M{x:.1f} 0V{height - 16}" stroke="{_FAINT}"/>'
        yield (
            f'<text x="{x:.1f}" y="{height - 4}" text-anchor="{anchor}" opacity=".7">'
            f"{duration(second)}</text>"
        )
