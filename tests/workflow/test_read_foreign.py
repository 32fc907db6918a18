"""What a folder says about modules that are not in it, or stand in it under another name."""

from pathlib import Path

import pytest

from tests.workflow.reading import edges, folder, read, read_body, task


def test_a_foreign_function_in_an_order_makes_a_task_of_its_name(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from company.tasks import watcher
        with dag:
            a = EmptyOperator(task_id='a')
            b = EmptyOperator(task_id='b')
            list(dag.tasks) >> watcher()
        """,
    )
    assert edges(dag) == {("a", "watcher"), ("b", "watcher")}
    assert "not in the folder" in task(dag, "watcher").skipped[0].reason


def test_the_result_of_a_foreign_function_is_one_task_however_it_is_ordered(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from company import tasks
        with dag:
            a, b, c = (EmptyOperator(task_id=name) for name in 'abc')
            told = tasks.notify(a)
            a >> told >> b
            told.set_downstream(c)
        """,
    )
    assert edges(dag) == {("a", "notify"), ("notify", "b"), ("notify", "c")}


@pytest.mark.parametrize(
    "place", ["with dag:\n    make(task_id='t')", "make(task_id='t', dag=dag)"]
)
def test_a_foreign_function_that_is_given_a_task_id_makes_a_task(
    tmp_path: Path, place: str
) -> None:
    dag = read_body(tmp_path, "from company.tasks import make\n" + place)
    assert [one.key.task_id for one in dag.tasks] == ["t"]


def test_a_foreign_value_that_nobody_orders_makes_no_task(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from company.settings import bucket
        with dag:
            BashOperator(task_id='t', bash_command=f'ls {bucket()}')
        """,
    )
    assert [one.key.task_id for one in dag.tasks] == ["t"]


def test_a_project_that_is_deployed_under_another_name_finds_its_modules(tmp_path: Path) -> None:
    dag = read(
        [
            folder(
                tmp_path,
                flow__py="""
                    from airflow.decorators import dag
                    from company.names import FIRST
                    from company.etl.load import load
                    @dag()
                    def d():
                        load.override(task_id=FIRST)()
                    d()
                """,
                names__py="FIRST = 'first'",
                etl__load__py="""
                    from airflow.decorators import task
                    @task
                    def load(): ...
                """,
            )
        ]
    ).dags[0]
    assert [one.key.task_id for one in dag.tasks] == ["first"]


def test_a_package_that_shares_one_module_name_with_the_folder_stays_foreign(
    tmp_path: Path,
) -> None:
    dag = read_body(
        tmp_path,
        """
        from requests.utils import NAME
        EmptyOperator(task_id='a', dag=dag)
        EmptyOperator(task_id=NAME, dag=dag)
        """,
        utils__py="NAME = 'b'",
    )
    assert [one.key.task_id for one in dag.tasks] == ["a"]
