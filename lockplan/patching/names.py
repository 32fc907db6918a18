"""The expressions by which the end of a block names tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lockplan.model.workflow import BlockKind, Dag, Reach, Task, TaskKey
from lockplan.patching.files import DagFile


@dataclass(frozen=True, slots=True)
class Name:
    """A task's name: an expression, or its id in an expression that is the DAG."""

    written: str
    """As it stands in the file."""
    text: str = ""
    """As reading noted it."""
    dag: str = ""
    """For a look-up by the id: the DAG, as reading noted it."""
    task_id: str = ""


@dataclass(slots=True, eq=False)
class Run:
    """One run of a block, with all DAGs that it can name something of."""

    held: dict[str, TaskKey] = field(default_factory=dict)
    """Tasks by the expressions that are them."""
    dags: dict[str, str] = field(default_factory=dict)
    """Ids of DAGs by the expressions that are them."""
    made: set[TaskKey] = field(default_factory=set)
    """The tasks that exist by its end."""

    def add(self, dag: Dag, reach: Reach) -> None:
        """Take in what it can name of one DAG."""
        self.held |= {
            text: TaskKey(dag.dag_id, task_id) for task_id, texts in reach.tasks for text in texts
        }
        self.dags |= dict.fromkeys(reach.dag, dag.dag_id)
        self.made |= {task.key for task in dag.tasks[: reach.made]}

    def task(self, name: Name) -> TaskKey | None:
        """Return the task that a name is in this run."""
        if not name.dag:
            return self.held.get(name.text)
        dag_id = self.dags.get(name.dag)
        found = TaskKey(dag_id or "", name.task_id)
        return found if found in self.made else None


class Naming:
    """Finds names for the tasks of one DAG at the end of a block."""

    def __init__(
        self, file: DagFile, reach: Reach, run: Run, tasks: Mapping[TaskKey, Task]
    ) -> None:
        self.file = file
        self.reach = reach
        self.run = run
        self.tasks = tasks
        self.held = dict(reach.tasks)
        self.certain = file.certain_names(reach)
        self.dag = next(filter(self._holds, reach.dag), None)
        """An expression that is the DAG."""
        texts = [text for held in self.held.values() for text in held]
        self.roots = frozenset(root_of(text) for text in (*texts, *reach.dag))
        """The variables that hold the DAG or tasks of it."""

    def dag_written(self) -> str:
        """Return the DAG's expression as it stands in the file."""
        return self._written(self.dag or "")

    def task(self, key: TaskKey) -> Name | None:
        """Return a task's name: a variable, a part of a collection, or a look-up by its id."""
        if not self.is_uncertain(key):
            for text in filter(self._holds, self.held.get(key.task_id, ())):
                return Name(self._written(text), text)
        return self.looked_up(key)

    def looked_up(self, key: TaskKey) -> Name | None:
        """Return a task's name by its id, which is the operator also where a variable is not."""
        if self.dag is None:
            return None
        written = f"{self.dag_written()}.get_task({quoted(key.task_id)})"
        name = Name(written, dag=self.dag, task_id=key.task_id)
        return name if self.run.task(name) else None

    def is_uncertain(self, key: TaskKey) -> bool:
        """Whether a condition that is not known decides if the task is there."""
        return self.tasks[key].conditional and not self.reach.conditional

    def _holds(self, text: str) -> bool:
        return root_of(text) in self.certain or self._is_global(text)

    def _is_global(self, text: str) -> bool:
        return self.reach.kind is BlockKind.MODULE and self.file.globals_only(root_of(text))

    def _written(self, text: str) -> str:
        """Return an expression with a name that only ``globals()`` has taken from there."""
        if not self._is_global(text):
            return text
        root = root_of(text)
        return f"globals()[{quoted(root)}]{text.removeprefix(root)}"


def root_of(text: str) -> str:
    """Return the variable in ``tasks["a"]`` or ``self.load``."""
    return text.split(".")[0].split("[")[0]


def quoted(text: str) -> str:
    """Return a text as Python, in double quotes where it is plain."""
    plain = text.isprintable() and not set('"\\') & set(text)
    return f'"{text}"' if plain else repr(text)
