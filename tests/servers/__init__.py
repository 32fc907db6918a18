"""Real servers for tests: found or started, and accounted for at the end.

A test asks for one of the fixtures in ``tests/conftest.py``; nothing else is needed::

    def test_something(innodb_server):
        with innodb_server.scratch_database("something") as database:
            connection = innodb_server.connect(database=database)
"""

from servers.find import find_server
from servers.server import INNODB, KINDS, Kind, NoServerError, Server
from servers.summary import Account, accounts, required_kinds, servers_used, told

__all__ = [
    "INNODB",
    "KINDS",
    "Account",
    "Kind",
    "NoServerError",
    "Server",
    "accounts",
    "find_server",
    "required_kinds",
    "servers_used",
    "told",
]
