"""What becomes of an alert, stored together with what people are told of it.

    step | acknowledge | resolve ─→ alert + events ─notice→ deliveries

An alert, its history and a delivery for each receiver are written in one transaction: there is no change of
which nobody hears, and no message of what did not happen. A delivery's id follows from what it tells, so that
a look that is repeated after a crash writes the same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alerts import lifecycle, notice, operating
from monitor.alerts.lifecycle import Seen
from monitor.alerts.notice import Titles
from monitor.alerts.operating import Condition
from monitor.messages import Message
from monitor.records import OPEN, Alert, Article, Delivery, DeliveryState, Scope
from monitor.settings import AlertSettings
from monitor.store import Store, Tx, alerts, articles, audit, counts, deliveries, silences

EVIDENCE = 20
"""Articles shown as an alert's evidence."""

EXAMINED = 500
"""Articles among which those shown are chosen."""

ALL = 1_000_000
"""More alerts than are ever open."""


def advance(
    store: Store,
    alert_id: str,
    seen: Seen | None,
    settings: AlertSettings,
    now: datetime,
    *,
    hears: Callable[[str], Sequence[str]],
    titles: Titles | None = None,
) -> Alert | None:
    """One step of one alert: the alert where something happened to it. `hears` are the notifiers of a
    rule."""
    with store.begin() as tx:
        before = alerts.find(tx, alert_id, lock=True)
        alert, events = lifecycle.step(before, seen, settings, now)
        if alert is not None and events and events[0].name == "opened":
            others = alerts.page(tx, OPEN, limit=ALL)
            beside = next((other for other in others if lifecycle.says_the_same(alert, other)), None)
            alert, events = lifecycle.step(before, seen, settings, now, beside)
        if alert is None or alert == before:
            return None
        _record(tx, alert, events, "", now)
        _tell(tx, alert, events, hears(alert.rule), now, titles or {})
    return alert if events else None


def acknowledge(
    store: Store, alert_id: str, user: str, now: datetime, note: str = "", *, address: str = ""
) -> Alert:
    """`user`, at `address`, takes care of the alert. Raises NotFoundError, ConflictError."""
    with store.begin() as tx:
        alert, events = lifecycle.acknowledge(alerts.get(tx, alert_id, lock=True), user, now, note)
        _record(tx, alert, events, user, now)
        audit.write(tx, now, user, "alert.acknowledge", alert_id, {"note": note}, address=address)
    return alert


def resolve(
    store: Store,
    alert_id: str,
    user: str,
    now: datetime,
    note: str = "",
    *,
    notifiers: Sequence[str] = (),
    titles: Titles | None = None,
    address: str = "",
) -> Alert:
    """`user`, at `address`, closes the alert, and `notifiers` are told.

    Raises NotFoundError, ConflictError.
    """
    with store.begin() as tx:
        before = alerts.get(tx, alert_id, lock=True)
        alert, events = lifecycle.resolve(before, user, now, note)
        # What came since the last look is known too: who closes the alert has seen the page.
        since = counts.evidence(tx, before.scope, before.start_at, now, None, include_sample=True)
        alert = replace(alert, article_ids=tuple(sorted({*alert.article_ids, *since})))
        _record(tx, alert, events, user, now)
        _tell(tx, alert, events, notifiers, now, titles or {})
        audit.write(tx, now, user, "alert.resolve", alert_id, {"note": note}, address=address)
    return alert


def attend(
    store: Store,
    conditions: Sequence[Condition],
    sources: int,
    settings: AlertSettings,
    now: datetime,
    hearers: Sequence[str],
) -> list[Alert]:
    """What becomes of operational alerts where these conditions hold now, of so many enabled `sources`: those
    that something happened to. `hearers` are the names of the notifiers to tell."""
    with store.begin() as tx:
        open_now, closed = alerts.operational(tx, now - operating.AGAIN)
        holding = operating.grouped(conditions, sources, open_now)
        found = operating.attend(open_now, closed, holding, settings, now)
        for alert, events in found:
            _record(tx, alert, events, "", now)
            _tell(tx, alert, events, hearers, now, {})
    return [alert for alert, events in found if events]


def _record(tx: Tx, alert: Alert, events: Sequence[lifecycle.Event], user: str, now: datetime) -> None:
    alerts.put(tx, alert, alert.article_ids)
    for event in events:
        alerts.event(tx, alert.id, now, user, event.name, event.note)


def _tell(
    tx: Tx,
    alert: Alert,
    events: Sequence[lifecycle.Event],
    notifiers: Sequence[str],
    now: datetime,
    titles: Titles,
) -> None:
    """Put a delivery per notifier into the outbox for each event that people are told of, unless somebody
    silenced it. Who heard nothing of an alert hears nothing of its end."""
    quiet = silences.active(tx, now)
    for event in events:
        if not event.notify:
            continue
        silence = next((one for one in quiet if one.covers(alert, event, now)), None)
        if silence is not None:
            alerts.event(
                tx, alert.id, now, silence.user, "silenced", Message("alerting.silenced", silence=silence.id)
            )
            continue
        if event.name == "resolved" and any(one.event == "silenced" for one in alerts.events(tx, alert.id)):
            heard = {one.notifier for one in deliveries.of_alert(tx, alert.id)}
            notifiers = [name for name in notifiers if name in heard]
        payload = notice.payload(alert, event.name, event.note, _shown(tx, alert), titles)
        for name in notifiers:
            key = "\n".join((alert.id, event.name, now.isoformat(), name))
            deliveries.add(
                tx,
                Delivery(
                    id="msg_" + hashlib.sha256(key.encode()).hexdigest()[:32],
                    alert_id=alert.id,
                    notifier=name,
                    event=event.name,
                    payload=payload,
                    state=DeliveryState.PENDING,
                    attempts=0,
                    created_at=now,
                ),
            )


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
