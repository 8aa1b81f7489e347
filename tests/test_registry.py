"""Plugins: found in three places, isolated when they fail, built from checked options."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor import registry
from monitor.errors import ConfigError, PluginError
from monitor.registry import PluginStatus, Registry
from monitor.settings import Secret

HELLO = """
from dataclasses import dataclass, field
from pathlib import Path
from monitor import Fetched, Item, hookimpl

@dataclass
class Hello:
    greeting: str
    times: int = 1
    ratio: float = 1.0
    loud: bool = False
    words: tuple[str, ...] = ()
    file: Path = Path("x")
    extra: dict[str, int] = field(default_factory=dict)
    kind = "hello"

    def fetch(self, state, fetcher):
        return Fetched([Item(title=self.greeting)] * self.times, state)

@hookimpl
def register_sources():
    return [Hello]
"""


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


def build(mine: Path, options: dict[str, Any], kind: str = "hello") -> Any:
    return Registry.discover(mine).build("sources", "a", kind, options, "config.toml: [sources.a]")


def refused(mine: Path, options: dict[str, Any], kind: str = "hello") -> str:
    with pytest.raises(ConfigError) as caught:
        build(mine, options, kind)
    return str(caught.value)


def only(plugins: tuple[PluginStatus, ...]) -> PluginStatus:
    assert len(plugins) == 1
    return plugins[0]


def test_a_file_in_the_directory_is_a_plugin(mine: Path) -> None:
    (mine / "my_source.py").write_text(HELLO + "__version__ = '1.2'\n")
    found = Registry.discover(mine)
    assert list(found.kinds("sources")) == ["hello"]
    assert only(found.plugins) == PluginStatus(
        "my_source", "directory", "1.2", ("register_sources",), ("source hello",), "loaded"
    )


def test_bundled_plugins_go_through_the_same_hooks(bundled: Path) -> None:
    (bundled / "hello.py").write_text(HELLO)
    (bundled / "shared_part.py").write_text("X = 1\n")
    (bundled / "_private.py").write_text("raise SystemExit(3)\n")
    assert only(Registry.discover().plugins).origin == "bundled"


def test_the_real_bundled_plugins_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BUNDLED", "monitor_plugins")
    found = Registry.discover()
    assert {plugin.state for plugin in found.plugins} == {"loaded"}
    assert {"rss", "jsonl", "sample"} <= found.kinds("sources").keys()
    assert {"console", "webhook", "apprise"} <= found.kinds("notifiers").keys()
    assert "transformer" in found.kinds("classifiers")
    assert "surge" in found.kinds("detectors")
    assert "least_confidence" in found.kinds("strategies")


def test_an_installed_package_is_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "packages"
    info = site / "hello_plugin-3.1.dist-info"
    info.mkdir(parents=True)
    (site / "hello_plugin_module.py").write_text(HELLO)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello-plugin\nVersion: 3.1\n")
    (info / "entry_points.txt").write_text("[monitor]\nhello = hello_plugin_module\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    assert only(Registry.discover().plugins) == PluginStatus(
        "hello", "package", "3.1", ("register_sources",), ("source hello",), "loaded"
    )
    off = only(Registry.discover(disabled=["hello"]).plugins)
    assert (off.state, off.error) == ("disabled", "disabled by `disabled_plugins`")


BROKEN = {
    "raises": ("1 / 0\n", "ZeroDivisionError: division by zero"),
    "exits": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "does_not_parse": ("def f(:\n", "SyntaxError"),
    "lacks_an_import": ("import no_such_module_at_all\n", "No module named"),
    "has_no_hook": ("def register_sources():\n    return []\n", "decorate a function such as"),
    "hook_of_another_name": (
        "from monitor import hookimpl\n@hookimpl\ndef register_sauces():\n    return []\n",
        "register_sauces",
    ),
    "hook_with_an_argument": (
        "from monitor import hookimpl\n@hookimpl\ndef register_sources(config):\n    return []\n",
        "config",
    ),
    "hook_raises": (
        "from monitor import hookimpl\n@hookimpl\ndef register_sources():\n    raise OSError('gone')\n",
        "OSError: gone",
    ),
    "returns_no_list": (
        HELLO.replace("return [Hello]", "return Hello"),
        "expected a list of classes",
    ),
    "returns_instances": (
        HELLO.replace("return [Hello]", "return [Hello('x')]"),
        "expected classes, not instances",
    ),
    "has_no_kind": (HELLO.replace('kind = "hello"', ""), "class Hello lacks `kind`"),
    "has_no_method": (HELLO.replace("def fetch", "def fetsh"), "lacks the method `fetch`"),
    "same_kind_twice": (
        HELLO.replace("return [Hello]", "return [Hello, Hello]"),
        "kind 'hello' of sources is defined twice",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_third_party_plugin_is_disabled_and_the_others_load(mine: Path, name: str) -> None:
    text, expected = BROKEN[name]
    (mine / f"a_{name}.py").write_text(text)
    (mine / "my_source.py").write_text(HELLO.replace('"hello"', '"well"'))
    found = Registry.discover(mine)
    assert list(found.kinds("sources")) == ["well"]
    broken = found.plugins[0]
    assert (broken.name, broken.state, broken.kinds) == (f"a_{name}", "disabled", ())
    assert expected in broken.error


def test_a_broken_bundled_plugin_stops_the_start(bundled: Path) -> None:
    (bundled / "bad.py").write_text("1 / 0\n")
    with pytest.raises(PluginError, match="bundled plugin 'bad' cannot be loaded: ZeroDivisionError"):
        Registry.discover()


def test_a_kind_defined_twice_names_both(bundled: Path, mine: Path) -> None:
    (bundled / "hello.py").write_text(HELLO)
    (mine / "my_source.py").write_text(HELLO)
    found = Registry.discover(mine)
    assert found.kinds("sources")["hello"].__module__ == "bundled_for_test.hello"
    assert found.plugins[1].error == (
        "kind 'hello' of sources is defined twice: by 'hello' and by 'my_source'; rename one of them"
    )


@pytest.mark.parametrize("name", ["json.py", "pytest.py"])
def test_a_file_with_an_installed_modules_name_is_refused(mine: Path, name: str) -> None:
    (mine / name).write_text(HELLO)
    before = sys.modules.get(name.removesuffix(".py"))
    assert "rename the file" in only(Registry.discover(mine).plugins).error
    assert sys.modules.get(name.removesuffix(".py")) is before


def test_a_file_that_cannot_be_a_module_is_told(mine: Path) -> None:
    (mine / "my-source.py").write_text(HELLO)
    assert "letters, digits and _" in only(Registry.discover(mine).plugins).error


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no directory"):
        Registry.discover(tmp_path / "nowhere")


def test_a_directory_plugin_crosses_to_another_process(mine: Path) -> None:
    (mine / "crossing_source.py").write_text(HELLO)
    built = build(mine, {"greeting": "x"})
    program = (
        f"import sys; sys.path.append({str(mine)!r}); import pickle;"
        " print(pickle.load(sys.stdin.buffer).greeting)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(built), capture_output=True)
    assert done.stdout.strip() == b"x", done.stderr


def test_options_fill_the_fields(mine: Path) -> None:
    (mine / "my_source.py").write_text(HELLO)
    options = {
        "greeting": "hi",
        "times": 2,
        "ratio": 2,
        "loud": True,
        "words": ["a"],
        "file": "f",
        "extra": {"a": 1},
    }
    built = build(mine, options)
    assert (built.times, built.ratio, built.words, built.file) == (2, 2.0, ("a",), Path("f"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "config.toml: [sources.a] greeting: missing; kind 'hello' needs it"),
        ({"greeting": 3}, "config.toml: [sources.a] greeting: expected a valid string, found 3"),
        ({"greeting": "x", "times": "2"}, "times: expected a valid integer, found '2'"),
        ({"greeting": "x", "times": True}, "times: expected a valid integer, found True"),
        ({"greeting": "x", "words": ["a", 2]}, "words[1]: expected a valid string, found ['a', 2]"),
        (
            {"greeting": "x", "url": "u"},
            "url: unknown key of kind 'hello'; known keys: greeting, times, ratio",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(mine: Path, options: dict[str, Any], expected: str) -> None:
    (mine / "my_source.py").write_text(HELLO)
    message = refused(mine, options)
    assert expected in message
    assert "\n" not in message


def test_an_unknown_kind_names_the_known_ones_and_what_failed(mine: Path) -> None:
    (mine / "my_source.py").write_text(HELLO)
    (mine / "other.py").write_text("1 / 0\n")
    assert refused(mine, {}, kind="helo") == (
        "config.toml: [sources.a] kind: unknown kind 'helo'; known: hello;"
        " disabled plugins: other (ZeroDivisionError: division by zero)"
    )


def test_a_secret_is_taken_as_its_field_wants_and_never_told(mine: Path) -> None:
    (mine / "my_source.py").write_text(HELLO)
    built = build(mine, {"greeting": Secret("hunter2"), "times": Secret("3")})
    assert (built.greeting, built.times) == ("hunter2", 3)
    assert "hunter2" not in repr(built)
    assert refused(mine, {"greeting": "x", "times": Secret("hunter2")}).endswith("found '***'")


PLAIN = """
from monitor import hookimpl

class Anything:
    pass

class Plain:
    kind = "plain"
    def __init__(self, size: int, thing: Anything = None, **rest):
        if size < 0:
            raise ValueError("size: expected 0 or more")
        if size > 9:
            raise RuntimeError("out of cheese")
        self.size, self.rest = size, rest
    def fetch(self, state, fetcher): ...

@hookimpl
def register_sources():
    return [Plain]
"""


def test_a_class_that_is_no_dataclass_is_built_by_its_signature(mine: Path) -> None:
    (mine / "plain_source.py").write_text(PLAIN)
    assert build(mine, {"size": 3, "colour": "red", "thing": 1}, "plain").rest == {"colour": "red"}
    assert "size: expected a valid integer" in refused(mine, {"size": "3"}, "plain")
    assert refused(mine, {"size": -1}, "plain") == "config.toml: [sources.a]: size: expected 0 or more"
    with pytest.raises(PluginError, match="cannot be built: RuntimeError: out of cheese"):
        build(mine, {"size": 10}, "plain")


def test_a_type_that_cannot_be_resolved_is_told(mine: Path) -> None:
    text = "from __future__ import annotations\n" + PLAIN.replace("size: int", "size: Nowhere")
    (mine / "plain_source.py").write_text(text)
    with pytest.raises(PluginError, match="outside `if TYPE_CHECKING`"):
        build(mine, {"size": 1}, "plain")


def test_two_registries_share_nothing(mine: Path, tmp_path: Path) -> None:
    (mine / "my_source.py").write_text(HELLO)
    other = tmp_path / "other"
    other.mkdir()
    (other / "my_source.py").write_text(HELLO.replace('"hello"', '"well"'))
    first, second = Registry.discover(mine), Registry.discover(other)
    assert (list(first.kinds("sources")), list(second.kinds("sources"))) == (["hello"], ["well"])
