from pathlib import Path

import pytest

from lockplan.config import find_config, load_config
from lockplan.errors import ConfigError
from lockplan.model.connection import Connection, Engine, Isolation

SETTINGS = """
[tool.lockplan]
workers = 8
[tool.lockplan.durations]
default = 90
"auto.load" = 300
[tool.lockplan.connections.mysql_stats]
engine = "mariadb"
server = "stats-db"
database = "stats"
isolation = "read-committed"
version = "10.11"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_settings_are_found_upward_from_the_folder(tmp_path):
    write(tmp_path, SETTINGS)
    dags = tmp_path / "airflow" / "dags"
    dags.mkdir(parents=True)
    write(dags.parent, "[project]\nname = 'without settings'\n")
    assert find_config(dags).workers == 8


def test_a_configured_connection_tells_engine_and_isolation(tmp_path):
    config = load_config(write(tmp_path, SETTINGS))
    resolved = config.resolve(Connection("mysql_stats"))
    assert resolved.engine is Engine.MARIADB
    assert resolved.isolation is Isolation.READ_COMMITTED
    assert resolved.server == "stats-db"


def test_a_connection_opened_in_code_learns_from_the_same_server(tmp_path):
    config = load_config(write(tmp_path, SETTINGS))
    opened = Connection("pymysql:stats-db", Engine.MYSQL, server="STATS-DB", autocommit=True)
    resolved = config.resolve(opened)
    assert (resolved.engine, resolved.version) == (Engine.MARIADB, "10.11")
    assert resolved.autocommit is True


def test_durations_fall_back_from_task_to_operator_to_default(tmp_path):
    config = load_config(write(tmp_path, SETTINGS))
    assert config.duration_s("auto.load", "PythonOperator") == 300
    assert config.duration_s("auto.other", "PythonOperator") == 90


def test_all_problems_of_a_configuration_are_named_at_once(tmp_path):
    file = write(
        tmp_path,
        "[tool.lockplan]\nworker = 3\nworkers = 0\n"
        "[tool.lockplan.connections.a]\nengine = 'mysq'\n",
    )
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    text = str(caught.value)
    assert "`worker`, did you mean `workers`?" in text
    assert "workers = 0" in text
    assert "'mysq'" in text


def test_a_broken_toml_file_is_named(tmp_path):
    file = write(tmp_path, "[tool.lockplan\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        load_config(file)


def test_the_time_zones_of_clocks_are_told(tmp_path):
    told = "[tool.lockplan]\nserver_timezone = 'Asia/Seoul'\nworker_timezone = 'UTC'\n"
    config = load_config(write(tmp_path, told))
    assert (config.server_timezone, config.worker_timezone) == ("Asia/Seoul", "UTC")


def test_a_time_zone_that_is_not_found_is_refused_with_a_way_out(tmp_path):
    file = write(tmp_path, "[tool.lockplan]\nserver_timezone = 'Asia/Soul'\n")
    with pytest.raises(ConfigError, match=r"server_timezone = 'Asia/Soul'.*pip install tzdata"):
        load_config(file)


def test_a_connection_is_to_a_server_and_not_to_a_resource(tmp_path):
    file = write(tmp_path, "[tool.lockplan.connections.a]\nengine = 'resource'\n")
    with pytest.raises(ConfigError, match="is no server"):
        load_config(file)
