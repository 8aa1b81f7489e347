"""Records that compute: probabilities at another temperature, what a scope is about."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.records import SENTIMENTS, Prediction, Scope, softer

CHANCES = st.lists(st.floats(1e-6, 1.0), min_size=3, max_size=3).map(
    lambda some: {name: one / sum(some) for name, one in zip(SENTIMENTS, some, strict=True)}
)
TEMPERATURES = st.floats(0.25, 4.0)


def said(chances: dict[str, float]) -> Prediction:
    return Prediction(chances, {"earnings": 0.7}, "m", companies={"acme": chances}, vector=b"\0\0")


@given(CHANCES, TEMPERATURES)
def test_a_temperature_changes_how_sure_and_not_of_what(
    chances: dict[str, float], temperature: float
) -> None:
    before, after = said(chances), said(chances).tempered(temperature)
    assert sum(after.sentiment.values()) == pytest.approx(1.0)
    order = sorted(SENTIMENTS, key=before.sentiment.__getitem__)
    values = [after.sentiment[name] for name in order]
    assert all(low <= high + 1e-12 for low, high in pairwise(values))
    assert (after.confidence <= before.confidence + 1e-12) == (temperature >= 1) or math.isclose(
        after.confidence, before.confidence, rel_tol=1e-6
    )
    assert (after.topics, after.companies, after.vector) == (before.topics, before.companies, before.vector)


@given(CHANCES, TEMPERATURES, TEMPERATURES)
def test_the_way_to_a_temperature_does_not_matter(chances: dict[str, float], a: float, b: float) -> None:
    direct, round_about = said(chances).tempered(b), said(chances).tempered(a).tempered(b)
    assert dict(round_about.sentiment) == pytest.approx(dict(direct.sentiment), rel=1e-6, abs=1e-12)
    assert round_about.tempered(b) is round_about, "twice the same is once"
    back = round_about.tempered(1.0)
    assert dict(back.sentiment) == pytest.approx(chances, rel=1e-6, abs=1e-12) and back.temperature == 1.0


@given(CHANCES, TEMPERATURES)
def test_it_is_the_softmax_of_divided_log_odds(chances: dict[str, float], temperature: float) -> None:
    logits = [math.log(chances[name]) / temperature for name in SENTIMENTS]
    total = sum(math.exp(one) for one in logits)
    expected = {name: math.exp(one) / total for name, one in zip(SENTIMENTS, logits, strict=True)}
    assert dict(said(chances).tempered(temperature).sentiment) == pytest.approx(expected)


@pytest.mark.parametrize(
    "strange", [{}, {"negative": math.nan, "neutral": 0.5}, {"negative": 0.0}, {"negative": -1.0}]
)
def test_what_is_no_distribution_stays(strange: dict[str, float]) -> None:
    assert softer(strange, 0.5) is strange


def test_a_class_that_cannot_be_stays_so() -> None:
    assert softer({"negative": 1.0, "neutral": 0.0, "positive": 0.0}, 0.25) == {
        "negative": 1.0,
        "neutral": 0.0,
        "positive": 0.0,
    }


@pytest.mark.parametrize(
    ("scope", "topic", "company"),
    [
        (Scope("all"), "", ""),
        (Scope("topic", "legal"), "legal", ""),
        (Scope("company", "acme:hk"), "", "acme:hk"),
        (Scope("both", "legal:acme:hk"), "legal", "acme:hk"),
        (Scope("source", "wire"), "", ""),
    ],
)
def test_a_scope_tells_its_topic_and_its_company(scope: Scope, topic: str, company: str) -> None:
    assert (scope.topic, scope.company) == (topic, company)
