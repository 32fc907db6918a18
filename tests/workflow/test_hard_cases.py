"""The ways of writing DAGs that are hardest to read without Airflow, one small example each."""

from textwrap import dedent

from lockplan.model.workflow import Dag, Task

from .reading import HEADER, edges, folder, read, read_body, read_dag, read_text, task, texts


def sql(dag: Dag, task_id: str) -> list[str]:
    return texts(task(dag, task_id))


def reasons(one: Task) -> str:
    return " ".join(skipped.reason for skipped in one.skipped)


def test_a_function_of_the_date_gives_the_text_to_a_framework_class(tmp_path):
    dag = read_body(
        tmp_path,
        """
        import airflow
        from plugins.framework import Partitioned
        def visits_sql(ds):
            return '''
                INSERT OVERWRITE TABLE {db}.visits PARTITION (country, dt)
                SELECT a, 'nl' AS country, '{pt}' AS dt FROM {db}.clicks
                WHERE dt BETWEEN '{pt}' AND '{next}'
            '''.format(db='mart', pt=ds, next=airflow.macros.ds_add(ds, +1))
        def work(ds, execution_date, dag, **kwargs):
            Partitioned([{'table': 'visits', 'hql': visits_sql(ds)}]).run()
        PythonOperator(task_id='visits', python_callable=work, provide_context=True, dag=dag)
        """,
        plugins__framework__py="""
            from airflow.hooks.hive_hooks import HiveCliHook
            class Partitioned:
                def __init__(self, steps):
                    self.steps = steps
                def run(self):
                    for step in self.steps:
                        HiveCliHook().run_cli(step['hql'])
            """,
    )
    (text,) = sql(dag, "visits")
    assert "INTO" not in text
    assert "BETWEEN '2024-01-15' AND '2024-01-16'" in text
    assert "TABLE mart.visits PARTITION" in text


def test_tasks_made_from_a_list_of_dictionaries_write_one_table(tmp_path):
    dag = read_body(
        tmp_path,
        """
        import pymysql
        STEPS = [
            {'task': 'rides', 'sql': "SELECT d, n FROM rides WHERE d = '{ds}'",
             'insert': 'INSERT INTO daily (d, rides) VALUES (%s, %s) '
                       'ON DUPLICATE KEY UPDATE rides = VALUES(rides)'},
            {'task': 'sales', 'sql': "SELECT d, n FROM sales WHERE d = '{ds}'",
             'insert': 'INSERT INTO daily (d, sales) VALUES (%s, %s) '
                       'ON DUPLICATE KEY UPDATE sales = VALUES(sales)'},
        ]
        def copy(ds, sql, insert, **kwargs):
            connection = pymysql.connect(host='db', database='shop')
            cursor = connection.cursor()
            cursor.execute(sql.format(ds=ds))
            batch = []
            for row in cursor.fetchall():
                batch.append(row)
                if len(batch) == 100:
                    cursor.executemany(insert, batch)
                    batch = []
            cursor.executemany(insert, batch)
            connection.commit()
        for step in STEPS:
            PythonOperator(task_id=step['task'], python_callable=copy, dag=dag,
                           op_kwargs={'sql': step['sql'], 'insert': step['insert']})
        """,
    )
    for name in ("rides", "sales"):
        assert f"SELECT d, n FROM {name} WHERE d = '2024-01-15'" in sql(dag, name)
        assert any(text.startswith(f"INSERT INTO daily (d, {name})") for text in sql(dag, name))


def test_a_window_on_the_wall_clock_is_not_the_logical_date(tmp_path):
    dag = read_body(
        tmp_path,
        """
        import math, time
        import MySQLdb
        from airflow.hooks.base_hook import BaseHook
        def connect(conn_id):
            found = BaseHook.get_connection(conn_id)
            return MySQLdb.connect(host=found.host, user=found.login, passwd=found.password)
        def watch():
            since = math.floor(time.time() / 600) * 600
            cursor = connect('orders_db').cursor()
            cursor.execute("DELETE FROM alarms WHERE at < '%s'" % since)
        PythonOperator(task_id='watch', python_callable=watch, dag=dag)
        """,
    )
    (text,) = sql(dag, "watch")
    assert text.startswith("DELETE FROM alarms WHERE at <")
    assert "2024-01-15" not in text


def test_writes_that_stand_in_an_own_operators_fields(tmp_path):
    dag = read_dag(
        tmp_path,
        """
        from datetime import datetime
        from airflow import DAG
        from airflow.models import Variable
        from operators.copying import CopyOperator
        try:
            with DAG('pay', schedule='@daily', start_date=datetime(2024, 1, 1),
                     template_searchpath=Variable.get('sql_folder')) as dag:
                CopyOperator(task_id='copy', sql='pay.sql', target='salaries', pool='narrow',
                             before="DELETE FROM salaries WHERE day >= '{{ ds }}'",
                             parameters={'day': '{{ ds }}'})
        except Exception as error:
            print(error)
        """,
        operators__copying__py="""
            from airflow.models import BaseOperator
            from airflow.hooks.mysql_hook import MySqlHook
            class CopyOperator(BaseOperator):
                template_fields = ('sql', 'before', 'parameters')
                template_ext = ('.sql',)
                def __init__(self, sql, target, before, parameters, *args, **kwargs):
                    super().__init__(*args, **kwargs)
                    self.sql, self.target, self.before = sql, target, before
                    self.parameters = parameters
                def execute(self, context):
                    hook = MySqlHook('pay_db')
                    rows = hook.get_records(self.sql, parameters=self.parameters)
                    hook.run(self.before)
                    hook.insert_rows(table=self.target, rows=rows)
            """,
        sql__pay__sql="SELECT * FROM wages WHERE day = %(day)s",
    )
    found = sql(dag, "copy")
    assert any(text.startswith("SELECT * FROM wages WHERE day =") for text in found)
    assert "DELETE FROM salaries WHERE day >= '2024-01-15'" in found
    assert any("INSERT INTO salaries" in text for text in found)
    assert task(dag, "copy").pool == "narrow"


def test_a_parameter_of_a_file_found_by_name_is_the_date(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from airflow.models import Variable
        from airflow.providers.postgres.operators.postgres import PostgresOperator
        folder = Variable.get('sql_path')
        def load(name):
            return PostgresOperator(task_id=name, sql=f'{name}.sql', dag=dag,
                                    parameters={'start': '{{ ds }}', 'end': '{{ tomorrow_ds }}'})
        loads = [load(name) for name in ('orders', 'visits')]
        loads[0] >> loads[1]
        """,
        queries__orders__sql="DELETE FROM orders WHERE d >= %(start)s AND d < %(end)s",
        queries__visits__sql="DELETE FROM visits WHERE d = %(start)s",
    )
    assert edges(dag) == {("orders", "visits")}
    (statement,) = task(dag, "orders").statements
    assert "orders" in sql(dag, "orders")[0]
    assert statement.params or "2024-01-15" in sql(dag, "orders")[0]


def test_constants_of_other_modules_with_params_and_zipped_lists(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from itertools import chain
        from airflow.providers.postgres.operators.postgres import PostgresOperator
        from sql.areas import SWAP
        TABLES = {'north': 1, 'south': 2}
        drops = [EmptyOperator(task_id=f'drop_{key}', dag=dag) for key in TABLES]
        swaps = [PostgresOperator(task_id=f'swap_{key}', sql=SWAP, dag=dag,
                                  params=dict(table=f'areas_{key}')) for key in TABLES]
        for drop, swap in zip(drops, swaps):
            drop >> swap
        done = EmptyOperator(task_id='done', dag=dag)
        list(chain(*[[swap] for swap in swaps])) >> done
        """,
        sql__areas__py="SWAP = 'ALTER TABLE {{ params.table }}_new RENAME TO {{ params.table }}'",
    )
    assert sql(dag, "swap_south") == ["ALTER TABLE areas_south_new RENAME TO areas_south"]
    assert edges(dag) == {
        ("drop_north", "swap_north"),
        ("drop_south", "swap_south"),
        ("swap_north", "done"),
        ("swap_south", "done"),
    }


def test_a_dag_for_each_dataclass_with_names_from_enums(tmp_path):
    workflow = read_text(
        tmp_path,
        """
        import textwrap
        from dataclasses import dataclass
        from datetime import datetime
        from enum import Enum
        from airflow.decorators import dag, task
        from airflow.providers.postgres.hooks.postgres import PostgresHook
        class Medium(Enum):
            IMAGE = 'image'
            AUDIO = 'audio'
        @dataclass
        class Conf:
            medium: Medium
            schema: str = 'public'
            @property
            def dag_id(self):
                return f'load_{self.medium.value}'
        def load(table, stamp):
            PostgresHook('pg').run(textwrap.dedent(f'''
                INSERT INTO {table}
                SELECT * FROM temp_{stamp};
            '''))
        def create(conf):
            @dag(dag_id=conf.dag_id, start_date=datetime(2024, 1, 1), schedule='@daily')
            def made():
                task(load)(f'{conf.schema}.{conf.medium.value}', '{{ ts_nodash }}')
            return made()
        for conf in [Conf(Medium.IMAGE), Conf(Medium.AUDIO, 'sound')]:
            globals()[conf.dag_id] = create(conf)
        """,
    )
    found = {dag.dag_id: sql(dag, "load") for dag in workflow.dags}
    assert found["load_image"] == ["INSERT INTO public.image SELECT * FROM temp_20240115T000000;"]
    assert found["load_audio"][0].startswith("INSERT INTO sound.audio")


def test_equal_module_names_of_sibling_roots_stay_apart(tmp_path):
    flow = """
        from airflow import DAG
        from config import TABLE, DAG_ID
        from airflow.providers.postgres.operators.postgres import PostgresOperator
        macros = {'double': lambda x: x * 2}
        with DAG(DAG_ID, schedule='@weekly', user_defined_macros=macros) as dag:
            PostgresOperator(task_id='t', sql='TRUNCATE ' + TABLE)
        """
    root = folder(
        tmp_path,
        one__dags__flow__py=flow,
        one__dags__config__py="TABLE, DAG_ID = 'a', 'one'",
        two__dags__flow__py=flow,
        two__dags__config__py="TABLE, DAG_ID = 'b', 'two'",
    )
    found = {dag.dag_id: sql(dag, "t") for dag in read([root]).dags}
    assert found == {"one": ["TRUNCATE a"], "two": ["TRUNCATE b"]}


def test_dags_of_a_web_request_are_said_not_to_be_known(tmp_path):
    workflow = read_text(
        tmp_path,
        HEADER
        + dedent("""
        import os, requests
        def run(**context):
            conf = context['dag_run'].conf
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            PostgresHook('pg').run(f"DELETE FROM {conf['table']}")
        PythonOperator(task_id='known', python_callable=run, dag=dag)
        for each in requests.get(os.environ['ADDRESS']).json():
            with DAG(each['name']) as made:
                EmptyOperator(task_id='t')
            globals()[each['name']] = made
        """),
    )
    assert [dag.dag_id for dag in workflow.dags] == ["d"]
    assert sql(workflow.dags[0], "known")[0].startswith("DELETE FROM ")
    assert any(skipped.what == "dag" for skipped in workflow.skipped)


def test_a_builder_with_closures_and_settings_of_variables(tmp_path):
    dag = read_dag(
        tmp_path,
        """
        from builders import build
        # an airflow dag
        dag = build('chain_export', prefix='eth', tables=('blocks', 'logs'))
        """,
        builders__py="""
            import os
            from datetime import datetime
            from airflow import DAG
            from airflow.models import Variable
            from airflow.operators.python import PythonOperator
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            def read_var(name, prefix=None, required=True, **options):
                return Variable.get(f'{prefix}_{name}', **options)
            def build(dag_id, prefix, tables, start_date=datetime(2024, 1, 1)):
                names = read_var('names', prefix, default_var={'schema': 'chain'},
                                 deserialize_json=True)
                folder = os.path.join(os.path.dirname(__file__), 'resources')
                dag = DAG(dag_id, start_date=start_date, schedule='@daily')
                def add(table, dependencies=()):
                    def load(ds, **kwargs):
                        with open(os.path.join(folder, f'{table}.sql')) as file:
                            text = file.read()
                        PostgresHook('pg').run(text.replace('SCHEMA', names['schema']))
                    operator = PythonOperator(task_id=f'load_{table}', python_callable=load,
                                              dag=dag)
                    for dependency in dependencies:
                        dependency >> operator
                    return operator
                first = add(tables[0])
                add(tables[1], dependencies=[first])
                return dag
            """,
        resources__blocks__sql="DELETE FROM SCHEMA.blocks",
        resources__logs__sql="DELETE FROM SCHEMA.logs",
    )
    assert edges(dag) == {("load_blocks", "load_logs")}
    assert sql(dag, "load_logs")[0].endswith(".logs")


def test_an_own_client_of_sqlite_that_attaches_another_file(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from airflow.decorators import task
        from helpers.lite import Lite
        from sql.create import create_table
        @task(dag=dag)
        def build():
            with Lite('/data/places.db') as lite:
                lite.run(create_table('places'))
                lite.attach('/data/old.db', 'old')
                lite.run('INSERT INTO places SELECT * FROM old.places')
        build()
        """,
        helpers__lite__py="""
            import sqlite3
            class Lite:
                def __init__(self, location):
                    self.location = location
                def __enter__(self):
                    self.connection = sqlite3.connect(self.location)
                    self.cursor = self.connection.cursor()
                    return self
                def __exit__(self, kind, value, trace):
                    self.connection.commit()
                    self.connection.close()
                def run(self, query):
                    return self.cursor.execute(query)
                def attach(self, location, name):
                    self.run(f"ATTACH DATABASE '{location}' AS {name}")
            """,
        sql__create__py="def create_table(name):\n    return f'CREATE TABLE {name} (id INT)'\n",
    )
    assert sql(dag, "build") == [
        "CREATE TABLE places (id INT)",
        "ATTACH DATABASE '/data/old.db' AS old",
        "INSERT INTO places SELECT * FROM old.places",
    ]
    assert "/data/places.db" in repr(task(dag, "build").statements[0].connection)


def test_plugin_operators_with_texts_in_class_attributes(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from plugins.loads import LoadOperator, Queries
        LoadOperator(task_id='users', table='users', select=Queries.users, dag=dag)
        LoadOperator(task_id='plays', table='plays', select=Queries.plays, clear=True, dag=dag)
        """,
        plugins__loads__py="""
            from airflow.models import BaseOperator
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            class Queries:
                users = 'SELECT id FROM staged'
                plays = 'SELECT at FROM staged'
            class LoadOperator(BaseOperator):
                template = 'INSERT INTO {} {}'
                def __init__(self, conn_id='pg', table='', select='', clear=False, **kwargs):
                    super().__init__(**kwargs)
                    self.conn_id, self.table = conn_id, table
                    self.select, self.clear = select, clear
                def execute(self, context):
                    hook = PostgresHook(postgres_conn_id=self.conn_id)
                    if self.clear:
                        hook.run(f'TRUNCATE {self.table}')
                    hook.run(LoadOperator.template.format(self.table, self.select))
            """,
    )
    assert sql(dag, "users") == ["INSERT INTO users SELECT id FROM staged"]
    assert sql(dag, "plays") == ["TRUNCATE plays", "INSERT INTO plays SELECT at FROM staged"]


def test_a_path_of_another_machine_is_found_by_its_name(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from jobs.runner import run_file
        path_sql = '/srv/etl/production/sql'
        PythonOperator(task_id='run', python_callable=run_file, dag=dag,
                       op_kwargs={'sql': f'{path_sql}/daily_sums.sql', 'day': '{{ ds }}'})
        """,
        jobs__runner__py="""
            import pymysql
            def run_file(sql, day):
                text = open(sql, 'r').read().replace('DAY', day)
                connection = pymysql.connect(host='db', database='mart')
                with connection.cursor() as cursor:
                    cursor.execute(text)
                connection.commit()
            """,
        sql__daily_sums__sql="DELETE FROM sums WHERE d = 'DAY'",
    )
    assert sql(dag, "run") == ["DELETE FROM sums WHERE d = '2024-01-15'"]


def test_partition_names_in_templates_and_checks(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.google.cloud.operators.bigquery import (
            BigQueryCheckOperator, BigQueryInsertJobOperator)
        check = BigQueryCheckOperator(
            task_id='check', dag=dag,
            sql='SELECT COUNT(*) FROM mart.days${{ yesterday_ds_nodash }}')
        load = BigQueryInsertJobOperator(
            task_id='load', dag=dag,
            configuration={'query': {'query': "DELETE FROM mart.days WHERE d = '{{ ds }}'"}})
        check >> load
        """,
    )
    assert sql(dag, "check") == ["SELECT COUNT(*) FROM mart.days$20240114"]
    assert sql(dag, "load") == ["DELETE FROM mart.days WHERE d = '2024-01-15'"]


def test_lists_of_statements_checks_transfers_and_a_watcher(tmp_path):
    dag = read_body(
        tmp_path,
        """
        from airflow.decorators import task
        from airflow.providers.common.sql.operators.sql import (
            SQLColumnCheckOperator, SQLExecuteQueryOperator, SQLInsertRowsOperator)
        from airflow.providers.common.sql.operators.generic_transfer import GenericTransfer
        @task(trigger_rule='one_failed')
        def watcher():
            raise ValueError()
        with dag:
            make = SQLExecuteQueryOperator(
                task_id='make', conn_id='db', sql=['CREATE TABLE a (x INT)', 'DELETE FROM b'])
            fill = SQLInsertRowsOperator(
                task_id='fill', conn_id='db', table_name='a', rows=[(1,)],
                preoperator='DELETE FROM a')
            look = SQLColumnCheckOperator(
                task_id='look', conn_id='db', table='a',
                column_mapping={'x': {'min': {'equal_to': 1}}})
            move = GenericTransfer(
                task_id='move', sql='SELECT * FROM a', destination_table='c',
                source_conn_id='db', destination_conn_id='db')
            drop = SQLExecuteQueryOperator(task_id='drop', conn_id='db', sql='DROP TABLE a')
            make >> fill >> [look, move] >> drop.as_teardown(setups=make)
            list(dag.tasks) >> watcher()
        """,
    )
    assert sql(dag, "make") == ["CREATE TABLE a (x INT)", "DELETE FROM b"]
    assert "DELETE FROM a" in sql(dag, "fill")
    assert any("INSERT INTO a" in text for text in sql(dag, "fill"))
    assert any("FROM a" in text for text in sql(dag, "look"))
    assert any("INSERT INTO c" in text for text in sql(dag, "move"))
    found = edges(dag)
    assert {("make", "fill"), ("look", "drop"), ("move", "drop"), ("make", "drop")} <= found
    assert {up for up, down in found if down == "watcher"} == {
        "make",
        "fill",
        "look",
        "move",
        "drop",
    }


def test_assets_and_mapped_groups(tmp_path):
    workflow = read_text(
        tmp_path,
        """
        from airflow.sdk import DAG, Asset, Label, asset, task, task_group
        a, b, c = Asset('a'), Asset('b'), Asset('c')
        @asset(schedule='@daily')
        def rates():
            pass
        with DAG('fan', schedule=a & (b | c)) as fan:
            @task
            def numbers():
                return [1, 2]
            @task.branch
            def choose():
                return 'end'
            @task_group
            def each(x):
                @task
                def load(x):
                    pass
                @task
                def check(x):
                    pass
                load(x) >> check(x)
            @task
            def end():
                pass
            choose() >> Label('now') >> end()
            each.expand(x=numbers())
        if __name__ == '__main__':
            fan.test()
        """,
    )
    found = {dag.dag_id: dag for dag in workflow.dags}
    assert sorted(found) == ["fan", "rates"]
    assert {one.key.task_id for one in found["fan"].tasks} == {
        "numbers",
        "choose",
        "end",
        "each.load",
        "each.check",
    }
    assert {("choose", "end"), ("each.load", "each.check"), ("numbers", "each.load")} <= edges(
        found["fan"]
    )
