"""Certificates: that they hold as often as they say, what they say, and that they survive JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import UserError
from monitor.evaluation import certificate, sequence
from monitor.evaluation.bounds import Sample
from monitor.evaluation.certificate import Certificate, Reading, once, running

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOW: Any = {"alpha": 0.05, "delta": 0.05, "model": "m", "made_at": NOW}


def drawn(n: int, seed: int = 0, top: float = 0.0, bottom: float = 0.2) -> Sample:
    """A model whose error falls with its score from `bottom` to `top`."""
    rng = np.random.default_rng(seed)
    score = rng.random(n)
    return Sample.of(score, rng.random(n) < bottom + (top - bottom) * score)


def looks(
    sample: Sample, thresholds: tuple[float, ...], coverage: list[float], attempt: int = 1
) -> Certificate:
    return running(sample, thresholds, coverage, attempt=attempt, since=NOW, **HOW)


@pytest.mark.parametrize("n", [0, 1, 30, 58])
def test_with_too_few_labels_it_says_how_many_more(n: int) -> None:
    made = once(Sample.of(np.linspace(0.5, 1, n), np.zeros(n, bool)), **HOW)
    assert (made.threshold, made.coverage, made.bound, made.more) == (None, 0.0, None, 59 - n)
    assert certificate.told(made).startswith(f"not certifiable yet: {59 - n} more audit labels are needed")
    assert "尚不能认证" in certificate.told(made).said("zh")


def test_with_just_enough_labels_it_certifies_all() -> None:
    made = once(Sample.of(np.linspace(0.5, 1, 59), np.zeros(59, bool)), **HOW)
    assert (made.threshold, made.coverage, made.accepted, made.errors, made.more) == (0.5, 1.0, 59, 0, 0)
    assert made.bound == pytest.approx(1 - 0.05 ** (1 / 59))
    assert made.method == certificate.EXACT
    assert "certified: with 95% confidence at most 5%" in certificate.told(made)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, 150), errors=st.integers(0, 3), seed=st.integers(0, 99))
def test_so_many_more_are_just_enough(n: int, errors: int, seed: int) -> None:
    """With more labels at scores like those there were, all right, it is certified at the number it named."""
    rng = np.random.default_rng(seed)
    score = np.linspace(0.2, 1, max(n, 1))[: max(n, 0)]
    wrong = np.zeros(n, bool)
    wrong[rng.permutation(n)[:errors]] = True
    made = once(Sample.of(score, wrong), **HOW)
    if made.certified:
        assert made.more == 0
        return
    assert made.more >= 1
    # So many that even the strictest threshold accepts as many as there are with those that it named.
    more = np.linspace(0.2, 1, (n + made.more) * sequence.STEPS)
    full = once(
        Sample.of(np.concatenate([score, more]), np.concatenate([wrong, np.zeros(len(more), bool)])), **HOW
    )
    assert full.certified


def test_all_wrong_is_an_answer() -> None:
    made = once(Sample.of(np.linspace(0.5, 1, 200), np.ones(200, bool)), **HOW)
    assert not made.certified and made.more > 1000
    assert [step.errors for step in made.steps] == [step.accepted for step in made.steps]


def test_one_score_for_all_is_one_threshold() -> None:
    made = once(Sample.of(np.full(100, 0.8), np.zeros(100, bool)), **HOW)
    assert (made.threshold, made.coverage, len(made.steps)) == (0.8, 1.0, 1)


def test_what_is_never_accepted_is_in_no_threshold() -> None:
    score = np.concatenate([np.linspace(0.5, 1, 100), np.full(50, -np.inf), [np.nan]])
    made = once(Sample.of(score, np.arange(151) >= 100), **HOW)
    assert (made.n, made.accepted, made.errors) == (151, 100, 0)
    assert made.coverage == pytest.approx(100 / 151)


def test_a_missing_answer_counts_as_wrong() -> None:
    """Whoever makes the sample marks it so; the certificate says how many there were."""
    sample = Sample.of(np.linspace(0.5, 1, 70), np.arange(70) >= 67)
    assert once(sample, missing=3, **HOW).missing == 3
    assert not once(sample, missing=3, **HOW).certified


def test_coverage_is_of_the_unlabelled_where_they_are_known() -> None:
    unlabelled = np.concatenate([np.full(300, 0.1), np.linspace(0.5, 1, 100)])
    made = once(Sample.of(np.linspace(0.5, 1, 100), np.zeros(100, bool)), unlabelled=unlabelled, **HOW)
    assert made.threshold == 0.1 and made.coverage == 1.0
    strict = once(
        Sample.of(np.linspace(0, 1, 400), np.linspace(0, 1, 400) < 0.5), unlabelled=unlabelled, **HOW
    )
    assert strict.threshold is not None and strict.threshold >= 0.5 and strict.coverage <= 0.25


def test_groups_hold_together() -> None:
    """Each is tested at a share of delta: with three groups, a group needs 80 labels and not 59."""
    n = 180
    sample = Sample.of(np.tile(np.linspace(0.5, 1, 60), 3), np.zeros(n, bool))
    names = ["en"] * 60 + ["zh"] * 60 + ["ja"] * 60
    made = once(sample, groups={"language": names}, **HOW)
    assert {name: part.more for name, part in made.groups["language"].items()} == {
        "en": 20,
        "ja": 20,
        "zh": 20,
    }
    more = Sample.of(np.tile(np.linspace(0.5, 1, 80), 3), np.zeros(240, bool))
    made = once(more, groups={"language": ["en"] * 80 + ["zh"] * 80 + ["ja"] * 80}, **HOW)
    assert all(part.threshold == 0.5 for part in made.groups["language"].values())


def test_unequal_inclusion_is_a_bet() -> None:
    weight = np.where(np.arange(300) % 3, 1.0, 0.5)
    made = once(Sample.of(np.linspace(0.5, 1, 300), np.zeros(300, bool), weight=weight), **HOW)
    assert made.method == certificate.BETTING and made.certified
    assert made.bound is not None and made.bound <= 0.05


@pytest.mark.parametrize("shape", ["falling", "flat", "rising", "hump"])
def test_one_look_is_wrong_in_at_most_delta_of_samples(shape: str) -> None:
    """The error lies just above alpha at every threshold, or there where it can do most harm."""
    rng, runs, n, alpha = np.random.default_rng(0), 600, 400, 0.05
    wrong = 0
    for _ in range(runs):
        score = rng.random(n)
        rate = {
            "falling": np.where(score > 0.8, 0.0505, 0.2),
            "flat": np.full(n, 0.0505),
            "rising": np.where(score > 0.9, 0.0505, 0.0502),
            "hump": np.where(score > 0.85, 0.0505, np.where(score > 0.7, 0.06, 0.0505)),
        }[shape]
        wrong += once(
            Sample.of(score, rng.random(n) < rate), alpha=alpha, delta=0.05, model="", made_at=NOW
        ).certified
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_however_often_one_looks_it_is_wrong_in_at_most_delta_of_runs() -> None:
    rng, runs, n = np.random.default_rng(0), 200, 400
    thresholds = sequence.grid(rng.random(5000))
    coverage = [(i + 1) / 20 for i in range(20)]
    ever = 0
    for _ in range(runs):
        sample = Sample.of(rng.random(n), rng.random(n) < 0.0505)
        some = [sample.where(np.arange(n) < end) for end in range(20, n + 1, 20)]
        ever += any(looks(one, thresholds, coverage).certified for one in some)
    assert ever / runs <= 0.025 + 2 * (0.025 / runs) ** 0.5  # the first attempt may spend half


def test_looking_again_takes_nothing_back() -> None:
    sample = drawn(900, top=-0.05, bottom=0.1)
    thresholds, coverage = sequence.grid(sample.score), [(i + 1) / 20 for i in range(20)]
    before: tuple[float, ...] = ()
    for end in range(50, 901, 50):
        made = looks(sample.where(np.arange(900) < end), thresholds, coverage)
        assert set(before) <= set(made.ladder)
        before = made.ladder
        if made.certified:
            assert made.bound is not None and made.bound <= 0.05 + 1e-6 and made.more == 0
    assert before and made.method == certificate.RUNNING and made.spent == 0.025


def test_later_attempts_spend_less_and_need_more() -> None:
    sample = Sample.of(np.zeros(0), np.zeros(0, bool))
    thresholds, coverage = (0.9, 0.5), [0.5, 1.0]
    lacks = [looks(sample, thresholds, coverage, attempt).more for attempt in (1, 2, 5, 50)]
    assert lacks == sorted(lacks) and len(set(lacks)) == 4


def test_without_scores_it_asks_for_the_fewest() -> None:
    empty = Sample.of(np.zeros(0), np.zeros(0, bool))
    assert once(empty, **HOW).more == 59
    assert looks(empty, (), []).more > 59


def test_it_survives_json() -> None:
    sample = drawn(500, top=-0.05, bottom=0.1)
    made = once(
        sample, groups={"language": ["en", "zh"] * 250}, labels="00", reading=Reading.of(50, 4), **HOW
    )
    assert made.certified
    assert certificate.from_json(json.loads(json.dumps(certificate.to_json(made)))) == made
    also = looks(sample, sequence.grid(sample.score), [(i + 1) / 20 for i in range(20)])
    assert certificate.from_json(json.loads(json.dumps(certificate.to_json(also)))) == also


def test_the_digest_is_of_the_readings_and_not_of_their_order() -> None:
    pairs = [("a", "positive"), ("b", "negative")]
    assert certificate.digest(pairs) == certificate.digest(reversed(pairs))
    assert certificate.digest(pairs) != certificate.digest([("a", "negative"), ("b", "positive")])
    assert certificate.digest([("ab", "c")]) != certificate.digest([("a", "bc")])


def test_the_error_of_a_reading_is_half_of_how_often_two_differ() -> None:
    reading = Reading.of(100, 8)
    assert reading.error == 0.04 and reading.low < 0.04 < reading.high < 0.08
    assert Reading.of(0, 0) == Reading(0, 0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"alpha": 1.0}, {"delta": 0.0}, {"delta": float("nan")}])
def test_limits_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match="must lie between"):
        once(drawn(10), **(HOW | wrong))
