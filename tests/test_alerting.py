"""A running monitor tells by its routes: heartbeats while it looks, digests in any case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.app import Monitor
from monitor.errors import NotFoundError, PluginError
from monitor.messages import Message, said
from monitor.store import Store, deliveries
from monitor.testing import Clock
from tests.clocks import pass_time
from tests.monitors import monitor_of

CONFIG = """
[jobs]
timezone = "UTC"
[notifiers.desk]
kind = "console"
heartbeat_minutes = 30
[notifiers.mail]
kind = "apprise"
url = "json://desk.example"
max_bytes = 2000
digest = "*/10 * * * *"
digest_empty = true
[notifiers.off]
kind = "console"
enabled = false
"""


@pytest.fixture
def monitor(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Monitor]:
    with monitor_of(CONFIG, sqlite_store, tmp_path, clock) as monitor:
        yield monitor


def test_a_receiver_gets_as_much_as_it_takes(monitor: Monitor) -> None:
    rooms = {name: one.room for name, one in monitor.tree.receivers.items()}
    assert rooms == {"desk": 1500, "mail": 1250}
    assert monitor.tree.receivers["mail"].digest == "*/10 * * * *"


def test_a_look_that_fails_sends_no_heartbeat_and_the_digest_all_the_same(
    monitor: Monitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events() -> list[str]:
        with monitor.store.read() as tx:
            return sorted(one.event for one in deliveries.all(tx))

    def wait(minutes: int) -> None:
        clock.advance(minutes=minutes)
        with monitor.store.begin() as tx:
            pass_time(tx, minutes * 60)

    def fails(*_: object) -> None:
        raise PluginError(Message("alerting.detector_failed", why="surge: no"))

    monitor.watch()
    assert events() == ["heartbeat"], "the first digest waits for its time"
    monkeypatch.setattr(monitor.watching, "look", fails)
    wait(40)
    with pytest.raises(PluginError, match="surge: no"):
        monitor.watch()
    assert events() == ["digest", "heartbeat"]
    monkeypatch.undo()
    monitor.watch()
    assert events() == ["digest", "heartbeat", "heartbeat"]


def test_a_receiver_that_is_switched_off_is_not_tested(monitor: Monitor) -> None:
    with pytest.raises(NotFoundError, match="no enabled receiver 'off'; enabled: desk, mail") as caught:
        monitor.test_receiver("off", "ann")
    assert "没有已启用的接收方" in said(caught.value.told, "zh")


def test_what_a_plugin_raises_is_told_as_a_kind_and_no_more(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def send(self, *_: object) -> None:
            raise ValueError("https://desk.example/?token=s3cret")

    monkeypatch.setattr(monitor.instances, "notifiers", lambda: {"desk": Broken()})
    assert monitor.test_receiver("desk", "ann") == "it raised ValueError; the log says more"
