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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

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
    [whole] = asked.of([_Left()])
    about = Causes(
        counted.rise.series, counted.present.end, _finite(counted.rise.score), whole.score, cut, whole.fires
    )
    if not whole.fires:
        return about
    voices, stories = _weights(counted, whole.window)
    named = sorted(voices, key=lambda one: (-voices[one], one))
    heaviest = sorted(stories, key=lambda one: (-stories[one], one))
    singles = [_Left(voice=one) for one in named[:ASKED]]
    singles += [_Left(stories=(one,)) for one in heaviest[:ASKED]]
    several = [_Left(stories=tuple(heaviest[:number])) for number in range(2, min(MOST, len(heaviest)) + 1)]
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


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left out: a voice, or some stories."""

    voice: str = ""
    stories: tuple[int, ...] = ()


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

    @classmethod
    def nothing(cls, windows: int) -> _Less:
        return cls(*(np.zeros(windows) for _ in range(4)))

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
        self._present, self._ask, self._cut, self._least = counted.present, ask, cut, least
        self._voices = _less(counted, lambda entry: entry.voice)
        self._stories = _less(counted, lambda entry: entry.story_id)
        windows = len(self._present.lengths)
        self._none = _Less.nothing(windows)
        self._bad = sum((less.bad for less in self._voices.values()), np.zeros(windows))

    def of(self, asked: Sequence[_Left]) -> list[_Answer]:
        """One answer for each question, in order."""
        less = [self._without(one) for one in asked]
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

    def _without(self, one: _Left) -> _Less:
        if one.voice:
            return self._voices.get(one.voice, self._none)
        return sum((self._stories.get(story, self._none) for story in one.stories), self._none)


def _finite(score: float) -> float:
    """A score that JSON can hold."""
    return float(min(max(score, -_LARGEST), _LARGEST))


def _less(counted: Counted, key: Callable[[Entry], Any]) -> dict[Any, _Less]:
    """By what is left out, by how much the windows are less."""
    end, lengths = counted.present.end, counted.present.lengths
    starts = np.array([end - hours * cells.IN_HOUR for hours in lengths])
    found: dict[Any, _Less] = {}
    for entry in counted.told:
        less = found.get(key(entry)) or found.setdefault(key(entry), _Less.nothing(len(lengths)))
        within = entry.cell >= starts
        less.negative += np.where(within, entry.weight / WHOLE, 0.0)
        less.voices += within
        if entry.negative:
            less.bad += within
    for entry in counted.news:
        known = found.get(key(entry))
        if known is not None:
            known.volume += entry.cell >= starts
    return found


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
        if others and not asked.of([_Left(stories=tuple(others))])[0].fires:
            stories = others
    return tuple(stories)
