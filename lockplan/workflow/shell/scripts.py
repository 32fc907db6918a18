"""Following a shell script to the SQL that its commands hand to databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from lockplan.model.connection import Connection
from lockplan.model.place import Span
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.recorder import looks_like_sql
from lockplan.workflow.shell.clients import CLIENTS, Client, Given, by_role
from lockplan.workflow.shell.commands import Command, Script
from lockplan.workflow.shell.holes import Holes
from lockplan.workflow.shell.outputs import date_written, echoed
from lockplan.workflow.shell.servers import Roles, connection_of
from lockplan.workflow.shell.words import UnreadableScriptError

File = tuple[str, Span]
"""A file's text and its place."""

_DEEPEST = 5
_TOO_DEEP = "a script that runs others too deep to be followed"
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "su"})
_REMOTE = frozenset({"ssh", "eval"})
_STARTS_ANOTHER = frozenset(
    {"sudo", "exec", "time", "nohup", "env", "command", "nice", "timeout", "docker", "podman"}
    | {"docker-compose", "kubectl", "gosu", "su-exec", "xargs", "retry", "ionice", "stdbuf"}
)
_ASKS_NOTHING = frozenset({"--version", "-V", "--help", "-l", "--list", "-?"})
_COPY = re.compile(r"\s*\\(copy\s.*)", re.IGNORECASE)
_ENDS_A_BATCH = re.compile(r"\s*go\s*\d*\s*", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\$\{[^}]*\}")
_BIGQUERY_COMMANDS = {
    "load": INSERT_ROWS.format("`{0}`"),
    "insert": INSERT_ROWS.format("`{0}`"),
    "rm": "DROP TABLE `{0}`",
    "mk": "CREATE TABLE IF NOT EXISTS `{0}` (x INT64)",
    "extract": "SELECT * FROM `{0}`",
    "cp": "CREATE OR REPLACE TABLE `{1}` AS SELECT * FROM `{0}`",
}
"""What other commands of ``bq`` than ``query`` do to the tables that they name."""


@dataclass(frozen=True, slots=True)
class Sent:
    """SQL that a command hands to a database."""

    sql: str
    connection: Connection
    built_at: Span | None
    conditional: bool
    repeated: bool


@dataclass(slots=True)
class Reader:
    """Reads one script, and those that it runs."""

    holes: Holes
    find_file: Callable[[str], File | None]
    sent: list[Sent] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    """Why SQL that a client may get is not known."""
    _depth: int = 0

    def read(self, source: str, variables: dict[str, str] | None = None) -> None:
        """Follow a script."""
        if self._depth >= _DEEPEST:
            self.missed.append(_TOO_DEEP)
            return
        self._depth += 1
        try:
            script = Script(source, self.holes, self._output_of, dict(variables or {}))
            for command in script.commands():
                self._run(command, command.words)
        except UnreadableScriptError:
            self.missed.append("a shell script whose quotes do not end")
        self._depth -= 1

    def _run(self, command: Command, words: list[str]) -> None:
        name = PurePosixPath(words[0]).name
        if name == "clickhouse" and words[1:2] in (["client"], ["local"]):
            name, words = "clickhouse-client", words[1:]
        if name in CLIENTS:
            self._run_client(name, words[1:], command)
        elif (
            name in _SHELLS | _REMOTE or name.endswith((".sh", ".bash")) or name in (".", "source")
        ):
            self._run_script(name, words, command)
        elif name in _STARTS_ANOTHER:
            inner = next((n for n, w in enumerate(words[1:], 1) if _runs(w)), None)
            if inner is not None:
                self._run(command, words[inner:])

    def _run_script(self, name: str, words: list[str], command: Command) -> None:
        if "-c" in words:
            self._nested(words[words.index("-c") + 1 : words.index("-c") + 2], command)
        elif name in _REMOTE:
            plain = [n for n, word in enumerate(words[1:], 1) if not word.startswith("-")]
            self._nested(
                [" ".join(words[plain[name == "ssh"] :])] if len(plain) > 1 else [], command
            )
        else:
            files = words if name.endswith((".sh", ".bash")) else words[1:]
            given = next((word for word in files if not word.startswith("-")), None)
            file = self.find_file(given) if given is not None else None
            if file is not None:
                self._nested([file[0]], command)
            elif given is not None:
                self.missed.append(f"the script {self.holes.shown(given)} is not in the folder")
            elif command.text is not None:
                self._nested([command.text], command)

    def _nested(self, sources: Iterable[str], command: Command) -> None:
        """Follow scripts that a command runs, which happens as often as the command runs."""
        before = len(self.sent)
        for source in sources:
            self.read(source, command.environment)
        for n, one in enumerate(self.sent[before:], before):
            conditional = one.conditional or command.conditional
            repeated = one.repeated or command.repeated
            self.sent[n] = Sent(one.sql, one.connection, one.built_at, conditional, repeated)

    # clients

    def _run_client(self, name: str, words: list[str], command: Command) -> None:
        client = CLIENTS[name]
        given = client.read(words)
        roles = by_role(given)
        connection = connection_of(name, client, roles, command.environment, self.holes)
        for text, place in self._texts(name, roles, given, command):
            sql = self._without_own_lines(client, text, roles)
            if sql.strip(" ;\n\t"):
                circumstances = (command.conditional, command.repeated)
                self.sent.append(Sent(sql, connection, place, *circumstances))

    def _texts(
        self, name: str, roles: Roles, given: list[Given], command: Command
    ) -> list[tuple[str, Span | None]]:
        """Return the texts that a client is given, each with the place of its file."""
        if name == "bq" and roles.get("command", [""])[0] != "query":
            return _bigquery_command(roles)
        found: list[tuple[str, Span | None]] = []
        asked = [(role, word) for role, word in given if role in ("sql", "file", "script")]
        if name == "bq":
            asked = [("sql", _bigquery_query(roles))] if roles.get("sql") else []
        for role, word in asked:
            if role == "sql" and not word.startswith("@"):
                found.append((word, None))
            elif word == "-":
                found += self._input(name, command)
            else:
                found += self._file(name, word.removeprefix("@"))
        if not asked and not _ASKS_NOTHING & set(roles.get("flag", ())):
            found += self._input(name, command)
        return found

    def _input(self, name: str, command: Command) -> list[tuple[str, Span | None]]:
        """Return the standard input of a client, and say where it is not known."""
        found = self._standard_input(command)
        if found is None:
            where = self.holes.shown(command.file or "") or "elsewhere"
            self.missed.append(f"SQL that {name} gets from {where}")
        return found or []

    def _standard_input(self, command: Command) -> list[tuple[str, Span | None]] | None:
        if command.text is not None:
            return [(command.text, None)]
        if command.file is not None:
            file = self.find_file(command.file)
            return None if file is None else [file]
        return None if command.reads is None else self._written(command.reads)

    def _written(self, command: Command) -> list[tuple[str, Span | None]] | None:
        """Return what a command writes, None where that is not known."""
        name, words = (command.words[:1] or [""])[0], command.words[1:]
        if name in ("echo", "printf"):
            return [(echoed(words), None)]
        files = [word for word in words if not word.startswith("-")]
        if name == "cat" and files:
            found = [self.find_file(file) for file in files]
            return [file for file in found if file] if all(found) else None
        if name in ("cat", "tee", "envsubst"):
            return self._standard_input(command)
        return None

    def _file(self, name: str, path: str) -> list[tuple[str, Span | None]]:
        file = self.find_file(path)
        if file is None:
            self.missed.append(
                f"SQL that {name} gets from {self.holes.shown(path)}, which is not in the folder"
            )
        return [] if file is None else [file]

    def _without_own_lines(self, client: Client, text: str, roles: Roles) -> str:
        """Return a client's script as SQL alone: its own lines left out, others' put in."""
        lines = [self._own_line(client, line, roles) for line in text.split("\n")]
        sql = "\n".join(lines)
        for defined in roles.get("define", ()) if client.parameter else ():
            name, _, value = defined.partition("=")
            pattern = client.parameter.replace("NAME", re.escape(name))
            sql = re.sub(pattern, partial(_quoted_alike, value), sql)
        if client.parameter.startswith(r"\$\{"):
            sql = _LEFT_OVER.sub(lambda m: self.holes.mark(f"the parameter {m[0]}"), sql)
        return sql

    def _own_line(self, client: Client, line: str, roles: Roles) -> str:
        include = re.fullmatch(client.includes, line, re.IGNORECASE)
        if include is not None:
            return self._included(client, include[1], roles)
        if re.fullmatch(client.own_lines, line, re.IGNORECASE) is None:
            return line
        copy = _COPY.fullmatch(line)
        return f"{copy[1]};" if copy is not None else ";" * bool(_ENDS_A_BATCH.fullmatch(line))

    def _included(self, client: Client, path: str, roles: Roles) -> str:
        """Return the SQL of a script that another one names."""
        if self._depth >= _DEEPEST:
            self.missed.append(_TOO_DEEP)
            return ""
        self._depth += 1
        texts = [text for text, _ in self._file("a client", path)]
        sql = "\n".join(self._without_own_lines(client, text, roles) for text in texts)
        self._depth -= 1
        return sql

    # outputs

    def _output_of(self, source: str) -> str:
        """Follow ``$(…)``, and return what it writes."""
        if source.lstrip().startswith("<"):
            source = f"cat {source}"
        script = Script(source, self.holes, self._output_of)
        last = Command()
        for last in script.commands():
            self._run(last, last.words)
        if last.words[:1] == ["date"]:
            date = date_written(last.words[1:])
            return self.holes.marked(date) if date is not None else self.holes.mark("a date")
        texts = self._written(last)
        if texts is not None:
            return "\n".join(text for text, _ in texts)
        return self.holes.mark(
            f"the output of {self.holes.shown((last.words or ['a command'])[0])}"
        )


def _runs(word: str) -> bool:
    name = PurePosixPath(word).name
    return name in CLIENTS or name in _SHELLS or name.endswith(".sh")


def _quoted_alike(value: str, written: re.Match[str]) -> str:
    """Put a variable's value into quotes where psql would: ``:'name'``."""
    quote = written[0][1:2] if written[0][1:2] in ("'", '"') else ""
    return f"{quote}{value}{quote}"


def _table(name: str) -> str:
    """Return a table as BigQuery's SQL writes it: no project's colon, no partition."""
    return name.replace(":", ".").partition("$")[0]


def _bigquery_command(roles: Roles) -> list[tuple[str, Span | None]]:
    command, tables = (roles.get("command") or [""])[0], roles.get("sql", [])
    names = [_table(name) for name in tables if "." in name]
    shape = _BIGQUERY_COMMANDS.get(command, "")
    if not shape or len(names) <= ("{1}" in shape):
        return []
    before = f"TRUNCATE TABLE `{names[0]}`; " if "--replace" in roles.get("flag", ()) else ""
    return [((before if command == "load" else "") + shape.format(*names), None)]


def _bigquery_query(roles: Roles) -> str:
    """Return the SQL of ``bq query``, with the table that it writes its rows to."""
    words = roles["sql"]
    sql = next((word for word in words if looks_like_sql(word)), words[-1])
    into, flags = roles.get("into"), roles.get("flag", ())
    if not into:
        return sql
    if "--append_table" in flags or "--noreplace" in flags:
        return f"INSERT INTO `{_table(into[-1])}` {sql}"
    return f"CREATE OR REPLACE TABLE `{_table(into[-1])}` AS {sql}"
