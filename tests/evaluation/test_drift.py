"""Drift is found where there is some, seldom where there is none, and what it says of the classes is so."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.evaluation import drift
from monitor.evaluation.drift import Known, Texts

USUAL = (0.2, 0.5, 0.3)
SAYS = np.array([[0.85, 0.05, 0.03], [0.1, 0.9, 0.1], [0.05, 0.05, 0.87]])
"""What the model says (rows) of texts of each class (columns)."""


def said(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random((len(truth), 1)) > SAYS.T[truth].cumsum(axis=1)).sum(axis=1).clip(max=2)


def texts(
    rng: np.random.Generator, number: int, *, shares: tuple[float, ...] = USUAL, moved: float = 0.0
) -> Texts:
    """Two windows of `number` texts each in two languages; in the present one of English texts, classes have
    these `shares` and vectors are `moved`."""
    present = np.arange(2 * number) >= number
    english = np.arange(2 * number) % 2 == 0
    truth = rng.choice(3, 2 * number, p=USUAL)
    other = present & english
    truth[other] = rng.choice(3, int(other.sum()), p=shares)
    vectors = rng.normal(size=(2 * number, 8)).astype(np.float32)
    vectors[other] += moved
    language = np.where(english, "en", "zh").tolist()
    return Texts(present, language, ["wire"] * len(present), said(truth, rng), vectors)


def known(rng: np.random.Generator, number: int = 300) -> Known:
    truth = rng.choice(3, number, p=USUAL)
    return Known(said(truth, rng), truth, np.ones(number))


def fired(found: list[drift.Finding]) -> set[tuple[str, str]]:
    return {(one.kind, one.group) for one in found if one.fired}


def test_each_kind_is_found_where_it_is() -> None:
    rng = np.random.default_rng(0)
    shifted = drift.examine(
        texts(rng, 800, shares=(0.6, 0.3, 0.1)), known(rng), alpha=0.05, looks=90, rng=rng
    )
    assert fired(shifted) == {("label", "all"), ("label", "language:en")}
    moved = drift.examine(texts(rng, 800, moved=1.0), known(rng), alpha=0.05, looks=90, rng=rng)
    assert fired(moved) == {("covariate", "all"), ("covariate", "language:en")}
    one = next(one for one in moved if one.kind == "covariate" and one.group == "language:en")
    assert one.auc is not None and one.auc > 0.9 and (one.before, one.now) == (400, 400)
    assert {one.group for one in moved} == {"all", "language:en", "language:zh"}, "one source is all texts"


def test_nothing_fires_for_a_period_in_which_nothing_changes() -> None:
    """100 periods of 3 looks at level 0.2: at most 0.2 and 2 standard errors."""
    rng = np.random.default_rng(1)
    audits = known(rng, 0)
    alarms = 0
    for _ in range(100):
        alarms += any(
            fired(drift.examine(texts(rng, 130), audits, alpha=0.2, looks=3, rng=rng)) for _ in range(3)
        )
    assert alarms / 100 <= 0.2 + 2 * (0.2 * 0.8 / 100) ** 0.5


def test_p_values_are_p_values() -> None:
    rng = np.random.default_rng(2)
    label = [drift.label_test(rng.choice(3, 300, p=USUAL), rng.choice(3, 80, p=USUAL)) for _ in range(800)]
    vectors = [
        drift.covariate_test(*np.split(rng.normal(size=(160, 4)).astype(np.float32), [100]), rng)[0]
        for _ in range(300)
    ]
    for level in (0.05, 0.2):
        assert np.mean(np.array(label) <= level) <= level + 2 * (level / 800) ** 0.5
        assert np.mean(np.array(vectors) <= level) <= level + 2 * (level / 300) ** 0.5
    assert drift.label_test(np.zeros(0, int), np.zeros(5, int)) == 1.0


def test_the_shares_of_the_classes_are_told_from_what_is_said() -> None:
    rng = np.random.default_rng(3)
    truth, held = np.array([0.5, 0.3, 0.2]), 0
    for _ in range(60):
        now = said(rng.choice(3, 500, p=truth), rng)
        value, low, high = drift.prior(known(rng), now, rng)  # type: ignore[misc]
        held += ((low <= truth) & (truth <= high)).all()
        assert value.sum() == pytest.approx(1)
    assert held >= 48, "three intervals of 95% hold together in 85% of trials at least"


@pytest.mark.parametrize("case", ["none", "one class", "says nothing"])
def test_audits_that_tell_nothing(case: str) -> None:
    rng = np.random.default_rng(4)
    number = 0 if case == "none" else 200
    truth = np.full(number, 1) if case == "one class" else rng.choice(3, number, p=USUAL)
    calls = rng.choice(3, number) if case == "says nothing" else truth
    if case == "says nothing":
        calls = np.full(number, 1)
    audits = Known(calls, truth, np.ones(number))
    assert drift.prior(audits, truth if number else np.ones(5, int), rng) is None
    found = drift.examine(texts(rng, 200), audits, alpha=0.05, looks=1, rng=rng)
    assert found[0].shares["negative"].true is None and 0 < found[0].shares["negative"].now < 1


def test_a_weight_is_as_many_audits() -> None:
    rng = np.random.default_rng(5)
    audits, now = known(rng), said(rng.choice(3, 400), rng)
    times = rng.integers(1, 4, len(audits.truth))
    weighted = drift.prior(Known(audits.said, audits.truth, times.astype(float)), now, rng)
    again = Known(np.repeat(audits.said, times), np.repeat(audits.truth, times), np.ones(times.sum()))
    repeated = drift.prior(again, now, rng)
    assert weighted is not None and repeated is not None
    assert np.allclose(weighted[0], repeated[0])


def test_few_texts_and_texts_without_vectors_are_not_tested() -> None:
    rng = np.random.default_rng(6)
    assert drift.examine(texts(rng, 50), known(rng), alpha=0.05, looks=1, rng=rng) == []
    bare = texts(rng, 200)
    bare.vectors[:] = np.nan
    found = drift.examine(bare, known(rng), alpha=0.05, looks=1, rng=rng)
    assert {one.kind for one in found} == {"label"}
    none = Texts(bare.present, bare.language, bare.source, bare.said, np.zeros((0, 0), np.float32))
    assert len(drift.examine(none, known(rng), alpha=0.05, looks=1, rng=rng)) == len(found)


def test_levels_share_the_alpha() -> None:
    assert drift.level(0.05, 90, 10) == pytest.approx(0.05 / 900)
    assert drift.level(0.05, 0.5, 0) == 0.05
