"""What pages have in common: links that lead back, and errors that tell nothing of the machine."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor.errors import ConflictError, StoreBusyError
from monitor.messages import Message
from monitor_dashboard import frame
from monitor_dashboard.messages import speaker


class Context:
    """What a browser told Streamlit."""

    def __init__(self, url: str | None = None, locale: str = "en-GB", **cookies: str) -> None:
        self.url = url
        self.locale = locale
        self.cookies = cookies


def shown(monkeypatch: pytest.MonkeyPatch, context: Context, error: Exception) -> list[str]:
    """The errors on a page that ended in `error`."""
    monkeypatch.setattr(st, "context", context)

    def script(error: Exception) -> None:
        from monitor_dashboard import frame

        assert frame.broken(error)

    return [one.value for one in AppTest.from_function(script, args=(error,)).run().error]


@pytest.mark.parametrize("error", [StoreBusyError("sqlite:////srv/news/m.db: locked"), KeyError("/srv/news")])
def test_an_error_that_nobody_caught_is_told_with_an_id_and_no_place(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    (english,) = shown(monkeypatch, Context(), error)
    (chinese,) = shown(monkeypatch, Context(monitor_language="zh"), error)
    assert "the log says more under" in english and "详情见日志" in chinese
    for word in ("srv", "sqlite", "KeyError", "locked"):
        assert word not in english + chinese


def test_an_error_a_page_expects_is_told_in_the_visitor_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, **_: told.append(text))
    for language in ("en", "zh"):
        visitor = frame.Frame(None, language, speaker(language), None)  # type: ignore[arg-type]
        frame.failed(visitor, ConflictError(Message("desk.not_oneself")))
        frame.failed(visitor, StoreBusyError("/srv/news/m.db"))
    assert "disable yourself" in told[0] and "停用自己" in told[2]
    assert not any("srv" in one for one in told)


@pytest.mark.parametrize(
    ("url", "query", "link"),
    [
        ("http://localhost:8080/alerts", {"id": "a&b"}, "/login?next=%2Falerts%3Fid%3Da%2526b"),
        ("https://news.example/articles", {}, "/login?next=%2Farticles"),
        ("http://localhost/", {}, "/login?next=%2F"),
        (None, {"text": "制动"}, "/login?next=%2F%3Ftext%3D%25E5%2588%25B6%25E5%258A%25A8"),
    ],
)
def test_a_link_leads_back_to_the_page_with_its_query(
    monkeypatch: pytest.MonkeyPatch, url: str | None, query: dict[str, str], link: str
) -> None:
    monkeypatch.setattr(st, "context", Context(url))

    def script() -> None:
        import streamlit as st

        from monitor_dashboard import frame

        st.text(frame.link_to("/login"))

    page = AppTest.from_function(script)
    for name, value in query.items():
        page.query_params[name] = value
    assert page.run().text[0].value == link


@pytest.mark.parametrize(
    ("context", "language"),
    [
        (Context(locale="zh-CN"), "zh"),
        (Context(locale="de-DE"), "en"),
        (Context(locale="zh-CN", monitor_language="en"), "en"),
        (Context(monitor_language="xx"), "en"),
    ],
)
def test_the_language_chosen_on_a_page_wins(
    monkeypatch: pytest.MonkeyPatch, context: Context, language: str
) -> None:
    monkeypatch.setattr(st, "context", context)
    assert frame.spoken() == language
