"""What the check of the database's file found is a number for a scraper, once it is known."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from monitor.store import Store
from monitor.store.integrity import Health
from monitor.web.metrics import Metrics


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
