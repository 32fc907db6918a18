import json

import pytest

from lockplan.config import EMPTY
from lockplan.errors import InputError
from lockplan.exports import read_connections, read_variables
from lockplan.model.connection import Connection, Engine


def file(tmp_path, content, name="export.json"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def resolved(tmp_path, content, connection, name="export.json"):
    from dataclasses import replace

    exported = read_connections(file(tmp_path, content, name))
    return replace(EMPTY, exported=exported).resolve(connection)


def test_variables_come_as_airflow_stores_them(tmp_path):
    told = {
        "sql_path": "/usr/local/airflow/sql",
        "tables": {"fact": "stats.fact"},
        "days": 7,
        "noted": {"value": "x", "description": "what it is for"},
    }
    variables = read_variables(file(tmp_path, told))
    assert variables["sql_path"] == "/usr/local/airflow/sql"
    assert json.loads(variables["tables"]) == {"fact": "stats.fact"}
    assert variables["days"] == "7"
    assert variables["noted"] == "x"


def test_a_connection_with_fields_tells_engine_server_and_database(tmp_path):
    fields = {"conn_type": "mysql", "host": "stats-db", "port": 3307, "schema": "stats"}
    found = resolved(tmp_path, {"x": {**fields, "password": "s3cret"}}, Connection("x"))
    assert found == Connection("x", Engine.MYSQL, "stats-db:3307", "stats")


def test_the_usual_port_names_no_other_server(tmp_path):
    one = resolved(tmp_path, {"x": "postgres://u:p@db:5432/dw"}, Connection("x"))
    other = resolved(tmp_path, {"y": "postgresql://db/dw"}, Connection("y"))
    assert (one.server, one.database) == (other.server, other.database) == ("db", "dw")


def test_lines_of_ids_and_uris_are_read_too(tmp_path):
    text = "# exported\nmysql_stats=mysql://batch:pw@stats-db/stats\n"
    found = resolved(tmp_path, text, Connection("mysql_stats"), "export.env")
    assert (found.engine, found.server) == (Engine.MYSQL, "stats-db")


def test_the_file_of_an_sqlite_connection_is_its_server(tmp_path):
    told = {"s": {"conn_type": "sqlite", "host": "/data/log.db"}}
    assert resolved(tmp_path, told, Connection("s")).server == "/data/log.db"


def test_a_database_that_the_operator_names_stays(tmp_path):
    told = {"x": {"conn_type": "mysql", "host": "stats-db", "schema": "stats"}}
    assert resolved(tmp_path, told, Connection("x", database="billing")).database == "billing"


def test_a_type_without_a_lock_model_keeps_what_the_hook_says(tmp_path):
    told = {"x": {"conn_type": "generic", "host": "h"}}
    assert resolved(tmp_path, told, Connection("x", Engine.MYSQL)).engine is Engine.MYSQL
    assert resolved(tmp_path, told, Connection("x")).engine is Engine.OTHER


def test_no_password_is_kept(tmp_path):
    told = {"x": "mysql://u:s3cret@h/d", "y": {"conn_type": "mysql", "password": "s3cret"}}
    assert "s3cret" not in repr(read_connections(file(tmp_path, told)))


@pytest.mark.parametrize("read", [read_variables, read_connections])
@pytest.mark.parametrize("text", ["{", "[1, 2]", "not json"])
def test_a_file_that_is_no_export_is_refused_with_the_way_out(tmp_path, read, text):
    with pytest.raises(InputError, match=r"export\.json.*airflow \w+ export"):
        read(file(tmp_path, text))


def test_a_connection_without_a_type_is_named(tmp_path):
    with pytest.raises(InputError, match="bad: has no conn_type"):
        read_connections(file(tmp_path, {"good": "mysql://h/d", "bad": {"host": "h"}}))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: cannot be read"):
        read_variables(tmp_path / "none.json")
