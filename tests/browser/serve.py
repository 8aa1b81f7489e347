"""Serves the real web application: `python serve.py FOLDER [--port N] [--bare]`.

Prints the address, then answers until it is interrupted. The store is FOLDER/data/monitor.db; a new one is
furnished with a newsroom, with --bare only with users. The administrator is ada; bo and cy are analysts, vi
is a viewer; everybody's password is PASSWORD.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from monitor import config
from monitor.app import Monitor
from monitor.desk import auth
from monitor.records import Role
from monitor.store import users
from monitor.testing import newsroom
from monitor.web import application

PASSWORD = "correct horse"
USERS = {"ada": Role.ADMIN, "bo": Role.ANALYST, "cy": Role.ANALYST, "vi": Role.VIEWER}


def main(folder: Path, port: int = 0, *, bare: bool = False) -> None:
    is_new = not (folder / "data" / "monitor.db").exists()
    settings = config.load(newsroom.settle(folder), {"MONITOR_WEB__PORT": str(port)})
    with Monitor.open(settings) as monitor:
        if is_new:
            now = datetime.now(UTC)
            if not bare:
                newsroom.furnish(monitor.store, now, hours=26)
            with monitor.store.begin() as tx:
                for name, role in USERS.items():
                    users.add(tx, name, auth.hash_password(PASSWORD, name), role, now)
        application.serve(monitor, ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    main(given.folder, given.port, bare=given.bare)
