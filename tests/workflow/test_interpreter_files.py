from __future__ import annotations

import os
import sys
import time

import pytest

from lockplan.workflow.budget import Budget
from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.loader import Loader
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Unknown
from tests.workflow.interpreting import names, read


def test_modules_are_found_beside_above_and_in_packages(tmp_path):
    files = {
        "dags/beside.py": "a = 1\n",
        "above.py": "b = 2\n",
        "plugins/plugged.py": "c = 3\n",
        "dags/pack/__init__.py": "from .inner import d\n",
        "dags/pack/inner.py": "from ..beside import a\nd = a + 3\n",
        "dags/space/part.py": "e = 5\n",
    }
    code = """
        import beside, pack.inner
        from above import b
        from plugged import *
        from pack import d, inner
        import space.part as part
        a, e, f = beside.a, part.e, pack.inner.d
    """
    found = names(tmp_path, code, files=files)
    assert [found[name] for name in "abcdef"] == [1, 2, 3, 4, 5, 4]


def test_folders_added_to_sys_path_count(tmp_path):
    code = """
        import os, sys
        from pathlib import Path
        here = os.path.dirname(os.path.abspath(__file__))
        sys.path.append(os.path.join(os.path.dirname(here), 'odd', 'one'))
        sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'odd' / 'two'))
        from first import a
        from second import b
    """
    files = {"odd/one/first.py": "a = 1\n", "odd/two/second.py": "b = 2\n"}
    found = names(tmp_path, code, files=files)
    assert (found["a"], found["b"]) == (1, 2)


def test_equal_module_names_under_different_folders_do_not_mix(tmp_path):
    for name in ("one", "two"):
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "config.py").write_text(f"value = '{name}'\n")
        (tmp_path / "all" / name / "flow.py").write_text("from config import value\n")
    interpreter = Interpreter(Loader(tmp_path / "all"), Library())
    for name in ("one", "two"):
        module = interpreter.run_module(tmp_path / "all" / name / "flow.py")
        assert module.names["value"] == name


def test_a_cycle_of_imports_ends(tmp_path):
    files = {"dags/other.py": "import main\nx = 1\n"}
    assert names(tmp_path, "import other\ny = other.x\n", files=files)["y"] == 1


def test_nothing_outside_the_project_is_opened(tmp_path):
    (tmp_path / "secret.py").write_text("value = 'secret'\n")
    (tmp_path / "secret.sql").write_text("SELECT 'secret'\n")
    code = """
        import sys
        sys.path.append('../..')
        sys.path.append('/')
        from secret import value
        text = open('../../secret.sql').read()
        hosts = open('/etc/hosts').read()
    """
    found = names(tmp_path, code)
    assert all(isinstance(found[name], Unknown) for name in ("value", "text", "hosts"))


def test_a_folder_that_is_a_project_itself_does_not_reach_its_neighbours(tmp_path):
    for file, text in {
        "mine/pyproject.toml": "",
        "mine/main.py": "from settings import table\n",
        "other/settings.py": "table = 'orders'\n",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    module = Interpreter(Loader(tmp_path / "mine"), Library()).run_module(
        tmp_path / "mine" / "main.py"
    )
    assert isinstance(module.names["table"], Unknown)


def test_a_link_out_of_the_project_is_not_followed(tmp_path):
    (tmp_path / "secret.py").write_text("value = 'secret'\n")
    (tmp_path / "project" / "dags").mkdir(parents=True)
    (tmp_path / "project" / "dags" / "linked.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "project" / "dags" / "main.py").write_text("from linked import value\n")
    interpreter = Interpreter(Loader(tmp_path / "project" / "dags"), Library())
    module = interpreter.run_module(tmp_path / "project" / "dags" / "main.py")
    assert isinstance(module.names["value"], Unknown)


def test_sql_files_are_read_with_their_place(tmp_path):
    files = {"dags/sql/x.sql": "SELECT 1\nFROM t\n"}
    code = """
        import os, db
        from pathlib import Path
        with open(os.path.join(os.path.dirname(__file__), 'sql/x.sql')) as f:
            a = f.read()
        b = Path(__file__).parent.joinpath('sql', 'x.sql').read_text()
        c = open('/opt/airflow/dags/sql/x.sql').read()
        d = open(os.environ['HOME'] + '/sql/x.sql').read()
        e = sorted(os.listdir(os.path.dirname(__file__) + '/sql'))
    """
    found = names(tmp_path, code, files=files)
    assert {found[name] for name in "abcd"} == {"SELECT 1\nFROM t\n"}
    assert str(found["a"].origin) == "sql/x.sql:1"
    assert found["e"] == ["x.sql"]


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"x = 1\nprint 'two'\n", 2, "parse"),
        (b"x = 1\n<<<<<<< HEAD\n", 2, "parse"),
        (b"\x00\x01\x02", 1, "null bytes"),
        (b"# coding: nothing-known\n", 1, "text"),
        (b"x = '\xff\xfe'\n", 1, "text"),
        (b"x = " + b"(" * 500 + b")" * 500, 1, "parse"),
    ],
)
def test_a_broken_file_is_skipped_with_its_line(tmp_path, content, line, word):
    files = {"dags/broken.py": content}
    reading = read(tmp_path, "import broken\nfrom broken import y\nz = 1\n", files=files)
    (skipped,) = reading.interpreter.skipped
    assert (skipped.where.path, skipped.where.line, skipped.what) == ("broken.py", line, "file")
    assert word in skipped.reason
    assert reading.module.names["z"] == 1


def test_other_encodings_are_read(tmp_path):
    files = {
        "dags/latin.py": "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"),
        "dags/marked.py": b"\xef\xbb\xbfy = 1\r\n",
    }
    found = names(tmp_path, "from latin import x\nfrom marked import y\n", files=files)
    assert (found["x"], found["y"]) == ("é", 1)


def test_a_used_up_budget_is_said_and_the_next_file_is_read(tmp_path):
    code = "n = 0\nfor i in range(1000):\n    for j in range(1000):\n        n += 1\n"
    reading = read(
        tmp_path, code, {"dags/next.py": "x = 1\n"}, Budget(steps=20_000, steps_per_line=0)
    )
    (skipped,) = reading.interpreter.skipped
    assert "20,000 steps" in skipped.reason
    assert skipped.where.path == "main.py"
    assert reading.run(reading.interpreter.loader.folder / "next.py")["x"] == 1


def test_the_worst_file_ends_within_seconds(tmp_path):
    code = """
        def f(n):
            return f(n - 1) + f(n - 2)
        a = 9 ** 9 ** 9
        b = 'x' * 10 ** 10
        c = [0] * 10 ** 10
        d = list(range(10 ** 12))
        e = '%1000000000d' % 1
        g = '{:>1000000000}'.format('x')
        h = f(1000)
        s = 'x'
        for i in range(10 ** 9):
            s = s + s
        while True:
            s += 'x'
        z = [i for i in range(10 ** 9)]
    """
    started = time.process_time()
    reading = read(tmp_path, code)
    assert time.process_time() - started < 8
    assert reading.interpreter.skipped


def test_a_long_file_and_a_deep_expression_do_not_hurt(tmp_path):
    code = "".join(f"x{n} = 'a' + 'b'\n" for n in range(20_000))
    code += "y = " + " + ".join(["'a'"] * 900) + "\n"
    code += "z = " + "-" * 60 + "1\n"
    found = names(tmp_path, code)
    assert found["x19999"] == "ab"
    assert found["y"] == "a" * 900
    assert found["z"] == 1


def test_nothing_of_the_code_is_executed(tmp_path, monkeypatch):
    canary = tmp_path / "canary"
    loaded = set(sys.modules)
    code = f"""
        import os, subprocess, shutil, antigravity, sitecustomize
        from pathlib import Path
        path = {str(canary)!r}
        def touch(x=open(path, 'w').write('default')):
            open(path, 'a').write('called')
            return touch
        @touch()
        def f():
            pass
        class C:
            open(path, 'w')
            made = os.system('touch ' + path)
            def __init_subclass__(cls):
                os.mkdir(path)
        class D(C):
            pass
        os.system('touch ' + path)
        subprocess.run(['touch', path])
        Path(path).write_text('x')
        eval("open(path, 'w')")
        exec("open(path, 'w')")
        [open(path, 'w') for _ in range(2)]
        os.environ['CANARY'] = '1'
        __import__('os').mkdir(path)
        print('loud')
        exit(1)
    """
    found = names(tmp_path, code)
    assert not canary.exists()
    assert "CANARY" not in os.environ
    assert "antigravity" not in set(sys.modules) - loaded
    assert "f" in found
