from pathlib import Path

import pytest

from lockplan.errors import InputError
from lockplan.model.workflow import BlockKind, Dag
from lockplan.workflow import read
from tests.workflow.reading import folder, read_body, read_dag, task


def names(dag: Dag, kind: BlockKind) -> dict[str, tuple[str, ...]]:
    (reach,) = (reach for reach in dag.reaches if reach.kind is kind)
    return dict(reach.tasks)


def test_what_the_modules_end_can_name(tmp_path: Path) -> None:
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
        by_name = {'new': {1: EmptyOperator(task_id='d', dag=dag)}}
        for x in 'yz':
            t3 = EmptyOperator(task_id=x, dag=dag)
        """,
    )
    assert names(dag, BlockKind.MODULE) == {
        "a": ("t1",),
        "b": ("t2",),
        "c": ("many[0]",),
        "d": ('by_name["new"][1]',),
        "z": ("t3",),
    }
    assert dag.reaches[0].dag[0] == "dag"
    assert dag.reaches[0].made == len(dag.tasks) == 7


def test_the_end_of_a_with_block_knows_the_tasks_that_it_made(tmp_path: Path) -> None:
    text = """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        from airflow.utils.task_group import TaskGroup

        with DAG('w') as dag:
          with TaskGroup('g'):
            a = EmptyOperator(task_id='a')
        b = EmptyOperator(task_id='b', dag=dag)
        """
    inner, outer = read_dag(tmp_path, text).reaches
    assert (inner.kind, inner.block.line, inner.made) == (BlockKind.WITH, 6, 1)
    assert dict(inner.tasks) == {"g.a": ("a",)}
    assert (outer.kind, outer.made) == (BlockKind.MODULE, 2)


def test_each_run_of_a_loops_block_is_known_apart(tmp_path: Path) -> None:
    text = """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator

        for name in ('x', 'y'):
            with DAG(name) as dag:
                a = EmptyOperator(task_id='a')
        """
    workflow = read([folder(tmp_path, flow__py=text)])
    runs = {dag.reaches[0].run for dag in workflow.dags}
    assert len(runs) == 2


def test_taskflow_results_name_their_task_and_its_dag(tmp_path: Path) -> None:
    text = """
        from airflow.decorators import dag, task
        @dag()
        def flow():
            @task
            def f(): pass
            x = f()
        flow()
        """
    reach = read_dag(tmp_path, text).reaches[0]
    assert (reach.kind, reach.block.line) == (BlockKind.FUNCTION, 4)
    assert dict(reach.tasks) == {"f": ("x",)}
    assert reach.dag == ("x.operator.dag",)


def test_a_task_that_a_condition_may_leave_out_is_marked(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import os
        a = EmptyOperator(task_id='a', dag=dag)
        if os.environ.get('LATE'):
            b = EmptyOperator(task_id='b', dag=dag)
        """,
    )
    assert not task(dag, "a").conditional
    assert task(dag, "b").conditional


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
