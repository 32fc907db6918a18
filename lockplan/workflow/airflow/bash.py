"""Commands that hand SQL to a database's own client: Bash tasks, `subprocess`, `os.system`."""

from __future__ import annotations

import re
import shlex

from lockplan.model.connection import Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.rendering import rendered
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of
from lockplan.workflow.databases.targets import from_arguments, sqlite_file
from lockplan.workflow.values import Site, Text, Value

_CLIENTS = {"mysql": Engine.MYSQL, "mariadb": Engine.MARIADB, "psql": Engine.POSTGRESQL}
_OTHERS = ("sqlite3", "hive", "beeline", "bq", "clickhouse-client", "sqlplus", "snowsql")
_CALLS_CLIENT = re.compile(
    rf"(?:^|[\s;&|(`/])({'|'.join((*_CLIENTS, *_OTHERS))})(?=\s|$)", re.MULTILINE
)
_RUN_COMMANDS = frozenset(
    (
        "os.popen",
        "os.system",
        "subprocess.Popen",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "subprocess.run",
    )
)
_MARK = re.compile("\x01(\\d+)\x01")
_HOLE = re.compile("(\x01\\d+\x01|\\$\\w+|\\$\\{[^}]*\\}|\\$\\([^)]*\\))")


def run_bash(task: TaskObject, site: Site) -> Value:
    """Do the work of a Bash task."""
    command = rendered(task.arguments["bash_command"], task, site)
    at = Site(site.interpreter, task.defined_at, task.defined_at.line)
    return run_command(command, at)


def run_command(command: Value, site: Site) -> Value:
    """Note the SQL of ``mysql -e``, ``psql -c`` and ``sqlite3 file``; other uses are skipped."""
    recorder = recorder_of(site)
    known = _known_text(command)
    match = _CALLS_CLIENT.search(known)
    if recorder is None or match is None:
        return Unknown("output of a command")
    words = _words(known)
    if not words or words[0].rpartition("/")[2] != match.group(1):
        recorder.skip(site.span, f"a shell script that calls {match.group(1)}")
    elif not _run_client(match.group(1), words[1:], command, recorder, site):
        recorder.skip(site.span, f"SQL that {match.group(1)} gets from elsewhere")
    return Unknown("output of a command")


def resolve(dotted: str) -> Value | None:
    """Return the model of a function that runs a command, None for other names."""
    return Factory(dotted, _call) if dotted in _RUN_COMMANDS else None


def _call(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    command = argument(args, kwargs, 0, "args", "cmd", "command")
    return run_command(_as_one(command), site)


def _as_one(command: Value) -> Value:
    """Write a list of words as the shell would be given it."""
    if not isinstance(command, list | tuple):
        return command
    pieces: list[str | Text | Unknown] = []
    for word in command:
        if isinstance(word, str):
            pieces.append(shlex.quote(word))
        else:
            hole = word if isinstance(word, Text | Unknown) else Unknown("a word of a command")
            pieces += ["'", hole, "'"]
        pieces.append(" ")
    return Text.join(pieces)


def _run_client(
    client: str,
    words: list[str],
    command: Value,
    recorder: Recorder,
    site: Site,
) -> bool:
    found = _sqlite(words) if client == "sqlite3" else _client(client, words)
    if found is None:
        return False
    connection, sql = found
    recorder.run(Session(connection), _with_holes(sql, command), site)
    return True


def _client(client: str, words: list[str]) -> tuple[Connection, str] | None:
    engine = _CLIENTS.get(client)
    if engine is None:
        return None
    options = {"e": "sql", "c": "sql", "h": "host", "D": "database", "d": "database"}
    if engine is Engine.POSTGRESQL:
        options["p"] = "port"
    else:
        options |= {"P": "port"}
        options.pop("c")
    given, rest = _parsed(words, options)
    sql = given.get("sql") or given.get("execute") or given.get("command")
    if sql is None:
        return None
    database = given.get("database") or given.get("dbname") or next(iter(rest), None)
    host = given.get("host", "localhost")
    return from_arguments(client, engine, host, given.get("port"), database, True), sql


def _sqlite(words: list[str]) -> tuple[Connection, str] | None:
    plain = [word for word in words if not word.startswith("-")]
    if len(plain) != 2 or plain[1].startswith("."):
        return None
    return sqlite_file(plain[0], True), plain[1]


def _parsed(words: list[str], options: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Split a client's words into options that matter here, and the rest."""
    given: dict[str, str] = {}
    rest: list[str] = []
    waiting: str | None = None
    for word in words:
        if waiting is not None:
            given[waiting], waiting = word, None
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if equals:
                given[name] = value
            elif name in ("execute", "command", "host", "port", "database", "dbname"):
                waiting = name
        elif word.startswith("-") and word[1:2] in options:
            if word[2:]:
                given[options[word[1]]] = word[2:]
            else:
                waiting = options[word[1]]
        elif not word.startswith("-"):
            rest.append(word)
    return given, rest


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    return [] if any(word in ("|", "&&", "||", ";", "<", ">") for word in words) else words


def _known_text(command: Value) -> str:
    """Return the command with a mark for each hole, which shells and SQL leave alone."""
    if isinstance(command, Text):
        return "".join(
            part if isinstance(part, str) else f"\x01{n}\x01"
            for n, part in enumerate(command.parts)
        )
    return str(command) if isinstance(command, str) else ""


def _with_holes(sql: str, command: Value) -> Value:
    """Put the command's holes back into the SQL, and make holes of what the shell fills in."""
    pieces = []
    for piece in _HOLE.split(sql):
        mark = _MARK.fullmatch(piece)
        if mark is not None and isinstance(command, Text):
            pieces.append(command.parts[int(mark.group(1))])
        else:
            pieces.append(Unknown("a shell variable") if piece.startswith("$") else piece)
    return Text.join(pieces)
