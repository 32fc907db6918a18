"""Commands that hand SQL to a database's own client: Bash tasks, `subprocess`, `os.system`."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.files import find_template
from lockplan.workflow.airflow.rendering import rendered
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of, sql_parts
from lockplan.workflow.shell.clients import CLIENTS
from lockplan.workflow.shell.holes import Holes
from lockplan.workflow.values import OneOf, Site, Text, Value, located, options

if TYPE_CHECKING:
    from lockplan.workflow.shell.scripts import File, Reader

_MAY_SEND_SQL = re.compile(
    rf"(?:^|[\s;&|(`/'\"])(?:{'|'.join(CLIENTS)}|clickhouse|\S+\.(?:sh|bash))(?=[\s'\"]|$)",
    re.MULTILINE,
)
_KNOWN_END = re.compile("(?:[^\x01]*\x01.*\x01/)?([^\x01]+)", re.DOTALL)
_MADE_WHILE_RUNNING = ("/tmp/", "/var/tmp/", "/dev/")
_SCRIPT_FILES = (".sh", ".bash")
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


def run_bash(task: TaskObject, site: Site) -> Value:
    """Do the work of a Bash task."""
    command = rendered(_template(task, site), task, site)
    given = rendered(task.arguments.get("env"), task, site)
    at = Site(site.interpreter, task.defined_at, task.defined_at.line, conditional=site.conditional)
    recorder, parts = recorder_of(site), sql_parts(command)
    if recorder is not None and isinstance(parts, Unknown) and not isinstance(command, str | OneOf):
        recorder.skip(at.span, f"its command is not known: {parts.reason}")
    return run_command(command, at, given if isinstance(given, dict) else {}, task)


def run_command(
    command: Value,
    site: Site,
    environment: dict[Value, Value] | None = None,
    task: TaskObject | None = None,
) -> Value:
    """Note the SQL that a shell script hands to databases, and say where it is not known."""
    recorder = recorder_of(site)
    if isinstance(command, OneOf):
        for option in options(command):
            run_command(option, replace(site, conditional=True), environment, task)
    holes = Holes()
    script = holes.marked(command)
    if recorder is not None and _MAY_SEND_SQL.search(script):
        from lockplan.workflow.shell.scripts import Reader  # few folders' commands send SQL

        reader = Reader(holes, lambda name: _file(name, task, site))
        given = (environment or {}).items()
        reader.read(script, {str(name): holes.marked(value) for name, value in given})
        _note(reader, recorder, site)
    return Unknown("output of a command")


def resolve(dotted: str) -> Value | None:
    """Return the model of a function that runs a command, None for other names."""
    return Factory(dotted, _call) if dotted in _RUN_COMMANDS else None


def _call(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    command = argument(args, kwargs, 0, "args", "cmd", "command")
    given = kwargs.get("env")
    return run_command(_as_one(command), site, given if isinstance(given, dict) else {})


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


def _template(task: TaskObject, site: Site) -> Value:
    """Return a Bash task's script, also where the task names the file of it."""
    command = task.arguments["bash_command"]
    if not isinstance(command, str) or not command.endswith(_SCRIPT_FILES):
        return command
    path = find_template(command, task.dag, site) if len(command.split()) == 1 else None
    text = site.interpreter.loader.read_text(path) if path is not None else None
    if path is None or text is None:
        return command
    return located(text, Span(site.interpreter.loader.display(path), 1))


def _file(name: str, task: TaskObject | None, site: Site) -> File | None:
    """Return a file that a script names, None where it is not here; its folder may be unknown."""
    known = _KNOWN_END.fullmatch(name)
    made = name.startswith(_MADE_WHILE_RUNNING)
    path = find_template(known[1], task.dag if task else None, site) if known and not made else None
    text = site.interpreter.loader.read_text(path) if path is not None else None
    if path is None or text is None:
        return None
    return text, Span(site.interpreter.loader.display(path), 1)


def _note(reader: Reader, recorder: Recorder, site: Site) -> None:
    for one in reader.sent:
        at = replace(
            site,
            conditional=site.conditional or one.conditional,
            repeated=site.repeated or one.repeated,
        )
        sql = reader.holes.unmarked(one.sql)
        recorder.run(Session(one.connection), sql, at, built_at=one.built_at)
    for reason in reader.missed:
        recorder.skip(site.span, reason)
