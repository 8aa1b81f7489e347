"""Which earlier story a new one goes on from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.news.stories.developments import NEAR, SAGA, follows
from monitor.news.stories.matching import Told

NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BANK = frozenset({"halvorsen"})


def told(id: int, line: str, days_ago: float = 0, companies: frozenset[str] = BANK) -> Told:
    return Told(id, id, NOW - days_ago * DAY, line, companies, False)


FINE = told(9, "Halvorsen Bank fined over money laundering")
PROBE = told(1, "Prosecutors open money laundering probe into Halvorsen Bank", 5)


def test_a_fine_goes_on_from_the_probe() -> None:
    assert follows(FINE, [(PROBE, NEAR)]) == 1
    assert follows(FINE, [(told(2, "Halvorsen Bank opens branches", 2), 0.1)]) == 0


def test_a_kind_in_common_makes_up_for_a_distance() -> None:
    assert follows(FINE, [(told(3, "Halvorsen Bank faces penalty of $9 million", 3), 0.05)]) == 3


def test_the_nearest_is_the_one_and_of_equals_the_younger() -> None:
    assert follows(FINE, [(PROBE, 0.5), (told(2, PROBE.line, 2), 0.6)]) == 2
    assert follows(FINE, [(PROBE, 0.5), (told(2, PROBE.line, 2), 0.5)]) == 2


def test_neither_what_comes_later_nor_what_is_long_past_nor_another_company() -> None:
    for other in (
        told(2, PROBE.line, -1),
        told(2, PROBE.line, SAGA / DAY + 1),
        told(2, PROBE.line, 1, frozenset({"x"})),
    ):
        assert follows(FINE, [(other, 0.9)]) == 0
    assert follows(FINE, [(FINE, 1.0)]) == 0
