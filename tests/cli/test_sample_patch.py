"""The sample's patch, from the repository's root to a quiet folder."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from .test_analyze import SAMPLES, lockplan

COMMAND = ("analyze", "samples/dags", "--schema", "samples/schema.sql")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    shutil.copytree(SAMPLES, tmp_path / "samples")
    return tmp_path


@pytest.mark.parametrize("folder", ["samples/dags", "samples/legacy_1_10/dags"])
def test_the_samples_patch_applies_and_leaves_nothing_within_a_dag_on_any_day(repository, folder):
    command = ("analyze", folder, "--schema", "samples/schema.sql")
    assert lockplan(*command, "--patch", "p.diff", cwd=repository).returncode == 1
    subprocess.run(["git", "apply", "--check", "p.diff"], cwd=repository, check=True)
    subprocess.run(["git", "apply", "p.diff"], cwd=repository, check=True)
    for day in ("2026-11-15", "2027-02-28", "2028-02-29"):
        again = ("--logical-date", day, "--patch", "again.diff", "--format", "json")
        result = lockplan(*command, *again, cwd=repository)
        assert "nothing to patch" in result.stderr
        assert not (repository / "again.diff").exists()
        met = json.loads(result.stdout)["conflicts"]
        left = [each for each in met if not each["ordered_by"] and each["outcome"] != "race"]
        # `auto` reaches into `inten` where its tasks need second tries: no edge orders two DAGs
        assert {each["scope"] for each in left} <= {"other DAG"}
        assert all(each["remedies"] for each in left)


def test_the_patch_is_the_same_whatever_the_day(repository):
    patches = set()
    for day in ("2026-11-15", "2026-12-31", "2027-03-01"):
        lockplan(*COMMAND, "--logical-date", day, "--patch", "p.diff", cwd=repository)
        patches.add((repository / "p.diff").read_bytes())
    assert len(patches) == 1
