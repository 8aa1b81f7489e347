"""Analysts: who flips is flagged, who reads honestly is not, and two alone cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evaluation.analysts import OTHERS, Twice, ceiling, evidence, flags, record, records, without

TEAM = ("ann", "bo", "cy", "di", "eve")


def read(flips: float, texts: int, seed: int, *, third: bool = True, error: float = 0.05) -> list[Twice]:
    """Texts that two of the team read; eve flips so many of her answers."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(texts):
        first, second, judge = rng.permutation(TEAM)[:3]
        answers = [
            int(rng.integers(1, 3)) if rng.random() < error + (user == "eve") * flips * (1 - error) else 0
            for user in (first, second, judge)
        ]
        sided = first if answers[2] == answers[0] else second if answers[2] == answers[1] else ""
        agreed = answers[0] == answers[1]
        found.append(Twice(first, second, agreed, sided if third and not agreed else None))
    return found


@pytest.mark.parametrize(
    ("agreed", "third", "first", "second"),
    [
        (True, None, 0.0, 0.0),
        (False, None, 0.5, 0.5),
        (False, "", 0.5, 0.5),
        (False, "ann", 0.0, 1.0),
        (False, "bo", 1.0, 0.0),
    ],
)
def test_blame(agreed: bool, third: str | None, first: float, second: float) -> None:
    twice = Twice("ann", "bo", agreed, third)
    assert (twice.blame("ann"), twice.blame("bo")) == (first, second)


@pytest.mark.parametrize("third", [True, False])
def test_who_flips_is_flagged_and_the_others_are_not(third: bool) -> None:
    flagged = [0, 0]
    for seed in range(12):
        readings = read(0.4, 250, seed, third=third)
        for user in TEAM:
            flagged[user == "eve"] += record(readings, user).flagged
    assert flagged == [0, 12]


def test_honest_ones_are_not_flagged() -> None:
    flagged = sum(record(read(0.0, 250, seed), user).flagged for seed in range(20) for user in TEAM)
    assert flagged <= 2, "of 100 honest analysts, about one"


def test_a_record_says_what_it_rests_on() -> None:
    found = record(read(0.4, 250, 1), "eve")
    assert found.flagged and found.evidence > 100
    assert 80 <= found.labels <= 120
    assert found.ceiling is not None and 0.03 < found.ceiling < 0.1 < found.blame


def test_between_two_nobody_can_tell() -> None:
    readings = [Twice("ann", "bo", agreed=False)] * 80
    found = record(readings, "ann")
    assert (found.flagged, found.ceiling, found.blame) == (False, None, 0.5)
    assert ceiling(OTHERS - 1, 0) is None and ceiling(OTHERS, 0) is not None
    assert record([], "ann").labels == 0


@given(st.integers(OTHERS, 500), st.floats(0, 1))
def test_what_the_others_err_raises_the_ceiling(read: int, share: float) -> None:
    differ = int(share * read)
    most = ceiling(read, differ)
    assert most is not None and min(differ / (2 * read), 0.4999) < most <= 0.5


@given(st.floats(0.01, 0.5))
@settings(max_examples=30)
def test_a_bet_against_an_honest_one_gains_nothing(most: float) -> None:
    """His wealth after one label, on the average, where he is blamed as often as may be."""
    guilty, innocent = (float(np.exp(evidence([blame], most)[0])) for blame in (1.0, 0.0))
    assert most * guilty + (1 - most) * innocent == pytest.approx(1.0)


def test_what_a_flagged_one_read_says_nothing_of_the_others() -> None:
    readings = [Twice("ann", "eve", False, "ann", "bo")] * 30 + [Twice("bo", "cy", True)] * 30
    readings += [Twice("ann", "bo", False, "", "eve"), Twice("bo", "cy", False, "bo", "ann")]
    found = {one.user: one for one in records(readings, TEAM)}
    assert found["eve"].flagged and found["eve"].labels == 30
    assert found["ann"].labels == 1, "without what eve read, too"
    assert without(readings, "eve")[30:] == [Twice("ann", "bo", False), Twice("bo", "cy", False, "bo", "ann")]


def test_flags_go_along_the_last_axis() -> None:
    blames = np.array([[1.0] * 20, [0.0] * 20])
    assert flags(blames, 0.05).tolist() == [True, False]
