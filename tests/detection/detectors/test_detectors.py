"""What every detector keeps to, and what each is for."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from monitor.detection.detectors.buildup import BuildUp
from monitor.detection.detectors.drifts import Adwin, PageHinkley
from monitor.detection.detectors.farrington import Farrington
from monitor.detection.detectors.share import Share
from monitor.detection.detectors.surge import Surge
from monitor.detection.detectors.zscore import ZScore
from monitor.detection.panels import LENGTHS, Detector, Panel, Present, Scores
from tests.detection.worlds import WEEK, cut, panel, present

WEEKS = 10
BUNDLED = [Surge, Share, BuildUp, ZScore, Farrington, PageHinkley, Adwin]
ALL = panel(np.append(np.repeat([0.1, 1.0, 6.0], 8), 0.0), WEEKS + 2, np.random.default_rng(30))
PAST = cut(ALL, WEEKS * WEEK)
NOW = present(ALL, WEEKS * WEEK + 20)


@pytest.fixture(params=BUNDLED, ids=lambda kind: kind.kind)
def detector(request: pytest.FixtureRequest) -> Detector:
    if request.param in (PageHinkley, Adwin):
        pytest.importorskip("river")
    return request.param()


def rarity(detector: Detector, scores: Scores) -> np.ndarray:
    return scores.p if detector.larger_is_rarer else -np.log(scores.p)


def risen(now: Present, row: int, times: float) -> Present:
    """The present of a series that has so many times as many voices, all of the new ones negative."""
    more = np.zeros_like(now.negative)
    more[row] = now.negative[row] * (times - 1) + times
    return replace(now, negative=now.negative + more, voices=now.voices + more, volume=now.volume + more[row])


def test_scores_are_of_the_rows_and_keep_to_the_contract(detector: Detector) -> None:
    fitted = detector.fit(PAST)
    scores = detector.test(fitted, NOW)
    for column in (scores.p, scores.window, scores.expected, scores.low, scores.high):
        assert column.shape == (len(NOW.rows),)
        assert not np.isnan(column).any()
    if not detector.larger_is_rarer:
        assert ((scores.p > 0) & (scores.p <= 1)).all()
    assert ((scores.window >= 0) & (scores.window < len(LENGTHS))).all()
    assert ((scores.low >= 0) & (scores.low <= scores.expected) & (scores.expected <= scores.high)).all()


def test_a_row_is_scored_alike_alone_and_among_others(detector: Detector) -> None:
    fitted = detector.fit(PAST)
    scores = detector.test(fitted, NOW)
    some = np.array([17, 3])
    columns = {name: getattr(NOW, name)[some] for name in ("negative", "voices", "volume")}
    alone = replace(NOW, rows=some, **columns)
    assert detector.test(fitted, alone).p == pytest.approx(scores.p[some])


def test_what_was_fitted_can_be_kept(detector: Detector) -> None:
    fitted = detector.fit(PAST)
    again = pickle.loads(pickle.dumps(fitted))
    assert detector.test(again, NOW).p == pytest.approx(detector.test(fitted, NOW).p)


def test_testing_changes_nothing(detector: Detector) -> None:
    fitted = detector.fit(PAST)
    first = detector.test(fitted, NOW).p
    detector.test(fitted, risen(NOW, 2, 10))
    assert np.array_equal(detector.test(fitted, NOW).p, first)


def test_a_rise_is_rarer_and_only_where_it_is(detector: Detector) -> None:
    fitted = detector.fit(PAST)
    row = 20
    before, after = (rarity(detector, detector.test(fitted, now)) for now in (NOW, risen(NOW, row, 6)))
    assert after[row] > before[row]
    assert int(np.argmax(after - before)) == row


@pytest.mark.parametrize("kind", [Surge, Share, BuildUp, ZScore, Farrington], ids=lambda kind: kind.kind)
def test_what_is_scaled_by_what_is_little_known_is_less_rare(kind: type[Detector]) -> None:
    detector = kind()
    fitted, row = detector.fit(PAST), 20
    now = risen(NOW, row, 6)
    number = len(LENGTHS)
    none, some, much = (
        rarity(detector, detector.test(fitted, replace(now, doubt=(doubt,) * number)))[row]
        for doubt in (0.0, 0.01, 0.2)
    )
    assert none == pytest.approx(rarity(detector, detector.test(fitted, now))[row])
    assert none > some > much
    coarse = replace(now, doubt=(0.0,) * number, grain=(2.0,) * number)
    assert none > rarity(detector, detector.test(fitted, coarse))[row]


def test_no_series_and_no_voices_are_no_error(detector: Detector) -> None:
    nobody = PAST.only(np.array([], dtype=int))
    none = np.zeros((0, len(LENGTHS)))
    now = replace(NOW, rows=np.array([], dtype=int), negative=none, voices=none, volume=none)
    assert detector.test(detector.fit(nobody), now).p.shape == (0,)
    silent = np.zeros_like(PAST.negative)
    quiet = replace(PAST, negative=silent, voices=silent, volume=np.zeros_like(PAST.volume))
    scores = detector.test(detector.fit(quiet), NOW)
    assert not np.isnan(scores.p).any()


def test_hours_that_nobody_read_are_no_calm(detector: Detector) -> None:
    """A past of which half was not read expects what the other half says."""
    half = PAST.read.copy()
    half[: len(half) // 2] = False
    gone = replace(
        PAST,
        read=half,
        negative=PAST.negative * half,
        voices=PAST.voices * half,
        volume=PAST.volume * half,
    )
    day = replace(
        NOW,
        lengths=(24,),
        negative=NOW.negative[:, 2:3],
        voices=NOW.voices[:, 2:3],
        volume=NOW.volume[:, 2:3],
    )
    whole, part = (detector.test(detector.fit(past), day).expected for past in (PAST, gone))
    busy = slice(16, 24)
    assert part[busy].sum() > 0.7 * whole[busy].sum()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Surge, {"half_life_weeks": 0}),
        (Share, {"half_life_weeks": -1}),
        (BuildUp, {"times": 1}),
        (BuildUp, {"weeks": 0}),
        (ZScore, {"window_hours": 0}),
        (ZScore, {"weeks": 0}),
        (Farrington, {"window_hours": 0}),
    ],
)
def test_options_that_mean_nothing_are_refused(kind: type, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        kind(**options)


def changed(past: Panel, rows: np.ndarray, first: int, factor: float, rng: np.random.Generator) -> Panel:
    """Some series' negative voices times `factor` from an hour on, and as many other voices as before."""
    more = np.zeros_like(past.negative)
    mean = past.negative[rows].mean(axis=1, keepdims=True) * (factor - 1)
    more[rows, first:] = rng.poisson(np.broadcast_to(mean, (len(rows), past.negative.shape[1] - first)))
    return replace(
        past,
        negative=past.negative + more,
        voices=past.voices + more,
        volume=past.volume + more.sum(axis=0),
    )


def test_surge_names_a_window_that_was_given() -> None:
    detector = Surge()
    fitted = detector.fit(PAST)
    shifted = changed(ALL, np.array([20]), WEEKS * WEEK - 100, 4.0, np.random.default_rng(31))
    fitted = detector.fit(cut(shifted, WEEKS * WEEK))
    now = present(shifted, WEEKS * WEEK + 20)
    scores = detector.test(fitted, now)
    assert scores.window[20] == 4  # five days, of which the week is the shortest window that holds them
    assert now.negative[20, 4] > scores.high[20]


def test_build_up_sees_weeks_that_no_window_shows() -> None:
    """Twice as much for two weeks: the sum of evidence is beyond all others'."""
    rows = np.arange(16, 20)
    rng = np.random.default_rng(32)
    slow = changed(ALL, rows, (WEEKS - 2) * WEEK, 2.0, rng)
    now = present(slow, WEEKS * WEEK + 20)
    detector = BuildUp(times=1.5)
    score = detector.test(detector.fit(cut(slow, WEEKS * WEEK)), now).p
    calm = detector.test(detector.fit(PAST), NOW).p
    assert score[rows].min() > np.delete(calm, rows).max()


def test_share_sees_news_turn_bad_without_growing() -> None:
    rows = np.array([18])
    now = NOW.negative.copy()
    now[rows] = NOW.voices[rows]
    bad = replace(NOW, negative=now)
    detector = Share()
    fitted = detector.fit(PAST)
    assert detector.test(fitted, bad).p[18] < 1e-4
    assert detector.test(fitted, NOW).p[18] > 1e-2
    # Twice as much of everything is no other share.
    grown = replace(NOW, negative=NOW.negative * 2, voices=NOW.voices * 2)
    assert detector.test(fitted, grown).p[18] > 1e-3


def test_surge_sees_a_cluster_that_no_size_explains() -> None:
    """Twelve voices in one hour about a company that had two a month, of which no two at once."""
    now = NOW.negative.copy()
    now[2] += 12
    burst = replace(NOW, negative=now, voices=NOW.voices + now - NOW.negative)
    detector = Surge()
    assert detector.test(detector.fit(PAST), burst).p[2] < 1e-5


def test_surges_p_is_no_smaller_than_chance_makes_it() -> None:
    """Of looks at calm counts at most so many are so rare, whatever the level."""
    levels = np.repeat([0.05, 0.5, 3.0, 12.0], 75)
    calm = panel(levels, 30, np.random.default_rng(33))
    detector = Surge()
    found = []
    for week in range(24, 30):
        fitted = detector.fit(cut(calm, week * WEEK))
        found += [detector.test(fitted, present(calm, week * WEEK + hour)).p for hour in (0, 24, 48)]
    p = np.stack(found)
    for level in np.unique(levels):
        some = p[:, levels == level]
        for share in (0.1, 0.02):
            assert (some <= share).mean() <= 1.3 * share, (level, share)
    assert (p <= 0.02).mean() > 0.001  # and they are not all 1
