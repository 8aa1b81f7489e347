"""The laws of detectors: one that keeps them passes, and each one that is broken is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from monitor.detection.panels import Panel, Present, Scores
from monitor.testing import check_detector, make_panel, make_present


@dataclass
class Above:
    """A detector that compares with the past's mean; a test bends what it learns and what it answers."""

    bend: Callable[[Scores, Present, Any], Any] = field(default=lambda scores, present, fitted: scores)
    learn: Callable[[Panel, Any], Any] = field(default=lambda past, rate: rate)
    kind = "above"
    larger_is_rarer: ClassVar[bool] = False

    def fit(self, past: Panel) -> Any:
        return self.learn(past, past.negative.mean(axis=1))

    def test(self, fitted: Any, present: Present) -> Any:
        rate = fitted if isinstance(fitted, np.ndarray) else fitted["rate"]
        expected = rate[present.rows, None] * np.array(present.lengths)
        p = 1 / (1 + present.negative / (1 + expected))
        window = p.argmin(axis=1)
        row = np.arange(len(window))
        mean = expected[row, window]
        return self.bend(Scores(p[row, window], window, mean, mean, mean), present, fitted)


class Score(Above):
    """The same as a score."""

    larger_is_rarer: ClassVar[bool] = True

    def test(self, fitted: Any, present: Present) -> Any:
        scores = super().test(fitted, present)
        return replace(scores, p=1 / scores.p)


@pytest.mark.parametrize("cls", [Above, Score])
def test_a_detector_that_keeps_the_laws_passes(cls: type[Above]) -> None:
    panel = make_panel()
    present = make_present(panel, 100.0)
    detector = cls()
    scores = check_detector(detector)
    assert scores.p.tolist() == detector.test(detector.fit(panel), present).p.tolist()


def flat(scores: Scores, present: Present, fitted: Any) -> Scores:
    return replace(scores, p=np.full(len(scores.p), 0.5))


def falls(scores: Scores, present: Present, fitted: Any) -> Scores:
    return replace(scores, p=np.where(present.negative[:, 0] > 50, 1.0, scores.p))


def ranks(scores: Scores, present: Present, fitted: Any) -> Scores:
    return replace(scores, p=scores.p / max(len(scores.p), 1))


def places(scores: Scores, present: Present, fitted: Any) -> Scores:
    return replace(scores, expected=np.arange(len(scores.p)), low=scores.low * 0, high=scores.high + 99)


def remembers(scores: Scores, present: Present, fitted: Any) -> Scores:
    fitted["tests"] += 1
    return replace(scores, high=scores.high + fitted["tests"])


def writes(scores: Scores, present: Present, fitted: Any) -> Scores:
    present.negative[:] = 0
    return scores


def hurried(scores: Scores, present: Present, fitted: Any) -> Scores:
    """As of a detector that looks no further back than the end of the past."""
    late = present.end < fitted["end"]
    return replace(scores, p=np.full(len(scores.p), 0.5)) if late else scores


def ended(past: Panel, rate: Any) -> Any:
    return {"rate": rate, "end": (past.start + len(past.volume)) * 12}


def erases(past: Panel, rate: Any) -> Any:
    past.voices[:] = 0
    return rate


def draws() -> Callable[[Panel, Any], Any]:
    rng = np.random.default_rng()
    return lambda past, rate: rate * rng.uniform(0.5, 1.5)


class Forgetful(dict[str, Any]):
    """What was learnt, half of it lost on the way into a pickle."""

    def __reduce__(self) -> Any:
        return Forgetful, ({"rate": self["rate"] / 2},)


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        ({"bend": lambda scores, present, fitted: scores.p}, "returned ndarray; expected monitor.Scores"),
        ({"bend": lambda scores, present, fitted: replace(scores, p=scores.p * 2)}, "a p-value over 0"),
        ({"bend": lambda scores, present, fitted: replace(scores, p=scores.p[:0])}, "number for each of 12"),
        ({"bend": lambda scores, present, fitted: replace(scores, window=scores.window + 5)}, "0 to 4"),
        ({"bend": lambda scores, present, fitted: replace(scores, low=scores.low + 1)}, "not over `high`"),
        ({"bend": falls}, "more negative voices are never less rare: row 0 .* with 100 more than there were"),
        ({"bend": flat}, "100 negative voices in an hour are rarer than none in a week: row 0"),
        ({"bend": ranks}, "rows have the same scores 1 of them alone: p was"),
        ({"bend": places}, "rows have the same scores in another order: expected was"),
        (
            {"bend": hurried, "learn": ended},
            "100 more negative voices are rarer in windows of 48 hours before, too: row 0",
        ),
        ({"bend": writes}, "test does not change the present"),
        (
            {"bend": remembers, "learn": lambda past, rate: {"rate": rate, "tests": 0}},
            "the same arguments give the same scores: high was",
        ),
        ({"learn": erases}, "fit does not change the panel"),
        ({"learn": draws()}, "the same past is fitted the same: "),
        ({"learn": lambda past, rate: {"rate": rate, "why": lambda: 0}}, "what fit returns can be pickled"),
        ({"learn": lambda past, rate: Forgetful(rate=rate)}, "the same after it was pickled: "),
        (
            {"learn": lambda past, rate: rate / (1.0 if past.negative.any() else np.nan)},
            "p = nan in row 0; expected a p-value",
        ),
    ],
)
def test_a_law_that_is_broken_is_named(bend: dict[str, Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_detector(Above(**bend))


def test_it_says_what_its_numbers_are() -> None:
    class Silent(Above):
        larger_is_rarer = None  # type: ignore[assignment]

    with pytest.raises(AssertionError, match="larger_is_rarer is an attribute of the class"):
        check_detector(Silent())
    # A p-value that is taken for a score: a surge has the smaller one.
    with pytest.raises(AssertionError, match="more negative voices are never less rare"):
        check_detector(type("Inverse", (Above,), {"larger_is_rarer": True})())


def test_the_panel_is_as_it_says() -> None:
    panel = make_panel()
    assert panel.names[0] == "all" and len(panel.names) == 12 and panel.negative.shape == (12, 8 * 168)
    days = panel.negative.sum(axis=1) / 56
    assert days[1] < 0.1 and 10 < days[-1] < 25
    assert np.allclose(panel.negative[0], panel.negative[1:].sum(axis=0))
    assert (panel.volume == panel.voices[0]).all()
    now = make_present(panel, 3.0)
    assert now.end == (panel.start + len(panel.volume)) * 12
    assert np.allclose(now.negative[:, 2], panel.negative[:, -24:].sum(axis=1) + 3)
