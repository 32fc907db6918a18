"""The HTML report as a document: what is in it, what is not, and how large it gets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import ConflictGraph
from lockplan.model.place import Skipped, Span
from lockplan.model.problem import Job, Plan, Problem, Slot
from lockplan.model.region import Interval
from lockplan.model.resource import Resource
from lockplan.model.timeline import LockHold, RunState, TaskRun, Timeline
from lockplan.model.verdict import Scope, Side
from lockplan.model.workflow import Dag, Edge, Task, TaskKey, Workflow
from lockplan.reports.html import to_html
from lockplan.reports.html.predicates import cut, marked
from lockplan.reports.html.selection import drawn, left_out
from lockplan.reports.html.statements import Statements
from reports.examples import (
    AFTER,
    BEFORE,
    CLOSE,
    CONFLICTS,
    EDGES,
    FIX,
    LOAD,
    MASK,
    STATEMENTS,
    across_dags,
    analysis,
    conflict,
    dag_plan,
    key,
    many_conflicts,
    nothing_wrong,
    side,
)

DAY = Interval(datetime(2026, 1, 1), datetime(2026, 1, 2))


class Reader(HTMLParser):
    """The tags of a page and its texts, as a browser without scripts reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def data_of(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    found: dict[str, Any] = json.loads(text)
    return found


def findings(page: str) -> list[dict[str, Any]]:
    data = data_of(page)
    return [dict(zip(data["finding_fields"], each, strict=True)) for each in data["findings"]]


def planned(plan: DagPlan, pairs: tuple[tuple[int, int], ...]) -> DagPlan:
    """Return a plan whose problem has these conflicts."""
    jobs = tuple(Job(task.key, 60) for task in plan.dag.tasks)
    return replace(plan, problem=Problem(jobs, (), pairs, workers=16))


def large(tasks: int, dags: int = 1) -> Analysis:
    """Return an analysis of so many tasks in each DAG, each with a long statement of its own."""
    plans = tuple(large_plan(f"night_{n}", tasks) for n in range(dags))
    workflow = Workflow("dags", dags, tuple(plan.dag for plan in plans))
    keys = tuple(task.key for task in workflow.tasks())
    footprints = tuple(
        replace(analysis().footprints[0], task=each, statements=(long_statement(n),))
        for n, each in enumerate(keys)
    )
    pairs = pairwise(keys)
    found = tuple(conflict(replace(LOAD, task=a), replace(FIX, task=b), "LP101") for a, b in pairs)
    graph = ConflictGraph(keys, found)
    return replace(analysis(), workflow=workflow, plans=plans, footprints=footprints, graph=graph)


def large_plan(dag_id: str, tasks: int) -> DagPlan:
    keys = [TaskKey(dag_id, f"load_part_{n:04}") for n in range(tasks)]
    made = tuple(Task(each, "PythonOperator", (), (), Span("n.py", 1)) for each in keys)
    night = Dag(dag_id, "n.py", "@daily", made, (), Span("n.py", 1))
    runs = tuple(
        TaskRun(each, RunState.SUCCESS, n * 60, n * 60, n * 60 + 60) for n, each in enumerate(keys)
    )
    edges = tuple(Edge(a, b) for a, b in pairwise(keys))
    slots = tuple(Slot(run.task, int(run.start_s), int(run.end_s)) for run in runs)
    plan = Plan(edges, slots, tasks * 60, tasks * 60, tasks * 60)
    return DagPlan(night, plan, edges, (), Timeline(runs), Timeline(runs))


def long_statement(number: int):
    columns = ", ".join(f"column_{n}" for n in range(400))
    sql = f"INSERT INTO part_{number} ({columns}) SELECT {columns} FROM raw WHERE day = {number}"
    return replace(STATEMENTS["load_user_daily"], sql=sql)


def pieces(sql: str, *columns: str) -> list[tuple[str, str]]:
    """Mark a statement whose access is limited on these columns."""
    read = STATEMENTS["load_user_daily"]
    (access,) = read.accesses
    (box,) = access.region.boxes
    limited = replace(box, columns=tuple((name, (DAY,)) for name in columns))
    region = replace(access.region, boxes=(limited,))
    return list(marked(replace(read, sql=sql, accesses=(replace(access, region=region),))))


def conditions(sql: str, *columns: str) -> str:
    return "|".join(text.strip() for kind, text in pieces(sql, *columns) if kind == "where")


def test_one_file_that_asks_for_nothing():
    page = to_html(analysis())
    reader = Reader(page)
    for _, attributes in reader.tags:
        assert not attributes.keys() & {"src", "srcset", "action", "style", "onload", "onclick"}
        assert (attributes.get("href") or "#").startswith("#")
    assert "@import" not in page
    assert len(re.findall(r"url\((?!#)", page)) == 0


def test_the_policy_allows_just_the_page_own_script_and_style():
    page = to_html(analysis())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy


def test_the_same_analysis_gives_the_same_page():
    assert to_html(analysis()) == to_html(analysis())


def test_the_summary_says_what_is_wrong_and_what_the_plan_makes_of_it():
    plan = planned(dag_plan(), ((1, 3), (2, 3)))
    text = Reader(to_html(replace(analysis(), plans=(plan,)))).text
    assert "5 conflicts that nothing keeps apart: 4 certain, 1 possible" in text
    assert "2 of them kept apart by the plan" in text
    assert "3 of them left" in text
    assert "5 edges to add" in text
    assert "3 tasks die with 1205 or 1213, 1 never starts" in text
    assert "lockplan analyze dags --patch lockplan.diff" in text


def test_each_finding_says_what_keeps_the_two_apart():
    plan = planned(dag_plan(), ((1, 3),))
    page = to_html(replace(analysis(), plans=(plan,)))
    texts = data_of(page)["texts"]
    states = {tuple(texts[s[0]] for s in each["sides"]): each["state"] for each in findings(page)}
    assert states["auto.load_user_daily", "auto.fix_user_week"] == "planned"
    assert states["auto.load_user_daily", "auto.reload_user_daily_late"] == "open"
    assert states["auto.fix_user_week", "auto.count_new_users"] == "apart"
    assert states["auto.load_user_daily", "auto.report_users"] == "race"


def test_a_conflict_that_the_plan_leaves_open_is_not_called_planned():
    plan = planned(dag_plan(), ((0, 9), (1, 3)))
    pair = replace(CONFLICTS[0], a=side("check_logs", "", 1), b=side("report_users", "", 2))
    crossing = replace(across_dags(), a=LOAD)
    graph = ConflictGraph((), (pair, crossing), 2)
    page = to_html(replace(analysis(), plans=(plan,), graph=graph))
    assert crossing.verdict.scope is Scope.OTHER_DAG
    assert [each["state"] for each in findings(page)] == ["open", "open"]


def test_the_worst_findings_that_are_not_settled_come_first():
    page = to_html(analysis())
    texts = data_of(page)["texts"]
    assert [texts[each["outcome"]] for each in findings(page)][:2] == ["deadlock", "wait"]
    assert [each["state"] for each in findings(page)][-2:] == ["apart", "race"]


def test_a_finding_names_both_statements_and_a_text_stands_in_the_page_once():
    page = to_html(many_conflicts(60))
    data = data_of(page)
    assert len(data["texts"]) == len(set(data["texts"]))
    page = to_html(analysis())
    named = {tuple(len(side[5]) for side in each["sides"]): each for each in findings(page)}
    load, fix = named[1, 1]["sides"]
    sql = data_of(page)["sql"]
    assert sql[load[5][0]]["place"] == "scripts/auto_lib.py:63"
    assert "fix_user_week" in sql[fix[5][0]]["pieces"][0][1]


def test_a_deadlock_of_several_statements_shows_all_of_them_the_worst_meeting_first():
    late = replace(STATEMENTS["load_user_daily"], sql="UPDATE user_counter SET n = 1", line=99)
    late = replace(late, accesses=(replace(late.accesses[0], sequence=1),))
    footprints = tuple(
        replace(each, statements=(*each.statements, late)) if each.task == LOAD.task else each
        for each in analysis().footprints
    )
    found = conflict(LOAD, FIX, "LP202")
    (wait,) = found.verdict.waits
    second = replace(wait, holder=Side.B, requester=Side.A, requester_sequence=1)
    found = replace(found, verdict=replace(found.verdict, waits=(wait, second)))
    graph = ConflictGraph((), (found,))
    page = to_html(replace(analysis(), footprints=footprints, graph=graph))
    load, fix = findings(page)[0]["sides"]
    lines = [data_of(page)["sql"][each]["place"] for each in load[5]]
    assert lines == ["scripts/auto_lib.py:63", "scripts/auto_lib.py:99"]
    assert len(fix[5]) == 1


def test_a_side_without_sql_says_why():
    tasks = tuple(
        replace(task, reads=(Resource("sales"),)) if task.key == CLOSE.task else task
        for task in dag_plan().dag.tasks
    )
    dag = replace(dag_plan().dag, tasks=tasks)
    graph = ConflictGraph((), (conflict(CLOSE, MASK, "LP103"),))
    page = to_html(replace(analysis(), workflow=Workflow("dags", 1, (dag,)), graph=graph))
    why = [data_of(page)["texts"][side[4]] for side in findings(page)[0]["sides"]]
    assert why == ["named as read or written, without SQL", "its SQL could not be read"]


def test_the_tables_hold_what_the_pictures_show():
    text = Reader(to_html(analysis())).text
    assert "fix_user_week 1m to 1m 50s, waits 50s for load_user_daily on stats.user_daily" in text
    assert "mark_auto_done never starts (upstream_failed)" in text
    for edge in EDGES:
        assert f"add {edge.downstream.task_id} {edge.upstream.task_id}" in text
    assert "its table comes from a variable" in text
    assert "Durations are taken as 5 minutes" in text
    assert "Give both tasks a pool with one slot." in text


def test_a_calm_folder_says_so():
    text = Reader(to_html(nothing_wrong())).text
    assert "No two tasks meet" in text
    assert "No edge is needed." in text
    assert "Everything was analysed." in text


def test_a_folder_without_dags_still_gives_a_page():
    empty = Workflow("dags", 1, ())
    page = to_html(replace(nothing_wrong(), workflow=empty, plans=(), footprints=()))
    assert "0 DAGs" in page
    assert data_of(page)["tasks"] == []


@pytest.mark.parametrize(
    "name", ["</script><script>x", "<!--<script>", "]]>", "'\"><b>", "\u2028", "&lt;"]
)
def test_no_name_ends_the_data_or_begins_a_tag(name):
    run = replace(BEFORE.runs[0], task=key(name))
    task = replace(dag_plan().dag.tasks[0], key=key(name))
    dag = replace(dag_plan().dag, tasks=(task,), edges=())
    plan = replace(dag_plan(), dag=dag, before=Timeline((run,)), after=Timeline((run,)))
    clean = Reader(to_html(replace(analysis(), plans=(dag_plan(),)))).tags
    page = to_html(replace(analysis(), plans=(plan,)))
    assert data_of(page)["tasks"][0]["id"] == name
    assert {tag for tag, _ in Reader(page).tags} <= {tag for tag, _ in clean}
    assert [tag for tag, _ in Reader(page).tags].count("script") == 2


def test_characters_that_no_file_can_hold_do_not_break_the_page():
    odd = replace(analysis(), assumptions=("a\x00b\ud800c\u202ed",))
    page = to_html(odd).encode(errors="backslashreplace").decode()
    assert "a\ufffdb" in page
    assert "c\ufffdd" in page


def test_the_password_of_a_connection_is_not_in_the_page():
    assert "hunter2" not in to_html(analysis())


def test_bars_hold_the_locks_that_the_run_tells():
    hold = LockHold(60, 300, "stats.user_daily", writes=True)
    runs = tuple(
        replace(run, holds=(hold,)) if run.task == key("load_user_daily") else run
        for run in AFTER.runs
    )
    data = data_of(to_html(replace(analysis(), plans=(replace(dag_plan(), after=Timeline(runs)),))))
    (task,) = (each for each in data["tasks"] if each["id"] == "load_user_daily")
    (told,) = task["after"][0]["holds"]
    assert [told[0], told[1], data["texts"][told[2]], told[3]] == [
        60,
        300,
        "stats.user_daily",
        True,
    ]


def test_edges_say_in_which_runs_they_hold():
    data = data_of(to_html(analysis()))
    names = [task["id"] for task in data["tasks"]]
    edges = {(names[each["from"]], names[each["to"]]): each for each in data["edges"]}
    new = edges["load_user_daily", "reload_user_daily_late"]
    assert (new["origin"], new["before"], new["after"]) == ("generated", False, True)
    authored = edges["check_logs", "load_user_daily"]
    assert (authored["origin"], authored["before"], authored["after"]) == ("data", True, True)


def test_an_edge_that_is_no_longer_needed_holds_only_before():
    old = EDGES[0]
    dag = replace(dag_plan().dag, edges=(*dag_plan().dag.edges, old))
    plan = replace(dag_plan().plan, edges=())
    changed = replace(dag_plan(), dag=dag, plan=plan, new_edges=(), stale_edges=(old,))
    page = to_html(replace(analysis(), plans=(changed,)))
    (stale,) = (each for each in data_of(page)["edges"] if each["origin"] == "generated")
    assert (stale["before"], stale["after"]) == (True, False)
    assert "no longer needed mask_session_month close_session_week" in Reader(page).text


def test_two_hundred_tasks_stay_below_a_megabyte_however_long_their_sql_is():
    page = to_html(large(200)).encode()
    assert len(page) < 1_000_000
    assert len(data_of(page.decode())["tasks"]) == 200


def test_very_many_findings_stay_below_a_megabyte_and_the_page_says_how_many_it_has():
    lines = [f"{n} of the rows, {'however long the words are ' * 20}" for n in range(2000)]
    found = tuple(
        replace(CONFLICTS[n % 2], verdict=replace(CONFLICTS[n % 2].verdict, help=words))
        for n, words in enumerate(lines)
    )
    page = to_html(replace(analysis(), graph=ConflictGraph((), found, 2000)))
    assert len(page.encode()) < 1_000_000
    assert f"{len(findings(page))} of 2000 are on this page" in page


def test_above_three_hundred_tasks_the_page_says_what_is_not_drawn():
    many = large(200, dags=2)
    assert [len(each.tasks) for each in drawn(many)] == [200, 100]
    text = Reader(to_html(many)).text
    assert "The 300 tasks that matter most are drawn; 100 tasks less concerned" in text
    assert left_out(large(200), drawn(large(200))) == ""


def test_where_not_all_tasks_are_drawn_those_with_trouble_are():
    (shown,) = drawn(analysis(), most=4)
    waiting = {run.task for run in BEFORE.runs if run.waits}
    assert set(shown.tasks) == waiting
    assert list(shown.tasks) == [
        run.task for run in sorted(AFTER.runs, key=lambda r: r.start_s) if run.task in waiting
    ]


def test_dags_with_something_to_order_are_drawn_first():
    (calm,) = nothing_wrong().plans
    calm = replace(calm, dag=replace(calm.dag, dag_id="calm"))
    assert [
        each.plan.dag.dag_id for each in drawn(replace(analysis(), plans=(calm, dag_plan())))
    ] == ["auto", "calm"]


def test_the_edges_of_very_many_dags_stay_below_a_megabyte_and_are_counted():
    many = large(10, dags=120)
    plans = tuple(replace(plan, new_edges=plan.plan.edges) for plan in many.plans)
    page = to_html(replace(many, plans=plans))
    assert len(page.encode()) < 1_000_000
    assert "500 of 1080 are on this page" in page
    assert "100 of 120 are on this page" in page


def test_what_was_not_read_is_counted_where_not_all_of_it_fits():
    skipped = tuple(Skipped(Span("a.py", n), "statement", "why") for n in range(1, 1000))
    text = Reader(to_html(replace(analysis(), skipped=skipped))).text
    assert "999 places" in text
    assert "400 of 999 are on this page" in text


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM t WHERE day = 1", "WHERE|= 1"),
        ("SELECT a FROM t WHERE x > 2 GROUP BY a", "WHERE x > 2"),
        ("UPDATE t JOIN u ON t.a = u.a SET b = 1 WHERE x = 1 LIMIT 3", "ON t.a = u.a|WHERE x = 1"),
        ("SELECT (SELECT 1 FROM u WHERE u.x = 1) AS y, z FROM t", "WHERE u.x = 1"),
        (
            "UPDATE t SET a = 1 WHERE x IN (SELECT x FROM u ORDER BY x)",
            "WHERE x IN (SELECT x FROM u ORDER BY x)",
        ),
        ("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1", ""),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", ""),
        ("SELECT 'WHERE x' FROM t -- WHERE y", ""),
        ("SELECT 1 FROM t WHERE LEFT(a, 2) = 'x' AND b = 1", "WHERE LEFT(a, 2) = 'x' AND b = 1"),
        ("SELECT 1 FROM t LEFT JOIN u ON t.a = u.a LEFT JOIN v USING (a)", "ON t.a = u.a"),
        ("DELETE FROM t WHERE a = 1; SELECT 1", "WHERE a = 1"),
        ("SELECT 1 FROM t WHERE a = 'it''s; x' FOR UPDATE", "WHERE a = 'it''s; x'"),
        ("SELECT 1 FROM t WHERE a = 'open", "WHERE a = 'open"),
    ],
)
def test_the_conditions_of_a_statement_are_marked(sql, expected):
    assert conditions(sql, "day") == expected


def test_the_columns_whose_values_were_compared_are_marked_inside_conditions_only():
    found = pieces("UPDATE t SET day = 2 WHERE `Day` = 1 AND note = 'day' AND x = 2", "day")
    assert [text for kind, text in found if kind == "column"] == ["`Day`"]


def test_the_white_space_behind_a_condition_is_not_marked():
    found = pieces("SELECT 1 FROM t WHERE x > 2\n    GROUP BY a")
    assert ("where", "WHERE x > 2") in found


def test_marking_and_joining_gives_the_statement_again_without_its_indent():
    sql = "DELETE FROM t\n        WHERE a = 1\n          AND b = 2"
    assert "".join(text for _, text in pieces(sql)) == "DELETE FROM t\nWHERE a = 1\n  AND b = 2"


def test_a_very_long_statement_is_cut_in_the_middle_and_keeps_its_condition():
    shown = cut(pieces(f"SELECT {'a, ' * 9000} b FROM t WHERE day = 1", "day"), 400)
    assert sum(len(text) for _, text in shown) < 1000
    read = replace(long_statement(1), sql=f"SELECT {'a, ' * 2000} b FROM t WHERE day = 1")
    kept = cut(marked(read), 400)
    assert "…" in kept[0][1]
    assert ("column", "day") in kept


def test_all_statements_together_have_a_limit():
    statements = Statements("dags")
    for number in range(500):
        statements(long_statement(number))
    told = statements.data()
    assert sum(len(text) for each in told for _, text in each["pieces"]) < 300_000
    assert len(told) == 500
