"""SQL in functions that threads, processes, pools and event loops call."""

from pathlib import Path

import pytest

from lockplan.model.workflow import Task

from .reading import read_body, task, texts

BEGINNING = """
import asyncio, multiprocessing, threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool, Process
import joblib
import tools
from airflow.providers.postgres.hooks.postgres import PostgresHook

def fill(table, source='s'):
    PostgresHook('pg').run(f'INSERT INTO {table} SELECT * FROM {source}')

async def fill_later(table):
    fill(table)

def name_of_target():
    return 'a'

class Filler(threading.Thread):
    def __init__(self, table):
        super().__init__()
        self.table = table

    def run(self):
        fill(self.table)

def work():
    {code}

PythonOperator(task_id='t', python_callable=work, dag=dag)
"""


def work(tmp_path: Path, code: str) -> Task:
    return task(read_body(tmp_path, BEGINNING.replace("{code}", code)), "t")


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=fill, args=('a',)).start()",
        "Process(target=fill, kwargs={'table': 'a'}).start()",
        "multiprocessing.get_context('spawn').Process(target=fill, args=['a']).start()",
        "threading.Timer(5, fill, ['a']).start()",
        "Filler('a').start()",
        "ThreadPoolExecutor().submit(fill, 'a', source='s')",
        "ThreadPoolExecutor().map(fill, ['a'], ['s'])",
        "Pool(4).map(fill, ['a'])",
        "Pool(4).starmap(fill, [('a', 's')])",
        "Pool(4).apply_async(fill, ('a',), {'source': 's'}).get()",
        "joblib.Parallel(2)(joblib.delayed(fill)(t) for t in ['a'])",
        "asyncio.run(asyncio.to_thread(fill, 'a'))",
        "asyncio.get_event_loop().run_in_executor(None, fill, 'a')",
        "asyncio.run(fill_later('a'))",
        "Pool(4).map(PostgresHook('pg').run, ['INSERT INTO a SELECT * FROM s'])",
        "fill(ThreadPoolExecutor().submit(name_of_target).result())",
    ],
)
def test_what_another_thread_or_process_sends_belongs_to_the_task(tmp_path, code):
    assert texts(work(tmp_path, code)) == ["INSERT INTO a SELECT * FROM s"]


def test_a_function_mapped_over_known_elements_runs_for_each(tmp_path):
    code = "ThreadPoolExecutor().map(fill, ['a', 'b'])"
    assert [text.split()[2] for text in texts(work(tmp_path, code))] == ["a", "b"]


def test_a_function_mapped_over_unknown_elements_may_write_any_table_often(tmp_path):
    code = "Pool().map(fill, tools.tables())"
    (statement,) = work(tmp_path, code).statements
    assert "INSERT INTO" in statement.parts[0]
    assert statement.repeated
    assert statement.conditional


def test_a_function_given_to_code_outside_the_folder_may_be_called(tmp_path):
    code = "tools.for_each_customer(lambda row: PostgresHook('pg').run('DELETE FROM gone'))"
    (statement,) = work(tmp_path, code).statements
    assert statement.parts == ("DELETE FROM gone",)
    assert statement.conditional
    assert statement.repeated


def test_what_a_foreign_decorator_is_given_runs_only_where_it_is_called(tmp_path):
    code = """@tools.retrying
    def never_called():
        fill('a')"""
    assert texts(work(tmp_path, code)) == []
