"""One plugin: imported from where it lies, its hooks called, its classes checked.

Enters: an `Origin`, which is text, so that another process can load the same plugin. Leaves: a `Loaded`,
its classes by group and kind. A plugin may do anything while it is imported, and import what does anything:
what the monitor was not shipped with is loaded by a process that may be killed (`monitor.sandbox`), and by
the monitor itself for a classifier only.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from monitor import hookspecs
from monitor.errors import PluginError

ENTRY_POINTS = "monitor"
"""The group of entry points in which an installed package names its plugins."""

METHODS: Mapping[str, tuple[str, ...]] = {
    "sources": ("fetch",),
    "classifiers": ("load", "classify"),
    "strategies": ("select",),
    "detectors": ("fit", "test"),
    "notifiers": ("send",),
}
"""Group -> the methods its classes must have. Hook ``register_<group>`` returns them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plugin comes from.

    `kind` is ``bundled``, ``directory`` or ``package``; `where` accordingly the name of a module, the path
    of a file, or what an entry point refers to (``module:attribute``).
    """

    name: str
    kind: str
    where: str
    version: str = ""

    @property
    def file(self) -> str:
        """What people call it by: ``my_source.py``, or the name of an entry point."""
        return Path(self.where).name if self.kind == "directory" else self.name


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a plugin provides."""

    hooks: tuple[str, ...] = ()
    version: str = ""
    classes: Mapping[tuple[str, str], type[Any]] = field(default_factory=dict)  # by (group, kind)

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """(group, kind) of each class, in the order in which the hooks returned them."""
        return tuple(self.classes)

    @property
    def scoring(self) -> tuple[str, ...]:
        """Kinds of detectors that answer scores of which larger is rarer, and no p-values."""
        return tuple(
            kind
            for (group, kind), cls in self.classes.items()
            if group == "detectors" and cls.larger_is_rarer
        )


def load(origin: Origin) -> Loaded:
    """Import a plugin and ask its hooks. Raises PluginError in words that do not repeat its name."""
    plugin: object = None
    try:
        plugin = _IMPORTERS[origin.kind](origin)
        return _asked(plugin, origin)
    except PluginError:
        raise
    # A plugin may raise anything while it is imported, SystemExit among it.
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        raise PluginError(told(error)) from error


def told(error: BaseException) -> str:
    """What was raised, in a line; of a failed import only what could not be imported."""
    text = str(error)
    if isinstance(error, ImportError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def singular(group: str) -> str:
    """``source`` of ``sources``."""
    return group.removesuffix("ies") + "y" if group.endswith("ies") else group.removesuffix("s")


# --- importing ------------------------------------------------------------------------------


def _module(origin: Origin) -> ModuleType:
    return importlib.import_module(origin.where)


def _entry_point(origin: Origin) -> object:
    return importlib.metadata.EntryPoint(origin.name, origin.where, ENTRY_POINTS).load()


def _file(origin: Origin) -> ModuleType:
    file = Path(origin.where)
    name = file.stem
    installed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if name in sys.stdlib_module_names or importlib.machinery.PathFinder.find_spec(name, installed):
        raise PluginError(f"{file.name} has the name of an installed module; rename the file")
    if not name.isidentifier():
        raise PluginError(f"{file.name} cannot be imported; name it with letters, digits and _ only")
    if str(file.parent) not in sys.path:  # for what lies beside it, and for pickles that name its module
        sys.path.append(str(file.parent))
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


_IMPORTERS = {"bundled": _module, "directory": _file, "package": _entry_point}


# --- asking its hooks -----------------------------------------------------------------------


def _asked(plugin: object, origin: Origin) -> Loaded:
    pluggy_manager = pluggy.PluginManager(hookspecs.PROJECT)
    pluggy_manager.add_hookspecs(hookspecs)
    pluggy_manager.register(plugin, name=f"{origin.kind}:{origin.name}")
    pluggy_manager.check_pending()
    hooks = sorted(caller.name for caller in pluggy_manager.get_hookcallers(plugin) or ())
    version = origin.version or str(getattr(plugin, "__version__", ""))
    if not hooks and origin.kind == "bundled":  # a part that the others share
        return Loaded(version=version)
    if not hooks:
        raise PluginError(
            "it implements no hook; decorate a function such as `register_sources` with `@hookimpl`"
        )
    classes: dict[tuple[str, str], type[Any]] = {}
    for hook in hooks:
        group = hook.removeprefix("register_")
        for plugged in _classes(pluggy_manager, hook):
            kind = _checked(plugged, group, hook)
            if (group, kind) in classes:
                raise PluginError(twice(group, kind, origin.name, origin.name))
            classes[group, kind] = plugged
    return Loaded(tuple(hooks), version, classes)


def twice(group: str, kind: str, first: str, second: str) -> str:
    """Why a kind that is there already is refused."""
    return f"kind {kind!r} of {group} is defined twice: by {first!r} and by {second!r}; rename one of them"


def _classes(manager: pluggy.PluginManager, hook: str) -> Iterator[Any]:
    for result in getattr(manager.hook, hook)():
        if not isinstance(result, (list, tuple)):
            raise PluginError(f"`{hook}` returned {result!r}; expected a list of classes")
        yield from result


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
    if group == "detectors" and not isinstance(getattr(plugged, "larger_is_rarer", None), bool):
        raise PluginError(
            f"class {plugged.__name__} (kind {kind!r}) lacks `larger_is_rarer`: False where it answers "
            "p-values, True where it answers scores of which larger is rarer"
        )
    return kind
