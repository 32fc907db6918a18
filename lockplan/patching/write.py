"""Writing a patch into the files: all of them or none, also when the process is killed half-way.

New texts are first written beside the files, then a journal says that they are complete, then they
take the files' places. What a killed process leaves is finished, or taken back, by `recover`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lockplan.errors import InputError
from lockplan.patching.patch import FileChange

JOURNAL = ".lockplan-patch.json"
_NEW = ".lockplan-new"
_NOTHING = "Nothing was written."


@dataclass(frozen=True, slots=True)
class _Step:
    """One file's part of the journal."""

    path: str
    new: str
    """Where the new text stands until it takes the file's place."""
    before: str
    after: str
    """Sums of the file's bytes."""

    @classmethod
    def of(cls, change: FileChange) -> _Step:
        """Return the step that makes a change."""
        path = change.path
        new = path.with_name(f".{path.name}{_NEW}")
        return cls(str(path), str(new), _sum(change.before), _sum(change.after))

    def take_place(self) -> None:
        """Put the new text in the file's place, unless it is there."""
        if Path(self.new).exists():
            Path(self.new).replace(self.path)


def write_changes(changes: Sequence[FileChange], folder: Path) -> None:
    """Write all files, or none; raise InputError where that is not possible."""
    if not changes:
        return
    journal = folder / JOURNAL
    steps = [_Step.of(change) for change in changes]
    try:
        _note(journal, steps, complete=False)
        for change, step in zip(changes, steps, strict=True):
            _write_beside(change, step)
        for change in changes:
            _check_unchanged(change)
        _note(journal, steps, complete=True)
    except OSError as error:
        _forget(journal, steps)
        raise InputError(_place(error, folder), _problem(error), _NOTHING) from error
    except InputError:
        _forget(journal, steps)
        raise
    try:
        _take_places(steps)
    except OSError as error:
        _take_back(changes)
        _forget(journal, steps)
        raise InputError(_place(error, folder), _problem(error), _NOTHING) from error
    _forget(journal, steps)


def recover(folder: Path) -> tuple[Path, ...]:
    """Finish, or take back, what a killed process began; return the files that it wrote.

    Raise InputError where one of them was changed since.
    """
    journal = folder / JOURNAL
    try:
        noted = json.loads(journal.read_bytes())
        steps = [_Step(**step) for step in noted["files"]]
    except FileNotFoundError:
        _forget(journal, ())
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        way_out = "Delete it, and look whether the files are as you want them."
        raise InputError(str(journal), "this journal cannot be read", way_out) from error
    if not noted["complete"]:
        _forget(journal, steps)
        return ()
    for step in steps:
        _check_known(step, journal)
    _take_places(steps)
    _forget(journal, steps)
    return tuple(Path(step.path) for step in steps)


def _check_known(step: _Step, journal: Path) -> None:
    try:
        found = _sum(Path(step.path).read_bytes())
    except OSError as error:
        raise InputError(step.path, _problem(error), f"See {journal}.") from error
    if found not in (step.before, step.after):
        way_out = f"Delete {journal} to keep it, and run `lockplan patch` again."
        raise InputError(step.path, "changed after a patch was interrupted", way_out)


def _check_unchanged(change: FileChange) -> None:
    if change.path.read_bytes() != change.before:
        way_out = f"{_NOTHING} Run it again."
        raise InputError(str(change.path), "changed since it was read", way_out)


def _write_beside(change: FileChange, step: _Step) -> None:
    _write(Path(step.new), change.after)
    shutil.copymode(change.path, step.new)


def _take_places(steps: Iterable[_Step]) -> None:
    folders = set()
    for step in steps:
        step.take_place()
        folders.add(Path(step.path).parent)
    for folder in sorted(folders):
        _sync(folder)


def _take_back(changes: Iterable[FileChange]) -> None:
    for change in changes:
        with contextlib.suppress(OSError):
            if change.path.read_bytes() == change.after:
                new = Path(_Step.of(change).new)
                _write(new, change.before)
                shutil.copymode(change.path, new)
                new.replace(change.path)


def _note(journal: Path, steps: Sequence[_Step], *, complete: bool) -> None:
    text = json.dumps({"complete": complete, "files": [asdict(step) for step in steps]}, indent=1)
    beside = journal.with_name(f"{journal.name}{_NEW}")
    _write(beside, text.encode())
    beside.replace(journal)
    _sync(journal.parent)


def _forget(journal: Path, steps: Iterable[_Step]) -> None:
    """Take away all but the files themselves, the journal last."""
    beside = journal.with_name(f"{journal.name}{_NEW}")
    for path in (*(Path(step.new) for step in steps), beside, journal):
        with contextlib.suppress(OSError):
            path.unlink()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the folder's entries on the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _place(error: OSError, folder: Path) -> str:
    name = str(error.filename or folder)
    return name.removesuffix(_NEW)


def _problem(error: OSError) -> str:
    return f"cannot be written: {error.strerror or error}"
