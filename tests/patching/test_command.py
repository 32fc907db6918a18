"""`lockplan patch` as a user meets it: what it prints, what it writes, how it ends."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from lockplan.cli import BROKEN, cli
from lockplan.errors import LockplanError
from patching.styles_of_dags import DDL, SETTINGS

HEAD = """\
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

"""
NIGHT = (
    HEAD
    + """\
with DAG("night", schedule="0 4 * * *", max_active_runs=1) as dag:
    a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = 1")
    b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = 2")
"""
)
RUN_TIME_ID = NIGHT.replace('task_id="b"', "task_id=input()")
BROKEN_MERGE = "import airflow  # dag\n<<<<<<< ours\na = 1\n=======\na = 2\n>>>>>>> theirs\n"


class Said:
    """How a command ended."""

    def __init__(self, result):
        self.code = result.exit_code
        self.diff = result.stdout_bytes
        self.talk = result.stderr
        if isinstance(result.exception, LockplanError):
            self.code, self.talk = BROKEN, f"{self.talk}{result.exception}"
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "schema.sql").write_text(DDL)
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(NIGHT)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def patch(*arguments):
    options = ["patch", "dags", "--schema", "schema.sql", *map(str, arguments)]
    return Said(CliRunner().invoke(cli, options))


def contents(folder):
    return {file.name: file.read_bytes() for file in (folder / "dags").iterdir()}


def test_the_diff_is_the_output_and_the_summary_stands_beside(folder):
    before = contents(folder)
    said = patch()
    assert said.code == 1
    assert said.diff.startswith(b"diff --git a/dags/night.py b/dags/night.py\n")
    assert "dags/night.py: 1 edge" in said.talk
    assert "lockplan patch dags --schema schema.sql --write" in said.talk
    assert contents(folder) == before
    subprocess.run(["git", "apply", "--check"], cwd=folder, input=said.diff, check=True)


def test_what_is_written_is_what_git_would_apply_and_then_nothing_is_left(folder):
    subprocess.run(["git", "apply"], cwd=folder, input=patch().diff, check=True)
    applied = contents(folder)
    (folder / "dags" / "night.py").write_text(NIGHT)
    said = patch("--write")
    assert (said.code, said.diff) == (0, b"")
    assert "wrote dags/night.py: 1 edge" in said.talk
    assert contents(folder) == applied
    again = patch("--write")
    assert again.code == 0
    assert "nothing to patch" in again.talk
    assert contents(folder) == applied


def test_removing_gives_the_files_back(folder):
    patch("--write")
    said = patch("--remove")
    assert said.code == 0
    assert "took the block out of dags/night.py" in said.talk
    assert contents(folder) == {"night.py": NIGHT.encode()}
    assert "no generated block" in patch("--remove").talk


@pytest.mark.parametrize(
    ("style", "line"),
    [("bitshift", "    a >> b  # "), ("chain", "    chain(a, b)  # "), ("chain", "import chain")],
)
def test_edges_are_written_in_the_style_of_the_house(folder, style, line):
    assert patch("--write", "--style", style).code == 0
    assert line in (folder / "dags" / "night.py").read_text(encoding="utf-8")
    assert patch("--style", style).diff == b""


def test_the_file_s_own_chain_is_used(folder):
    own = "from airflow.models.baseoperator import chain as in_turn\n" + NIGHT
    (folder / "dags" / "night.py").write_text(own)
    diff = patch("--style", "chain").diff
    assert b"+    in_turn(a, b)" in diff
    assert b"import chain" not in diff


def test_pools_for_what_no_edge_can_order_are_what_airflow_imports(folder):
    nameless = NIGHT.replace(" as dag", "").replace("a = SQL", "SQL").replace("b = SQL", "SQL")
    (folder / "dags" / "night.py").write_text(nameless)
    said = patch("--pools", "pools.json")
    assert said.code == 1
    assert "night.py:6: edge: night.b after night.a is not written" in said.talk
    ((name, pool),) = json.loads((folder / "pools.json").read_text()).items()
    assert pool["slots"] == 1
    assert {"slots", "description", "include_deferred"} == pool.keys()
    assert f'pool="{name}"' in said.talk


def test_a_dag_made_from_yaml_is_said_with_the_pool_as_the_way_out(folder):
    (folder / "dags" / "night.py").write_text(
        "from pathlib import Path\n"
        "from airflow import DAG\n"
        "from dagfactory import load_yaml_dags\n"
        'load_yaml_dags(globals(), config_filepath=str(Path(__file__).parent / "night.yml"))\n'
    )
    task = (
        "    {}:\n"
        "      operator: airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator\n"
        "      conn_id: db\n      sql: UPDATE play SET n = 1\n"
    )
    (folder / "dags" / "night.yml").write_text(
        "night:\n  schedule: '0 4 * * *'\n  tasks:\n" + task.format("a") + task.format("b")
    )
    said = patch()
    assert (said.code, said.diff) == (1, b"")
    assert "night.yml, which is no Python file: order them there, or give both a pool" in said.talk


def test_weights_are_written_and_taken_back(folder, monkeypatch):
    weighted_plans(monkeypatch)
    said = patch("--write", "--priority-weights")
    text = (folder / "dags" / "night.py").read_text(encoding="utf-8")
    assert 'dag.get_task("b").priority_weight = 7' in text
    assert 'dag.get_task("b").weight_rule = ' in text
    assert patch("--priority-weights").diff == b""
    assert said.code == 0
    patch("--remove")
    assert contents(folder) == {"night.py": NIGHT.encode()}


def weighted_plans(monkeypatch):
    """Let every plan have weights, as those have in which the order of the queue matters."""
    from lockplan import planning
    from lockplan.model.problem import PriorityWeight

    monkeypatch.setattr(
        planning,
        "_weights",
        lambda problem, _: tuple(PriorityWeight(j.key, 7) for j in problem.jobs),
    )


def assert_refused(folder, said, *words):
    assert said.code == 2, said.talk
    assert said.diff == b""
    for word in words:
        assert word in said.talk


@pytest.mark.parametrize("options", [(), ("--write",)])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text.replace("    # lockplan: end", "    # end"), ("has no end",)),
        (
            lambda text: text.replace("b.set_upstream(a)", "b.set_upstream([a])"),
            ("was edited by hand", "delete it, or undo the edit"),
        ),
    ],
)
def test_a_damaged_block_stops_all_with_its_place_and_the_way_out(folder, damage, words, options):
    (folder / "dags" / "other.py").write_text(NIGHT.replace('"night"', '"other"'))
    patch("--write")
    file = folder / "dags" / "night.py"
    file.write_text(damage(file.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "dags" / "other.py").write_text(NIGHT.replace('"night"', '"other"'))
    before = contents(folder)
    assert_refused(folder, patch(*options), "night.py:1", "line 8", *words, "nothing was written")
    assert contents(folder) == before


def test_an_unfinished_merge_stops_all(folder):
    (folder / "dags" / "late.py").write_text(BROKEN_MERGE)
    before = contents(folder)
    assert_refused(folder, patch("--write"), "late.py:2", "merge was left unfinished", "resolve it")
    assert contents(folder) == before


def test_two_dags_with_one_id_stop_all(folder):
    (folder / "dags" / "twice.py").write_text(NIGHT)
    before = contents(folder)
    words = ("twice.py:4", "second DAG with the id 'night'", "night.py:4", "an id of its own")
    assert_refused(folder, patch("--write"), *words)
    assert contents(folder) == before


def test_a_task_id_made_at_run_time_is_said_with_its_place_and_the_way_out(folder):
    (folder / "dags" / "night.py").write_text(RUN_TIME_ID)
    before = contents(folder)
    words = ("night.py:6", "task_id", "is not known", "give it an id that stands in the file")
    assert_refused(folder, patch("--write"), *words)
    assert contents(folder) == before


def test_a_task_id_made_at_run_time_does_not_stop_other_edges(folder):
    more = RUN_TIME_ID.replace('"night"', '"late"')
    (folder / "dags" / "late.py").write_text(more)
    said = patch("--write")
    assert "late.py:6: task" in said.talk
    assert "wrote dags/night.py: 1 edge" in said.talk


def test_a_folder_that_takes_no_files_is_said_and_stays(folder, monkeypatch):
    from pathlib import Path

    real = Path.open

    def refused(path, mode="r", *arguments, **keywords):
        if "w" in mode:
            raise OSError(30, "Read-only file system", str(path))
        return real(path, mode, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refused)
    assert_refused(folder, patch("--write"), "cannot be written: Read-only file system")
    assert contents(folder) == {"night.py": NIGHT.encode()}


def test_an_interrupted_run_is_finished_by_the_next(folder, monkeypatch):
    from pathlib import Path

    (folder / "dags" / "other.py").write_text(NIGHT.replace('"night"', '"other"'))
    with monkeypatch.context() as killing:
        real = Path.replace

        def dies(path, target):
            if Path(target).name == "other.py":
                raise KeyboardInterrupt
            return real(path, target)

        killing.setattr(Path, "replace", dies)
        CliRunner().invoke(cli, ["patch", "dags", "--schema", "schema.sql", "--write"])
    said = patch("--write")
    assert "which an interrupted run had begun" in said.talk
    assert all(b"# lockplan: end" in text for text in contents(folder).values())
    assert contents(folder).keys() == {"night.py", "other.py"}


def test_only_known_styles_are_taken(folder):
    assert_refused(folder, patch("--style", "arrows"), "arrows")


def test_a_workflow_file_is_not_patched(folder):
    (folder / "w.yaml").write_text("format: 1\ntasks: []\n")
    result = Said(CliRunner().invoke(cli, ["patch", "w.yaml"]))
    assert result.code == 2


def test_the_date_of_today_is_nowhere_in_a_patch(folder):
    first = patch("--logical-date", "2026-11-15").diff
    assert first == patch("--logical-date", "2027-02-28").diff
    assert b"202" not in first.partition(b"@@")[2]
