from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news import marks
from monitor.records import Mention


def named(*aliases: str) -> list[Mention]:
    return [Mention(alias, alias, 0, len(alias)) for alias in aliases]


@pytest.mark.parametrize(
    ("text", "aliases", "found"),
    [
        ("AI Corp said aid to AI rose", ["AI", "AI Corp"], ["AI Corp", "AI"]),
        ("昨日北风汽车下跌，北风汽车回应", ["北风汽车"], ["北风汽车", "北风汽车"]),
        ("ACME falls, acme rises", ["Acme"], ["ACME", "acme"]),
        ("🚀📉 Acme", ["Acme"], ["Acme"]),
        ("C++ Group", ["C++"], ["C++"]),
        ("text", [" "], []),
        ("text", [], []),
        ("", ["Acme"], []),
    ],
)
def test_names_are_found_where_the_reader_sees_them(text: str, aliases: list[str], found: list[str]) -> None:
    assert [text[start:end] for start, end in marks.spans(text, named(*aliases))] == found


@given(st.text(), st.lists(st.text(max_size=6), max_size=4))
def test_marks_are_in_order_and_do_not_overlap(text: str, aliases: list[str]) -> None:
    end = 0
    for start, stop in marks.spans(text, named(*aliases)):
        assert end <= start < stop <= len(text)
        end = stop
