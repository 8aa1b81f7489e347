"""The page of one alert: what it hangs on, its stories, alerts like it, and what people say of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.app import Monitor
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.records import OPERATION, AlertState, Attribution, Explanation, Role, Scope, Verdict, VerdictKind
from monitor.store import alerts, articles, quotes, verdicts, walked
from monitor.store.quotes import Quote
from monitor.testing import FakeClassifier
from monitor_dashboard import card
from tests.alarms import alarm
from tests.dashboard.pages import TIMEOUT, opened, said
from tests.dashboard.test_alerts import ALERT


@pytest.fixture
def judged(filled: Monitor) -> Monitor:
    """With an alert before it, what people said, a cut, and a sentence that no title says."""
    now = filled.now()
    with filled.store.begin() as tx:
        alert = alerts.get(tx, ALERT)
        before = alarm("a0", now - timedelta(days=2), scope=alert.scope, state=AlertState.RESOLVED)
        alerts.put(tx, before, alert.article_ids[:1])
        alerts.put(tx, alarm("a9", now - timedelta(days=3), scope=Scope("company", "harbour")))
        verdicts.give(tx, Verdict("a0", "bo", VerdictKind.NOISE, now))
        cut = Cut("surge", cells.cell(now) - 50, 7.4, checked=False, weeks=2.0, openings=0)
        walked.keep(tx, now, {"surge": {}}, [(cut, 9)], {}, 0)
        first = articles.get(tx, next(iter(quotes.leading(tx, alert.article_ids))))
        start = first.content.index("公司尚未")
        quotes.keep(tx, [Quote(first.text_id, "northwind", start, len(first.content), 0.81, "v1")])
    return filled


@pytest.mark.parametrize(
    ("language", "hangs", "stories", "like"),
    [
        ("en", "It would not fire without these 3 stories together", "Stories (14)", "same company"),
        ("zh", "若同时没有以下 3 个事件，不会触发", "事件 (14)", "同一公司"),
    ],
)
def test_the_card(
    judged: Monitor, log_in: Callable[..., str], language: str, hangs: str, stories: str, like: str
) -> None:
    app = opened("alerts", log_in("vi", Role.VIEWER), language, query={"id": ALERT})
    told = said(app)
    for words in (hangs, stories, like, "81%", "公司尚未回应置评请求", "shipped-0a1b2c3d4e5f"):
        assert words in told, words
    assert told.count("公司尚未回应置评请求") == 1, "what a title says is not quoted"
    assert not app.get("button_group"), "a viewer says nothing"


def test_what_somebody_says_is_shown_before_it_does_anything(
    judged: Monitor, log_in: Callable[..., str]
) -> None:
    session = log_in("ann", Role.ANALYST)
    app = opened("alerts", session, query={"id": ALERT})
    pills = app.get("button_group")[0]
    for kind, words in (
        (VerdictKind.WRONG_COMPANY, "In 30 days it matched"),
        (VerdictKind.WRONG_LABEL, "for whoever is next"),
        (VerdictKind.DUPLICATE, "It repeats"),
        (VerdictKind.NOISE, "not told"),
    ):
        pills.set_value(kind).run(timeout=TIMEOUT)
        assert not app.exception, app.exception
        assert words in said(app), words
        pills = app.get("button_group")[0]
    [say] = [button for button in app.button if button.label == "Say so"]
    app.text_input(key=f"verdict-note-{ALERT}").input("just a *rotation*")
    say.click().run(timeout=TIMEOUT)
    assert not app.exception and not app.error
    told = said(app)
    assert "just a *rotation*" in told and "ann" in told
    with judged.store.read() as tx:
        [kept] = verdicts.of(tx, [ALERT])[ALERT]
    assert (kept.user, kept.kind, kept.note) == ("ann", VerdictKind.NOISE, "just a *rotation*")


def test_what_was_explained_is_marked_in_the_sentence(
    judged: Monitor, log_in: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(judged.__dict__, "classifying", FakeClassifier())
    with judged.store.read() as tx:
        first = next(iter(quotes.leading(tx, alerts.get(tx, ALERT).article_ids)))
    app = opened("alerts", log_in("ann"), query={"id": ALERT})
    app.selectbox(key=f"why-{ALERT}-article").select(first).run(timeout=TIMEOUT)
    before = [block.proto.body for block in app.get("html") if "m-quote" in block.proto.body]
    app.button(key=f"why-{ALERT}-{first}").click().run(timeout=TIMEOUT)
    assert not app.exception and not app.error
    after = [block.proto.body for block in app.get("html") if "m-quote" in block.proto.body]
    marked = re.search('m-quote"[^>]*><bdi>(.*?)</bdi>', after[0])
    assert marked is not None and ("m-for" in marked[1] or "m-against" in marked[1])
    assert "m-for" not in before[0] and "m-against" not in before[0]


def test_what_does_not_work_has_a_page_without_figures(filled: Monitor, log_in: Callable[..., str]) -> None:
    scope, now = Scope("source"), filled.now()
    with filled.store.begin() as tx:
        alerts.put(tx, alarm("op", now, rule=OPERATION, scope=scope, voices=0))
        before = alarm("op0", now - timedelta(days=1), rule=OPERATION, scope=scope, voices=0)
        alerts.put(tx, replace(before, state=AlertState.RESOLVED))
    app = opened("alerts", log_in("ann"), "zh", query={"id": "op"})
    assert "运行异常：全部来源" in said(app) and "同一规则" in said(app) and not app.metric and not app.error


def test_of_an_explanation_a_sentence_keeps_its_own_words() -> None:
    words = (Attribution(0, 4, 0.1), Attribution(10, 14, 2.0), Attribution(13, 20, 9.0))
    told = Explanation("Calm day. Acme fell. Ok.", "sentiment", "negative", 0.9, words, 1.0, 0.0, 8, "v1")
    found = card.part(told, "Acme fell.")
    assert found is not None and found.text == "Acme fell."
    assert [(one.start, one.end) for one in found.attributions] == [(0, 4), (3, 10)]
    assert card.part(told, "Nobody said this.") is None
