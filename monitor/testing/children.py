"""A plugin as the monitor runs it: built from its options alone, in a process of its own.

A child has the plugin's file and the options of config.toml, and nothing of the object that a test made. What
it needs is that the file registers the class and that the options are what TOML can say; nothing is pickled.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError, PluginError
from monitor.extensions.building import build
from monitor.extensions.loading import Origin
from monitor.registry import BUNDLED
from monitor.sandbox.pool import Pool
from monitor.sandbox.proxies import DetectorProxy, NotifierProxy, SourceProxy, StrategyProxy

_PROXIES: Mapping[str, type[Any]] = {
    "sources": SourceProxy,
    "notifiers": NotifierProxy,
    "strategies": StrategyProxy,
    "detectors": DetectorProxy,
}


def origin_of(plugin: object, group: str) -> Origin | None:
    """Where a child loads the class from. None for one that no plugin registers, a test's own say, and for
    what is bundled and runs in the monitor's process: all but sources."""
    module = sys.modules.get(type(plugin).__module__)
    register = getattr(module, f"register_{group}", None)
    file = getattr(module, "__file__", None)
    if module is None or file is None or not callable(register) or type(plugin) not in list(register()):
        return None
    if module.__name__.split(".")[0] == BUNDLED:
        return Origin(module.__name__, "bundled", module.__name__) if group == "sources" else None
    if "." in module.__name__:
        return Origin(module.__name__, "package", module.__name__)
    return Origin(Path(file).stem, "directory", str(Path(file).resolve()))


def options_of(plugin: object) -> dict[str, Any]:
    """The options that a dataclass was built with, as config.toml says them. AssertionError names one that
    cannot be said there."""
    if not dataclasses.is_dataclass(plugin):
        return {}
    found = {}
    for field in dataclasses.fields(plugin):
        value = getattr(plugin, field.name)
        if not field.init or value == _default(field):
            continue
        try:
            found[field.name] = json.loads(json.dumps(value, default=_spelled, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise AssertionError(
                f"{field.name}: {value!r} cannot be said in config.toml: an option is text, a number, true "
                f"or false, a list or a table ({error})"
            ) from None
    return found


def rebuilt(plugin: Any) -> Any:
    """The same plugin, built from its options. AssertionError where it comes out another, or not at all."""
    options = options_of(plugin)
    try:
        again = build(type(plugin), plugin.kind, options, "options")
    except (ConfigError, PluginError) as error:
        raise AssertionError(f"the monitor builds it from its options, and cannot: {error}") from error
    for field in dataclasses.fields(plugin) if dataclasses.is_dataclass(plugin) else ():
        if field.init and getattr(plugin, field.name) != getattr(again, field.name):
            raise AssertionError(f"built from its options {options!r} it is {again!r}, not {plugin!r}")
    return again


@contextmanager
def in_child(plugin: Any, group: str) -> Iterator[Any]:
    """The plugin in a child process, for the calls of its protocol."""
    origin = origin_of(plugin, group)
    assert origin is not None, f"no `register_{group}` beside {type(plugin).__name__} returns it"
    pool = Pool()
    try:
        more = {"larger_is_rarer": plugin.larger_is_rarer} if group == "detectors" else {}
        options = options_of(plugin)
        yield _PROXIES[group](pool, origin, group, plugin.kind, "checked", options, "options", **more)
    finally:
        pool.close()


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _spelled(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is none of these")
