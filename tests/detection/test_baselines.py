"""Levels, dispersions and what is known of them; and that the p they make is uniform."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor.detection import baselines, tails
from monitor.detection.panels import LENGTHS, Panel
from tests.detection.worlds import MONDAY, WEEK, cut, panel, present, week

WEEKS = 26


def weighed(past: Panel, rng: np.random.Generator) -> Panel:
    """The same, each voice counting by a probability: most by much, some by little."""
    counted = past.negative.astype(int)
    sure, unsure = (rng.binomial(counted, part) for part in (0.7, 0.3))
    return replace(past, negative=sure * 0.9 + np.minimum(unsure, counted - sure) * 0.3)


@pytest.mark.parametrize("dispersion", [1.0, 1.8])
def test_the_mean_and_the_dispersion_are_found(dispersion: float) -> None:
    levels = np.repeat([1.0, 6.0], 40)
    past = panel(levels, WEEKS, np.random.default_rng(13), dispersion=dispersion)
    found = baselines.fit(past, 1000)
    mean, variance = found.expect(present(past, WEEKS * WEEK))
    assert mean[:40, 4].mean() == pytest.approx(7, rel=0.05)
    assert mean[40:, 4].mean() == pytest.approx(42, rel=0.05)
    assert np.median(found.dispersion[40:, 2]) == pytest.approx(dispersion, rel=0.1)
    assert (variance >= mean * found.unit(np.arange(80))).all()


def test_voices_that_count_in_part_have_a_unit() -> None:
    rng = np.random.default_rng(21)
    past = weighed(panel(np.full(60, 2.0), WEEKS, rng, dispersion=1.0), rng)
    found = baselines.fit(past, 1000)
    # Of 70% that count 0.9 and 9% that count 0.3 it is the mean weight, by weight.
    unit = found.unit(np.arange(60))
    assert unit.mean() == pytest.approx((0.7 * 0.9**2 + 0.09 * 0.3**2) / (0.7 * 0.9 + 0.09 * 0.3), abs=0.04)
    whole = baselines.fit(panel(np.full(60, 2.0), WEEKS, rng, dispersion=1.3), 1000)
    assert whole.unit(np.arange(60)).min() > 0.95


def test_a_series_of_few_counts_is_shrunk_to_its_pool() -> None:
    rng = np.random.default_rng(14)
    past = panel(np.full(60, 0.05), WEEKS, rng, dispersion=1.0)
    found = baselines.fit(past, 1000)
    mean = found.expect(present(past, WEEKS * WEEK))[0][:, 4] / 7
    raw = past.negative.sum(axis=1) / (WEEKS * 7)
    assert np.abs(mean - 0.05).mean() < 0.5 * np.abs(raw - 0.05).mean()
    # One that is much above its pool stays there.
    loud = past.negative.copy()
    loud[0] = rng.poisson(20 / 24 * np.resize(week(), WEEKS * WEEK))
    found = baselines.fit(replace(past, negative=loud, voices=np.maximum(loud, past.voices)), 1000)
    assert found.expect(present(past, WEEKS * WEEK))[0][0, 4] / 7 == pytest.approx(20, rel=0.1)


def test_a_series_that_was_never_seen_has_a_small_mean_and_much_doubt() -> None:
    past = panel(np.append(np.full(30, 2.0), 0.0), WEEKS, np.random.default_rng(15))
    found = baselines.fit(past, 1000)
    mean, variance = found.expect(present(past, WEEKS * WEEK))
    assert 0 < mean[30, 4] < 0.5
    assert variance[30, 4] / mean[30, 4] ** 2 > variance[0, 4] / mean[0, 4] ** 2


def test_a_surge_of_the_past_does_not_hide_the_next() -> None:
    past = panel(np.full(20, 3.0), WEEKS, np.random.default_rng(16))
    surged = past.negative.copy()
    surged[0, 2000:2048] += 5
    before = baselines.fit(past, 1000)
    after = baselines.fit(replace(past, negative=surged, voices=past.voices + surged - past.negative), 1000)
    now = present(past, WEEKS * WEEK)
    assert after.expect(now)[0][0, 4] < 1.08 * before.expect(now)[0][0, 4]
    assert after.expect(now)[1][0, 4] < 1.5 * before.expect(now)[1][0, 4]
    # It was a third of all that the series ever had.
    assert surged[0].sum() > 1.4 * past.negative[0].sum()


def test_a_level_that_changed_is_learnt_again() -> None:
    rng = np.random.default_rng(17)
    hours = WEEKS * WEEK
    risen = np.where(np.arange(hours) < hours // 2, 1.0, 3.0) * np.resize(week(), hours)
    negative = rng.poisson(np.full((20, 1), 2 / 24) * risen).astype(float)
    names = tuple(str(row) for row in range(20))
    volume = rng.poisson(2000 / 24 * np.resize(week(), hours)) + negative.sum(axis=0)
    past = Panel(names, ("company",) * 20, MONDAY, negative, negative, volume, np.ones(hours, dtype=bool))
    now = present(past, hours)
    slow, fast = (baselines.fit(past, half_life).expect(now)[0][:, 4].mean() / 7 for half_life in (1000, 4))
    assert slow == pytest.approx(4, rel=0.1)
    assert fast == pytest.approx(6, rel=0.15)


def test_other_lengths_lie_between() -> None:
    past = panel(np.full(10, 3.0), 8, np.random.default_rng(18))
    found = baselines.fit(past, 1000)
    now = present(past, 8 * WEEK)
    some = replace(
        now,
        lengths=(12, 72),
        negative=now.negative[:, 1:3],
        voices=now.voices[:, 1:3],
        volume=now.volume[:, 1:3],
    )
    mean, variance = found.expect(some)
    ratio = (variance - mean**2 / found.known[:, None]) / mean
    assert (ratio[:, 0] >= found.dispersion[:, 1] - 1e-9).all()
    assert (ratio[:, 0] <= found.dispersion[:, 2] + 1e-9).all()
    assert ratio[:, 1] == pytest.approx(found.dispersion[:, 3])


def test_a_panel_of_no_series_is_no_error() -> None:
    past = panel(np.zeros(0), 2, np.random.default_rng(19))
    mean, variance = baselines.fit(past, 26).expect(present(past, 2 * WEEK))
    assert mean.shape == variance.shape == (0, len(LENGTHS))


@pytest.mark.parametrize("whole", [True, False])
def test_p_is_uniform_by_level_on_shuffled_weeks(whole: bool) -> None:
    """The probability integral transform of windows of a past whose weeks are shuffled, all series together,
    the parts between whole numbers and what lies on zero being drawn (Czado, Gneiting and Held, Biometrics
    65, 2009, 1254-1261)."""
    rng = np.random.default_rng(20)
    levels = np.repeat([0.05, 0.5, 2.0, 10.0], 60)
    past = panel(levels, WEEKS + 6, rng)
    if not whole:
        past = weighed(past, rng)
    weeks = rng.permutation(WEEKS + 6)
    order = (weeks[:, None] * WEEK + np.arange(WEEK)).ravel()
    shuffled = replace(
        past,
        negative=past.negative[:, order],
        voices=past.voices[:, order],
        volume=past.volume[order],
    )
    found = baselines.fit(cut(shuffled, WEEKS * WEEK), 1000)
    drawn = []
    for hour in range(WEEKS * WEEK + 168, (WEEKS + 6) * WEEK + 1, 24):
        now = present(shuffled, hour)
        mean, variance = found.expect(now)
        edge = [tails.upper(np.maximum(now.negative + side, -0.5), mean, variance) for side in (-0.5, 0.5)]
        drawn.append(edge[1] + rng.random(mean.shape) * (edge[0] - edge[1]))
    p = np.stack(drawn)
    for level in np.unique(levels):
        for window in range(len(LENGTHS)):
            some = p[:, levels == level, window]
            assert some.mean() == pytest.approx(0.5, abs=0.06), (level, LENGTHS[window])
            shares = np.histogram(some, 5, (0, 1))[0] / some.size
            assert np.abs(shares - 0.2).max() < 0.06, (level, LENGTHS[window], shares)
            assert (some < 0.01).mean() < 0.02, (level, LENGTHS[window])
