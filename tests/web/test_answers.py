from __future__ import annotations

from typing import Any

import pytest

from monitor import errors
from monitor.errors import AttemptsError, BusyError, MonitorError, StoreBusyError, UserError
from monitor.messages import Message
from monitor.web import answers

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MonitorError)]


def scope(path: str = "/queue", **headers: str) -> Any:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    raw = {"raw_path": path.encode(), "query_string": b"a=1&b=%22"}
    return {"type": "http", "method": "GET", "path": path, "headers": pairs, **raw}


def test_the_narrower_kind_is_named_before_the_wider() -> None:
    listed = list(answers.STATUSES)
    for kind in KINDS:
        first = next((one for one in listed if issubclass(kind, one)), None)
        assert answers.status_of(kind("")) == (answers.STATUSES[first] if first else 500)
        if kind in listed:
            assert first is kind


def test_who_may_come_back_is_told_when() -> None:
    tries = AttemptsError(Message("login.wait", minutes=1), retry_after=12.3)
    assert answers.failure(scope(), tries).headers["retry-after"] == "13"
    assert answers.failure(scope(), BusyError("full")).headers["retry-after"] == "5"
    assert "retry-after" not in answers.failure(scope(), UserError("no")).headers


@pytest.mark.parametrize(
    ("path", "accept", "page"),
    [
        ("/queue", "text/html,application/xhtml+xml", True),
        ("/queue", "*/*", False),
        ("/queue", "", False),
        ("/api/me", "text/html", False),
        ("/_stcore/health", "text/html", False),
        ("/apix", "text/html", True),
    ],
)
def test_a_browser_gets_a_page_and_a_program_json(path: str, accept: str, page: bool) -> None:
    answer = answers.failure(scope(path, accept=accept, accept_language="zh"), StoreBusyError("/srv/m.db"))
    assert answer.headers["content-type"].startswith("text/html" if page else "application/json")
    assert "数据库正忙" in bytes(answer.body).decode() and b"srv" not in bytes(answer.body)


def test_a_page_leads_on_to_where_one_was_or_home() -> None:
    browser = scope("/queue", accept="text/html")
    again = bytes(answers.failure(browser, StoreBusyError("")).body).decode()
    assert 'href="/queue?a=1&amp;b=%22"' in again and "Try again" in again
    posted = bytes(answers.failure({**browser, "method": "POST"}, StoreBusyError("")).body).decode()
    assert 'href="/"' in posted
    assert 'href="/"' in bytes(answers.nothing_here(browser).body).decode()


def test_what_is_told_is_text_on_the_page() -> None:
    answer = answers.failure(scope(accept="text/html"), UserError("<script>alert(1)</script>"))
    assert b"<script" not in bytes(answer.body) and b"&lt;script&gt;" in bytes(answer.body)
