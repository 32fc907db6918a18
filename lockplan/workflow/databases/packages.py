"""Well-known packages whose calls send no SQL by themselves, so that they need no word."""

from __future__ import annotations

import sys

WITHOUT_SQL = frozenset(
    {
        *("airflow", "attr", "attrs", "azure", "babel", "boto", "boto3", "botocore", "bs4"),
        *("cachetools", "certifi", "chardet", "croniter", "cryptography", "dateutil", "docker"),
        *("elasticsearch", "environs", "faker", "feedparser", "fsspec", "ftputil", "geoalchemy2"),
        *("geopandas", "git", "github", "google"),
        *("googleapiclient", "gspread", "httplib2", "httpx", "jinja2", "joblib", "jsonschema"),
        *("kafka", "kubernetes", "loguru", "lxml", "matplotlib", "minio", "multidict", "nltk"),
        *("numpy", "oauth2client", "openpyxl", "opentelemetry", "orjson", "pandas", "paramiko"),
        *("pendulum", "pika", "pkg_resources", "plotly", "prometheus_client", "psutil"),
        *("pyarrow", "pydantic", "pydash", "pymongo", "pysftp", "pytest", "pytz", "redis"),
        *("regex", "requests", "requests_toolbelt", "retry", "rich", "s3fs", "schedule"),
        *("scipy", "seaborn", "selenium", "sendgrid", "sentry_sdk", "simplejson", "six"),
        *("sklearn", "slack", "slack_sdk", "slackclient", "smart_open", "structlog"),
        *("tabulate", "telegram", "telebot", "tenacity", "toml", "tqdm", "tweepy", "twilio"),
        *("typing_extensions", "tzlocal", "ujson", "unidecode", "urllib3", "xlrd", "xlsxwriter"),
        *("xmltodict", "yaml", "zeep"),
    }
)

MODULES_WITHOUT_SQL = (
    *("sqlalchemy.types.", "sqlalchemy.dialects.", "sqlalchemy.exc.", "sqlalchemy.inspect"),
    *("sqlalchemy.Column", "sqlalchemy.ForeignKey", "sqlalchemy.engine.url.", "sqlalchemy.event"),
    *("sqlalchemy.Integer", "sqlalchemy.String", "sqlalchemy.DateTime", "sqlalchemy.Float"),
    *("sqlalchemy.Text", "sqlalchemy.Boolean", "sqlalchemy.Date", "sqlalchemy.BigInteger"),
    *("sqlalchemy.Numeric", "sqlalchemy.JSON", "sqlalchemy.Unicode", "sqlalchemy.SmallInteger"),
    *("psycopg2.extensions.register", "psycopg2.extensions.adapt", "psycopg2.extensions.AsIs"),
    *("psycopg2.extras.register", "psycopg2.extras.Json", "psycopg.types.", "snowflake.sqlalchemy"),
)
"""Beginnings of names that describe types and the like in packages that otherwise do send SQL."""


def sends_no_sql(dotted: str) -> bool:
    """Whether a name belongs to Python itself or to a package without SQL."""
    top = dotted.partition(".")[0]
    return (
        top in WITHOUT_SQL
        or top in sys.stdlib_module_names
        or dotted.startswith(MODULES_WITHOUT_SQL)
    )
