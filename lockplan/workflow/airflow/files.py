"""SQL files that operators name: beside the DAG, on its search path, or anywhere in the project."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path, PurePosixPath

from lockplan.workflow.airflow.dags import DagObject
from lockplan.workflow.loader import Loader
from lockplan.workflow.values import Site, Value

EXTENSIONS = (".sql", ".hql", ".ddl", ".dml", ".psql", ".tpl", ".j2", ".jinja")
MOST_NAMES = 5_000
"""How far is looked around a DAG folder where nothing marks the project's root."""
_PASSED_OVER = ("node_modules", "venv", "site-packages", "__pycache__")


class FilesByName(dict[str, list[Path]]):
    """The project's SQL files by their last name; lives in `Interpreter.state`."""


def names_a_file(text: Value) -> bool:
    """Whether an operator would take a text for the name of a template file."""
    return isinstance(text, str) and text.strip().endswith(EXTENSIONS) and "\n" not in text.strip()


def find_template(name: str, dag: DagObject | None, site: Site) -> Path | None:
    """Return the file behind a template's name, None where it cannot be told."""
    loader = site.interpreter.loader
    here = dag.defined_at.path if dag is not None else site.span.path
    beside = loader.resolved(loader.folder / here).parent
    searched = dag.arguments.get("template_searchpath") if dag is not None else None
    for base in searched if isinstance(searched, list | tuple) else [searched]:
        if isinstance(base, str):
            found = loader.find_file(str(PurePosixPath(base) / name), beside)
            if found is not None:
                return found
    return loader.find_file(name, beside) or _nearest_named(name, beside, site)


def is_on_search_path(path: Path, name: str, dag: DagObject | None, site: Site) -> bool:
    """Whether Airflow itself, run on these folders, would take this file for that name."""
    loader = site.interpreter.loader
    here = dag.defined_at.path if dag is not None else site.span.path
    bases = [loader.resolved(loader.folder / here).parent]
    searched = dag.arguments.get("template_searchpath") if dag is not None else None
    for base in searched if isinstance(searched, list | tuple) else [searched]:
        known = loader.real(base) if isinstance(base, str) else None
        bases += [known] if known is not None else []
    inside = name.lstrip("/")
    return any(loader.resolved(base / inside) == loader.resolved(path) for base in bases)


def _nearest_named(name: str, beside: Path, site: Site) -> Path | None:
    """Find the file whose path ends in the name, or in its last part, that is nearest to the DAG.

    None where several are equally near: which one the search path would take is not known.
    """
    state = site.interpreter.state
    if FilesByName not in state:
        state[FilesByName] = _index(site.interpreter.loader)
    path = PurePosixPath(name)
    files = state[FilesByName].get(path.name, [])
    ends = [file for file in files if file.as_posix().endswith("/" + name.lstrip("./"))]
    shared = [(_shared_parts(file, beside), file) for file in ends or files]
    most = max((count for count, _ in shared), default=0)
    nearest = [file for count, file in shared if count == most]
    return nearest[0] if len(nearest) == 1 else None


def _shared_parts(file: Path, folder: Path) -> int:
    """Count the folders that two paths have in common from the top."""
    pairs = zip(file.parts, folder.parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _index(loader: Loader) -> FilesByName:
    """Index the project; the DAG folder alone where no mark bounds it and much lies around."""
    around = _files_below(loader.project, None if loader.is_marked else MOST_NAMES)
    return _files_below(loader.folder) or FilesByName() if around is None else around


def _files_below(root: Path, most_names: int | None = None) -> FilesByName | None:
    """Return the SQL files below a folder, None where it holds more names than `most_names`."""
    index = FilesByName()
    seen = 0
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not _is_passed_over(name)]
        seen += len(subfolders) + len(names)
        if most_names is not None and seen > most_names:
            return None
        for name in names:
            if name.endswith(EXTENSIONS) and not _is_passed_over(name):
                index.setdefault(name, []).append(Path(folder, name))
    return index


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or name in _PASSED_OVER
