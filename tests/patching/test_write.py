"""Writing in place: all files or none, whenever the process dies."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from lockplan.errors import InputError
from lockplan.patching import FileChange, recover, write_changes
from lockplan.patching.write import JOURNAL

COUNT = 30


def changes(folder: Path) -> list[FileChange]:
    """Return a change of each file."""
    files = [folder / f"dag_{number}.py" for number in range(COUNT)]
    return [FileChange(file, file.name, b"old\n", b"new\n" * 500) for file in files]


@pytest.fixture
def folder(tmp_path):
    for change in changes(tmp_path):
        change.path.write_bytes(change.before)
    return tmp_path


def states(folder: Path) -> set[str]:
    names = {b"old\n": "old", b"new\n" * 500: "new"}
    return {names.get(change.path.read_bytes(), "broken") for change in changes(folder)}


def only_dags(folder: Path) -> bool:
    return {file.name for file in folder.iterdir()} == {c.path.name for c in changes(folder)}


def test_all_files_are_new_and_nothing_else_is_left(folder):
    (folder / "dag_0.py").chmod(0o640)
    write_changes(changes(folder), folder)
    assert states(folder) == {"new"}
    assert only_dags(folder)
    assert (folder / "dag_0.py").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(folder):
    (folder / "real").mkdir()
    (folder / "dag_0.py").rename(folder / "real" / "dag_0.py")
    (folder / "dag_0.py").symlink_to(folder / "real" / "dag_0.py")
    resolved = [FileChange(c.path.resolve(), c.name, c.before, c.after) for c in changes(folder)]
    write_changes(resolved, folder)
    assert (folder / "dag_0.py").is_symlink()
    assert states(folder) == {"new"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
def test_killed_at_fifty_random_moments_all_files_are_old_or_all_are_new(folder):
    began = time.perf_counter()
    write_changes(changes(folder), folder)
    duration_s = time.perf_counter() - began
    chance = random.Random(7)
    for _ in range(50):
        for change in changes(folder):
            change.path.write_bytes(change.before)
        child = os.fork()
        if not child:
            try:
                write_changes(changes(folder), folder)
            finally:
                os._exit(0)
        time.sleep(chance.random() * duration_s * 1.2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        recover(folder)
        assert len(states(folder)) == 1
        assert "broken" not in states(folder)
        assert only_dags(folder)


class KilledError(BaseException):
    """The process ends here: nothing of its own runs any more."""


def dies_at(monkeypatch, moment: int) -> None:
    """Let the process die at its n-th step on the disk."""
    steps = iter(range(moment))

    def counted(real):
        def step(*arguments, **keywords):
            if next(steps, None) is None:
                raise KilledError
            return real(*arguments, **keywords)

        return step

    for name in ("open", "fsync"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    for name in ("replace", "unlink", "open"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))


def test_killed_at_each_step_in_turn_all_files_are_old_or_all_are_new(folder, monkeypatch):
    seen, moment, ended = [], 0, False
    while not ended:
        for change in changes(folder):
            change.path.write_bytes(change.before)
        with monkeypatch.context() as patching:
            dies_at(patching, moment)
            try:
                write_changes(changes(folder), folder)
                ended = True
            except KilledError:
                moment += 7
        recover(folder)
        (state,) = states(folder)
        assert only_dags(folder)
        seen.append(state)
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"old", "new"}


def test_a_file_that_changed_since_it_was_read_stops_all(folder):
    (folder / f"dag_{COUNT - 1}.py").write_bytes(b"mine\n")
    with pytest.raises(InputError, match="changed since it was read"):
        write_changes(changes(folder), folder)
    assert (folder / "dag_0.py").read_bytes() == b"old\n"
    assert (folder / f"dag_{COUNT - 1}.py").read_bytes() == b"mine\n"
    assert only_dags(folder)


def test_a_folder_that_takes_no_files_stops_all(folder, monkeypatch):
    real = Path.open

    def refused(path, mode="r", *arguments, **keywords):
        if "w" in mode and "dag_20" in path.name:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(InputError, match=r"dag_20.*cannot be written: Permission denied"):
        write_changes(changes(folder), folder)
    assert states(folder) == {"old"}
    assert only_dags(folder)


def test_a_file_that_cannot_be_replaced_takes_the_others_back(folder, monkeypatch):
    real = Path.replace

    def refused(path, target):
        if Path(target).name == "dag_20.py":
            raise PermissionError(13, "Permission denied", str(target))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(InputError, match="cannot be written"):
        write_changes(changes(folder), folder)
    assert states(folder) == {"old"}
    assert only_dags(folder)


def test_a_file_changed_after_an_interrupted_patch_is_not_overwritten(folder, monkeypatch):
    with monkeypatch.context() as patching:
        real = Path.replace

        def stops(path, target):
            if Path(target).name == "dag_3.py":
                raise KilledError
            return real(path, target)

        patching.setattr(Path, "replace", stops)
        with pytest.raises(KilledError):
            write_changes(changes(folder), folder)
    (folder / "dag_9.py").write_bytes(b"mine\n")
    with pytest.raises(InputError, match="changed after a patch was interrupted"):
        recover(folder)
    assert (folder / "dag_9.py").read_bytes() == b"mine\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"complete": true, "files": [{"path": 1}]}'])
def test_a_journal_that_is_none_is_said(folder, text):
    (folder / JOURNAL).write_text(text)
    with pytest.raises(InputError, match="journal cannot be read"):
        recover(folder)
