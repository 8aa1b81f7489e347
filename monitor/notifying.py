"""Who is told what, stored together with what they know then.

    tell      of one alert: what each of its receivers is to hear now, or what holds it back
    regular   what was held back of alerts that are over, digests, and heartbeats

What a receiver knows of an alert (`alerts.hearings`) and the message that told it are written in one
transaction, in that of the alert's own change where there is one: so nothing is told twice, and nothing is
taken for told that is in no outbox. What is held back stands in the alert's history, and so does when it was
told after all.

A heartbeat is written by a look that succeeded, and by nothing else. One that still waits when the next one
comes is stood for by that.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.alerts import digest, notice
from monitor.alerts import hearings as hearing
from monitor.alerts.hearings import DIGEST, MUTE, SILENCE, Barrier, Known, News
from monitor.alerts.lifecycle import Event
from monitor.alerts.notice import Titles
from monitor.alerts.routing import Hearing, Tree
from monitor.messages import Message
from monitor.records import OPEN, Alert, AlertState, Article, Delivery, DeliveryState, Scope
from monitor.schedule import timetable
from monitor.schedule.timetable import Last, Timetable
from monitor.store import Store, Tx, alerts, articles, clock, deliveries, hearings, rounds, silences

EVIDENCE = 20
"""Articles shown as an alert's evidence."""

EXAMINED = 500
"""Articles among which those shown are chosen."""

ALL = 1_000_000
"""More alerts than are ever open."""

HEARTBEAT = "heartbeat"


def tell(
    tx: Tx, alert: Alert, events: Sequence[Event], tree: Tree, now: datetime, titles: Titles
) -> list[str]:
    """Put what each receiver of an alert is to hear now into the outbox; who is told. `events` are what just
    happened to it."""
    letters = _Letters(tx, alert, events, now, titles)
    known = hearings.of_alert(tx, alert.id)
    quiet = silences.active(tx, now)
    worse = any(event.worse for event in events)
    heard = [*tree.hearings(alert), *_left(tree, alert, known)]
    told: dict[tuple[str, int], list[str]] = defaultdict(list)
    late: dict[Barrier, list[str]] = defaultdict(list)
    held: dict[Barrier, list[str]] = defaultdict(list)
    waits: set[str] = set()
    for one in heard:
        before = known.get(one.receiver, Known())
        what = hearing.news(alert, one, before, now, worse=worse, told_at=_first(heard, one, known))
        if what is None:
            continue
        barrier = hearing.barrier(alert, one, what, quiet, now)
        if barrier is not None:
            if one.receiver not in waits and before.held_by != str(barrier):
                after = replace(before, held_at=before.held_at or now, held_by=str(barrier))
                known[one.receiver] = after
                hearings.put(tx, alert.id, one.receiver, after)
                held[barrier].append(one.receiver)
            waits.add(one.receiver)
            continue
        letters.write(one.receiver, what)
        known[one.receiver] = hearing.told(alert, one, before, what.event, now)
        hearings.put(tx, alert.id, one.receiver, known[one.receiver])
        told[what.event, one.level if what.event == "escalated" else int(what.worse)].append(one.receiver)
        if before.held_by:
            late[Barrier.read(before.held_by)].append(one.receiver)
    for name, one_knows in known.items():
        if one_knows.held_by and one_knows.told_at is not None and name not in waits:
            # As where a repeat was held back, and somebody acknowledged the alert meanwhile.
            hearings.put(tx, alert.id, name, replace(one_knows, held_at=None, held_by=""))
    _write_down(tx, alert, heard, told, late, held, now)
    return [name for names in told.values() for name in names]


def regular(store: Store, tree: Tree, now: datetime, titles: Titles, *, looked: bool) -> int:
    """Tell what was held back of alerts that are over and whose barrier is gone, digests whose time has come,
    and, where the watch `looked`, heartbeats. How many messages were written."""
    beats = looked and any(one.heartbeat for one in tree.receivers.values())
    with store.read() as tx:  # so that nothing takes a write lock where there is nothing to do
        held = hearings.held(tx)
    if not (held or beats or tree.digests()):
        return 0
    with store.begin() as tx:
        held = hearings.held(tx)
        written = _release(tx, held, tree, now, titles) + _digests(tx, held, tree, now, titles)
        return written + (_heartbeats(tx, tree, now) if beats else 0)


# --- of one alert -------------------------------------------------------------------------------


class _Letters:
    """The messages about an alert at one moment; those that say the same have the same payload."""

    def __init__(self, tx: Tx, alert: Alert, events: Sequence[Event], now: datetime, titles: Titles) -> None:
        self._tx, self._alert, self._now, self._titles = tx, alert, now, titles
        self._note = next((event.note for event in events if event.notify), "")
        if alert.operational and not self._note:  # what does not work is in the history
            self._note = next((one.note for one in alerts.events(tx, alert.id) if one.note), "")
        self._payloads: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._evidence: list[tuple[Article, float | None]] | None = None

    def write(self, receiver: str, what: News) -> None:
        """Put one into the outbox."""
        if (what.event, what.why) not in self._payloads:
            if self._evidence is None:
                self._evidence = _shown(self._tx, self._alert)
            self._payloads[what.event, what.why] = notice.payload(
                *(self._alert, what.event, self._note or what.why, self._evidence, self._titles, what.why)
            )
        payload = self._payloads[what.event, what.why]
        _post(self._tx, receiver, what.event, payload, self._now, self._alert.id)


def _post(
    tx: Tx, receiver: str, event: str, payload: Mapping[str, Any], now: datetime, alert_id: str = ""
) -> str:
    """Put a message into the outbox; its id, which follows from what it tells."""
    key = "\n".join((alert_id, event, now.isoformat(), receiver))
    id = "msg_" + hashlib.sha256(key.encode()).hexdigest()[:32]
    pending = DeliveryState.PENDING
    deliveries.add(tx, Delivery(id, alert_id, receiver, event, payload, pending, 0, now))
    return id


def _left(tree: Tree, alert: Alert, known: Mapping[str, Known]) -> list[Hearing]:
    """Who was told of the alert and is no receiver of it any more: they hear of its end."""
    if alert.state is not AlertState.RESOLVED:
        return []
    heard = {one.receiver for one in tree.hearings(alert)}
    left = [name for name, one in known.items() if one.told_at is not None and name not in heard]
    return [Hearing(name, (), tree.root) for name in left if name in tree.receivers]


def _first(heard: Sequence[Hearing], one: Hearing, known: Mapping[str, Known]) -> datetime | None:
    """When the first receiver of a route was told, without those of its levels."""
    first = [
        at
        for other in heard
        if other.route is one.route and not other.level
        if (at := known.get(other.receiver, Known()).first_at) is not None
    ]
    return min(first, default=None)


def _write_down(
    tx: Tx,
    alert: Alert,
    heard: Sequence[Hearing],
    told: Mapping[tuple[str, int], list[str]],
    late: Mapping[Barrier, list[str]],
    held: Mapping[Barrier, list[str]],
    now: datetime,
) -> None:
    """What of it the alert's history says: who was told again, at which level, late, or not yet."""

    def note(event: str, key: str, receivers: Iterable[str], **values: object) -> None:
        alerts.event(tx, alert.id, now, "", event, Message(key, receivers=list(receivers), **values))

    for barrier, names in late.items():
        note("told", "routes.caught_up", names, why=barrier.said())
    for (event, number), names in told.items():
        if event == "escalated":
            after = next(one.after for one in heard if one.level == number and one.receiver in names)
            note(event, "routes.escalated", names, level=number, minutes=after.total_seconds() / 60)
        elif event == "updated" and not number:
            note("repeated", "routes.unacknowledged", names)
    for barrier, names in held.items():
        if barrier.kind == SILENCE:
            said = Message("alerting.silenced", silence=int(barrier.name))
            alerts.event(tx, alert.id, now, "", "silenced", said)
        elif barrier.kind == MUTE:
            mutes = (mute for one in heard for mute in one.route.mutes if mute.name == barrier.name)
            mute = next(mutes, None)
            note("held", "routes.held", names, why=barrier.said(mute.ends_at(now) if mute else None))


def _shown(tx: Tx, alert: Alert) -> list[tuple[Article, float | None]]:
    """The alert's newest articles, the most certainly negative first."""
    views = articles.views(tx, alert.article_ids[-EXAMINED:])
    shown = [(view.article, _negative(view, alert.scope)) for view in views]
    return sorted(shown, key=lambda piece: -(piece[1] or 0))[:EVIDENCE]


def _negative(view: articles.ArticleView, scope: Scope) -> float | None:
    """The probability that an article is negative (towards the company in `scope`, where there is
    one): 0 or 1 where an analyst decided, None where nothing is known."""
    if not scope.company:
        if view.labelled:
            return float(view.sentiment == "negative")
        return view.prediction.sentiment["negative"] if view.prediction else None
    towards = view.companies.get(scope.company)
    if towards is None or not towards.sentiment:
        return None
    if view.prediction is None or towards.confidence == 1.0:
        return float(towards.sentiment == "negative")
    return view.prediction.towards(scope.company)["negative"]


# --- regularly ----------------------------------------------------------------------------------

Held = Sequence[tuple[str, str, Known]]


def _release(tx: Tx, held: Held, tree: Tree, now: datetime, titles: Titles) -> int:
    """Tell what was held back of alerts that are over: their end to those who knew of them, one summary of
    the others to each receiver. An open alert is told by its next look."""
    mutes, timetables = tree.mutes(), set(tree.digests())
    quiet = silences.active(tx, now)
    summaries: dict[tuple[str, Barrier], list[Alert]] = defaultdict(list)
    written = 0
    for alert_id, name, known in held:
        by = Barrier.read(known.held_by)
        if by.kind == DIGEST and (name, by.name) in timetables:
            continue
        if by.kind == MUTE and by.name in mutes and mutes[by.name].covers(now):
            continue
        alert = alerts.get(tx, alert_id)
        if alert.state is not AlertState.RESOLVED:
            continue
        one = next((one for one in tree.hearings(alert) if one.receiver == name), None)
        if one is None and known.told_at is not None and name in tree.receivers:
            one = Hearing(name, (), tree.root)
        if one is None:
            hearings.put(tx, alert_id, name, replace(known, held_at=None, held_by="", over=True))
            alerts.event(tx, alert_id, now, "", "held", Message("routes.dropped", receivers=[name]))
            continue
        barrier = hearing.barrier(alert, one, News("resolved"), quiet, now)
        if barrier is not None:
            if barrier != by:
                hearings.put(tx, alert_id, name, replace(known, held_by=str(barrier)))
            continue
        after = hearing.told(alert, one, known, "resolved", now)
        if known.told_at is not None:
            _Letters(tx, alert, (), now, titles).write(name, News("resolved"))
            note = Message("routes.caught_up", receivers=[name], why=by.said())
            alerts.event(tx, alert_id, now, "", "told", note)
            written += 1
        elif by.kind == SILENCE:  # somebody said that they are not to hear of it
            after = replace(known, held_at=None, held_by="", over=True)
        else:
            summaries[name, by].append(alert)
        hearings.put(tx, alert_id, name, after)
    for (name, by), found in summaries.items():
        since = min(alert.opened_at for alert in found)
        payload = digest.payload("summary", found, since, now, titles, tree.receivers[name].room)
        _post(tx, name, "summary", payload, now)
        for alert in found:
            note = Message("routes.summed", receivers=[name], why=by.said())
            alerts.event(tx, alert.id, now, "", "told", note)
    return written + len(summaries)


def _digests(tx: Tx, held: Held, tree: Tree, now: datetime, titles: Titles) -> int:
    """Write the digests whose time has come; nothing where nothing happened, unless the receiver asks for
    it."""
    seconds = clock.seconds(tx)
    wall = now.astimezone(tree.zone).replace(tzinfo=None)
    written = 0
    for name, expression in tree.digests():
        what = f"{DIGEST} {expression}"
        before = rounds.last(tx, name, what)
        if before is None:
            rounds.put(tx, name, what, Last(seconds, wall), now)
            continue
        last, since = before
        due = Timetable(expression).after(last, seconds, wall)
        if not due.slots:
            continue
        rounds.put(tx, name, what, Last(seconds, due.served), now)
        found = [
            (alerts.get(tx, id), known) for id, who, known in held if (who, known.held_by) == (name, what)
        ]
        receiver = tree.receivers[name]
        if not found and not receiver.digest_empty:
            continue
        about = [alert for alert, _ in found]
        _post(tx, name, DIGEST, digest.payload(DIGEST, about, since, now, titles, receiver.room), now)
        written += 1
        for alert, known in found:
            hearings.put(
                tx, alert.id, name, hearing.told(alert, Hearing(name, (), tree.root), known, DIGEST, now)
            )
            note = Message("routes.digested", receivers=[name])
            alerts.event(tx, alert.id, now, "", "told", note)
    return written


def _heartbeats(tx: Tx, tree: Tree, now: datetime) -> int:
    seconds = clock.seconds(tx)
    written = 0
    for name, receiver in tree.receivers.items():
        if receiver.heartbeat is None:
            continue
        before = rounds.last(tx, name, HEARTBEAT)
        if not timetable.after(receiver.heartbeat, before and before[0], seconds).slots:
            continue
        rounds.put(tx, name, HEARTBEAT, Last(seconds), now)
        stale = deliveries.waiting(tx, name, HEARTBEAT)
        open_now = len(alerts.page(tx, OPEN, limit=ALL))
        id = _post(tx, name, HEARTBEAT, digest.heartbeat(now, receiver.heartbeat, open_now), now)
        for one in stale:
            deliveries.fold(tx, one.id, id)
        written += 1
    return written
