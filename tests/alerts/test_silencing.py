"""A silence stops what it is about, while it lasts, and not the news that it got much worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.lifecycle import Event
from monitor.alerts.silencing import Silence
from monitor.records import Scope
from tests.alarms import alarm

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALERT = alarm("a1", NOW, scope=Scope("both", "debt:acme"), rule="surge", severity="critical")
ANY = Silence(1, "", "", "", "", NOW, NOW + HOUR, False, "ann")


@pytest.mark.parametrize(
    ("about", "covered"),
    [
        ({"rule": "surge"}, True),
        ({"rule": "share"}, False),
        ({"company": "acme"}, True),
        ({"company": "debt"}, False),
        ({"topic": "debt"}, True),
        ({"topic": "acme"}, False),
        ({"severity": "critical"}, True),
        ({"severity": "info"}, False),
        ({"rule": "surge", "company": "acme", "topic": "debt", "severity": "critical"}, True),
        ({"rule": "surge", "company": "other"}, False),
    ],
)
def test_it_is_about_what_it_names(about: dict[str, str], covered: bool) -> None:
    assert replace(ANY, **about).covers(ALERT, Event("opened", ""), NOW) is covered


def test_it_lasts_from_its_beginning_to_before_its_end() -> None:
    event = Event("opened", "")
    moments = (NOW - timedelta(seconds=1), NOW, NOW + HOUR - timedelta(seconds=1), NOW + HOUR)
    assert [ANY.covers(ALERT, event, at) for at in moments] == [False, True, True, False]


def test_what_gets_much_worse_is_told_where_it_says_so() -> None:
    worse, repeat = Event("updated", "", notify=True, worse=True), Event("updated", "", notify=True)
    assert ANY.covers(ALERT, worse, NOW)
    assert not replace(ANY, until_worse=True).covers(ALERT, worse, NOW)
    assert replace(ANY, until_worse=True).covers(ALERT, repeat, NOW)


def test_an_alert_of_all_news_is_about_no_company_and_no_topic() -> None:
    everything = alarm("a2", NOW, scope=Scope("all"))
    assert ANY.about(everything)
    assert not replace(ANY, company="acme").about(everything) and not replace(ANY, topic="debt").about(
        everything
    )
