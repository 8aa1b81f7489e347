"""Routing: what is accepted, reviewed, audited and explored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.classification.routing import Draw, decide, spread
from monitor.records import Route
from monitor.testing import make_prediction

SHARES = st.floats(0, 1, allow_nan=False)
DRAWS = st.builds(Draw, st.booleans(), SHARES, st.booleans(), SHARES, st.booleans())


def test_an_unsure_prediction_is_reviewed_and_says_so() -> None:
    decision = decide(make_prediction(0.62, 0.28, 0.10), threshold=0.75)
    assert (decision.route, decision.inclusion) == (Route.REVIEW, None)
    assert decision.reason == "62% sure of negative; asked below 75% (not certified)"


def test_a_sure_prediction_is_accepted() -> None:
    decision = decide(make_prediction(0.05, 0.05, 0.90), threshold=0.75)
    assert (decision.route, decision.inclusion) == (Route.ACCEPT, None)
    assert decision.reason == "90% sure of positive; accepted from 75% (not certified)"


def test_the_threshold_itself_is_accepted() -> None:
    assert decide(make_prediction(0.75, 0.25, 0), threshold=0.75).route is Route.ACCEPT


def test_a_confidence_just_under_the_threshold_does_not_read_as_the_threshold() -> None:
    decision = decide(make_prediction(0.7496, 0.2504, 0), threshold=0.75)
    assert decision.reason == "74.9% sure of negative; asked below 75% (not certified)"


def test_an_unsupported_text_is_reviewed_with_that_reason_however_sure_the_model_is() -> None:
    prediction = make_prediction(0.99, 0.01, 0, unsupported="language fr: trained on zh, en")
    decision = decide(prediction, threshold=0.5)
    assert decision.route is Route.REVIEW
    assert decision.reason == "not judged by the model: language fr: trained on zh, en"


def test_a_confidence_that_is_no_number_is_reviewed() -> None:
    prediction = make_prediction()
    broken = type(prediction)(dict.fromkeys(prediction.sentiment, float("nan")), {}, "m")
    decision = decide(broken, Draw(explored=True, explore_share=1.0), threshold=0.0)
    assert decision.route is Route.REVIEW
    assert decision.reason.startswith("?% sure")


@given(DRAWS, SHARES, SHARES, st.sampled_from(["", "language fr"]))
def test_who_is_audited_is_never_the_models_choice(
    draw: Draw, confidence: float, threshold: float, unsupported: str
) -> None:
    told = make_prediction(confidence, 1 - confidence, 0, unsupported=unsupported)
    decision = decide(told, draw, threshold=threshold)
    assert (decision.route is Route.AUDIT) == draw.audited
    if draw.audited:
        assert decision.inclusion == draw.share
        assert "sure of" not in decision.reason, "an audit says nothing of what the model thinks"


@given(DRAWS, SHARES)
def test_only_what_was_drawn_has_an_inclusion(draw: Draw, threshold: float) -> None:
    decision = decide(make_prediction(0.6, 0.3, 0.1), draw, threshold=threshold)
    assert (decision.inclusion is not None) == (decision.route in (Route.AUDIT, Route.EXPLORE))


@given(DRAWS)
def test_an_article_under_the_threshold_is_always_asked(draw: Draw) -> None:
    assert decide(make_prediction(0.5, 0.3, 0.2), draw, threshold=0.75).route in (Route.REVIEW, Route.AUDIT)


def test_what_is_explored_says_why() -> None:
    decision = decide(make_prediction(0.9, 0.1, 0), Draw(explored=True, explore_share=0.02), threshold=0.5)
    assert (decision.route, decision.inclusion) == (Route.EXPLORE, 0.02)
    assert decision.reason == "90% sure of negative; drawn at random (2% of what is accepted), to learn from"


def test_numbers_of_names_differ_by_seed_and_look_uniform() -> None:
    numbers = [spread(f"{i:064x}", 0) for i in range(2000)]
    assert all(0 <= value < 1 for value in numbers)
    assert 0.47 < sum(numbers) / len(numbers) < 0.53
    assert spread("a" * 64, 0) != spread("a" * 64, 1)


def test_a_certificate_is_named() -> None:
    sure = make_prediction(0.05, 0.05, 0.90)
    assert decide(sure, threshold=0.75, certified=True).reason.endswith("accepted from 75% (certified)")
    assert decide(sure, threshold=0.95, certified=True).reason.endswith("asked below 95% (certified)")


def test_nothing_is_accepted_while_the_certificate_is_broken() -> None:
    decision = decide(make_prediction(0, 0, 1.0), threshold=float("inf"), certified=True)
    assert decision.route is Route.REVIEW
    assert "nothing is accepted" in decision.reason
