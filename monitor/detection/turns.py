"""Another version of the model serves: what its counts are worth beside those that the past is made of.

    turns (when, from which version to which) + ratios (what is known of it, and since when) -> scale

A version that says negative one and a half times as often makes no surge. So from the **turn** on, when it
began to serve, its counts are scaled by its **ratio** to the version before: the negative probability mass
that the one gave to articles which both judged over that of the other. The ratio is known only so well. Its
relative variance is handed to detectors beside the counts, which add it to that of what they expect.

Before anything was judged by both, the logarithm of the ratio is held to lie around 0 as far as versions of a
model lie apart (`APART`); what both judged is weighed against that (the mean of a normal law with a normal
prior), so that the ratio is tested with as it is known so far, cautiously while little is.

It ends once the past is the new version's own: with the first baselines that are fitted after the whole
archive was judged again (`Turn.anew`), or after `OWN`, or once that is as long as all that is known from
before the turn. In the latter two cases baselines are fitted on nothing from before the turn. A version that
served before, as after a rollback, needs no ratio to itself.

Everything here is a function of what was known by a cell, so that a replay scales as the watch did.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells
from monitor.detection.refits import WEEK
from monitor.messages import Message

WEEKS = 8
OWN = WEEKS * WEEK * cells.IN_HOUR
"""Cells of its own past after which a version needs no ratio."""
ENOUGH = 500
"""Articles judged by both from which on a ratio is said to be known."""
APART = 0.35
"""The standard deviation of the logarithm of a ratio of which nothing is known: 19 of 20 lie between a half
and twice."""
SURE = 1.96
"""Standard deviations on either side of a ratio that hold 95%."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is known from the cell `since` on: the version before says `ratio` times as much negative as the
    new one, with the `variance` of its logarithm, by so many `articles` that both judged."""

    since: int = 0
    ratio: float = 1.0
    variance: float = APART**2
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """From a cell on the version `model` serves in place of the one `before`; `ratios` in order of time. From
    the cell `anew` on the whole archive is judged by a version that served after the turn."""

    cell: int
    model: str
    before: str
    ratios: tuple[Ratio, ...] = ()
    anew: int | None = None

    def known(self, by: int) -> Ratio:
        """What was known of the ratio by a cell."""
        return next((one for one in reversed(self.ratios) if one.since <= by), Ratio())


def ratio(pairs: Sequence[tuple[float, float]], since: int = 0) -> Ratio:
    """What articles tell of a ratio that both versions judged: (before, new) the probabilities of negative
    that each gave. The variance is that of a ratio of means (Cochran, Sampling Techniques, 1977, 6.3)."""
    old, new = np.array(pairs, float).reshape(-1, 2).T
    number = len(old)
    if number < 2 or not min(old.sum(), new.sum()) > 0:
        return Ratio(since, articles=number)
    off = old / old.mean() - new / new.mean()
    variance = float((off**2).sum()) / (number * (number - 1))
    trust = APART**2 / (APART**2 + variance)
    return Ratio(since, float(old.mean() / new.mean()) ** trust, trust * variance, number)


class Step(NamedTuple):
    """From a cell on counts, which are those of the version `model`, are scaled by a factor to those of the
    version `against`; `variance` of its logarithm, and by how many articles that both judged."""

    cell: int
    factor: float = 1.0
    variance: float = 0.0
    articles: int = 0
    model: str = ""
    against: str = ""

    @property
    def band(self) -> tuple[float, float]:
        """From where to where the factor lies with 95%."""
        reach = math.exp(SURE * math.sqrt(self.variance))
        return self.factor / reach, self.factor * reach

    @property
    def sentence(self) -> Message:
        """What readers of an alert are told."""
        low, high = self.band
        names = {"model": self.model, "before": self.against, "articles": self.articles}
        key = "known" if self.articles >= ENOUGH else "so_far" if self.articles else "unknown"
        said = {"ratio": f"{self.factor:.2f}", "low": f"{low:.2f}", "high": f"{high:.2f}", "wanted": ENOUGH}
        return Message(f"scaled.{key}", **names, **said)


@dataclass(frozen=True, slots=True)
class Scale:
    """By what counts are scaled, from cell to cell; before the first step by nothing."""

    steps: tuple[Step, ...] = ()

    def factor(self, cell: int) -> float:
        """What is counted in a cell counts so many times."""
        return next((one.factor for one in reversed(self.steps) if one.cell <= cell), 1.0)

    def within(self, start: int, end: int) -> list[Step]:
        """The steps that count anything differently between two cells."""
        return [
            one
            for one, stop in self._until(end)
            if one.model != one.against and max(one.cell, start) < min(stop, end)
        ]

    def factors(self, at: NDArray[np.int64]) -> NDArray[np.float64]:
        """The factor of each of these cells."""
        found = np.ones(len(at))
        for one in self.steps:
            found[at >= one.cell] = one.factor
        return found

    def hours(self, start: int, end: int) -> NDArray[np.float64]:
        """The factor of each hour from `start` to before `end`; of one in which it changes, the mean."""
        fine = self.factors(np.arange(start * cells.IN_HOUR, end * cells.IN_HOUR))
        return np.asarray(fine.reshape(-1, cells.IN_HOUR).mean(axis=1))

    def doubt(self, end: int, hours: int) -> float:
        """The relative variance of the total of a window of so many hours that ends before the cell `end`,
        by how little the ratios are known."""
        return sum(part * math.sqrt(one.variance) for part, one in self._parts(end, hours)) ** 2

    def grain(self, end: int, hours: int) -> float:
        """How many voices one of that window counts for in the mean, where it is scaled up; else 1. Counts
        that are scaled up vary as much more."""
        return 1.0 + sum(part * max(one.factor - 1.0, 0.0) for part, one in self._parts(end, hours))

    def _parts(self, end: int, hours: int) -> list[tuple[float, Step]]:
        """The part of a window that lies under each step."""
        size = hours * cells.IN_HOUR
        return [
            (max(min(stop, end) - max(one.cell, end - size), 0) / size, one) for one, stop in self._until(end)
        ]

    def _until(self, end: int) -> Iterator[tuple[Step, int]]:
        """Each step with the cell before which it ends."""
        return zip(self.steps, [*(one.cell for one in self.steps[1:]), end], strict=False)


NONE = Scale()


def between(turns: Sequence[Turn], hour: int) -> list[Turn]:
    """The turns that stand between what was counted before `hour`, when baselines were fitted, and now: not
    those before which everything was judged again since."""
    return [one for one in turns if one.anew is None or one.anew > hour * cells.IN_HOUR]


def own(turns: Sequence[Turn], first: int, hour: int) -> int | None:
    """The cell of the newest turn whose version needs no ratio where baselines are fitted on what is before
    `hour`, and reading began in the hour `first`."""
    begins, now = first * cells.IN_HOUR, hour * cells.IN_HOUR
    left = between(turns, hour)
    found = [one.cell for one in left if one.cell + min(OWN, max(one.cell - begins, 0)) <= now]
    return found[-1] if found else None


def scale(turns: Sequence[Turn], first: int, hour: int, now: int) -> Scale:
    """By what counts are scaled at the cell `now`, by what was known then, where baselines were fitted on
    what was before `hour`: to the version that served when that past began. `turns` in order of time."""
    if not turns:
        return NONE
    since = own(turns, first, hour)
    left = between(turns, hour)
    later = [one for one in left if one.cell <= now and (since is None or one.cell > since)]
    if not later:
        return NONE
    against = later[0].before
    known = {against: Step(0, model=against, against=against)}
    steps = []
    for one in later:
        if one.model not in known:
            before, said = known.get(one.before, Step(0, variance=APART**2)), one.known(now)
            number = said.articles if one.before == against else min(before.articles, said.articles)
            worth = before.factor * said.ratio, before.variance + said.variance
            known[one.model] = Step(0, *worth, number, one.model, against)
        steps.append(known[one.model]._replace(cell=one.cell))
    return Scale(tuple(steps))
