"""DAGs that are made from what lies in folders."""

from pathlib import Path
from textwrap import dedent

import pytest

from lockplan.model.connection import Engine
from lockplan.workflow import read
from tests.workflow.reading import HEADER, folder, read_body, task


def _tree(tmp_path: Path, body: str) -> list[str]:
    dag = read_body(
        tmp_path,
        "import os, glob\nfrom pathlib import Path\nhere = os.path.dirname(__file__)\n"
        f"{dedent(body)}\nfor name in names:\n    EmptyOperator(task_id=name, dag=dag)\n",
        conf__one__yml="",
        conf__deep__two__yml="",
        conf__deep__three__txt="",
    )
    return sorted(one.key.task_id for one in dag.tasks)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("names = [e.name for e in os.scandir(here + '/conf') if e.is_file()]", ["one.yml"]),
        (
            """
            names = []
            with os.scandir(f'{here}/conf') as entries:
                for entry in entries:
                    if entry.is_dir():
                        names.append(os.path.basename(entry.path))
            """,
            ["deep"],
        ),
        (
            """
            names = [
                file for _, _, files in os.walk(os.path.join(here, 'conf'))
                for file in files if file.endswith('.yml')
            ]
            """,
            ["one.yml", "two.yml"],
        ),
        (
            """
            found = glob.glob(here + '/./conf/**/*.yml', recursive=True)
            names = [os.path.basename(f) for f in found]
            """,
            ["one.yml", "two.yml"],
        ),
        ("names = [p.stem for p in Path(here).rglob('t*.*')]", ["three", "two"]),
        ("names = [p.name for p in (Path(here) / 'conf').iterdir() if p.is_dir()]", ["deep"]),
    ],
)
def test_folders_of_configuration_are_looked_through(
    tmp_path: Path, body: str, found: list[str]
) -> None:
    assert _tree(tmp_path, body) == found


def test_a_pattern_does_not_lead_out_of_the_project(tmp_path: Path) -> None:
    (tmp_path.parent / "outside.yml").write_text("")
    assert _tree(tmp_path, "names = [p.stem for p in Path(here).glob('*/../../../*.yml')]") == []


def test_a_project_beside_the_one_that_is_read_lends_it_no_modules(tmp_path: Path) -> None:
    body = """
    from google.cloud import bigquery
    def work():
        bigquery.Client().query("DELETE FROM a.b WHERE true")
    PythonOperator(task_id='t', python_callable=work, dag=dag)
    """
    package = tmp_path / "other" / "google" / "cloud"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("bigquery = None\n")
    mine = folder(tmp_path / "mine", flow__py=HEADER + dedent(body)).parent
    (statement,) = task(read([mine]).dags[0], "t").statements
    assert statement.connection.engine is Engine.BIGQUERY
