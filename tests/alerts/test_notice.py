"""What an alert tells people."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.alerts import notice
from monitor.records import Article, Company, Scope, Topic
from tests.alarms import alarm

ACME = Scope("company", "acme")
ALERT = alarm(scope=ACME)
TITLES = {ACME: ("Acme Corp", "顶点公司")}


def test_a_payload_says_what_happened_in_both_languages(article: Callable[..., Article]) -> None:
    piece = article("Acme defaults\non its bonds", id=4, source="wire", url="https://news.example/acme")
    told = notice.payload(ALERT, "opened", "why", [(piece, 0.98765)], TITLES)
    assert told["title"] == "Negative coverage surges: Acme Corp · 负面舆情激增：顶点公司"
    assert told["text"].splitlines() == [
        "12 negative voices in the 1 h to 2026-03-02 10:00 UTC; all voices weigh 11.4,"
        " 1.3 expected (p = 2e-09).",
        "截至 2026-03-02 10:00 UTC 的 1 小时内有 12 个负面声音，全部声音加权 11.4，预期 1.3（p = 2e-09）。",
        "- Acme defaults on its bonds (wire) https://news.example/acme",
    ]
    assert told["en"]["text"] == told["text"].splitlines()[0]
    assert told["zh"]["title"] == "负面舆情激增：顶点公司"
    assert (told["alert_id"], told["link"], told["note"]) == ("alert_1", "/alerts?id=alert_1", "why")
    assert told["scope"] == {"kind": "company", "name": "acme", "en": "Acme Corp", "zh": "顶点公司"}
    assert (told["voices"], told["observed"], told["expected"], told["p_value"]) == (12, 11.4, 1.26, 2.3e-9)
    assert (told["event"], told["severity"], told["rule"]) == ("opened", "warning", "surge")
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
        (Scope("both", "debt:acme"), "Acme Corp, debt · 负面舆情激增：顶点公司，debt"),
    ],
)
def test_a_scope_without_a_title_goes_by_its_name(scope: Scope, name: str) -> None:
    told = notice.payload(replace(ALERT, scope=scope), "opened", "", [], TITLES)
    assert told["title"] == f"Negative coverage surges: {name}"


def test_the_end_is_told_as_such() -> None:
    told = notice.payload(replace(ALERT, resolved_by="ann"), "resolved", "", [], TITLES)
    assert told["title"].startswith("Back to normal: Acme Corp")
    assert told["text"].startswith("Resolved by ann; at most 12 negative voices")


def test_next_to_nothing_is_not_nothing_and_a_score_is_no_probability() -> None:
    rare = replace(ALERT, expected=0.0021, p_value=None, observed=2.75)
    told = notice.payload(rare, "opened", "", [], TITLES)
    assert told["en"]["text"].endswith("all voices weigh 2.8, under 0.1 expected.")
    assert told["zh"]["text"].endswith("加权 2.8，预期不足 0.1。")
    assert (told["expected"], told["p_value"]) == (0.002, None)


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
