"""The patch as git and the next run see it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.patching import make_patch
from lockplan.patching.source import Source
from patching.dags import (
    DAG_FUNCTION,
    MODULE_LEVEL,
    WITH_BLOCK,
    encoded,
    patched,
    plan_of,
    repository,
)

STYLES = {"module": MODULE_LEVEL, "with": WITH_BLOCK, "function": DAG_FUNCTION}
LAYOUTS = {
    "four spaces": lambda text: text,
    "two spaces": lambda text: text.replace("    ", "  "),
    "tabs": lambda text: text.replace("    ", "\t"),
    "windows endings": lambda text: text.replace("\n", "\r\n"),
    "no final newline": lambda text: text.removesuffix("\n"),
    "tasks last, no final newline": lambda text: text.replace('\nprint("ready")\n', "").rstrip(),
    "windows, tasks last, no final newline": lambda text: (
        text.replace('\nprint("ready")\n', "").rstrip().replace("\n", "\r\n")
    ),
    "form feed": lambda text: text.replace("\n\n", "\n\f\n", 1) + "\f\n# \u2028 end\n",
    "form feed before all": lambda text: "\f" + text,
    "byte order mark": lambda text: "\ufeff" + text,
    "latin-1": lambda text: "# -*- coding: latin-1 -*-\n# gar\xe7on\n" + text,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("style", STYLES)
def test_git_applies_it_and_a_second_patch_changes_nothing(tmp_path, style, layout):
    text = LAYOUTS[layout](STYLES[style])
    folder = repository(tmp_path, "dags/night.py", encoded(text))
    plan = plan_of("dags/night.py", text, ("t1", "t3"), ("t3", "t2"))
    patch = patched(folder, plan)
    assert len(patch.files) == 1
    assert patch.unplaced == ()
    again = make_patch([plan], folder)
    assert (again.diff, again.files) == (b"", ())


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("style", STYLES)
def test_a_plan_without_edges_gives_the_original_bytes_back(tmp_path, style, layout):
    text = LAYOUTS[layout](STYLES[style])
    folder = repository(tmp_path, "night.py", encoded(text))
    original = text
    patched(folder, plan_of("night.py", original, ("t1", "t3")))
    patched(folder, plan_of("night.py", original))
    assert (tmp_path / "night.py").read_bytes() == encoded(text)


def test_the_block_says_what_it_is_and_why_each_edge_is_there(tmp_path):
    folder = repository(tmp_path, "night.py", MODULE_LEVEL.encode())
    patched(folder, plan_of("night.py", MODULE_LEVEL, ("t1", "t3")))
    lines = (tmp_path / "night.py").read_text(encoding="utf-8").split("\n")
    begin = lines.index("# lockplan: begin (ordering only; generated, edits are lost)")
    *_, consequence, call, end = lines[begin : begin + 5]
    assert consequence == "# If t1 fails, these do not run (upstream_failed): t3."
    assert call == "t3.set_upstream(t1)  # stats.daily_play: ds-6 … ds: row-lock-wait"
    assert end.startswith("# lockplan: end ")
    assert lines[begin - 2] == 't3 = EmptyOperator(task_id="t3", dag=dag)'


def test_an_edge_inside_a_function_stands_before_its_return(tmp_path):
    folder = repository(tmp_path, "night.py", DAG_FUNCTION.encode())
    patched(folder, plan_of("night.py", DAG_FUNCTION, ("t1", "t3")))
    text = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert text.index("    t3.set_upstream(t1)") < text.index("    return t1 >> t2")


def test_an_edge_stands_behind_the_edges_of_the_author(tmp_path):
    text = MODULE_LEVEL + "\nfor late in (t2, t3):\n    late >> EmptyOperator(task_id='end')\n"
    folder = repository(tmp_path, "night.py", text.encode())
    patched(folder, plan_of("night.py", text, ("t1", "t3")))
    after = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert after.index("t3.set_upstream(t1)") > after.index("late >> EmptyOperator")


def test_a_statement_behind_a_semicolon_stays_whole(tmp_path):
    text = MODULE_LEVEL.replace(
        't3 = EmptyOperator(task_id="t3", dag=dag)',
        't3 = EmptyOperator(task_id="t3", dag=dag); rest = [\n    1,\n]',
    )
    folder = repository(tmp_path, "night.py", text.encode())
    patched(folder, plan_of("night.py", text, ("t1", "t3")))
    assert b"]\n\n# lockplan: begin" in (tmp_path / "night.py").read_bytes()


def test_a_new_plan_replaces_the_old_block(tmp_path):
    folder = repository(tmp_path, "night.py", WITH_BLOCK.encode())
    patched(folder, plan_of("night.py", WITH_BLOCK, ("t1", "t3")))
    text = (tmp_path / "night.py").read_text(encoding="utf-8")
    patched(folder, plan_of("night.py", text, ("t3", "t1")))
    after = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert after.count("# lockplan: begin") == 1
    assert "t1.set_upstream(t3)" in after
    assert "t3.set_upstream(t1)" not in after


def test_an_old_block_above_the_tasks_does_not_confuse_the_place(tmp_path):
    block = "    # lockplan: begin\n    t2.set_upstream(t1)\n    # lockplan: end\n"
    text = WITH_BLOCK.replace("    t3 = Empty", block + "    t3 = Empty")
    folder = repository(tmp_path, "night.py", text.encode())
    patched(folder, plan_of("night.py", text, ("t2", "t3")))
    after = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert after.index("t1 >> t2\n") < after.index("t3.set_upstream(t2)") < after.index("print")


def test_two_dags_of_one_file_get_a_block_each(tmp_path):
    second = (
        'late = DAG(dag_id="late")\n'
        'u1 = EmptyOperator(task_id="u1", dag=late)\nu2 = EmptyOperator(task_id="u2", dag=late)\n'
    )
    text = MODULE_LEVEL + second
    folder = repository(tmp_path, "night.py", text.encode())
    night = plan_of("night.py", text, ("t1", "t3"))
    late = plan_of("night.py", text, ("u2", "u1"), dag_id="late")
    patched(folder, night, late)
    after = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert after.count("# lockplan: begin") == 2
    assert after.index("t3.set_upstream(t1)") < after.index("late = DAG")
    assert after.index("u1.set_upstream(u2)") > after.index("u2 = EmptyOperator")


SEVERAL = """\
from airflow import DAG
from airflow.operators.empty import EmptyOperator

for name in ("one", "two"):
    with DAG(dag_id=name) as dag:
        t1 = EmptyOperator(task_id="t1")
        t2 = EmptyOperator(task_id="t2")
        t3 = EmptyOperator(task_id="t3")
"""


def test_an_edge_of_one_dag_among_those_of_a_loop_stands_under_its_condition(tmp_path):
    folder = repository(tmp_path, "night.py", SEVERAL.encode())
    first = plan_of("night.py", SEVERAL, ("t1", "t3"), ("t2", "t3"), dag_id="one")
    second = plan_of("night.py", SEVERAL, ("t1", "t3"), dag_id="two")
    patch = patched(folder, first, second)
    assert patch.unplaced == ()
    after = (tmp_path / "night.py").read_text(encoding="utf-8")
    assert after.count("t3.set_upstream(t1)") == 1
    assert '        if dag.dag_id in ("one",):\n            t3.set_upstream(t2)' in after


def test_a_task_without_a_name_is_looked_up_in_its_dag(tmp_path):
    text = MODULE_LEVEL.replace("t3 = EmptyOperator", "EmptyOperator")
    folder = repository(tmp_path, "night.py", text.encode())
    patch = patched(folder, plan_of("night.py", text, ("t1", "t3")))
    assert b'dag.get_task("t3").set_upstream(t1)' in patch.diff


def test_tasks_that_nothing_can_name_are_said_with_the_pool_as_the_way_out(tmp_path):
    text = WITH_BLOCK.replace(" as dag", "").replace("t1 >> t2", "pass")
    text = text.replace("t1 = ", "").replace("t2 = ", "").replace("t3 = ", "")
    folder = repository(tmp_path, "night.py", text.encode())
    patch = make_patch([plan_of("night.py", text, ("t1", "t3"))], folder)
    assert patch.diff == b""
    (left,) = patch.unplaced
    assert left.what == "edge"
    assert "no variable of the file holds the tasks or their DAG" in left.reason
    assert "pool" in left.reason


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("# lockplan: begin\nt3.set_upstream(t1)\n", "has no end"),
        ("# lockplan: end\n", "half of a generated block"),
        ("# lockplan: begin\nt4 = t1\n# lockplan: end\n", "holds more than ordering edges"),
        ("x = (\n# lockplan: begin\n1)\n# lockplan: end\n", "holds more than ordering edges"),
    ],
)
def test_a_damaged_block_is_never_touched(tmp_path, block, complaint):
    folder = repository(tmp_path, "night.py", (MODULE_LEVEL + block).encode())
    patch = make_patch([plan_of("night.py", MODULE_LEVEL, ("t1", "t3"))], folder)
    assert patch.diff == b""
    assert complaint in patch.refused[0].reason
    assert "night.t3 after night.t1" in patch.unplaced[0].reason


@pytest.mark.parametrize("edit", ["t2.set_upstream(t1)\n", "t3.priority_weight = 3\n"])
def test_a_block_edited_by_hand_is_never_touched(tmp_path, edit):
    folder = repository(tmp_path, "night.py", MODULE_LEVEL.encode())
    plan = plan_of("night.py", MODULE_LEVEL, ("t1", "t3"))
    text = patched(folder, plan).files[0].after.decode()
    (tmp_path / "night.py").write_text(text.replace("# lockplan: end", f"{edit}# lockplan: end"))
    patch = make_patch([plan], folder)
    assert patch.diff == b""
    assert "was edited by hand" in patch.refused[0].reason


def test_a_formatter_may_lay_out_a_block_anew(tmp_path):
    folder = repository(tmp_path, "night.py", MODULE_LEVEL.encode())
    plan = plan_of("night.py", MODULE_LEVEL, ("t1", "t3"))
    text = patched(folder, plan).files[0].after.decode()
    loose = text.replace("t3.set_upstream(t1)", "t3.set_upstream(\n    t1,\n)")
    (tmp_path / "night.py").write_text(loose)
    (change,) = make_patch([plan], folder).files
    assert change.after.decode() == text


def test_markers_inside_a_string_are_no_block(tmp_path):
    text = MODULE_LEVEL + '"""\n# lockplan: begin\n# lockplan: end\n"""\n'
    folder = repository(tmp_path, "night.py", text.encode())
    patched(folder, plan_of("night.py", text, ("t1", "t3")))
    assert '"""\n# lockplan: begin\n# lockplan: end\n"""\n' in (tmp_path / "night.py").read_text()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"t1 = '\xff'\n", "cannot be decoded"),
        (b"t1 = 1\rt3 = 2\n", "carriage returns"),
        (b"print(1)\n", "read the folder again"),
    ],
)
def test_a_file_that_changed_into_something_else_is_left_alone(tmp_path, data, complaint):
    folder = repository(tmp_path, "night.py", data)
    patch = make_patch([plan_of("night.py", WITH_BLOCK, ("t1", "t3"))], folder)
    assert patch.diff == b""
    assert complaint in patch.unplaced[0].reason
    assert patch.refused


def test_a_block_on_one_line_gets_its_edges_behind_it(tmp_path):
    text = f"{MODULE_LEVEL.partition('dag =')[0]}with DAG(dag_id='night') as dag: "
    text += "t1 = EmptyOperator(task_id='t1'); t3 = EmptyOperator(task_id='t3')\n"
    folder = repository(tmp_path, "night.py", text.encode())
    patched(folder, plan_of("night.py", text, ("t1", "t3")))
    assert "\nt3.set_upstream(t1)" in (tmp_path / "night.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", ["dags/nächtlich.py", 'dags/a "quoted" name.py', "my dags/night run.py", "tab\there.py"]
)
def test_git_finds_files_with_unusual_names(tmp_path, path):
    folder = repository(tmp_path, path, WITH_BLOCK.encode())
    patched(folder, plan_of(path, WITH_BLOCK, ("t1", "t3")))


def test_paths_are_from_the_repository_root_also_for_a_folder_below(tmp_path):
    repository(tmp_path, "team/dags/night.py", WITH_BLOCK.encode())
    patch = make_patch([plan_of("night.py", WITH_BLOCK, ("t1", "t3"))], tmp_path / "team/dags")
    assert b"--- a/team/dags/night.py\n+++ b/team/dags/night.py\n" in patch.diff


def test_a_file_that_is_gone_is_said(tmp_path):
    patch = make_patch([plan_of("night.py", WITH_BLOCK, ("t1", "t3"))], tmp_path)
    assert patch.diff == b""
    assert "cannot be read (No such file or directory)" in patch.unplaced[0].reason


def test_outside_a_repository_paths_are_from_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/night.py").write_text(WITH_BLOCK)
    monkeypatch.chdir(tmp_path)
    patch = make_patch([plan_of("night.py", WITH_BLOCK, ("t1", "t3"))], Path("dags"))
    assert b"--- a/dags/night.py\n" in patch.diff


EDGES = st.lists(st.sampled_from([("t1", "t3"), ("t2", "t3")]), unique=True)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(STYLES)), st.sampled_from(sorted(LAYOUTS)), EDGES, EDGES)
def test_patching_over_a_patch_is_patching_the_original(style, layout, first, second):
    text = LAYOUTS[layout](STYLES[style])
    with tempfile.TemporaryDirectory() as name:
        file = repository(Path(name), "night.py", encoded(text)) / "night.py"

        def patch(*edges: tuple[str, str]) -> bytes:
            decoded = Source.decode(file.read_bytes()).text
            for change in make_patch([plan_of("night.py", decoded, *edges)], file.parent).files:
                file.write_bytes(change.after)
            return file.read_bytes()

        direct = patch(*second)
        file.write_bytes(encoded(text))
        patch(*first)
        assert patch(*second) == direct
        assert direct.count(b".set_upstream(") - text.count(".set_upstream(") == len(second)
