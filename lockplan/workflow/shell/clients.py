"""Command-line clients of databases: which of their words are SQL, files, servers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from lockplan.model.connection import Engine


class Given(NamedTuple):
    """A word that a client is given, and what it means to it."""

    role: str
    word: str


@dataclass(frozen=True, slots=True)
class Client:
    """How a client reads its command line."""

    engine: Engine
    options: Mapping[str, str]
    """By option: the role of the word that it takes. ``attached`` ones take no other word."""
    positional: tuple[str, ...] = ()
    """The roles of words without an option, in order; the last one for all that follow."""
    parameter: str = ""
    """How its scripts name a defined variable, with ``NAME`` for its name."""
    own_lines: str = r"(?!)"
    """Lines of a script that the client itself obeys."""
    includes: str = r"(?!)"
    """Lines of a script that name another one, as their only group."""
    autocommit: bool | None = True

    def read(self, words: list[str]) -> list[Given]:
        """Return what each word of a command line after the client's name means."""
        found: list[Given] = []
        plain: list[str] = []
        waiting = list(words)
        while waiting:
            word = waiting.pop(0)
            if word in self.options and self.options[word] != "attached":
                found.append(Given(self.options[word], waiting.pop(0) if waiting else ""))
            elif word.startswith("--"):
                name, _, value = word.partition("=")
                found.append(Given(self.options.get(name, "flag"), value or name))
            elif word.startswith("-") and len(word) > 1:
                found += self._cluster(word, waiting)
            else:
                plain.append(word)
        roles = self.positional or ("",)
        return found + [Given(roles[min(n, len(roles) - 1)], w) for n, w in enumerate(plain)]

    def _cluster(self, word: str, waiting: list[str]) -> list[Given]:
        """Read ``-tAc 'SELECT 1'``: flags of one letter, of which the last may take a word."""
        for position, letter in enumerate(word[1:], 2):
            role = self.options.get(f"-{letter}")
            if role is not None:
                rest = word[position:]
                if not rest and role != "attached" and waiting:
                    rest = waiting.pop(0)
                return [Given("flag", word[: position - 1]), Given(role, rest)]
        return [Given("flag", word)]


def by_role(given: list[Given]) -> dict[str, list[str]]:
    """Return the words of each role."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for role, word in given:
        found[role].append(word)
    return found


def _options(**roles: str) -> Mapping[str, str]:
    return {option: role for role, names in roles.items() for option in names.split()}


_MYSQL = _options(
    sql="-e --execute",
    host="-h --host -S --socket",
    port="-P --port",
    database="-D --database",
    settings="--defaults-file --defaults-extra-file --defaults-group-suffix --login-path",
    other="-u --user --default-character-set --ssl-ca --ssl-mode --protocol --delimiter",
    attached="-p --password",
)
_MYSQL_LINES = r"\s*delimiter\b.*"
_MYSQL_INCLUDES = r"\s*(?:source|\\\.)\s+(\S+?)\s*;?\s*"
_PSQL = _options(
    sql="-c --command",
    file="-f --file",
    host="-h --host",
    port="-p --port",
    database="-d --dbname",
    define="-v --set --variable",
    other="-U --username -o --output -L --log-file -P --pset -F --field-separator -R -T",
)
_HIVE = _options(
    sql="-e",
    file="-f",
    database="--database",
    define="-d --define --hivevar -hivevar --hiveconf -hiveconf",
    other="-i -S",
)
_BEELINE = _options(
    sql="-e",
    file="-f",
    database="-u",
    define="--hivevar --hiveconf",
    other="-n -p -d -i -w --outputformat",
)
_SPARK = _options(
    sql="-e",
    file="-f",
    database="--database",
    define="-d --define --hivevar --hiveconf",
    other="--master --deploy-mode --conf --name --queue --driver-memory --executor-memory"
    " --num-executors --executor-cores --driver-cores --jars --packages --properties-file -i",
)
_TRINO = _options(
    sql="--execute",
    file="-f --file",
    host="--server",
    database="--schema",
    other="--catalog --user --output-format --session --truststore-path --keystore-path",
)
_IMPALA = _options(
    sql="-q --query",
    file="-f --query_file",
    host="-i --impalad",
    database="-d --database",
    define="--var",
    other="-o --output_file -u --user --ca_cert --output_delimiter",
)
_CLICKHOUSE = _options(
    sql="-q --query",
    file="--queries-file",
    host="-h --host",
    port="--port",
    database="-d --database",
    other="-u --user --format --password --config-file",
)
_SNOWSQL = _options(
    sql="-q --query",
    file="-f --filename",
    host="-a --accountname",
    database="-d --dbname",
    define="-D --variable",
    settings="-c --connection --config",
    other="-u --username -s --schemaname -w --warehouse -r --rolename -o --option",
)
_SQLCMD = _options(
    sql="-Q -q",
    file="-i",
    host="-S",
    database="-d",
    define="-v",
    other="-U -P -o -s -W -h -t -l -m -f",
)
_BIGQUERY = _options(
    project="--project_id",
    into="--destination_table",
    other="--location --format --dataset_id --max_rows --parameter --job_id --label -n"
    " --source_format --schema --field_delimiter --skip_leading_rows --time_partitioning_field"
    " --time_partitioning_type --clustering_fields --write_disposition --apilog",
)
_SQLITE = _options(sql="-cmd --cmd", other="-separator -nullvalue -init -newline")
_DUCKDB = _options(sql="-c -s", file="-f", other="-separator -nullvalue -init -newline -cmd")
_HIVE_PARAMETER = r"\$\{(?:hivevar:|hiveconf:|system:)?NAME\}"
_PSQL_PARAMETER = r"(?<![:\w]):(?:NAME\b|'NAME'|\"NAME\")"

_mysql = Client(
    Engine.MYSQL, _MYSQL, ("database",), own_lines=_MYSQL_LINES, includes=_MYSQL_INCLUDES
)
_mariadb = Client(
    Engine.MARIADB, _MYSQL, ("database",), own_lines=_MYSQL_LINES, includes=_MYSQL_INCLUDES
)
_psql = Client(
    Engine.POSTGRESQL,
    _PSQL,
    ("database", "other"),
    _PSQL_PARAMETER,
    r"\s*\\.*",
    r"\s*\\(?:i|ir|include|include_relative)\s+'?([^\s']+)'?\s*",
)
_trino = Client(Engine.OTHER, _TRINO, ("host",))

CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "mysql": _mysql,
        "mariadb": _mariadb,
        "psql": _psql,
        "vsql": Client(Engine.OTHER, _PSQL, ("database", "other"), _PSQL_PARAMETER, r"\s*\\.*"),
        "sqlite3": Client(
            Engine.SQLITE,
            _SQLITE,
            ("database", "sql"),
            own_lines=r"\s*\..*",
            includes=r"\s*\.read\s+(\S+)\s*",
        ),
        "duckdb": Client(Engine.OTHER, _DUCKDB, ("database", "sql"), own_lines=r"\s*\..*"),
        "hive": Client(Engine.HIVE, _HIVE, (), _HIVE_PARAMETER, r"\s*!.*"),
        "beeline": Client(Engine.HIVE, _BEELINE, (), _HIVE_PARAMETER, r"\s*!.*"),
        "spark-sql": Client(Engine.OTHER, _SPARK, (), _HIVE_PARAMETER),
        "impala-shell": Client(Engine.OTHER, _IMPALA, (), r"\$\{var:NAME\}"),
        "trino": _trino,
        "trino-cli": _trino,
        "presto": _trino,
        "presto-cli": _trino,
        "clickhouse-client": Client(Engine.OTHER, _CLICKHOUSE),
        "snowsql": Client(Engine.SNOWFLAKE, _SNOWSQL, (), r"&\{?NAME\}?", r"\s*!.*"),
        "sqlcmd": Client(
            Engine.OTHER, _SQLCMD, ("other",), r"\$\(NAME\)", r"\s*(?::.*|go\s*\d*)\s*"
        ),
        "sqlplus": Client(
            Engine.OTHER,
            _options(other="-M"),
            ("database", "script"),
            r"&&?NAME\b\.?",
            r"\s*(?:/|(?:set|spool|whenever|exit|quit|prompt|column|connect|define)\b.*)\s*",
            r"\s*(?:@@?|start\s+)(\S+?)\s*;?\s*",
            autocommit=False,
        ),
        "bq": Client(Engine.BIGQUERY, _BIGQUERY, ("command", "sql")),
    }
)
"""The clients whose SQL is read."""

STANDALONE = frozenset({"sqlite3", "duckdb"})
"""Clients that open a file themselves."""
