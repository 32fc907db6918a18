"""Workflow files: what is read from YAML and JSON, and what is said where one cannot be used."""

import json
import pickle
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from lockplan import plan
from lockplan.errors import InputError, WorkflowFileError
from lockplan.model.connection import SERVERS, Engine
from lockplan.model.region import Interval
from lockplan.model.resource import Resource
from lockplan.model.workflow import Pool, TriggerRule
from lockplan.workflow import read
from lockplan.workflow.neutral.drafts import LONGEST_S, TASK
from lockplan.workflow.neutral.read import FILE
from lockplan.workflow.neutral.resources import RESOURCE

from .reading import edges, task

SCHEMA = Path(__file__).parents[2] / "docs" / "workflow.schema.json"


def write(tmp_path, text, name="night.yaml"):
    file = tmp_path / name
    file.write_text(dedent(text), encoding="utf-8")
    return file


def read_yaml(tmp_path, text):
    return read(write(tmp_path, text))


def problems(tmp_path, text, name="night.yaml"):
    """Return what is said of a file, each line without the folder."""
    with pytest.raises(WorkflowFileError) as caught:
        read(write(tmp_path, text, name))
    return str(caught.value).replace(f"{tmp_path}/", "").split("\n")


FULL = """
workers: 3
pools: {db: 2}
tasks:
  - id: load
    duration_s: 12.6
    writes: [sales, {name: stock, from: 1, to: 2.5}]
  - id: check
    duration_s: 0
    upstream: [load]
    pool: db
    slots: 2
    trigger_rule: all_done
    engine: postgresql
    sql:
      - |
        UPDATE a SET x = 1;
      - DELETE FROM b
    reads: [{name: stock, from: 2026-01-31, to: 2026-02-01T12:00:00+01:00}]
"""


def test_every_field_of_a_file_is_read(tmp_path):
    workflow = read_yaml(tmp_path, FULL)
    (dag,) = workflow.dags
    load, check = task(dag, "load"), task(dag, "check")
    assert (workflow.workers, workflow.pools) == (3, (Pool("db", 2),))
    assert dag.dag_id == "night"
    assert edges(dag) == {("load", "check")}
    assert (load.duration_s, check.duration_s) == (13, 0)
    assert (check.pool, check.pool_slots) == ("db", 2)
    assert check.trigger_rule is TriggerRule.ALL_DONE
    assert [one.connection.engine for one in check.statements] == [Engine.POSTGRESQL] * 2
    assert [str(one.built_at) for one in check.statements] == ["night.yaml:17", "night.yaml:18"]
    part = Interval(Decimal(1), Decimal("2.5"), high_closed=False)
    assert load.writes == (Resource("sales"), Resource("stock", part))
    days = Interval(datetime(2026, 1, 31), datetime(2026, 2, 1, 11), high_closed=False)
    assert check.reads == (Resource("stock", days),)


def test_json_gives_what_the_same_yaml_gives(tmp_path):
    document = """
    {"workers": 2, "tasks": [\t{"id": "caf\\u00e9\\/\\ud83d\\ude00", "duration_s": 1e1},
      {"id": "b", "duration_s": 5, "upstream": ["caf\\u00e9/\\ud83d\\ude00"],
       "writes": [{"name": "t", "from": "2026-01-01", "to": "2026-02-01"}]}]}
    """
    (from_json,) = read(write(tmp_path, document, "night.json")).dags
    (from_yaml,) = read_yaml(
        tmp_path,
        """
        tasks:
          - {id: café/😀, duration_s: 10}
          - {id: b, duration_s: 5, upstream: [café/😀],
             writes: [{name: t, from: 2026-01-01, to: 2026-02-01}]}
        """,
    ).dags
    shown = [
        [(t.key, t.upstream, t.duration_s, t.writes) for t in dag.tasks]
        for dag in (from_json, from_yaml)
    ]
    assert shown[0] == shown[1]


def test_anchors_and_merge_keys_of_yaml_are_followed(tmp_path):
    text = """
    tasks:
      - &first {id: a, duration_s: 5, writes: &sales [sales]}
      - {<<: *first, id: b}
      - {id: c, duration_s: 1, reads: *sales}
    """
    (dag,) = read_yaml(tmp_path, text).dags
    assert [one.duration_s for one in dag.tasks] == [5, 5, 1]
    assert task(dag, "b").writes == task(dag, "c").reads == (Resource("sales"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("workers: 0", "`workers` of the file must be a whole number of 1 or more, not 0"),
        ("workers: true", "`workers` of the file must be a whole number of 1 or more, not true"),
        ("pools: {db: 0}", "`pools` of the file (`db`) must be a whole number of 1 or more, not 0"),
        ("pool: {db: 1}", "the file has no field `pool`. Did you mean `pools`?"),
    ],
)
def test_a_wrong_field_of_the_file_is_said_with_its_line(tmp_path, line, said):
    text = f"tasks: [{{id: a, duration_s: 1}}]\n{line}\n"
    assert problems(tmp_path, text) == [f"night.yaml:2: {said}"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("duration_s: -1", "must be 0 to 1000000000 seconds, not -1"),
        ("duration_s: .inf", "must be a finite number, not inf"),
        ("duration_s: '5'", "must be a number, not '5'"),
        ("duration_s: true", "must be a number, not true"),
        ("slots: 0", "must be a whole number of 1 or more, not 0"),
        ("trigger_rule: all_sucess", "is not known: `all_sucess`. Did you mean `all_success`?"),
        ("engine: mysq", "is not known: `mysq`. Did you mean `mysql`?"),
        ("engine: resource", "is not known: `resource`"),
        ("sql: SELECT 1", "must be a list, not 'SELECT 1'"),
        ("upstream: b", "must be a list, not 'b'"),
        ("reads: [5]", "must be a text, not 5. Write it in quotes."),
        ("id: 2026-01-01", "must be a text, not 2026-01-01. Write it in quotes."),
        ("id: ' '", "must not be empty"),
    ],
)
def test_a_wrong_field_of_a_task_is_said_with_task_and_line(tmp_path, field, said):
    name = field.partition(":")[0]
    fields = {"id": "id: a", "duration_s": "duration_s: 1", name: field}
    text = "tasks:\n  - x: &x 1\n".replace("x: &x 1", "\n    ".join(fields.values()))
    (problem,) = problems(tmp_path, text)
    line = 2 + list(fields).index(name)
    assert problem.startswith(f"night.yaml:{line}: `{name}` of ")
    assert said in problem


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("{name: t, from: 5, to: 5}", "resource `t`: its interval is empty"),
        ("{name: t, from: 5, to: 2026-01-01}", "one end of its interval is a number"),
        ("{name: t, from: 5}", "resource `t` has no `to`. Give `from` and `to`"),
        ("{from: 1, to: 5}", "a resource has no `name`"),
        ("{name: t, from: soon, to: 5}", "`from` of resource `t` must be a number or a date"),
        ("{name: t, from: '2026-13-01', to: 5}", "must be a number or a date, not '2026-13-01'"),
        ("{name: t, from: 1, to: 5, step: 2}", "resource `t` has no field `step`"),
    ],
)
def test_a_wrong_resource_is_said(tmp_path, resource, said):
    text = f"tasks:\n  - id: a\n    duration_s: 1\n    writes:\n      - {resource}\n"
    (problem,) = problems(tmp_path, text)
    assert problem.startswith("night.yaml:5: ")
    assert said in problem


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(tmp_path):
    text = """
    pools: {db: 2}
    tasks:
      - {id: a, duration_s: 1, upstream: [lod]}
      - {id: load, duration_s: 1, pool: dbb}
      - {id: load, duration_s: 1, pool: db, slots: 3}
      - {id: d, upstream: [d]}
      - {id: e, duration_s: 1, slots: 2}
    """
    assert problems(tmp_path, text) == [
        "night.yaml:4: task `a` comes after `lod`, which is no task of the file. "
        "Did you mean `load`?",
        "night.yaml:5: task `load` is in pool `dbb`, which `pools` does not name. "
        "Did you mean `db`?",
        "night.yaml:6: a second task `load`; the first is at line 5. "
        "Give each task an id of its own.",
        "night.yaml:6: task `load` takes 3 slots of pool `db`, which has 2. "
        "Give the pool more: the task would never start.",
        "night.yaml:7: task `d` has no `duration_s`. Give its usual seconds, 0 or more.",
        "night.yaml:7: task `d` waits for itself. Take one of these out of `upstream`.",
        "night.yaml:8: task `e` takes 2 slots of no pool. Say of which `pool`.",
    ]


def test_tasks_in_a_circle_are_named_in_their_order(tmp_path):
    text = """
    tasks:
      - {id: first, duration_s: 1}
      - {id: a, duration_s: 1, upstream: [first, c]}
      - {id: b, duration_s: 1, upstream: [a]}
      - {id: c, duration_s: 1, upstream: [b]}
    """
    (problem,) = problems(tmp_path, text)
    assert problem.startswith("night.yaml:4: tasks wait for each other: a → b → c → a.")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("n.yaml", "", "n.yaml:1: the file must have fields: workers, pools, tasks"),
        ("n.yaml", "tasks: []", "n.yaml:1: the file has no task"),
        ("n.yaml", "workers: 1", "n.yaml:1: the file has no `tasks`"),
        ("n.yaml", "tasks:\n  - [", "n.yaml:2: this is not YAML: "),
        ("n.yaml", "tasks:\n  - &x [*x]", "n.yaml:2: this value holds itself"),
        ("n.yaml", "tasks:\n  - id: 2026-13-45", "n.yaml:2: 2026-13-45 cannot be read: "),
        ("n.yaml", "tasks:\n  - !!python/name:os.system x", "n.yaml:2: this is not YAML: "),
        ("n.yaml", "tasks: []\ntasks: []", "n.yaml:2: `tasks` stands here and at line 1"),
        ("n.yaml", "\n\x01", "n.yaml:2: this is not YAML: "),
        ("n.yaml", "[" * 50_000, "n.yaml:1: its values are nested too deeply"),
        ("n.json", "[" * 50_000, "n.json:1: its values are nested too deeply"),
        ("n.json", '{\n"tasks": [}', "n.json:2: this is not JSON: "),
        ("n.json", '{"tasks": NaN}', "n.json:1: `tasks` of the file must be a list, not nan"),
        ("n.json", '{"tasks": [],\n"tasks": []}', "n.json:2: `tasks` stands here and at line 1"),
    ],
)
def test_a_text_that_is_no_workflow_file_is_refused_with_its_line(tmp_path, name, text, said):
    (problem,) = problems(tmp_path, text, name)
    assert problem.startswith(said)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(WorkflowFileError, match="there is no such file"):
        read(tmp_path / "none.json")
    (tmp_path / "n.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(WorkflowFileError, match="cannot be read"):
        read(tmp_path / "n.yaml")


def test_a_workflow_file_stands_alone(tmp_path):
    file = write(tmp_path, FULL)
    with pytest.raises(InputError, match="a workflow file is read alone"):
        read([file, tmp_path])


def test_what_is_wrong_survives_the_way_between_processes(tmp_path):
    with pytest.raises(WorkflowFileError) as caught:
        read_yaml(tmp_path, "tasks: []\nx: 1")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert len(copy.problems) == 2


def test_the_published_schema_has_the_fields_that_are_read():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    one, part = schema["$defs"]["task"], schema["$defs"]["resource"]["anyOf"][1]
    assert schema["properties"].keys() == FILE.keys()
    assert one["properties"].keys() == {*TASK, "reads", "writes"}
    assert part["properties"].keys() == RESOURCE.keys()
    assert one["properties"]["duration_s"]["maximum"] == LONGEST_S
    assert one["properties"]["trigger_rule"]["enum"] == [str(rule) for rule in TriggerRule]
    assert one["properties"]["engine"]["enum"] == [str(engine) for engine in SERVERS]


def makespan(tmp_path, text, **options):
    return plan(read_yaml(tmp_path, text), **options).makespan_s


TWO = "tasks:\n  - {{id: a, duration_s: 60, {0}}}\n  - {{id: b, duration_s: 30, {1}}}\n"


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ("writes: [t]", "writes: [t]", False),
        ("writes: [t]", "reads: [T]", False),
        ("reads: [t]", "reads: [t]", True),
        ("writes: [t]", "writes: [u]", True),
        ("reads: [t], writes: [t]", "reads: [u]", True),
        ("writes: [{name: t, from: 1, to: 5}]", "writes: [{name: t, from: 5, to: 9}]", True),
        ("writes: [{name: t, from: 1, to: 5}]", "reads: [{name: t, from: 4.5, to: 9}]", False),
        ("writes: [{name: t, from: 1, to: 5}]", "writes: [t]", False),
        (
            "writes: [{name: t, from: 2026-01-01, to: 2026-02-01}]",
            "writes: [{name: t, from: '2026-02-01', to: 2026-03-01}]",
            True,
        ),
        (
            "writes: [{name: t, from: 2026-01-01, to: 2026-02-01T00:00:01}]",
            "writes: [{name: t, from: 2026-02-01, to: 2026-03-01}]",
            False,
        ),
        ("writes: [t]", "engine: mysql, sql: [UPDATE t SET x = 1]", True),
        ("writes: [t]", "sql: [THIS IS NO SQL]", True),
        ("engine: sqlite, sql: [DELETE FROM t]", "engine: sqlite, sql: [DELETE FROM u]", False),
    ],
)
def test_two_tasks_run_together_unless_one_writes_what_the_other_uses(tmp_path, a, b, together):
    assert makespan(tmp_path, TWO.format(a, b)) == (60 if together else 90)


def test_workers_and_pools_of_the_file_limit_the_plan(tmp_path):
    tasks = "tasks:\n" + "".join(f"  - {{id: t{n}, duration_s: 10}}\n" for n in range(20))
    assert makespan(tmp_path, tasks + "workers: 20") == 10
    assert makespan(tmp_path, tasks + "workers: 2") == 100
    assert makespan(tmp_path, tasks + "workers: 2", workers=4) == 50
    pooled = tasks.replace("10}", "10, pool: db, slots: 2}") + "workers: 20\npools: {db: 5}"
    assert makespan(tmp_path, pooled) == 100


def test_a_plan_is_of_one_dag(tmp_path):
    workflow = read_yaml(tmp_path, FULL)
    with pytest.raises(InputError, match="has 0 DAGs with tasks"):
        plan(type(workflow)(root=".", files=0, dags=()))
