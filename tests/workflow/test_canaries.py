"""Nothing of the folder is executed, and nothing outside of it is opened or shown."""

import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

import lockplan
from lockplan.workflow import read

FLOW = """
    from airflow import DAG
    from airflow.providers.mysql.operators.mysql import MySqlOperator
    with DAG('d', schedule='@daily') as dag:
        MySqlOperator(task_id='t', sql='DELETE FROM orders')
"""

SING = "open(CANARY, 'w').write('sung')"

PLACES = {
    "module level": SING,
    "shell": "import os, subprocess\nos.system('touch ' + CANARY)"
    "\nsubprocess.run(['touch', CANARY])",
    "decorator": f"@(lambda f: {SING})\ndef f(): pass",
    "default argument": f"def f(x={SING}): pass\nlambda x={SING}: x",
    "annotation": f"def f(x: {SING}) -> {SING}: pass\nx: {SING} = 1",
    "class body": f"class C:\n    {SING}\n    x = {SING}",
    "metaclass": f"class M(type):\n    def __new__(m, *a): {SING}\nclass C(metaclass=M): pass",
    "comprehension": f"[{SING} for _ in 'ab']\n{{n: {SING} for n in 'a'}}"
    f"\nlist({SING} for _ in 'a')",
    "f-string": f"x = f'''{{{SING}}}'''",
    "eval and exec": (
        "code = 'open(' + repr(CANARY) + ', \"w\")'\neval(code)\nexec(code)\n"
        "compile(code, 'x', 'exec')\nexec(compile(code, 'x', 'exec'))"
    ),
    "imports by name": (
        "import importlib\nimportlib.import_module('singing')\n__import__('singing')\n"
        "importlib.reload(__import__('singing'))\nimport runpy\nrunpy.run_path('singing.py')"
    ),
    "pickle": (
        "import pickle, os\nbase = os.path.dirname(__file__)\n"
        "pickle.loads(open(base + '/data.pickle', 'rb').read())\n"
        "pickle.load(open(base + '/data.pickle', 'rb'))"
    ),
    "yaml": "import yaml, os\nyaml.load(open(os.path.dirname(__file__) + '/data.yml'), yaml.Loader)"
    "\nyaml.safe_load(open(os.path.dirname(__file__) + '/data.yml'))",
    "dynamic attributes": "getattr(__builtins__, 'open')(CANARY, 'w')\n"
    "().__class__.__base__.__subclasses__()\n'{0.__class__.__mro__}'.format(1)",
    "files written": "from pathlib import Path\nimport shutil, os\nPath(CANARY).write_text('x')\n"
    "Path(CANARY).touch()\nos.makedirs(CANARY)"
    "\nshutil.copy(__file__, CANARY)\nio = open(CANARY, 'a')",
    "context manager": f"class C:\n    def __enter__(self): {SING}\n"
    f"    def __exit__(self, *a): {SING}\n"
    "with C(): pass",
    "special methods": f"class C:\n    def __str__(self): {SING}\n"
    f"    def __del__(self): {SING}\nstr(C())",
}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the folder as the current one, as a user in it would."""
    home = str(Path(lockplan.__file__).parents[1])
    return subprocess.run(
        [sys.executable, *options, "-m", "lockplan", "analyze", "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    return path


class Singing:
    """What a pickle may hold: unpickling it would make the canary's file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


@pytest.mark.parametrize("place", PLACES)
def test_code_in_a_dag_file_is_not_executed(tmp_path, place):
    canary = tmp_path / "canary"
    folder = tmp_path / "dags"
    song = f"CANARY = {str(canary)!r}\n"
    written(folder, "flow.py", dedent(FLOW) + song + PLACES[place])
    written(folder, "singing.py", song + SING)
    written(folder, "data.yml", f"!!python/object/apply:os.mkdir ['{canary}']")
    (folder / "data.pickle").write_bytes(pickle.dumps(Singing(canary)))
    workflow = read([folder])
    assert [str(task.key) for dag in workflow.dags for task in dag.tasks] == ["d.t"]
    assert not canary.exists()


@pytest.mark.parametrize(
    "template",
    [
        "{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}",
        "{{% import 'os' as os %}}{{{{ os.mkdir('{canary}') }}}}",
        "{{{{ cycler.__init__.__globals__.os.mkdir('{canary}') }}}}",
        "{{{{ lipsum.__globals__['os'].mkdir('{canary}') }}}}",
        "{{{{ self.__init__.__globals__.__builtins__.open('{canary}', 'w') }}}}",
        "{{{{ macros.datetime.__class__.__base__ }}}}",
        "{{% for x in range(10 ** 12) %}}x{{% endfor %}}",
        "{{{{ 'x' * 10 ** 11 }}}}",
        "{{% include '../../secret.sql' %}}",
        "{{% include '/etc/passwd' %}}",
    ],
)
def test_a_template_reaches_nothing_outside(tmp_path, template):
    canary = tmp_path / "canary"
    written(tmp_path, "secret.sql", "hidden treasure")
    text = template.format(canary=canary)
    code = dedent(FLOW) + f"    MySqlOperator(task_id='u', sql={('DELETE FROM t ' + text)!r})\n"
    written(tmp_path / "a" / "dags", "flow.py", code)
    workflow = read([tmp_path / "a" / "dags"])
    assert {task.key.task_id for task in workflow.dags[0].tasks} == {"t", "u"}
    assert not canary.exists()
    assert "treasure" not in repr(workflow)
    assert "root:" not in repr(workflow)


@pytest.mark.parametrize("options", [(), ("-P",)])
def test_files_that_python_runs_on_its_own_are_not_run(tmp_path, options):
    canary = tmp_path / "canary"
    folder = tmp_path / "dags"
    written(folder, "flow.py", FLOW)
    song = f"open({str(canary)!r}, 'w').write('sung')\n"
    names = ("sitecustomize.py", "usercustomize.py", "__init__.py", "conftest.py", "setup.py")
    ours = ("json.py", "yaml.py", "sqlglot.py", "jinja2.py", "click.py", "airflow/__init__.py")
    for name in (*names, *ours, "ast.py", "typing.py", "dataclasses.py", "pkg/__main__.py"):
        written(folder, name, song)
    written(folder, "x.pth", f"import os; os.mkdir({str(canary)!r})")
    written(
        folder, "pyproject.toml", "[build-system]\nbuild-backend = 'setup'\nbackend-path = ['.']"
    )
    (folder / "fast.so").write_bytes(b"\x7fELF")
    done = run(folder, *options)
    assert not canary.exists()
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert [dag.dag_id for dag in read([folder]).dags] == ["d"]
    assert not canary.exists()


def test_links_out_of_the_project_are_not_followed(tmp_path):
    secret = written(tmp_path, "secret/secret.py", "table = 'treasure'\n")
    written(tmp_path, "secret/q.sql", "DELETE FROM treasure")
    folder = tmp_path / "project" / "dags"
    code = "from secret import table\n" + dedent(FLOW)
    code += (
        "    MySqlOperator(task_id='u', sql='q.sql')\n    MySqlOperator(task_id='v', sql=table)\n"
    )
    code += "    MySqlOperator(task_id='w', sql=open('more/q.sql').read())\n"
    written(folder, "flow.py", code)
    (folder / "secret.py").symlink_to(secret)
    (folder / "q.sql").symlink_to(tmp_path / "secret" / "q.sql")
    (folder / "more").symlink_to(tmp_path / "secret")
    assert "treasure" not in repr(read([folder]))


def test_passwords_of_connection_addresses_are_not_shown(tmp_path):
    code = """
        import pymysql, sqlalchemy
        from airflow import DAG
        from airflow.operators.python import PythonOperator
        def work():
            engine = sqlalchemy.create_engine('mysql://bob:hunter2@db/shop')
            engine.execute('DELETE FROM a')
            c = pymysql.connect(host='db', user='bob', password='hunter2', database='shop')
            c.cursor().execute('DELETE FROM b')
        with DAG('d', schedule='@daily') as dag:
            PythonOperator(task_id='t', python_callable=work)
    """
    folder = tmp_path / "dags"
    written(folder, "flow.py", code)
    workflow = read([folder])
    assert len(workflow.dags[0].tasks[0].statements) == 2
    assert "hunter2" not in repr(workflow)
    done = run(folder)
    assert "hunter2" not in done.stdout + done.stderr


def test_an_archive_of_dags_is_not_unpacked_into_the_folder(tmp_path):
    folder = tmp_path / "dags"
    written(folder, "flow.py", FLOW)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("../../canary", "x")
    before = sorted(tmp_path.rglob("*"))
    read([folder])
    assert sorted(tmp_path.rglob("*")) == before
