"""Cells of time: when an article counts, and that no cell moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells

AT = datetime(2026, 3, 2, 9, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
zones = st.integers(-14 * 4, 14 * 4).map(lambda quarter: timezone(timedelta(minutes=15 * quarter)))
times = st.datetimes(datetime(1960, 1, 2), datetime(2090, 1, 1), timezones=zones)


@given(times)
def test_a_moment_lies_in_its_cell_and_twelve_cells_make_an_hour(at: datetime) -> None:
    begins = cells.begins(cells.cell(at))
    assert begins <= at < begins + cells.FINE
    hour = cells.begins(cells.hour(at), cells.HOUR)
    assert hour <= at < hour + cells.HOUR
    assert cells.hour(at) == cells.cell(at) // cells.IN_HOUR


@given(times, st.sampled_from([cells.FINE, cells.HOUR]))
def test_the_edge_after_is_the_first_that_is_not_before(at: datetime, size: timedelta) -> None:
    edge = cells.after(at, size)
    assert at <= edge < at + size and cells.on_edge(edge, size)


@pytest.mark.parametrize(
    ("published", "counts"),
    [
        (AT - HOUR, AT - HOUR),
        (AT, AT),
        (AT + HOUR, AT),  # never after it was seen
        (AT - 48 * HOUR, AT - 48 * HOUR),
        (AT - 49 * HOUR, AT - 48 * HOUR),  # back numbers
    ],
)
def test_an_article_counts_when_it_was_published_within_reason(published: datetime, counts: datetime) -> None:
    assert cells.counted_at(published, None, AT) == counts


def test_a_day_without_a_time_counts_when_it_is_seen_or_at_its_end() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert cells.counted_at(midnight, date(2026, 3, 2), AT) == AT
    late = cells.counted_at(midnight - 24 * HOUR, date(2026, 3, 1), AT)
    assert midnight - HOUR < late < midnight
    east = timezone(8 * HOUR)
    there = datetime(2026, 3, 2, tzinfo=east)
    seen = datetime(2026, 3, 3, 9, tzinfo=east)
    assert cells.counted_at(there, date(2026, 3, 2), seen).astimezone(east).date() == date(2026, 3, 2)


@given(times, times, st.booleans())
def test_it_always_counts_within_two_days_before_it_was_seen(
    published: datetime, seen: datetime, whole_day: bool
) -> None:
    at = cells.counted_at(published, published.date() if whole_day else None, seen)
    assert seen - cells.LATEST <= at <= seen
