"""A clock that stands until told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The time fakes take where they are given none."""


@dataclass
class Clock:
    """Two clocks that stand until told otherwise: pass the instance where `now` is wanted, and its
    `steady` where seconds are counted. Time passes on both; only the wall clock can be set."""

    at: datetime = START
    counted: float = 1000.0

    def __call__(self) -> datetime:
        return self.at

    def steady(self) -> float:
        """What the steady clock says."""
        return self.counted

    def advance(self, **duration: float) -> datetime:
        """Let a `timedelta` of these arguments pass; the new time."""
        passed = timedelta(**duration)
        self.counted += passed.total_seconds()
        self.at += passed
        return self.at

    def step(self, **duration: float) -> datetime:
        """Set the wall clock by a `timedelta` of these arguments, in no time; what it says then."""
        self.at += timedelta(**duration)
        return self.at
