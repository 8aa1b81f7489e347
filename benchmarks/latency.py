"""How long it takes from an article in the store to the message about its alert.

    python -m benchmarks.latency [--alerts N] [--out FILE]

A real `monitor worker`, with the shipped model and the shipped intervals of its jobs, polls a feed on this
machine and tells a webhook on this machine. The store holds three days of ordinary news of COMPANIES made-up
companies. At moments that have nothing to do with the worker's, the feed brings EIGHT bad stories of one
company; measured is the time from when the last of an alert's articles was stored to when its message
arrived. Polling is not in it: that is the operator's choice.

The aim: 95 of 100 within 10 seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import command, describe, hand_over, rounded
from monitor.records import Decision, Mention, Route
from monitor.store import Store, articles, mentions, open_store, predictions, sources, stories
from monitor.testing import make_article, make_prediction

ALERTS = 30
EIGHT = 8
COMPANIES = 40
DAYS = 3
EVERY = (6.0, 14.0)
"""Seconds between two surges."""
PATIENCE = 60.0
"""Seconds that the last message is waited for."""
LOADING = 300.0
"""Seconds in which a worker has to load its model."""
CONFIG = """
[store]
url = "sqlite:///monitor.db"
[fetch]
allow_networks = ["127.0.0.1/32"]
[jobs]
poll_seconds = 1
[rules.surge]
scopes = ["company"]
[sources.wire]
kind = "rss"
url = "{url}/feed"
interval_minutes = 0.05
[notifiers.desk]
kind = "webhook"
url = "{url}/hook"
secret = "whsec_YSBzZWNyZXQgb2YgdGhpcyBwcm9ncmFtbWUhIQ=="
"""
BAD = (
    "{name} shares plunge after fraud raid {n}",
    "{name} defaults on its bonds, sources {n} say",
    "Police search offices of {name} in bribery case {n}",
    "{name} warns of a record loss, note {n}",
)


class Desk:
    """A feed and a webhook: what is served, and when which message arrived."""

    def __init__(self) -> None:
        self.items: list[tuple[str, datetime]] = []
        self.arrived: list[tuple[datetime, dict[str, Any]]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(desk.feed())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                desk.arrived.append((datetime.now(UTC), body))
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-type", "application/rss+xml")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def feed(self) -> bytes:
        """The newest items as RSS."""
        rows = "".join(
            f"<item><title>{title}</title><guid>{title}</guid>"
            f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for title, at in self.items[-200:]
        )
        return f"<rss version='2.0'><channel><title>Wire</title>{rows}</channel></rss>".encode()


def name_of(number: int) -> str:
    return f"Firmament{number} Holdings"


def ordinary(store: Store, now: datetime) -> None:
    """Days of news, a story every hour, a quarter of it bad, and a source that was read all the time."""
    dice = random.Random(0)
    with store.begin() as tx:
        sources.succeeded(tx, "wire", {}, [], now - timedelta(days=DAYS), 60)
    for hour in range(DAYS * 24, 0, -1):
        at = now - timedelta(hours=hour)
        with store.begin() as tx:
            for n in range(4):
                company = f"c{dice.randrange(COMPANIES)}"
                made = make_article(
                    f"ordinary {hour} {n}",
                    source="wire",
                    story_id=stories.create(tx, at),
                    first_seen_at=at,
                    published_at=at,
                )
                stored = articles.insert(tx, made)
                stories.join(tx, stored.story_id, "wire", at)
                mentions.replace(tx, stored.id, [Mention(company, company, 0, 1)], at)
                bad = dice.random() < 0.25
                said = make_prediction(0.9, 0.1) if bad else make_prediction(0.1, 0.9)
                predictions.put(tx, stored.id, said, Decision(Route.ACCEPT, ""), [], at)


def run(alerts: int) -> dict[str, Any]:
    """Surges one after the other, and what came of them."""
    dice = random.Random(1)
    desk = Desk()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "config.toml").write_text(CONFIG.format(url=desk.url), "utf-8")
        rows = "".join(f"c{n},{name_of(n)},,\n" for n in range(COMPANIES))
        (folder / "watchlist.csv").write_text(f"id,name,ticker,aliases\n{rows}", "utf-8")
        store = open_store(f"sqlite:///{folder / 'monitor.db'}")
        store.prepare(migrate=True)
        ordinary(store, datetime.now(UTC))
        worker = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(folder / "config.toml"), "worker"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("w"),
        )
        try:
            _begun(desk, store)
            for number in range(alerts):
                for n in range(EIGHT):
                    title = BAD[n % len(BAD)].format(name=name_of(number), n=n)
                    desk.items.append((title, datetime.now(UTC)))
                time.sleep(dice.uniform(*EVERY))
            until = time.monotonic() + PATIENCE
            while len(opened(desk)) < alerts and time.monotonic() < until:
                time.sleep(1)
        finally:
            worker.terminate()
            worker.wait(60)
        waited = [_waited(store, at, body) for at, body in opened(desk)]
        store.close()
    found = np.array(waited) if waited else np.array([np.nan])
    return {
        "surges": alerts,
        "told": len(waited),
        "seconds": {
            name: rounded(float(np.quantile(found, share)))
            for name, share in (("median", 0.5), ("p95", 0.95), ("most", 1.0))
        },
    }


def _begun(desk: Desk, store: Store) -> None:
    """Wait until the worker has judged a first article: its model is loaded."""
    title = "The bourse opens at nine"
    desk.items.append((title, datetime.now(UTC)))
    until = time.monotonic() + LOADING
    while time.monotonic() < until:
        with store.read() as tx:
            newest = articles.page(tx, limit=1)
        if newest and newest[0].article.title == title and newest[0].prediction is not None:
            return
        time.sleep(1)
    raise RuntimeError(f"the worker judged nothing within {LOADING:g} seconds")


def opened(desk: Desk) -> list[tuple[datetime, dict[str, Any]]]:
    """The messages that an alert opened."""
    return [(at, body) for at, body in desk.arrived if body["data"]["event"] == "opened"]


def _waited(store: Store, at: datetime, body: dict[str, Any]) -> float:
    """Seconds since the last article behind a message was stored."""
    ids = [piece["article_id"] for piece in body["data"]["evidence"]]
    with store.read() as tx:
        stored = max(one.first_seen_at for one in articles.get_many(tx, ids))
    return (at - stored).total_seconds()


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the time from an article to its alert's message.")
    parser.add_argument("--alerts", type=int, default=ALERTS, help="surges, one after the other")
    parser.add_argument("--out", type=Path, help="write the result as JSON to this file")
    arguments = parser.parse_args()
    result = {
        "benchmark": "latency",
        "command": command(parser, arguments),
        **describe("sqlalchemy", "numpy"),
        **run(arguments.alerts),
    }
    hand_over(result, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
