"""Two replays of the same weeks, held against each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.comparing import MOST_TITLES, Told, compare
from monitor.detection.replay import Replay, Replayed
from monitor.detection.rules import Rule
from monitor.records import Scope

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
FIRSTS = {story: (100 - story, f"story {story}") for story in range(1, 20)}


def alert(rule: str, day: int, stories: tuple[int, ...], *, over: int | None = None) -> Replayed:
    opened = NOW + day * DAY
    resolved = None if over is None else NOW + over * DAY
    return Replayed(
        *(f"{rule}-{day}", rule, "warning", Scope("company", "acme"), opened, resolved),
        *(3.14159, 0.5, 0.0, 2.0, 0.001, 3.0, 2.0, False, 24, stories, ("company:acme",)),
    )


def replayed(*alerts: Replayed, rules: tuple[Rule, ...], cut: float | None = 2.0) -> Replay:
    cuts = () if cut is None else (Cut("surge", cells.cell(NOW), cut, checked=True, weeks=30.0, openings=1),)
    return Replay(NOW, NOW + 28 * DAY, rules, alerts, cuts)


def test_an_alert_of_the_same_stories_at_the_time_is_the_same() -> None:
    kept, lost, won = (
        alert("surge", 1, (1, 2), over=2),
        alert("surge", 5, (3,), over=6),
        alert("surge", 9, (4,)),
    )
    before = replayed(kept, lost, rules=(Rule("surge", "surge", budget=0.5),))
    after = replayed(alert("surge", 2, (2, 7), over=4), won, rules=(Rule("surge", "surge", budget=2),))
    found = compare(before, after, FIRSTS)
    [one] = found.rules
    assert (found.since, found.until, found.weeks, one.rule, one.both) == (NOW, NOW + 28 * DAY, 4, "surge", 1)
    assert [alert.opened_at for alert in one.only_before] == [lost.opened_at]
    assert [alert.opened_at for alert in one.only_after] == [won.opened_at]
    assert one.before is not None and (one.before.budget, one.before.alerts) == (0.5, 2)
    assert one.after is not None and (one.after.budget, one.after.alerts_per_week) == (2, 0.5)
    assert (one.after.cut, one.after.checked) == (2.0, True)


def test_the_same_stories_at_another_time_are_another_alert() -> None:
    rules = (Rule("surge", "surge"),)
    before = replayed(alert("surge", 1, (1,), over=2), rules=rules)
    for later in (alert("surge", 3, (1,)), alert("surge", 3, (1,), over=4)):
        [one] = compare(before, replayed(later, rules=rules), FIRSTS).rules
        assert (one.both, len(one.only_before), len(one.only_after)) == (0, 1, 1)


def test_a_rule_that_is_new_or_gone_has_one_side() -> None:
    old = replayed(alert("old", 1, (1,)), rules=(Rule("old", "surge"),), cut=None)
    new = replayed(rules=(Rule("new", "surge"),), cut=float("inf"))
    gone, added = compare(old, new, FIRSTS).rules
    assert gone.after is None and gone.before is not None and gone.before.cut is None
    assert added.before is None and added.after is not None and added.after.cut is None
    assert len(gone.only_before) == 1 and not gone.only_after


def test_an_alert_is_named_by_the_first_of_its_stories() -> None:
    rules = (Rule("surge", "surge"),)
    many = alert("surge", 1, (*range(1, 10), 99))
    [one] = compare(replayed(rules=rules), replayed(many, rules=rules), FIRSTS).rules
    [shown] = one.only_after
    assert (shown.held, len(shown.stories), shown.observed) == (10, MOST_TITLES, 3.142)
    assert shown.stories[0] == Told(9, 91, "story 9"), "the story of the earliest article"
