"""Analyses made by hand: a believable DAG of eleven tasks, and one where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lockplan.model.access import Access, Footprint, ReadStatement, Role, StatementKind, Transaction
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict, ConflictGraph, ConflictSide
from lockplan.model.connection import Connection, Engine, TableId
from lockplan.model.dates import Anchor, DateExpr, RunDates, Shift
from lockplan.model.place import Skipped, Span
from lockplan.model.problem import LeftOpen, Plan, Slot
from lockplan.model.region import Box, Interval, Region, Symbol
from lockplan.model.remedy import Remedy, RemedyKind
from lockplan.model.statement import Statement
from lockplan.model.timeline import LockWait, RunState, TaskRun, Timeline
from lockplan.model.verdict import Certainty, Outcome, Scope, Side, Verdict, Wait
from lockplan.model.workflow import Dag, Edge, Origin, Task, TaskKey, Workflow

DATES = RunDates(
    logical_date=datetime(2026, 9, 30),
    interval_end=datetime(2026, 10, 1),
    run_time=datetime(2026, 10, 1, 4),
)
CONNECTION = Connection("pymysql://dba:hunter2@stats-db/stats", Engine.MYSQL, "stats-db", "stats")
DS = DateExpr(Anchor.LOGICAL_DATE, format="%Y-%m-%d")
WEEK = Interval(Symbol((DS.then(Shift(days=-6)),)), Symbol((DS,)))
TODAY = Interval(Symbol((DS,)), Symbol((DS,)))

UPSTREAM = {
    "check_logs": (),
    "load_user_daily": ("check_logs",),
    "reload_user_daily_late": ("check_logs",),
    "fix_user_week": ("check_logs",),
    "load_session_daily": ("check_logs",),
    "close_session_week": ("load_session_daily",),
    "mask_session_month": ("load_session_daily",),
    "count_new_users": ("load_user_daily",),
    "count_active_users": ("load_user_daily",),
    "report_users": ("load_user_daily",),
    "mark_auto_done": ("fix_user_week", "reload_user_daily_late"),
}
LOCK = "row lock for writing against the same"


def key(task_id: str, dag_id: str = "auto") -> TaskKey:
    """Return the key of a task of the example."""
    return TaskKey(dag_id, task_id)


def ran(task_id: str, start_s: float, end_s: float) -> TaskRun:
    """Return a task that ran through."""
    return TaskRun(key(task_id), RunState.SUCCESS, start_s, start_s, end_s)


def died(task_id: str, start_s: float, holder: str, error: str, table: str) -> TaskRun:
    """Return a task that waited for a lock until the server ended it."""
    wait = LockWait(start_s, start_s + 50, key(holder), table)
    end_s = start_s + 50
    return TaskRun(key(task_id), RunState.FAILED, start_s, start_s, end_s, (wait,), error)


def never(task_id: str, at_s: float) -> TaskRun:
    """Return a task that never started."""
    return TaskRun(key(task_id), RunState.UPSTREAM_FAILED, at_s, at_s, at_s)


BEFORE = Timeline(
    (
        ran("check_logs", 0, 60),
        ran("load_user_daily", 60, 660),
        died("reload_user_daily_late", 60, "load_user_daily", "1205", "stats.user_daily"),
        died("fix_user_week", 60, "load_user_daily", "1205", "stats.user_daily"),
        ran("load_session_daily", 60, 600),
        ran("close_session_week", 600, 840),
        TaskRun(
            key("mask_session_month"),
            RunState.SUCCESS,
            600,
            600,
            1020,
            (LockWait(600, 840, key("close_session_week"), "stats.session_daily"),),
        ),
        ran("count_new_users", 660, 960),
        died("count_active_users", 660, "count_new_users", "1213", "stats.user_counter"),
        ran("report_users", 660, 720),
        never("mark_auto_done", 110),
    )
)
AFTER = Timeline(
    (
        ran("check_logs", 0, 60),
        ran("load_user_daily", 60, 660),
        ran("reload_user_daily_late", 660, 1140),
        ran("fix_user_week", 1680, 1980),
        ran("load_session_daily", 60, 600),
        ran("close_session_week", 600, 840),
        ran("mask_session_month", 840, 1020),
        ran("count_new_users", 1140, 1440),
        ran("count_active_users", 1440, 1680),
        ran("report_users", 660, 720),
        ran("mark_auto_done", 1980, 1985),
    )
)


def read_statement(task_id: str, line: int, interval: Interval, role: Role) -> ReadStatement:
    """Return a statement on stats.user_daily."""
    place = Span("../scripts/auto_lib.py", line)
    statement = Statement(("DELETE",), None, CONNECTION, 0, place, place)
    region = Region((Box.of({"day": (interval,)}),))
    table = TableId("stats-db", "stats", "user_daily")
    access = Access(table, role, region, StatementKind.DELETE, 0, 0)
    sql = f"DELETE FROM user_daily /* {task_id} */"
    return ReadStatement(statement, sql, line, (access,), 0)


STATEMENTS = {
    "load_user_daily": read_statement("load_user_daily", 63, TODAY, Role.DELETE),
    "fix_user_week": read_statement("fix_user_week", 84, WEEK, Role.UPDATE),
}


def side(task_id: str, rows: str, line: int) -> ConflictSide:
    """Return one side of a conflict."""
    statement = STATEMENTS.get(task_id)
    return ConflictSide(key(task_id), statement, rows, "../scripts/auto_lib.py", line)


def conflict(
    a: ConflictSide,
    b: ConflictSide,
    rule: str,
    table: str = "stats.user_daily",
    certainty: Certainty = Certainty.CERTAIN,
    outcome: Outcome = Outcome.WAIT,
    ordered_by: str | None = None,
    missing: tuple[str, ...] = (),
) -> Conflict:
    """Return a conflict; without missing information it waits on an index."""
    wait = Wait(Side.A, Side.B, table, LOCK, "idx_user_day", "ds", True, 0, 0)
    verdict = Verdict(certainty, outcome, () if missing else (wait,), missing, rule)
    return Conflict(a, b, verdict, table, (table,), not missing, DATES, ordered_by)


LOAD = side("load_user_daily", "day ds", 63)
LATE = side("reload_user_daily_late", "day ds-1", 63)
FIX = side("fix_user_week", "day ds-6 … ds", 84)
NEW = side("count_new_users", "day start of month … ds", 141)
ACTIVE = side("count_active_users", "day start of month … ds", 178)
MASK = side("mask_session_month", "", 90)
CLOSE = side("close_session_week", "day ds-6 … ds", 120)

CONFLICTS = (
    conflict(LOAD, FIX, "LP101"),
    conflict(FIX, LATE, "LP101"),
    conflict(LOAD, LATE, "LP201", outcome=Outcome.DEADLOCK),
    conflict(
        ACTIVE, NEW, "LP106", "stats.user_counter", Certainty.POSSIBLE, missing=("no schema",)
    ),
    conflict(CLOSE, MASK, "LP103", "stats.session_daily"),
    conflict(FIX, NEW, "LP105", ordered_by="edges"),
    conflict(LOAD, side("report_users", "day ds", 195), "LP601", outcome=Outcome.RACE),
)


def edge(upstream: str, downstream: str, table: str, reason: str) -> Edge:
    """Return an edge of the plan."""
    return Edge(key(upstream), key(downstream), Origin.GENERATED, (table,), reason)


EDGES = (
    edge("close_session_week", "mask_session_month", "stats.session_daily", "next-row-lock"),
    edge("count_active_users", "fix_user_week", "stats.user_daily", "locked-source-read"),
    edge("count_new_users", "count_active_users", "stats.user_counter", "duplicate-key-lock"),
    edge("load_user_daily", "reload_user_daily_late", "stats.user_daily", "ds: row-lock-wait"),
    edge("reload_user_daily_late", "count_new_users", "stats.user_daily", "ds-1: row-lock-wait"),
)


def tasks() -> tuple[Task, ...]:
    """Return the tasks of the example."""
    return tuple(
        Task(key(name), "PythonOperator", above, (), Span("auto.py", 40 + 8 * n))
        for n, (name, above) in enumerate(UPSTREAM.items())
    )


def dag() -> Dag:
    """Return the example DAG."""
    authored = tuple(Edge(key(above), key(name)) for name, ups in UPSTREAM.items() for above in ups)
    return Dag("auto", "auto.py", "00 04 * * *", tasks(), authored, Span("auto.py", 30))


def dag_plan() -> DagPlan:
    """Return the example's plan: edges to add, and the two runs."""
    schedule = tuple(Slot(r.task, int(r.start_s), int(r.end_s)) for r in AFTER.runs)
    left = LeftOpen(
        key("check_logs"),
        key("report_users"),
        "a short circuit skips everything after it",
        (Remedy(RemedyKind.POOL, (), "lockplan_auto", "Give both tasks a pool with one slot."),),
    )
    plan = Plan(EDGES, schedule, 1985, 3005, 1900, (left,))
    return DagPlan(dag(), plan, EDGES, (), BEFORE, AFTER)


def footprints() -> tuple[Footprint, ...]:
    """Return what the tasks do."""
    made = []
    for task in tasks():
        statement = STATEMENTS.get(task.key.task_id)
        statements = (statement,) if statement else ()
        transactions = tuple(Transaction(CONNECTION, s.accesses) for s in statements)
        made.append(Footprint(task.key, statements, transactions))
    return tuple(made)


def analysis() -> Analysis:
    """Return the analysis of a night that goes wrong."""
    skipped = (
        Skipped(Span("../scripts/auto_lib.py", 12), "statement", "its table comes from a variable"),
    )
    return Analysis(
        workflow=Workflow("dags", 3, (dag(),), ()),
        footprints=footprints(),
        graph=ConflictGraph(tuple(t.key for t in tasks()), CONFLICTS, 20),
        plans=(dag_plan(),),
        dates=DATES,
        workers=16,
        skipped=skipped,
        assumptions=("Durations are taken as 5 minutes: no history was given.",),
        next_command="lockplan analyze dags --patch lockplan.diff",
    )


def many_conflicts(pairs: int) -> Analysis:
    """Return an analysis with many conflicts of few kinds."""
    rules = ("LP101", "LP104", "LP105")
    made = tuple(
        conflict(
            side(f"load_part_{n:02}", "day ds", 10 + n),
            side(f"close_part_{n:02}", "day ds-6 … ds", 100 + n),
            rules[n % 3],
            f"stats.part_{n % 5}",
        )
        for n in range(pairs)
    )
    return replace(analysis(), graph=ConflictGraph((), made, pairs))


def across_dags() -> Conflict:
    """Return a conflict that no edge can order."""
    other = replace(FIX, task=key("close_week", "inten"))
    found = conflict(LOAD, other, "LP101")
    help_text = "Shift one of the two schedules."
    verdict = replace(found.verdict, scope=Scope.OTHER_DAG, help=help_text)
    return replace(found, verdict=verdict)


def nothing_wrong() -> Analysis:
    """Return the analysis of a folder without conflicts."""
    calm = Timeline(tuple(run for run in AFTER.runs if run.task.task_id == "check_logs"))
    plan = DagPlan(dag(), Plan((), (), 60, 60, 60), (), (), calm, calm)
    return replace(
        analysis(),
        graph=ConflictGraph((), (), 0),
        plans=(plan,),
        skipped=(),
        assumptions=(),
        next_command=None,
    )
