"""Alerts at the desk: their evidence, who takes care, and the messages sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import outbox, watch
from monitor.alerts import similar
from monitor.alerts.silencing import Silence
from monitor.desk import blinding, cards
from monitor.desk.seat import MAX_PAGE, Seat, noted, within
from monitor.desk.telling import kept
from monitor.desk.views import AlertDetail, Watching
from monitor.detection import cells
from monitor.errors import UserError
from monitor.messages import Message
from monitor.records import OPEN, Alert, AlertState, Delivery, DeliveryState, Role
from monitor.schedule import scheduler
from monitor.settings.rules import SEVERITIES
from monitor.store import (
    Tx,
    alerts,
    articles,
    clock,
    counts,
    deliveries,
    leases,
    runs,
    samples,
    silences,
    verdicts,
)

MOST_HOURS = 24 * 366
"""A silence that lasts longer is a rule that nobody wants."""
DAY = timedelta(days=1)
WATCH = "watch"
"""The scheduled job that looks for surges."""


class Alerts(Seat):
    """Reading them takes a viewer, everything else an analyst."""

    def alerts(self, states: Iterable[AlertState] = OPEN, limit: int = 100) -> list[Alert]:
        """Alerts in `states`, newest first; every state if it is empty. Those of the sample are among them
        while it counts."""
        self._may(Role.VIEWER, "read")
        limit = within("limit", limit, 1, MAX_PAGE)
        with self.monitor.store.read() as tx:
            include = samples.counted(tx)
            found = alerts.page(tx, states=tuple(states), limit=limit, include_sample=include)
            return self._unnamed(tx, found)

    def watching(self) -> Watching:
        """When surges were last looked for and will be next, and since when an alert could open."""
        self._may(Role.VIEWER, "read")
        now, settings = self.monitor.now(), self.monitor.settings
        with self.monitor.store.read() as tx:
            newest, done = runs.last(tx, WATCH), runs.ended(tx, WATCH, "done")
            somebody = bool(leases.holder(tx, scheduler.LEASE))
            seconds = clock.seconds(tx)
            ready_at = watch.ready_at(tx, settings.alerts)
        wait = newest.seconds + settings.jobs.watch_seconds - seconds if newest else 0.0
        wait = float(max(0, round(wait)))
        return Watching(
            last_at=done.finished_at if done else None,
            next_at=now + timedelta(seconds=wait) if somebody else None,
            problem=kept(newest.detail) if newest and newest.state == "failed" else "",
            ready_at=ready_at if ready_at and ready_at > now else None,
            blind=ready_at is None,
        )

    def alert(self, alert_id: str) -> AlertDetail:
        """One alert with its evidence. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        now = self.monitor.now()
        with self.monitor.store.read() as tx:
            alert, hidden = alerts.get(tx, alert_id), self._hidden(tx)
            past = alerts.like(tx, alert, include_sample=samples.counted(tx))
            said = verdicts.of(tx, [alert_id, *(one.id for one in past)])
            evidence = articles.views(tx, alert.article_ids)
            found = AlertDetail(
                alert=alert,
                events=alerts.events(tx, alert_id),
                evidence=evidence,
                deliveries=[_shown(one) for one in deliveries.of_alert(tx, alert_id)],
                history=[]
                if alert.operational
                else counts.windows(
                    tx,
                    alert.scope,
                    _edges(alert, now),
                    include_sample=any(view.article.sample for view in evidence),
                ),
                card=cards.card(tx, alert, hidden, self._titles()),
                similar=similar.similar(alert, past, said),
                feedback=said.get(alert_id, ()),
            )
            return blinding.alert(found, hidden)

    def acknowledge(self, alert_id: str, note: str = "") -> Alert:
        """Say that somebody is on it: it is not sent again. Raises NotFoundError, ConflictError."""
        self._may(Role.ANALYST, "acknowledge alerts")
        note, now = noted(note), self.monitor.now()
        changed = outbox.acknowledge(
            self.monitor.store, alert_id, self.user.name, now, note, address=self.address
        )
        return self._read(changed)

    def resolve(self, alert_id: str, note: str = "") -> Alert:
        """Close the alert, and tell those who were told of it. Raises NotFoundError, ConflictError."""
        self._may(Role.ANALYST, "resolve alerts")
        note, now = noted(note), self.monitor.now()
        changed = outbox.resolve(
            self.monitor.store,
            alert_id,
            self.user.name,
            now,
            note,
            tree=self.monitor.tree,
            titles=self.monitor.titles,
            address=self.address,
        )
        return self._read(changed)

    def silences(self) -> list[Silence]:
        """What people are not told of, now or later, by when it ends."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return silences.active(tx, self.monitor.now())

    def silence(
        self,
        hours: float,
        *,
        rule: str = "",
        company: str = "",
        topic: str = "",
        severity: str = "",
        until_worse: bool = False,
        note: str = "",
    ) -> Silence:
        """For so many hours tell nobody of alerts of this rule, company, topic and severity ("": of any), or
        with `until_worse` only where one gets much worse. Raises UserError where all of them are any."""
        self._may(Role.ANALYST, "silence alerts")
        if not 0 < hours <= MOST_HOURS:
            raise UserError(Message("desk.within", what="hours", value=hours, low="> 0", high=MOST_HOURS))
        if not (rule or company or topic or severity):
            raise UserError(Message("silences.of_what"))
        if severity and severity not in SEVERITIES:
            raise UserError(Message("silences.severity", severity=severity, known=", ".join(SEVERITIES)))
        now = self.monitor.now()
        about = (rule, company, topic, severity)
        made = Silence(
            *(0, *about, now, now + timedelta(hours=hours), until_worse, self.user.name, noted(note))
        )
        with self.monitor.store.begin() as tx:
            made = silences.add(tx, made)
            detail = {"rule": rule, "company": company, "topic": topic, "severity": severity}
            self._wrote(tx, "alert.silence", str(made.id), {**detail, "until": made.ends_at.isoformat()})
        return made

    def unsilence(self, silence_id: int) -> None:
        """Let a silence end now. Raises NotFoundError where there is none of this number."""
        self._may(Role.ANALYST, "silence alerts")
        with self.monitor.store.begin() as tx:
            silences.end(tx, silence_id, self.monitor.now())
            self._wrote(tx, "alert.unsilence", str(silence_id))

    def deliveries(self, states: Iterable[DeliveryState] = (), limit: int = 100) -> list[Delivery]:
        """Messages in the outbox in `states`, newest first; every state if it is empty."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = deliveries.all(tx, tuple(states), within("limit", limit, 1, MAX_PAGE))
            shown = [_shown(one) for one in found]
            return [blinding.without_words(one) for one in shown] if self._hidden(tx) else shown

    def retry(self, delivery_id: str) -> None:
        """Send a dead message again. Raises NotFoundError, and ConflictError for one that is not dead, or
        after which another one about the same alert arrived."""
        self._may(Role.ANALYST, "send messages again")
        with self.monitor.store.begin() as tx:
            deliveries.retry(tx, delivery_id)
            self._wrote(tx, "delivery.retry", delivery_id)

    def _read(self, changed: Alert) -> Alert:
        with self.monitor.store.read() as tx:
            return self._unnamed(tx, [changed])[0]

    def _titles(self) -> dict[str, str]:
        return {name: one.title for name, one in self.monitor.settings.sources.items()}

    def _unnamed(self, tx: Tx, found: Sequence[Alert]) -> list[Alert]:
        hidden = self._hidden(tx)
        named = articles.of_stories(tx, hidden) if hidden else set()
        return [blinding.unnamed(one, named) for one in found]


def _shown(delivery: Delivery) -> Delivery:
    return replace(delivery, last_error=kept(delivery.last_error))


def _edges(alert: Alert, now: datetime) -> list[datetime]:
    """Window edges around the alert: 36 windows as long as its own, but of a day at most, up to its end, and
    at most 12 since; on hours once fine cells may be gone."""
    width = min(alert.end_at - alert.start_at, DAY)
    after = min(12, max(0, int((now - alert.end_at) / width)))
    old = alert.end_at - 36 * width <= now - cells.KEPT
    end = cells.after(alert.end_at, cells.HOUR) if old else alert.end_at
    width = -(-width // cells.HOUR) * cells.HOUR if old else width
    return [end + k * width for k in range(-36, after + 1)]
