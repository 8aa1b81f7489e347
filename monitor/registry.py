"""Plugins: found, catalogued by kind, built from their tables.

They come from three places and go through the same hooks: modules of the bundled package,
``*.py`` of the directory config.toml calls `plugins_dir`, and installed packages with an
entry point in group ``monitor``. A bundled plugin that cannot be loaded stops the start;
any other is disabled, and listed with the reason.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import inspect
import json
import pkgutil
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pluggy
import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from monitor import hookspecs
from monitor.config import expectation
from monitor.errors import ConfigError, PluginError
from monitor.settings import Secret

BUNDLED = "monitor_plugins"
ENTRY_POINTS = "monitor"
METHODS: Mapping[str, tuple[str, ...]] = {
    "sources": ("fetch",),
    "classifiers": ("load", "classify"),
    "strategies": ("select",),
    "detectors": ("test",),
    "notifiers": ("send",),
}
"""Group -> the methods its classes must have. Hook ``register_<group>`` returns them."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """One plugin as `monitor plugins` lists it. `kinds` are written ``source rss``."""

    name: str
    origin: str  # "bundled" | "directory" | "package"
    version: str
    hooks: tuple[str, ...]
    kinds: tuple[str, ...]
    state: str  # "loaded" | "disabled"
    error: str = ""


class Registry:
    """The loaded plugins' classes by group and kind. Made by `discover`."""

    def __init__(
        self, classes: Mapping[str, Mapping[str, type[Any]]], plugins: Sequence[PluginStatus]
    ) -> None:
        self._classes = classes
        self.plugins = tuple(plugins)

    @classmethod
    def discover(cls, plugins_dir: Path | None = None, disabled: Sequence[str] = ()) -> Registry:
        """Load every plugin there is. Raises PluginError if a bundled one fails."""
        loading = _Loading()
        for info in pkgutil.iter_modules(importlib.import_module(BUNDLED).__path__):
            if not info.name.startswith("_"):
                loading.load(info.name, "bundled", _importer(f"{BUNDLED}.{info.name}"))
        for name, origin, version, importer in _third_party(plugins_dir):
            if name in disabled:
                loading.disable(name, origin, version, "disabled by `disabled_plugins`")
            else:
                loading.load(name, origin, importer, version)
        return cls(loading.classes, loading.plugins)

    def kinds(self, group: str) -> dict[str, type[Any]]:
        """Kind -> class of one group: sources, classifiers, strategies, detectors, notifiers."""
        return dict(self._classes[group])

    def wanted(self, group: str, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of `options` that the class of a kind declares; none where there is no such kind."""
        known = _parameters(self._classes[group][kind]).known if kind in self._classes[group] else {}
        return {name: value for name, value in options.items() if name in known}

    def build(self, group: str, name: str, kind: str, options: Mapping[str, Any], where: str) -> Any:
        """Instance `name` of `kind`, its `options` checked against the class.

        `where` opens every error: ``config.toml: [sources.fed]``. Raises ConfigError.
        """
        classes = self._classes[group]
        if kind not in classes:
            known = ", ".join(sorted(classes)) or "none"
            raise ConfigError(f"{where} kind: unknown kind {kind!r}; known: {known}{self._disabled()}")
        wanted = _parameters(classes[kind])
        mistakes = [
            f"{where} {key}: unknown key of kind {kind!r}; known keys: {', '.join(wanted.known) or 'none'}"
            for key in options
            if key not in wanted.known and not wanted.any_key
        ]
        mistakes += [
            f"{where} {key}: missing; kind {kind!r} needs it" for key in wanted.required if key not in options
        ]
        values: dict[str, Any] = {}
        for key, value in options.items():
            try:
                values[key] = _validated(wanted.known.get(key, Any), value)
            except ValidationError as error:
                detail: dict[str, Any] = dict(error.errors(include_url=False)[0])
                inner = "".join(f"[{part}]" for part in detail["loc"])
                mistakes.append(f"{where} {key}{inner}: {expectation(detail)}, found {value!r}")
        if mistakes:
            raise ConfigError("\n".join(mistakes))
        try:
            return classes[kind](**values)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{where}: {error}") from error
        except Exception as error:
            raise PluginError(f"{where}: kind {kind!r} cannot be built: {_told(error)}") from error

    def _disabled(self) -> str:
        broken = [f"{plugin.name} ({plugin.error})" for plugin in self.plugins if plugin.state == "disabled"]
        return f"; disabled plugins: {', '.join(broken)}" if broken else ""


# --- loading ------------------------------------------------------------------------------


class _Loading:
    """The state of one discovery."""

    def __init__(self) -> None:
        self.pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self.pluggy.add_hookspecs(hookspecs)
        self.classes: dict[str, dict[str, type[Any]]] = {group: {} for group in METHODS}
        self.owners: dict[tuple[str, str], str] = {}
        self.plugins: list[PluginStatus] = []

    def load(self, name: str, origin: str, importer: Callable[[], object], version: str = "") -> None:
        plugin: object = None
        try:
            plugin = importer()
            version = version or str(getattr(plugin, "__version__", ""))
            self._admit(plugin, name, origin, version)
        # A plugin may raise anything while it is imported, SystemExit among it.
        except (Exception, SystemExit) as error:
            if plugin is not None and self.pluggy.is_registered(plugin):
                self.pluggy.unregister(plugin)
            told = str(error) if isinstance(error, PluginError) else _told(error)
            if origin == "bundled":
                raise PluginError(f"bundled plugin {name!r} cannot be loaded: {told}") from error
            self.disable(name, origin, version, told)
            log.warning("plugin disabled", plugin=name, origin=origin, error=told)

    def disable(self, name: str, origin: str, version: str, error: str) -> None:
        self.plugins.append(PluginStatus(name, origin, version, (), (), "disabled", error))

    def _admit(self, plugin: object, name: str, origin: str, version: str) -> None:
        self.pluggy.register(plugin, name=f"{origin}:{name}")
        self.pluggy.check_pending()
        hooks = sorted(caller.name for caller in self.pluggy.get_hookcallers(plugin) or ())
        if not hooks and origin == "bundled":
            self.pluggy.unregister(plugin)
            return
        if not hooks:
            raise PluginError(
                "it implements no hook; decorate a function such as `register_sources` with `@hookimpl`"
            )
        admitted: list[tuple[str, str, type[Any]]] = []
        for hook in hooks:
            group = hook.removeprefix("register_")
            for plugged in self._call(hook, plugin):
                kind = _checked(plugged, group, hook)
                taken = [other for g, other, _ in admitted if g == group] + list(self.classes[group])
                if kind in taken:
                    owner = self.owners.get((group, kind), name)
                    raise PluginError(
                        f"kind {kind!r} of {group} is defined twice: by {owner!r} and by {name!r};"
                        " rename one of them"
                    )
                admitted.append((group, kind, plugged))
        for group, kind, plugged in admitted:
            self.classes[group][kind] = plugged
            self.owners[group, kind] = name
        kinds = tuple(f"{_singular(group)} {kind}" for group, kind, _ in admitted)
        self.plugins.append(PluginStatus(name, origin, version, tuple(hooks), kinds, "loaded"))

    def _call(self, hook: str, plugin: object) -> Iterator[Any]:
        others = [other for other in self.pluggy.get_plugins() if other is not plugin]
        for result in self.pluggy.subset_hook_caller(hook, others)():
            if not isinstance(result, (list, tuple)):
                raise PluginError(f"`{hook}` returned {result!r}; expected a list of classes")
            yield from result


def _third_party(
    plugins_dir: Path | None,
) -> Iterator[tuple[str, str, str, Callable[[], object]]]:
    """(name, origin, version, importer) of what the directory and the entry points hold."""
    if plugins_dir is not None:
        if not plugins_dir.is_dir():
            raise ConfigError(
                f"plugins_dir: there is no directory {plugins_dir}; make it or remove the setting"
            )
        # Child processes unpickle a plugin's functions by importing its module by name.
        if str(plugins_dir) not in sys.path:
            sys.path.append(str(plugins_dir))
        for file in sorted(plugins_dir.glob("*.py")):
            if not file.name.startswith("_"):
                yield file.stem, "directory", "", _file_importer(file)
    for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        yield point.name, "package", point.dist.version if point.dist else "", point.load


def _importer(module: str) -> Callable[[], ModuleType]:
    return lambda: importlib.import_module(module)


def _file_importer(file: Path) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        name = file.stem
        installed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        if name in sys.stdlib_module_names or importlib.machinery.PathFinder.find_spec(name, installed):
            raise PluginError(f"{file.name} has the name of an installed module; rename the file")
        if not name.isidentifier():
            raise PluginError(f"{file.name} cannot be imported; name it with letters, digits and _ only")
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise PluginError(f"{file} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    return load


def _checked(plugged: Any, group: str, hook: str) -> str:
    """The kind of a class that fits its group; PluginError says what it lacks."""
    if not isinstance(plugged, type):
        raise PluginError(f"`{hook}` returned {plugged!r}; expected classes, not instances")
    kind = getattr(plugged, "kind", None)
    if not isinstance(kind, str) or not kind:
        raise PluginError(f"class {plugged.__name__} lacks `kind`, the name config.toml calls it by")
    for method in METHODS[group]:
        if not callable(getattr(plugged, method, None)):
            raise PluginError(f"class {plugged.__name__} (kind {kind!r}) lacks the method `{method}`")
    return kind


def _singular(group: str) -> str:
    return group.removesuffix("ies") + "y" if group.endswith("ies") else group.removesuffix("s")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


# --- building -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What a class's constructor takes: name -> type."""

    known: Mapping[str, Any]
    required: Sequence[str]
    any_key: bool


def _parameters(cls: type[Any]) -> _Parameters:
    parameters = inspect.signature(cls).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return _Parameters(
        known={p.name: _type_of(cls, p) for p in named},
        required=[p.name for p in named if p.default is p.empty],
        any_key=any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def _type_of(cls: type[Any], parameter: inspect.Parameter) -> Any:
    """The type of one setting; the class may have other fields, of types known to checkers only."""
    if parameter.annotation is parameter.empty:
        return Any
    owner = next(
        one for one in cls.__mro__ if parameter.name in vars(one).get("__annotations__", {}) or one is object
    )
    module = cls.__module__ if owner is object else owner.__module__
    annotated = type("Annotated", (), {"__annotations__": {"x": parameter.annotation}, "__module__": module})
    try:
        return get_type_hints(annotated, include_extras=True)["x"]
    except NameError as error:
        raise PluginError(
            f"class {cls.__name__}: the type of {parameter.name} cannot be resolved: {error};"
            " import it outside `if TYPE_CHECKING`"
        ) from error


def _validated(annotation: Any, value: Any) -> Any:
    """`value` as `annotation` asks; strict, except for text out of the environment."""
    if annotation is Any:
        return value
    try:
        adapter = TypeAdapter(annotation)
    except PydanticSchemaGenerationError:
        return value
    if isinstance(value, Secret):
        validated = adapter.validate_python(str(value))
        return value if validated == value else validated
    # JSON in strict mode: no guessing, yet a list may fill a tuple and text a path.
    return adapter.validate_json(json.dumps(value, default=str), strict=True)
