"""What a scraper reads: what the check of the database's file found, sizes, what is overdue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.alerts import deadlines
from monitor.records import Prediction
from monitor.settings import AlertSettings
from monitor.store import Store, alerts, articles, stories, vectors
from monitor.store.integrity import Health
from monitor.testing import Clock, make_article
from monitor.web.metrics import Metrics
from tests.alarms import AT, NO_WAIT, alarm


def test_the_size_of_what_is_kept(store: Store) -> None:
    with store.begin() as tx:
        at = Clock()()
        for n in range(3):
            one = articles.insert(tx, replace(make_article(f"text {n}"), story_id=stories.create(tx, at)))
            vectors.keep(tx, {one.id: Prediction({}, {}, "m1", vector=b"\0\0\0\0")})
    text = Metrics(store).text().decode()
    assert "monitor_workers 0.0" in text and "monitor_sources_held 0.0" in text
    assert "monitor_vectors 3.0" in text and "monitor_vectors_bytes 12.0" in text


@pytest.mark.parametrize(
    ("health", "whole"),
    [("unchecked", None), ("checking", None), ("served", None), ("whole", "1.0"), ("damaged", "0.0")],
)
def test_the_check_of_the_file(sqlite_store: Store, now: datetime, health: str, whole: str | None) -> None:
    found = Health(health, "page 7 is none" if health == "damaged" else "", now if whole else None)
    text = Metrics(sqlite_store, lambda: found).text().decode()
    values = dict(re.findall(r"^(monitor_store_\S+) (\S+)$", text, re.MULTILINE))
    assert values.get("monitor_store_whole") == whole
    if whole is not None:
        assert float(values["monitor_store_checked_timestamp_seconds"]) == now.timestamp()
    assert "page 7" not in text


def test_open_alerts_that_are_overdue(store: Store) -> None:
    def told(now: datetime) -> str:
        text = Metrics(store, now=lambda: now).text().decode()
        return next(line for line in text.splitlines() if line.startswith("monitor_alerts_overdue "))

    with store.begin() as tx:
        alerts.put(tx, deadlines.dated(alarm("a"), AlertSettings(), NO_WAIT))
        alerts.put(tx, deadlines.dated(alarm("b", severity="info"), AlertSettings(), NO_WAIT))
    assert told(AT + timedelta(minutes=60)) == "monitor_alerts_overdue 0.0"
    assert told(AT + timedelta(minutes=61)) == "monitor_alerts_overdue 1.0"
