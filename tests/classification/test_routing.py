"""Routing: what is accepted, reviewed and audited, and that a replay decides the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classification.routing import decide, draw
from monitor.records import Route
from monitor.testing import make_prediction

SHARES = st.floats(0, 1, allow_nan=False)
HASHES = st.text("0123456789abcdef", min_size=8, max_size=64)


def test_an_unsure_prediction_is_reviewed_and_says_so() -> None:
    decision = decide(make_prediction(0.62, 0.28, 0.10), "a" * 64, threshold=0.75, audit_share=0)
    assert decision.route is Route.REVIEW
    assert decision.reason == "62% sure of negative; asked below 75%"


def test_a_sure_prediction_is_accepted() -> None:
    decision = decide(make_prediction(0.05, 0.05, 0.90), "a" * 64, threshold=0.75, audit_share=0)
    assert decision.route is Route.ACCEPT
    assert decision.reason == "90% sure of positive; accepted from 75%"


def test_the_threshold_itself_is_accepted() -> None:
    assert decide(make_prediction(0.75, 0.25, 0), "a", threshold=0.75, audit_share=0).route is Route.ACCEPT


def test_a_confidence_just_under_the_threshold_does_not_read_as_the_threshold() -> None:
    decision = decide(make_prediction(0.7496, 0.2504, 0), "a", threshold=0.75, audit_share=0)
    assert decision.reason == "74.9% sure of negative; asked below 75%"


def test_an_unsupported_text_is_reviewed_with_that_reason_however_sure_the_model_is() -> None:
    prediction = make_prediction(0.99, 0.01, 0, unsupported="language fr: trained on zh, en")
    decision = decide(prediction, "a", threshold=0.5, audit_share=0)
    assert decision.route is Route.REVIEW
    assert decision.reason == "not judged by the model: language fr: trained on zh, en"


def test_a_confidence_that_is_no_number_is_reviewed() -> None:
    prediction = make_prediction()
    broken = type(prediction)(dict.fromkeys(prediction.sentiment, float("nan")), {}, "m")
    decision = decide(broken, "a", threshold=0.0, audit_share=1.0)
    assert decision.route is Route.REVIEW
    assert decision.reason.startswith("?% sure")


def test_the_audit_takes_its_share_of_the_sure_ones() -> None:
    prediction = make_prediction(0.9, 0.05, 0.05)
    routes = [decide(prediction, f"{i:064x}", threshold=0.5, audit_share=0.05).route for i in range(4000)]
    # 4,000 draws at 5%: 200 expected, standard deviation 13.8.
    assert 145 < routes.count(Route.AUDIT) < 255
    assert set(routes) == {Route.AUDIT, Route.ACCEPT}


def test_an_audit_says_what_it_is_for() -> None:
    decision = decide(make_prediction(0.9, 0.1, 0), "a", threshold=0.5, audit_share=1.0)
    assert decision.reason == "90% sure of negative; drawn at random (100%) to check the model"


@given(HASHES, SHARES, SHARES, st.integers(0, 5))
def test_the_same_article_is_decided_the_same(
    content: str, threshold: float, share: float, seed: int
) -> None:
    prediction = make_prediction(0.6, 0.3, 0.1)
    first = decide(prediction, content, threshold=threshold, audit_share=share, seed=seed)
    assert first == decide(prediction, content, threshold=threshold, audit_share=share, seed=seed)


@given(HASHES, SHARES)
def test_an_article_under_the_threshold_is_always_asked(content: str, share: float) -> None:
    decision = decide(make_prediction(0.5, 0.3, 0.2), content, threshold=0.75, audit_share=share)
    assert decision.route is Route.REVIEW


@given(HASHES, SHARES, SHARES)
def test_a_larger_share_audits_at_least_the_same_articles(content: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    prediction = make_prediction(0.9, 0.1, 0)
    if decide(prediction, content, threshold=0.5, audit_share=small).route is Route.AUDIT:
        assert decide(prediction, content, threshold=0.5, audit_share=large).route is Route.AUDIT


@pytest.mark.parametrize("share, route", [(0.0, Route.ACCEPT), (1.0, Route.AUDIT)])
@given(content=HASHES)
def test_a_share_of_nothing_or_all_is_exact(share: float, route: Route, content: str) -> None:
    assert decide(make_prediction(0.9, 0.1, 0), content, threshold=0.5, audit_share=share).route is route


def test_draws_differ_by_seed_and_look_uniform() -> None:
    draws = [draw(f"{i:064x}", 0) for i in range(2000)]
    assert all(0 <= value < 1 for value in draws)
    assert 0.47 < sum(draws) / len(draws) < 0.53
    assert draw("a" * 64, 0) != draw("a" * 64, 1)
