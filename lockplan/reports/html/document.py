"""The page put together: texts, data, style and scripts in one file that asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict
from lockplan.reports.html import tables
from lockplan.reports.html.conflicts import FIELDS, STATES, Findings, by_weight
from lockplan.reports.html.interned import Interned
from lockplan.reports.html.layout import around, most_met
from lockplan.reports.html.nights import night_data
from lockplan.reports.html.selection import Drawn, drawn, left_out
from lockplan.reports.html.statements import Statements
from lockplan.reports.words import count, has_trouble, rule_of, unread_in_words

SCRIPTS = ("page.js", "gantt.js", "graph.js", "findings.js", "start.js")
MOST_DATA = 700_000
"""Characters of data on a page."""
MOST_CONFLICTS = (1500, 800, 400, 200, 100)
"""Findings on a page, the worst ones; tried in turn until the data fits."""
MOST_PLAIN = 100
"""Findings that a reader without scripts sees."""

_CONTROLS = (*range(9), 11, 12, *range(14, 32), *range(127, 160))
_TURNS = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""What changes the direction of the text behind it."""
_UNSEEN = dict.fromkeys((*_CONTROLS, *_TURNS), "\ufffd")
_OUTSIDE_JSON = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def to_html(analysis: Analysis) -> str:
    """Return the report as one HTML document; the same analysis gives the same text."""
    style, script = _packaged("page.css"), "\n".join(map(_packaged, SCRIPTS))
    shown, conflicts = drawn(analysis), by_weight(analysis)
    data, listed = _fitting(analysis, shown, conflicts)
    return _template().render(
        analysis=analysis,
        conflicts=conflicts,
        listed=listed,
        shown=shown,
        left_out=left_out(analysis, shown),
        troubled=[plan for plan in analysis.plans if has_trouble(plan)],
        tables=tables,
        states=STATES,
        rule_of=rule_of,
        unread_in_words=unread_in_words,
        most_plain=MOST_PLAIN,
        data=Markup(data),
        style=Markup(style),
        style_hash=_hash(style),
        script=Markup(script),
        script_hash=_hash(script),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("lockplan.reports.html"),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = count
    return environment.get_template("page.html.j2")


@cache
def _packaged(name: str) -> str:
    folder = "templates" if name.endswith(".css") else "scripts"
    return (files("lockplan.reports.html") / folder / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _visible(value: Any) -> Any:
    """Put a sign in the place of characters that would not be seen, or turn the line around."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else _signed(value)


def _signed(text: str) -> str:
    return text if text.isprintable() else text.translate(_UNSEEN)


def _as_json(data: Any) -> str:
    """Return data as JSON in which nothing ends or begins a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _signed(text).translate(_OUTSIDE_JSON)


def _fitting(
    analysis: Analysis, shown: Sequence[Drawn], conflicts: Sequence[tuple[str, Conflict]]
) -> tuple[str, int]:
    """Return the data as JSON, and how many findings are in it."""
    for most in MOST_CONFLICTS:
        listed = conflicts[:most]
        text = _as_json(_data(analysis, shown, listed))
        if len(text) <= MOST_DATA:
            break
    return text, len(listed)


def _data(
    analysis: Analysis, shown: Sequence[Drawn], conflicts: Sequence[tuple[str, Conflict]]
) -> dict[str, Any]:
    """Return what the scripts draw."""
    texts, statements = Interned(), Statements(analysis.workflow.root)
    data = {
        **night_data(analysis, shown, texts, statements),
        "findings": Findings(analysis, texts, statements).data(conflicts),
        "finding_fields": FIELDS,
        "states": STATES,
        "graph": _graph([conflict for _, conflict in conflicts], texts),
    }
    return {**data, "sql": statements.data(), "texts": texts.texts}


def _graph(conflicts: Sequence[Conflict], texts: Interned) -> dict[str, Any]:
    """Return the conflict graph's tasks in their order; its lines are the findings."""
    chosen = most_met(conflicts)
    return {
        "islands": [texts.all(island) for island in around(chosen)],
        "left_out": len(conflicts) - len(chosen),
    }
