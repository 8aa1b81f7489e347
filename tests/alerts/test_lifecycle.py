"""The alert state machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import lifecycle
from monitor.alerts.lifecycle import Event
from monitor.errors import ConflictError
from monitor.records import Alert, AlertState, Scope, Signal

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(minutes=5)


@dataclass(frozen=True)
class Settings:
    window_minutes: float = 60
    min_negative: int = 5
    p_value: float = 0.001
    confirm_minutes: float = 0
    recover_after: int = 2
    repeat_hours: float = 24


def signal(at: datetime = AT, observed: int = 10, p: float = 1e-6, expected: float = 1.0) -> Signal:
    return Signal(Scope("company", "acme"), "surge", observed, expected, p, at - HOUR, at)


def opened(settings: Settings | None = None, at: datetime = AT, observed: int = 10) -> Alert:
    alert, _ = lifecycle.step(None, signal(at, observed), settings or Settings(), at, (1, 2))
    assert alert is not None
    return alert


def names(events: tuple[Event, ...]) -> list[str]:
    return [event.name for event in events]


def test_a_surge_opens_one_alert_with_its_evidence() -> None:
    alert, events = lifecycle.step(None, signal(), Settings(), AT, (7, 3))
    assert alert is not None
    assert (alert.state, alert.observed, alert.expected, alert.p_value) == (AlertState.FIRING, 10, 1.0, 1e-6)
    assert (alert.start_at, alert.end_at, alert.opened_at) == (AT - HOUR, AT, AT)
    assert (alert.article_ids, alert.notified_at, alert.notified_observed) == ((3, 7), AT, 10)
    assert names(events) == ["opened"] and events[0].notify
    assert events[0].note == "10 negative stories, 1 expected, p = 1e-06"


@pytest.mark.parametrize(
    "weak",
    [
        None,
        signal(p=0.0011),
        signal(p=float("nan")),
        signal(observed=4),
        signal(observed=5, expected=5.0),
    ],
)
def test_what_is_no_surge_opens_nothing(weak: Signal | None) -> None:
    assert lifecycle.step(None, weak, Settings(), AT) == (None, ())


def test_the_thresholds_themselves_are_enough() -> None:
    alert, _ = lifecycle.step(None, signal(observed=5, p=0.001), Settings(), AT)
    assert alert is not None


def test_repeats_join_the_open_alert_and_tell_nobody() -> None:
    alert, events = lifecycle.step(opened(), signal(AT + TICK, 14), Settings(), AT + TICK, (9, 1))
    assert alert is not None and alert.id == opened().id
    assert (alert.observed, alert.end_at, alert.article_ids) == (14, AT + TICK, (1, 2, 9))
    assert events == ()


def test_the_same_window_again_changes_nothing() -> None:
    first = opened()
    assert lifecycle.step(first, signal(), Settings(), AT, (1, 2)) == (first, ())


def test_an_evaluation_that_arrives_late_changes_nothing() -> None:
    first = opened()
    assert lifecycle.step(first, signal(AT - TICK, 50), Settings(), AT + TICK) == (first, ())


def test_much_worse_is_told_once_per_doubling() -> None:
    alert: Alert | None = opened()
    told = []
    for minute, observed in enumerate((15, 19, 20, 24, 39, 25, 39, 40, 41)):
        at = AT + timedelta(minutes=minute + 1)
        alert, events = lifecycle.step(alert, signal(at, observed), Settings(), at)
        told += [(observed, event.name, event.notify) for event in events]
    assert told == [(20, "updated", True), (40, "updated", True)]


def test_an_alert_that_keeps_firing_is_repeated_until_acknowledged() -> None:
    alert: Alert | None = opened()
    told = []
    for hours in range(1, 100):
        at = AT + HOUR * hours
        alert, events = lifecycle.step(alert, signal(at), Settings(), at)
        told += [hours for event in events if event.notify]
    assert told == [24, 48, 72, 96]
    assert alert is not None
    alert, _ = lifecycle.acknowledge(alert, "ann", at)
    for hours in range(100, 200):
        at = AT + HOUR * hours
        alert, events = lifecycle.step(alert, signal(at), Settings(), at)
        assert events == () and alert is not None and alert.state is AlertState.ACKNOWLEDGED
    alert, events = lifecycle.step(alert, signal(at + HOUR, 20), Settings(), at + HOUR)
    assert names(events) == ["updated"], "much worse is told although somebody has acknowledged"


def test_quiet_windows_recover_then_resolve() -> None:
    alert: Alert | None = opened()
    seen = []
    for ticks in range(1, 30):
        at = AT + TICK * ticks
        alert, events = lifecycle.step(alert, None, Settings(), at)
        assert alert is not None
        seen += [(ticks * 5, event.name, event.notify) for event in events]
        if alert.state is AlertState.RESOLVED:
            break
    assert seen == [(5, "recovering", False), (120, "resolved", True)]
    assert (alert.resolved_at, alert.resolved_by, alert.quiet_windows) == (AT + 2 * HOUR, "", 2)


def test_a_surge_that_comes_back_meanwhile_is_the_same_alert() -> None:
    alert, _ = lifecycle.step(opened(), None, Settings(), AT + HOUR)
    alert, events = lifecycle.step(alert, signal(AT + HOUR + TICK), Settings(), AT + HOUR + TICK)
    assert alert is not None and (alert.state, alert.quiet_windows) == (AlertState.FIRING, 0)
    assert names(events) == ["again"] and not events[0].notify
    alert, _ = lifecycle.step(alert, None, Settings(), AT + 2 * HOUR)
    assert alert is not None and alert.state is AlertState.RECOVERING, "the quiet windows count anew"


def test_an_acknowledged_alert_stays_acknowledged_through_a_lull() -> None:
    alert, events = lifecycle.acknowledge(opened(), "ann", AT + TICK, "calling the desk")
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    assert events == (Event("acknowledged", "calling the desk"),)
    after: Alert | None
    after, _ = lifecycle.step(alert, None, Settings(), AT + HOUR)
    assert after is not None and after.state is AlertState.RECOVERING
    after, _ = lifecycle.step(after, signal(AT + HOUR + TICK), Settings(), AT + HOUR + TICK)
    assert after is not None and (after.state, after.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")


def test_acknowledging_while_it_recovers_leaves_it_recovering() -> None:
    alert, _ = lifecycle.step(opened(), None, Settings(), AT + HOUR)
    assert alert is not None
    alert, _ = lifecycle.acknowledge(alert, "ann", AT + HOUR)
    assert (alert.state, alert.acknowledged_by) == (AlertState.RECOVERING, "ann")


def test_after_it_resolved_a_new_surge_opens_a_new_alert() -> None:
    first, _ = lifecycle.step(opened(), None, Settings(), AT + 3 * HOUR)
    assert first is not None and first.state is AlertState.RESOLVED
    assert lifecycle.step(first, None, Settings(), AT + 4 * HOUR) == (first, ())
    second, events = lifecycle.step(first, signal(AT + 4 * HOUR), Settings(), AT + 4 * HOUR)
    assert second is not None and second.id != first.id and names(events) == ["opened"]


def test_after_somebody_closed_it_what_is_left_of_the_count_decides() -> None:
    """What was closed is left out of the count by the watch; a surge that remains opens at once."""
    closed, events = lifecycle.resolve(opened(), "ann", AT + TICK, "known case")
    assert (closed.state, closed.resolved_by, closed.resolved_at) == (AlertState.RESOLVED, "ann", AT + TICK)
    assert events == (Event("resolved", "known case", notify=True),)
    at = AT + 2 * TICK
    assert lifecycle.step(closed, None, Settings(), at) == (closed, ())
    again, events = lifecycle.step(closed, signal(at, 40), Settings(), at)
    assert again is not None and again.id != closed.id and names(events) == ["opened"]


def test_an_alert_that_opens_in_the_minute_in_which_another_was_dropped_is_another_one() -> None:
    settings = Settings(confirm_minutes=10)
    first, _ = lifecycle.step(None, signal(), settings, AT)
    dropped, _ = lifecycle.step(first, None, settings, AT)
    second, events = lifecycle.step(dropped, signal(), settings, AT)
    assert first is not None and second is not None and names(events) == ["pending"]
    assert second.id != first.id
    assert lifecycle.step(dropped, signal(), settings, AT)[0] == second, "and the same for two processes"


def test_what_is_seen_late_says_so_and_recovers_from_its_opening_on() -> None:
    settings = Settings(recover_after=2)
    late = signal(AT - 5 * HOUR)
    alert, events = lifecycle.step(None, late, settings, AT)
    assert alert is not None and names(events) == ["opened"]
    assert str(events[0].note).startswith("seen late, 5 h after its window ended: ")
    calm, events = lifecycle.step(alert, None, settings, AT + TICK)
    assert calm is not None and (calm.state, names(events)) == (AlertState.RECOVERING, ["recovering"])
    over, _ = lifecycle.step(calm, None, settings, AT + 2 * HOUR)
    assert over is not None and over.state is AlertState.RESOLVED


def test_a_surge_is_confirmed_before_anyone_is_told() -> None:
    settings = Settings(confirm_minutes=10)
    alert, events = lifecycle.step(None, signal(), settings, AT)
    assert alert is not None and alert.state is AlertState.PENDING and alert.notified_at is None
    assert names(events) == ["pending"] and not events[0].notify
    alert, events = lifecycle.step(alert, signal(AT + TICK), settings, AT + TICK)
    assert alert is not None and (alert.state, events) == (AlertState.PENDING, ())
    fires, events = lifecycle.step(alert, signal(AT + 2 * TICK), settings, AT + 2 * TICK)
    assert fires is not None and fires.state is AlertState.FIRING
    assert names(events) == ["opened"] and events[0].notify
    dropped, events = lifecycle.step(alert, None, settings, AT + 2 * TICK)
    assert dropped is not None and dropped.state is AlertState.RESOLVED
    assert names(events) == ["dropped"] and not events[0].notify


def test_of_an_alert_nobody_was_told_of_nobody_is_told_the_end() -> None:
    settings = Settings(confirm_minutes=10)
    alert, _ = lifecycle.step(None, signal(), settings, AT)
    assert alert is not None
    _, events = lifecycle.resolve(alert, "ann", AT)
    assert not events[0].notify
    seen, _ = lifecycle.acknowledge(alert, "ann", AT)
    after, events = lifecycle.step(seen, signal(AT + HOUR, 19), settings, AT + HOUR)
    assert after is not None and (after.state, events) == (AlertState.ACKNOWLEDGED, ())
    _, events = lifecycle.step(seen, None, settings, AT + 3 * HOUR)
    assert names(events) == ["resolved"] and not events[0].notify


def test_answers_that_come_second_are_refused() -> None:
    alert, _ = lifecycle.acknowledge(opened(), "ann", AT)
    with pytest.raises(ConflictError, match="acknowledged by ann"):
        lifecycle.acknowledge(alert, "bob", AT)
    by_hand, _ = lifecycle.resolve(alert, "ann", AT)
    with pytest.raises(ConflictError, match="resolved by ann"):
        lifecycle.resolve(by_hand, "bob", AT)
    with pytest.raises(ConflictError, match="nothing left to acknowledge"):
        lifecycle.acknowledge(by_hand, "bob", AT)
    by_itself = replace(by_hand, resolved_by="")
    with pytest.raises(ConflictError, match="after quiet windows"):
        lifecycle.resolve(by_itself, "bob", AT)


@given(st.lists(st.sampled_from([0, 6, 9, 13, 30]), max_size=60), st.sampled_from([0, 7]))
def test_laws_of_any_course(course: list[int], confirm: int) -> None:
    """Told first of the opening, last of the end; evaluating twice is evaluating once."""
    settings = Settings(confirm_minutes=confirm)
    alert: Alert | None = None
    told: dict[str, list[str]] = {}
    for tick, observed in enumerate(course):
        at = AT + TICK * tick
        verdict = signal(at, observed) if observed else None
        alert, events = lifecycle.step(alert, verdict, settings, at)
        assert lifecycle.step(alert, verdict, settings, at) == (alert, ())
        assert alert is not None or not events
        if alert is not None:
            told.setdefault(alert.id, []).extend(event.name for event in events if event.notify)
            assert (alert.state is AlertState.RESOLVED) == (alert.resolved_at is not None)
            assert alert.quiet_windows < settings.recover_after or alert.state is AlertState.RESOLVED
    for story in told.values():
        assert story[:1] in ([], ["opened"])
        assert story.count("opened") <= 1 and "resolved" not in story[:-1]
