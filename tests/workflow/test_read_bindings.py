from pathlib import Path

import pytest

from lockplan.errors import InputError
from lockplan.workflow import read
from tests.workflow.reading import folder, read_body, read_dag, task


def test_a_variable_that_holds_a_task_at_the_modules_end(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        t1 = EmptyOperator(
            task_id='a',
            dag=dag,
        )
        t2 = EmptyOperator(task_id='lost', dag=dag)
        t2 = EmptyOperator(task_id='b', dag=dag)
        many = [EmptyOperator(task_id='c', dag=dag)]
        for x in 'yz':
            t3 = EmptyOperator(task_id=x, dag=dag)
        """,
    )
    binding = task(dag, "a").binding
    assert binding is not None
    assert (binding.name, binding.path, binding.block.line) == ("t1", "flow.py", 1)
    assert (binding.last_line, binding.indent) == (12, "")
    assert task(dag, "b").binding is not None
    assert all(task(dag, one).binding is None for one in ("lost", "c", "y", "z"))


def test_the_block_is_the_with_or_the_function(tmp_path: Path) -> None:
    text = """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        from airflow.utils.task_group import TaskGroup

        with DAG('w') as dag:
          with TaskGroup('g'):
            a = EmptyOperator(task_id='a')
        """
    binding = task(read_dag(tmp_path, text), "g.a").binding
    assert binding is not None
    assert (binding.block.line, binding.last_line, binding.indent) == (6, 8, "  ")


def test_taskflow_results_name_their_task(tmp_path: Path) -> None:
    text = """
        from airflow.decorators import dag, task
        @dag()
        def flow():
            @task
            def f(): pass
            x = f()
        flow()
        """
    binding = task(read_dag(tmp_path, text), "f").binding
    assert binding is not None
    assert (binding.name, binding.block.line, binding.indent) == ("x", 4, "    ")


def test_a_missing_or_empty_folder_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read([tmp_path / "gone"])
    with pytest.raises(InputError, match="no Python file"):
        read([tmp_path])


def test_ignored_files_are_passed_over_and_hidden_folders_are_said(tmp_path: Path) -> None:
    root = folder(tmp_path, a__py="# dag airflow", old__b__py="broken(", x__c__py="")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "d.py").write_text("broken(")
    (root / ".airflowignore").write_text("old  # no longer used\n")
    workflow = read([root])
    assert workflow.files == 2
    (skipped,) = workflow.skipped
    assert skipped.where.path == ".hidden"


def test_two_folders_share_one_root(tmp_path: Path) -> None:
    text = "from airflow import DAG\ndag = DAG('{}')\n"
    one = folder(tmp_path / "one", f__py=text.format("a"))
    two = folder(tmp_path / "two", f__py=text.format("b"))
    workflow = read([one, two])
    assert [dag.path for dag in workflow.dags] == ["one/dags/f.py", "two/dags/f.py"]
    assert Path(workflow.root) == tmp_path


def test_a_binary_file_is_said_and_nothing_is_executed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = f"""
        import os
        from airflow import DAG
        os.system('touch {canary}')
        open({str(canary)!r}, 'w').write('x')
        dag = DAG('d', description=eval("open({str(canary)!r}, 'w')"))
        """
    root = folder(tmp_path, flow__py=text)
    (root / "binary.py").write_bytes(b"\x00\xff airflow dag \x80")
    workflow = read([root])
    assert [dag.dag_id for dag in workflow.dags] == ["d"]
    assert [(s.where.path, s.what) for s in workflow.skipped] == [("binary.py", "file")]
    assert not canary.exists()


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    text = """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        with DAG('d') as dag:
            tasks = {EmptyOperator(task_id=x) for x in 'cab'}
        """
    root = folder(tmp_path, flow__py=text)
    assert read([root]) == read([root])
