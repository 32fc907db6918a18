"""From planned edges to lines in blocks of the files: which block, and which names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped
from lockplan.model.workflow import BlockKind, Dag, Edge, Reach, TaskKey
from lockplan.patching.files import DagFile
from lockplan.patching.lines import Line, OrderLine, WeightLine
from lockplan.patching.names import Name, Naming, Run, quoted
from lockplan.patching.source import ChangedFileError, NotPatchableError

BlockKey = tuple[str, BlockKind, int]
Files = Callable[[str], DagFile]
"""Opens a file by its path; raises NotPatchableError."""
_INSTEAD = "or give both a pool with one slot"
_NAMELESS = (
    "no variable of the file holds the tasks or their DAG; name the DAG, by `with DAG(…) as dag` "
    "or, of an @dag function, by `flow = my_dag()`"
)
_MAPPED = "Airflow 2 keeps the weight rule of a mapped task in another way than of others"
_NO_BLOCK = "no block of a file can name both tasks for this DAG alone"


@dataclass(slots=True)
class Group:
    """The lines that one block of a file takes; of a module, those of one of its DAGs."""

    reach: Reach
    roots: frozenset[str] = frozenset()
    """Variables that hold the tasks of its DAGs, also of those without a new edge."""
    lines: list[Line] = field(default_factory=list)
    edges: dict[str, list[Edge]] = field(default_factory=dict)
    """What the lines order, by DAG."""


class Placer:
    """Finds a block for each planned edge."""

    def __init__(
        self, plans: Sequence[DagPlan], files: Files, at_end: Collection[str] = ()
    ) -> None:
        self.files = files
        self.at_end = frozenset(at_end)
        self.dags = {plan.dag.dag_id: plan.dag for plan in plans}
        self.planned = {
            (edge.upstream, edge.downstream): edge for plan in plans for edge in plan.plan.edges
        }
        self.tasks = {task.key: task for dag in self.dags.values() for task in dag.tasks}
        self.runs: dict[BlockKey, dict[int, Run]] = defaultdict(dict)
        for dag in self.dags.values():
            for reach in dag.reaches:
                run = self.runs[_key(reach)].setdefault(reach.run, Run())
                run.add(dag, reach)
        self.groups: dict[tuple[BlockKey, str], Group] = {}
        self.weights = {each.task: each.weight for p in plans for each in p.plan.priority_weights}
        self.unplaced: list[Skipped] = []
        self.lost: list[Edge] = []
        self.obstructed: dict[str, NotPatchableError] = {}
        """Why files cannot be patched."""
        self._namings: dict[tuple[BlockKey, str], Naming] = {}
        self._done: set[Edge] = set()

    def place_edges(self) -> None:
        """Give each edge a line, or say why it has none."""
        for edge in self.planned.values():
            reason = None if edge in self._done else self._place(edge)
            if reason is not None:
                task = self.tasks[edge.downstream]
                text = f"{edge.downstream} after {edge.upstream} is not written: {reason}"
                self.unplaced.append(Skipped(task.defined_at, "edge", f"{text}, {_INSTEAD}"))
                self.lost.append(edge)

    def place_weights(self) -> None:
        """Give each weight its lines, or say that no block can hold them."""
        done: set[TaskKey] = set()
        for key, weight in self.weights.items():
            if key not in done:
                done |= self._place_weight(key, weight)
            if key not in done:
                reason = _MAPPED if self.tasks[key].mapped else _NO_BLOCK
                text = f"the priority_weight {weight} of {key} is not written: {reason}"
                self.unplaced.append(Skipped(self.tasks[key].defined_at, "priority_weight", text))

    def _place_weight(self, key: TaskKey, weight: int) -> set[TaskKey]:
        """Write a weight into the first block that can hold it; return whose it then is, too."""
        dag = self.dags[key.dag_id]
        for reach in self._reaches(dag) if self.tasks[key].defined_at.path.endswith(".py") else ():
            try:
                naming = self._naming(dag, reach)
            except NotPatchableError:
                continue
            name = naming.looked_up(key)
            if self.tasks[key].mapped and naming.file.version == "2":
                continue
            if name is None or naming.is_uncertain(key) or reach.block.path.startswith("../"):
                continue
            found = {run.task(name) for run in self.runs[_key(reach)].values()}
            alike = {
                each for each in found if each is not None and self.weights.get(each) == weight
            }
            if found == alike:
                group = self._group(naming, reach, dag.dag_id)
                group.lines.append(WeightLine(name.written, weight))
                return alike
        return set()

    def _place(self, edge: Edge) -> str | None:
        """Write a line for an edge; return the reason where there is no place for it."""
        for task in (self.tasks[edge.upstream], self.tasks[edge.downstream]):
            if not task.defined_at.path.endswith(".py"):
                made_by = f"{task.key} is made by {task.defined_at.path}, which is no Python file"
                return f"{made_by}: order them there"
        dag = self.dags[edge.downstream.dag_id]
        obstacle: str | None = None
        for reach in self._reaches(dag):
            try:
                if self._in_block(dag, reach, edge):
                    return None
            except ChangedFileError as error:
                self.obstructed[reach.block.path] = error
                return f"{reach.block.path}: {error}"
            except NotPatchableError as error:
                obstacle = obstacle or f"{reach.block.path}: {error}"
        return obstacle or (_NO_BLOCK if any(reach.dag for reach in dag.reaches) else _NAMELESS)

    def _reaches(self, dag: Dag) -> Iterable[Reach]:
        """Return where a DAG's lines may stand, the first choice first."""
        reaches = _once(dag)
        return reversed(reaches) if dag.dag_id in self.at_end else reaches

    def _in_block(self, dag: Dag, reach: Reach, edge: Edge) -> bool:
        """Write a line into a block where it does just what is planned."""
        if reach.block.path.startswith("../"):
            return False
        naming = self._naming(dag, reach)
        up, down = naming.task(edge.upstream), naming.task(edge.downstream)
        guard = None if up is None or down is None else self._guard(naming, reach, (up, down))
        if up is None or down is None or guard is None:
            return False
        group = self._group(naming, reach, dag.dag_id)
        at_end = bool(up.dag or down.dag) or dag.dag_id in self.at_end
        group.lines.append(OrderLine(edge, up.written, down.written, guard, at_end))
        for run in self.runs[_key(reach)].values():
            done = self._made(run, up, down)
            if done is not None and done not in self._done:
                self._done.add(done)
                group.edges.setdefault(done.upstream.dag_id, []).append(done)
        return True

    def _naming(self, dag: Dag, reach: Reach) -> Naming:
        key = _key(reach), dag.dag_id
        if key not in self._namings:
            file = self._open(reach.block.path)
            file.end_of(reach)  # raises where nothing can stand there
            run = self.runs[_key(reach)][reach.run]
            self._namings[key] = Naming(file, reach, run, self.tasks)
        return self._namings[key]

    def _open(self, path: str) -> DagFile:
        try:
            return self.files(path)
        except NotPatchableError as error:
            self.obstructed[path] = error
            raise

    def _group(self, naming: Naming, reach: Reach, dag_id: str) -> Group:
        key = _key(reach), dag_id if reach.kind is BlockKind.MODULE else ""
        group = self.groups.setdefault(key, Group(reach))
        group.roots |= naming.roots
        return group

    def _made(self, run: Run, up: Name, down: Name) -> Edge | None:
        """Return the planned edge that a line makes when a block runs, None for any other."""
        above, below = run.task(up), run.task(down)
        return None if above is None or below is None else self.planned.get((above, below))

    def _guard(self, naming: Naming, reach: Reach, names: tuple[Name, Name]) -> str | None:
        """Return the condition under which a line may run, None where it may not."""
        runs = self.runs[_key(reach)].values()
        good = {run for run in runs if self._made(run, *names)}
        if naming.run not in good:
            return None
        conditions = []
        if len(good) < len(runs):
            others = [run for run in runs if run not in good]
            wanted, unwanted = _dag_ids(good, naming.dag), _dag_ids(others, naming.dag)
            if None in wanted | unwanted or wanted & unwanted:
                return None
            conditions.append(f"{naming.dag_written()}.dag_id in {_listed(wanted)}")
        conditions += [
            f"{naming.dag_written()}.has_task({quoted(name.task_id)})"
            for name in names
            if name.dag and naming.is_uncertain(TaskKey(naming.run.dags[name.dag], name.task_id))
        ]
        return " and ".join(conditions)


def _dag_ids(runs: Iterable[Run], text: str | None) -> set[str | None]:
    return {run.dags.get(text or "") for run in runs}


def _key(reach: Reach) -> BlockKey:
    return reach.block.path, reach.kind, reach.block.line


def _once(dag: Dag) -> list[Reach]:
    """Return a DAG's reaches, of a block that runs several times that which names the most."""
    best: dict[BlockKey, Reach] = {}
    for reach in dag.reaches:
        known = best.get(_key(reach))
        if known is None or reach.made >= known.made:
            best[_key(reach)] = reach
    return list(best.values())


def _listed(dag_ids: Iterable[str | None]) -> str:
    names = [quoted(name) for name in sorted(filter(None, dag_ids))]
    return f"({', '.join(names)},)" if len(names) == 1 else f"({', '.join(names)})"
