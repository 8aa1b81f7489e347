"""What an alert hangs on: which publishers and which stories, left out, stop it.

    board → windows of the alert's own end → the same windows without some entries → detector → cut

The question is put to the detector of the rule again, on the counts of the alert's own windows as if a
publisher had told nothing in them, or a story had never been told: its entries are left out of the series and
of all news, whose volume is what much of it is expected by. What is usual was learnt before and stays. The
answer is held against the alert's cut and its rule's least number of voices, so it is exact: it is what the
rule would have done. Left out of the count is left out of this alert; another series may rise without it.

All questions are rows of one call, beside the news that is left in each, and what is less in them is summed
by voice and by story in one pass over the columns of the news (`lines.Table`): an alert on a week's news of a
hundred thousand stories is asked about inside the look that opened it.

The smallest set of stories is found greedily (the heaviest first, until it stops; then each is put back that
is not needed), so that no story of it can be spared; a smaller set of other stories may exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells
from monitor.detection.episodes import Rise
from monitor.detection.lines import CELL, NEGATIVE, STORY, VOICE, WEIGHT, Table
from monitor.detection.panels import Present
from monitor.detection.rollups import WHOLE

MOST = 10
"""Publishers told of, and stories in the set that stops an alert, at most."""
ASKED = 100
"""Publishers and stories that are left out one by one, the heaviest: of an alert of more, nobody says that it
fires without any one."""

_LARGEST = 1e300

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ask = Callable[[Present], tuple[Floats, NDArray[np.int64]]]
"""A detector of which larger is rarer: the score of each row, and the place of the window that decided."""


@dataclass(frozen=True, slots=True)
class Without:
    """What is left of an alert without a publisher (`name` is its voice), whose voices weigh `weight` in the
    window that decided: the score, and whether it still fires."""

    name: str
    weight: float
    score: float
    fires: bool


@dataclass(frozen=True, slots=True)
class Causes:
    """What the highest rise of an alert hangs on, of `series`, in the windows that end before the cell `end`,
    under `cut`. It `rose` to that score; `score` is that of the same windows as they count now.

    `fires` is whether these counts reach the cut with everything in them: what was edited or merged since may
    have moved them, and then nothing else is said. `publishers` are those without whom it stops, then those
    who weigh most. `stories` are such that without them it stops, and none of them can be spared; empty where
    the MOST heaviest do not suffice. It fires `without_any_publisher`, `without_any_story`: whichever one is
    left out, where that was asked of every one.
    """

    series: str
    end: int
    rose: float
    score: float
    cut: float
    fires: bool
    publishers: tuple[Without, ...] = ()
    stories: tuple[int, ...] = ()
    without_any_publisher: bool = False
    without_any_story: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts in the windows of a rise: of its series (`told`), of all news, and the windows, in one row.
    `voices` are the names of those numbers of voices."""

    rise: Rise
    told: Table
    news: Table
    voices: Sequence[str]
    present: Present


def causes(counted: Counted, ask: Ask, cut: float, least: int) -> Causes:
    """What an alert hangs on that rose on these counts. `ask` is called with everything in them, then with a
    row for each question, and at most MOST times more."""
    asked = _Asked(counted, ask, cut, least)
    [whole] = asked.of([()])
    about = Causes(
        counted.rise.series, counted.present.end, _finite(counted.rise.score), whole.score, cut, whole.fires
    )
    if not whole.fires:
        return about
    voices, stories = asked.weights(whole.window)
    named = sorted(voices, key=lambda one: (-voices[one], one))
    heaviest = sorted(stories, key=lambda one: (-stories[one], one))
    asked.know(named[:ASKED], heaviest[:ASKED])
    singles: list[_Left] = [(name,) for name in named[:ASKED]]
    singles += [(story,) for story in heaviest[:ASKED]]
    several = [tuple(heaviest[:number]) for number in range(2, min(MOST, len(heaviest)) + 1)]
    found = asked.of([*singles, *several])
    of_voices = found[: len(named[:ASKED])]
    of_stories = found[len(of_voices) : len(singles)]
    publishers = [
        Without(name, round(voices[name], 6), one.score, one.fires)
        for name, one in zip(named, of_voices, strict=False)
    ]
    publishers.sort(key=lambda one: one.fires)
    return replace(
        about,
        publishers=tuple(publishers[:MOST]),
        stories=_needed(asked, heaviest, of_stories, found[len(singles) :]),
        without_any_publisher=len(named) <= ASKED and all(one.fires for one in of_voices),
        without_any_story=len(heaviest) <= ASKED and all(one.fires for one in of_stories),
    )


def of_rise(found: Causes, rise: Rise) -> bool:
    """Whether these were found of this rise."""
    return (found.series, found.end, found.rose) == (rise.series, rise.at - rise.late, _finite(rise.score))


def to_json(found: Causes) -> dict[str, Any]:
    """As it is stored."""
    return asdict(found)


def from_json(stored: Mapping[str, Any]) -> Causes:
    """What `to_json` made."""
    publishers = tuple(Without(**one) for one in stored["publishers"])
    return Causes(**{**stored, "publishers": publishers, "stories": tuple(stored["stories"])})


_Left = tuple[str | int, ...]
"""What is left out: a voice by its name, or some stories by their ids."""


@dataclass(frozen=True, slots=True)
class _Answer:
    score: float
    window: int
    fires: bool


class _Asked:
    """The detector's answers on counts from which something is left out."""

    def __init__(self, counted: Counted, ask: Ask, cut: float, least: int) -> None:
        self._counted, self._ask, self._cut, self._least = counted, ask, cut, least
        self._present = counted.present
        self._starts = np.array([self._present.end - n * cells.IN_HOUR for n in self._present.lengths])
        self._told = _rings(counted.told, self._starts)
        self._news = _rings(counted.news, self._starts)
        bad = np.bincount(self._told[counted.told[NEGATIVE] > 0], minlength=len(self._starts))
        self._bad = np.cumsum(bad[: len(self._starts)])
        self._less: dict[str | int, Floats] = {}

    def weights(self, window: int) -> tuple[dict[str, float], dict[int, float]]:
        """What the negative entries of a window weigh, by voice and by story."""
        told = self._counted.told[:, (self._told <= window) & (self._counted.told[NEGATIVE] > 0)]
        voices, stories = (
            {int(key): weight / WHOLE for key, weight in zip(*_summed(told[of], told[WEIGHT]), strict=True)}
            for of in (VOICE, STORY)
        )
        return {self._counted.voices[key]: weight for key, weight in voices.items()}, stories

    def know(self, voices: Sequence[str], stories: Sequence[int]) -> None:
        """Count by how much the windows are less without each of these."""
        numbers = {name: number for number, name in enumerate(self._counted.voices)}
        self._know(VOICE, voices, [numbers[name] for name in voices])
        self._know(STORY, stories, stories)

    def _know(self, of: int, names: Sequence[str | int], keys: Sequence[int]) -> None:
        wanted, places = np.unique(np.array(keys, np.int64), return_inverse=True)
        less = self._without(of, wanted)
        self._less |= {name: less[place] for name, place in zip(names, places.tolist(), strict=True)}

    def _without(self, of: int, wanted: Ints) -> Floats:
        """By how much the windows are less without each of some voices or stories, (K, 4, W): their weight,
        their voices, the negative ones of these, and the voices of all news. Each holds what the next shorter
        one holds, and what is in it alone."""
        shape, found = (len(wanted), len(self._starts)), []
        numbers = np.zeros(len(self._counted.voices) if of == VOICE else 0, np.int64)
        if of == VOICE:
            numbers[wanted] = np.arange(len(wanted))
        for table, rings, rows in (
            (self._counted.told, self._told, (WEIGHT, None, NEGATIVE)),
            (self._counted.news, self._news, (None,)),
        ):
            chosen = np.isin(table[of], wanted) & (rings < shape[1])
            keys = table[of, chosen]
            # Nearly all news is of some voice, and little of some stories.
            places = numbers[keys] if of == VOICE else np.searchsorted(wanted, keys)
            places = places * shape[1] + rings[chosen]
            for row in rows:
                alone = np.bincount(places, None if row is None else table[row, chosen], shape[0] * shape[1])
                found.append(np.cumsum(alone.reshape(shape), axis=1, dtype=np.float64))
        found[0] /= WHOLE
        return np.stack(found, axis=1)

    def of(self, asked: Sequence[_Left]) -> list[_Answer]:
        """One answer for each question, in order."""
        none, before = np.zeros((4, len(self._starts))), self._present
        less = np.stack([sum((self._less[one] for one in some), none) for some in asked], axis=1)
        negative, voices, bad, volume = less
        present = replace(
            before,
            rows=np.repeat(before.rows, len(asked)),
            negative=np.maximum(before.negative - negative, 0.0),
            voices=np.maximum(before.voices - voices, 0.0),
            volume=np.maximum(before.volume - volume, 0.0),
        )
        scores, windows = self._ask(present)
        return [
            _Answer(
                _finite(score),
                int(window),
                bool(score >= self._cut and self._bad[window] - one[window] >= self._least),
            )
            for one, score, window in zip(bad, scores, windows, strict=True)
        ]


def _finite(score: float) -> float:
    """A score that JSON can hold; 0 without a sign."""
    return float(min(max(score, -_LARGEST), _LARGEST)) + 0.0


def _rings(found: Table, starts: Ints) -> Ints:
    """The place of the shortest window that holds each entry, (N,), of entries in order of their cells; as
    many as there are windows where none does."""
    edges = [0, *np.searchsorted(found[CELL], starts[::-1]).tolist(), found.shape[1]]
    return np.repeat(np.arange(len(starts), -1, -1), np.diff(edges))


def _summed(keys: Ints, weights: Ints) -> tuple[list[int], list[float]]:
    """Each key once, with the sum of its weights."""
    found, places = np.unique(keys, return_inverse=True)
    return found.tolist(), np.bincount(places, weights, len(found)).tolist()


def _needed(
    asked: _Asked, heaviest: Sequence[int], alone: Iterable[_Answer], several: Iterable[_Answer]
) -> tuple[int, ...]:
    """Stories without which it stops, none of which can be spared; empty where so many do not suffice."""
    for story, one in zip(heaviest, alone, strict=False):
        if not one.fires:
            return (story,)
    for number, one in enumerate(several, start=2):
        if not one.fires:
            return _spared(asked, list(heaviest[:number]))
    return ()


def _spared(asked: _Asked, stories: list[int]) -> tuple[int, ...]:
    """Without those that are not needed, the lightest first."""
    for story in stories[::-1]:
        others = [one for one in stories if one != story]
        if others and not asked.of([tuple(others)])[0].fires:
            stories = others
    return tuple(stories)
