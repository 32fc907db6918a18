"""A real Airflow with real brokers and a real metadata database, started for a test."""
