"""Which stories go on from which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.news.stories.developments import MOST, NEAR, SAGA, Links, links
from monitor.news.stories.matching import Told

NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BANK = frozenset({"halvorsen"})


def told(id: int, line: str, days_ago: float = 0, companies: frozenset[str] = BANK) -> Told:
    return Told(id, id, NOW - days_ago * DAY, line, companies, False)


FINE = told(9, "Halvorsen Bank fined over money laundering")
PROBE = told(1, "Prosecutors open money laundering probe into Halvorsen Bank", 5)


def test_a_fine_goes_on_from_the_probe_and_the_appeal_from_the_fine() -> None:
    appeal = told(12, "Halvorsen Bank appeals against fine", -9)
    assert links(FINE, [(PROBE, NEAR), (appeal, NEAR)]) == Links((1,), (12,))
    assert links(FINE, [(told(2, "Halvorsen Bank opens branches", 2), 0.1)]) == Links()


def test_a_kind_in_common_makes_up_for_a_distance() -> None:
    assert links(FINE, [(told(3, "Halvorsen Bank faces penalty of $9 million", 3), 0.05)]).earlier == (3,)


def test_the_nearest_come_first_and_of_equals_the_younger() -> None:
    others = [(told(n, PROBE.line, 8 - n), 0.5 + (n == 3) / 10) for n in range(1, 8)]
    found = links(FINE, others).earlier
    assert found == (3, 7, 6, 5, 4) and len(found) == MOST


def test_neither_what_is_long_past_nor_another_company_nor_itself() -> None:
    for other in (told(2, PROBE.line, SAGA / DAY + 1), told(2, PROBE.line, 1, frozenset({"x"})), FINE):
        assert links(FINE, [(other, 0.9)]) == Links()
