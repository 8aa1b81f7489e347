"""The list of alerts at the desk, and the work of people on them: whose they are, and several at once.

What is done with several alerts is done with one after the other, each in a transaction of its own and each
answered for itself: one that somebody else closed meanwhile holds back none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.alerts import caring, operating
from monitor.alerts.lifecycle import Event
from monitor.desk.alerts import DAY, Alerts
from monitor.desk.seat import MAX_PAGE, noted, within
from monitor.desk.telling import told
from monitor.detection import cells
from monitor.errors import ConflictError, MonitorError, UserError
from monitor.messages import Message
from monitor.records import Alert, AlertState, Article, Role, Window
from monitor.store import Tx, alerts, articles, caseload, counts, quotes, samples, users
from monitor.store.caseload import Sort, Wanted

MOST = 100
"""Alerts that something is done with at once."""
MOST_PAGES = 10_000
BEFORE, AFTER = 20, 4
"""Windows of a row's history: up to the one that the alert is named by, and since."""


class Action(StrEnum):
    """What can be done with several alerts at once."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one alert of several: the alert as it is now, or why nothing was done with it."""

    alert_id: str
    alert: Alert | None
    problem: str


@dataclass(frozen=True, slots=True)
class Row:
    """An alert in a list. `title` is that of the first article of its evidence, which tells apart two about
    the same, or of an operational one what does not work; `windows`, as long as its own but of a day at most,
    lead up to its window and go on after it (none of an operational one)."""

    alert: Alert
    title: str
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of alerts: `total` are asked for in all, `states` how many in each state, whichever are asked
    for, `overdue` how many open ones are, of all that there are."""

    rows: Sequence[Row]
    total: int
    states: Mapping[AlertState, int]
    overdue: int


class Caseload(Alerts):
    """Reading the list takes a viewer, working on it an analyst."""

    def find_alerts(
        self, wanted: Wanted, sort: Sort = Sort.AGE, page: int = 1, limit: int = 100
    ) -> list[Alert]:
        """A page of the alerts asked for. Those of the sample are among them while it counts."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return self._page(tx, self._asked(wanted), sort, page, limit)

    def alert_counts(self, wanted: Wanted) -> Mapping[AlertState, int]:
        """How many alerts there are in each state of what is asked for, whichever states are."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return caseload.by_state(tx, self._asked(wanted), include_sample=samples.counted(tx))

    def caseload(self, wanted: Wanted, sort: Sort = Sort.AGE, page: int = 1, limit: int = 25) -> Listing:
        """A page of the list with what its rows show."""
        self._may(Role.VIEWER, "read")
        asked, now = self._asked(wanted), self.monitor.now()
        with self.monitor.store.read() as tx:
            sample = samples.counted(tx)
            found = self._page(tx, asked, sort, page, limit)
            states = caseload.by_state(tx, asked, include_sample=sample)
            titles = self._headlines(tx, found)
            counted = [one for one in found if not one.operational]
            spans = counts.spans(
                tx, [(one.scope, _edges(one, now)) for one in counted], include_sample=sample
            )
            windows = {one.id: some for one, some in zip(counted, spans, strict=True)}
            return Listing(
                rows=[Row(one, titles.get(one.id, ""), windows.get(one.id, [])) for one in found],
                total=sum(states[one] for one in asked.states or AlertState),
                states=states,
                overdue=caseload.overdue(tx, now, include_sample=sample),
            )

    def alert_rules(self) -> list[str]:
        """The rules that ever opened an alert."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return caseload.rules(tx)

    def alert_owners(self) -> list[str]:
        """Whoever owns an alert or may own one: analysts that are not disabled, by name."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            may = {one.name for one in users.all(tx) if _may_own(one.role, one.disabled)}
            return sorted(may | set(caseload.owners(tx)))

    def assign(self, alert_id: str, to: str | None = None) -> Alert:
        """Make an alert somebody's: one's own without `to`, nobody's where it is "". Raises NotFoundError,
        ConflictError where it is resolved, and for a user who may own none."""
        self._may(Role.ANALYST, "assign alerts")
        owner = self.user.name if to is None else to

        def assigned(tx: Tx, alert: Alert, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
            if owner and to is not None:
                found = users.get(tx, owner)
                if found is None or not _may_own(found[0].role, found[0].disabled):
                    raise ConflictError(Message("caring.no_owner", user=owner))
            return caring.assign(alert, owner, now)

        return self._changed(alert_id, assigned, "alert.assign", {"to": owner})

    def comment_on_alert(self, alert_id: str, text: str) -> Alert:
        """Say something about an alert: it stands in its history. Raises NotFoundError, UserError for a text
        that is too long, ConflictError for one of which nothing can be shown."""
        self._may(Role.ANALYST, "comment on alerts")
        text = noted(text)

        def commented(tx: Tx, alert: Alert, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
            return alert, (caring.comment(text),)

        return self._changed(alert_id, commented, "alert.comment", {"text": text})

    def change_severity(self, alert_id: str, severity: str, why: str) -> Alert:
        """Raise or lower an alert's severity, with a reason. Raises NotFoundError, ConflictError where it is
        resolved and without a reason that can be shown, UserError for a severity that is none."""
        self._may(Role.ANALYST, "change the severity of alerts")
        why, settings = noted(why), self.monitor.settings.alerts

        def regraded(tx: Tx, alert: Alert, now: datetime) -> tuple[Alert, tuple[Event, ...]]:
            graver = replace(alert, severity=severity)
            wait = operating.WAIT if alert.operational else self.monitor.tree.wait(graver)
            told = (one.at - alert.opened_at for one in alerts.events(tx, alert_id) if one.event == "opened")
            return caring.regrade(alert, severity, why, settings, now, max([wait, *told]))

        return self._changed(alert_id, regraded, "alert.severity", {"to": severity, "why": why})

    def handle(
        self,
        alert_ids: Sequence[str],
        action: str,
        *,
        note: str = "",
        to: str | None = None,
        hours: float = 4.0,
        until_worse: bool = True,
    ) -> list[Handled]:
        """Do the same with each of several alerts: acknowledge, assign (`to` as of `assign`), resolve, or
        silence (alerts like each: of its rule, about the same) for `hours`. Each is answered for itself, in
        the order given. Raises UserError where they are none or too many, or the action is none."""
        self._may(Role.ANALYST, "resolve alerts" if action == Action.RESOLVE else "acknowledge alerts")
        chosen = list(dict.fromkeys(alert_ids))
        if not chosen:
            raise UserError(Message("caring.nothing_chosen"))
        if len(chosen) > MOST:
            raise UserError(Message("caring.too_many", number=len(chosen), most=MOST))
        note = noted(note)
        silenced: set[tuple[str, str, str]] = set()

        def silence(alert_id: str) -> Alert:
            with self.monitor.store.read() as tx:
                alert = alerts.get(tx, alert_id)
            about = (alert.rule, alert.scope.company, alert.scope.topic)
            if about not in silenced:
                rule, company, topic = about
                more = {"rule": rule, "company": company, "topic": topic, "note": note}
                self.silence(hours, until_worse=until_worse, **more)
                silenced.add(about)
            return self._read(alert)

        actions: Mapping[str, Callable[[str], Alert]] = {
            Action.ACKNOWLEDGE: lambda alert_id: self.acknowledge(alert_id, note),
            Action.ASSIGN: lambda alert_id: self.assign(alert_id, to),
            Action.RESOLVE: lambda alert_id: self.resolve(alert_id, note),
            Action.SILENCE: silence,
        }
        if action not in actions:
            known = ", ".join(actions)
            raise UserError(Message("caring.unknown", action=action, known=known))
        return [_handled(alert_id, actions[action]) for alert_id in chosen]

    def _changed(
        self,
        alert_id: str,
        change: Callable[[Tx, Alert, datetime], tuple[Alert, tuple[Event, ...]]],
        action: str,
        detail: Mapping[str, str],
    ) -> Alert:
        """Store what `change` makes of an alert, with its history and the audit, where anything happened."""
        now = self.monitor.now()
        with self.monitor.store.begin() as tx:
            alert, events = change(tx, alerts.get(tx, alert_id, lock=True), now)
            if events:
                alerts.put(tx, alert)
                self._wrote(tx, action, alert_id, detail)
            for event in events:
                alerts.event(tx, alert_id, now, self.user.name, event.name, event.note)
        return self._read(alert)

    def _asked(self, wanted: Wanted) -> Wanted:
        """With the companies and topics whose names hold the text."""
        text = wanted.text.strip()
        if not text:
            return replace(wanted, text="")
        low = text.casefold()
        companies = tuple(
            one.id for one in self.monitor.companies if low in f"{one.id}\n{one.name}".casefold()
        )
        topics = tuple(
            one.name
            for one in self.monitor.settings.taxonomy
            if low in f"{one.name}\n{one.en}\n{one.zh}".casefold()
        )
        return replace(wanted, text=text, companies=companies, topics=topics)

    def _page(self, tx: Tx, asked: Wanted, sort: Sort, page: int, limit: int) -> list[Alert]:
        limit = within("limit", limit, 1, MAX_PAGE)
        offset = (within("page", page, 1, MOST_PAGES) - 1) * limit
        sample = samples.counted(tx)
        found = caseload.page(tx, asked, sort, limit=limit, offset=offset, include_sample=sample)
        return self._unnamed(tx, found)

    def _headlines(self, tx: Tx, found: Sequence[Alert]) -> Mapping[str, str]:
        """What each is about, in the words of the first article of its evidence that this user may see; of an
        alert about a company, of the first that names it."""
        first = {
            one.id: min(quotes.about(tx, one.article_ids, one.scope.company))
            for one in found
            if one.article_ids
        }
        known = {one.id: one for one in articles.get_many(tx, sorted(set(first.values())))}
        titles = {id: _title(known[article]) for id, article in first.items() if article in known}
        return titles | alerts.newest_notes(tx, [one.id for one in found if one.operational])


def _handled(alert_id: str, act: Callable[[str], Alert]) -> Handled:
    try:
        return Handled(alert_id, act(alert_id), "")
    except MonitorError as error:
        return Handled(alert_id, None, told(error))


def _may_own(role: Role, disabled: bool) -> bool:
    return role is not Role.VIEWER and not disabled


def _title(article: Article) -> str:
    return article.title or article.content[:120]


def _edges(alert: Alert, now: datetime) -> list[datetime]:
    """Edges on hours of the windows of a row's history."""
    width = -(-min(alert.end_at - alert.start_at, DAY) // cells.HOUR) * cells.HOUR
    end = cells.after(alert.end_at, cells.HOUR)
    after = min(AFTER, max(0, int((now - end) / width)))
    return [end + k * width for k in range(-BEFORE, after + 1)]
