"""Instances from their tables: options checked against the class, every mistake told with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ConfigError, PluginError
from monitor.extensions import loading
from monitor.extensions.building import build as build_class
from monitor.extensions.loading import Origin
from monitor.extensions.options import Secret
from tests.extensions.hello import HELLO


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.path", __import__("sys").path[:])
    return tmp_path


def build(mine: Path, options: dict[str, Any], kind: str = "hello") -> Any:
    (file,) = mine.glob("*.py")
    loaded = loading.load(Origin(file.stem, "directory", str(file)))
    return build_class(loaded.classes["sources", kind], kind, options, "config.toml: [sources.a]")


def refused(mine: Path, options: dict[str, Any], kind: str = "hello") -> str:
    with pytest.raises(ConfigError) as caught:
        build(mine, options, kind)
    return str(caught.value)


def test_what_is_offered_is_taken_where_the_class_declares_it_and_the_table_is_silent(mine: Path) -> None:
    (mine / "my_source.py").write_text(HELLO)
    (file,) = mine.glob("*.py")
    hello = loading.load(Origin(file.stem, "directory", str(file))).classes["sources", "hello"]
    offered = {"times": 3, "loud": True, "unknown": 1}
    built = build_class(hello, "hello", {"greeting": "hi", "times": 2}, "config.toml: [sources.a]", offered)
    assert (built.times, built.loud) == (2, True)


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
