"""A damaged database is said on the first page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.store.integrity import Health


def page() -> None:
    from zoneinfo import ZoneInfo

    import streamlit as st

    from monitor.desk import desk_for
    from monitor_dashboard import overview
    from monitor_dashboard.frame import Frame
    from monitor_dashboard.messages import speaker

    desk = desk_for(st.session_state["session"])
    assert desk is not None
    language = st.session_state["language"]
    overview.show(Frame(desk, language, speaker(language), ZoneInfo("UTC")))


@pytest.mark.parametrize(("language", "words"), [("en", "file is damaged"), ("zh", "数据库文件已损坏")])
def test_damage_is_shown_with_what_to_do(
    monitor: Monitor, log_in: Callable[..., str], language: str, words: str
) -> None:
    app = AppTest.from_function(page)
    app.session_state["session"], app.session_state["language"] = log_in("ann"), language
    app.run(timeout=60)
    assert not app.exception and not app.error
    monitor.examination.health = Health("damaged", "page 7 is none", monitor.now())
    app.run(timeout=60)
    assert words in app.error[0].value and "monitor db restore FILE" in app.error[0].value
