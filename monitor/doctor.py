"""`monitor doctor`: is everything as it must be, and what to do where it is not."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor import config, storage
from monitor.alerts import routing
from monitor.classification import champion, manifest
from monitor.errors import ConfigError, DiskFullError, ModelError, MonitorError, SchemaError, StoreError
from monitor.executor import checking
from monitor.extensions.instances import Instances, Unavailable
from monitor.extensions.troubles import troubles
from monitor.messages import by_cause
from monitor.premises import contents, installation, ownership
from monitor.records import DeliveryState
from monitor.registry import Registry
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
    users,
)

LEAST_FREE_BYTES = 200_000_000
LOW_FREE_BYTES = 2_000_000_000
LEAST_YEAR = 2024
"""A clock before this year was never set."""

AHEAD = timedelta(minutes=5)
RECENT = timedelta(days=7)
"""Steps of a clock are told for so long, on the store's clock."""

LATE = timedelta(minutes=1)
"""Clocks of two machines that differ by more are told: beats lie within seconds of each other."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `state` is ok, warn (it works, look at it) or fail (it does not)."""

    name: str
    state: str
    what: str
    todo: str = ""


def examine(path: Path | None, environ: Mapping[str, str], now: datetime) -> list[Check]:
    """Every finding, in the order things depend on each other. Changes nothing and raises nothing
    that is an error of the monitor's."""
    try:
        settings = config.load(path, environ)
    except ConfigError as error:
        return [Check("configuration", "fail", str(error), "correct it and run `monitor doctor` again")]
    file = str(settings.file) if settings.file else "no config.toml here; every setting is the default one"
    found = [Check("configuration", "ok", file)]
    try:
        registry = Registry.of(settings)
    except MonitorError as error:
        return [*found, Check("plugins", "fail", str(error), "reinstall the monitor")]
    try:
        return [*found, *_examined(settings, registry, environ, now)]
    finally:
        registry.close()


def _examined(
    settings: Settings, registry: Registry, environ: Mapping[str, str], now: datetime
) -> list[Check]:
    instances = Instances(settings, registry)
    found = _guarded("plugins", lambda: _plugins(settings, registry, instances))
    found += _guarded("routes", lambda: _routes(settings))
    store = None
    try:
        store = installation.store_of(settings, key=installation.present_key(settings) or b"")
        found += _guarded("store", lambda: _store(store))
        if found[-1].state != "fail" and found[-1].what != NO_DATABASE:
            found += _guarded("model", lambda: _model(store, settings))
            found += _guarded("sources", lambda: _sources(store, settings, instances))
            found += _guarded(
                "workers", lambda: (Check("workers", "ok", one) for one in holdings.told(store))
            )
            found += _guarded("troubles", lambda: _troubles(store, instances))
            found += _guarded("deliveries", lambda: _deliveries(store))
            found += _guarded("users", lambda: _users(store))
            found += _guarded("audit", lambda: _audit(store, settings))
            found += _guarded("clock", lambda: _clock(store, now))
            found += _guarded("data", lambda: _told("data", storage.data(store)))
            found += _guarded(
                "retention", lambda: _told("retention", storage.retention(store, settings, now))
            )
        else:
            found += _guarded("model", lambda: _shipped(settings))
    except MonitorError as error:
        found.append(Check("store", "fail", str(error), "check [store] url"))
    finally:
        if store is not None:
            store.close()
    if settings.classifier.host == "ray":
        found += [Check("cluster", *one) for one in checking.findings(settings.cluster, environ)]
    found += _guarded("files", lambda: _files(settings))
    found += _disk(settings)
    return once(found)


NO_DATABASE = "no database yet"


def _guarded(name: str, examination: Callable[[], Iterator[Check]]) -> list[Check]:
    try:
        return list(examination())
    except MonitorError as error:
        return [Check(_room(error) or name, "fail", str(error), "the message above says what to do")]


def _room(error: MonitorError) -> str:
    """Which check an error is told under, whichever met it; "" where that is the one."""
    if isinstance(error, DiskFullError):
        return "disk"
    return "store" if isinstance(error, StoreError) else "model" if isinstance(error, ModelError) else ""


def once(found: Sequence[Check]) -> list[Check]:
    """Findings without those that tell of a cause again: a locked store, a missing model and a full disk are
    met by many checks. What works is told of each."""
    told: set[tuple[str, str]] = set()
    whole: list[Check] = []
    for check in sorted(found, key=lambda one: one.state == "ok"):
        room = check.name if check.name in ("store", "model", "disk") else check.what
        if check.state == "fail" and (room, "fail") in told:
            continue
        if check.state == "ok" and (check.name, "fail") in told and check.name in ("store", "model"):
            continue
        told.add((room, check.state))
        whole.append(check)
    kept = {id(check) for check in whole}
    return [check for check in found if id(check) in kept]


def _plugins(settings: Settings, registry: Registry, instances: Instances) -> Iterator[Check]:
    plugins = registry.plugins
    broken = [plugin for plugin in plugins if plugin.state == "disabled"]
    mistakes = ""
    try:
        instances.check()
    except MonitorError as error:
        mistakes = str(error)
    lost = {} if mistakes else _by_reason(instances)
    for plugin in broken:
        told = any(plugin.error in why for why in lost)  # with what is configured with it
        if plugin.name not in settings.disabled_plugins and not told:
            todo = "correct the plugin or remove it"
            yield Check("plugins", "warn", f"{plugin.name}: {plugin.error}", todo)
    kept = "in processes that the kernel keeps from the network"
    if any(plugin.closed is False for plugin in plugins):
        kept = "in processes kept from the network by Python alone: the kernel allows no network namespace"
    theirs = f"; yours run {kept}" if any(plugin.closed is not None for plugin in plugins) else ""
    yield Check("plugins", "ok", f"{len(plugins) - len(broken)} loaded{theirs}")
    if mistakes:
        yield Check("instances", "fail", mistakes, "correct these tables")
    else:
        for why, its in lost.items():
            names = ", ".join(f"{one.group}.{one.name}" for one in its)
            instead = "".join(f"{one.fallback} does the work of {one.name}; " for one in its if one.fallback)
            todo = f"{instead}correct the plugin or the table"
            yield Check("instances", "warn", f"{names}: unavailable: {why}", todo)
        enabled = sum(source.enabled for source in settings.sources.values())
        state, todo = ("ok", "") if enabled else ("warn", "add a [sources.NAME] table")
        yield Check("instances", state, f"{enabled} sources, {len(settings.notifiers)} notifiers", todo)
    if not settings.watchlist.path.exists():
        yield Check(
            "watch list",
            "warn",
            f"there is no file {settings.watchlist.path}: no company is watched",
            "write it (columns id,name,ticker,aliases), or correct [watchlist] path",
        )


def _by_reason(instances: Instances) -> dict[str, list[Unavailable]]:
    """What cannot be built, by why: one cause is one finding."""
    found: dict[str, list[Unavailable]] = {}
    for one in instances.unavailable():
        found.setdefault(str(one.why), []).append(one)
    return found


def _store(store: Store) -> Iterator[Check]:
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


def _shipped(settings: Settings) -> Iterator[Check]:
    folder = champion.shipped_folder(settings.classifier.model, settings.directory)
    try:
        manifest.verify(folder, manifest.digest(folder))
    except ModelError as error:
        yield Check("model", "fail", str(error), "reinstall the monitor, or correct [classifier] model")
    else:
        yield Check("model", "ok", f"shipped model in {folder}")


def _model(store: Store, settings: Settings) -> Iterator[Check]:
    with store.read() as tx:
        serving = models.champion(tx)
    if serving is None:
        yield from _shipped(settings)
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


def _routes(settings: Settings) -> Iterator[Check]:
    """Routes on which nobody hears though they name somebody."""
    tree = routing.tree(settings)
    deaf = [
        route
        for route in routing.every(tree.root)
        if route.receivers and not any(name in tree.receivers for name in route.receivers)
    ]
    for route in deaf:
        named = ", ".join(route.receivers)
        todo = "enable one of them, or name another; `receivers = []` says that nobody is to hear"
        yield Check("routes", "warn", f"[{route.name}] tells nobody: {named} switched off", todo)
    if not deaf:
        number = len(settings.routes)
        yield Check("routes", "ok", f"{number} routes, {len(tree.receivers)} receivers")


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


def _told(name: str, findings: Iterator[storage.Finding]) -> Iterator[Check]:
    for state, what, todo in findings:
        yield Check(name, state, what, todo)


def _files(settings: Settings) -> Iterator[Check]:
    single, whole = contents.holding(settings)
    wide = ownership.open_to_others(single, whole)
    if wide:
        what = f"other users may read {wide[0]}" + (f" and {len(wide) - 1} more" if len(wide) > 1 else "")
        yield Check("files", "warn", what, "the next start of `monitor run`, `web` or `worker` closes them")
    else:
        yield Check("files", "ok", "what holds data is its owner's alone")


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


def _disk(settings: Settings) -> Iterator[Check]:
    folder = settings.learning.directory
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state = "fail" if free < LEAST_FREE_BYTES else "warn" if free < LOW_FREE_BYTES else "ok"
    todo = "" if state == "ok" else "free some space: nothing new can be stored on a full disk"
    yield Check("disk", state, f"{free / 1e9:.1f} GB free at {folder}", todo)
