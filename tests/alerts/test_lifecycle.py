"""The alert state machine."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import lifecycle
from monitor.alerts.lifecycle import QUIET, WORSE, Event, Seen
from monitor.detection import cells
from monitor.detection.budget import Cut
from monitor.detection.episodes import HOLD, Episode, Episodes, Rise
from monitor.detection.rules import Rule
from monitor.errors import ConflictError
from monitor.records import Alert, AlertState, Scope
from monitor.settings import AlertSettings
from tests.alarms import alarm

AT = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(minutes=5)
OVER = HOLD * cells.FINE
RULE = Rule("surge", "surge", severity="critical")
AT_ONCE = timedelta(0)
SETTINGS = AlertSettings()
CUT = Cut("surge", 0, 3.5, checked=True, weeks=30, openings=9)


def rise(
    at: datetime = AT, voices: int = 10, score: float = 6.0, series: str = "company:acme", late: int = 0
) -> Rise:
    """What rises at a moment: so many voices in the day before."""
    return Rise(
        *(cells.cell(at) + 1, series, score, frozenset(range(voices)), voices, voices - 0.5, 1.0, 24),
        low=0.25,
        high=3.0,
        seen_at=at,
        articles=tuple(range(1, voices + 1)),
        late=late,
    )


class Course:
    """An episode of a rule, as it goes on."""

    def __init__(self, first: Rise, larger: bool = False) -> None:
        self.episodes, self.larger = Episodes(RULE.least), larger
        [self.episode] = self.episodes.rise(first.at, [first], CUT.value)

    @property
    def seen(self) -> Seen:
        return Seen("alert_1", RULE, self.episode, CUT, self.larger)

    def rises(self, one: Rise) -> Seen:
        assert self.episodes.rise(one.at, [one], CUT.value) == []
        return self.seen

    def waits(self, now: datetime) -> Seen:
        self.episodes.end(cells.cell(now) + 1)
        return self.seen


def step(
    alert: Alert | None, seen: Seen | None, wait: timedelta, now: datetime, beside: Alert | None = None
) -> tuple[Alert | None, tuple[Event, ...]]:
    return lifecycle.step(alert, seen, SETTINGS, wait, now, beside)


def opened(course: Course | None = None, wait: timedelta | None = None, at: datetime = AT) -> Alert:
    alert, _ = step(None, (course or Course(rise())).seen, wait or AT_ONCE, at)
    assert alert is not None
    return alert


def names(events: tuple[Event, ...]) -> list[str]:
    return [event.name for event in events]


# --- opening ----------------------------------------------------------------------------------


def test_an_episode_opens_an_alert_with_its_figures_and_evidence() -> None:
    alert, events = step(None, Course(rise()).seen, AT_ONCE, AT + TICK)
    end = AT - timedelta(minutes=2) + TICK
    assert alert == Alert(
        id="alert_1",
        rule="surge",
        scope=Scope("company", "acme"),
        state=AlertState.FIRING,
        opened_at=AT,
        updated_at=AT + TICK,
        observed=9.5,
        expected=1.0,
        p_value=1e-6,
        start_at=end - 24 * HOUR,
        end_at=end,
        voices=10,
        score=6.0,
        cut=3.5,
        checked=True,
        last_at=AT,
        low=0.25,
        high=3.0,
        severity="critical",
        rule_severity="critical",
        article_ids=tuple(range(1, 11)),
        notified_at=AT + TICK,
        notified_voices=10,
        acknowledge_by=AT + TICK + timedelta(minutes=15),
        resolve_by=AT + TICK + 24 * HOUR,
    )
    assert names(events) == ["opened"] and events[0].notify
    assert str(events[0].note) == "10 negative voices in 24 h; all weigh 9.5, 1.0 expected, p = 1e-06"


def test_a_score_that_is_no_p_value_is_told_with_its_cut() -> None:
    alert, events = step(None, Course(rise(), larger=True).seen, AT_ONCE, AT)
    assert alert is not None and alert.p_value is None and alert.score == 6.0
    assert str(events[0].note).endswith("1.0 expected, score 6 over 3.5")


def test_no_episode_and_one_that_is_over_open_nothing() -> None:
    assert step(None, None, AT_ONCE, AT) == (None, ())
    course = Course(rise())
    late = AT + OVER + HOUR
    assert step(None, course.waits(late), AT_ONCE, late) == (None, ())


@pytest.mark.parametrize(
    ("late", "said"),
    [(11, ""), (12, "seen late, 1 h after its window ended: "), (60, "seen late, 5 h after")],
)
def test_what_is_seen_late_says_so_and_is_of_the_window_that_was_late(late: int, said: str) -> None:
    alert, events = step(None, Course(rise(late=late)).seen, AT_ONCE, AT)
    assert alert is not None and names(events) == ["opened"]
    assert str(events[0].note).startswith(said or "10 negative voices")
    assert alert.end_at == cells.begins(cells.cell(AT) + 1 - late) and alert.opened_at == AT


def test_deadlines_run_from_the_end_of_the_wait_of_its_routes() -> None:
    at_once, later = opened(), opened(wait=timedelta(minutes=20))
    assert at_once.acknowledge_by is not None and later.acknowledge_by is not None
    assert later.acknowledge_by - at_once.acknowledge_by == timedelta(minutes=20)
    late = opened(at=AT + timedelta(hours=5))
    assert late.acknowledge_by is not None, "and what people hear of late is theirs from then on"
    assert late.acknowledge_by - at_once.acknowledge_by == timedelta(hours=5)


def test_people_are_told_after_the_wait() -> None:
    wait, course = timedelta(minutes=10), Course(rise())
    alert, events = step(None, course.seen, wait, AT)
    assert alert is not None and (alert.state, alert.notified_at) == (AlertState.PENDING, None)
    assert names(events) == ["pending"] and not events[0].notify
    grown = course.rises(rise(AT + TICK, 14, 7.0))
    alert, events = step(alert, grown, wait, AT + TICK)
    assert alert is not None and (alert.state, alert.voices, events) == (AlertState.PENDING, 14, ())
    alert, events = step(alert, grown, wait, AT + 2 * TICK)
    assert alert is not None and (alert.state, alert.notified_voices) == (AlertState.FIRING, 14)
    assert names(events) == ["opened"] and events[0].notify and "14 negative voices" in str(events[0].note)
    # A look that comes only after the wait opens it at once.
    assert opened(wait=wait, at=AT + 2 * TICK).state is AlertState.FIRING


def test_what_people_are_told_of_late_may_be_calm_already() -> None:
    """As after a night in which nothing looked: one look says both, and another one nothing more."""
    at = AT + QUIET + TICK
    course = Course(rise())
    for wait in (AT_ONCE, timedelta(minutes=60)):
        before = None if not wait else opened(course, wait)
        alert, events = step(before, course.waits(at), wait, at)
        assert alert is not None and alert.state is AlertState.RECOVERING
        assert names(events) == ["opened", "recovering"] and [one.notify for one in events] == [True, False]
        assert step(alert, course.seen, wait, at) == (alert, ())


# --- going on ---------------------------------------------------------------------------------


def test_what_rises_on_is_in_the_alert_and_tells_nobody() -> None:
    course = Course(rise())
    alert = opened(course)
    changed, events = step(alert, course.rises(rise(AT + TICK, 14, 8.0)), AT_ONCE, AT + TICK)
    assert changed is not None and events == () and changed.id == alert.id
    assert (changed.voices, changed.score, changed.last_at) == (14, 8.0, AT + TICK)
    assert changed.article_ids == tuple(range(1, 15)) and changed.opened_at == AT


def test_an_alert_is_named_by_the_smallest_scope_that_rises() -> None:
    course = Course(rise())
    alert = opened(course)
    smaller = course.rises(rise(AT + TICK, 8, 5.0, "both:legal:acme"))
    changed, _ = step(alert, smaller, AT_ONCE, AT + TICK)
    assert changed is not None and changed.scope == Scope("both", "legal:acme")
    assert (changed.id, changed.voices, changed.score) == (alert.id, 8, 5.0), "with that scope's figures"


def test_looking_again_changes_nothing() -> None:
    course = Course(rise())
    alert = opened(course)
    assert step(alert, course.seen, AT_ONCE, AT) == (alert, ())
    assert step(alert, course.seen, AT_ONCE, AT + TICK) == (alert, ())


def test_evidence_is_never_taken_away() -> None:
    course = Course(rise())
    more = replace(opened(course), article_ids=(*range(1, 11), 77))
    changed, _ = step(more, course.seen, AT_ONCE, AT)
    assert changed == more


def test_much_worse_is_told_once_per_doubling() -> None:
    course, told = Course(rise()), []
    alert: Alert | None = opened(course)
    for minute, voices in enumerate((15, 19, 20, 24, 39, 25, 39, 40, 41)):
        at = AT + timedelta(minutes=minute + 1)
        alert, events = step(alert, course.rises(rise(at, voices, 6.0 + minute)), AT_ONCE, at)
        told += [(voices, event.name, event.notify) for event in events]
    assert WORSE == 2 and told == [(20, "updated", True), (40, "updated", True)]


def test_what_goes_on_as_it_is_says_nothing_new_and_an_acknowledged_alert_still_gets_worse() -> None:
    course = Course(rise())
    alert: Alert | None = opened(course)
    for hours in range(1, 100):
        at = AT + HOUR * hours
        alert, events = step(alert, course.rises(rise(at)), AT_ONCE, at)
        assert events == () and alert is not None and alert.notified_at == AT
    alert, _ = lifecycle.acknowledge(alert, "ann", at)
    worse = course.rises(rise(at + HOUR, 20, 9.0))
    alert, events = step(alert, worse, AT_ONCE, at + HOUR)
    assert names(events) == ["updated"], "much worse is told although somebody has acknowledged"


@pytest.mark.parametrize("back", [timedelta(minutes=50), timedelta(days=365)])
def test_a_clock_set_back_holds_no_wait_for_longer_than_it_lasts(back: timedelta) -> None:
    """What opened in the future waits for an hour more at most, and is told once."""
    course, wait = Course(rise()), timedelta(minutes=30)
    alert: Alert | None = opened(course, wait)
    told, at = [], AT - back
    for minutes in range(0, 150, 10):
        alert, events = step(alert, course.seen, wait, at + timedelta(minutes=minutes))
        told += [(minutes, event.name) for event in events if event.notify]
    assert told == [(0 if back > HOUR else 80, "opened")]


# --- calm and the end -------------------------------------------------------------------------


def test_calm_recovers_then_resolves_when_the_episode_ends() -> None:
    course, seen = Course(rise()), []
    alert: Alert | None = opened(course)
    for ticks in range(1, 400):
        at = AT + TICK * ticks
        alert, events = step(alert, course.waits(at), AT_ONCE, at)
        assert alert is not None
        seen += [(ticks, event.name, event.notify) for event in events]
        if alert.state is AlertState.RESOLVED:
            break
    assert seen == [
        (QUIET // TICK + 1, "recovering", False),
        (HOLD + 1, "resolved", True),
    ]
    assert str(events[0].note) == "nothing rose for 24 hours"
    assert course.episode.ended_at is not None and alert is not None
    assert (alert.resolved_at, alert.resolved_by) == (cells.begins(course.episode.ended_at), "")


def test_a_look_that_comes_late_resolves_it_when_it_was_over() -> None:
    course = Course(rise())
    late = AT + 5 * OVER
    alert, events = step(opened(course), course.waits(late), AT_ONCE, late)
    assert alert is not None and names(events) == ["resolved"] and alert.updated_at == late
    assert alert.resolved_at == cells.begins(course.episode.last_at) + OVER


def test_an_alert_whose_rule_was_taken_out_goes_quiet_and_ends() -> None:
    alert: Alert | None = opened()
    alert, events = step(alert, None, AT_ONCE, AT + QUIET + TICK)
    assert alert is not None and names(events) == ["recovering"] and alert.voices == 10
    assert step(alert, None, AT_ONCE, AT + OVER - TICK) == (alert, ())
    alert, events = step(alert, None, AT_ONCE, AT + OVER)
    assert alert is not None and names(events) == ["resolved"] and alert.resolved_at == AT + OVER


def test_what_rises_again_meanwhile_is_the_same_alert() -> None:
    course = Course(rise())
    at = AT + QUIET + TICK
    calm, _ = step(opened(course), course.waits(at), AT_ONCE, at)
    assert calm is not None and calm.state is AlertState.RECOVERING
    again, events = step(calm, course.rises(rise(at + TICK)), AT_ONCE, at + TICK)
    assert again is not None and again.state is AlertState.FIRING
    assert names(events) == ["again"] and not events[0].notify


def test_an_acknowledged_alert_stays_acknowledged_through_a_lull() -> None:
    course = Course(rise())
    alert, events = lifecycle.acknowledge(opened(course), "ann", AT + TICK, "calling the desk")
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    assert events == (Event("acknowledged", "calling the desk"),)
    at = AT + QUIET + TICK
    after, _ = step(alert, course.waits(at), AT_ONCE, at)
    assert after is not None and after.state is AlertState.RECOVERING
    after, _ = step(after, course.rises(rise(at + TICK)), AT_ONCE, at + TICK)
    assert after is not None and (after.state, after.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")


def test_acknowledging_while_it_recovers_leaves_it_recovering() -> None:
    course = Course(rise())
    at = AT + QUIET + TICK
    alert, _ = step(opened(course), course.waits(at), AT_ONCE, at)
    assert alert is not None
    alert, _ = lifecycle.acknowledge(alert, "ann", at)
    assert (alert.state, alert.acknowledged_by) == (AlertState.RECOVERING, "ann")


def test_what_is_resolved_stays_so_whatever_rises() -> None:
    course = Course(rise())
    closed, events = lifecycle.resolve(opened(course), "ann", AT + TICK, "known case")
    assert (closed.state, closed.resolved_by, closed.resolved_at) == (AlertState.RESOLVED, "ann", AT + TICK)
    assert events == (Event("resolved", "known case", notify=True),)
    at = AT + 2 * TICK
    assert step(closed, course.rises(rise(at, 40, 20.0)), AT_ONCE, at) == (closed, ())
    assert step(closed, None, AT_ONCE, at) == (closed, ())


def test_of_an_alert_nobody_was_told_of_nobody_is_told_the_end() -> None:
    wait, course = timedelta(minutes=10), Course(rise())
    alert = opened(course, wait)
    _, events = lifecycle.resolve(alert, "ann", AT)
    assert not events[0].notify
    seen, _ = lifecycle.acknowledge(alert, "ann", AT)
    after, events = step(seen, course.rises(rise(AT + HOUR, 19, 7.0)), wait, AT + HOUR)
    assert after is not None and (after.state, events) == (AlertState.ACKNOWLEDGED, ())
    late = AT + OVER + 2 * HOUR
    _, events = step(seen, course.waits(late), wait, late)
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
    with pytest.raises(ConflictError, match="by itself"):
        lifecycle.resolve(by_itself, "bob", AT)


# --- beside another ---------------------------------------------------------------------------

KNOWN = alarm("alert_0", rule="shares", notified_at=AT, article_ids=tuple(range(1, 7)))


def test_what_people_know_by_another_alert_is_not_told_again() -> None:
    course = Course(rise())
    alert, events = step(None, course.seen, AT_ONCE, AT, KNOWN)
    assert alert is not None and alert.state is AlertState.FIRING
    assert (alert.notified_at, alert.notified_voices) == (None, 10)
    assert names(events) == ["opened"] and not events[0].notify
    assert "shares" in str(events[0].note) and "10 negative voices" in str(events[0].note)
    # Nor is it repeated, nor its end told; what gets much worse is.
    for hours in (1, 23, 25):
        at = AT + hours * HOUR
        alert, events = step(alert, course.rises(rise(at)), AT_ONCE, at, KNOWN)
        assert events == ()
    over = at + OVER + HOUR
    _, events = step(alert, course.waits(over), AT_ONCE, over)
    assert names(events) == ["resolved"] and not events[0].notify
    other = Course(rise())
    worse, _ = step(None, other.seen, AT_ONCE, AT, KNOWN)
    worse, events = step(worse, other.rises(rise(AT + TICK, 20, 9.0)), AT_ONCE, AT + TICK)
    assert names(events) == ["updated"] and events[0].notify and worse is not None
    assert worse.notified_at == AT + TICK


def test_after_a_wait_it_is_what_people_know_by_then_that_counts() -> None:
    wait, course = timedelta(minutes=10), Course(rise())
    alert = opened(course, wait)
    alone, events = step(alert, course.seen, wait, AT + 2 * TICK)
    assert names(events) == ["opened"] and events[0].notify and alone is not None
    _, events = step(alert, course.seen, wait, AT + 2 * TICK, KNOWN)
    assert names(events) == ["opened"] and not events[0].notify


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"article_ids": (1, 2, 3, 4, 5)}, True),  # half of ten
        ({"article_ids": (1, 2, 3, 4, 50, 51, 52)}, False),
        ({"article_ids": ()}, False),
        ({"rule": "surge"}, False),
        ({"state": AlertState.RESOLVED}, False),
        ({"state": AlertState.ACKNOWLEDGED}, True),
        ({"notified_at": None}, False),
    ],
)
def test_another_alert_says_the_same_where_people_know_of_it_and_it_holds_half(
    other: dict[str, object], same: bool
) -> None:
    assert lifecycle.says_the_same(opened(), replace(KNOWN, **other)) is same
    assert not lifecycle.says_the_same(replace(opened(), article_ids=()), replace(KNOWN, **other))


@given(
    st.lists(st.tuples(st.sampled_from([1, 12, 80, 300]), st.sampled_from([0, 4, 9, 13, 30])), max_size=60),
    st.sampled_from([0, 7, 90]),
    st.integers(0, 9),
)
def test_laws_of_any_course(course: list[tuple[int, int]], wait: float, seed: int) -> None:
    """Told first of the opening, last of the end; looking twice is looking once; and no look between two is
    needed to resolve what is over, or to name it."""
    wait, rng = timedelta(minutes=wait), random.Random(seed)
    state, alerts, told, at = Episodes(RULE.least), dict[str, Alert](), dict[str, list[str]](), AT
    episodes: dict[str, Episode] = {}
    seldom: dict[str, Alert] = {}
    for ticks, voices in course:
        at += TICK * ticks
        some = [rise(at, voices, 3.0 + voices / 4)] if voices else []
        for one in state.rise(cells.cell(at) + 1, some, CUT.value):
            episodes[f"alert_{len(episodes)}"] = one
        for id, episode in episodes.items():
            seen = Seen(id, RULE, episode, CUT)
            alert, events = step(alerts.get(id), seen, wait, at)
            assert step(alert, seen, wait, at) == (alert, ())
            assert alert is not None or not events
            if rng.random() < 0.3:
                less, _ = step(seldom.get(id), seen, wait, at)
                seldom |= {id: less} if less else {}
            if alert is not None:
                alerts[id] = alert
                told.setdefault(id, []).extend(event.name for event in events if event.notify)
                assert (alert.state is AlertState.RESOLVED) is (alert.resolved_at is not None)
                assert alert.resolved_at is None or alert.resolved_at == cells.begins(episode.ended_at or 0)
                assert alert.notified_voices <= alert.voices
    for id, story in told.items():
        assert story[:1] in ([], ["opened"])
        assert story.count("opened") <= 1 and "resolved" not in story[:-1]
        other = seldom.get(id)
        if other is not None and AlertState.RESOLVED in (other.state, alerts[id].state):
            less, _ = step(other, Seen(id, RULE, episodes[id], CUT), wait, at)
            assert less is not None and (less.resolved_at, less.scope, less.voices, less.last_at) == (
                *(alerts[id].resolved_at, alerts[id].scope, alerts[id].voices),
                alerts[id].last_at,
            )
