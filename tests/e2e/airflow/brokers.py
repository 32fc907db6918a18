"""Celery's brokers, on ports and in folders of their own."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from servers import NoServerError
from servers.launch import free_port

from .processes import running, wait_until

START_S = 120
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The program behind Debian's wrapper, which insists on the system's user and folders."""


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Give the URL of a new Redis."""
    program = shutil.which("redis-server")
    if program is None:
        raise NoServerError("no redis-server found: apt-get install redis-server")
    port, log = free_port(), folder / "redis.log"
    here = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "")
    with running([program, *here], os.environ, log):
        wait_until(lambda: answers(port), "Redis did not answer", START_S, log)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Give the URL of a new RabbitMQ, with an epmd of its own."""
    epmd = shutil.which("epmd")
    if not RABBITMQ.is_file() or epmd is None:
        raise NoServerError("no rabbitmq-server found: apt-get install rabbitmq-server")
    names_port, port, log = free_port(), free_port(), folder / "rabbitmq.log"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"lockplan{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "rabbitmq"),
        "RABBITMQ_LOG_BASE": str(folder / "rabbitmq-logs"),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "none"),
    }
    with ExitStack() as stack:
        stack.enter_context(running([epmd], environment, folder / "epmd.log"))
        wait_until(lambda: answers(names_port), "epmd did not answer", START_S, folder / "epmd.log")
        stack.enter_context(running([RABBITMQ], environment, log))
        wait_until(lambda: speaks_amqp(port), "RabbitMQ did not answer", START_S, log)
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


def answers(port: int) -> bool:
    """Tell whether somebody listens."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def speaks_amqp(port: int) -> bool:
    """Tell whether AMQP is spoken: the port opens before the node serves it."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"AMQP\x00\x00\x09\x01")
        return bool(line.recv(1))
    return False
