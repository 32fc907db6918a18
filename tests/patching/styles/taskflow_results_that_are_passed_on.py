# Airflow 2 and 3
from datetime import datetime

from airflow.decorators import dag, task


@task
def load(game):
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")
    return game


@task
def fix(game):
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def night():
    golf = load("golf")
    cards = load("cards")
    fix([golf, cards])
    return golf


night()
