"""Companies at the desk: the list of them, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.errors import NotFoundError, UserError
from monitor.records import Alias, AliasKind, Company, Scope
from monitor.store import alerts, articles
from monitor.testing import newsroom
from monitor.testing.newsroom import Newsroom
from tests.desk.conftest import NOW

MUTE = Company(
    "mute",
    "萬科企業",
    (),
    "000002.SZ",
    (Alias("Vanke Old", AliasKind.FORMER, None, NOW.date() - timedelta(days=1)),),
)


@pytest.fixture
def companies() -> Sequence[Company]:
    """Those of the newsroom, and one that nobody names."""
    return (*newsroom.COMPANIES, MUTE)


def test_what_matters_stands_first(desk: Desk, room: Newsroom) -> None:
    found = desk.coverage(24)
    assert found[0].id == "northwind" and found[0].open_alerts == 1
    assert [one.negative for one in found[1:]] == sorted((one.negative for one in found[1:]), reverse=True)
    assert found[-1].id == "mute" and (found[-1].stories, found[-1].share) == (0, 0.0)
    for one in found:
        trend = desk.trend(Scope("company", one.id), 24)
        assert one.stories == sum(window.stories for window in trend)
        assert one.negative == sum(window.negative for window in trend)
    assert all(one.share == one.negative / one.stories for one in found if one.stories)
    assert any(one.stories_before for one in found)


@pytest.mark.parametrize(
    ("text", "ids"),
    [("harbour", ["harbour"]), ("海港", ["harbour"]), ("万科", ["mute"]), ("hbk", ["harbour"]), ("zzz", [])],
)
def test_companies_are_found_by_any_of_their_names(desk: Desk, text: str, ids: list[str]) -> None:
    assert [one.id for one in desk.coverage(text=text)] == ids


def test_periods_and_companies_that_are_none_are_refused(desk: Desk) -> None:
    for hours in (0, 24 * 367):
        with pytest.raises(UserError, match="hours"):
            desk.coverage(hours)
    with pytest.raises(UserError, match="limit"):
        desk.coverage(limit=0)
    with pytest.raises(NotFoundError, match="nobody"):
        desk.company("nobody")


def test_one_company_is_told_with_all_that_is_known(desk: Desk, room: Newsroom) -> None:
    told = desk.company("northwind", 24)
    (listed,) = desk.coverage(24, "northwind")
    assert told.coverage == listed and sum(one.stories for one in told.trend) == listed.stories
    assert told.usual is None, "less than a week is counted"
    assert [one.id for one in told.alerts] == [room.alert_id]
    assert told.topics[0].topic and sum(one.stories for one in told.topics) <= listed.stories
    assert told.rivals_topic == told.topics[0].topic
    assert "northwind" not in {one.id for one in (*told.peers, *told.rivals)}
    times = [one.story.first_seen_at for one in told.stories]
    assert times == sorted(times, reverse=True)
    assert all("northwind" in one.companies for one in told.stories)
    assert any("northwind" in one.negative_for for one in told.stories)
    assert {one.name for one in told.names} >= {"Northwind Motors", "北风汽车", "NWM"}


def test_open_alerts_stand_before_past_ones(desk: Desk, room: Newsroom, monitor: Monitor) -> None:
    with monitor.store.begin() as tx:
        first = alerts.get(tx, room.alert_id)
        later = replace(first, id="past", opened_at=NOW + timedelta(minutes=1), resolved_at=NOW)
        alerts.put(tx, replace(later, state=type(first.state)("resolved")))
    assert [one.id for one in desk.company("northwind").alerts] == [room.alert_id, "past"]


def test_names_say_their_market_and_whether_they_hold_today(desk: Desk) -> None:
    names = {one.name: one for one in desk.company("mute").names}
    assert (names["000002.SZ"].kind, names["000002.SZ"].market) == (AliasKind.TICKER, "SZ")
    assert names["萬科企業"].current and not names["Vanke Old"].current
    assert names["萬科企業"].market == ""


def test_what_is_usual_is_the_mean_of_the_weeks_before(desk: Desk, monitor: Monitor, room: Newsroom) -> None:
    monitor.now = lambda: NOW + timedelta(days=20)
    told = desk.company("northwind", 24)
    assert told.usual is not None and told.usual.hours == 1 and 2 < told.usual.weeks < 4
    whole = desk.company("northwind", 24 * 30)
    weight = sum(one.weight for one in whole.trend)
    assert told.usual.level * told.usual.weeks * 168 == pytest.approx(weight, rel=1e-6)
    assert told.usual.low == 0 <= told.usual.level


def test_a_story_that_is_judged_blind_says_nothing_of_itself(
    desk: Desk, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = next(one for one in desk.company("northwind").stories if "northwind" in one.negative_for)
    with desk.monitor.store.read() as tx:
        held = {one for one in articles.of_stories(tx, {bad.story.id})}
    monkeypatch.setattr(desk, "_hidden", lambda tx: {bad.story.id})
    (shown,) = [one for one in desk.company("northwind").stories if one.story.id == bad.story.id]
    assert (shown.negative_for, shown.story.label, shown.story.negative) == ((), "", 0.0)
    assert shown.companies == bad.companies, "whom it names is no judgement"
    for told in (desk.stories(negative=True, limit=500), desk.stories(topic="legal", limit=500)):
        assert told and bad.story.id not in {one.story.id for one in told}
    assert bad.story.id in {one.story.id for one in desk.stories(company="northwind", limit=500)}
    (alert,) = desk.company("northwind").alerts
    assert not held & set(alert.article_ids)


def test_stories_go_on_where_the_last_page_ended(desk: Desk, room: Newsroom) -> None:
    first = desk.stories(limit=5)
    rest = desk.stories(limit=500, before_id=first[-1].story.id)
    whole = desk.stories(limit=500)
    assert [one.story.id for one in (*first, *rest)] == [one.story.id for one in whole]
    assert len(whole) > len(desk.stories(limit=500, hours=2)) > 0
    bad = desk.stories(company="northwind", negative=True, limit=500)
    assert bad and all("northwind" in one.negative_for for one in bad)
