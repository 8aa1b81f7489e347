"""Several workers on one store: processes of which one is killed, and polls by hand of what another holds."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor import config
from monitor.app import Monitor
from monitor.desk import Desk
from monitor.errors import NotFoundError
from monitor.messages import Message
from monitor.records import PollResult, Role, User
from monitor.schedule import holdings
from monitor.schedule.scheduler import LEASE, scheduler_of
from monitor.store import Store, articles, leases, open_store, predictions, sources
from monitor.testing import FakeClassifier, make_snapshot
from monitor.testing.wires import Wires, Worker, settle

FEEDS = [f"wire{n}" for n in range(4)]


def until(reached: Callable[[], bool]) -> None:
    for _ in range(1200):
        if reached():
            return
        time.sleep(0.1)
    raise AssertionError("two minutes were not enough")


def holders(store: Store) -> dict[str, str]:
    with store.read() as tx:
        return {name: holder for name, (holder, _) in leases.holders(tx, holdings.SOURCE).items()}


def stored(store: Store) -> int:
    with store.read() as tx:
        return articles.count(tx, sample=False)


def test_of_two_workers_one_is_killed_and_nothing_is_lost_or_there_twice(
    postgresql_url: str, tmp_path: Path
) -> None:
    store = open_store(postgresql_url)
    with Wires(FEEDS, page=10) as wires:
        port = wires.urls[0].rpartition(":")[2]
        tables = (
            f'[sources.{feed}]\nkind = "wire"\nfeed = "{feed}"\nport = {port}\ninterval_minutes = 0.02\n'
            for feed in FEEDS
        )
        path = settle(tmp_path, postgresql_url, "\n".join(tables))
        workers = [Worker(path, name) for name in ("one", "two")]
        try:
            until(lambda: len(set(holders(store).values())) == 2)
            wires.released = 15
            until(lambda: stored(store) == 15 * len(FEEDS))
            assert {one.agent for one in wires.asked} == {"one", "two"}
            assert Counter(holders(store).values()).most_common()[0][1] == 2, "each has half"
            wires.released = 30
            killed = time.monotonic()
            workers[0].kill()
            until(lambda: stored(store) == 30 * len(FEEDS) and len(set(holders(store).values())) == 1)
            assert holders(store).keys() == set(FEEDS)
            with store.read() as tx:
                leader = leases.holder(tx, LEASE)
            assert f":{workers[1].pid}:" in leader, "what one process does alone, the other does now"
        finally:
            for one in workers:
                one.stop()
        assert wires.overlaps(lambda one: one.feed, {"one": killed}) == 0, "no source was read by two at once"
    with store.read() as tx:
        found = [view.article for view in articles.page(tx, limit=1000)]
        assert len({one.title for one in found}) == len(found) == 30 * len(FEEDS)
        assert len(predictions.of(tx, [one.id for one in found])) == len(found)
    store.close()


# --- by hand ----------------------------------------------------------------------------------------

CONFIG = """
[classifier]
kind = "fake"
model = "model"
[fetch]
timeout_seconds = 1
[sources.one]
kind = "sample"
[sources.two]
kind = "sample"
[jobs]
lease_seconds = 5
"""
PLUGIN = """
from monitor import hookimpl
from monitor.testing import FakeClassifier

@hookimpl
def register_classifiers():
    return [FakeClassifier]
"""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Monitor]:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "workers_test_plugin.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text('plugins_dir = "plugins"\n' + CONFIG)
    FakeClassifier().fit(make_snapshot(), None, tmp_path / "model", lambda what, done, total: None)
    with Monitor.open(config.load(tmp_path / "config.toml", {}), role="worker") as monitor:
        yield monitor


@pytest.fixture
def web(worker: Monitor) -> Iterator[Monitor]:
    """Another process of the same installation, that polls nothing on schedule."""
    with Monitor.open(worker.settings, role="web") as monitor:
        yield monitor


def test_by_hand_a_source_is_polled_by_the_worker_that_holds_it(worker: Monitor, web: Monitor) -> None:
    scheduler_of(worker)
    worker.share()
    found: list[PollResult] = []
    thread = threading.Thread(target=lambda: found.extend(web.poll(["two", "one"])))
    thread.start()

    def was_asked() -> bool:
        with worker.store.read() as tx:
            return bool(sources.asked(tx))

    until(was_asked)
    while thread.is_alive():
        worker.share()
        thread.join(0.1)
    assert [(one.source, one.ok) for one in found] == [("two", True), ("one", True)]
    bo = User(1, "bo", Role.VIEWER, worker.now())
    assert {one.worker for one in Desk(web, bo).sources()} == {holdings.shown(worker.heart.holder)}
    assert holdings.told(web.store)[0].endswith("(worker): 2 sources")


def test_a_worker_that_does_not_answer_stays_asked(worker: Monitor, web: Monitor) -> None:
    scheduler_of(worker)
    worker.holdings.look()
    (result,) = web.poll(["one"])
    name = holdings.shown(worker.heart.holder)
    assert (result.ok, result.error) == (False, Message("sources.asked", worker=name))
    assert str(result.error).count(":") == 0, "it says nothing of the machine"
    with web.store.read() as tx:
        assert sources.asked(tx) == {"one"}
    with pytest.raises(NotFoundError):
        web.poll(["three"])


def test_what_nobody_holds_is_polled_by_whoever_is_asked(web: Monitor) -> None:
    assert [one.ok for one in web.poll(["one"])] == [True]
    assert holdings.told(web.store)[0].startswith("none runs")
