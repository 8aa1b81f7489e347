"""What a receiver is to be told next: it follows from what it knows and from what the alert is now."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts import hearings
from monitor.alerts.hearings import Barrier, Known, News, barrier, news
from monitor.alerts.mute_times import MuteTime
from monitor.alerts.routing import Hearing, Level, Route
from monitor.alerts.silencing import Silence
from monitor.messages import said
from monitor.records import Alert, AlertState
from tests.alarms import alarm

NOW = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHTS = MuteTime("nights", "UTC", ((22 * 60, 7 * 60),))
ROUTE = Route("desk", ("desk",), repeat=timedelta(hours=4), levels=(Level(30 * MINUTE, ("boss",)),))
DESK, BOSS = Hearing("desk", ("alerts",), ROUTE), Hearing("boss", ("alerts",), ROUTE, level=1)
FIRING = alarm("a1", NOW, notified_at=NOW, notified_voices=12)
TOLD = Known(NOW, NOW, 12)


def event(found: News | None) -> str:
    return found.event if found else ""


def test_who_knows_nothing_hears_that_it_opened_once_the_route_has_waited() -> None:
    waits = replace(DESK, route=replace(ROUTE, wait=10 * MINUTE))
    assert event(news(FIRING, DESK, Known(), NOW)) == "opened"
    assert news(FIRING, waits, Known(), NOW + 9 * MINUTE) is None
    assert event(news(FIRING, waits, Known(), NOW + 10 * MINUTE)) == "opened"
    assert news(FIRING, DESK, TOLD, NOW) is None


@pytest.mark.parametrize("state", [AlertState.PENDING, AlertState.FIRING, AlertState.RESOLVED])
def test_of_what_nobody_is_told_of_nobody_is_told(state: AlertState) -> None:
    assert news(replace(FIRING, state=state, notified_at=None), DESK, Known(), NOW) is None


def test_its_end_is_told_once_to_those_who_knew_of_it() -> None:
    over = replace(FIRING, state=AlertState.RESOLVED, resolved_at=NOW + HOUR)
    assert event(news(over, DESK, TOLD, NOW + HOUR)) == "resolved"
    assert news(over, DESK, hearings.told(over, DESK, TOLD, "resolved", NOW + HOUR), NOW + HOUR) is None
    assert news(over, DESK, Known(), NOW + HOUR) is None


def test_it_is_repeated_while_it_goes_on_and_nobody_has_acknowledged_it() -> None:
    at = NOW + 4 * HOUR
    assert news(FIRING, DESK, TOLD, at - MINUTE) is None
    found = news(FIRING, DESK, TOLD, at)
    assert event(found) == "updated" and found is not None and said(found.why, "zh") == "尚无人认领"
    for quiet in (
        replace(FIRING, acknowledged_by="ann", state=AlertState.ACKNOWLEDGED),
        replace(FIRING, state=AlertState.RECOVERING),
    ):
        assert news(quiet, DESK, TOLD, at) is None


def test_what_got_much_worse_since_they_were_told_is_told_whoever_acknowledged_it() -> None:
    worse = replace(FIRING, notified_at=NOW + HOUR, voices=24, acknowledged_by="ann")
    found = news(worse, DESK, TOLD, NOW + 2 * HOUR)
    assert found is not None and (found.event, found.worse) == ("updated", True)
    assert news(worse, DESK, replace(TOLD, told_at=NOW + HOUR), NOW + 2 * HOUR) is None


# --- levels -------------------------------------------------------------------------------------


def test_a_level_is_told_once_when_nobody_acknowledged_it_in_time() -> None:
    at = NOW + 30 * MINUTE
    assert news(FIRING, BOSS, Known(), at - MINUTE, told_at=NOW) is None
    found = news(FIRING, BOSS, Known(), at, told_at=NOW)
    assert event(found) == "escalated"
    known = hearings.told(FIRING, BOSS, Known(), "escalated", at)
    assert known.level == 1 and news(FIRING, BOSS, known, at + HOUR, told_at=NOW) is None
    over = replace(FIRING, state=AlertState.RESOLVED)
    assert event(news(over, BOSS, known, at + HOUR, told_at=NOW)) == "resolved", "they hear of its end"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "ann"},
        {"state": AlertState.RECOVERING},
        {"state": AlertState.RESOLVED},
    ],
)
def test_a_level_hears_nothing_of_what_somebody_does_or_is_over(fields: dict[str, object]) -> None:
    alert = replace(FIRING, **fields)  # type: ignore[arg-type]
    assert news(alert, BOSS, Known(), NOW + HOUR, told_at=NOW) is None


def test_a_level_waits_for_those_before_it_to_be_told() -> None:
    assert news(FIRING, BOSS, Known(), NOW + 9 * HOUR, told_at=None) is None
    assert news(FIRING, BOSS, Known(), NOW + 9 * HOUR, told_at=NOW + 9 * HOUR - MINUTE) is None


def test_who_heard_at_once_is_told_again_at_their_level() -> None:
    found = news(FIRING, BOSS, TOLD, NOW + 31 * MINUTE, told_at=NOW)
    assert event(found) == "escalated"


# --- barriers -----------------------------------------------------------------------------------

MUTED = replace(DESK, route=replace(ROUTE, mutes=(NIGHTS,)))
NIGHT = NOW + 2 * HOUR
OPENED, WORSE = News("opened"), News("updated", worse=True)
SILENCE = Silence(3, "surge", "", "", "", NOW, NOW + 12 * HOUR, False, "ann")


def held(
    hearing: Hearing, one: News, at: datetime = NIGHT, quiet: tuple[Silence, ...] = (), **alert: str
) -> str:
    found = barrier(replace(FIRING, **alert), hearing, one, quiet, at)  # type: ignore[arg-type]
    return str(found) if found else ""


def test_a_mute_time_holds_back_what_the_route_does_not_let_through() -> None:
    assert held(MUTED, OPENED, NOW) == "" and held(DESK, OPENED) == ""
    assert held(MUTED, OPENED) == held(MUTED, WORSE) == "mute nights"
    through = replace(MUTED, route=replace(MUTED.route, through=("critical",)))
    assert held(through, OPENED, severity="critical") == "" and held(through, OPENED) == "mute nights"
    worse = replace(MUTED, route=replace(MUTED.route, until_worse=True))
    assert held(worse, WORSE) == "" and held(worse, OPENED) == "mute nights"


def test_a_silence_comes_before_a_digest_and_a_digest_before_a_mute_time() -> None:
    digest = replace(MUTED, digest="0 8 * * *")
    assert held(digest, WORSE) == "digest 0 8 * * *"
    assert held(digest, WORSE, quiet=(SILENCE,)) == held(MUTED, WORSE, quiet=(SILENCE,)) == "silence 3"
    assert held(MUTED, WORSE, NOW, quiet=(replace(SILENCE, until_worse=True),)) == ""


@pytest.mark.parametrize("text", ["silence 3", "mute early nights", "digest 0 8 * * *"])
def test_a_barrier_is_read_as_it_was_written(text: str) -> None:
    found = Barrier.read(text)
    assert str(found) == text and found.said() and said(found.said(), "zh") != str(found.said())


def test_what_is_told_late_says_since_when_and_why() -> None:
    found = news(FIRING, MUTED, Known(held_at=NIGHT, held_by="mute nights"), NOW + 10 * HOUR)
    assert found is not None
    assert str(found.why) == "open since 2026-03-02 21:00 UTC; not told before: mute time nights"


# --- laws ---------------------------------------------------------------------------------------


class Life:
    """An alert that lives at random for a week, and a receiver who is told of it."""

    def __init__(self, dice: random.Random, hearing: Hearing, quiet: tuple[Silence, ...]) -> None:
        self.dice, self.hearing, self.quiet = dice, hearing, quiet
        self.alert, self.known, self.now = FIRING, Known(), NOW
        self.told: list[tuple[datetime, str]] = []

    def happen(self) -> bool:
        """Whether it got much worse."""
        what = self.dice.random()
        alert = self.alert
        if alert.state is AlertState.RESOLVED:
            return False
        if what < 0.05:
            self.alert = replace(alert, notified_at=self.now, voices=2 * alert.voices)
        elif what < 0.08:
            self.alert = replace(alert, acknowledged_by="ann", state=AlertState.ACKNOWLEDGED)
        elif what < 0.1:
            self.alert = replace(alert, state=AlertState.RESOLVED, resolved_at=self.now)
        return what < 0.05

    def look(self, worse: bool) -> None:
        one = news(self.alert, self.hearing, self.known, self.now, worse=worse)
        if one is None:
            return
        found = barrier(self.alert, self.hearing, one, self.quiet, self.now)
        if found is not None:
            self.known = replace(self.known, held_at=self.known.held_at or self.now, held_by=str(found))
            return
        self.told.append((self.now, one.event))
        self.known = hearings.told(self.alert, self.hearing, self.known, one.event, self.now)


def after(life: Life) -> Alert:
    """The week, at uneven looks."""
    life.look(False)
    while life.now < NOW + timedelta(days=7):
        life.look(life.happen())
        muted = NIGHTS in life.hearing.route.mutes and NIGHTS.covers(life.now)
        silent = any(one.begins_at <= life.now < one.ends_at for one in life.quiet)
        if life.alert.state is not AlertState.RESOLVED and not (muted or silent):
            assert life.known.told_at is not None, "nothing holds it back, so they know of it"
            assert life.alert.notified_at is not None and life.known.told_at >= life.alert.notified_at
            assert life.known.held_at is None or life.alert.acknowledged_by, "but a repeat that is needless"
        life.now += timedelta(minutes=life.dice.choice([1, 5, 5, 30, 240]))
    return life.alert


@pytest.mark.parametrize("seed", range(40))
def test_holding_back_loses_nothing(seed: int) -> None:
    dice = random.Random(seed)
    hearing = dice.choice([DESK, MUTED, replace(MUTED, route=replace(MUTED.route, until_worse=True))])
    quiet = tuple(
        replace(SILENCE, id=k, begins_at=NOW + begins * HOUR, ends_at=NOW + (begins + 9) * HOUR)
        for k, begins in enumerate(dice.sample(range(100), dice.randrange(3)), 1)
    )
    life = Life(dice, hearing, quiet)
    alert = after(life)
    events = [name for _, name in life.told]
    assert events[:1] in ([], ["opened"]) and events.count("opened") <= 1
    assert "resolved" not in events[:-1]
    if life.known.told_at is None:  # it ended while it was held back: a summary, or its history, has it
        assert alert.state is AlertState.RESOLVED and life.known.held_at is not None
    if not quiet:
        assert not any(
            NIGHTS in hearing.route.mutes and NIGHTS.covers(at) and not hearing.route.until_worse
            for at, _ in life.told
        )


@pytest.mark.parametrize("back", [50 * MINUTE, timedelta(days=365)])
def test_a_clock_set_back_holds_no_repeat_for_longer_than_it_lasts(back: timedelta) -> None:
    """What was told in the future waits for an hour more at most."""
    hours = [n for n in range(10) if news(FIRING, DESK, TOLD, NOW - back + n * HOUR)]
    assert hours == (list(range(10)) if back > HOUR else list(range(5, 10)))
