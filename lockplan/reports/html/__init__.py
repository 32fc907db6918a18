"""The analysis as one HTML file: everything in it, nothing fetched, nothing sent."""

from lockplan.reports.html.document import to_html

__all__ = ["to_html"]
