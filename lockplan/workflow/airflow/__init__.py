"""Models of Airflow's constructs: DAGs, tasks, groups, order, and what a task does when it runs."""
