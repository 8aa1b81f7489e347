"""What an alert hangs on is what the rule would have done on a board from which it was left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.detection import cells
from monitor.detection.boards import LENGTHS, Board
from monitor.detection.causes import MOST, Causes, Counted, causes, from_json, of_rise, to_json
from monitor.detection.detectors.share import Share
from monitor.detection.detectors.surge import Surge
from monitor.detection.episodes import Rise
from monitor.detection.lines import CELL, STORY, Change, Entry
from monitor.detection.panels import Present
from monitor.detection.refits import WEEK
from monitor.detection.rollups import WHOLE
from monitor.detection.rules import Rule
from tests.detection.lives import Rare, life, merged, surge
from tests.detection.test_resume import Going, resumed
from tests.detection.worlds import MONDAY, panel

ACME = "company:acme"
END = 5_000 * cells.IN_HOUR
RISE = Rise(END, ACME, 7.5, frozenset({1}), 3, 3.0, 0.1, 24)
Told = list[tuple[int, int, str, bool, int, bool]]

told = st.lists(
    st.tuples(
        st.integers(END - 100 * cells.IN_HOUR, END - 1),
        st.integers(1, 6),
        st.sampled_from(["a", "b", "c", ""]),
        st.booleans(),
        st.integers(0, WHOLE),
        st.booleans(),
    ),
    max_size=25,
    unique_by=lambda one: (one[1], one[2]),
)


def ask(present: Present) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores by the negative weight of the last day, more so where there is less news beside."""
    score = present.negative[:, 2] * 10 / (1 + present.volume[:, 2])
    return score, np.full(len(score), 2)


def board_of(entries: Told) -> Board:
    """A board on which these count for all news, and those marked last for a company too."""
    board = Board()
    for cell, story, voice, negative, weight, ours in entries:
        entry = Entry(cell, story, voice, story, negative, weight if negative else 0)
        for name in ("all", ACME) if ours else ("all",):
            board.apply(Change(1, name, entry, True))
    return board


def counted(board: Board) -> Counted:
    present = board.present([ACME], [0], END)
    return Counted(RISE, board.table(ACME, END), board.table("all", END), board.voices, present)


def fires(
    entries: Told, cut: float, least: int, *, voice: str | None = None, stories: Sequence[int] = ()
) -> bool:
    """What the rule would do if these had never been told."""
    board = board_of([one for one in entries if one[2] != voice and one[1] not in stories])
    [score], _ = ask(board.present([ACME], [0], END))
    return bool(score >= cut - 1e-9) and len(board.evidence(ACME, END, 24)) >= least


@settings(max_examples=60, deadline=None)
@given(entries=told, cut=st.sampled_from([0.5, 1.5, 2.5]), least=st.integers(0, 3))
def test_it_is_what_would_be_on_a_board_without_it(entries: Told, cut: float, least: int) -> None:
    cut += 0.123456789  # a score is not by chance at it
    found = causes(counted(board_of(entries)), ask, cut, least)
    assert found.fires == fires(entries, cut, least)
    assert from_json(json.loads(json.dumps(to_json(found)))) == found
    if not found.fires:
        assert found == Causes(ACME, END, 7.5, found.score, cut, False)
        return
    day = [one for one in entries if one[3] and one[5] and one[0] >= END - 24 * cells.IN_HOUR]
    voices, stories = {one[2] for one in day}, {one[1] for one in day}
    alone = {voice: fires(entries, cut, least, voice=voice) for voice in voices}
    assert {one.name: one.fires for one in found.publishers} == alone
    assert found.without_any_publisher == all(alone.values())
    single = {story: fires(entries, cut, least, stories=[story]) for story in stories}
    assert found.without_any_story == all(single.values())
    assert not found.stories or not fires(entries, cut, least, stories=found.stories)
    for spared in combinations(found.stories, max(len(found.stories) - 1, 0)):
        assert not spared or fires(entries, cut, least, stories=spared), "none can be spared"
    if len(stories) <= MOST and not fires(entries, cut, least, stories=sorted(stories)):
        assert found.stories, "all of them together stop it"


def test_publishers_that_stop_it_come_first_and_then_those_who_weigh_most() -> None:
    cell = END - 5
    entries = [(cell, 1, "big", True, WHOLE, True), (cell, 2, "big", True, WHOLE, True)]
    entries += [(cell, story, f"v{story}", True, WHOLE // 2, True) for story in range(3, 20)]
    found = causes(counted(board_of(entries)), ask, 4.9, 3)
    assert found.fires and found.without_any_story and not found.without_any_publisher
    first = found.publishers[0]
    assert (first.name, first.fires, first.weight) == ("big", False, 2.0) and len(found.publishers) == MOST
    assert all(one.fires for one in found.publishers[1:])
    assert found.stories == (1, 2), "the heaviest first"


def test_where_the_heaviest_do_not_suffice_nothing_is_said_of_stories() -> None:
    entries = [(END - 5, story, f"v{story}", True, WHOLE, True) for story in range(1, 41)]
    found = causes(counted(board_of(entries)), ask, 0.1, 3)
    assert found.fires and found.stories == () and found.without_any_story and found.without_any_publisher


def test_of_more_than_are_asked_nobody_says_that_it_fires_without_any_one() -> None:
    entries = [(END - 5, story, f"v{story}", True, WHOLE, True) for story in range(1, 131)]
    found = causes(counted(board_of(entries)), ask, 0.1, 3)
    assert found.fires and not found.without_any_story and not found.without_any_publisher


@pytest.mark.parametrize("detector", [Surge(), Share()])
def test_questions_are_rows_of_few_calls_and_answered_each_for_itself(detector: Any) -> None:
    """A row's score does not hang on the rows beside it, in the detectors that are shipped."""
    past = panel(np.array([2.0, 1.0, 4.0]), 10, np.random.default_rng(1))
    fitted = detector.fit(past)
    end = (MONDAY + 10 * WEEK + 20) * cells.IN_HOUR
    board = Board()
    for story in range(1, 9):
        entry = Entry(end - story, story, f"v{story % 3}", story, True, WHOLE - story)
        for name in ("all", "company:1"):
            board.apply(Change(1, name, entry, True))
    calls = []

    def asked(present: Present) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        scores = detector.test(fitted, present)
        calls.append(len(present.rows))
        return -np.log10(scores.p), scores.window

    present = board.present(["company:1"], [1], end)
    about = Counted(
        replace(RISE, series="company:1"),
        board.table("company:1", end),
        board.table("all", end),
        board.voices,
        present,
    )
    found = causes(about, asked, 2.0, 3)
    assert found.fires and calls[0] == 1 and len(calls) <= 1 + 1 + MOST and sum(calls) > 15
    for one in found.publishers:
        stories = [story for story in range(1, 9) if f"v{story % 3}" == one.name]
        left = detector.test(fitted, board.present(["company:1"], [1], end, stories))
        assert one.score == pytest.approx(-np.log10(left.p[0]))
    assert board.table("company:1", end, [3])[STORY].tolist() == [8, 7, 6, 5, 4, 2, 1]
    assert board.table("all", end - 4)[CELL].tolist() == list(range(end - 8, end - 4))
    assert max(LENGTHS) == 168


@dataclass
class Broken(Rare):
    """Fails as soon as it is asked of several rows at once."""

    def test(self, fitted: object, present: Present) -> Any:
        if len(present.rows) > 1 and len(set(present.rows.tolist())) == 1:
            raise ZeroDivisionError("rows")
        return super().test(fitted, present)


def going(stories: int = 14) -> tuple[Going, Any]:
    """A walk in which an alert is open, and its life."""
    past = merged(life(1.05), surge(0, stories, hour=WEEK + 5))
    one = Going()
    one.through(list(past))
    return one, past


def test_a_walk_says_what_its_alerts_hang_on_and_the_same_after_it_went_on() -> None:
    one, past = going()
    looked = past[-1][0] + cells.FINE / 8
    again = resumed(one, past, looked)
    said = 0
    for name, run in one.walk.runs.items():
        for place, episode in enumerate(run.episodes.open):
            before = repr(run.episodes)
            found = one.walk.causes(name, episode.highest, run.cut.value)
            other = again.walk.runs[name].episodes.open[place]
            assert found is not None and found.fires and found.score == pytest.approx(episode.highest.score)
            assert found == again.walk.causes(name, other.highest, run.cut.value)
            assert of_rise(found, episode.highest) and not of_rise(found, replace(episode.highest, late=1))
            assert repr(run.episodes) == before, "asking opens nothing"
            said += 1
    assert said


def test_stories_that_somebody_closed_are_no_part_of_it() -> None:
    one, _ = going()
    [episode] = one.walk.runs["companies"].episodes.open
    rise = episode.highest
    one.walk.runs["companies"].known |= dict.fromkeys(list(episode.articles)[:-1], one.walk.now)
    found = one.walk.causes("companies", rise, 1.0)
    assert found is not None and not found.fires and found.publishers == ()


def test_a_detector_that_fails_says_nothing_and_is_named() -> None:
    _, past = going()
    failed: dict[str, Exception] = {}
    walk = Going().walk
    walk.detectors = {"rare": Broken(), "plain": Broken()}
    walk.rules, walk.failed = (Rule("rare", "rare"),), failed.__setitem__
    for at, found in past:
        walk.step(at, found)
    [episode, *_] = walk.runs["rare"].episodes.open
    assert walk.causes("rare", episode.highest, 0.5) is None and isinstance(failed["rare"], ZeroDivisionError)
    walk._fitted.clear()
    assert walk.causes("rare", episode.highest, 0.5) is None


def test_a_rise_that_was_seen_late_is_asked_of_in_its_own_windows() -> None:
    one, _ = going()
    [episode] = one.walk.runs["companies"].episodes.open
    rise = replace(episode.highest, late=3)
    found = one.walk.causes("companies", rise, 1.0)
    assert found is not None and found.end == rise.at - 3
