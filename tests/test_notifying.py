"""Who is told what, on a real store: mute times, silences, digests, levels, heartbeats."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import notifying
from monitor.alerts import lifecycle
from monitor.alerts.lifecycle import Event
from monitor.alerts.mute_times import MuteTime
from monitor.alerts.routing import Level, Receiver, Route, Tree
from monitor.alerts.silencing import Silence
from monitor.messages import said
from monitor.records import OPEN, Alert, Delivery, DeliveryState, Scope
from monitor.store import Store, alerts, deliveries, hearings, silences
from tests.alarms import alarm
from tests.clocks import pass_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVENING = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
NIGHTS = MuteTime("nights", "UTC", ((22 * 60, 7 * 60),))


@dataclass
class Room:
    """A store with alerts, and the looks that tell of them."""

    store: Store
    tree: Tree
    now: datetime = EVENING
    seen: set[str] = field(default_factory=set)

    def open(self, id: str, **fields: object) -> None:
        """An alert opens now."""
        self.put(alarm(id, self.now, notified_at=self.now, **fields), Event("opened", "n", notify=True))

    def worse(self, id: str) -> None:
        alert = self.alert(id)
        changed = replace(alert, voices=2 * alert.voices, notified_at=self.now)
        self.put(changed, Event("updated", "much", notify=True, worse=True))

    def acknowledge(self, id: str) -> None:
        changed, events = lifecycle.acknowledge(self.alert(id), "ann", self.now)
        self.put(changed, *events)

    def end(self, id: str) -> None:
        changed, events = lifecycle.resolve(self.alert(id), "ann", self.now)
        self.put(changed, *events)

    def put(self, alert: Alert, *events: Event) -> None:
        with self.store.begin() as tx:
            alerts.put(tx, alert)
            notifying.tell(tx, alert, events, self.tree, self.now, {})

    def look(self, *, looked: bool = True) -> None:
        """What the watch does every so often, a process that has just started as well."""
        with self.store.begin() as tx:
            for alert in alerts.page(tx, OPEN, limit=500):
                notifying.tell(tx, alert, (), self.tree, self.now, {})
        notifying.regular(self.store, self.tree, self.now, {}, looked=looked)

    def wait(self, length: timedelta, step: timedelta | None = None) -> None:
        """Let time pass, with a look at the end, and every `step` where one is given."""
        end = self.now + length
        while self.now < end:
            passed = min(step or length, end - self.now)
            self.now += passed
            with self.store.begin() as tx:
                pass_time(tx, passed.total_seconds())
            self.look()

    def alert(self, id: str) -> Alert:
        with self.store.read() as tx:
            return alerts.get(tx, id)

    def new(self) -> list[Delivery]:
        """The messages since the last call."""
        with self.store.read() as tx:
            found = [one for one in deliveries.all(tx, (), 10_000) if one.id not in self.seen]
        self.seen |= {one.id for one in found}
        return sorted(found, key=lambda one: (one.created_at, one.alert_id, one.notifier))

    def told(self) -> list[tuple[str, str, str]]:
        return [(one.notifier, one.event, one.alert_id) for one in self.new()]

    def history(self, id: str) -> list[tuple[str, str]]:
        with self.store.read() as tx:
            return [(one.event, str(one.note)) for one in alerts.events(tx, id)]


def room(store: Store, *names: str, receivers: dict[str, Receiver] | None = None, **route: object) -> Room:
    found = Tree(
        replace(Route("alerts", names or ("desk",)), **route),  # type: ignore[arg-type]
        {name: Receiver() for name in (*names, "desk", "boss", "head")} | (receivers or {}),
        UTC,
    )
    return Room(store, found)


# --- mute times ---------------------------------------------------------------------------------


def test_what_opens_in_a_mute_time_is_told_in_one_message_when_that_ends(store: Store) -> None:
    desk = room(store, mutes=(NIGHTS,))
    desk.wait(2 * HOUR)
    desk.open("a1")
    desk.worse("a1")
    desk.wait(8 * HOUR - MINUTE, HOUR)
    assert desk.told() == []
    desk.wait(MINUTE)
    [told] = desk.new()
    assert (told.notifier, told.event, told.payload["voices"]) == ("desk", "opened", 24)
    assert "open since 2026-03-02 23:00 UTC; not told before: mute time nights" in told.payload["text"]
    assert "自 2026-03-02 23:00 UTC 起触发" in told.payload["zh"]["text"]
    desk.wait(2 * HOUR, HOUR)
    assert desk.told() == []
    assert desk.history("a1") == [
        ("held", "desk: not told yet: mute time nights until 2026-03-03 07:00 UTC"),
        ("told", "desk: told late: mute time nights"),
    ]


def test_what_opened_and_ended_in_a_mute_time_is_one_summary_for_each_receiver(sqlite_store: Store) -> None:
    desk = room(sqlite_store, "desk", "phone", mutes=(NIGHTS,))
    desk.open("before")
    assert [one[0] for one in desk.told()] == ["desk", "phone"]
    desk.wait(2 * HOUR)
    for id in ("a1", "a2"):
        desk.open(id, scope=Scope("company", id))
    desk.wait(HOUR)
    for id in ("a1", "a2", "before"):
        desk.end(id)
    desk.wait(7 * HOUR - MINUTE, HOUR)
    assert desk.told() == []
    desk.wait(MINUTE)
    told = desk.new()
    ends = [(one.notifier, one.alert_id) for one in told if one.event == "resolved"]
    assert ends == [("desk", "before"), ("phone", "before")], "who knew of it hears of its end"
    summaries = [one for one in told if one.event == "summary"]
    assert [one.notifier for one in summaries] == ["desk", "phone"] and len(told) == 4
    assert [one["alert_id"] for one in summaries[0].payload["alerts"]] == ["a1", "a2"]
    assert summaries[0].alert_id == "" and summaries[0].payload["since_at"].startswith("2026-03-02T23:00")
    assert ("told", "desk: told in a summary, for it was over when mute time nights ended") in desk.history(
        "a1"
    )
    desk.wait(3 * HOUR, HOUR)
    assert desk.told() == []


def test_what_is_grave_goes_through_a_mute_time_where_the_route_says_so(sqlite_store: Store) -> None:
    desk = room(sqlite_store, mutes=(NIGHTS,), through=("critical",), until_worse=True)
    desk.wait(2 * HOUR)
    desk.open("grave", severity="critical")
    desk.open("other")
    assert desk.told() == [("desk", "opened", "grave")]
    desk.now += MINUTE
    desk.worse("other")
    assert desk.told() == [("desk", "opened", "other")], "much worse goes through as well"


def test_a_repeat_that_somebody_made_needless_is_held_back_no_longer(sqlite_store: Store) -> None:
    desk = room(sqlite_store, mutes=(NIGHTS,), repeat=2 * HOUR)
    desk.open("a1")
    desk.wait(3 * HOUR, HOUR)
    assert desk.told() == [("desk", "opened", "a1")]
    desk.acknowledge("a1")
    desk.wait(10 * HOUR, HOUR)
    assert desk.told() == []
    with sqlite_store.read() as tx:
        assert hearings.held(tx) == []


# --- silences -----------------------------------------------------------------------------------


def silence(desk: Room, hours: float, **fields: object) -> None:
    about = Silence(0, "surge", "", "", "", desk.now, desk.now + hours * HOUR, False, "ann")
    with desk.store.begin() as tx:
        silences.add(tx, replace(about, **fields))  # type: ignore[arg-type]


def test_when_a_silence_ends_what_is_still_open_is_told_and_what_is_over_is_not(sqlite_store: Store) -> None:
    desk = room(sqlite_store)
    desk.open("known")
    silence(desk, 4)
    desk.now += MINUTE
    desk.open("still")
    desk.open("over")
    desk.end("over")
    desk.end("known")
    assert desk.told() == [("desk", "opened", "known")]
    desk.wait(4 * HOUR, HOUR)
    assert desk.told() == [("desk", "resolved", "known"), ("desk", "opened", "still")]
    assert desk.history("over") == [("silenced", "nobody was told: silence 1")]
    desk.wait(2 * HOUR, HOUR)
    assert desk.told() == []


# --- waits, repeats, levels ---------------------------------------------------------------------


def test_each_route_waits_and_repeats_at_its_own_pace(sqlite_store: Store) -> None:
    slow = Route(
        "slow", ("phone",), wait=30 * MINUTE, repeat=4 * HOUR, wanted={"rules": ("*",)}, goes_on=True
    )
    fast = Route("fast", ("desk",), repeat=HOUR, wanted={"rules": ("*",)})
    desk = room(sqlite_store, "desk", "phone", routes=(slow, fast))
    desk.open("a1")
    assert desk.told() == [("desk", "opened", "a1")]
    desk.wait(29 * MINUTE)
    assert desk.told() == []
    desk.wait(MINUTE)
    assert desk.told() == [("phone", "opened", "a1")]
    desk.wait(4 * HOUR, 10 * MINUTE)
    told = desk.told()
    assert told.count(("desk", "updated", "a1")) == 4 and told.count(("phone", "updated", "a1")) == 1
    assert [event for event, _ in desk.history("a1")] == ["repeated"] * 5


def test_an_alert_that_ends_before_the_wait_is_over_is_told_to_nobody_who_waits(sqlite_store: Store) -> None:
    desk = room(sqlite_store, wait=30 * MINUTE)
    desk.open("a1")
    desk.wait(10 * MINUTE)
    desk.end("a1")
    desk.wait(DAY, HOUR)
    assert desk.told() == []


LEVELS = (Level(30 * MINUTE, ("boss",)), Level(60 * MINUTE, ("head", "boss")))


def test_what_nobody_acknowledges_goes_up_level_by_level_once(store: Store) -> None:
    desk = room(store, levels=LEVELS)
    desk.open("a1")
    desk.wait(3 * HOUR, 5 * MINUTE)
    told = desk.new()
    assert [(one.notifier, one.event, one.created_at - EVENING) for one in told] == [
        ("desk", "opened", 0 * MINUTE),
        ("boss", "escalated", 30 * MINUTE),
        ("boss", "escalated", 60 * MINUTE),
        ("head", "escalated", 60 * MINUTE),
    ]
    assert (
        told[1].payload["title"].startswith("Nobody has acknowledged: ")
        and "尚无人认领" in told[1].payload["text"]
    )
    assert desk.history("a1") == [
        ("escalated", "boss: level 1, for nobody had acknowledged it 30 minutes after it was told"),
        ("escalated", "head, boss: level 2, for nobody had acknowledged it 60 minutes after it was told"),
    ]
    desk.end("a1")
    assert sorted(desk.told()) == [(name, "resolved", "a1") for name in ("boss", "desk", "head")]


def test_what_is_acknowledged_goes_up_no_further(sqlite_store: Store) -> None:
    desk = room(sqlite_store, levels=LEVELS)
    desk.open("a1")
    desk.wait(40 * MINUTE, 5 * MINUTE)
    desk.acknowledge("a1")
    desk.wait(3 * HOUR, 5 * MINUTE)
    assert desk.told() == [("desk", "opened", "a1"), ("boss", "escalated", "a1")]


def test_a_level_counts_from_when_people_were_told_and_not_from_a_night(sqlite_store: Store) -> None:
    desk = room(sqlite_store, levels=LEVELS, mutes=(NIGHTS,))
    desk.wait(2 * HOUR)
    desk.open("a1")
    desk.wait(8 * HOUR, 30 * MINUTE)
    assert desk.told() == [("desk", "opened", "a1")]
    desk.wait(30 * MINUTE, 10 * MINUTE)
    assert desk.told() == [("boss", "escalated", "a1")]


def test_who_heard_of_an_alert_hears_of_its_end_though_it_goes_elsewhere_now(sqlite_store: Store) -> None:
    desk = room(sqlite_store)
    desk.open("a1")
    desk.tree = replace(desk.tree, root=Route("alerts", ("boss",)))
    desk.look()
    assert desk.told() == [("boss", "opened", "a1"), ("desk", "opened", "a1")]
    desk.end("a1")
    assert sorted(desk.told()) == [("boss", "resolved", "a1"), ("desk", "resolved", "a1")]


# --- digests ------------------------------------------------------------------------------------

DAILY = "0 8 * * *"


def test_a_digest_tells_once_a_day_all_that_happened_and_nothing_of_a_quiet_day(store: Store) -> None:
    desk = room(store, digest=DAILY)
    desk.look()
    desk.open("a1")
    desk.open("a2")
    desk.wait(2 * HOUR)
    desk.end("a2")
    desk.wait(9 * HOUR - MINUTE, HOUR)
    assert desk.told() == []
    desk.wait(MINUTE)
    [told] = desk.new()
    assert (told.event, told.alert_id, told.payload["more"]) == ("digest", "", 0)
    assert [(one["alert_id"], one["state"]) for one in told.payload["alerts"]] == [
        ("a1", "firing"),
        ("a2", "resolved"),
    ]
    assert told.payload["since_at"] == EVENING.isoformat()
    desk.acknowledge("a1")
    desk.wait(DAY, HOUR)
    assert desk.told() == [], "nothing happened"
    desk.end("a1")
    desk.wait(DAY, HOUR)
    [told] = desk.new()
    assert [(one["alert_id"], one["state"]) for one in told.payload["alerts"]] == [("a1", "resolved")]
    assert desk.history("a1") == [("told", "desk: told in a digest")] * 2


def test_what_goes_on_unacknowledged_is_in_the_next_digest_too(sqlite_store: Store) -> None:
    desk = room(sqlite_store, digest=DAILY, repeat=6 * HOUR)
    desk.look()
    desk.open("a1")
    desk.wait(3 * DAY, HOUR)
    assert [one[1] for one in desk.told()] == ["digest"] * 3


def test_an_empty_digest_comes_where_it_is_asked_for(sqlite_store: Store) -> None:
    desk = room(sqlite_store, receivers={"desk": Receiver(digest=DAILY, digest_empty=True)})
    desk.look()
    desk.wait(2 * DAY, HOUR)
    told = desk.new()
    assert [one.event for one in told] == ["digest"] * 2 and told[0].payload["alerts"] == []


def test_a_digest_survives_a_crash_between_its_message_and_what_was_told(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = room(sqlite_store, digest=DAILY)
    desk.look()
    desk.open("a1")
    with monkeypatch.context() as patch:
        patch.setattr(hearings, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.wait(12 * HOUR)
    assert desk.told() == []
    desk.look()
    desk.look()
    assert desk.told() == [("desk", "digest", "")]


def test_a_digest_that_is_taken_out_tells_what_it_held(sqlite_store: Store) -> None:
    desk = room(sqlite_store, digest=DAILY)
    desk.open("open")
    desk.open("over")
    desk.end("over")
    desk.tree = replace(desk.tree, root=Route("alerts", ("desk",)))
    desk.wait(HOUR)
    assert sorted(desk.told()) == [("desk", "opened", "open"), ("desk", "summary", "")]


def test_what_was_held_for_a_receiver_that_is_gone_stands_in_the_history(sqlite_store: Store) -> None:
    desk = room(sqlite_store, digest=DAILY)
    desk.open("a1")
    desk.end("a1")
    desk.tree = Tree(Route("alerts", ("boss",)), {"boss": Receiver()}, UTC)
    desk.wait(HOUR)
    assert desk.told() == []
    told = "desk: not told, for it is no receiver of this alert any more"
    assert desk.history("a1") == [("held", told)]
    with sqlite_store.read() as tx:
        assert hearings.held(tx) == []


# --- heartbeats ---------------------------------------------------------------------------------


def test_a_heartbeat_comes_every_so_often_while_the_watch_looks(store: Store) -> None:
    desk = room(store, receivers={"desk": Receiver(heartbeat=30 * MINUTE)})
    desk.look()
    desk.wait(2 * HOUR, 10 * MINUTE)
    told = desk.new()
    assert [(one.notifier, one.event, one.created_at - EVENING) for one in told] == [
        ("desk", "heartbeat", 30 * MINUTE * k) for k in range(5)
    ]
    assert len({one.id for one in told}) == 5
    for _ in range(10):
        desk.now += 10 * MINUTE
        with store.begin() as tx:
            pass_time(tx, 600.0)
        desk.look(looked=False)
    assert desk.told() == [], "its absence tells"


def test_a_heartbeat_that_waits_is_stood_for_by_the_next(sqlite_store: Store) -> None:
    desk = room(sqlite_store, receivers={"desk": Receiver(heartbeat=30 * MINUTE)})
    desk.look()
    desk.wait(DAY, 30 * MINUTE)
    with sqlite_store.read() as tx:
        waiting = deliveries.all(tx, (DeliveryState.PENDING,))
        folded = deliveries.all(tx, (DeliveryState.FOLDED,))
    assert len(waiting) == 1 and len(folded) == 48
    assert said(folded[0].last_error, "zh") == f"已由更新的消息 {waiting[0].id} 代替" or len(folded) > 1
    with sqlite_store.begin() as tx:
        deliveries.forget(tx, "heartbeat", EVENING + DAY)
    with sqlite_store.read() as tx:
        assert len(deliveries.all(tx, (), 500)) == 1


# --- a law --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_every_alert_is_told_to_everybody_who_hears_of_it_alone_in_a_summary_or_in_a_digest(
    sqlite_store: Store, seed: int
) -> None:
    """Whatever happens to alerts, in whatever order, with starts in between: once every mute time is over and
    every digest has come, nobody has been left out, and nobody was told of an opening twice."""
    dice = random.Random(seed)
    names = ["desk", "night", "mail"]
    night = Route("night", ("night", "desk"), mutes=(NIGHTS,), wanted={"severities": ("info",)}, goes_on=True)
    mail = Route("mail", ("mail",), digest=DAILY, wanted={"rules": ("*",)})
    desk = room(sqlite_store, *names, routes=(night, mail))
    desk.look()
    living: list[str] = []
    for step in range(60):
        if step < 45 and dice.random() < 0.3:
            living.append(f"a{step}")
            desk.open(living[-1], severity=dice.choice(["info", "critical"]))
        if living and dice.random() < 0.2:
            desk.worse(dice.choice(living))
        if living and dice.random() < 0.25:
            desk.end(living.pop(dice.randrange(len(living))))
        desk.wait(dice.choice([MINUTE, HOUR, 3 * HOUR]))
    for id in living:
        desk.end(id)
    desk.wait(2 * DAY, HOUR)
    told = desk.new()
    with sqlite_store.read() as tx:
        assert hearings.held(tx) == []
        everything = alerts.page(tx, limit=500)
    assert len(everything) > 5
    for alert in everything:
        for name in {one.receiver for one in desk.tree.hearings(alert)}:
            assert heard(told, name, alert) == 1, (name, alert.id)


def heard(told: Sequence[Delivery], name: str, alert: Alert) -> int:
    """How often somebody learnt that an alert opened: alone, in a summary, or first in a digest."""
    alone = sum(one.event == "opened" and (one.notifier, one.alert_id) == (name, alert.id) for one in told)
    many = [one for one in told if one.event in ("summary", "digest") and one.notifier == name]
    within = [one for one in many if alert.id in {piece["alert_id"] for piece in one.payload["alerts"]}]
    return alone + min(len(within), 1)
