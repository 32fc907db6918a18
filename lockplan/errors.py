"""Errors that a user sees: one root, small leaves with data, each message with its way out."""

from __future__ import annotations


class LockplanError(Exception):
    """Root of all errors that lockplan raises on purpose; the command line exits with 2."""


class InputError(LockplanError):
    """A file, folder or option of the user's cannot be used."""

    def __init__(self, where: str, problem: str, way_out: str = "") -> None:
        super().__init__(where, problem, way_out)
        self.where = where
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}"
        return f"{text}. {self.way_out}" if self.way_out else text


class ConfigError(InputError):
    """`[tool.lockplan]` says something that lockplan does not understand."""


class UnknownNameError(InputError, ValueError):
    """There is no task, DAG, table or the like of that name."""


class InputsError(InputError):
    """An input cannot be used; all that is wrong with it is told at once."""

    def __init__(self, problems: tuple[InputError, ...]) -> None:
        first = problems[0]
        super().__init__(first.where, first.problem, first.way_out)
        self.args = (problems,)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class WorkflowFileError(InputsError):
    """A workflow file cannot be used."""


class PlanError(LockplanError):
    """A plan failed its own verification: a defect of lockplan, never shown as a plan."""
