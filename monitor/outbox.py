"""What becomes of an alert, stored together with what people are told of it.

    step | acknowledge | resolve ─→ alert + events ─notifying→ deliveries

An alert, its history and a delivery for each receiver are written in one transaction: there is no change of
which nobody hears, and no message of what did not happen. A delivery's id follows from what it tells, so that
a look that is repeated after a crash writes the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import notifying
from monitor.alerts import lifecycle, operating
from monitor.alerts.lifecycle import Seen
from monitor.alerts.notice import Titles
from monitor.alerts.operating import Condition
from monitor.alerts.routing import Tree
from monitor.notifying import ALL
from monitor.records import OPEN, Alert
from monitor.settings import AlertSettings
from monitor.store import Store, Tx, alerts, audit, counts


def advance(
    store: Store,
    alert_id: str,
    seen: Seen | None,
    settings: AlertSettings,
    tree: Tree,
    now: datetime,
    *,
    titles: Titles | None = None,
    silent: str = "",
) -> Alert | None:
    """One step of one alert: the alert where something happened to it, or somebody was told. `tree` says who
    hears of it, `silent` names the sources whose silence explains it."""
    with store.begin() as tx:
        before = alerts.find(tx, alert_id, lock=True)
        known = before or lifecycle.step(None, seen, settings, timedelta(0), now)[0]
        wait = timedelta(0) if known is None else tree.wait(known)
        alert, events = lifecycle.step(before, seen, settings, wait, now, silent=silent)
        if alert is not None and events and events[0].name == "opened":
            others = alerts.page(tx, OPEN, limit=ALL)
            beside = next((other for other in others if lifecycle.says_the_same(alert, other)), None)
            alert, events = lifecycle.step(before, seen, settings, wait, now, beside, silent)
        if alert is None:
            return None
        if alert != before:
            _record(tx, alert, events, "", now)
        told = notifying.tell(tx, alert, events, tree, now, titles or {})
    return alert if events or told else None


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
    tree: Tree | None = None,
    titles: Titles | None = None,
    address: str = "",
) -> Alert:
    """`user`, at `address`, closes the alert, and those who were told of it hear so; `tree` says who hears.

    Raises NotFoundError, ConflictError.
    """
    with store.begin() as tx:
        before = alerts.get(tx, alert_id, lock=True)
        alert, events = lifecycle.resolve(before, user, now, note)
        # What came since the last look is known too: who closes the alert has seen the page.
        since = counts.evidence(tx, before.scope, before.start_at, now, None, include_sample=True)
        alert = replace(alert, article_ids=tuple(sorted({*alert.article_ids, *since})))
        _record(tx, alert, events, user, now)
        notifying.tell(tx, alert, events, tree or Tree(), now, titles or {})
        audit.write(tx, now, user, "alert.resolve", alert_id, {"note": note}, address=address)
    return alert


def attend(
    store: Store,
    conditions: Sequence[Condition],
    sources: int,
    settings: AlertSettings,
    tree: Tree,
    now: datetime,
) -> list[Alert]:
    """What becomes of operational alerts where these conditions hold now, of so many enabled `sources`: those
    that something happened to, or of which somebody was told. `tree` says who hears of them."""
    changed = []
    with store.begin() as tx:
        open_now, closed = alerts.operational(tx, now - operating.AGAIN)
        holding = operating.grouped(conditions, sources, open_now)
        found = operating.attend(open_now, closed, holding, settings, now)
        happened = {alert.id: (alert, events) for alert, events in found}
        for alert, events in happened.values():
            _record(tx, alert, events, "", now)
        still = {alert.id: (alert, ()) for alert in open_now.values()}
        for alert, events in (still | happened).values():
            told = notifying.tell(tx, alert, events, tree, now, {})
            changed += [alert] if events or told else []
    return changed


def _record(tx: Tx, alert: Alert, events: Sequence[lifecycle.Event], user: str, now: datetime) -> None:
    alerts.put(tx, alert, alert.article_ids)
    for event in events:
        alerts.event(tx, alert.id, now, user, event.name, event.note)
