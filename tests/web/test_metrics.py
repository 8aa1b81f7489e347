"""What the check of the database's file found is a number for a scraper, once it is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from monitor.records import Prediction
from monitor.store import Store, articles, stories, vectors
from monitor.store.integrity import Health
from monitor.testing import Clock, make_article
from monitor.web.metrics import Metrics


def test_the_size_of_what_is_kept(store: Store) -> None:
    with store.begin() as tx:
        at = Clock()()
        for n in range(3):
            one = articles.insert(tx, replace(make_article(f"text {n}"), story_id=stories.create(tx, at)))
            vectors.keep(tx, {one.id: Prediction({}, {}, "m1", vector=b"\0\0\0\0")})
    text = Metrics(store).text().decode()
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
