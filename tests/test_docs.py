"""The documentation says what the program does."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lockplan.cli import cli
from lockplan.rules import catalogue

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTPUT = re.compile(r"<!-- output: (.+?) -->\n```text\n(.+?)```", re.DOTALL)
WHAT_IF = re.compile(r"```python\n(import lockplan\n.+?)```\n\n```text\n(.+?)```", re.DOTALL)
OMITTED = "…\n"


@cache
def output_of(command: str) -> str:
    _, *arguments = shlex.split(command)
    result = subprocess.run(
        [sys.executable, "-m", "lockplan", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return result.stdout


@pytest.mark.parametrize(("command", "block"), OUTPUT.findall(README))
def test_output_in_the_readme_is_what_the_command_prints(command, block):
    rest = output_of(command)
    for part in block.split(OMITTED):
        assert part in rest
        rest = rest[rest.index(part) + len(part) :]


def test_the_what_if_in_the_readme_prints_what_is_shown(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    ((code, shown),) = WHAT_IF.findall(README)
    exec(code, {})
    assert capsys.readouterr().out == shown


def test_the_readme_has_output_to_check():
    assert len(OUTPUT.findall(README)) >= 2


@pytest.mark.parametrize("command", ["analyze", "patch", "gantt", "report", "pair", "locks"])
def test_every_option_is_in_the_readme(command):
    for option in cli.commands[command].params:
        for name in option.opts if option.param_type_name == "option" else ():
            assert f"`{name}" in README or f", {name} " in README


def test_every_link_of_the_documentation_leads_somewhere():
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_rule_has_a_stable_code_and_an_imperative_help():
    rules = catalogue()
    assert len({rule.name for rule in rules.values()}) == len(rules)
    for code, rule in rules.items():
        assert re.fullmatch(r"LP\d{3}", code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert rule.help.endswith(".")
