"""What an alert hangs on: which publishers and which stories, left out, stop it.

    board → windows of the alert's own end → the same windows without some entries → detector → cut

The question is put to the detector of the rule again, on the counts of the alert's own windows as if a
publisher had told nothing in them, or a story had never been told: its entries are left out of the series and
of all news, whose volume is what much of it is expected by. What is usual was learnt before and stays. The
answer is held against the alert's cut and its rule's least number of voices, so it is exact: it is what the
rule would have done. Left out of the count is left out of this alert; another series may rise without it.

The smallest set of stories is found greedily (the heaviest first, until it stops; then each is put back that
is not needed), so that no story of it can be spared; a smaller set of other stories may exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.detection import cells
from monitor.detection.episodes import Rise
from monitor.detection.lines import Entry
from monitor.detection.panels import Present
from monitor.detection.rollups import WHOLE

MOST = 10
"""Publishers told of, and stories in the set that stops an alert, at most."""
ASKED = 100
"""Publishers and stories that are left out one by one, the heaviest: of an alert of more, nobody says that it
fires without any one."""

_LARGEST = 1e300

Floats = NDArray[np.float64]
Key = TypeVar("Key", str, int)
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
    """What counts in the windows of a rise: of its series, of all news, and the windows, in one row."""

    rise: Rise
    told: Sequence[Entry]
    news: Sequence[Entry]
    present: Present


def causes(counted: Counted, ask: Ask, cut: float, least: int) -> Causes:
    """What an alert hangs on that rose on these counts. `ask` is called once for each different volume of
    news, with a row for each question of it, and at most MOST times more."""
    asked = _Asked(counted, ask, cut, least)
    [whole] = asked.of([()])
    about = Causes(
        counted.rise.series, counted.present.end, _finite(counted.rise.score), whole.score, cut, whole.fires
    )
    if not whole.fires:
        return about
    voices, stories = _weights(counted, whole.window)
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


@dataclass(slots=True)
class _Less:
    """By how much the windows are less without something: their weight, their voices, the negative ones of
    these, and the voices of all news; (W,) each."""

    negative: Floats
    voices: Floats
    bad: Floats
    volume: Floats

    def __add__(self, other: _Less) -> _Less:
        return _Less(
            self.negative + other.negative,
            self.voices + other.voices,
            self.bad + other.bad,
            self.volume + other.volume,
        )


class _Asked:
    """The detector's answers on counts from which something is left out."""

    def __init__(self, counted: Counted, ask: Ask, cut: float, least: int) -> None:
        self._counted, self._ask, self._cut, self._least = counted, ask, cut, least
        self._present = counted.present
        self._starts = np.array([self._present.end - n * cells.IN_HOUR for n in self._present.lengths])
        self._none = _Less(*(np.zeros(len(self._starts)) for _ in range(4)))
        self._bad = _within([one.cell for one in counted.told if one.negative], self._starts).sum(axis=0)
        self._less: dict[str | int, _Less] = {}

    def know(self, voices: Collection[str], stories: Collection[int]) -> None:
        """Count by how much the windows are less without each of these."""
        self._less |= _less(self._counted, self._starts, voices, attrgetter("voice"))
        self._less |= _less(self._counted, self._starts, stories, attrgetter("story_id"))

    def of(self, asked: Sequence[_Left]) -> list[_Answer]:
        """One answer for each question, in order."""
        less = [sum((self._less[one] for one in some), self._none) for some in asked]
        by_volume: dict[bytes, list[int]] = defaultdict(list)
        for place, one in enumerate(less):
            by_volume[one.volume.tobytes()].append(place)
        answers: dict[int, _Answer] = {}
        for places in by_volume.values():
            answers.update(zip(places, self._answers([less[place] for place in places]), strict=True))
        return [answers[place] for place in range(len(asked))]

    def _answers(self, less: Sequence[_Less]) -> list[_Answer]:
        """Of what leaves the same volume of news."""
        before = self._present
        negative = before.negative - np.stack([one.negative for one in less])
        present = replace(
            before,
            rows=np.repeat(before.rows, len(less)),
            negative=np.maximum(negative, 0.0),
            voices=np.maximum(before.voices - np.stack([one.voices for one in less]), 0.0),
            volume=np.maximum(before.volume - less[0].volume, 0.0),
        )
        scores, windows = self._ask(present)
        return [
            _Answer(
                _finite(score),
                int(window),
                bool(score >= self._cut and self._bad[window] - one.bad[window] >= self._least),
            )
            for one, score, window in zip(less, scores, windows, strict=True)
        ]


def _finite(score: float) -> float:
    """A score that JSON can hold; 0 without a sign."""
    return float(min(max(score, -_LARGEST), _LARGEST)) + 0.0


def _less(
    counted: Counted, starts: NDArray[np.int64], wanted: Collection[Key], key: Callable[[Entry], Key]
) -> dict[str | int, _Less]:
    """By how much the windows that begin at `starts` are less without each of what is `wanted`."""
    told: dict[Key, list[Entry]] = {one: [] for one in wanted}
    news: dict[Key, list[int]] = {one: [] for one in wanted}
    for entry in counted.told:
        if (one := key(entry)) in told:
            told[one].append(entry)
    for entry in counted.news:
        if (one := key(entry)) in news:
            news[one].append(entry.cell)
    found: dict[str | int, _Less] = {}
    for one, entries in told.items():
        within = _within([entry.cell for entry in entries], starts)
        weight = np.array([entry.weight for entry in entries]) / WHOLE
        bad = np.array([entry.negative for entry in entries], np.float64)
        volume = _within(news[one], starts).sum(axis=0)
        found[one] = _Less(weight @ within, within.sum(axis=0), bad @ within, volume)
    return found


def _within(found: Sequence[int], starts: NDArray[np.int64]) -> Floats:
    """Which cells are in which windows, (cells, W)."""
    return np.asarray(np.array(found, np.int64)[:, None] >= starts, np.float64)


def _weights(counted: Counted, window: int) -> tuple[dict[str, float], dict[int, float]]:
    """What the negative entries of a window weigh, by voice and by story."""
    start = counted.present.end - counted.present.lengths[window] * cells.IN_HOUR
    voices: dict[str, float] = defaultdict(float)
    stories: dict[int, float] = defaultdict(float)
    for entry in counted.told:
        if entry.negative and entry.cell >= start:
            voices[entry.voice] += entry.weight / WHOLE
            stories[entry.story_id] += entry.weight / WHOLE
    return dict(voices), dict(stories)


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
