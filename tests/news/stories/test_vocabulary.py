"""The words of both languages that turn a notice into another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories import vocabulary


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        ("raise~", {"raise", "raises", "raised", "raising"}),
        ("climb~", {"climb", "climbs", "climbed", "climbing"}),
        ("launch~", {"launch", "launches", "launched", "launching"}),
        ("fell", {"fell"}),
    ],
)
def test_forms(term: str, forms: set[str]) -> None:
    assert set(vocabulary.forms(term)) == forms


def test_the_longest_term_is_read_and_latin_ones_stand_alone() -> None:
    def read(text: str) -> list[str]:
        return [text[start:end] for start, end, _ in vocabulary.read(text)]

    assert read("profit falls short") == ["profit", "falls short"]
    assert read("解除质押") == ["解除质押"]
    assert "cut" not in read("executive haircuts")


@given(st.text(max_size=200))
def test_what_is_read_does_not_overlap(text: str) -> None:
    last = 0
    for start, end, _ in vocabulary.read(text.lower()):
        assert last <= start < end
        last = end


def test_every_axis_has_two_sides_that_share_no_word() -> None:
    for axis, sides in vocabulary.SIDES.items():
        plus, minus = (
            {form for term in side for form in vocabulary.forms(term)}
            for side in (sides["plus"], sides["minus"])
        )
        assert plus and minus and not plus & minus, axis
