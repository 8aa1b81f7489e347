"""The time zone: the browser's, or one that the reader chose, which links carry."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from monitor_dashboard import markup


def page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from monitor_dashboard import zones
    from monitor_dashboard.frame import Frame
    from monitor_dashboard.messages import speaker

    browsers = st.session_state["browsers"]
    desk = SimpleNamespace()
    frame = Frame(desk, "zh", speaker("zh"), zones.chosen(browsers))  # type: ignore[arg-type]
    zones.choose(frame, browsers)
    st.text(f"{frame.zone.key} {frame.link('articles', id=3)}")


def opened(browsers: str | None, **query: str) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["browsers"] = browsers
    for name, value in query.items():
        app.query_params[name] = value
    app.run(timeout=60)
    assert not app.exception
    return app


def test_the_browsers_zone_is_shown_and_no_link_carries_it() -> None:
    app = opened("Europe/Berlin")
    assert app.text[0].value == "Europe/Berlin /articles?id=3"
    assert app.selectbox[0].options[0].startswith("Europe/Berlin · UTC+")
    assert not app.warning


def test_a_choice_is_kept_and_carried() -> None:
    app = opened("Europe/Berlin")
    app.selectbox[0].select("Asia/Tokyo").run(timeout=60)
    assert app.text[0].value == "Asia/Tokyo /articles?id=3&amp;tz=Asia%2FTokyo"
    del app.query_params["tz"]  # the menu leads to an address without it
    app.run(timeout=60)
    assert app.text[0].value.startswith("Asia/Tokyo")
    app.selectbox[0].select("Europe/Berlin").run(timeout=60)
    assert app.text[0].value == "Europe/Berlin /articles?id=3"


def test_a_link_brings_its_zone_even_one_that_is_not_offered() -> None:
    app = opened("Europe/Berlin", tz="America/St_Johns")
    assert app.text[0].value.startswith("America/St_Johns")
    assert app.selectbox[0].value == "America/St_Johns"


@pytest.mark.parametrize("name", ["Nowhere/Land", "../etc/passwd", "Asia", "x" * 3000, "\x00"])
def test_an_unknown_one_is_told_and_left_out(name: str) -> None:
    app = opened("Europe/Berlin", tz=name)
    assert "不存在" in app.warning[0].value and app.text[0].value.startswith("Europe/Berlin")


def test_a_browser_without_a_zone_is_in_utc() -> None:
    assert opened(None).text[0].value.startswith("UTC ")
    assert opened("Not/AZone").text[0].value.startswith("UTC ")


@pytest.mark.parametrize(
    ("zone", "month", "offset"),
    [
        ("UTC", 1, "UTC"),
        ("Asia/Shanghai", 1, "UTC+8"),
        ("America/St_Johns", 1, "UTC-3:30"),
        ("America/St_Johns", 7, "UTC-2:30"),
        ("Asia/Kathmandu", 1, "UTC+5:45"),
        ("Europe/London", 1, "UTC"),
        ("Europe/London", 7, "UTC+1"),
    ],
)
def test_a_clock_says_how_far_it_is_from_utc(zone: str, month: int, offset: str) -> None:
    assert markup.offset(datetime(2026, month, 5, 12, tzinfo=UTC), ZoneInfo(zone)) == offset
