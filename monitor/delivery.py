"""The outbox: every stored message reaches its receiver at least once.

Messages are claimed by a process before they are sent, so that no two send the same one at once, and
marked after. What a process had claimed when it died is free as soon as its death is known
(`monitor.store.processes`), and is sent again under the same id, by which the receiver drops the repeat.
Waits are lengths on the store's clock, so no wrong date makes a message wait or gives it up.

Messages of one alert reach a notifier in the order in which they were written. Notifiers do
not wait for each other, nor does a round for one that hangs (`monitor.alerts.couriers`); one that does not
answer is tried with its oldest message only.

What waited for a receiver for `FOLD_AFTER` is old when it comes back: of each alert the newest message stands
for those before it, says for how many, and the alert's history names them. So who was away for a day gets one
message for each alert that there was, and not all that happened to it.
"""

from __future__ import annotations

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.alerts import notice
from monitor.alerts.couriers import Couriers
from monitor.errors import FetchError, MonitorError, StoppedError
from monitor.hookspecs import Fetcher, Notifier
from monitor.messages import Message
from monitor.records import Delivery, DeliveryState
from monitor.schedule.clocks import Now, Steady, steady
from monitor.store import Store, Tx, alerts, clock, deliveries

LAST_START = 300.0
"""How long after the claim a send may still start (seconds): the others wait for the next round."""

FIRST_WAIT = 10.0
LONGEST_WAIT = 900.0
LONGEST_WISH = 86_400.0
"""Longest Retry-After that is honoured (seconds)."""

GIVE_UP_AFTER = 3 * 86_400.0
"""Age, on the store's clock, at which a message that was attempted `LEAST_ATTEMPTS` times is given up."""

LEAST_ATTEMPTS = 5

FOLD_AFTER = 12 * 3600.0
"""Once the oldest message of an alert has waited for so long, on the store's clock, its newest stands for
all."""

GONE = 410
"""The receiver says that it will never be there again: the Standard Webhooks' sign to stop."""

ROUND_SECONDS = 5.0
"""How long a round waits for its notifiers; what is sent later is counted by a later round."""

log = logging.getLogger(__name__)


def deliver(
    store: Store,
    notifiers: Mapping[str, Notifier],
    fetcher: Fetcher,
    now: Now,
    limit: int = 100,
    *,
    holder: str,
    steady: Steady = steady,
    couriers: Couriers | None = None,
) -> dict[str, int]:
    """Send what is due, at most `limit` messages; how many were delivered, failed, dead, postponed.

    `holder` is the process that claims them. What a notifier raises is kept with the message
    (`last_error`) and stops no other notifier. A message whose notifier is not in `notifiers` is dead,
    and says so. `couriers` remembers who is still busy with an earlier round, and is given nothing more.
    """
    couriers = couriers or Couriers()
    counts = Counter(delivered=0, failed=0, dead=0, postponed=0)
    with store.read() as tx:  # so that an idle outbox takes no write lock
        if not deliveries.due(tx, 1):
            counts.update(couriers.run({}, 0.0))
            return dict(counts)
    last_start = steady() + LAST_START
    with store.begin() as tx:
        _fold(tx, now)
        claimed = deliveries.due(tx, limit, holder=holder)
        batches, postponed = _batches(tx, claimed)
    counts["postponed"] = postponed
    open = {delivery.id for batch in batches.values() for delivery in batch}
    round = _Round(store, fetcher, now, holder, lambda: steady() >= last_start, open, couriers.begin)
    for name in couriers.busy & batches.keys():
        counts.update(_postpone(round, batches.pop(name), FIRST_WAIT))
    errands = {name: partial(_errand, round, notifiers.get(name), batch) for name, batch in batches.items()}
    counts.update(couriers.run(errands, ROUND_SECONDS))
    return dict(counts)


def _fold(tx: Tx, now: Now) -> None:
    """Let the newest message of an alert stand for those that waited too long with it."""
    for *older, newest in deliveries.piled(tx, FOLD_AFTER):
        for one in older:
            deliveries.fold(tx, one.id, newest.id)
        if not newest.attempts:  # what was tried may have arrived as it was, and keeps its content
            deliveries.rewrite(tx, newest.id, notice.folded(newest.payload, len(older)))
        note = Message("routes.folded", receiver=newest.notifier, number=len(older) + 1)
        alerts.event(tx, newest.alert_id, now(), "", "folded", note)


def _errand(round: _Round, notifier: Notifier | None, batch: Sequence[Delivery]) -> Counter[str]:
    """Send one notifier's messages. Whatever ends it: what it did not get to is free for the next round."""
    try:
        return _send_all(round, notifier, batch)
    finally:
        if left := [delivery.id for delivery in batch if delivery.id in round.open]:
            with round.store.begin() as tx:
                deliveries.unclaim(tx, round.holder, left)


def backoff(attempt: int, rng: random.Random) -> float:
    """The wait after failed attempt number `attempt` (1, 2, ...), in seconds.

    Doubles from `FIRST_WAIT` to `LONGEST_WAIT`; the random quarter keeps receivers that
    failed together from being tried together for ever (Brooker, "Exponential Backoff and
    Jitter", AWS Architecture Blog, 2015).
    """
    wait = min(FIRST_WAIT * (1 << min(attempt - 1, 30)), LONGEST_WAIT)
    return wait * rng.uniform(0.75, 1.0)


def next_wait(delivery: Delivery, error: BaseException, seconds: float) -> float | None:
    """How long to wait after `error`, when the store's clock says `seconds`; None to give up."""
    attempts = delivery.attempts + 1
    if isinstance(error, FetchError) and error.status == GONE:
        return None
    if attempts >= LEAST_ATTEMPTS and seconds - delivery.created >= GIVE_UP_AFTER:
        return None
    wait = backoff(attempts, random.Random(f"{delivery.id}/{attempts}"))
    if isinstance(error, FetchError) and error.retry_after:
        wait = max(wait, min(error.retry_after, LONGEST_WISH))
    return wait


@dataclass(frozen=True, slots=True)
class _Round:
    """What the notifiers of one round share; `over` says that no further send may start, `open` are the
    messages claimed and not yet concluded: whatever is not in it may be somebody else's by now; `begin` is
    told of each notifier that begins with a message."""

    store: Store
    fetcher: Fetcher
    now: Now
    holder: str
    over: Callable[[], bool]
    open: set[str]
    begin: Callable[[str], None]


def _batches(tx: Tx, claimed: Sequence[Delivery]) -> tuple[dict[str, list[Delivery]], int]:
    """The claimed messages by notifier, oldest first, and how many must wait for an earlier one."""
    seconds = clock.seconds(tx)
    ids = {delivery.id for delivery in claimed}
    batches: dict[str, list[Delivery]] = defaultdict(list)
    postponed = 0
    for delivery in sorted(claimed, key=_age):
        waits_for = [
            earlier
            for earlier in (deliveries.of_alert(tx, delivery.alert_id) if delivery.alert_id else ())
            if earlier.notifier == delivery.notifier
            and earlier.state is DeliveryState.PENDING
            and earlier.id not in ids
            and _age(earlier) < _age(delivery)
        ]
        if waits_for:
            until = max(earlier.next_attempt for earlier in waits_for)
            deliveries.postpone(tx, delivery.id, max(0.0, until - seconds))
            postponed += 1
        else:
            batches[delivery.notifier].append(delivery)
    return dict(batches), postponed


def _send_all(round: _Round, notifier: Notifier | None, batch: Sequence[Delivery]) -> Counter[str]:
    """Send one notifier's messages in order, until it does not answer or the round is over."""
    counts: Counter[str] = Counter()
    held: dict[str, float] = {}  # what later messages wait for an earlier one about, and how long
    for index, delivery in enumerate(batch):
        if round.over():
            return counts + _postpone(round, batch[index:], 0.0)
        about = delivery.alert_id or delivery.id
        if about in held:
            counts += _postpone(round, [delivery], held[about])
            continue
        round.begin(delivery.notifier)
        error = _send(notifier, delivery, round.fetcher)
        if error is None:
            with round.store.begin() as tx:
                deliveries.delivered(tx, delivery.id, round.now())
            round.open.discard(delivery.id)
            counts["delivered"] += 1
            continue
        with round.store.begin() as tx:
            wait = None if notifier is None else next_wait(delivery, error, clock.seconds(tx))
            deliveries.failed(tx, delivery.id, _told(error), wait)
        round.open.discard(delivery.id)
        counts["dead" if wait is None else "failed"] += 1
        if wait is not None and not _refused(error):
            return counts + _postpone(round, batch[index + 1 :], wait)
        if wait is not None:
            held[about] = wait
    return counts


def _send(notifier: Notifier | None, delivery: Delivery, fetcher: Fetcher) -> BaseException | None:
    if notifier is None:
        return MonitorError(Message("delivery.no_notifier", notifier=delivery.notifier))
    try:
        notifier.send(delivery, fetcher)
    except StoppedError:
        raise
    except BaseException as error:  # a plugin may raise anything; it is kept with the message
        if not isinstance(error, MonitorError):
            which = {"notifier": delivery.notifier, "id": delivery.id}
            log.warning("the notifier raised", extra=which, exc_info=error)
        return error
    return None


def _postpone(round: _Round, batch: Sequence[Delivery], wait: float) -> Counter[str]:
    if batch:
        with round.store.begin() as tx:
            for delivery in batch:
                deliveries.postpone(tx, delivery.id, wait)
        round.open.difference_update(delivery.id for delivery in batch)
    return Counter(postponed=len(batch))


def _refused(error: BaseException) -> bool:
    """Whether the receiver is there and refuses this one message: the next may please it."""
    status = error.status if isinstance(error, FetchError) else None
    return status is not None and 400 <= status < 500 and status not in (401, 403, 404, 408, 425, 429)


def _told(error: BaseException) -> str:
    if isinstance(error, MonitorError) and isinstance(error.told, Message):
        return error.told
    text = str(error) if isinstance(error, MonitorError) else f"{type(error).__name__}: {error}"
    return text[:500]


def _age(delivery: Delivery) -> tuple[float, int, str]:
    return delivery.created, delivery.place, delivery.id
