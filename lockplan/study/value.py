"""An analysis, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lockplan.errors import InputError
from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict
from lockplan.model.remedy import NewPool, RemedyKind
from lockplan.planning import pooled
from lockplan.settings import Told
from lockplan.study.reading import read_told
from lockplan.study.wanted import blocks

if TYPE_CHECKING:
    from lockplan.patching import Patch


@dataclass(frozen=True, slots=True)
class Study:
    """An analysis, and what can be asked of it."""

    analysis: Analysis
    paths: tuple[Path, ...]
    told: Told = field(repr=False)
    """What was told before the DAGs were read: they are read again in the same way."""

    @property
    def unprotected(self) -> tuple[Conflict, ...]:
        """Conflicts that nothing keeps apart yet; races are none."""
        return tuple(c for c in self.analysis.graph.unordered() if blocks(c))

    @property
    def is_protected(self) -> bool:
        """Whether no conflict is left, and no unread statement that another DAG may meet."""
        return not (self.unprotected or self.analysis.graph.unread)

    def patch(self, style: str = "set_upstream", *, priority_weights: bool = False) -> Patch:
        """Return the edits that put the plans' edges into the DAG files, proven by reading them.

        `style` is how an edge is written: ``set_upstream``, ``bitshift`` or ``chain``;
        `priority_weights` adds the plans' weights. Raises InputError for a workflow file, which is
        not lockplan's to write.
        """
        from lockplan.patching import proven_patch, with_refusals

        if self.analysis.workflow.from_file:
            raise InputError(
                str(self.paths[0]),
                "a workflow file is not patched",
                "Take the edges from the report, `--format json` for programs.",
            )
        made = proven_patch(
            self.analysis.plans,
            Path(self.analysis.workflow.root),
            lambda texts: read_told(self.paths, self.told, texts),
            style=style,
            priority_weights=priority_weights,
        )
        return with_refusals(made, self.analysis.workflow)

    def pools(self, patch: Patch) -> tuple[NewPool, ...]:
        """Return the pools for what no edge keeps apart, the edges that a patch lost included."""
        if not patch.lost:
            return self.analysis.pools
        position = {task.key: n for n, task in enumerate(self.analysis.workflow.tasks())}
        pairs = [(each.a, each.b) for plan in self.analysis.plans for each in plan.plan.left_open]
        pairs += [each.key for each in self.analysis.graph.conflicts if _takes_a_pool(each)]
        pairs += [(edge.upstream, edge.downstream) for edge in patch.lost]
        numbers = [sorted((position[a], position[b])) for a, b in pairs]
        at = sorted({(first, second) for first, second in numbers})
        return pooled(self.analysis.workflow.tasks(), at).pools


def _takes_a_pool(conflict: Conflict) -> bool:
    return any(remedy.kind is RemedyKind.POOL for remedy in conflict.remedies)
