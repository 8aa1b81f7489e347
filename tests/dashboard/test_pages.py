"""What holds of every page: Chinese is Chinese, a sample is marked, an outage is one box."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from monitor.app import Monitor
from monitor.messages import MESSAGES, Message
from monitor.records import Article, Role, Trigger
from monitor.store import alerts, articles, audit, labels, sources, stories, trainings
from monitor.store.trainings import Asked
from monitor.testing import newsroom
from monitor_dashboard.pages import PAGES
from tests.dashboard.pages import opened, said, words

ALERT = "alert_5f0c7d1e9ab24c"
OPENED = [
    *((name, {}) for name in PAGES),
    *(("alerts", {"id": ALERT}), ("articles", {"id": "1"})),
    *(("companies", {"id": "northwind"}), ("stories", {"id": "1"})),
]
SENTENCE = re.compile(r"(?:[A-Za-z][a-z']*[ ,;:]+){2,}[A-Za-z][a-z']*")
KNOWN = re.compile(
    "|".join(
        [
            r"`[^`]*`|“monitor [^”]*”|Authorization: Bearer TOKEN",  # as it is typed
            r"[A-Z][A-Za-z]+/[A-Za-z_]+",  # a time zone
            r"HTTP|\d{3} [A-Z][a-z]+( [A-Z][a-z]+)*",  # a status, as the server says it
            r"RSS|Atom|RDF|CDF|JSON Feed|OPML",
            r"\[\w+\] \w+",  # a setting
        ]
    )
)


def english(texts: list[str], monitor: Monitor) -> list[str]:
    """Runs of three words and more in Latin letters that no article, company or source brought."""
    with monitor.store.read() as tx:
        views = articles.page(tx, limit=500)
    brought = {part for view in views for part in (view.article.title, view.article.text)}
    brought |= {company.name for company in monitor.companies}
    brought |= {alias for company in monitor.companies for alias in company.aliases}
    brought |= {source.title or name for name, source in monitor.settings.sources.items()}
    found = []
    for text in texts:
        plain = text
        for one in sorted(brought, key=len, reverse=True):
            plain = plain.replace(one, " · ")
        plain = KNOWN.sub(" · ", plain)
        found += [match.group() for match in SENTENCE.finditer(plain)]
    return found


@pytest.mark.parametrize(("page", "query"), OPENED)
@pytest.mark.parametrize("role", list(Role))
def test_a_filled_page_in_chinese_has_no_english_sentence(
    filled: Monitor, log_in: Callable[..., str], page: str, query: dict[str, str], role: Role
) -> None:
    session = log_in("ann", role)
    furnish_with_reasons(filled)
    app = opened(page, session, "zh", query=query)
    assert english(words(app), filled) == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("failing", [False, True])
def test_neither_has_an_empty_one_nor_one_without_its_store(
    monitor: Monitor, log_in: Callable[..., str], page: str, failing: bool
) -> None:
    app = opened(page, log_in("ann"), "zh", failing=failing)
    assert english(words(app), monitor) == []
    assert len(app.error) == failing


def test_the_check_finds_what_it_looks_for(filled: Monitor) -> None:
    assert english(["模型：it calls every gold text negative"], filled) == [
        "it calls every gold text negative"
    ]
    assert english(["请启动 `monitor run --help now please`", "Northwind Motors"], filled) == []


@pytest.mark.parametrize("key", MESSAGES)
def test_no_chinese_sentence_of_the_catalogue_is_english(key: str) -> None:
    chinese = re.sub(r"\{[^}]*\}", "…", MESSAGES[key][1])
    assert not SENTENCE.search(KNOWN.sub(" · ", chinese))


def furnish_with_reasons(monitor: Monitor) -> None:
    """Everything on a page that says why: reasons, errors, warnings, what a job did, what was refused."""
    now = monitor.now()
    with monitor.store.begin() as tx:
        told = Message("fetcher.blocked", host="x.example", reason=Message("fetcher.port", port=22))
        sources.failed(tx, newsroom.FEEDS[0], told, now, 60.0)
        warnings = [Message("feeds.malformed", problem="x"), Message("feeds.blank_items", empty=1, all=2)]
        sources.succeeded(tx, newsroom.FEEDS[1], {}, warnings, now, 60.0)
        alerts.event(tx, ALERT, now, "", "recovering", Message("alerting.calm", hours=6))
        damaged = Message("manifest.damaged", file="/srv/model/a", expected="aa", found="bb")
        tx.exec_driver_sql("UPDATE models SET reason = ? WHERE state = 'retired'", (damaged.encoded(),))
        unknown = Message("routing.unjudged", why=Message("classifier.language", language="fr"))
        for table in ("predictions", "tasks"):
            tx.exec_driver_sql(f"UPDATE {table} SET reason = ?", (unknown.encoded(),))
        drift = Message("training.why.labels", n=50)
        trainings.ask(tx, Asked("t1", Trigger.LABELS, drift, "monitor", "schedule"), now, 1.0)
        claim = trainings.claim(tx, "t1", "one", now)
        detail = Message("learning.made", model="m1", state=Message("learning.state.refused"), reason=damaged)
        trainings.finish(tx, claim, "m1", "refused", detail, now)
        audit.write(tx, now, "ann", "model.refuse", "m1", {"reason": damaged, "parent": "m0"})
        audit.write(tx, now, "ann", "access.refused", "read the audit", {"role": "viewer"})
        audit.write(tx, now, "x", "session.refused", "", {"why": Message("login.unknown")})
        assert labels.newest(tx) == 0


@pytest.mark.parametrize(("language", "mark"), [("en", "are sample data"), ("zh", "均为示例数据")])
@pytest.mark.parametrize("page", PAGES)
def test_the_sample_is_marked_on_every_page_and_gone_with_the_first_real_article(
    filled: Monitor,
    log_in: Callable[..., str],
    article: Callable[..., Article],
    page: str,
    language: str,
    mark: str,
) -> None:
    session = log_in("ann")
    with filled.store.begin() as tx:
        tx.exec_driver_sql("UPDATE articles SET sample = 1")
        tx.exec_driver_sql("UPDATE stories SET sample = 1")
        number = articles.count(tx)
    shown = said(opened(page, session, language))
    assert mark in shown and f"{number:,}" in shown
    with filled.store.begin() as tx:
        story = stories.create(tx, filled.now())
        articles.insert(tx, article("Harbour Bank opens a branch", source="bank", story_id=story))
    assert mark not in said(opened(page, session, language))


def test_an_outage_that_several_parts_of_a_page_meet_is_one_box() -> None:
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        from zoneinfo import ZoneInfo

        from monitor.errors import DiskFullError, StoreBusyError
        from monitor_dashboard.frame import Frame, failed
        from monitor_dashboard.messages import speaker

        frame = Frame(None, "en", speaker("en"), ZoneInfo("UTC"))  # type: ignore[arg-type]
        for number in range(14):
            failed(frame, StoreBusyError(f"/srv/{number}.db: locked"))
        failed(frame, DiskFullError("/srv: full"))

    told = [one.value for one in AppTest.from_function(script).run().error]
    assert len(told) == 2 and "busy" in told[0] and "disk is full" in told[1]
