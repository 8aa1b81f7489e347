"""The laws that every detector keeps, whatever it takes for rare.

Its scores are numbers in their range, one for each row; the same for the same arguments, in any order of the
rows, and by what it learnt before it was put away; and more negative voices are never less rare.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells
from monitor.detection.panels import Detector, Fitted, Panel, Present, Scores
from monitor.detection.scores import checked
from monitor.errors import PluginError
from monitor.testing.checks import check_kind
from monitor.testing.children import in_child, origin_of, rebuilt
from monitor.testing.fakes import make_panel, make_present

MORE = (0.0, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Negative voices that come on top of the present, all in its last hour."""


def check_detector(detector: Detector) -> Scores:
    """`detector` keeps the laws; its scores of the surge `make_present(make_panel(), 100)` are returned.

    The past is `make_panel()`, eight weeks of twelve series; it also meets four weeks, one series alone,
    series that never counted anything, and weeks in which nobody was reading.
    """
    check_kind(detector)
    larger = getattr(type(detector), "larger_is_rarer", None)
    assert isinstance(larger, bool), (
        "larger_is_rarer is an attribute of the class: False where it answers p-values, True for scores"
    )
    panel = make_panel()
    fitted = _fit(detector, panel)
    now = make_present(panel)
    surge = _check_more(detector, fitted, panel)
    quiet = _test(detector, fitted, now)
    _same(quiet, _test(detector, fitted, now), "the same arguments give the same scores")
    _same(quiet, _test(detector, _fit(detector, panel), now), "the same past is fitted the same")
    try:
        kept = pickle.loads(pickle.dumps(fitted))
    except Exception as error:
        raise AssertionError(
            f"what fit returns can be pickled, for it is kept until night: {error}"
        ) from error
    _same(quiet, _test(detector, kept, now), "what was fitted is the same after it was pickled")
    _check_rows(detector, fitted, now, quiet)
    _check_late(detector, fitted, panel)
    for past in _others():
        learnt = _fit(detector, past)
        for more in (0.0, 100.0):
            _test(detector, learnt, make_present(past, more))
    if origin_of(detector, "detectors") is not None:
        rebuilt(detector)
        with in_child(detector, "detectors") as child:
            elsewhere = child.test(child.fit(panel), now)
        _same(quiet, elsewhere, "in a process of its own it gives the same scores")
    return surge


def _check_more(detector: Detector, fitted: Fitted, panel: Panel) -> Scores:
    """From silence to a surge it becomes rarer or stays; the scores of the surge."""
    now = make_present(panel)
    silent = _test(detector, fitted, replace(now, negative=np.zeros_like(now.negative)))
    before, said = silent, "none at all"
    for more in MORE:
        scores = _test(detector, fitted, make_present(panel, more))
        worse = _rarity(detector, scores) < _rarity(detector, before) - 1e-9
        if worse.any():
            row = int(np.argmax(worse))
            raise AssertionError(
                f"more negative voices are never less rare: row {row} with {said} has p = {before.p[row]:g},"
                f" with {more:g} more than there were {scores.p[row]:g}"
            )
        before, said = scores, f"{more:g} more than there were"
    flat = _rarity(detector, before) <= _rarity(detector, silent)
    assert not flat.any(), (
        f"{MORE[-1]:g} negative voices in an hour are rarer than none in a week: row {int(np.argmax(flat))} "
        f"has p = {before.p[int(np.argmax(flat))]:g} for either"
    )
    return before


def _check_rows(detector: Detector, fitted: Fitted, now: Present, scores: Scores) -> None:
    """Every row is by itself: its score does not hang on which others are tested with it."""
    order = np.random.default_rng(1).permutation(len(now.rows))
    for some in (order, order[:1], order[:0]):
        found = _test(detector, fitted, _rows(now, some))
        expected = Scores(**{name: column[some] for name, column in _columns(scores)})
        what = "in another order" if len(some) > 1 else f"{len(some)} of them alone"
        _same(expected, found, f"rows have the same scores {what}")


def _check_late(detector: Detector, fitted: Fitted, panel: Panel) -> None:
    """What comes late is tested in windows that ended before the past does."""
    hours = cells.LATEST // cells.HOUR
    early = replace(
        panel,
        negative=panel.negative[:, :-hours],
        voices=panel.voices[:, :-hours],
        volume=panel.volume[:-hours],
        read=panel.read[:-hours],
    )
    quiet, surge = (_test(detector, fitted, make_present(early, more)) for more in (0.0, MORE[-1]))
    flat = _rarity(detector, surge) <= _rarity(detector, quiet)
    assert not flat.any(), (
        f"{MORE[-1]:g} more negative voices are rarer in windows of {hours} hours before, too:"
        f" row {int(np.argmax(flat))} has p = {surge.p[int(np.argmax(flat))]:g} for either"
    )


def _others() -> Iterable[Panel]:
    """Pasts with little to learn from."""
    panel = make_panel()
    unread = panel.read.copy()
    unread[: 3 * 168] = False
    nothing = {name: np.zeros_like(getattr(panel, name)) for name in ("negative", "voices", "volume")}
    yield make_panel(weeks=4)
    yield make_panel(series=1)
    yield make_panel(series=2, weeks=5)
    yield make_panel(read=unread)
    yield make_panel(read=np.zeros_like(panel.read))
    yield make_panel(negative=nothing["negative"])
    yield make_panel(**nothing)


def _fit(detector: Detector, past: Panel) -> Fitted:
    before = {name: column.copy() for name, column in _columns(past)}
    fitted = detector.fit(past)
    assert all(np.array_equal(before[name], column) for name, column in _columns(past)), (
        "fit does not change the panel"
    )
    return fitted


def _test(detector: Detector, fitted: Fitted, present: Present) -> Scores:
    before = {name: column.copy() for name, column in _columns(present)}
    scores = detector.test(fitted, present)
    assert all(np.array_equal(before[name], column) for name, column in _columns(present)), (
        "test does not change the present"
    )
    try:
        return checked(scores, present, larger_is_rarer=detector.larger_is_rarer)
    except PluginError as error:
        raise AssertionError(str(error)) from error


def _columns(of: Panel | Present | Scores) -> list[tuple[str, NDArray[Any]]]:
    found = ((field.name, getattr(of, field.name)) for field in fields(of))
    return [(name, column) for name, column in found if isinstance(column, np.ndarray)]


def _rows(present: Present, some: NDArray[np.int64]) -> Present:
    return replace(
        present, **{name: getattr(present, name)[some] for name in ("rows", "negative", "voices", "volume")}
    )


def _rarity(detector: Detector, scores: Scores) -> NDArray[np.float64]:
    return scores.p if detector.larger_is_rarer else -np.log(scores.p)


def _same(expected: Scores, found: Scores, law: str) -> None:
    for (name, wanted), (_, column) in zip(_columns(expected), _columns(found), strict=True):
        apart = ~np.isclose(wanted, column, rtol=1e-9, atol=1e-12)
        assert not apart.any(), f"{law}: {name} was {wanted[apart][0]:g}, and is {column[apart][0]:g}"
