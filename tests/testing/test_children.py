"""The checks run a plugin as the monitor does: from its options, in a child."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import PluginError
from monitor.testing import (
    FakeFetcher,
    FakeSource,
    check_detector,
    check_notifier,
    check_source,
    check_strategy,
)
from monitor.testing.children import in_child, options_of, origin_of, rebuilt

PLUGIN = """
from dataclasses import dataclass, field
from pathlib import Path
from monitor import Fetched, Item, hookimpl

@dataclass
class Mine:
    path: Path = Path("news.txt")
    words: tuple[str, ...] = ("a",)
    extra: dict[str, int] = field(default_factory=dict)
    kind = "mine"

    def fetch(self, state, fetcher):
        BODY

@hookimpl
def register_sources():
    return [Mine]
"""
DELIVERS = 'return Fetched([Item(title="news")], {"n": 1})'


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`mine("return ...", path=...)`: an instance of a plugin with this fetch."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(body: str = DELIVERS, **options: Any) -> Any:
        (tmp_path / "children_test_plugin.py").write_text(PLUGIN.replace("BODY", body))
        sys.modules.pop("children_test_plugin", None)
        importlib.invalidate_caches()
        return importlib.import_module("children_test_plugin").Mine(**options)

    return make


def test_a_plugin_is_loaded_from_its_file(mine: Callable[..., Any], tmp_path: Path) -> None:
    origin = origin_of(mine(), "sources")
    assert origin is not None and origin.where == str(tmp_path / "children_test_plugin.py")
    assert origin_of(mine(), "notifiers") is None
    assert origin_of(FakeSource(), "sources") is None


def test_options_are_what_differs_from_the_defaults(mine: Callable[..., Any]) -> None:
    assert options_of(mine()) == {}
    plugin = mine(path=Path("x"), words=("b", "c"), extra={"a": 1})
    assert options_of(plugin) == {"path": "x", "words": ["b", "c"], "extra": {"a": 1}}
    assert rebuilt(plugin) == plugin


def test_a_sound_source_passes(mine: Callable[..., Any]) -> None:
    assert len(check_source(mine(path=Path("x"))).items) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"extra": {"a": object()}}, r"extra: .* cannot be said in config\.toml"),
        ({"words": {"a", "b"}}, r"words: .* cannot be said in config\.toml"),
        ({"words": ["b"]}, "built from its options .* it is"),
        ({"extra": {"a": "x"}}, "the monitor builds it from its options, and cannot: options extra"),
    ],
)
def test_options_that_no_table_could_hold_are_told(
    mine: Callable[..., Any], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(AssertionError, match=told):
        check_source(mine(**options))


def test_what_the_object_keeps_is_not_there_the_next_time(mine: Callable[..., Any]) -> None:
    keeps = "self.n = getattr(self, 'n', 0) + 1; return Fetched([Item(title='news')] * self.n, {'n': self.n})"
    plugin = mine(keeps)
    plugin.n = 3
    with pytest.raises(AssertionError, match="in a process of its own it delivers 1 items, here 4"):
        check_source(plugin)


def test_another_way_to_the_network_is_told(mine: Callable[..., Any]) -> None:
    # Here it would work: it binds a port of this machine's.
    strays = f"import socket; socket.create_server(('127.0.0.1', 0)).close(); {DELIVERS}"
    with pytest.raises(PluginError, match="through its fetcher only"):
        check_source(mine(strays))


def test_the_fetcher_answers_in_the_child_too(mine: Callable[..., Any]) -> None:
    asks = "return Fetched([Item(title=fetcher.get('https://a.example/').body.decode())])"
    fetcher = FakeFetcher({"https://a.example/": "news"})
    assert check_source(mine(asks), fetcher).items[0].title == "news"


def test_the_other_kinds_run_in_a_child_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.sandbox.conftest import HERE

    monkeypatch.syspath_prepend(str(HERE / "good"))
    good = importlib.import_module("good")
    check_notifier(good.Notifier())
    check_strategy(good.Strategy())
    for detector in (good.Detector(), good.Rare()):
        with in_child(detector, "detectors") as child:
            assert (child.kind, child.larger_is_rarer) == (detector.kind, detector.larger_is_rarer)
        check_detector(detector)
