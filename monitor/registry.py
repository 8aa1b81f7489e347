"""Plugins: found, catalogued by kind, built from their tables.

They come from three places and go through the same hooks: modules of the bundled package, ``*.py`` of the
directory config.toml calls `plugins_dir`, and installed packages with an entry point in group ``monitor``.
A bundled plugin that cannot be loaded stops the start; any other is disabled, and listed with the reason.

What is bundled is imported here. Any other plugin is imported by a child process (`monitor.sandbox`), all
of them at the same time: whatever one does, or however long it takes, the others and the monitor go on. Its
sources, notifiers, strategies and detectors run in children too; a classifier holds a model, so the one that
is configured is imported here, and may stop a start.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from monitor.errors import ConfigError, PluginError
from monitor.extensions.building import NOTHING, build
from monitor.extensions.loading import ENTRY_POINTS, METHODS, Loaded, Origin, load, singular, twice
from monitor.extensions.loading import told as told_error
from monitor.messages import Message
from monitor.sandbox.limits import Limits
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import DetectorProxy, NotifierProxy, SourceProxy, StrategyProxy
from monitor.settings import Settings

BUNDLED = "monitor_plugins"
FALLBACKS: Mapping[str, str] = {"strategies": "margin"}
"""Group -> the bundled kind that does the work of one that cannot."""

_PROXIES = {
    "sources": SourceProxy,
    "notifiers": NotifierProxy,
    "strategies": StrategyProxy,
    "detectors": DetectorProxy,
}

AT_ONCE = 8
"""Plugins that are loaded at the same time."""

_LOADING = Message("plugins.loading")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """One plugin as `monitor plugins` lists it. `kinds` are written ``source rss``."""

    name: str
    origin: str  # "bundled" | "directory" | "package"
    version: str
    hooks: tuple[str, ...]
    kinds: tuple[str, ...]
    state: str  # "loaded" | "loading" | "disabled"
    error: str = ""
    closed: bool | None = None  # whether the kernel keeps its process from the network; None: it has none


@dataclass(frozen=True, slots=True)
class _Found:
    """A plugin, and what became of loading it."""

    origin: Origin
    status: PluginStatus
    provides: tuple[tuple[str, str], ...] = ()
    scoring: tuple[str, ...] = ()  # kinds of detectors whose larger scores are rarer
    loaded: Loaded | None = None  # where it was imported here


class Registry:
    """The plugins and what they provide. Made by `discover`; `close` ends its processes."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._lock = threading.Condition()
        self._slots = threading.Semaphore(AT_ONCE)
        self._found: list[_Found] = []

    @classmethod
    def discover(
        cls,
        plugins_dir: Path | None = None,
        disabled: Sequence[str] = (),
        limits: Limits | None = None,
        wait_seconds: float | None = None,
    ) -> Registry:
        """Load every plugin there is. Raises PluginError if a bundled one fails.

        Others that have not answered after `wait_seconds` (None: the limit on loading) are ``loading``, and
        come when they do.
        """
        registry = cls(Pool(limits))
        for info in pkgutil.iter_modules(importlib.import_module(BUNDLED).__path__):
            if not info.name.startswith("_"):
                registry._import(Origin(info.name, "bundled", f"{BUNDLED}.{info.name}"))
        for origin, problem in _third_party(plugins_dir):
            if origin.name in disabled:
                problem = "disabled by `disabled_plugins`"
            status = _status(origin, "disabled" if problem else "loading", problem or _LOADING)
            registry._found.append(_Found(origin, status))
        for found in registry._found:
            if found.status.state == "loading":
                threading.Thread(
                    target=registry._describe, args=(found.origin,), name="plugin", daemon=True
                ).start()
        registry.settle(wait_seconds)
        return registry

    @classmethod
    def of(cls, settings: Settings, wait_seconds: float | None = None) -> Registry:
        """The plugins that `settings` name; see `discover`."""
        allowed = settings.plugins
        limits = Limits(
            load_seconds=allowed.load_seconds,
            call_seconds=allowed.call_seconds,
            memory_bytes=allowed.memory_mb * 1_000_000,
            items=allowed.max_items,
        )
        return cls.discover(settings.plugins_dir, settings.disabled_plugins, limits, wait_seconds)

    @property
    def plugins(self) -> tuple[PluginStatus, ...]:
        """Every plugin; parts that bundled ones share are none."""
        with self._lock:
            return tuple(one.status for one in _admitted(self._found) if one.status.hooks or one.status.error)

    def settle(self, seconds: float | None = None) -> None:
        """Wait until every plugin is loaded or disabled, but not longer than `seconds`."""
        with self._lock:
            self._lock.wait_for(
                lambda: not any(one.status.state == "loading" for one in self._found), timeout=seconds
            )

    def kinds(self, group: str) -> dict[str, Origin]:
        """Kind -> the plugin that provides it, of one group: sources, classifiers, strategies, detectors,
        notifiers."""
        with self._lock:
            found = _admitted(self._found)
        return {kind: one.origin for one in found for its, kind in one.provides if its == group}

    def build(
        self,
        group: str,
        name: str,
        kind: str,
        options: Mapping[str, Any],
        where: str,
        offered: Mapping[str, Any] = NOTHING,
    ) -> Any:
        """Instance `name` of `kind`, its `options` checked against the class, and of what is `offered` what
        the class declares.

        A source, and whatever is not bundled, is a proxy for an instance in a child process; anything else
        an instance here. `where` opens every error: ``config.toml: [sources.fed]``. Raises ConfigError for
        a kind there is not and for options that do not fit, PluginError where it cannot be built or
        the kind may be one of a plugin that is not loaded.
        """
        origin = self._origin(group, kind, where)
        if group == "classifiers":
            return self.build_here(group, kind, options, where, offered)
        if origin.kind == "bundled":
            here = self.build_here(group, kind, options, where, offered)
            if group != "sources":
                return here
        more = {"larger_is_rarer": self._scoring(kind)} if group == "detectors" else {}
        proxy = _PROXIES[group](self.pool, origin, group, kind, name, options, where, offered, **more)
        if origin.kind != "bundled":
            proxy.check()
        return proxy

    def build_here(
        self,
        group: str,
        kind: str,
        options: Mapping[str, Any],
        where: str,
        offered: Mapping[str, Any] = NOTHING,
    ) -> Any:
        """An instance in this process, as a classifier must be and as a file is imported with. Raises
        ConfigError, PluginError."""
        return build(self._class(group, kind, where), kind, options, where, offered)

    def close(self) -> None:
        """End the plugins' processes. Calls that are at work raise StoppedError."""
        self.pool.close()

    def _origin(self, group: str, kind: str, where: str) -> Origin:
        kinds = self.kinds(group)
        if kind in kinds:
            return kinds[kind]
        known = sorted(kinds)
        with self._lock:
            lost = [one for one in _admitted(self._found) if one.status.state != "loaded"]
        if not lost:
            raise ConfigError(f"{where} kind: unknown kind {kind!r}; known: {', '.join(known) or 'none'}")
        named = [one for one in lost if _mentions(one.origin, kind)]
        told = [
            Message("plugins.file", file=one.origin.file, error=one.status.error) for one in named or lost
        ]
        if len(named) == 1:
            raise PluginError(told[0])
        raise PluginError(Message("plugins.unknown_kind", kind=kind, known=known, lost=told))

    def _scoring(self, kind: str) -> bool:
        """Whether a detector of this kind answers scores of which larger is rarer."""
        with self._lock:
            return any(kind in one.scoring for one in _admitted(self._found))

    def _class(self, group: str, kind: str, where: str) -> type[Any]:
        origin = self._origin(group, kind, where)
        with self._lock:
            loaded = next(one.loaded for one in self._found if one.origin == origin)
        if loaded is None:
            loaded = load(origin)
            self._set(origin, lambda found: replace(found, loaded=loaded))
        return loaded.classes[group, kind]

    # --- loading -----------------------------------------------------------------------------

    def _import(self, origin: Origin) -> None:
        """Load a bundled plugin here."""
        try:
            loaded = load(origin)
        except PluginError as error:
            raise PluginError(f"bundled plugin {origin.name!r} cannot be loaded: {error}") from error
        status = replace(_status(origin, "loaded"), version=loaded.version, hooks=loaded.hooks)
        self._found.append(_Found(origin, status, loaded.kinds, loaded.scoring, loaded))
        for one in _admitted(self._found):
            if one.status.error:
                raise PluginError(f"bundled plugin {origin.name!r} cannot be loaded: {one.status.error}")

    def _describe(self, origin: Origin) -> None:
        """Load a plugin in a child."""
        with self._slots:
            try:
                told = self.pool.describe(origin)
                provides = tuple((str(group), str(kind)) for group, kind in told["kinds"] if group in METHODS)
                scoring = tuple(map(str, told["scoring"]))
                status = replace(
                    _status(origin, "loaded"),
                    version=str(told["version"]),
                    hooks=tuple(map(str, told["hooks"])),
                    closed=bool(told["closed"]),
                )
            except Exception as error:  # what a child says may be of any shape
                text = error.told if isinstance(error, PluginError) else told_error(error)
                status, provides, scoring = _status(origin, "disabled", text), (), ()
        self._set(origin, lambda _: _Found(origin, status, provides, scoring))
        with self._lock:
            status = next(one.status for one in _admitted(self._found) if one.origin == origin)
        if status.error:
            log.warning("plugin.disabled", plugin=origin.name, origin=origin.kind, error=status.error)

    def _set(self, origin: Origin, change: Callable[[_Found], _Found]) -> None:
        with self._lock:
            self._found = [change(one) if one.origin == origin else one for one in self._found]
            self._lock.notify_all()


def _status(origin: Origin, state: str, error: str = "") -> PluginStatus:
    return PluginStatus(origin.name, origin.kind, origin.version, (), (), state, error)


def _admitted(found: Sequence[_Found]) -> list[_Found]:
    """The same, but for plugins that provide a kind that an earlier one does: those are disabled."""
    owners: dict[tuple[str, str], str] = {}
    admitted = []
    for one in found:
        taken = next((kind for kind in one.provides if kind in owners), None)
        if taken is not None:
            error = twice(*taken, owners[taken], one.origin.name)
            one = replace(one, status=_status(one.origin, "disabled", error), provides=(), scoring=())
        owners |= dict.fromkeys(one.provides, one.origin.name)
        kinds = tuple(f"{singular(group)} {kind}" for group, kind in one.provides)
        admitted.append(replace(one, status=replace(one.status, kinds=kinds)))
    return admitted


def _mentions(origin: Origin, kind: str) -> bool:
    """Whether a plugin's file has the quoted name of a kind in it, or cannot be looked into."""
    if origin.kind != "directory":
        return True
    try:
        text = Path(origin.where).read_text("utf-8", "replace")
    except OSError:
        return True
    return f'"{kind}"' in text or f"'{kind}'" in text


def _third_party(plugins_dir: Path | None) -> Iterator[tuple[Origin, str]]:
    """What the directory and the entry points hold, and why it cannot be loaded where that is plain."""
    if plugins_dir is not None:
        yield from _of_directory(plugins_dir)
    for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        yield Origin(point.name, "package", point.value, point.dist.version if point.dist else ""), ""


def _of_directory(folder: Path) -> Iterator[tuple[Origin, str]]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.name[0] != "_")
    except OSError as error:
        why = Message("plugins.no_directory", error=error.strerror or str(error))
        yield Origin(folder.name, "directory", str(folder)), why
        return
    for file in files:
        yield Origin(file.stem, "directory", str(file)), ""
