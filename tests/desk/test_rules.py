"""Rules at the desk: what they cost, and a change tried before it is made."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.app import Monitor
from monitor.desk import Desk
from monitor.detection.budget import Cut
from monitor.detection.comparing import Comparison, Share
from monitor.detection.rules import Rule
from monitor.errors import BusyError, ConflictError, NotFoundError, UserError
from monitor.operation import trying
from monitor.records import Article, Decision, Route
from monitor.store import alerts, articles, predictions, stories, walked
from monitor.testing import make_prediction, newsroom
from monitor.testing.newsroom import Newsroom
from tests.desk.conftest import NOW

LOUD = Rule("surge", "surge", budget=500.0, least=1)


def test_a_rule_tells_its_cut_what_was_spent_and_what_is_expected(
    desk: Desk, monitor: Monitor, room: Newsroom
) -> None:
    with monitor.store.begin() as tx:
        old = replace(alerts.get(tx, room.alert_id), id="old", opened_at=NOW - timedelta(weeks=5))
        alerts.put(tx, old)
        said = {"surge": {}, "share": {}}
        found = [
            (Cut("surge", 100, 9.0, checked=False, weeks=1.0, openings=0), 1),
            (Cut("surge", 400, 4.5, checked=True, weeks=40.0, openings=30), 1),
            (Cut("share", 400, float("inf"), checked=False, weeks=2.0, openings=0), 1),
        ]
        walked.keep(tx, NOW, said, found, {}, 0)
    monitor.now = lambda: NOW + timedelta(weeks=8)
    told = desk.rules()
    surge, share, buildup, market = told.rules
    assert surge.cut is not None and (surge.cut.value, surge.cut.checked) == (4.5, True)
    assert surge.expected == 30 / 40 and surge.rule.budget == 1.0 and not surge.configured
    assert [(one.weeks, one.openings) for one in surge.spent] == [(4, 0), (pytest.approx(8.18, abs=0.1), 2)]
    assert share.cut is not None and share.cut.value is None and share.expected is None
    assert buildup.cut is None and buildup.rule.least == 5
    assert market.rule.scopes == ("topic", "all") and market.rule.budget == 0.1
    assert {"surge", "share", "buildup", "zscore"} <= set(told.detectors)
    assert told.weeks == [1, 4] and "budget = 1.0" in surge.table


def test_before_anything_is_counted_nothing_can_be_tried(desk: Desk) -> None:
    assert desk.rules().weeks == [] and [one.weeks for one in desk.rules().rules[0].spent] == [0, 0]
    with pytest.raises(ConflictError, match="nothing has been counted yet"):
        desk.try_rules([LOUD], 4)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (replace(LOUD, name="a b"), "no spaces"),
        (replace(LOUD, name=""), "no spaces"),
        (replace(LOUD, scopes=()), "scopes are some of both"),
        (replace(LOUD, scopes=("world",)), "scopes are some of both"),
        (replace(LOUD, severity="loud"), "expected one of info"),
        (replace(LOUD, budget=0), "budget 0"),
        (replace(LOUD, budget=float("nan")), "budget nan"),
        (replace(LOUD, least=0), "least 0"),
        (replace(LOUD, detector="none"), "no detector 'none'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(desk: Desk, rule: Rule, told: str) -> None:
    for ask in (lambda: desk.try_rules([rule], 1), lambda: desk.written_rule(rule)):
        with pytest.raises((UserError, NotFoundError), match=told):
            ask()


def test_as_many_rules_as_may_be_and_no_two_of_one_name(desk: Desk, room: Newsroom) -> None:
    with pytest.raises(UserError, match="rules 0"):
        desk.try_rules([], 1)
    with pytest.raises(ConflictError, match="'surge' is there twice"):
        desk.try_rules([LOUD, LOUD], 1)


def test_what_is_tried_is_what_a_replay_of_the_rule_opens(monitor: Monitor, room: Newsroom) -> None:
    shares: list[float] = []
    found = monitor.compare_rules([LOUD], 1, shares.append)
    [one] = found.rules
    for side, rule in ((one.before, monitor.rules[0]), (one.after, LOUD)):
        whole = monitor.replay(rules=[rule])
        assert side is not None and side.alerts == len(whole.alerts)
        assert side.budget == rule.budget
    assert one.after is not None and one.after.alerts > len(one.only_before)
    assert one.only_after and one.only_after[0].stories[0].title
    assert shares == sorted(shares) and 0 <= shares[0] <= 0.5 < shares[-1] <= 1
    with monitor.store.read() as tx:
        assert len(alerts.page(tx)) == 1, "nothing is written"


def test_it_is_tried_in_a_process_of_its_own(
    desk: Desk, monitor: Monitor, article: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By that process's clock, so the news is of now: one article of last week, and a morning."""
    monkeypatch.setattr(trying, "NICE", os.getpriority(os.PRIO_PROCESS, 0))  # other tests are no desk's users
    monitor.now = lambda: datetime.now(UTC)
    before = monitor.now() - timedelta(days=8)
    with monitor.store.begin() as tx:
        made = article(story_id=stories.create(tx, before), first_seen_at=before, published_at=before)
        stored = articles.insert(tx, made)
        predictions.put(tx, stored.id, make_prediction(0.9, 0.1), Decision(Route.ACCEPT, ""), [], before)
    newsroom.furnish(monitor.store, monitor.now(), hours=4)
    shares: list[float] = []
    weeks = monitor.weeks_to_try()[-1]
    found = desk.try_rules([LOUD], weeks, shares.append)
    [one] = found.rules
    assert one.rule == "surge" and one.after is not None and one.after.budget == 500.0
    assert found.weeks == pytest.approx(weeks, abs=0.01) and shares and shares == sorted(shares)


def test_one_is_tried_at_a_time_and_none_too_long(
    desk: Desk, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        busy = threading.Lock()
        busy.acquire()
        patched.setattr(trying.Trying, "_trying", busy)
        with pytest.raises(BusyError, match="another change"):
            desk.try_rules([LOUD], 1)
    monkeypatch.setattr(trying, "SECONDS", 0.0)
    with pytest.raises(BusyError, match="fewer weeks"):
        desk.try_rules([LOUD], 1)
    assert not trying.Trying._trying.locked()


def test_weeks_are_offered_as_far_as_they_can_be_walked(
    monitor: Monitor, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert monitor.weeks_to_try() == [1]
    monitor.now = lambda: NOW + timedelta(weeks=60)
    assert monitor.weeks_to_try() == [1, 4, 13, 26]
    with monitor.store.read() as tx:
        rows = trying.past.size(tx)
    monkeypatch.setattr(trying, "MOST_ROWS", rows * (13.5 + trying.LEAD) / 60)
    assert monitor.weeks_to_try() == [1, 4, 13]


def test_a_story_that_is_judged_blind_is_not_named(
    desk: Desk, monitor: Monitor, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = monitor.compare_rules([LOUD], 1)
    seen = whole.rules[0].only_after[0].stories[0].story_id

    def as_told(rules: Sequence[Rule], weeks: int, progress: Share) -> Comparison:
        return whole

    monkeypatch.setattr(monitor, "try_rules", as_told)
    assert desk.try_rules([LOUD], 1) == whole
    monkeypatch.setattr(desk, "_hidden", lambda tx: {seen})
    told = desk.try_rules([LOUD], 1).rules[0]
    assert seen not in {one.story_id for alert in told.only_after for one in alert.stories}
    assert len(told.only_after) == len(whole.rules[0].only_after)
