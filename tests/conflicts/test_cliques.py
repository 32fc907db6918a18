"""Groups of conflicting tasks as the planner gets them."""

from datetime import datetime
from itertools import combinations
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

import lockplan
from lockplan.conflicts import cliques

HEADER = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
def task(task_id, sql):
    return MySqlOperator(task_id=task_id, sql=sql, mysql_conn_id='db', dag=dag)
"""


def problem(tmp_path, text: str):
    (tmp_path / "night.py").write_text(HEADER + text, encoding="utf-8")
    (plan,) = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis.plans
    return plan.problem


def test_the_writers_of_a_table_are_one_group(tmp_path):
    found = problem(
        tmp_path,
        "for n in range(5):\n    task(f'w{n}', 'UPDATE t SET x = 1')\n"
        "for n in range(3):\n    task(f'u{n}', 'UPDATE u SET x = 1')\n"
        "task('alone', 'UPDATE v SET x = 1')\n",
    )
    assert found.cliques == ((0, 1, 2, 3, 4), (5, 6, 7))


def test_each_pair_of_a_group_is_a_conflict(tmp_path):
    both = "task('both', ['UPDATE t SET x = 1', 'UPDATE u SET x = 1'])\n"
    readers = (
        "for n in range(3):\n    task(f'r{n}', 'INSERT INTO o{0} SELECT * FROM t'.format(n))\n"
    )
    writers = "for n in range(4):\n    task(f'w{n}', 'UPDATE t SET x = 1')\n"
    found = problem(tmp_path, both + readers + writers)
    assert found.cliques
    for group in found.cliques:
        assert set(combinations(group, 2)) <= set(found.conflicts)


def test_a_chain_of_tasks_that_meet_one_after_the_other_is_no_group():
    chain = {pair: SimpleNamespace(tables=("t",)) for pair in ((0, 1), (0, 3), (1, 2))}
    assert cliques(chain) == ()


@given(st.sets(st.sampled_from([*combinations(range(7), 2)])))
def test_whatever_the_pairs_of_a_table_the_groups_are_found(pairs):
    met = {pair: SimpleNamespace(tables=("t",)) for pair in sorted(pairs)}
    for group in cliques(met):
        assert set(combinations(group, 2)) <= pairs


def test_the_graph_the_workflow_and_the_plan_are_graphs_of_networkx(tmp_path):
    text = "a = task('a', 'UPDATE t SET x = 1')\ntask('b', 'UPDATE t SET x = 2')\n"
    text += "a >> task('c', 'UPDATE t SET x = 3')\n"
    (tmp_path / "night.py").write_text(HEADER + text, encoding="utf-8")
    analysis = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis
    conflicts = analysis.graph.to_networkx()
    assert set(conflicts.nodes) == {"night.a", "night.b", "night.c"}
    assert conflicts.edges["night.a", "night.b", "same run"]["table"].endswith("t")
    assert conflicts.edges["night.a", "night.b", "same run"]["ordered_by"] == ""
    assert conflicts.edges["night.a", "night.c", "same run"]["ordered_by"] == "edges"
    order = analysis.workflow.to_networkx()
    assert dict(order.edges) == {("night.a", "night.c"): {"origin": "data"}}
    assert order.nodes["night.a"]["operator"] == "MySqlOperator"
    planned = analysis.plans[0].plan.to_networkx()
    assert planned.number_of_edges() == len(analysis.plans[0].plan.edges)
    assert all(node["end_s"] - node["start_s"] == 60 for _, node in planned.nodes(data=True))
