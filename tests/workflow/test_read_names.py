"""Which of Airflow's classes a name stands for, however it is imported and built."""

from pathlib import Path

from tests.workflow.reading import edges, read_body, read_dag, task


def test_a_name_that_two_versions_import_from_two_places_is_one_thing(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from compatibility import AIRFLOW_V_3_0_PLUS
        if AIRFLOW_V_3_0_PLUS:
            from airflow.sdk import DAG, task, task_group
        else:
            from airflow.decorators import task, task_group
            from airflow.models.dag import DAG

        with DAG('d'):
            @task
            def first(): ...
            @task_group
            def grouped():
                @task
                def second(): ...
                second()
            first() >> grouped()
        """,
    )
    assert edges(dag) == {("first", "grouped.second")}
    assert task(dag, "first").operator == "_PythonDecoratedOperator"


def test_a_providers_task_group_prefixes_its_tasks(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.databricks.operators.databricks_workflow import (
            DatabricksWorkflowTaskGroup,
        )
        with dag:
            with DatabricksWorkflowTaskGroup(group_id='nightly'):
                EmptyOperator(task_id='notebook')
        """,
    )
    assert [one.key.task_id for one in dag.tasks] == ["nightly.notebook"]


def test_the_old_name_of_the_empty_operator_is_an_alias_since_airflow_2(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.operators.dummy import DummyOperator
        DummyOperator(task_id='t', dag=dag)
        """,
    )
    assert task(dag, "t").operator == "EmptyOperator"


def test_the_dummy_operator_of_old_imports_is_the_empty_one(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.dummy_operator import DummyOperator
        dag = DAG('d')
        DummyOperator(task_id='t', dag=dag)
        """,
    )
    assert task(dag, "t").operator == "EmptyOperator"


def test_an_own_class_of_an_old_name_keeps_it(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        class DummyOperator(BashOperator): ...
        DummyOperator(task_id='t', bash_command='true', dag=dag)
        """,
    )
    assert task(dag, "t").operator == "DummyOperator"


def test_a_builder_among_hooks_is_no_task(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.google.cloud.hooks.dataproc import DataProcJobBuilder
        with dag:
            builder = DataProcJobBuilder(task_id='t', job_type='pyspark_job')
            job = builder.build()
            BashOperator(task_id='t', bash_command='true')
        """,
    )
    assert [one.operator for one in dag.tasks] == ["BashOperator"]


def test_functions_of_the_operator_module_compute_ids_and_order(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import operator
        from functools import reduce
        names = reduce(operator.iadd, {'x': ['a'], 'y': ['b', 'c']}.values(), [])
        tasks = [EmptyOperator(task_id=name, dag=dag) for name in names]
        reduce(operator.rshift, tasks)
        """,
    )
    assert edges(dag) == {("a", "b"), ("b", "c")}
