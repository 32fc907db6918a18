"""Colours, sizes and texts of the charts."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patheffects import withStroke

from lockplan.reports.words import shorten

# Okabe and Ito's colours: told apart by colour-blind readers, and in print by their lightness
WORK = "#0072B2"
READ = "#56B4E9"
LOCK = "#D55E00"
EDGE = "#9C3D7A"
IDLE = "#B5B5B5"
INK = "#222222"

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "hatch.linewidth": 0.9,
    "svg.hashsalt": "lockplan",
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}
HATCHED: Any = {"facecolor": "white", "edgecolor": LOCK, "hatch": "/////", "lw": 0.9}
ARROW: Any = {
    "arrowstyle": "-|>",
    "connectionstyle": "arc3,rad=-0.12",
    "color": EDGE,
    "linestyle": (0, (3, 1.5)),
    "lw": 1.2,
    "shrinkA": 0,
    "shrinkB": 0,
    "zorder": 6,
    "path_effects": [withStroke(linewidth=2.2, foreground="white")],
}
WHISKER: Any = {
    "color": INK,
    "capstyle": "butt",
    "lw": 1.0,
    "zorder": 5,
    "path_effects": [withStroke(linewidth=2.4, foreground="white")],
}

MOST_LABEL = 32
NAME_PT = 9.0
_NAME_SHARE = 0.72
_MARGIN = 1.06
"""Texts are wider where their characters are fitted to whole pixels."""
_BOX = 0.7
"""Width of what stands for a character that the font lacks."""
_NARROW = "i"
_LONGEST = 160
_MEASURED_PT = 100
_POINTS_PER_INCH = 72


def name(text: str, width: int = MOST_LABEL) -> str:
    """Return a text for one line: without what cannot be printed, and not too long."""
    printable = "".join(" " if _is_control(each) else each for each in text)
    return shorten(" ".join(printable.split()), width)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def font_pt(row_in: float, largest: float = NAME_PT) -> float:
    """Return the size of the font for a row of a height, so that rows do not touch."""
    return min(largest, _NAME_SHARE * row_in * _POINTS_PER_INCH)


def width_in(text: str, size_pt: float) -> float:
    """Return the room that a text takes, in inches."""
    return sum(map(_ems, text)) * _MARGIN * size_pt / _POINTS_PER_INCH


@cache
def _ems(character: str) -> float:
    """Return how wide a character is, in sizes of its font."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    if not font.get_char_index(ord(character)):
        return _BOX
    font.set_size(_MEASURED_PT, _POINTS_PER_INCH)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / _MEASURED_PT


def fitted(text: str, room_in: float, size_pt: float) -> str:
    """Return a text as `name` does, cut to the room that there is; empty where there is none."""
    most = min(_LONGEST, int(room_in / width_in(_NARROW, size_pt)) + 1)
    whole = name(text, max(1, most))
    cuts = (shorten(whole, width) for width in range(len(whole), 0, -1))
    return next((cut for cut in cuts if width_in(cut, size_pt) <= room_in), "")
