"""The watch line: aggregate -> detect -> alert life cycle -> outbox.

    windows ─detector→ signals ─alerting.step→ alerts + events ─notice→ deliveries

Each change of an alert commits together with its history and its deliveries, so a crash
repeats an evaluation and loses no message.

Three things look like a surge and are none. A new installation's first poll brings what
the feeds had piled up: nothing fires before `min_history_windows` windows were watched.
After an outage a gap's worth of stories arrives at once: see `trends.stalled`. A new
source brings its back numbers: stories published more than `max_age_hours` before they
were first seen are left out of the count.

Each scope of each tick is tested at `p_value` by itself: with s scopes and t windows,
chance alone gives up to p_value * s * t alerts, and some more because windows overlap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts import lifecycle, notice
from monitor.alerts.notice import Titles
from monitor.detection import trends
from monitor.errors import PluginError
from monitor.hookspecs import Detector
from monitor.records import Alert, AlertState, Article, Delivery, DeliveryState, Scope, Signal, Window
from monitor.settings import AlertSettings
from monitor.store import Store, Tx, alerts, articles, audit, counts, deliveries, samples

EVIDENCE = 20
"""Articles shown as an alert's evidence."""

EXAMINED = 500
"""Articles whose age is looked at; where a window holds more, their share stands for all."""

OPEN = tuple(state for state in AlertState if state is not AlertState.RESOLVED)
ALL = 1_000_000
"""More alerts than are ever open: there is one per rule and scope."""


def watch(
    store: Store,
    detector: Detector,
    settings: AlertSettings,
    notifiers: Sequence[str],
    now: datetime,
    titles: Titles | None = None,
) -> list[Alert]:
    """Evaluate the windows that end now; the alerts that something happened to.

    `notifiers` are the names of those to tell, `titles` the names messages give to scopes.
    Calling it again with the same stories and the same `now` changes nothing. Raises
    PluginError where the detector fails; alerts stay as they were then.
    """
    with store.read() as tx:
        settings = _counting(tx, settings)
        # One window more than the baseline takes, because `trends.watched` leaves out the first.
        past = _windows(tx, settings, Scope("all"), now, settings.history_windows + 2)[:-1]
        if trends.stalled(past):
            return []
        watched = trends.watched(past)
        verdicts: dict[Scope, Signal] = {}
        if watched >= _least(settings):
            found = _signals(tx, detector, settings, now, watched)
            verdicts = {signal.scope: signal for signal in found}
        open_now = alerts.page(tx, OPEN, limit=ALL)
    pairs = [(alert.rule, alert.scope) for alert in open_now]
    pairs += [(settings.detector, scope) for scope in verdicts]
    changed = []
    for rule, scope in dict.fromkeys(pairs):
        # An alert of a detector that is configured no more hears nothing, and so recovers.
        signal = verdicts.get(scope) if rule == settings.detector else None
        alert = _advance(store, settings, rule, scope, signal, notifiers, now, titles or {})
        if alert is not None:
            changed.append(alert)
    return changed


def unwatched(tx: Tx, settings: AlertSettings, now: datetime) -> int | None:
    """How many windows must still pass before an alert can open; None where no story has come yet."""
    settings = _counting(tx, settings)
    seen = _windows(tx, settings, Scope("all"), now, settings.history_windows + 2)
    if not any(window.stories for window in seen):
        return None
    first = not any(window.stories for window in seen[:-1])  # the window that is left out is this one
    return max(0, _least(settings) - trends.watched(seen[:-1]) + first)


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
        alert, events = lifecycle.resolve(alerts.get(tx, alert_id), user, now, note)
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


def _windows(tx: Tx, settings: AlertSettings, scope: Scope, now: datetime, n: int) -> list[Window]:
    edges = trends.edges(now, timedelta(minutes=settings.window_minutes), n)
    return counts.windows(tx, scope, edges, include_sample=settings.include_sample)


def _signals(
    tx: Tx, detector: Detector, settings: AlertSettings, now: datetime, history: int
) -> Iterator[Signal]:
    """What the detector says of the window that ends now, in every scope that has a story in it."""
    start = trends.edges(now, timedelta(minutes=settings.window_minutes), 1)[0]
    for scope in counts.scopes(tx, start, settings.scopes, include_sample=settings.include_sample):
        *past, window = _windows(tx, settings, scope, now, history + 1)
        signal = _test(detector, settings.detector, past, window)
        if signal is not None and lifecycle.surges(signal, settings):
            window = _without_back_numbers(tx, settings, window)
            signal = _test(detector, settings.detector, past, window)
        if signal is not None:
            yield signal


def _test(detector: Detector, rule: str, history: Sequence[Window], window: Window) -> Signal | None:
    try:
        signal = detector.test(history, window)
    except Exception as error:
        raise PluginError(
            f"detector {rule!r} failed on {window.scope}: {type(error).__name__}: {error}"
        ) from error
    return signal and replace(signal, rule=rule, scope=window.scope)


def _without_back_numbers(tx: Tx, settings: AlertSettings, window: Window) -> Window:
    """`window` less the negative stories that were old when they were first seen."""
    found = _evidence(tx, settings, window.scope, window.start_at, window.end_at, EXAMINED)
    age = timedelta(hours=settings.max_age_hours)
    old = sum(article.first_seen_at - article.published_at > age for article in found)
    if not old:
        return window
    old = round(window.negative * old / len(found))
    return replace(window, stories=window.stories - old, negative=window.negative - old)


def _evidence(
    tx: Tx, settings: AlertSettings, scope: Scope, start: datetime, end: datetime, limit: int
) -> list[Article]:
    ids = counts.evidence(tx, scope, start, end, limit, include_sample=settings.include_sample)
    return articles.get_many(tx, ids)


# --- alert life cycle and outbox ------------------------------------------------------------


def _advance(
    store: Store,
    settings: AlertSettings,
    rule: str,
    scope: Scope,
    signal: Signal | None,
    notifiers: Sequence[str],
    now: datetime,
    titles: Titles,
) -> Alert | None:
    """One step of one alert, in one transaction; the alert where something happened to it."""
    with store.begin() as tx:
        before = alerts.open_alert(tx, rule, scope)
        ids: tuple[int, ...] = ()
        if signal is not None and lifecycle.surges(signal, settings):
            before = before or _closed_by_hand(tx, rule, scope)
            found = _evidence(tx, settings, scope, signal.start_at, signal.end_at, EVIDENCE)
            ids = tuple(article.id for article in found)
        alert, events = lifecycle.step(before, signal, settings, now, ids)
        if alert is None or alert == before:
            return None
        _record(tx, alert, events, "", now)
        _tell(tx, alert, events, notifiers, now, titles)
    return alert if events else None


def _closed_by_hand(tx: Tx, rule: str, scope: Scope) -> Alert | None:
    """The newest alert of this rule and scope that somebody resolved."""
    for alert in alerts.page(tx, (AlertState.RESOLVED,), limit=200):
        if (alert.rule, alert.scope) == (rule, scope) and alert.resolved_by:
            return alert
    return None


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
