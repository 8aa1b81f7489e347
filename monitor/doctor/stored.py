"""What the database says of itself: is it whole, what serves, who failed, who is there, what time it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from monitor import storage
from monitor.classification import champion, manifest
from monitor.detection.turns import ENOUGH
from monitor.doctor import configured
from monitor.doctor.check import Check
from monitor.errors import ModelError, MonitorError, SchemaError, StoreError
from monitor.extensions.instances import Instances
from monitor.extensions.troubles import troubles
from monitor.messages import by_cause
from monitor.premises import contents, installation
from monitor.records import DeliveryState
from monitor.schedule import holdings
from monitor.settings import Settings
from monitor.store import (
    Store,
    articles,
    audit_log,
    clock,
    deliveries,
    files,
    models,
    processes,
    sources,
    turns,
    users,
)

NO_DATABASE = "no database yet"
LEAST_YEAR = 2024
"""A clock before this year was never set."""

AHEAD = timedelta(minutes=5)
RECENT = timedelta(days=7)
"""Steps of a clock are told for so long, on the store's clock."""

LATE = timedelta(minutes=1)
"""Clocks of two machines that differ by more are told: beats lie within seconds of each other."""


def whole(store: Store) -> Iterator[Check]:
    try:
        if store.path is not None:
            files.check(store.path)
            if not store.path.exists():
                yield Check("store", "ok", NO_DATABASE, "any command creates it")
                return
        store.check_schema()
        found = store.damage()
        damage = f"{store.url}: {found}" if found else ""
    except SchemaError as error:
        yield Check("store", "fail", str(error), "run `monitor db upgrade`")
        return
    except StoreError as error:
        damage = str(error)
    if damage:
        todo = "check [store] url; if the file is damaged, restore a backup: `monitor db restore FILE --yes`"
        yield Check("store", "fail", damage, todo)
        return
    whole = ", checked and whole" if store.dialect == "sqlite" else ""
    yield Check("store", "ok", f"{store.url}, {store.version()}{whole}")


def examinations(
    store: Store, settings: Settings, instances: Instances, now: datetime
) -> Mapping[str, Callable[[], Iterator[Check]]]:
    """What a database that is whole is asked, by the name of the check."""
    return {
        "model": lambda: _model(store, settings),
        "sources": lambda: _sources(store, settings, instances),
        "workers": lambda: (Check("workers", "ok", one) for one in holdings.told(store)),
        "troubles": lambda: _troubles(store, instances),
        "deliveries": lambda: _deliveries(store),
        "users": lambda: _users(store),
        "audit": lambda: _audit(store, settings),
        "clock": lambda: _clock(store, now),
        "counts": lambda: _scaled(store, now),
        "data": lambda: _told("data", storage.data(store)),
        "retention": lambda: _told("retention", storage.retention(store, settings, now)),
    }


def _model(store: Store, settings: Settings) -> Iterator[Check]:
    with store.read() as tx:
        serving = models.champion(tx)
    if serving is None:
        yield from configured.shipped(settings)
        return
    try:
        manifest.verify(champion.folder_of(serving, settings.learning.directory), serving.digest)
    except ModelError as error:
        yield Check(
            "model",
            "fail",
            f"{serving.id}: {error}",
            "the one before serves in its place; `monitor models list` shows them",
        )
    else:
        yield Check("model", "ok", f"{serving.id} serves, its files are whole")


def _sources(store: Store, settings: Settings, instances: Instances) -> Iterator[Check]:
    with store.read() as tx:
        known = {status.name: status for status in sources.all(tx)}
    lost: set[str] = set()
    with contextlib.suppress(MonitorError):  # mistakes in tables, which were told
        lost = {one.name for one in instances.unavailable() if one.group == "sources"}
    failing = 0
    failed: list[tuple[str, str]] = []
    for name, source in settings.sources.items():
        status = known.get(name)
        if source.enabled and status is not None and status.malformed and not status.consecutive_failures:
            todo = "the source's page says why; correct its plugin or what it reads"
            yield Check("sources", "warn", f"{name}: {status.malformed} items could not be used", todo)
        if source.enabled and status is not None and status.consecutive_failures:
            failing += 1
            failed.append((name, status.last_error))
        elif source.enabled and name in lost:  # told with the other instances
            failing += 1
    for cause in by_cause(failed):
        names = ", ".join(cause.names)
        most = max(known[name].consecutive_failures for name in cause.names)
        todo = f"`monitor poll {' '.join(cause.names)}` tries again now"
        yield Check("sources", "warn", f"{names}: {cause.what} (failed {most} times in a row)", todo)
    enabled = sum(source.enabled for source in settings.sources.values())
    yield Check("sources", "ok", f"{enabled - failing} of {enabled} enabled sources have no error")


def _troubles(store: Store, instances: Instances) -> Iterator[Check]:
    """What failed when it was called; what is unavailable was told already."""
    with store.read() as tx:
        found = [one for one in troubles(tx, instances) if one.since_at is not None]
    for one in found:
        yield Check(one.group, "warn", str(one.what), "the log says more")


def _deliveries(store: Store) -> Iterator[Check]:
    with store.read() as tx:
        dead = deliveries.all(tx, (DeliveryState.DEAD,), 1000)
    if dead:
        last = max(dead, key=lambda delivery: delivery.created_at)
        yield Check(
            "deliveries",
            "warn",
            f"{len(dead)} messages were given up, the last one to {last.notifier}: {last.last_error}",
            f"correct the notifier, try it with `monitor notifiers test {last.notifier}`, then `retry`",
        )
    else:
        yield Check("deliveries", "ok", "no message was given up")


def _users(store: Store) -> Iterator[Check]:
    with store.read() as tx:
        count = users.count(tx)
    todo = (
        "" if count else "open the link that `monitor run` prints, or `monitor users add NAME --role admin`"
    )
    yield Check("users", "ok" if count else "warn", f"{count} users", todo)


def _audit(store: Store, settings: Settings) -> Iterator[Check]:
    if installation.present_key(settings) is None:
        todo = f"put {installation.key_file(settings).name} back, or set {installation.VARIABLE}"
        yield Check("audit", "warn", "the installation's key is not there: the audit cannot be checked", todo)
        return
    known = [head for path in contents.logs(settings) if path.is_file() for head in audit_log.heads_in(path)]
    found = store.verify_audit(known)
    if found.problem:
        what = f"entry {found.first_bad}: {found.problem}"
        todo = (
            "see `monitor audit list --before`; compare with a backup: `monitor audit verify --against FILE`"
        )
        yield Check("audit", "fail", what, todo)
        return
    over = f", {found.taken_over:,} taken over from another key" if found.taken_over else ""
    gone = f", the first {found.dropped:,} removed by [retention]" if found.dropped else ""
    yield Check("audit", "ok", f"{found.head.entries:,} entries in one chain{over}{gone}")


def _scaled(store: Store, now: datetime) -> Iterator[Check]:
    """After a promotion, by what the counts of the version that serves are scaled."""
    with store.read() as tx:
        steps = turns.scaled(tx, now, now)
    for step in steps:
        state = "ok" if step.articles >= ENOUGH else "warn"
        todo = "it ends by itself in eight weeks, or once `monitor reclassify` has judged the archive again"
        yield Check("counts", state, str(step.sentence), todo)


def _told(name: str, findings: Iterator[storage.Finding]) -> Iterator[Check]:
    for state, what, todo in findings:
        yield Check(name, state, what, todo)


def _clock(store: Store, now: datetime) -> Iterator[Check]:
    with store.read() as tx:
        newest = [status.last_polled_at for status in sources.all(tx) if status.last_polled_at]
        newest += [view.article.first_seen_at for view in articles.page(tx, limit=1)]
        steps = clock.steps(tx, clock.seconds(tx) - RECENT.total_seconds())
        told = {process.machine: process.wall_at for process in processes.all(tx)}
    fine = True
    last = max(newest, default=now)
    if now.year < LEAST_YEAR or last > now + AHEAD:
        fine = False
        what = f"this machine says {now:%Y-%m-%d %H:%M} UTC; the store was written at {last:%Y-%m-%d %H:%M}"
        yield Check("clock", "fail", what, "set the clock (NTP): what is published and seen is dated by it")
    for step in steps:
        fine = False
        yield Check(
            "clock",
            "warn",
            f"{_sign(step.by)} to {step.wall_at:%Y-%m-%d %H:%M} UTC",
            "nothing waits for a wrong date; look at what was dated before, and at NTP",
        )
    if told and max(told.values()) - min(told.values()) > LATE:
        fine = False
        what = f"the clocks of {len(told)} machines differ by {max(told.values()) - min(told.values())}"
        yield Check("clock", "warn", what, "set them by NTP: what is published and seen is dated by them")
    if fine:
        yield Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _sign(seconds: float) -> str:
    """ "the clock was set forward by 1:00:00" """
    way = "forward" if seconds > 0 else "back"
    return f"a machine's clock was set {way} by {timedelta(seconds=abs(round(seconds)))}"
