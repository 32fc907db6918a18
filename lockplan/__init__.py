"""Finds Airflow tasks whose SQL would block each other, and plans an order that prevents it."""

__version__ = "0.1.0"
