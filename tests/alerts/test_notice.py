"""What an alert tells people."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts import notice
from monitor.records import Alert, AlertState, Article, Company, Scope, Topic

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACME = Scope("company", "acme")
ALERT = Alert(
    id="alert_1",
    rule="surge",
    scope=ACME,
    state=AlertState.FIRING,
    opened_at=AT,
    updated_at=AT,
    observed=12,
    expected=1.26,
    p_value=2.3e-9,
    start_at=AT - timedelta(hours=1),
    end_at=AT,
)
TITLES = {ACME: ("Acme Corp", "顶点公司")}


def test_a_payload_says_what_happened_in_both_languages(article: Callable[..., Article]) -> None:
    piece = article("Acme defaults\non its bonds", id=4, source="wire", url="https://news.example/acme")
    told = notice.payload(ALERT, "opened", "why", [(piece, 0.98765)], TITLES)
    assert told["title"] == "Negative coverage surges: Acme Corp · 负面舆情激增：顶点公司"
    assert told["text"].splitlines() == [
        "12 negative stories in the 60 minutes to 2026-03-02 10:00 UTC; 1.3 expected (p = 2e-09).",
        "截至 2026-03-02 10:00 UTC 的 60 分钟内有 12 个负面事件，预期 1.3 个（p = 2e-09）。",
        "- Acme defaults on its bonds (wire) https://news.example/acme",
    ]
    assert told["en"]["text"] == told["text"].splitlines()[0]
    assert told["zh"]["title"] == "负面舆情激增：顶点公司"
    assert (told["alert_id"], told["link"], told["note"]) == ("alert_1", "/alerts?id=alert_1", "why")
    assert told["scope"] == {"kind": "company", "name": "acme", "en": "Acme Corp", "zh": "顶点公司"}
    assert (told["observed"], told["expected"], told["p_value"]) == (12, 1.26, 2.3e-9)
    assert told["evidence"] == [
        {
            "article_id": 4,
            "title": "Acme defaults\non its bonds",
            "url": "https://news.example/acme",
            "source": "wire",
            "published_at": "2026-03-02T09:00:00+00:00",
            "negative": 0.9877,
            "sample": False,
        }
    ]
    assert json.loads(json.dumps(told)) == told, "plain JSON, as the store keeps it"


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        (Scope("all"), "all news · 负面舆情激增：全部新闻"),
        (Scope("topic", "debt"), "debt · 负面舆情激增：debt"),
    ],
)
def test_a_scope_without_a_title_goes_by_its_name(scope: Scope, name: str) -> None:
    told = notice.payload(replace(ALERT, scope=scope), "opened", "", [], TITLES)
    assert told["title"] == f"Negative coverage surges: {name}"


def test_the_end_is_told_as_such() -> None:
    told = notice.payload(replace(ALERT, resolved_by="ann"), "resolved", "", [], TITLES)
    assert told["title"].startswith("Back to normal: Acme Corp")
    assert told["text"].startswith("Resolved by ann; at last 12 negative stories")


def test_an_alert_on_sample_data_says_so(article: Callable[..., Article]) -> None:
    sample, real = article(sample=True), article()
    told = notice.payload(ALERT, "opened", "", [(sample, 0.9)], TITLES)
    assert told["sample"] and told["en"]["title"].startswith("[sample data] ")
    assert told["zh"]["title"].startswith("【示例数据】")
    for evidence in ([(sample, 0.9), (real, None)], []):
        told = notice.payload(ALERT, "opened", "", evidence, TITLES)
        assert not told["sample"] and "sample" not in told["title"]


def test_the_text_lists_a_few_and_the_evidence_all(article: Callable[..., Article]) -> None:
    evidence = [(article(f"Story {number}"), 0.9) for number in range(9)]
    told = notice.payload(ALERT, "updated", "", evidence, TITLES)
    assert told["text"].count("\n- ") == notice.LISTED
    assert len(told["evidence"]) == 9


def test_everything_that_is_watched_has_a_name() -> None:
    found = notice.titles([Topic("debt", "Debt", "债券")], [Company("acme", "Acme Corp", ("Acme",), "ACM")])
    assert found[Scope("topic", "debt")] == ("Debt", "债券")
    assert found[ACME] == ("Acme Corp", "Acme Corp")
    assert found[Scope("all")] == ("All news", "全部新闻")
