"""The list of alerts at the desk, and what people do with one and with several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import outbox
from monitor.alerts import deadlines
from monitor.alerts.operating import Condition
from monitor.alerts.routing import Tree
from monitor.app import Monitor
from monitor.desk import OPEN, Action, Desk, Sort, Wanted
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.messages import Message
from monitor.records import AlertState, Role, Scope
from monitor.store import alerts, articles, audit, silences, users
from monitor.testing import Clock
from monitor.testing.newsroom import Newsroom
from tests.alarms import NO_WAIT, alarm
from tests.desk.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk_of(monitor: Monitor) -> Callable[..., Desk]:
    def make(name: str, role: Role = Role.ANALYST) -> Desk:
        with monitor.store.begin() as tx:
            found = users.get(tx, name)
            user = found[0] if found else users.add(tx, name, "no password", role, NOW)
        return Desk(monitor, user)

    return make


def test_an_alert_is_given_from_hand_to_hand_and_its_history_says_so(
    room: Newsroom, monitor: Monitor, desk_of: Callable[..., Desk]
) -> None:
    ann, bo = desk_of("ann"), desk_of("bo")
    desk_of("vi", Role.VIEWER)
    assert ann.assign(room.alert_id).owner == "ann"
    assert ann.assign(room.alert_id).owner == "ann"
    assert ann.assign(room.alert_id, "bo").owner == "bo"
    for nobody in ("vi", "missing"):
        with pytest.raises(ConflictError, match="cannot own"):
            ann.assign(room.alert_id, nobody)
    assert ann.acknowledge(room.alert_id).owner == "bo", "acknowledging takes it from nobody"
    bo.comment_on_alert(room.alert_id, " the court\x1b[31m has ruled ")
    graver = bo.change_severity(room.alert_id, "critical", "a recall")
    assert (graver.severity, graver.rule_severity) == ("critical", "warning")
    assert bo.assign(room.alert_id, "").owner == ""
    told = [(one.user, one.event, str(one.note)) for one in ann.alert(room.alert_id).events]
    assert told[1:] == [
        ("ann", "assigned", "it is ann's now"),
        ("ann", "assigned", "it is bo's now"),
        ("ann", "acknowledged", ""),
        ("bo", "commented", "the court[31m has ruled"),
        ("bo", "regraded", "warning → critical: a recall"),
        ("bo", "assigned", "it was bo's, and is nobody's now"),
    ]
    with monitor.store.read() as tx:
        written = [(one.user, one.action) for one in audit.page(tx, 6)]
    assert written == [
        ("bo", "alert.assign"),
        ("bo", "alert.severity"),
        ("bo", "alert.comment"),
        ("ann", "alert.acknowledge"),
        ("ann", "alert.assign"),
        ("ann", "alert.assign"),
    ], "and nothing was written where nothing happened"


def test_what_is_over_is_spoken_of_and_nothing_else(room: Newsroom, desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("ann")
    desk.resolve(room.alert_id)
    desk.comment_on_alert(room.alert_id, "it was a hoax")
    assert desk.alert(room.alert_id).events[-1].note == "it was a hoax"
    for act in (
        lambda: desk.assign(room.alert_id),
        lambda: desk.change_severity(room.alert_id, "info", "why"),
    ):
        with pytest.raises(ConflictError, match="only a comment"):
            act()
    with pytest.raises(NotFoundError):
        desk.comment_on_alert("missing", "x")
    with pytest.raises(UserError, match="2001 characters"):
        desk.comment_on_alert(room.alert_id, "x" * 2001)


def test_a_row_tells_two_alerts_of_one_name_apart_and_how_they_came(
    room: Newsroom, monitor: Monitor, desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of("vi", Role.VIEWER)
    with monitor.store.begin() as tx:
        alert = alerts.get(tx, room.alert_id)
        others = room.article_ids[0]
        alerts.put(tx, replace(alert, id="other", article_ids=(others,), opened_at=NOW - 9 * MINUTE))
        long = replace(alert, id="long", start_at=alert.end_at - timedelta(hours=72), article_ids=())
        alerts.put(tx, replace(long, scope=Scope("topic", "legal"), opened_at=NOW - 99 * MINUTE))
    listing = desk.caseload(Wanted())
    first, second, third = listing.rows
    assert (listing.total, listing.states[AlertState.FIRING], listing.overdue) == (3, 3, 0)
    assert first.alert.scope == second.alert.scope and first.title != second.title
    assert first.title == desk.article(min(first.alert.article_ids)).article.title
    assert third.title != "" or not third.alert.article_ids
    shown = desk.alert(room.alert_id).history
    own = [one for one in first.windows if one.start_at <= alert.start_at < one.end_at]
    assert own[0].negative == max(one.negative for one in first.windows) > 0
    assert sum(one.weight for one in first.windows) <= sum(one.weight for one in shown) + 1e-9
    assert {one.end_at - one.start_at for one in third.windows} == {timedelta(days=1)}
    assert desk.caseload(Wanted(), limit=1, page=2).rows[0].alert.id == "other"
    assert [one.alert.id for one in desk.caseload(Wanted(text="legal"), Sort.AGE).rows] == ["long"]


def test_an_alert_about_a_company_is_told_by_an_article_that_names_it(
    room: Newsroom, monitor: Monitor, desk_of: Callable[..., Desk]
) -> None:
    """What opened on a wider scope holds what rose there beside."""
    with monitor.store.begin() as tx:
        alert = alerts.get(tx, room.alert_id)
        other = next(one for one in articles.get_many(tx, room.article_ids) if "northwind" not in one.named)
        assert other.id < min(alert.article_ids)
        alerts.put(tx, alert, [other.id])
        told = articles.get(tx, min(alert.article_ids)).title
    (row,) = desk_of("ann").caseload(Wanted()).rows
    assert row.alert.article_ids[0] == other.id and row.title == told != other.title


def test_what_is_judged_blind_gives_no_alert_its_title(
    room: Newsroom, desk_of: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of("ann")
    (before,) = desk.caseload(Wanted()).rows
    ids = before.alert.article_ids
    article = desk.article(min(ids)).article
    assert before.title == article.title
    monkeypatch.setattr(Desk, "_hidden", lambda self, tx: {article.story_id})
    (after,) = desk.caseload(Wanted()).rows
    assert set(after.alert.article_ids) < set(ids) and article.id not in after.alert.article_ids
    assert after.title == desk.article(min(after.alert.article_ids)).article.title


def test_several_are_handled_one_by_one_and_answered_for(
    room: Newsroom, monitor: Monitor, desk_of: Callable[..., Desk], clock: Clock
) -> None:
    desk = desk_of("ann")
    with monitor.store.begin() as tx:
        for number in range(3):
            alerts.put(tx, alarm(f"a{number}", NOW, scope=Scope("company", f"c{number // 2}")))
        alerts.put(tx, alarm("over", NOW, state=AlertState.RESOLVED, resolved_at=NOW, resolved_by="bo"))
    ids = ["a0", "over", "missing", "a1", "a0"]
    done = desk.handle(ids, Action.RESOLVE, note="known")
    assert [one.alert_id for one in done] == ["a0", "over", "missing", "a1"]
    assert [bool(one.alert) for one in done] == [True, False, False, True]
    assert "resolved by bo" in done[1].problem and "no such alert" in done[2].problem
    assert desk.alert("a1").events[-1].note == "known"
    (given,) = desk.handle(["a2"], Action.ASSIGN, to="ann")
    assert given.alert is not None and given.alert.owner == "ann"
    (refused,) = desk.handle(["a2"], "assign", to="missing")
    assert refused.alert is None and "cannot own" in refused.problem
    told = desk.handle(["a0", "a1", "a2"], Action.SILENCE, hours=2, until_worse=False)
    assert all(one.alert for one in told)
    with monitor.store.read() as tx:
        made = silences.active(tx, clock())
    assert [(one.rule, one.company, one.until_worse) for one in made] == [
        ("surge", "c0", False),
        ("surge", "c1", False),
    ], "two about the same are silenced once"
    for wrong, why in ((([], "assign"), "at least one"), ((["x"] * 3, "delete"), "cannot be done")):
        with pytest.raises(UserError, match=why):
            desk.handle(*wrong)
    with pytest.raises(UserError, match="101 alerts"):
        desk.handle([str(number) for number in range(101)], "assign")


def test_deadlines_hold_over_a_start_and_another_file_of_settings(
    room: Newsroom, monitor: Monitor, desk_of: Callable[..., Desk], clock: Clock
) -> None:
    with monitor.store.begin() as tx:
        alerts.put(tx, deadlines.dated(alarm("a", NOW), monitor.settings.alerts, NO_WAIT))
    stricter = monitor.settings.alerts.model_copy(update={"wait_minutes": 600.0})
    monitor.settings = monitor.settings.model_copy(update={"alerts": stricter})
    clock.advance(minutes=61)
    desk = desk_of("ann")
    assert desk.caseload(Wanted()).overdue == 1
    assert [one.id for one in desk.find_alerts(Wanted(overdue_at=clock()))] == ["a"]
    desk.acknowledge("a")
    assert desk.caseload(Wanted()).overdue == 0
    assert desk.alert_counts(Wanted(states=OPEN, owner="ann"))[AlertState.ACKNOWLEDGED] == 1
    assert desk.alert_owners() == ["ann"] and desk.alert_rules() == ["surge"]


def test_an_operational_alert_says_what_does_not_work_and_has_no_counts(
    monitor: Monitor, desk_of: Callable[..., Desk]
) -> None:
    silent = Condition(Scope("source", "bbc"), Message("operating.quiet", source="bbc", at="9", hours=3))
    outbox.attend(monitor.store, [silent], 9, monitor.settings.alerts, Tree(), NOW)
    (row,) = desk_of("ann").caseload(Wanted()).rows
    assert (row.title, row.windows, row.alert.rule) == (str(silent.what), [], "operation")
    assert row.alert.acknowledge_by == NOW + timedelta(minutes=15 + 60), "once people are told"
    assert row.alert.rule_severity == "warning"
