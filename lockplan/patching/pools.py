"""The pools for what no edge can order, as `airflow pools import` reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lockplan.model.remedy import NewPool


def pools_to_import(pools: Sequence[NewPool]) -> bytes:
    """Return the JSON file of `airflow pools import`."""
    document = {
        pool.name: {
            "slots": pool.slots,
            "description": f"lockplan: keeps apart {', '.join(str(m.task) for m in pool.tasks)}",
            "include_deferred": False,
        }
        for pool in pools
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
