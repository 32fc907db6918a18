"""From the text of a workflow file to a `Workflow` of one DAG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lockplan.errors import WorkflowFileError
from lockplan.model.connection import Connection, Engine
from lockplan.model.place import Span
from lockplan.model.statement import Statement
from lockplan.model.workflow import Dag, Edge, Pool, Task, TaskKey, TriggerRule, Workflow
from lockplan.workflow.neutral.checks import check_tasks
from lockplan.workflow.neutral.drafts import Draft, read_draft
from lockplan.workflow.neutral.fields import (
    Problems,
    Reader,
    Shape,
    Word,
    listed,
    positive,
)
from lockplan.workflow.neutral.json_text import parse_json
from lockplan.workflow.neutral.nodes import Node, WrongError
from lockplan.workflow.neutral.yaml_text import parse_yaml

_OPERATOR = "Task"


def _pools(node: Node) -> dict[str, int]:
    if not isinstance(node.value, Mapping):
        raise WrongError(node.line, "must give the slots of each pool by its name")
    pools = {}
    for name, field in node.value.items():
        try:
            pools[name] = positive(field.node)
        except WrongError as wrong:
            raise WrongError(wrong.line, f"(`{name}`) {wrong.problem}") from wrong
    return pools


FILE: Mapping[str, Reader] = {"workers": positive, "pools": _pools, "tasks": listed}


def read_file(path: Path) -> Workflow:
    """Read a workflow file; raise WorkflowFileError with all that is wrong with it."""
    problems = Problems(path)
    try:
        root = _parse(path)
    except WrongError as wrong:
        problems.add(wrong.line, wrong.problem, wrong.way_out)
        raise WorkflowFileError(problems.in_order()) from wrong
    fields = problems.read(root, Shape("the file", FILE, {"tasks": "List its tasks."}))
    given = isinstance(root.value, Mapping) and "pools" in root.value
    pools: dict[str, int] | None = fields.get("pools", None if given else {})
    drafts = [read_draft(node, problems) for node in fields.get("tasks", ())]
    if "tasks" in fields and not drafts:
        problems.add(root.line, "the file has no task", "List its tasks.")
    check_tasks(drafts, pools, problems)
    if problems.found or pools is None:
        raise WorkflowFileError(problems.in_order())
    return Workflow(
        root=str(path.parent),
        files=1,
        dags=(_dag(path, drafts),),
        workers=fields.get("workers"),
        pools=tuple(Pool(name, slots) for name, slots in sorted(pools.items())),
        from_file=True,
    )


def _parse(path: Path) -> Node:
    if not path.is_file():
        raise WrongError(1, "there is no such file")
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongError(1, f"cannot be read: {error}") from error
    return parse_json(content) if path.suffix.lower() == ".json" else parse_yaml(content)


def _dag(path: Path, drafts: list[Draft]) -> Dag:
    tasks = tuple(_task(path, draft) for draft in drafts)
    return Dag(
        dag_id=path.stem,
        path=path.name,
        schedule=None,
        tasks=tasks,
        edges=tuple(
            Edge(TaskKey(path.stem, above), task.key) for task in tasks for above in task.upstream
        ),
        defined_at=Span(path.name, 1),
        max_active_runs=1,
        max_active_tasks=len(tasks),  # the file's workers are the only limit
    )


def _task(path: Path, draft: Draft) -> Task:
    fields = draft.fields
    pool: Word | None = fields.get("pool")
    return Task(
        key=TaskKey(path.stem, fields["id"].text),
        operator=_OPERATOR,
        upstream=tuple(sorted({word.text for word in fields.get("upstream", ())})),
        statements=_statements(path, draft),
        defined_at=Span(path.name, draft.line),
        trigger_rule=fields.get("trigger_rule", TriggerRule.ALL_SUCCESS),
        pool=pool.text if pool else "default_pool",
        pool_slots=fields.get("slots", 1),
        reads=fields.get("reads", ()),
        writes=fields.get("writes", ()),
        duration_s=fields["duration_s"],
    )


def _statements(path: Path, draft: Draft) -> tuple[Statement, ...]:
    """Return a task's SQL; all of it runs in one transaction unless it commits by itself."""
    engine: Engine = draft.fields.get("engine", Engine.UNKNOWN)
    connection = Connection(str(engine), engine)
    return tuple(
        Statement(
            parts=(word.text,),
            params=None,
            connection=connection,
            transaction=0,
            built_at=Span(path.name, word.line),
            run_at=Span(path.name, draft.line),
        )
        for word in draft.fields.get("sql", ())
    )
