"""Answers as data frames."""

import pandas as pd

from study.nights import study


def test_scenarios_are_compared_one_row_each():
    base = study().scenario("night")
    table = study().compare([base.unprotected(), base.serial(), base.named("plan")], runs=50)
    assert list(table.index) == ["unprotected", "one after another", "plan"]
    assert table.loc["unprotected", "p_1205"] == 1.0
    assert table.loc["plan", "p_1205"] == 0.0
    assert table.loc["plan", "edges"] == 1
    assert table.loc["unprotected", "unordered"] == 1
    assert table.loc["one after another", "peak"] == 1
    assert table.loc["plan", "finish_p95_min"] > table.loc["plan", "finish_p50_min"]


def test_the_same_seed_gives_the_same_table():
    tables = [study().compare([study().scenario()], runs=20, seed=7) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


def test_an_edge_has_a_price_and_what_it_protects():
    (edge,) = study().scenario("night").edges().to_dict("records")
    assert (edge["upstream"], edge["downstream"]) == ("night.shop_1", "night.shop_2")
    assert edge["tables"] == "sales"
    assert edge["unordered"] == 1
    assert edge["errors"] == 1


def test_no_edges_make_an_empty_table_with_columns():
    table = study().scenario().unprotected().edges()
    assert table.empty
    assert "price_min" in table.columns


def test_the_change_that_helps_most_is_named():
    changes = study().best_changes()
    assert {"READ COMMITTED", "index on sales (day, shop)"} <= set(changes["change"])
    assert (changes["certain_gone"] == 1).all()


def test_a_study_lists_its_tasks_conflicts_and_edges():
    tasks = study().tasks().set_index("task_id")
    assert tasks.loc["shop_1", "writes"] == "sales"
    assert tasks.loc["shop_1", "duration_s"] == 600
    (conflict,) = study().conflicts().to_dict("records")
    assert (conflict["certainty"], conflict["outcome"]) == ("certain", "wait")
    assert list(study().edges()["new"]) == [True]


def test_a_timeline_is_a_table_in_the_order_of_time():
    table = study().scenario("night").unprotected().timeline().to_frame()
    assert next(iter(table["task_id"])) == "fetch"
    assert table.set_index("task_id").loc["shop_2", "error"] == "1205"
    assert table["lock_wait_s"].sum() == 50
