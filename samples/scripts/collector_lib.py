"""Work of the DAG data_collector: log lines from a queue into one SQLite file."""

import json
import os
import sqlite3
from datetime import datetime


class FolderQueue:
    """Takes messages out of a folder, oldest name first; several readers may share it."""

    def __init__(self, folder):
        self.folder = folder

    def get(self):
        """Return the next message, or None when the folder is empty."""
        for name in sorted(os.listdir(self.folder)):
            if not name.endswith('.json'):
                continue
            path = os.path.join(self.folder, name)
            taken = '%s.taken.%d' % (path, os.getpid())
            try:
                os.rename(path, taken)
            except FileNotFoundError:
                continue  # another reader was faster
            with open(taken, encoding='utf-8') as file:
                message = file.read()
            os.remove(taken)
            return message
        return None


def consumer():
    """Store queued log lines until the queue is empty, one transaction each."""
    queue = FolderQueue(os.environ.get('COLLECTOR_QUEUE', '/var/spool/app_log'))
    message = queue.get()
    while message is not None:
        line = json.loads(message)
        logged_at = datetime.fromtimestamp(line['timestamp']).strftime('%Y-%m-%d %H:%M:%S')
        with sqlite3.connect('collector.db') as con:
            cur = con.cursor()
            cur.execute(
                'INSERT INTO app_log (logged_at, level, log_id) VALUES (?, ?, ?)',
                (logged_at, line['level'], line['id']),
            )
        message = queue.get()
