"""How the archive's alerts were read, and how many of all are true for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import surges
from monitor.detection.events import Event, Outcome, Raised

NOW = datetime(2008, 9, 15, tzinfo=UTC)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found: dict[str, str] = {}
    monkeypatch.setattr(surges, "readings", lambda alerts: found)
    return found


def alerts(companies: int, topics: int) -> tuple[list[dict[str, Any]], list[Raised]]:
    kinds = ["company"] * companies + ["topic"] * topics
    told = [{"id": str(n), "scope": {"kind": kind}} for n, kind in enumerate(kinds)]
    return told, [Raised(one["id"], NOW, frozenset({"acme"})) for one in told]


def test_what_was_read_speaks_for_what_was_not(read: dict[str, str]) -> None:
    told, raised = alerts(companies=20, topics=20)
    event = Event(1, "acme fails", "acme", NOW)
    matched = Outcome(event, None, "0", 1.0, ("0", "1"))
    read |= {"2": "event", "3": "again", "4": "passing", "5": "event", "20": "calendar", "21": "mixed"}
    found = surges.reading(told, [matched], raised)
    assert found["kinds"] == {"event": 2, "again": 1, "passing": 1, "calendar": 1, "mixed": 1}
    companies, topics = found["companies"], found["topics and all news"]
    assert (companies["alerts"], companies["read"]) == (20, 4)
    assert companies["true"] == pytest.approx((2 + 0.75 * 18) / 20), "two match, three of four read are true"
    assert (topics["alerts"], topics["read"], topics["true"]) == (20, 2, 0.0)
    assert found["all"]["true"] == pytest.approx((2 + 0.5 * 38) / 40)
    assert found["all"]["low"] < found["all"]["true"] < found["all"]["high"] < 1.0


def test_the_table_of_what_was_read_is_whole() -> None:
    ids = [row.split(",")[0] for row in (surges.surges_data.ARCHIVE / "read.csv").read_text().split()[1:]]
    assert len(ids) == len(set(ids)) == 200
    found = surges.readings([{"id": id} for id in [*ids, "alert_of_another_day"]])
    assert list(found) == ids and set(found.values()) == set(surges.KINDS)
