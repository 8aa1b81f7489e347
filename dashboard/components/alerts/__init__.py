"""The list of alerts in the browser: what it is handed, and the door through which Streamlit loads it.

Streamlit runs its script anew for every click, and a key pressed meanwhile would be about whatever is there
then. So the list is a component: a key is about the alert that is marked when it goes down, by its id, and
what is done goes to the API at once. Streamlit hears which alert is opened, and that the list is to be read
anew. Its modules, by noun:

    list      the parts put together            row       one alert          spark   its counts, small
    keys      what a key means                  question  what is asked before alerts are changed
    server    the API                           time      how old, and due until when
    loader    Streamlit's way in; `main` the door; nodes, keys that are held and what lies over the page are
              the queue's
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from monitor.desk import Row
from monitor.records import AlertState
from monitor_dashboard import charts
from monitor_dashboard.frame import Frame
from monitor_dashboard.messages import MESSAGES

FOLDER = Path(__file__).parent

_mount = st.components.v2.component(
    "monitor_alerts",
    css=(FOLDER / "style.css").read_text(encoding="utf-8"),
    js=(FOLDER / "loader.js").read_text(encoding="utf-8"),
    # In the page's own tree, so that its reader, its search and its theme reach the list.
    isolate_styles=False,
)


def show(frame: Frame, rows: Sequence[Row], analysts: Sequence[str], now: datetime) -> str:
    """Put the list on the page; the alert that somebody opens, "" while nobody does."""
    told = _mount(
        key="alerts",
        data=handed(frame, rows, analysts, now),
        on_open_change=lambda: None,
        on_refresh_change=lambda: None,
    )
    return str(told.open or "")


def handed(frame: Frame, rows: Sequence[Row], analysts: Sequence[str], now: datetime) -> Mapping[str, Any]:
    """What the component is handed: whose it is, the rows, and how to speak of them. Times are in
    milliseconds since 1970, `now` among them."""
    return {
        "user": frame.desk.user.name,
        "analyst": frame.is_analyst,
        "analysts": list(analysts),
        "now": _moment(now),
        "rows": [_row(frame, row) for row in rows],
        "words": {key: frame.say(key) for key in words()},
    }


def words() -> Sequence[str]:
    """The sentences it says, by key."""
    states = {f"state.{state}" for state in AlertState}
    return [key for key in MESSAGES if key.startswith(("list.", "severity.")) or key in states]


def _row(frame: Frame, row: Row) -> Mapping[str, Any]:
    alert = row.alert
    return {
        "id": alert.id,
        "link": f"/alerts?id={alert.id}",
        "title": frame.scope(alert.scope),
        "about": frame.said(row.title),
        "rule": alert.rule,
        "state": alert.state.value,
        "severity": alert.severity,
        "rule_severity": alert.rule_severity,
        "opened_at": _moment(alert.opened_at),
        "first": frame.clock(alert.opened_at),
        "voices": alert.voices,
        "expected": frame.mean(alert.expected),
        "owner": alert.owner,
        "acknowledged": alert.acknowledged_at is not None,
        "acknowledge_by": _moment(alert.acknowledge_by),
        "resolve_by": _moment(alert.resolve_by),
        "spark": _spark(row) if row.windows else None,
    }


def _spark(row: Row) -> Mapping[str, Any]:
    """Its counts, those within its own window marked, and the band of what is usual."""
    alert = row.alert
    _, low, high = charts.usual(alert, row.windows[0].end_at - row.windows[0].start_at)
    bars = [
        {
            "weight": round(window.weight, 4),
            "own": window.start_at < alert.end_at and window.end_at > alert.start_at,
        }
        for window in row.windows
    ]
    return {"bars": bars, "low": round(low, 4), "high": round(high, 4)}


def _moment(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)
