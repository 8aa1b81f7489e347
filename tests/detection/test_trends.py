"""Windows: their edges, their shares, and when they say nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells, trends
from monitor.records import Scope, Window

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def windows(*counts: tuple[int, int] | int) -> list[Window]:
    """Hourly windows of all news: (stories, negative), or stories alone."""
    pairs = [count if isinstance(count, tuple) else (count, 0) for count in counts]
    return [Window(Scope("all"), AT + HOUR * i, AT + HOUR * (i + 1), *pair) for i, pair in enumerate(pairs)]


times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@given(times, st.integers(1, 2_000), st.integers(1, 50))
def test_edges_adjoin_and_end_where_nothing_seen_is_left_out(now: datetime, fives: int, n: int) -> None:
    window = cells.FINE * fives
    edges = trends.edges(now, window, n)
    assert len(edges) == n + 1
    assert {b - a for a, b in pairwise(edges)} == {window}
    size = cells.FINE if window * n < cells.KEPT else cells.HOUR
    assert now <= edges[-1] < now + size
    assert cells.on_edge(edges[-1], cells.FINE)


@given(times)
def test_within_one_step_the_window_is_the_same(now: datetime) -> None:
    edges = trends.edges(now, HOUR, 3)
    assert trends.edges(edges[-1], HOUR, 3) == edges
    assert trends.edges(edges[-1] - timedelta(seconds=299), HOUR, 3) == edges
    assert trends.edges(edges[-1] + timedelta(microseconds=1), HOUR, 3) != edges


def test_edges_of_an_example() -> None:
    assert trends.edges(AT - timedelta(seconds=20), HOUR, 2) == (AT - 2 * HOUR, AT - HOUR, AT)


@given(times, st.integers(1, 100), st.integers(1, 400))
def test_past_windows_of_hours_lie_on_hours_before_the_tested_one(now: datetime, hours: int, n: int) -> None:
    start = cells.after(now)
    edges = trends.past(start, hours * HOUR, n)
    assert all(cells.on_edge(edge, cells.HOUR) for edge in edges)
    assert start - HOUR < edges[-1] <= start
    assert trends.past(start, cells.FINE * 5, 3)[-1] == start


@pytest.mark.parametrize(
    ("window", "n"), [(timedelta(0), 1), (-HOUR, 1), (HOUR, 0), (timedelta(minutes=7), 1)]
)
def test_edges_refuse_what_makes_no_window(window: timedelta, n: int) -> None:
    for edges in (trends.edges, trends.past):
        with pytest.raises(ValueError, match="expected a positive window"):
            edges(AT, window, n)


def test_shares() -> None:
    some = windows((4, 1), (0, 0), (6, 4))
    assert trends.shares(some) == (0.25, None, 4 / 6)
    assert trends.share(some) == 0.5
    assert trends.share(windows(0, 0)) is None
    assert trends.share([]) is None


@pytest.mark.parametrize(
    ("counts", "watched"),
    [
        ((), 0),
        ((0, 0, 0), 0),
        ((0, 0, 70), 0),  # the first poll: what the feeds had piled up
        ((0, 70, 3, 2), 2),
        ((0, 70, 0, 0, 2), 3),  # silence after the start is a count like any other
        ((3, 3, 3), 2),
    ],
)
def test_windows_before_the_first_poll_are_no_history(counts: tuple[int, ...], watched: int) -> None:
    assert trends.watched(windows(*counts)) == watched
