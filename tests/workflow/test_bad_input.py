"""What cannot be read is said with its line, its reason and a way out; the rest is read."""

import os
import zipfile
from pathlib import Path

import pytest

from lockplan.model.workflow import Workflow
from lockplan.workflow import read

GOOD = b"""
from airflow import DAG
from airflow.operators.empty import EmptyOperator
with DAG('good') as dag:
    EmptyOperator(task_id='t')
"""
DAG = b"from airflow import DAG\ndag = DAG('other')\n"
IDS = ["latin-1", "bom", "crlf", "cr", "half", "notebook", "long-line", "gone", "cycle", "long"]


def beside(tmp_path: Path, content: bytes, name: str = "bad.py") -> Workflow:
    """Read a folder of one good file and another one."""
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "good.py").write_bytes(GOOD)
    (folder / name).write_bytes(content)
    return read([folder])


def dag_ids(workflow: Workflow) -> list[str]:
    return sorted(dag.dag_id for dag in workflow.dags)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (DAG + b"x = (1,\n", 3, "never closed"),
        (DAG + b"<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", 3, "merge"),
        (DAG + b"print 'two'\n", 3, "Python 2"),
        (DAG + b"try:\n    pass\nexcept ValueError, e:\n    pass\n", 5, "parse"),
        (DAG + b"if x:\n\tpass\n        pass\n", 5, "parse"),
        (DAG + b"%matplotlib inline\nx = 1\n", 3, "notebook"),
        (DAG + b"!pip install x\n", 3, "notebook"),
        (DAG + b"x = '\xe9'\n", 3, "UTF-8"),
        (DAG.decode().encode("utf-16"), 1, "UTF-16"),
        (DAG + b"x = '\0'\n", 3, "null bytes"),
        (b"# coding: nonsense\n" + DAG, 1, "encoding"),
        (DAG + b"x = " + b"[" * 300 + b"]" * 300, 3, "parse"),
    ],
)
def test_a_file_that_python_refuses_is_skipped_with_its_line(tmp_path, content, line, words):
    workflow = beside(tmp_path, content)
    assert dag_ids(workflow) == ["good"]
    (skipped,) = workflow.skipped
    assert (skipped.where.path, skipped.where.line, skipped.what) == ("bad.py", line, "file")
    assert words in skipped.reason


@pytest.mark.parametrize(
    "content",
    [
        "# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1") + DAG,
        b"\xef\xbb\xbf" + DAG,
        DAG.replace(b"\n", b"\r\n"),
        DAG.replace(b"\n", b"\r"),
        DAG + b"\x0c\nx = '\\ud800'\n",
        DAG + b"# In[1]:\nget_ipython().run_line_magic('matplotlib', 'inline')\n",
        DAG + b"x = '" + b"a" * 1_000_000 + b"'\n",
        DAG + b"import gone, gone.too\nfrom . import nothing\nfrom gone import *\ngone.call()\n",
        DAG + b"import bad\nfrom bad import dag as again\n",
        DAG + b"x = 1\n" * 100_000,
    ],
    ids=IDS,
)
def test_unusual_files_are_read(tmp_path, content):
    workflow = beside(tmp_path, content)
    assert dag_ids(workflow) == ["good", "other"]
    assert workflow.skipped == ()


def test_a_text_with_half_a_character_can_be_printed(tmp_path):
    content = DAG + (
        b"from airflow.providers.mysql.operators.mysql import MySqlOperator\n"
        b"MySqlOperator(task_id='t', dag=dag, sql='DELETE FROM t WHERE a = \"\\ud800\"')\n"
    )
    workflow = beside(tmp_path, content)
    assert dag_ids(workflow) == ["good", "other"]


def test_things_that_are_no_files_do_not_stop_the_reading(tmp_path):
    folder = tmp_path / "dags"
    (folder / "folder.py").mkdir(parents=True)
    (folder / "folder.py" / "inner.py").write_bytes(DAG)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.py").write_bytes(b"broken(")
    (folder / "good.py").write_bytes(GOOD)
    (folder / "lost.py").symlink_to(folder / "gone.py")
    (folder / "round.py").symlink_to(folder / "round.py")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.py")
    workflow = read([folder])
    assert dag_ids(workflow) == ["good", "other"]
    said = {skipped.where.path: skipped.reason for skipped in workflow.skipped}
    assert sorted(said) == ["lost.py", "pipe.py", "round.py"]


def test_an_archive_of_dags_is_said(tmp_path):
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("packed.py", DAG)
    workflow = beside(tmp_path, (tmp_path / "more.zip").read_bytes(), "more.zip")
    assert dag_ids(workflow) == ["good"]
    (skipped,) = workflow.skipped
    assert (skipped.where.path, skipped.what) == ("more.zip", "file")
    assert "unpack" in skipped.reason


def test_an_archive_of_other_things_is_not(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("rows.csv", "airflow,dag")
    assert beside(tmp_path, (tmp_path / "data.zip").read_bytes(), "data.zip").skipped == ()


def test_an_archive_that_cannot_be_opened_is_said(tmp_path):
    (skipped,) = beside(tmp_path, b"PK\x03\x04 no archive", "data.zip").skipped
    assert skipped.where.path == "data.zip"


OF_AIRFLOW_2 = "from airflow.operators.python import PythonOperator"
OF_AIRFLOW_3 = "from airflow.sdk import task"


@pytest.mark.parametrize(
    ("patterns", "in_2", "in_3", "in_any"),
    [
        ("b.py", "ac", "ac", "ac"),
        ("old/", "ab", "ab", "ab"),
        ("old", "ab", "ab", "ab"),
        ("*.py\n!a.py", "abc", "a", "abc"),
        ("**/c.py", "abc", "ab", "abc"),
        ("old/*  # the old ones", "ab", "ab", "ab"),
        ("[cd].py", "ab", "ab", "ab"),
        ("/c.py", "ab", "abc", "abc"),
        ("^b", "ac", "abc", "abc"),
        ("ol", "ab", "abc", "abc"),
        ("# only a comment\n\n", "abc", "abc", "abc"),
        ("[unfinished", "abc", "abc", "abc"),
    ],
)
def test_ignored_files_are_those_that_airflow_of_that_version_ignores(
    tmp_path, patterns, in_2, in_3, in_any
):
    for version, imported, left in (
        ("2", OF_AIRFLOW_2, in_2),
        ("3", OF_AIRFLOW_3, in_3),
        ("any", "", in_any),
    ):
        folder = ignoring(tmp_path / version, patterns, imported)
        assert "".join(dag_ids(read([folder]))) == left, version


def test_the_syntax_of_ignored_files_may_be_configured(tmp_path):
    folder = ignoring(tmp_path, "*.py\n!a.py", OF_AIRFLOW_2)
    (tmp_path / "airflow.cfg").write_text("[core]\ndag_ignore_file_syntax = glob\n")
    assert dag_ids(read([folder])) == ["a"]


def ignoring(tmp_path, patterns, imported):
    folder = tmp_path / "dags"
    (folder / "old").mkdir(parents=True)
    for name in ("a", "b", "old/c"):
        text = f"from airflow import DAG\n{imported}\ndag = DAG({name[-1]!r})\n"
        (folder / f"{name}.py").write_text(text)
    (folder / ".airflowignore").write_text(patterns)
    return folder


def test_modules_of_ignored_files_can_be_imported(tmp_path):
    workflow = beside(tmp_path, b"bad.py\nhelpers.py", ".airflowignore")
    folder = Path(workflow.root)
    (folder / "bad.py").write_text("broken(")
    (folder / "helpers.py").write_text(
        "from airflow import DAG\ndef make(name):\n    return DAG(name)\n"
    )
    (folder / "flow.py").write_text("# airflow dag\nfrom helpers import make\nd = make('made')\n")
    workflow = read([folder])
    assert (dag_ids(workflow), workflow.skipped) == (["good", "made"], ())
