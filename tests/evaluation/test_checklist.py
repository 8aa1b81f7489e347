"""The check-list: its cases, and what passes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from monitor.evaluation import checklist
from monitor.evaluation.checklist import Case, check, rates, shipped
from monitor.records import SENTIMENTS, Article, Prediction
from monitor.testing import FakeClassifier, make_prediction

CASES = shipped()
ORDERED = ("better", "worse")


def by(judge: Callable[[Article], Prediction]) -> checklist.Classify:
    return lambda articles: [judge(one) for one in articles]


def always(sentiment: str) -> checklist.Classify:
    return by(lambda article: make_prediction(**{sentiment: 1.0}))


def test_there_are_three_hundred_distinct_cases_in_both_languages() -> None:
    assert len(CASES) >= 300
    assert len({(case.texts, case.company) for case in CASES}) == len(CASES)
    assert len({text for case in CASES for text in case.texts}) >= 400
    languages = Counter(case.language for case in CASES)
    assert min(languages["en"], languages["zh"]) >= 120 and languages["en+zh"] >= 30
    assert set(languages) == {"en", "zh", "en+zh"}


def test_every_capability_is_asked_in_both_languages() -> None:
    asked = {(case.capability, language) for case in CASES for language in case.language.split("+")}
    names = {"negation", "narrowing", "mixed", "entities", "numbers", "sarcasm", "companies", "plain"}
    assert asked == {(name, one) for name in (*names, "bilingual") for one in ("en", "zh")}
    sizes = Counter(case.capability for case in CASES)
    assert min(sizes.values()) >= 30


def test_no_case_contradicts_itself() -> None:
    for case in CASES:
        assert case.expected in checklist.EXPECTED
        assert all(text == text.strip() for text in case.texts)
        assert len(set(case.texts)) == len(case.texts)
        if case.expected in ("same", *ORDERED):
            assert len(case.texts) == 2
        else:
            assert len(case.texts) == len(case.language.split("+"))
        if case.company:
            assert all(case.company in text for text in case.texts)
        for language, text in zip(case.language.split("+"), case.texts, strict=False):
            assert any("\u4e00" <= char <= "\u9fff" for char in text) == (language == "zh"), text


def test_the_pairs_of_companies_fare_differently() -> None:
    towards: dict[str, list[str]] = {}
    for case in CASES:
        if case.company and case.expected != "neutral":
            towards.setdefault(case.texts[0], []).append(case.expected)
    assert len(towards) >= 20
    assert all(sorted(labels) == ["negative", "positive"] for labels in towards.values())


@pytest.mark.parametrize("sentiment", SENTIMENTS)
def test_one_answer_to_everything_has_the_rate_it_deserves(sentiment: str) -> None:
    outcomes = check(always(sentiment), CASES)
    right = sum(case.expected in (sentiment, "same") for case in CASES)
    found = rates(outcomes)
    assert found["passed"] == pytest.approx(right / len(CASES), abs=1e-4)
    assert found["capabilities"]["entities"]["passed"] == found["capabilities"]["numbers"]["passed"] == 1.0
    assert found["capabilities"]["companies"]["passed"] < 0.5
    assert sum(one["cases"] for one in found["capabilities"].values()) == found["cases"] == len(CASES)
    assert sum(one["cases"] for one in found["languages"].values()) == len(CASES)


def test_who_knows_the_answers_passes_everything() -> None:
    def expected(articles: Sequence[Article]) -> list[Prediction]:
        told = []
        for article in articles:
            answers = {
                case.company: case.expected
                for case in CASES
                if article.content in case.texts and case.expected in SENTIMENTS
            }
            bad = [case.texts[case.expected == "worse"] for case in CASES if case.expected in ORDERED]
            worse = article.content in bad
            label = answers.get("", "negative" if worse else "positive")
            companies = {
                name: make_prediction(**{one: 1.0}).sentiment for name, one in answers.items() if name
            }
            told.append(make_prediction(**{label: 1.0}, companies=companies))
        return told

    found = check(expected, CASES)
    assert [one.case.texts for one in found if not one.passed and one.case.expected != "same"] == []


def test_each_kind_of_case() -> None:
    rising = by(lambda article: make_prediction(negative=1.0, positive=float(article.content)))
    cases = [
        Case("minimum", "en", "positive", ("9",)),
        Case("minimum", "en", "positive", ("0",)),
        Case("minimum", "en+zh", "negative", ("0", "9")),
        Case("invariance", "en", "same", ("0", "0.5")),
        Case("invariance", "en", "same", ("0", "9")),
        Case("direction", "en", "better", ("0", "1")),
        Case("direction", "en", "better", ("1", "1")),
        Case("direction", "en", "worse", ("1", "0.9")),
    ]
    outcomes = check(rising, cases)
    assert [one.passed for one in outcomes] == [True, False, False, True, False, True, False, True]
    assert outcomes[2].found == ("negative", "positive")
    found = rates(outcomes)
    assert {name: one["passed"] for name, one in found["capabilities"].items()} == {
        "minimum": 0.3333,
        "invariance": 0.5,
        "direction": 0.6667,
    }
    assert found["languages"]["en+zh"] == {"cases": 1, "passed": 0.0}
    assert rates([]) == {"cases": 0, "passed": 0.0, "capabilities": {}, "languages": {}}


def test_a_company_is_mentioned_where_it_stands_and_judged_by_itself() -> None:
    seen: list[Article] = []

    def judge(article: Article) -> Prediction:
        seen.append(article)
        return make_prediction(
            negative=1.0, companies={"Ashby": {"negative": 0.1, "neutral": 0.1, "positive": 0.8}}
        )

    (outcome,) = check(
        by(judge), [Case("companies", "en", "positive", ("Glenrock sues Ashby",), company="Ashby")]
    )
    assert outcome.passed
    (mention,) = seen[0].mentions
    assert seen[0].content[mention.start : mention.end] == mention.alias == "Ashby"
    assert seen[0].language == "en"


def test_texts_go_in_batches_and_come_back_in_order() -> None:
    sizes = []

    def classify(articles: Sequence[Article]) -> list[Prediction]:
        sizes.append(len(articles))
        return [make_prediction(negative=float(int(one.content) % 2), positive=0.5) for one in articles]

    cases = [Case("n", "en", "negative" if i % 2 else "positive", (str(i),)) for i in range(150)]
    assert all(one.passed for one in check(classify, cases))
    assert sizes == [64, 64, 22]


def test_a_real_classifier_runs_it() -> None:
    found = rates(check(FakeClassifier().classify, CASES))
    assert 0.2 < found["passed"] < 0.9
