"""Serves the real web application over a furnished newsroom: `python serve.py FOLDER`.

Prints the address, then answers until it is interrupted. The store is FOLDER/data/monitor.db;
the administrator is ada, whose password is PASSWORD.
"""

from __future__ import annotations

import sys
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


def main(folder: Path) -> None:
    settings = config.load(newsroom.settle(folder), {})
    with Monitor.open(settings) as monitor:
        now = datetime.now(UTC)
        newsroom.furnish(monitor.store, now, hours=26)
        with monitor.store.begin() as tx:
            users.add(tx, "ada", auth.hash_password(PASSWORD, "ada"), Role.ADMIN, now)
        application.serve(monitor, ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
