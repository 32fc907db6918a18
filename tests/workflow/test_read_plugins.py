from pathlib import Path

from lockplan.workflow import read
from tests.workflow.reading import folder, read_body, task, texts

PLUGIN = """
    from airflow.plugins_manager import AirflowPlugin
    from airflow.operators import BaseOperator
    from loading import LoadOperator, PurgeOperator

    class Company(AirflowPlugin):
        name = 'company'
        operators = [LoadOperator]
        hooks = []
    """

LOADING = """
    from airflow.models import BaseOperator
    from airflow.hooks.postgres_hook import PostgresHook

    class LoadOperator(BaseOperator):
        def __init__(self, table, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.table = table
        def execute(self, context):
            PostgresHook('stats').run(f'TRUNCATE TABLE {self.table}')

    class PurgeOperator(LoadOperator):
        pass
    """

BODY = """
    from airflow.operators import LoadOperator
    from airflow.operators.company import LoadOperator as Named
    from airflow.operators.other import LoadOperator as Other
    from airflow.operators import PurgeOperator
    LoadOperator(task_id='a', table='day', dag=dag)
    Named(task_id='b', table='week', dag=dag)
    Other(task_id='c', table='month', dag=dag)
    PurgeOperator(task_id='d', table='year', dag=dag)
    """


def test_operators_that_a_plugin_lists_are_followed_where_airflow_puts_them(tmp_path: Path) -> None:
    dag = read_body(tmp_path, BODY, plugins__company__py=PLUGIN, plugins__loading__py=LOADING)
    assert texts(task(dag, "a")) == ["TRUNCATE TABLE day"]
    assert texts(task(dag, "b")) == ["TRUNCATE TABLE week"]
    assert [texts(task(dag, one)) for one in "cd"] == [[], []]


def test_each_dag_sees_the_plugins_that_lie_nearest_to_it(tmp_path: Path) -> None:
    flow = """
        from airflow import DAG
        from airflow.operators import LoadOperator
        with DAG('{name}'):
            LoadOperator(task_id='t', table='x')
        """
    files = {}
    for name in ("one", "two"):
        files[f"{name}__dags__flow__py"] = flow.format(name=name)
        files[f"{name}__plugins__company__py"] = PLUGIN
        files[f"{name}__plugins__loading__py"] = LOADING.replace("TRUNCATE", f"/* {name} */ DROP")
    found = {dag.dag_id: texts(dag.tasks[0]) for dag in read([folder(tmp_path, **files)]).dags}
    assert found == {"one": ["/* one */ DROP TABLE x"], "two": ["/* two */ DROP TABLE x"]}
