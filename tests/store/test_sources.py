"""Sources: where reading goes on, and the health people see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.messages import Message, said
from monitor.records import Article, SourceStatus
from monitor.store import Store, sources
from tests.clocks import pass_time

MINUTE = timedelta(minutes=1)


def test_a_source_never_polled_is_blank(store: Store) -> None:
    with store.read() as tx:
        assert sources.status(tx, "wire") == SourceStatus("wire")
        assert sources.all(tx) == []


def test_success_keeps_the_state_and_failure_keeps_it_too(store: Store, now: datetime) -> None:
    state = {"etag": 'W/"1"', "cursor": [1, {"deep": None}]}
    with store.begin() as tx:
        sources.failed(tx, "wire", "no route to host", now, 60.0)
        assert sources.status(tx, "wire") == SourceStatus(
            "wire",
            last_polled_at=now,
            next_poll=60.0,
            wait_seconds=60.0,
            consecutive_failures=1,
            last_error="no route to host",
            warnings=(),
        )
        pass_time(tx, 70.0)
        assert sources.status(tx, "wire").wait_seconds == 0.0, "it is due"
        sources.succeeded(tx, "wire", state, ["ill-formed"], now + MINUTE, 120.0)
        healthy = SourceStatus(
            "wire",
            state=state,
            last_polled_at=now + MINUTE,
            last_success_at=now + MINUTE,
            polled=70.0,
            next_poll=190.0,
            wait_seconds=120.0,
            warnings=("ill-formed",),
        )
        assert sources.status(tx, "wire") == healthy
        for failures in (1, 2):
            sources.failed(tx, "wire", "503", now + 3 * MINUTE, 0.0)
            status = sources.status(tx, "wire")
            assert (status.consecutive_failures, status.last_error) == (failures, "503")
        assert (status.state, status.last_success_at) == (state, now + MINUTE)
        assert (status.last_polled_at, status.wait_seconds) == (now + 3 * MINUTE, 0.0)


def test_a_warning_is_kept_in_every_language(store: Store, now: datetime) -> None:
    warning = Message("dates.assumed", count=3, zone="Asia/Shanghai")
    with store.begin() as tx:
        sources.succeeded(tx, "wire", {}, [warning, '{"message": "of somebody else"}'], now, 60.0)
        kept, other = sources.status(tx, "wire").warnings
    assert (kept, said(kept, "zh")) == (warning, warning.said("zh"))
    assert other == '{"message": "of somebody else"}'


def test_articles_are_counted_per_source(
    store: Store, publish: Callable[..., Article], now: datetime
) -> None:
    with store.begin() as tx:
        for source in ("wire", "paper", "wire"):
            publish(tx, source=source)
        for source in ("wire", "blog"):
            sources.succeeded(tx, source, {}, [], now, 0.0)
        assert {status.name: status.articles for status in sources.all(tx)} == {"blog": 0, "wire": 2}
        assert sources.status(tx, "wire").articles == 2
        assert sources.status(tx, "paper").articles == 1


def test_a_pulse_is_when_a_source_answered_and_how_often_it_failed_since(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        assert sources.pulses(tx) == []
        sources.succeeded(tx, "wire", {}, [], now, 60)
        for _ in range(2):
            sources.failed(tx, "wire", "HTTP 503", now + timedelta(minutes=1), 60)
        sources.failed(tx, "deaf", "no answer", now, 60)
        assert sources.pulses(tx) == [
            sources.Pulse("deaf", None, 1, "no answer"),
            sources.Pulse("wire", now, 2, "HTTP 503"),
        ]
