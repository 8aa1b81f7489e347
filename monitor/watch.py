"""The watch line: aggregate -> detect -> alert life cycle -> outbox.

    windows ─detector→ signals ─alerting.step→ alerts + events ─notice→ deliveries

Each change of an alert commits together with its history and its deliveries, so a crash
repeats an evaluation and loses no message.

Three things look like a surge and are none. A new installation's first poll brings what
the feeds had piled up: nothing fires before `min_history_windows` windows were watched.
After an outage what has no date of its own arrives at once: see `coverage.outage`. A new
source brings its back numbers: they count in the hours in which they were published, and nothing
of a source counts in a test of hours before it was first read.

What comes late, or is judged late, counts in its own hour, which has been tested by then: such
hours are tested once more (`rollups.late`), and the alert says that it was seen late.

What somebody closed an alert on is known: it is left out of the count, and whatever else comes
may open the next alert at once.

Each scope of each tick is tested at `p_value` by itself: with s scopes and t windows,
chance alone gives up to p_value * s * t alerts, and some more because windows overlap.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts import lifecycle, notice
from monitor.alerts.notice import Titles
from monitor.detection import cells, coverage, trends
from monitor.detection import rollups as series
from monitor.errors import PluginError
from monitor.hookspecs import Detector
from monitor.records import Alert, AlertState, Article, Delivery, DeliveryState, Scope, Signal, Window
from monitor.settings import AlertSettings
from monitor.store import (
    Store,
    Tx,
    alerts,
    articles,
    audit,
    counts,
    deliveries,
    origins,
    polls,
    rollups,
    samples,
    sources,
)

EVIDENCE = 20
"""Articles shown as an alert's evidence."""

EXAMINED = 500
"""Articles among which those shown are chosen."""

OPEN = tuple(state for state in AlertState if state is not AlertState.RESOLVED)
ALL = 1_000_000
"""More alerts than are ever open: there is one per rule and scope."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the detector says of one window, and the articles behind what it counts, where it surges."""

    signal: Signal
    articles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One evaluation: what it reads with, how many past windows it compares, what is known already, when
    each source first answered, and whether nobody was reading right before the window that ends now."""

    detector: Detector
    settings: AlertSettings
    watched: int
    known: Mapping[tuple[str, Scope], Collection[int]]
    first_read: Mapping[str, datetime]
    outage: bool

    @property
    def window(self) -> timedelta:
        """The length of what is tested."""
        return timedelta(minutes=self.settings.window_minutes)


def watch(
    store: Store,
    detector: Detector,
    settings: AlertSettings,
    notifiers: Sequence[str],
    now: datetime,
    titles: Titles | None = None,
) -> list[Alert]:
    """Evaluate the windows that end now, and the hours that something came late for; the alerts that
    something happened to.

    `notifiers` are the names of those to tell, `titles` the names messages give to scopes.
    Calling it again with the same stories and the same `now` changes nothing. Raises
    PluginError where the detector fails; alerts stay as they were then.
    """
    verdicts: dict[Scope, Verdict] = {}
    with store.read() as tx:
        settings = _counting(tx, settings)
        window = timedelta(minutes=settings.window_minutes)
        end = cells.after(now)
        start = end - window
        outage = coverage.outage(polls.read_at(tx, start - coverage.LOOKED_AT, now), start, window)
        watched = trends.watched(_past(tx, settings, start))
        late = rollups.late(tx)
        if watched >= _least(settings):
            known = alerts.closed(tx, start - cells.LATEST)
            look = Look(detector, settings, watched, known, sources.first_read(tx), outage)
            verdicts = {one.signal.scope: one for one in _late(tx, look, late, start)}
            seen = counts.scopes(tx, start, settings.scopes, include_sample=settings.include_sample)
            for verdict in _tested(tx, look, seen, start, end):
                scope = verdict.signal.scope
                if scope not in verdicts or lifecycle.surges(verdict.signal, settings):
                    verdicts[scope] = verdict
        open_now = alerts.page(tx, OPEN, limit=ALL)
    pairs = [(alert.rule, alert.scope) for alert in open_now]
    pairs += [(settings.detector, scope) for scope in verdicts]
    changed = []
    for rule, scope in dict.fromkeys(pairs):
        # An alert of a detector that is configured no more hears nothing, and so recovers.
        said = verdicts.get(scope) if rule == settings.detector else None
        alert = _advance(store, settings, rule, scope, said, notifiers, now, titles or {})
        if alert is not None:
            changed.append(alert)
    if late:
        with store.begin() as tx:
            rollups.tested(tx, late)
    return changed


def unwatched(tx: Tx, settings: AlertSettings, now: datetime) -> int | None:
    """How many windows must still pass before an alert can open; None where no story has come yet."""
    settings = _counting(tx, settings)
    end = cells.after(now)
    start = end - timedelta(minutes=settings.window_minutes)
    past = _past(tx, settings, start)
    if not any(window.stories for window in past):
        edges = (past[-1].end_at, end)
        [present] = counts.windows(tx, Scope("all"), edges, include_sample=settings.include_sample)
        return _least(settings) + 1 if present.stories else None
    return max(0, _least(settings) - trends.watched(past))


def acknowledge(
    store: Store, alert_id: str, user: str, now: datetime, note: str = "", *, address: str = ""
) -> Alert:
    """`user`, at `address`, takes care of the alert. Raises NotFoundError, ConflictError."""
    with store.begin() as tx:
        alert, events = lifecycle.acknowledge(alerts.get(tx, alert_id), user, now, note)
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
        before = alerts.get(tx, alert_id)
        alert, events = lifecycle.resolve(before, user, now, note)
        # What came since the last look is known too: who closes the alert has seen the page.
        since = counts.evidence(tx, before.scope, before.start_at, now, None, include_sample=True)
        alert = replace(alert, article_ids=tuple(sorted({*alert.article_ids, *since})))
        _record(tx, alert, events, user, now)
        _tell(tx, alert, events, notifiers, now, titles or {})
        audit.write(tx, now, user, "alert.resolve", alert_id, {"note": note}, address=address)
    return alert


# --- aggregate and detect -------------------------------------------------------------------


def _counting(tx: Tx, settings: AlertSettings) -> AlertSettings:
    """`settings`, without the sample where it counts no more."""
    include = settings.include_sample and samples.counted(tx)
    return settings.model_copy(update={"include_sample": include})


def _least(settings: AlertSettings) -> int:
    return min(settings.min_history_windows, settings.history_windows)


def _past(tx: Tx, settings: AlertSettings, start: datetime) -> list[Window]:
    """The windows of all news before the one that begins at `start`: one more than the baseline takes,
    because `trends.watched` leaves out the first."""
    window = timedelta(minutes=settings.window_minutes)
    edges = trends.past(start, window, settings.history_windows + 1)
    return counts.windows(tx, Scope("all"), edges, include_sample=settings.include_sample)


def _late(tx: Tx, look: Look, late: Sequence[rollups.Late], before: datetime) -> Iterator[Verdict]:
    """The surges in past hours that something came late for, of sources that were read then."""
    by_hour: dict[int, list[Scope]] = defaultdict(list)
    for one in late:
        scope = series.scope_of(one.series)
        if scope.kind in look.settings.scopes and not one.series.startswith(series.SAMPLE):
            by_hour[one.hour].append(scope)
    for hour, scopes in sorted(by_hour.items()):
        end = cells.begins(hour + 1, cells.HOUR)
        if end > before:  # the present window holds it
            continue
        for verdict in _tested(tx, look, scopes, end - look.window, end, late=True):
            if lifecycle.surges(verdict.signal, look.settings):
                yield verdict


def _tested(
    tx: Tx, look: Look, scopes: Sequence[Scope], start: datetime, end: datetime, *, late: bool = False
) -> Iterator[Verdict]:
    """What the detector says of the window from `start` to `end`, in each of these scopes."""
    sample = look.settings.include_sample
    past = counts.many(tx, scopes, trends.past(start, look.window, look.watched), include_sample=sample)
    present = counts.many(tx, scopes, (start, end), include_sample=sample)
    for scope in scopes:
        [window] = present[scope]
        signal = _test(look, past[scope], window)
        articles_: tuple[int, ...] = ()
        if signal is not None and lifecycle.surges(signal, look.settings):
            articles_ = _news(tx, look, window, late=late)
            signal = _test(look, past[scope], _without(window, window.negative - len(articles_)))
        if signal is not None:
            yield Verdict(signal, articles_)


def _news(tx: Tx, look: Look, window: Window, *, late: bool) -> tuple[int, ...]:
    """The articles behind the window's negative count that are news: nobody closed an alert on them, and
    their source was read when they were published, as far as polls tell (of what came `late` they must), and
    no archive brought them.
    After an outage, only what has a date of its own is known to be of this window."""
    ids = counts.evidence(
        tx, window.scope, window.start_at, window.end_at, None, include_sample=look.settings.include_sample
    )
    known = look.known.get((look.settings.detector, window.scope), ())
    fresh = [article_id for article_id in ids if article_id not in known]
    never = window.end_at if late else window.start_at
    return tuple(
        article_id
        for article_id, origin in origins.of(tx, fresh).items()
        if look.first_read.get(origin.source, never) <= window.start_at
        if not origin.history
        if origin.dated or late or not look.outage
    )


def _without(window: Window, negative: int) -> Window:
    return replace(window, stories=window.stories - negative, negative=window.negative - negative)


def _test(look: Look, history: Sequence[Window], window: Window) -> Signal | None:
    rule = look.settings.detector
    try:
        signal = look.detector.test(history, window)
    except Exception as error:
        raise PluginError(
            f"detector {rule!r} failed on {window.scope}: {type(error).__name__}: {error}"
        ) from error
    return signal and replace(signal, rule=rule, scope=window.scope)


# --- alert life cycle and outbox ------------------------------------------------------------


def _advance(
    store: Store,
    settings: AlertSettings,
    rule: str,
    scope: Scope,
    said: Verdict | None,
    notifiers: Sequence[str],
    now: datetime,
    titles: Titles,
) -> Alert | None:
    """One step of one alert, in one transaction; the alert where something happened to it."""
    signal, found = (said.signal, said.articles) if said else (None, ())
    with store.begin() as tx:
        before = alerts.newest(tx, rule, scope)
        alert, events = lifecycle.step(before, signal, settings, now, found)
        if alert is None or alert == before:
            return None
        _record(tx, alert, events, "", now)
        _tell(tx, alert, events, notifiers, now, titles)
    return alert if events else None


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
    """Put a delivery per notifier into the outbox for each event that people are told of."""
    for event in events:
        if not event.notify:
            continue
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
    if scope.kind != "company":
        if view.labelled:
            return float(view.sentiment == "negative")
        return view.prediction.sentiment["negative"] if view.prediction else None
    towards = view.companies.get(scope.name)
    if towards is None or not towards.sentiment:
        return None
    if view.prediction is None or towards.confidence == 1.0:
        return float(towards.sentiment == "negative")
    return view.prediction.towards(scope.name)["negative"]
