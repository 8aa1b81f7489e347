"""`monitor doctor`: is everything as it must be, and what to do where it is not.

    configured   plugins, instances, routes, the shipped model, files, the disk
    stored       the database, and what it says of model, sources, workers, messages, users, audit and clocks
    check        a finding

Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from monitor import config
from monitor.doctor import configured, stored
from monitor.doctor.check import Check
from monitor.errors import ConfigError, DiskFullError, ModelError, MonitorError, StoreError
from monitor.executor import checking
from monitor.extensions.instances import Instances
from monitor.premises import installation
from monitor.registry import Registry
from monitor.settings import Settings


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
    found = _all(configured.examinations(settings, registry, instances))
    store = None
    try:
        store = installation.store_of(settings, key=installation.present_key(settings) or b"")
        found += _guarded("store", lambda: stored.whole(store))
        if found[-1].state != "fail" and found[-1].what != stored.NO_DATABASE:
            found += _all(stored.examinations(store, settings, instances, now))
        else:
            found += _guarded("model", lambda: configured.shipped(settings))
    except MonitorError as error:
        found.append(Check("store", "fail", str(error), "check [store] url"))
    finally:
        if store is not None:
            store.close()
    if settings.classifier.host == "ray":
        found += [Check("cluster", *one) for one in checking.findings(settings.cluster, environ)]
    found += _guarded("files", lambda: configured.files(settings))
    found += configured.disk(settings)
    return once(found)


def _all(examinations: Mapping[str, Callable[[], Iterator[Check]]]) -> list[Check]:
    return [check for name, one in examinations.items() for check in _guarded(name, one)]


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
