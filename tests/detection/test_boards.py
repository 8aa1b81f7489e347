"""A board counts what the changes say, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.boards import LENGTHS, Board
from monitor.detection.lines import ARTICLE, CELL, NEGATIVE, STORY, VOICE, WEIGHT, Change, Entry
from monitor.detection.rollups import WHOLE

END = 5_000 * cells.IN_HOUR
NAMES = ("all", "company:acme", "topic:legal")

entries = st.builds(
    Entry,
    cell=st.integers(END - 200 * cells.IN_HOUR, END + 5),
    story_id=st.integers(1, 9),
    voice=st.sampled_from("abc"),
    article_id=st.integers(1, 99),
    negative=st.booleans(),
    weight=st.integers(0, WHOLE),
)
lives = st.lists(st.tuples(st.sampled_from(NAMES), entries, st.booleans()), max_size=40)


def board_of(life: list[tuple[str, Entry, bool]]) -> tuple[Board, dict[str, list[Entry]]]:
    """A board that counted all, and took back what was to go; and what is left by plain lists."""
    board, left = Board(), {name: list[Entry]() for name in NAMES}
    for name, entry, _ in life:
        board.apply(Change(1, name, entry, True))
        left[name].append(entry)
    for name, entry, goes in life:
        if goes:
            board.apply(Change(-1, name, entry, False))
            left[name].remove(entry)
    return board, left


@given(life=lives)
def test_windows_hold_what_is_left_in_them(life: list[tuple[str, Entry, bool]]) -> None:
    board, left = board_of(life)
    present = board.present(NAMES, range(3), END)
    for row, name in enumerate(NAMES):
        for column, hours in enumerate(LENGTHS):
            inside = [e for e in left[name] if END - hours * cells.IN_HOUR <= e.cell < END]
            assert present.voices[row, column] == len(inside)
            assert present.negative[row, column] == pytest.approx(sum(e.weight for e in inside) / WHOLE)
            evidence = board.evidence(name, END, hours)
            assert sorted(evidence) == sorted(e for e in inside if e.negative)
    assert present.volume.tolist() == [list(present.voices[0])] * 3


@given(life=lives, asked=st.sets(st.integers(0, 80)), without=st.frozensets(st.integers(1, 99), max_size=40))
def test_columns_are_the_entries_whenever_they_were_asked_for_before(
    life: list[tuple[str, Entry, bool]], asked: set[int], without: frozenset[int]
) -> None:
    board = Board()
    changes = [Change(1, name, entry, True) for name, entry, _ in life]
    changes += [Change(-1, name, entry, False) for name, entry, goes in life if goes]
    for turn, change in enumerate(changes):
        board.apply(change)
        if turn in asked:
            board.table(change.series, END)
    board.settle(END - 190 * cells.IN_HOUR)
    for name in NAMES:
        found = board.table(name, END, without)
        voices = [board.voices[number] for number in found[VOICE]]
        columns = (found[CELL], found[STORY], voices, found[ARTICLE], found[NEGATIVE], found[WEIGHT])
        said = [Entry(*one) for one in zip(*(list(column) for column in columns), strict=True)]
        within = board._within(name, END - max(LENGTHS) * cells.IN_HOUR, END)
        assert said == [one for one in within if one.article_id not in without]
    assert board.table("topic:other", END).shape == (6, 0)


@given(life=lives, without=st.frozensets(st.integers(1, 99), max_size=40))
def test_without_some_articles_it_is_as_if_they_had_never_come(
    life: list[tuple[str, Entry, bool]], without: frozenset[int]
) -> None:
    board, _ = board_of(life)
    other, _ = board_of([one for one in life if one[1].article_id not in without])
    found, expected = board.present(NAMES, range(3), END, without), other.present(NAMES, range(3), END)
    assert found.voices.tolist() == expected.voices.tolist()
    assert np.allclose(found.negative, expected.negative, rtol=0, atol=1e-9)
    assert (found.negative >= 0).all()
    assert found.volume.tolist() == expected.volume.tolist(), "nor are they among all other news"
    for name in NAMES:
        for hours in LENGTHS:
            assert board.evidence(name, END, hours, without) == other.evidence(name, END, hours)


@given(life=lives)
def test_a_panel_has_what_is_left_by_hour(life: list[tuple[str, Entry, bool]]) -> None:
    board, left = board_of(life)
    start, end = END // cells.IN_HOUR - 150, END // cells.IN_HOUR
    names = (*NAMES, "company:")
    panel = board.panel(names, start, end, np.ones(end - start, np.bool_))
    assert panel.pools == ("all", "company", "topic", "company") and panel.start == start
    for row, name in enumerate(names):
        hours = [0.0] * (end - start)
        weights = [0.0] * (end - start)
        for entry in left.get(name, ()):
            if start <= entry.cell // cells.IN_HOUR < end:
                hours[entry.cell // cells.IN_HOUR - start] += 1
                weights[entry.cell // cells.IN_HOUR - start] += entry.weight / WHOLE
        assert panel.voices[row].tolist() == hours
        assert panel.negative[row].tolist() == pytest.approx(weights)
    assert panel.volume.tolist() == panel.voices[0].tolist()


@given(life=lives, before=st.integers(END - 200 * cells.IN_HOUR, END))
def test_forgetting_leaves_what_is_later(life: list[tuple[str, Entry, bool]], before: int) -> None:
    board, left = board_of(life)
    board.forget(before)
    for name in NAMES:
        kept = [entry for entry in left[name] if entry.cell >= before and entry.negative]
        assert sorted(board.evidence(name, END + 10, 300)) == sorted(kept)
        later = [e for e in left[name] if e.cell >= before]
        assert (name in board.names(before)) is bool(later)


def test_what_was_forgotten_may_be_taken_back_later() -> None:
    board = Board()
    old, new = Entry(END - 90, 1, "a", 1, True, 5), Entry(END - 5, 2, "a", 2, True, 5)
    for entry in (old, new):
        board.apply(Change(1, "all", entry, True))
    board.forget(END - 50)
    board.apply(Change(-1, "all", old, False))
    board.apply(Change(1, "all", old._replace(weight=9), False))
    assert board.evidence("all", END, 24) == [new]


def test_what_never_counted_is_not_taken_away() -> None:
    board = Board()
    with pytest.raises(ValueError, match="taken out of a series that it is not in"):
        board.apply(Change(-1, "all", Entry(END - 1, 1, "a", 1, True, 5), False))
