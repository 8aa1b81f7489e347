"""A series counts the same whether what is old is kept entry by entry or by hour alone."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells
from monitor.detection.boards import LENGTHS, Board
from monitor.detection.lines import Change, Entry, Hours
from monitor.detection.rollups import WHOLE

END = 5_000
"""The hour in which everything ends."""
SPAN = 400
"""Hours before it in which something counts."""

entries = st.builds(
    Entry,
    cell=st.integers((END - SPAN) * cells.IN_HOUR, END * cells.IN_HOUR - 1),
    story_id=st.integers(1, 9),
    voice=st.sampled_from("abc"),
    article_id=st.integers(1, 99),
    negative=st.booleans(),
    weight=st.integers(0, WHOLE),
)
names = st.sampled_from(("all", "company:acme"))
lives = st.lists(st.tuples(names, entries), max_size=30, unique=True)


def of(board: Board) -> tuple[object, ...]:
    """What a board says to those who fit and to those who test."""
    start = END - SPAN
    panel = board.panel(("all", "company:acme", "company:"), start, END, np.ones(SPAN, np.bool_))
    present = board.present(("all", "company:acme"), (0, 1), END * cells.IN_HOUR)
    often = [board.names(hour * cells.IN_HOUR, 2) for hour in range(start, END, 50)]
    return (
        panel.negative.tolist(),
        panel.voices.tolist(),
        panel.volume.tolist(),
        present.negative.tolist(),
        present.voices.tolist(),
        board.evidence("all", END * cells.IN_HOUR, max(LENGTHS)),
        often,
    )


@given(first=lives, late=lives, edges=st.lists(st.integers(END - SPAN, END - max(LENGTHS)), max_size=3))
def test_a_board_that_settles_says_the_same(
    first: list[tuple[str, Entry]], late: list[tuple[str, Entry]], edges: list[int]
) -> None:
    plain, settled = Board(), Board()
    later = [one for one in late if one not in first]
    for board, settles in ((plain, False), (settled, True)):
        for name, entry in first:
            board.apply(Change(1, name, entry, True))
        for edge in edges if settles else ():
            board.settle(edge * cells.IN_HOUR)
        for name, entry in later:
            board.apply(Change(1, name, entry, True))
        for name, entry in (*first[::3], *later[::2]):
            board.apply(Change(-1, name, entry, False))
    assert of(settled) == of(plain)
    settled.forget((END - 300) * cells.IN_HOUR)
    plain.forget((END - 300) * cells.IN_HOUR)
    assert of(settled) == of(plain)


@given(first=lives, edge=st.integers(END - SPAN, END - max(LENGTHS)))
def test_a_board_may_begin_with_hours(first: list[tuple[str, Entry]], edge: int) -> None:
    plain, begun = Board(), Board()
    hours = {name: Hours() for name, _ in first}
    for name, entry in first:
        plain.apply(Change(1, name, entry, True))
        if entry.cell < edge * cells.IN_HOUR:
            hours[name].add(entry.cell // cells.IN_HOUR, 1, entry.weight)
    begun.begin(hours, edge * cells.IN_HOUR)
    for name, entry in first:
        if entry.cell >= edge * cells.IN_HOUR:
            begun.apply(Change(1, name, entry, True))
    assert of(begun) == of(plain)


def test_more_than_an_hour_holds_is_not_taken_out_of_it() -> None:
    held = Hours(array("q", [7]), array("q", [2]), array("q", [30]))
    held.add(7, -1, -10)
    assert (list(held.numbers), list(held.weights)) == ([1], [20])
    held.add(7, -1, -20)
    assert not held.hours
    with pytest.raises(ValueError, match="hour 7"):
        held.add(7, -1, -20)
    assert not held.hours, "and nothing is left of the attempt"


def test_what_settled_takes_little_room() -> None:
    board = Board()
    for n in range(1000):
        board.apply(Change(1, "all", Entry((END - 300) * cells.IN_HOUR, n, "a", n, True, 5), True))
    board.settle((END - 200) * cells.IN_HOUR)
    line = board._lines["all"]
    assert not line.entries and list(line.old.numbers) == [1000] and list(line.old.weights) == [5000]
