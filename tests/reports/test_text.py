"""The text report, as a person at a terminal reads it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from lockplan.model.conflict import ConflictGraph
from lockplan.model.timeline import FailedTry, LockWait, RunState, TaskRun, Timeline
from lockplan.reports.bars import Scale, axis, bar
from lockplan.reports.page import Medium
from lockplan.reports.text import render_text, to_text
from lockplan.reports.words import duration, shorten
from reports.examples import (
    BEFORE,
    CONFLICTS,
    EDGES,
    across_dags,
    analysis,
    dag_plan,
    key,
    many_conflicts,
    nothing_wrong,
    ran,
)

PLAIN = Medium(100, color=False, unicode=True)
WIDE = Medium(150, color=False, unicode=True)
NARROW = Medium(60, color=False, unicode=True)
ASCII = Medium(100, color=False, unicode=False)


def row(text: str, task: str) -> str:
    """Return the Gantt's row of a task."""
    return next(line for line in text.split("\n") if line.startswith(f"  {task} "))


def test_the_first_line_says_what_was_looked_at_and_what_is_wrong():
    first = " ".join(render_text(analysis(), Medium(200, False, True)).split("\n")[0].split())
    assert first == (
        "3 files, 1 DAG, 11 tasks, 2 statements; 5 conflicts (4 certain, 1 possible) "
        "that nothing keeps apart; 1 statement not analysed"
    )


def test_a_folder_without_conflicts_says_so_and_what_was_looked_at():
    text = render_text(nothing_wrong(), PLAIN)
    assert text.startswith(
        "3 files, 1 DAG, 11 tasks, 2 statements; 0 conflicts that nothing keeps apart; "
    )
    assert "everything was analysed" in " ".join(text.split())
    assert "worst first" not in text


def test_a_deadlock_comes_before_a_wait_and_certain_before_possible():
    text = render_text(analysis(), PLAIN)
    titles = re.findall(r"^ \d\. (LP\d+)", text, re.MULTILINE)
    assert titles == ["LP201", "LP103", "LP101", "LP106"]


def test_a_conflict_names_both_places_the_rows_the_locks_and_the_way_out():
    text = render_text(analysis(), PLAIN)
    block = text[text.index(" 3. LP101") : text.index(" 4. ")]
    assert "a  auto.load_user_daily  scripts/auto_lib.py:63  day ds\n" in block
    assert "b  auto.fix_user_week    scripts/auto_lib.py:84  day ds-6 … ds\n" in block
    assert "a holds row lock for writing; b asks for the same (index idx_user_day, ds)" in block
    assert "help: Order the two tasks, or let each change rows of its own." in block
    assert "auto.fix_user_week ↔ auto.reload_user_daily_late" in block


def test_a_possible_conflict_says_what_lockplan_does_not_know():
    assert "not known: no schema" in render_text(analysis(), PLAIN)


def test_a_conflict_across_dags_says_so():
    graph = ConflictGraph((), (across_dags(),))
    text = render_text(replace(analysis(), graph=graph), PLAIN)
    assert "stats.user_daily · other DAG" in text
    assert "help: Shift one of the two schedules." in text


def test_races_and_ordered_pairs_are_counted_not_listed():
    text = render_text(analysis(), PLAIN)
    assert "1 more conflict kept apart by the order of the tasks" in text
    assert "1 pair where one task plainly reads rows" in text
    assert "LP601" not in text


def test_forty_conflicts_stay_readable_and_each_is_named():
    text = render_text(many_conflicts(40), PLAIN)
    assert all(f"auto.load_part_{n:02}" in text for n in range(40))
    assert text.count("help: ") == 11
    findings = text[text.index("worst first") : text.index("5 edges to add")]
    assert findings.count("\n") <= 105


def test_hundreds_of_likes_are_cut_and_counted():
    alike = tuple(CONFLICTS[0] for _ in range(300))
    text = render_text(replace(analysis(), graph=ConflictGraph((), alike)), PLAIN)
    assert "and 259 more, all in the JSON report" in text


def test_each_edge_has_its_reason_and_the_meaning_is_said_once():
    text = render_text(analysis(), PLAIN)
    assert "auto: 5 edges to add" in text
    assert (
        "+ reload_user_daily_late after load_user_daily — stats.user_daily: ds: row-lock-wait"
        in text
    )
    assert text.count("upstream_failed") == 1


def test_edges_of_an_earlier_patch_are_told_from_new_and_stale_ones():
    plan = replace(dag_plan(), new_edges=EDGES[:1], stale_edges=EDGES[1:2])
    text = render_text(replace(analysis(), plans=(plan,)), PLAIN)
    assert "1 edge to add, 1 edge no longer needed, 4 edges of an earlier patch in place" in text
    assert "- fix_user_week after count_active_users" in text


def test_before_and_after_stand_in_one_line():
    text = " ".join(render_text(analysis(), PLAIN).split())
    assert (
        "auto: unprotected 17m (3 tasks die with 1205 or 1213, 1 never starts) · serial 50m · "
        "planned 33m · lower bound 32m · gap 4 %"
    ) in text


def test_the_gantt_shows_the_plan_in_the_order_of_the_starts():
    text = render_text(analysis(), PLAIN)
    names = [line.split()[0] for line in text.split("\n") if "██" in line and "work" not in line]
    assert names[:3] == ["check_logs", "load_session_daily", "load_user_daily"]


def test_a_wide_terminal_shows_the_run_before_with_its_lock_waits():
    text = render_text(analysis(), WIDE)
    assert "░×1205" in row(text, "fix_user_week")
    assert "○ never starts" in row(text, "mark_auto_done")
    assert "░░░█" in row(text, "mask_session_month")
    assert "░" not in render_text(analysis(), PLAIN).replace("░ waiting for a lock", "")


@pytest.mark.parametrize("medium", [PLAIN, WIDE, NARROW, ASCII])
@pytest.mark.parametrize("make", [analysis, nothing_wrong, lambda: many_conflicts(40)])
def test_no_line_is_wider_than_the_medium_and_nothing_is_coloured(medium, make):
    text = render_text(make(), medium)
    assert max(len(line) for line in text.split("\n")) <= medium.width
    assert "\x1b" not in text


def test_a_terminal_without_unicode_gets_ascii_with_the_same_columns():
    text = render_text(analysis(), replace(ASCII, width=150))
    assert text.isascii()
    assert "~x1205" in row(text, "fix_user_week")
    columns = {line.index("#") for line in text.split("\n") if line.startswith("  check_logs ")}
    assert columns == {render_text(analysis(), WIDE).split("\n  check_logs")[1].index("█") + 12}


def test_left_open_skipped_assumptions_and_the_next_command_end_the_report():
    text = render_text(analysis(), PLAIN)
    order = [
        "Conflicts that no edge may order",
        "auto.check_logs ↔ auto.report_users: a short circuit skips everything after it",
        "help: Give both tasks a pool with one slot.",
        "Not analysed",
        "scripts/auto_lib.py:12: statement: its table comes from a variable",
        "Taken for granted",
        "Durations are taken as 5 minutes",
        "Next",
        "lockplan analyze dags --patch lockplan.diff",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def terminal(encoding: str) -> Terminal:
    return Terminal(io.BytesIO(), encoding=encoding)


def test_a_terminal_gets_colour_and_no_color_takes_it_away(monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in to_text(analysis(), output=terminal("utf-8"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in to_text(analysis(), output=terminal("utf-8"))


def test_a_pipe_gets_no_colour_and_an_ascii_terminal_gets_ascii():
    assert "\x1b" not in to_text(analysis(), output=io.StringIO())
    assert to_text(analysis(), output=terminal("ascii")).isascii()
    assert "█" in to_text(analysis(), output=None)


def test_names_from_files_cannot_move_the_cursor():
    hostile = replace(analysis(), assumptions=("\x1b[2J\x07 gone\nnew",))
    assert "\x1b" not in render_text(hostile, PLAIN)


def test_brackets_in_names_are_text_not_markup():
    text = render_text(replace(analysis(), assumptions=("[bold]x[/bold] [1]",)), PLAIN)
    assert "[bold]x[/bold] [1]" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (35, "35s"), (59.6, "1m"), (150, "2m 30s"), (2820, "47m"), (3720, "1h 02m")],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_a_long_name_keeps_both_ends():
    assert shorten("load_play_of_every_game_07", 13) == "load_p…ame_07"
    assert shorten("short", 13) == "short"


def test_a_task_of_a_second_in_a_long_night_is_still_seen():
    scale = Scale.over((Timeline((ran("a", 0, 36000),)),), 40)
    assert bar(ran("b", 35999, 36000), scale).endswith("█")
    assert bar(ran("b", 100, 101), scale).strip() == "█"


def test_the_axis_has_times_that_do_not_run_into_each_other():
    assert axis(Scale.over((BEFORE,), 60)).split() == ["0s", "5m", "10m", "15m"]


def test_bars_tell_work_waits_pauses_and_failed_tries_apart():
    wait = LockWait(10, 30, key("load"), "shop.orders")
    run = TaskRun(
        key("fix"),
        RunState.FAILED,
        *(0, 0, 100),
        waits=(wait,),
        error="1213",
        failed_tries=(FailedTry(0, 30, "1205"),),
        last_start_s=60,
    )
    assert bar(run, Scale(100, 50)) == "█████░░░░░░░░░░×··············███████████████×1213"
