"""Counts whose truth is known: series of known levels, planted surges, and the oracle that knows both.

Hours are independent negative binomials whose variance is `dispersion` times their mean, around a level times
the week's shape. The dispersion is the same for any sum of hours, so that "dispersion" is one number, and a
surge of size k is exactly k times as much news of the same kind.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor.detection.cells import IN_HOUR
from monitor.detection.detectors.surge import Known
from monitor.detection.panels import LENGTHS, Detector, Panel, Present
from monitor.detection.reaches import Reach

Floats = NDArray[np.float64]

WEEK = 168
RENEWED = 48  # hours after which what a detector keeps of the last hours is brought up to date
MONDAY = 96 + 2_856 * WEEK  # an hour with which a week begins, in UTC


@dataclass(frozen=True)
class World:
    """What the counts are drawn from."""

    shape: Floats  # (168,) the week's, 1 in the mean
    dispersion: float
    levels: tuple[float, ...]  # voices a day
    each: int  # series of each level
    weeks: int  # of the past that a detector is fitted on
    others: float = 200.0  # voices a day of news that is in none of the series
    kept: float = 0.4  # of the voices of a series are negative

    @property
    def truth(self) -> Floats:
        """Mean of an average hour, of each series."""
        return np.repeat(np.array(self.levels), self.each) / 24


@dataclass(frozen=True, eq=False)
class Run:
    """A drawn past, and the hours after it, of all series."""

    world: World
    past: Panel
    negative: Floats  # (S, past and present hours)
    voices: Floats
    volume: Floats
    mean: Floats  # (hours,) the shape, over the same hours
    kept: dict[str, Any] = field(default_factory=dict)  # what was fitted to the past, by kind

    @property
    def first(self) -> int:
        """The place of the first hour after the past."""
        return len(self.past.volume)

    def fitted(self, detector: Detector) -> Any:
        """What the detector makes of the past, once."""
        if detector.kind not in self.kept:
            self.kept[detector.kind] = detector.fit(self.past)
        return self.kept[detector.kind]


def drawn(world: World, hours: int, rng: np.random.Generator) -> Run:
    """A past, and so many hours after it."""
    total = world.weeks * WEEK + hours
    mean = np.resize(world.shape, total)
    negative = counts(world.truth[:, None] * mean, world.dispersion, rng)
    voices = negative + rng.poisson(world.truth[:, None] * mean * (1 / world.kept - 1))
    volume = voices.sum(axis=0) / world.each + rng.poisson(world.others / 24 * mean)
    names = tuple(str(row) for row in range(len(negative)))
    size = world.weeks * WEEK
    past = Panel(
        names,
        ("company",) * len(names),
        MONDAY,
        negative[:, :size],
        voices[:, :size],
        volume[:size],
        np.ones(size, dtype=bool),
    )
    return Run(world, past, negative, voices, volume, mean)


def counts(mean: Floats, dispersion: float, rng: np.random.Generator) -> Floats:
    """Negative binomials of these means, their variance `dispersion` times as large."""
    size = np.maximum(mean, 1e-12) / (dispersion - 1)
    return rng.negative_binomial(size, 1 / dispersion).astype(np.float64)


def presents(run: Run, hours: range, rows: NDArray[np.int64], extra: Floats) -> Iterator[Present]:
    """The windows that end with each of these hours; `extra` (R, hours) is planted on the rows, its first
    column being the first of `hours`."""
    reach = LENGTHS[-1]
    base = hours.start - reach
    lengths = np.array(LENGTHS)
    negative, voices = run.negative[rows, base : hours.stop], run.voices[rows, base : hours.stop]
    padded = np.pad(extra, ((0, 0), (reach, 0)))
    counted, told = _summed(negative + padded), _summed(voices + padded)
    volume = _summed(run.volume[None, base : hours.stop])[0]
    for hour in hours:
        end = hour + 1 - base
        yield Present(
            rows,
            (run.past.start + hour + 1) * IN_HOUR,
            LENGTHS,
            counted[:, [end]] - counted[:, end - lengths],
            told[:, [end]] - told[:, end - lengths],
            np.tile(volume[end] - volume[end - lengths], (len(rows), 1)),
        )


def rarities(
    detectors: Sequence[Detector], run: Run, hours: range, rows: NDArray[np.int64], extra: Floats
) -> dict[str, Floats]:
    """How rare each detector finds each hour of each row, larger being rarer; (R, hours) by kind."""
    fitted = {one.kind: run.fitted(one) for one in detectors}
    found: dict[str, list[Floats]] = {one.kind: [] for one in detectors}
    for place, present in enumerate(presents(run, hours, rows, extra)):
        if not place or (hours[place] - run.first) % RENEWED == 0:
            fitted = {
                kind: _renewed(one, run, hours[place], hours, rows, extra) for kind, one in fitted.items()
            }
        for one in detectors:
            p = one.test(fitted[one.kind], present).p
            found[one.kind].append(p if one.larger_is_rarer else -np.log(p))
    return {kind: np.stack(columns, axis=1) for kind, columns in found.items()}


def _renewed(
    fitted: object, run: Run, hour: int, hours: range, rows: NDArray[np.int64], extra: Floats
) -> object:
    """What a night between would have made of it: the last hours as they are then, the level as it was."""
    if not isinstance(fitted, Known):
        return fitted
    end = run.first + (hour - run.first) // RENEWED * RENEWED
    first = end - WEEK
    negative, voices = run.negative[:, first:end], run.voices[:, first:end]
    if end > hours.start:
        begun = max(hours.start, first)
        seen = extra[:, begun - hours.start : end - hours.start]
        negative, voices = negative.copy(), voices.copy()
        negative[rows, begun - first :] += seen
        voices[rows, begun - first :] += seen
    last = Panel(
        run.past.names,
        run.past.pools,
        run.past.start + first,
        negative,
        voices,
        run.volume[first:end],
        np.ones(WEEK, dtype=bool),
    )
    return replace(fitted, reach=Reach.of(last, WEEK))


def oracle(run: Run, size: float, hours: range, rows: NDArray[np.int64], extra: Floats) -> Floats:
    """The likelihood-ratio CUSUM (Page, Biometrika 41, 1954) of one who knows the mean, the dispersion and
    the planted size, but not when; from the first hour after the past on; (R, hours)."""
    start = run.first
    padded = np.pad(extra, ((0, 0), (hours.start - start, 0)))
    counted = run.negative[rows, start : hours.stop] + padded
    dispersion = run.world.dispersion
    calm = run.world.truth[rows, None] * run.mean[start : hours.stop] / (dispersion - 1)
    risen = size * calm
    ratio = (
        special.gammaln(counted + risen)
        - special.gammaln(risen)
        - special.gammaln(counted + calm)
        + special.gammaln(calm)
        - (risen - calm) * np.log(dispersion)
    )
    state = np.zeros(len(rows))
    found = np.empty_like(ratio)
    for place in range(ratio.shape[1]):
        state = np.maximum(state, 0.0) + ratio[:, place]
        found[:, place] = state
    return np.asarray(found[:, hours.start - start :])


def page_hinkley(run: Run, hours: range, rows: NDArray[np.int64], extra: Floats) -> Floats:
    """river's PageHinkley, mode up, over hours, `delta` being half of the mean hour of the past."""
    if "page_hinkley" not in run.kept:
        run.kept["page_hinkley"] = _walk(run.negative)
    walk, total = run.kept["page_hinkley"]
    counted = run.negative[rows, hours.start : hours.stop] + extra
    delta = total[rows, run.first] / run.first / 2
    step, so_far = walk[rows, : hours.start], total[rows, hours.start]
    state = _above(step, delta)
    found = np.empty_like(counted)
    for place in range(counted.shape[1]):
        so_far = so_far + counted[:, place]
        moved = counted[:, place] - so_far / (hours.start + place + 1) - delta
        state = np.maximum(state + moved, 0.0)
        found[:, place] = state
    return found


def _walk(counted: Floats) -> tuple[Floats, Floats]:
    """How far each hour is above the mean so far, and the totals before each hour."""
    total = _summed(counted)
    return counted - total[:, 1:] / np.arange(1, total.shape[1]), total


def _above(step: Floats, delta: Floats) -> Floats:
    """How far the sum of the steps, less `delta` each, is above its own minimum at the end."""
    path = np.cumsum(step - delta[:, None], axis=1)
    return np.asarray(path[:, -1] - path.min(axis=1))


def adwin(run: Run, hours: range, rows: NDArray[np.int64], extra: Floats, delta: float = 0.3) -> Floats:
    """river's ADWIN over totals of six hours: how far the mean of its window is above the past's, in
    standard errors of a Poisson."""
    from river.drift import ADWIN

    step = 6
    begun = run.first + (hours.start - run.first) // step * step
    counted = run.negative[rows, begun : hours.stop].copy()
    counted[:, hours.start - begun :] += extra
    found = np.empty((len(rows), len(hours)))
    place = (np.arange(hours.start, hours.stop) + 1 - begun) // step
    for row, series in enumerate(rows):
        kept = run.kept.setdefault("adwin", {})
        if series not in kept:
            total = run.negative[series, : run.first]
            mean = (total.sum() + 0.5) / run.first * step
            state = ADWIN(delta=delta, clock=1, min_window_length=1, grace_period=1)
            for value in (total.reshape(-1, step).sum(axis=1) / np.sqrt(mean)).tolist():
                state.update(value)
            kept[series] = (state, mean, {run.first: state})
        _, mean, at = kept[series]
        known = max(moment for moment in at if moment <= begun)
        state = copy.deepcopy(at[known])
        if known < begun:
            for value in run.negative[series, known:begun].reshape(-1, step).sum(axis=1) / np.sqrt(mean):
                state.update(float(value))
            at[begun] = copy.deepcopy(state)
        scores = [_lifted(state, mean)]
        whole = counted[row, : counted.shape[1] // step * step].reshape(-1, step).sum(axis=1)
        for value in (whole / np.sqrt(mean)).tolist():
            state.update(value)
            scores.append(_lifted(state, mean))
        found[row] = np.array(scores)[place]
    return found


def _lifted(state: Any, mean: float) -> float:
    return float((state.estimation - np.sqrt(mean)) * np.sqrt(state.width))


def _summed(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def openings(rare: NDArray[np.bool_], closed: int) -> int:
    """How often something opens that was quiet for at least so many hours, over all rows."""
    count = 0
    quiet = np.full(len(rare), closed)
    for now in np.ascontiguousarray(rare.T):
        count += int((now & (quiet >= closed)).sum())
        quiet += 1
        quiet[now] = 0
    return count


def cut(values: Floats, target: float, closed: int) -> tuple[float, float]:
    """The cut at which `values` (rows, hours) of a null open `target` times, and the chance by which what
    lies on the cut itself opens, so that ties give exactly so many."""
    candidates = np.unique(values[values >= np.quantile(values, 0.98)])
    low, high = 0, len(candidates)  # at `low` it opens too often, at `high` too rarely
    while high - low > 1:
        middle = (low + high) // 2
        if openings(values >= candidates[middle], closed) >= target:
            low = middle
        else:
            high = middle
    found = float(candidates[low])
    at, above = openings(values >= found, closed), openings(values > found, closed)
    return found, min(max((target - above) / max(at - above, 1), 0.0), 1.0)


def caught(values: Floats, cut: tuple[float, float]) -> Floats:
    """The chance that each row opens after its first hour; (rows,)."""

    def opened(rare: NDArray[np.bool_]) -> Floats:
        return (rare[:, 1:].any(axis=1) & ~rare[:, 0]).astype(np.float64)

    return opened(values > cut[0]) * (1 - cut[1]) + opened(values >= cut[0]) * cut[1]
