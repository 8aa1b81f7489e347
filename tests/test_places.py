"""The table of docs/design.md says where things are decided; here each is done, and the place is asked.

A question is put by doing the thing through an outer door (a file is imported, a window is watched, a
log-in is tried) while every function that runs is written down. The table is true where the function
that it names is among them, and was not before: most of the tree runs for no question but its own.
"""

from __future__ import annotations

import random
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.classification import manifest
from monitor.datasets import labelled
from monitor.desk import Desk
from monitor.errors import AccessError, BlockedError, StoreError
from monitor.fetcher import HttpFetcher
from monitor.records import Article, Role, User
from monitor.store import Store, articles
from monitor.testing import Clock, FakeClassifier, FakeNotifier, make_snapshot
from tests.test_delivery import Outbox
from tests.test_watch import MINUTE, Newsroom

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (?P<what>[^|]+) \| `(?P<file>[^`]+)` \| `(?P<name>[^`]+)` \|$", re.MULTILINE)
PLACES = {
    found["what"]: (found["file"], found["name"])
    for found in ROW.finditer((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
}
CONFIG = """
plugins_dir = "mine"
[classifier]
kind = "fake"
model = "first"
[routing]
audits_per_day = 0
[learning]
"""
PLUGIN = """
from monitor import hookimpl
from monitor.testing import FakeClassifier

@hookimpl
def register_classifiers():
    return [FakeClassifier]
"""
ROWS = """\
title,url,published_at
"Acme Bank misses its forecast, hotline 13812345678",https://news.example/1?utm_source=x,2026-03-01T08:00:00Z
"""


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "places_test_plugin.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "watchlist.csv").write_text("id,name,ticker,aliases\nacme,Acme Bank,ACM,\n", "utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    (tmp_path / "labels.csv").write_text("text,label\n" + "".join(_labels()), "utf-8")
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "first", lambda what, done, total: None)
    manifest.seal(tmp_path / "first")
    with Monitor.open(config.load(tmp_path / "config.toml", {}), now=Clock()) as opened:
        yield opened


def _labels() -> Iterator[str]:
    rng = random.Random(0)
    for number in range(60):
        telling, label = (("plunge fraud", "negative"), ("record profit", "positive"))[number % 2]
        yield f"{telling} {' '.join(f'w{rng.randrange(2000)}x' for _ in range(12))},{label}\n"


@contextmanager
def written_down() -> Iterator[set[tuple[str, str]]]:
    """The (file, name) of every function that runs in the block, in this thread and those it starts."""
    found: set[tuple[str, str]] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            found.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def asked(what: str, found: set[tuple[str, str]]) -> None:
    """`what` was decided where the table says."""
    file, name = PLACES[what]
    assert (str(ROOT / file), name) in found, f"docs/design.md: {what}: {file} was not asked for {name}"
    ASKED.add(what)


ASKED: set[str] = set()


def test_an_article_comes_in(monitor: Monitor, tmp_path: Path) -> None:
    with written_down() as found:
        monitor.import_file(tmp_path / "rows.csv", "desk")
    asked("which dates are read, and how", found)
    asked("what counts as personal data", found)
    asked("which companies a text names", found)
    asked("which articles tell one story", found)
    asked("which words turn a notice into another one", found)
    asked("in whose voice an article speaks", found)
    asked("which parts of an address tell nothing", found)
    with written_down() as found:
        assert monitor.classify_pending() == 1
    asked("which articles an analyst is asked about", found)
    with written_down() as found:
        monitor.prioritise(0)
    asked("which task comes first", found)
    with written_down() as found, monitor.store.read() as tx:
        assert len(articles.page(tx, text="forecast")) == 1
    asked("what a search finds", found)


def test_a_worker_takes_its_share(monitor: Monitor) -> None:
    with written_down() as found:
        monitor.share()
    asked("which worker polls which sources", found)


def test_an_archive_comes_in(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("title,date\nAcme Bank is fined,2008-09-15T04:30Z\n", "utf-8")
    with written_down() as found:
        monitor.import_history(tmp_path / "old.csv", "archive")
    asked("which hours of an archive count as read", found)


def test_a_model_is_trained(monitor: Monitor, tmp_path: Path) -> None:
    with written_down() as found:
        labelled.read(tmp_path / "labels.csv", monitor.workbench.topics)
    asked("which words of a label mean which sentiment", found)
    with written_down() as found:
        monitor.train([tmp_path / "labels.csv"], user="ann")
    asked("when a new model may serve", found)


def test_an_alert_is_told(sqlite_store: Store, article: Callable[..., Article], now: datetime) -> None:
    room = Newsroom(sqlite_store, article)
    room.ordinary(now)
    room.publish(now - 30 * MINUTE, 12)
    with written_down() as found:
        assert room.watch(now)
    asked("what makes a surge", found)
    asked("when an alert opens, goes on and closes", found)
    asked("until when an alert is to be acknowledged and over", found)
    asked("the text of a chat message or a mail", found)


def test_a_message_fails(sqlite_store: Store) -> None:
    outbox = Outbox(sqlite_store)
    outbox.write()
    with written_down() as found:
        outbox.deliver(desk=FakeNotifier(failures=1))
    asked("how long a message that failed waits", found)


def test_something_is_refused(monitor: Monitor) -> None:
    with written_down() as found, pytest.raises(BlockedError):
        HttpFetcher().get("http://127.0.0.1:9/")  # refused before anything is connected to
    asked("which addresses may be connected to", found)
    viewer = Desk(monitor, User(1, "vera", Role.VIEWER, monitor.now()))
    with written_down() as found, pytest.raises(AccessError):
        viewer.train()
    asked("who may do what", found)
    with written_down() as found, suppress(AccessError):
        viewer.change_password("not the one", "a long new password")
    asked("how many passwords may be tried", found)
    with written_down() as found:
        assert "secret" not in StoreError("/srv/secret/monitor.db is locked").public
    asked("what an error tells a client", found)


def test_every_place_exists_and_was_asked_for() -> None:
    """The last test of this file: it counts what the others asked."""
    assert len(PLACES) >= 10
    assert set(PLACES) == ASKED
