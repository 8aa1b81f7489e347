"""Plugins: found in three places, isolated when they fail, their instances where they may be stopped."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor import registry
from monitor.errors import ConfigError, PluginError
from monitor.extensions.loading import Origin
from monitor.registry import PluginStatus, Registry
from monitor.sandbox.limits import Limits
from monitor.sandbox.proxies import NotifierProxy, SourceProxy
from monitor.testing import FakeFetcher

HELLO = """
from dataclasses import dataclass
from monitor import Fetched, Item, hookimpl

@dataclass
class Hello:
    greeting: str
    kind = "hello"

    def fetch(self, state, fetcher):
        return Fetched([Item(title=self.greeting)], state)

    load = classify = send = fetch

@hookimpl
def register_sources():
    return [Hello]
"""

Discover = Callable[..., Registry]


@pytest.fixture(autouse=True)
def _import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])


@pytest.fixture(autouse=True)
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package in the place of the bundled plugins."""
    folder = tmp_path / "site" / "bundled_for_test"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    for name in [name for name in sys.modules if name.split(".")[0] == folder.name]:
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setattr(registry, "BUNDLED", folder.name)
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


@pytest.fixture
def discover() -> Iterator[Discover]:
    """`Registry.discover`, whose processes end with the test."""
    found: list[Registry] = []

    def make(*arguments: Any, **options: Any) -> Registry:
        found.append(Registry.discover(*arguments, **options))
        return found[-1]

    yield make
    for one in found:
        one.close()


def build(found: Registry, kind: str = "hello", group: str = "sources", **options: Any) -> Any:
    return found.build(group, "a", kind, options, f"config.toml: [{group}.a]")


def only(plugins: tuple[PluginStatus, ...]) -> PluginStatus:
    assert len(plugins) == 1
    return plugins[0]


def test_a_file_in_the_directory_is_a_plugin_and_is_not_imported_here(mine: Path, discover: Discover) -> None:
    file = mine / "registry_test_source.py"
    file.write_text(HELLO + "__version__ = '1.2'\n")
    found = discover(mine)
    assert found.kinds("sources") == {"hello": Origin("registry_test_source", "directory", str(file))}
    status = only(found.plugins)
    assert (status.name, status.origin, status.version, status.hooks, status.kinds, status.state) == (
        *("registry_test_source", "directory", "1.2"),
        *(("register_sources",), ("source hello",), "loaded"),
    )
    assert status.closed in (True, False)
    assert "registry_test_source" not in sys.modules


def test_bundled_plugins_go_through_the_same_hooks(bundled: Path, discover: Discover) -> None:
    (bundled / "hello.py").write_text(HELLO)
    (bundled / "shared_part.py").write_text("X = 1\n")
    (bundled / "_private.py").write_text("raise SystemExit(3)\n")
    found = discover()
    assert only(found.plugins).origin == "bundled"
    assert found.pool.pids == []


def test_the_real_bundled_plugins_load(monkeypatch: pytest.MonkeyPatch, discover: Discover) -> None:
    monkeypatch.setattr(registry, "BUNDLED", "monitor_plugins")
    found = discover()
    assert {plugin.state for plugin in found.plugins} == {"loaded"}
    assert {"rss", "jsonl", "sample"} <= found.kinds("sources").keys()
    assert {"console", "webhook", "apprise"} <= found.kinds("notifiers").keys()
    assert "transformer" in found.kinds("classifiers")
    assert set(registry.FALLBACKS.values()) <= found.kinds("strategies").keys()
    assert "surge" in found.kinds("detectors")


def test_an_installed_package_is_a_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, discover: Discover
) -> None:
    site = tmp_path / "packages"
    info = site / "hello_plugin-3.1.dist-info"
    info.mkdir(parents=True)
    (site / "hello_plugin_module.py").write_text(HELLO)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello-plugin\nVersion: 3.1\n")
    (info / "entry_points.txt").write_text("[monitor]\nhello = hello_plugin_module\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    status = only(discover().plugins)
    assert (status.name, status.origin, status.version, status.state) == ("hello", "package", "3.1", "loaded")
    assert status.kinds == ("source hello",)
    off = only(discover(disabled=["hello"]).plugins)
    assert (off.state, off.error) == ("disabled", "disabled by `disabled_plugins`")


def test_a_broken_plugin_is_disabled_and_the_others_load(mine: Path, discover: Discover) -> None:
    (mine / "a_broken.py").write_text("1 / 0\n")
    (mine / "a_typo.py").write_text("def f(:\n")
    (mine / "my_source.py").write_text(HELLO)
    with capture_logs() as logged:
        found = discover(mine)
    assert list(found.kinds("sources")) == ["hello"]
    broken, typo, _ = found.plugins
    assert (broken.name, broken.state, broken.error) == (
        "a_broken",
        "disabled",
        "ZeroDivisionError: division by zero",
    )
    assert typo.state == "disabled" and "SyntaxError" in typo.error
    warned = {entry["plugin"]: entry["error"] for entry in logged if entry["event"] == "plugin.disabled"}
    assert warned == {"a_broken": broken.error, "a_typo": typo.error}


def test_a_broken_bundled_plugin_stops_the_start(bundled: Path) -> None:
    (bundled / "bad.py").write_text("1 / 0\n")
    with pytest.raises(PluginError, match="bundled plugin 'bad' cannot be loaded: ZeroDivisionError"):
        Registry.discover()


def test_a_kind_defined_twice_names_both(bundled: Path, mine: Path, discover: Discover) -> None:
    (bundled / "hello.py").write_text(HELLO)
    (mine / "my_source.py").write_text(HELLO)
    found = discover(mine)
    assert found.kinds("sources")["hello"].kind == "bundled"
    assert found.plugins[1].error == (
        "kind 'hello' of sources is defined twice: by 'hello' and by 'my_source'; rename one of them"
    )


@pytest.mark.parametrize("what", ["nowhere", "file"])
def test_a_directory_that_cannot_be_read_is_a_plugin_that_is_not_there(
    tmp_path: Path, bundled: Path, discover: Discover, what: str
) -> None:
    (tmp_path / "file").write_text("")
    (bundled / "well.py").write_text(HELLO.replace('"hello"', '"well"'))
    found = discover(tmp_path / what)
    well, lost = found.plugins
    assert (well.state, lost.name, lost.state) == ("loaded", what, "disabled")
    assert "plugins_dir cannot be read" in lost.error
    with pytest.raises(PluginError, match="plugins_dir cannot be read"):
        build(found)


def test_a_plugin_that_takes_long_is_there_when_it_is_done(mine: Path, discover: Discover) -> None:
    (mine / "my_source.py").write_text(HELLO)
    gate = mine / "gate"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.05)\n"
    (mine / "slow_source.py").write_text(wait + HELLO.replace('"hello"', '"slow"'))
    found = discover(mine, limits=Limits(load_seconds=120.0), wait_seconds=0.1)
    assert {plugin.name: plugin.state for plugin in found.plugins}["slow_source"] == "loading"
    with pytest.raises(PluginError, match=r"slow_source\.py: it is still being loaded"):
        build(found, "slow", greeting="x")
    gate.touch()
    found.settle()
    assert [plugin.state for plugin in found.plugins] == ["loaded", "loaded"]
    assert build(found, "slow", greeting="x").fetch({}, FakeFetcher()).items[0].title == "x"


def test_a_plugin_that_takes_too_long_is_named(mine: Path, discover: Discover) -> None:
    (mine / "slow_source.py").write_text("import threading\nthreading.Event().wait()\n")
    status = only(discover(mine, limits=Limits(load_seconds=0.5)).plugins)
    assert (status.state, "importing it took more than 0.5 seconds" in status.error) == ("disabled", True)


def test_a_source_is_built_in_a_child(bundled: Path, mine: Path, discover: Discover) -> None:
    (bundled / "well.py").write_text(HELLO.replace('"hello"', '"well"'))
    (mine / "my_source.py").write_text(HELLO)
    found = discover(mine)
    for kind in ("well", "hello"):
        source = build(found, kind, greeting="hi")
        assert isinstance(source, SourceProxy)
        assert source.fetch({"n": 1}, FakeFetcher()).state == {"n": 1}
        with pytest.raises(ConfigError, match=r"\[sources.a\] greeting: missing; kind '\w+' needs it"):
            build(found, kind)


def test_other_kinds_are_built_here_where_they_are_bundled(
    bundled: Path, mine: Path, discover: Discover
) -> None:
    text = HELLO.replace("sources", "notifiers")
    (bundled / "well.py").write_text(text.replace('"hello"', '"well"'))
    (mine / "my_source.py").write_text(text)
    found = discover(mine)
    assert build(found, "well", "notifiers", greeting="x").greeting == "x"
    assert isinstance(build(found, "hello", "notifiers", greeting="x"), NotifierProxy)


def test_a_classifier_is_imported_here_when_it_is_built(mine: Path, discover: Discover) -> None:
    (mine / "registry_test_classifier.py").write_text(HELLO.replace("sources", "classifiers"))
    found = discover(mine)
    assert "registry_test_classifier" not in sys.modules
    assert build(found, "hello", "classifiers", greeting="x").greeting == "x"
    assert "registry_test_classifier" in sys.modules


def test_an_unknown_kind_is_a_mistake_where_everything_loaded(mine: Path, discover: Discover) -> None:
    (mine / "my_source.py").write_text(HELLO)
    with pytest.raises(ConfigError) as caught:
        build(discover(mine), "helo")
    assert str(caught.value) == "config.toml: [sources.a] kind: unknown kind 'helo'; known: hello"


def test_an_unknown_kind_may_be_that_of_a_plugin_that_did_not_load(mine: Path, discover: Discover) -> None:
    (mine / "my_source.py").write_text(HELLO)
    (mine / "other.py").write_text("1 / 0\nkind = 'others'\n")
    (mine / "third.py").write_text("import no_such_module_at_all\n")
    found = discover(mine)
    with pytest.raises(PluginError) as caught:
        build(found, "others")
    assert str(caught.value) == "other.py: ZeroDivisionError: division by zero"
    with pytest.raises(PluginError) as caught:
        build(found, "helo")
    assert str(caught.value) == (
        "no plugin provides kind 'helo'; known: hello; not loaded: other.py: ZeroDivisionError: division by"
        " zero, third.py: No module named 'no_such_module_at_all'"
    )


def test_a_class_that_cannot_be_built_is_told(mine: Path, discover: Discover) -> None:
    breaks = "    def __post_init__(self):\n        raise OSError('out of cheese')\n\n    def fetch"
    broken = HELLO.replace("    def fetch", breaks)
    (mine / "my_source.py").write_text(broken)
    with pytest.raises(PluginError, match="kind 'hello' cannot be built: OSError: out of cheese"):
        build(discover(mine), greeting="x")


def test_two_registries_share_nothing(mine: Path, tmp_path: Path, discover: Discover) -> None:
    (mine / "my_source.py").write_text(HELLO)
    other = tmp_path / "other"
    other.mkdir()
    (other / "my_source.py").write_text(HELLO.replace('"hello"', '"well"'))
    first, second = discover(mine), discover(other)
    assert (list(first.kinds("sources")), list(second.kinds("sources"))) == (["hello"], ["well"])


def test_plugins_are_loaded_at_the_same_time(mine: Path, discover: Discover) -> None:
    """Two that wait for each other both load."""
    for me, other in (("one", "two"), ("two", "one")):
        wait = (
            f"import pathlib, time\npathlib.Path({str(mine / me)!r}).touch()\n"
            f"while not pathlib.Path({str(mine / other)!r}).exists():\n    time.sleep(0.05)\n"
        )
        (mine / f"{me}_source.py").write_text(wait + HELLO.replace('"hello"', f'"{me}"'))
    before = threading.active_count()
    found = discover(mine, limits=Limits(load_seconds=120.0))
    assert sorted(found.kinds("sources")) == ["one", "two"]
    assert threading.active_count() <= before + 3
