"""Any page without a browser: its script, its states, and what a reader sees of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, NoReturn

from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.errors import StoreBusyError

TIMEOUT = 60
LOCKED = {"en": "locked", "zh": "数据库"}


def script() -> None:
    from zoneinfo import ZoneInfo

    import streamlit as st

    from monitor.desk import desk_for
    from monitor_dashboard import pages
    from monitor_dashboard.frame import Frame
    from monitor_dashboard.messages import speaker
    from tests.dashboard.pages import Unreachable

    desk = desk_for(st.session_state["session"], "10.0.0.1")
    assert desk is not None
    if st.session_state["failing"]:
        desk.monitor = Unreachable(desk.monitor)  # type: ignore[assignment]
    language = st.session_state["language"]
    zone = ZoneInfo(st.session_state["zone-of-test"])
    pages.shown(Frame(desk, language, speaker(language), zone), st.session_state["page"])


class Unreachable:
    """A monitor whose store stays locked."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self.store = self

    def read(self) -> NoReturn:
        raise StoreBusyError("sqlite:////srv/news/monitor.db: the database is locked")

    begin = read

    def __getattr__(self, name: str) -> object:
        return getattr(self._monitor, name)


def opened(
    page: str,
    session: str,
    language: str = "en",
    *,
    zone: str = "UTC",
    failing: bool = False,
    query: Mapping[str, str] | None = None,
) -> AppTest:
    """The page as a reader finds it at its address; with `failing`, while its store stays locked."""
    app = AppTest.from_function(script)
    given = {"page": page, "session": session, "language": language, "zone-of-test": zone, "failing": failing}
    for name, value in given.items():
        app.session_state[name] = value
    for name, value in (query or {}).items():
        app.query_params[name] = value
    app.run(timeout=TIMEOUT)
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> list[str]:
    """Every text that a page shows, of whatever element; HTML without its tags."""
    return [text for block in (app.main, app.sidebar) for text in _texts(block)]


def said(app: AppTest) -> str:
    """All of it as one text."""
    return "\n".join(words(app))


def _texts(node: object) -> Iterator[str]:
    for child in getattr(node, "children", {}).values():
        yield from _of(child)
        yield from _texts(child)


def _of(node: object) -> Iterator[str]:
    kind = getattr(node, "type", "")
    proto = getattr(node, "proto", None)
    if kind == "html" or (kind == "unknown" and getattr(proto, "body", "")):
        yield unescape(re.sub("<style>.*?</style>|<[^>]+>", " ", proto.body, flags=re.DOTALL))
    if kind in ("arrow_data_frame", "dataframe"):
        table = node.value  # type: ignore[attr-defined]
        yield from re.findall(r'"label": "([^"]*)"', proto.columns.encode().decode("unicode_escape"))
        for column in table.columns:
            yield from (str(cell) for cell in table[column].tolist() if isinstance(cell, str))
    names = ("label", "value", "help", "placeholder", "options", "delta")
    for name in (*names, "body") if kind != "html" else ():
        found = getattr(proto, name, None)
        if isinstance(found, str):
            yield re.sub(r"\\(.)", r"\1", found)
        elif name == "options" and found is not None:
            yield from (one if isinstance(one, str) else getattr(one, "content", "") for one in found)


def linked(app: AppTest) -> list[str]:
    """The addresses that a page's own HTML leads to."""
    bodies = [getattr(node.proto, "body", "") for node in _every(app.main) if hasattr(node, "proto")]
    return [unescape(link) for body in bodies if body for link in re.findall(r'<a href="([^"]*)"', body)]


def _every(node: object) -> Iterator[Any]:
    for child in getattr(node, "children", {}).values():
        yield child
        yield from _every(child)
