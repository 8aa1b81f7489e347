"""Who was reading when: quiet is no outage, and what had piled up is no news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detection import cells, coverage
from monitor.detection.coverage import DAY, FEW, PATIENCE, Polls, Reading, Silent, silent

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)

# --- what had piled up ------------------------------------------------------------------------

SINCE = AT - timedelta(days=9)
READ = Reading(SINCE, AT - FIVE, FIVE)
"""A source that is read every five minutes, and was five minutes ago."""
spans = st.timedeltas(timedelta(0), timedelta(days=12))
readings = st.builds(
    Reading,
    first_at=st.one_of(st.none(), spans.map(lambda span: AT - span)),
    last_at=st.one_of(st.none(), spans.map(lambda span: AT - span)),
    interval=st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
)


@given(reading=readings, age=spans, dated=st.booleans())
def test_all_of_a_first_answer_is_backlog(reading: Reading, age: timedelta, dated: bool) -> None:
    never = Reading(None, reading.last_at, reading.interval)
    assert never.backlog(AT - age, AT, dated=dated)


@given(reading=readings, age=spans, dated=st.booleans())
def test_what_was_published_before_the_first_answer_is_backlog(
    reading: Reading, age: timedelta, dated: bool
) -> None:
    if reading.first_at is not None and AT - age < reading.first_at:
        assert reading.backlog(AT - age, AT, dated=dated)


@given(reading=readings, age=spans)
def test_what_has_a_date_counts_from_the_first_answer_on_however_long_nobody_read(
    reading: Reading, age: timedelta
) -> None:
    counts = reading.first_at is not None and AT - age >= reading.first_at and age < cells.LATEST
    assert reading.backlog(AT - age, AT, dated=True) is not counts


@given(reading=readings)
def test_what_has_no_date_is_backlog_after_three_intervals_and_an_hour_without_a_poll(
    reading: Reading,
) -> None:
    if reading.first_at is None:
        return
    gone = reading.last_at is None or AT - reading.last_at > max(3 * reading.interval, PATIENCE)
    assert reading.backlog(AT, AT, dated=False) is gone


@pytest.mark.parametrize(
    ("away", "interval", "backlog"),
    [
        (FIVE, FIVE, False),
        (HOUR, FIVE, False),  # a restart, however often it is polled
        (HOUR + timedelta(seconds=1), FIVE, True),
        (3 * HOUR, HOUR, False),
        (3 * HOUR + timedelta(seconds=1), HOUR, True),
        (timedelta(days=2), timedelta(days=1), False),  # read daily
    ],
)
def test_how_long_nobody_may_have_asked(away: timedelta, interval: timedelta, backlog: bool) -> None:
    reading = Reading(SINCE, AT - away, interval)
    assert reading.backlog(AT, AT, dated=False) is backlog
    assert not reading.backlog(AT - FIVE, AT, dated=True)


def test_what_lies_at_the_edge_of_how_far_back_anything_counts_may_be_older() -> None:
    assert READ.backlog(AT - cells.LATEST, AT, dated=True)
    assert not READ.backlog(AT - cells.LATEST + timedelta(seconds=1), AT, dated=True)
    old = cells.counted_at(AT - timedelta(days=30), None, AT)
    assert READ.backlog(old, AT, dated=True)


def test_what_was_published_with_the_first_answer_is_news() -> None:
    reading = Reading(AT - HOUR, AT - FIVE, FIVE)
    assert not reading.backlog(AT - HOUR, AT, dated=True)
    assert reading.backlog(AT - HOUR - timedelta(seconds=1), AT, dated=True)


def test_the_first_answer_of_a_source_whose_archive_was_brought_had_piled_up() -> None:
    reading = Reading(SINCE, None, FIVE)
    assert reading.backlog(AT, AT, dated=False) and not reading.backlog(AT, AT, dated=True)


# --- gaps -------------------------------------------------------------------------------------


def hours(first: int, *read: int) -> list[datetime]:
    """Polls in the middle of these hours after the first one."""
    return [cells.begins(first + one, cells.HOUR) + timedelta(minutes=30) for one in read]


def test_gaps_are_the_hours_far_from_every_poll() -> None:
    polls = hours(1000, *range(0, 50), *range(80, 100))
    assert coverage.gaps(polls, 1000, 1100) == [(1000 + 49 + 3, 1000 + 80 - 2)]


def test_before_the_first_and_after_the_last_poll_nobody_read() -> None:
    assert coverage.gaps(hours(1000, *range(20, 30)), 1000, 1060) == [(1000, 1018), (1032, 1060)]


def test_who_reads_once_a_day_reads_all_day() -> None:
    assert coverage.gaps(hours(1000, *range(12, 240, 24)), 1000, 1240) == []
    found = coverage.gaps(hours(1000, *range(12, 120, 24), *range(252, 360, 24)), 1000, 1372)
    assert len(found) == 1 and 1000 + 108 < found[0][0] < found[0][1] < 1000 + 252


def test_where_nothing_polls_everything_counts_as_read() -> None:
    assert coverage.gaps([], 1000, 2000) == []


@given(read=st.sets(st.integers(0, 300), min_size=1), end=st.integers(1, 320))
def test_gaps_are_in_order_inside_and_hold_no_poll(read: set[int], end: int) -> None:
    found = coverage.gaps(hours(1000, *sorted(read)), 1000, 1000 + end)
    for start, stop in found:
        assert 1000 <= start < stop <= 1000 + end
        assert not any(start <= 1000 + one < stop for one in read)
    assert all(before[1] < after[0] for before, after in pairwise(found))


@given(
    read=st.sets(st.integers(0, 300)),
    start=st.integers(-20, 300),
    length=st.integers(0, 200),
    later=st.integers(0, 50),
)
def test_polls_tell_of_a_time_what_was_known_by_its_end(
    read: set[int], start: int, length: int, later: int
) -> None:
    first, end = 1000 + start, 1000 + start + length
    all_of = hours(1000, *sorted(read))
    before = [at for at in all_of if cells.hour(at) < end]
    inside = [at for at in before if cells.hour(at) >= first]
    assert Polls(all_of)(first, end) == coverage.gaps(inside, first, end) == Polls(before)(first, end)


def test_a_poll_on_the_edge_is_of_the_hour_that_begins() -> None:
    edge = cells.begins(1010, cells.HOUR)
    assert Polls([edge])(1000, 1010) == []
    assert Polls([edge])(1010, 1020) == [(1013, 1020)]


# --- silent sources ---------------------------------------------------------------------------


def arrivals(gap: timedelta, until: datetime, number: int = 2 * FEW) -> list[datetime]:
    return [until - n * gap for n in reversed(range(number))]


@pytest.mark.parametrize(
    ("ago", "failures", "is_silent"),
    [
        (PATIENCE, 9, False),
        (PATIENCE + FIVE, 2, True),
        (PATIENCE + FIVE, 1, False),  # one try failed: another follows
        (DAY, 0, False),  # it was not asked: the monitor stood still
    ],
)
def test_a_source_that_does_not_answer_is_silent(ago: timedelta, failures: int, is_silent: bool) -> None:
    reading = Reading(AT - ago, AT - ago, FIVE)
    found = silent(reading, failures, arrivals(FIVE, AT), AT)
    assert found == (Silent(AT - ago) if is_silent else None)
    assert silent(Reading(None, None, FIVE), failures, [], AT) is None


@given(gap=st.timedeltas(FIVE, 4 * DAY), quiet=st.timedeltas(FIVE, 20 * DAY), number=st.integers(0, 3 * FEW))
def test_a_source_that_brings_nothing_is_silent_by_its_own_rhythm(
    gap: timedelta, quiet: timedelta, number: int
) -> None:
    came = arrivals(gap, AT - quiet, number)
    found = silent(READ, 0, came, AT)
    if number >= FEW and quiet > max(2 * gap, DAY):
        assert found == Silent(AT - quiet, gap)
    else:
        assert found is None
