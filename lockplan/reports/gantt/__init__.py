"""Gantt charts: runs before and after planning, with a row per task, table or DAG."""

from lockplan.reports.gantt.dags import plot_dags
from lockplan.reports.gantt.figure import draw_figure
from lockplan.reports.gantt.files import SUFFIXES, save_gantt, suffix_of, to_mermaid
from lockplan.reports.gantt.tables import plot_tables
from lockplan.reports.gantt.tasks import plot_timeline
from lockplan.reports.gantt.views import Rows, Show

__all__ = [
    "SUFFIXES",
    "Rows",
    "Show",
    "draw_figure",
    "plot_dags",
    "plot_tables",
    "plot_timeline",
    "save_gantt",
    "suffix_of",
    "to_mermaid",
]
