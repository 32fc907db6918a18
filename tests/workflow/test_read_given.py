"""What the user tells of Airflow: Variables and the environment."""

from lockplan.workflow import read

from .reading import DATES, HEADER, folder


def first_sql(tmp_path, body, **told):
    root = folder(tmp_path, flow__py=HEADER + body)
    (dag,) = read(root, **told).dags
    return [statement.render(DATES) for task in dag.tasks for statement in task.statements]


OPERATOR = """
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
SQLExecuteQueryOperator(task_id='t', conn_id='c', sql=SQL, dag=dag)
"""


def test_a_variable_that_is_told_goes_before_the_default_of_the_code(tmp_path):
    body = "from airflow.models import Variable\nSQL = 'TRUNCATE ' + Variable.get('table', 't')\n"
    assert first_sql(tmp_path, body + OPERATOR) == ["TRUNCATE t"]
    told = {"table": "stats.fact"}
    assert first_sql(tmp_path, body + OPERATOR, variables=told) == ["TRUNCATE stats.fact"]


def test_a_variable_of_json_is_read_as_such(tmp_path):
    body = """
from airflow.models import Variable
SQL = 'TRUNCATE ' + Variable.get('conf', deserialize_json=True)['tables'][0]
"""
    told = {"conf": '{"tables": ["fact"]}'}
    assert first_sql(tmp_path, body + OPERATOR, variables=told) == ["TRUNCATE fact"]


def test_templates_see_the_variables(tmp_path):
    body = "SQL = 'TRUNCATE {{ var.value.schema }}.{{ var.json.conf.table }}'\n"
    told = {"schema": "stats", "conf": '{"table": "fact"}'}
    assert first_sql(tmp_path, body + OPERATOR, variables=told) == ["TRUNCATE stats.fact"]


def test_a_template_has_its_default_for_what_is_not_told(tmp_path):
    body = "SQL = \"TRUNCATE {{ var.value.get('table', 'fact') }}\"\n"
    assert first_sql(tmp_path, body + OPERATOR) == ["TRUNCATE fact"]


def test_the_environment_is_what_is_told_and_not_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("STAGE", "of_this_machine")
    body = "import os\nSQL = 'TRUNCATE ' + os.environ['STAGE'] + '.fact'\n"
    assert first_sql(tmp_path, body + OPERATOR) == ["TRUNCATE <?>.fact"]
    told = {"STAGE": "prod"}
    assert first_sql(tmp_path, body + OPERATOR, environment=told) == ["TRUNCATE prod.fact"]
