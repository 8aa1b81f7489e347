from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from monitor.web.moments import FIRST, LAST, moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02t17:00:00.25+08:00", datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-02T09:00:00.123456789z", datetime(2026, 3, 2, 9, 0, 0, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("0001-01-01T13:59:59+14:00", FIRST),
        ("0001-01-01T14:00:00+14:00", FIRST),
        ("9999-12-31T23:59:59-14:00", LAST),
        ("9999-12-31T23:59:59.999999Z", LAST),
    ],
)
def test_a_moment_is_the_one_it_writes_or_the_nearest_there_is(text: str, found: datetime) -> None:
    assert moment(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "", "2026-03-02", "2026-03-02T09:00:00", "2026-03-02 09:00:00Z", "1772442000"),
        *("2026-02-30T09:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T09:00:61Z", "0000-01-01T00:00:00Z"),
        *("2026-03-02T09:00Z", "2026-03-02T09:00:00+25:00", "2026-03-02T09:00:00+0800", "20260302T090000Z"),
        *(
            "２０２６-03-02T09:00:00Z",
            "2026-03-02T09:00:00Z\n",
            "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
        ),
    ],
)
def test_nothing_else_is_guessed(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        moment(text)


OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(), OFFSETS)
def test_whatever_can_be_written_is_read(naive: datetime, offset: timezone) -> None:
    written = naive.replace(tzinfo=offset)
    found = moment(written.isoformat(timespec="microseconds"))
    assert FIRST <= found <= LAST and found.utcoffset() == timedelta(0)
    try:
        assert found == written.astimezone(UTC)
    except OverflowError:
        assert found in (FIRST, LAST)
