"""What is configured and installed: plugins, instances, routes, the shipped model, files, the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping

from monitor.alerts import routing
from monitor.classification import champion, manifest
from monitor.doctor.check import Check
from monitor.errors import ModelError, MonitorError
from monitor.extensions.instances import Instances, Unavailable
from monitor.premises import contents, ownership
from monitor.registry import Registry
from monitor.settings import Settings

LEAST_FREE_BYTES = 200_000_000
LOW_FREE_BYTES = 2_000_000_000


def examinations(
    settings: Settings, registry: Registry, instances: Instances
) -> Mapping[str, Callable[[], Iterator[Check]]]:
    """What is asked whatever the database says, by the name of the check."""
    return {
        "plugins": lambda: _plugins(settings, registry, instances),
        "routes": lambda: _routes(settings),
    }


def shipped(settings: Settings) -> Iterator[Check]:
    folder = champion.shipped_folder(settings.classifier.model, settings.directory)
    try:
        manifest.verify(folder, manifest.digest(folder))
    except ModelError as error:
        yield Check("model", "fail", str(error), "reinstall the monitor, or correct [classifier] model")
    else:
        yield Check("model", "ok", f"shipped model in {folder}")


def files(settings: Settings) -> Iterator[Check]:
    single, whole = contents.holding(settings)
    wide = ownership.open_to_others(single, whole)
    if wide:
        what = f"other users may read {wide[0]}" + (f" and {len(wide) - 1} more" if len(wide) > 1 else "")
        yield Check("files", "warn", what, "the next start of `monitor run`, `web` or `worker` closes them")
    else:
        yield Check("files", "ok", "what holds data is its owner's alone")


def disk(settings: Settings) -> Iterator[Check]:
    folder = settings.learning.directory
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state = "fail" if free < LEAST_FREE_BYTES else "warn" if free < LOW_FREE_BYTES else "ok"
    todo = "" if state == "ok" else "free some space: nothing new can be stored on a full disk"
    yield Check("disk", state, f"{free / 1e9:.1f} GB free at {folder}", todo)


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
