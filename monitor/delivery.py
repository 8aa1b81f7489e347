"""The outbox: every stored message reaches its receiver at least once.

Messages are claimed for `CLAIM` before they are sent, so that no two workers send the same
one at once, and marked after. A worker that dies between the two leaves the message to be
sent again, under the same id, by which the receiver drops the repeat.

Messages of one alert reach a notifier in the order in which they were written. Notifiers do
not wait for each other, nor does a round for one that hangs (`monitor.couriers`); one that does not answer
is tried with its oldest message only.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from monitor import exits
from monitor.couriers import Couriers
from monitor.errors import FetchError, MonitorError, PluginError, StoppedError
from monitor.hookspecs import Fetcher, Notifier
from monitor.records import Delivery, DeliveryState
from monitor.store import Store, Tx, deliveries

CLAIM = timedelta(minutes=10)
"""How long a claimed message is this worker's."""

LAST_START = timedelta(minutes=5)
"""How long after the claim a send may still start: what it then takes must end within `CLAIM`."""

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_WISH = timedelta(days=1)
"""Longest Retry-After that is honoured."""

GIVE_UP_AFTER = timedelta(days=3)
"""Age at which a message that was attempted `LEAST_ATTEMPTS` times is given up."""

LEAST_ATTEMPTS = 5

GONE = 410
"""The receiver says that it will never be there again: the Standard Webhooks' sign to stop."""

ROUND_SECONDS = 5.0
"""How long a round waits for its notifiers; what is sent later is counted by a later round."""

Now = Callable[[], datetime]


def deliver(
    store: Store,
    notifiers: Mapping[str, Notifier],
    fetcher: Fetcher,
    now: Now,
    limit: int = 100,
    couriers: Couriers | None = None,
) -> dict[str, int]:
    """Send what is due, at most `limit` messages; how many were delivered, failed, dead, postponed.

    What a notifier raises is kept with the message (`last_error`) and stops no other
    notifier. A message whose notifier is not in `notifiers` is dead, and says so. `couriers` remembers
    who is still busy with an earlier round, and is given nothing more.
    """
    couriers = couriers or Couriers()
    counts = Counter(delivered=0, failed=0, dead=0, postponed=0)
    with store.read() as tx:  # so that an idle outbox takes no write lock
        if not deliveries.due(tx, now(), 1):
            return dict(counts)
    with store.begin() as tx:
        claimed_at = now()
        claimed = deliveries.due(tx, claimed_at, limit, claim_seconds=CLAIM.total_seconds())
        batches, postponed = _batches(tx, claimed)
    counts["postponed"] = postponed
    for name in couriers.busy & batches.keys():
        counts.update(_postpone(store, batches.pop(name), now() + FIRST_WAIT))
    errands = {
        name: partial(_send_all, store, notifiers.get(name), batch, fetcher, now, claimed_at)
        for name, batch in batches.items()
    }
    counts.update(couriers.run(errands, ROUND_SECONDS))
    return dict(counts)


def backoff(attempt: int, rng: random.Random) -> timedelta:
    """The wait after failed attempt number `attempt` (1, 2, ...).

    Doubles from `FIRST_WAIT` to `LONGEST_WAIT`; the random quarter keeps receivers that
    failed together from being tried together for ever (Brooker, "Exponential Backoff and
    Jitter", AWS Architecture Blog, 2015).
    """
    wait = min(FIRST_WAIT * (1 << min(attempt - 1, 30)), LONGEST_WAIT)
    return wait * rng.uniform(0.75, 1.0)


def next_attempt(delivery: Delivery, error: Exception, at: datetime) -> datetime | None:
    """When to try again after `error` at `at`; None to give up."""
    attempts = delivery.attempts + 1
    if isinstance(error, FetchError) and error.status == GONE:
        return None
    if attempts >= LEAST_ATTEMPTS and at - delivery.created_at >= GIVE_UP_AFTER:
        return None
    wait = backoff(attempts, random.Random(f"{delivery.id}/{attempts}"))
    if isinstance(error, FetchError) and error.retry_after:
        wait = max(wait, min(timedelta(seconds=error.retry_after), LONGEST_WISH))
    return at + wait


def _batches(tx: Tx, claimed: Sequence[Delivery]) -> tuple[dict[str, list[Delivery]], int]:
    """The claimed messages by notifier, oldest first, and how many must wait for an earlier one."""
    ids = {delivery.id for delivery in claimed}
    batches: dict[str, list[Delivery]] = defaultdict(list)
    postponed = 0
    for delivery in sorted(claimed, key=_age):
        waits_for = [
            earlier
            for earlier in deliveries.of_alert(tx, delivery.alert_id)
            if earlier.notifier == delivery.notifier
            and earlier.state is DeliveryState.PENDING
            and earlier.id not in ids
            and _age(earlier) < _age(delivery)
        ]
        if waits_for:
            until = max(earlier.next_attempt_at for earlier in waits_for)
            deliveries.postpone(tx, delivery.id, until)
            postponed += 1
        else:
            batches[delivery.notifier].append(delivery)
    return dict(batches), postponed


def _send_all(
    store: Store,
    notifier: Notifier | None,
    batch: Sequence[Delivery],
    fetcher: Fetcher,
    now: Now,
    claimed_at: datetime,
) -> Counter[str]:
    """Send one notifier's messages in order, until it does not answer or time is up."""
    counts: Counter[str] = Counter()
    held: dict[str, datetime] = {}  # alerts whose later messages wait for an earlier one
    for index, delivery in enumerate(batch):
        if now() - claimed_at >= LAST_START:
            return counts + _postpone(store, batch[index:], now())
        if delivery.alert_id in held:
            counts += _postpone(store, [delivery], held[delivery.alert_id])
            continue
        error = _send(notifier, delivery, fetcher)
        at = now()
        if error is None:
            with store.begin() as tx:
                deliveries.delivered(tx, delivery.id, at)
            counts["delivered"] += 1
            continue
        again = None if notifier is None else next_attempt(delivery, error, at)
        with store.begin() as tx:
            deliveries.failed(tx, delivery.id, _told(error), at, again)
        counts["dead" if again is None else "failed"] += 1
        if again is not None and not _refused(error):
            return counts + _postpone(store, batch[index + 1 :], again)
        if again is not None:
            held[delivery.alert_id] = again
    return counts


def _send(notifier: Notifier | None, delivery: Delivery, fetcher: Fetcher) -> Exception | None:
    if notifier is None:
        return MonitorError(
            f"there is no enabled notifier {delivery.notifier!r} any more:"
            f" add [notifiers.{delivery.notifier}] to config.toml, then retry"
        )
    try:
        with exits.refused(PluginError, "the notifier", exits.ENDS):
            notifier.send(delivery, fetcher)
    except StoppedError:
        raise
    except Exception as error:  # a plugin may raise anything; it is kept with the message
        return error
    return None


def _postpone(store: Store, batch: Sequence[Delivery], until: datetime) -> Counter[str]:
    if batch:
        with store.begin() as tx:
            for delivery in batch:
                deliveries.postpone(tx, delivery.id, until)
    return Counter(postponed=len(batch))


def _refused(error: Exception) -> bool:
    """Whether the receiver is there and refuses this one message: the next may please it."""
    status = error.status if isinstance(error, FetchError) else None
    return status is not None and 400 <= status < 500 and status not in (401, 403, 404, 408, 425, 429)


def _told(error: Exception) -> str:
    text = str(error) if isinstance(error, MonitorError) else f"{type(error).__name__}: {error}"
    return text[:500]


def _age(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.created_at, delivery.id
