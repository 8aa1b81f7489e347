"""An alert as a rule opens one, for tests of what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.records import Alert, AlertState, Scope

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NO_WAIT = timedelta(0)


def alarm(id: str = "alert_1", at: datetime = AT, **fields: Any) -> Alert:
    """A firing alert of all news that opened `at` a moment, with other `fields` where they are given."""
    usual = {
        "rule": "surge",
        "scope": Scope("all"),
        "state": AlertState.FIRING,
        "opened_at": at,
        "updated_at": at,
        "last_at": at,
        "start_at": at - timedelta(hours=1),
        "end_at": at,
        "voices": 12,
        "observed": 11.4,
        "expected": 1.26,
        "low": 0.0,
        "high": 4.1,
        "p_value": 2.3e-9,
        "score": 8.6,
        "cut": 4.2,
        "checked": True,
    }
    return Alert(id, **{**usual, **fields})
