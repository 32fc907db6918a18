"""Mistakes in a workflow file, in YAML and in JSON: each with its line and key, and exit code 2."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from lockplan.cli import main

TASK = {"id": "a", "duration_s": 5}


def file(*tasks: dict[str, object], **more: object) -> dict[str, object]:
    return {**more, "tasks": list(tasks)}


CASES = {
    "cycle": (
        file({**TASK, "upstream": ["b"]}, {**TASK, "id": "b", "upstream": ["a"]}),
        "id: a",
        ["tasks wait for each other: a → b → a", "`upstream`"],
    ),
    "own cycle": (file({**TASK, "upstream": ["a"]}), "id: a", ["waits for itself", "`upstream`"]),
    "unknown upstream": (
        file({**TASK, "upstream": ["lod"]}, {**TASK, "id": "load"}),
        "- lod",
        ["comes after `lod`", "Did you mean `load`?"],
    ),
    "negative duration": (file({"id": "a", "duration_s": -5}), "duration_s:", ["`duration_s`"]),
    "no duration": (file({"id": "a"}), "id: a", ["has no `duration_s`"]),
    "empty duration": (file({"id": "a", "duration_s": None}), "duration_s:", ["`duration_s`"]),
    "no workers": (file(TASK, workers=0), "workers:", ["`workers`", "1 or more, not 0"]),
    "unknown pool": (file({**TASK, "pool": "db"}), "pool:", ["`pools` does not name"]),
    "small pool": (
        file({**TASK, "pool": "db", "slots": 3}, pools={"db": 2}),
        "id: a",
        ["takes 3 slots of pool `db`, which has 2"],
    ),
    "empty pool": (file(TASK, pools={"db": 0}), "db: 0", ["`pools`", "`db`", "1 or more, not 0"]),
    "two tasks of one name": (file(TASK, {**TASK, "slots": 1}), None, ["a second task `a`"]),
}


@pytest.fixture
def analyse(tmp_path, monkeypatch, capsys):
    """Run the command line in the file's folder; return its exit code and what it complains of."""

    def run(name: str, text: str) -> tuple[object, str]:
        Path(name).write_text(text, encoding="utf-8")
        monkeypatch.setattr(
            sys, "argv", ["lockplan", "analyze", name, "-o", "out", "--gantt", "x.svg"]
        )
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code, capsys.readouterr().err

    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_with_its_line_and_key(analyse, tmp_path, case, suffix):
    document, place, words = CASES[case]
    text = yaml.safe_dump(document) if suffix == "yaml" else json.dumps(document, indent=1)
    code, said = analyse(f"n.{suffix}", text)
    assert code == 2
    assert all(word in said for word in words), said
    assert [path.name for path in tmp_path.iterdir()] == [f"n.{suffix}"]
    if place and suffix == "yaml":
        lines = [n for n, line in enumerate(text.splitlines(), 1) if place in line]
        # a mapping's own line is that of its first key
        assert any(f"n.yaml:{n}:" in said for n in (lines[0], lines[0] - 1))


def test_each_circle_is_told(analyse):
    tasks = [
        {**TASK, "id": name, "upstream": [above]} for name, above in ("ab", "ba", "cd", "dc", "ea")
    ]
    code, said = analyse("n.yaml", yaml.safe_dump(file(*tasks)))
    assert code == 2
    assert "a → b → a" in said
    assert "c → d → c" in said
    assert said.count("wait for each other") == 2


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_json_number_that_is_none_is_told_with_its_line(analyse, number):
    text = '{"tasks": [\n {"id": "a",\n  "duration_s": ' + number + "}]}"
    code, said = analyse("n.json", text)
    assert code == 2
    assert "n.json:3: `duration_s` of task `a` must be a finite number" in said


def test_a_task_that_reads_what_it_writes_does_not_conflict_with_itself(analyse):
    document = file({**TASK, "reads": ["t"], "writes": ["t", "t"]})
    assert analyse("n.json", json.dumps(document))[0] == 0
