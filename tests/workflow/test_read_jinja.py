"""Jinja that a task's own code renders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.reading import read_body, task, texts

COPY = "INSERT INTO {{ target }} SELECT * FROM s{% if day %} WHERE d = '{{ day }}'{% endif %}"
SENT = "INSERT INTO mart.t SELECT * FROM s WHERE d = '1'"


@pytest.mark.parametrize(
    "made",
    [
        "Template(open(here + '/sql/copy.sql').read()).render(target='mart.t', day=1)",
        "Template(Path(here, 'sql/copy.sql').read_text()).render({'target': 'mart.t', 'day': 1})",
        "Environment(loader=FileSystemLoader(here + '/sql')).get_template('copy.sql')"
        ".render(target='mart.t', day=1)",
        "Environment().from_string(TEXT).render(target='mart.t', day=1)",
        "Environment(loader=DictLoader({'x': TEXT})).get_template('x')"
        ".render(**{'target': 'mart.t', 'day': 1})",
        "context['task'].render_template(TEXT, {**context, 'target': 'mart.t', 'day': 1})",
    ],
)
def test_sql_that_a_callable_renders_with_jinja_is_read(tmp_path: Path, made: str) -> None:
    body = f"""
    import os
    from pathlib import Path
    from jinja2 import DictLoader, Environment, FileSystemLoader, Template
    from airflow.providers.mysql.hooks.mysql import MySqlHook
    here = os.path.dirname(__file__)
    TEXT = {COPY!r}
    def work(**context):
        MySqlHook().run({made})
    PythonOperator(task_id='t', python_callable=work, dag=dag)
    """
    one = task(read_body(tmp_path, body, sql__copy__sql=COPY), "t")
    assert (texts(one), one.skipped) == ([SENT], ())
