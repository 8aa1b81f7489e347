"""Wire services on this machine that know who asked them, and workers that are killed while they ask.

For what several processes do to one store: the services keep who asked which of them, under which name
(`[fetch] user_agent`) and for how long, and hand out numbered news as far as they are released.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from monitor.testing.fakes import FakeClassifier, make_snapshot

PLUGIN = '''\
import json
import random
from dataclasses import dataclass

from monitor import Fetched, Item, hookimpl
from monitor.errors import BusyError
from monitor.testing import FakeClassifier


@dataclass
class Wire:
    """Reads on from where it stopped: a cursor that moved without its news would lose them."""

    feed: str
    port: int = 0
    url: str = ""
    kind = "wire"

    def fetch(self, state, fetcher):
        after = state.get("after", 0)
        service = self.url or f"http://127.0.0.1:{self.port}"
        rows = json.loads(fetcher.get(f"{service}/{self.feed}?after={after}").body)
        items = [Item(guid=row["guid"], title=row["title"]) for row in rows]
        return Fetched(items, {"after": after + len(rows)})


@dataclass
class Busy(FakeClassifier):
    """Has too much to do now and then, so that articles wait to be judged by whoever claims them."""

    busy: float = 0.0
    kind = "busy"

    def classify(self, articles):
        if random.random() < self.busy:
            raise BusyError("as much to do as it may queue")
        return super().classify(articles)


@hookimpl
def register_sources():
    return [Wire]


@hookimpl
def register_classifiers():
    return [Busy]
'''


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: which feed of which host, by whom, and when (seconds on the monotonic clock)."""

    feed: str
    host: str
    agent: str
    began: float
    ended: float


class Wires:
    """Services at these addresses of this machine, each with all `feeds`; `page` is how many news an answer
    has at most, `seconds` how long it takes."""

    def __init__(
        self,
        feeds: Sequence[str],
        hosts: Sequence[str] = ("127.0.0.1",),
        page: int = 50,
        seconds: float = 0.02,
    ) -> None:
        self.feeds = list(feeds)
        self.released = 0  # news of each feed that may be read
        self.asked: list[Asked] = []
        self.page = page
        self.seconds = seconds
        self._servers = [ThreadingHTTPServer((host, 0), _handler(self)) for host in hosts]
        self.urls = [
            f"http://{host}:{one.server_port}" for host, one in zip(hosts, self._servers, strict=True)
        ]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def news(self, feed: str, after: int) -> list[dict[str, str]]:
        """The next news of a feed."""
        numbers = range(after + 1, min(self.released, after + self.page) + 1)
        return [{"guid": f"{feed}-{n}", "title": words(f"{feed}-{n}")} for n in numbers]

    def overlaps(
        self,
        of: Callable[[Asked], str] = lambda one: one.host,
        killed: Mapping[str, float] | None = None,
    ) -> int:
        """How often a host (or what `of` says of a request) was asked by two workers at the same time, both
        of them alive: `killed` says when others were killed, whose last requests may still be answered."""
        found, killed = 0, killed or {}
        for what in {of(one) for one in self.asked}:
            asked = sorted((one for one in self.asked if of(one) == what), key=lambda one: one.began)
            for place, one in enumerate(asked):
                for other in asked[place + 1 :]:
                    if other.began >= one.ended:
                        break
                    dead = min(killed.get(agent, other.began) for agent in (one.agent, other.agent))
                    found += other.agent != one.agent and dead >= other.began
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _handler(wires: Wires) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            began, asked = time.monotonic(), urlsplit(self.path)
            feed = asked.path.strip("/")
            body = json.dumps(wires.news(feed, int(parse_qs(asked.query)["after"][0]))).encode()
            time.sleep(wires.seconds)
            host = str(self.connection.getsockname()[0])
            wires.asked.append(Asked(feed, host, self.headers["User-Agent"], began, time.monotonic()))
            with contextlib.suppress(OSError):  # who asked was killed meanwhile
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: who asks is in `asked`."""

    return Handler


def words(seed: str) -> str:
    """A headline that is like no other."""
    dice = random.Random(seed)
    return " ".join("".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(8))


def settle(
    folder: Path,
    store_url: str,
    sources: str,
    *,
    lease_seconds: float = 5.0,
    busy: float = 0.0,
    more: str = "",
) -> Path:
    """Write a config.toml for workers on the store into `folder`, with its plugin and model; `sources` and
    `more` are tables of it."""
    (folder / "plugins").mkdir(parents=True, exist_ok=True)
    (folder / "plugins" / "wires.py").write_text(PLUGIN, encoding="utf-8")
    FakeClassifier().fit(make_snapshot(), None, folder / "model", lambda what, done, total: None)
    (folder / "watchlist.csv").write_text("id,name,ticker,aliases\n", encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(
        f"""\
plugins_dir = "plugins"
[store]
url = "{store_url}"
[fetch]
allow_networks = ["127.0.0.0/8"]
[classifier]
kind = "busy"
model = "model"
busy = {busy}
[jobs]
lease_seconds = {lease_seconds}
poll_seconds = 1
classify_seconds = 1
[learning]
enabled = false
{more}
{sources}
""",
        encoding="utf-8",
    )
    return config


class Worker:
    """A `monitor worker` in a process of its own, which the services know by `name`."""

    def __init__(self, config: Path, name: str) -> None:
        self.name = name
        self._log = (config.parent / f"{name}.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(config), "worker"],
            cwd=config.parent,
            env={**os.environ, "MONITOR_FETCH__USER_AGENT": name, "OMP_NUM_THREADS": "1"},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
