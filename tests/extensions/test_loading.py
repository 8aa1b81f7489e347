"""One plugin: imported, its hooks asked, its classes checked; what is wrong is told in a line."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import PluginError
from monitor.extensions import loading
from monitor.extensions.loading import Loaded, Origin
from tests.extensions.hello import HELLO


@pytest.fixture(autouse=True)
def _import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])


def load(folder: Path, name: str, text: str = HELLO, kind: str = "directory") -> Loaded:
    file = folder / f"{name}.py"
    file.write_text(text)
    return loading.load(Origin(name, kind, str(file) if kind == "directory" else name))


def refused(folder: Path, name: str, text: str = HELLO) -> str:
    with pytest.raises(PluginError) as caught:
        load(folder, name, text)
    return str(caught.value)


def test_a_file_is_a_plugin(tmp_path: Path) -> None:
    loaded = load(tmp_path, "my_source", HELLO + "__version__ = '1.2'\n")
    assert (loaded.hooks, loaded.version, loaded.kinds) == (
        ("register_sources",),
        "1.2",
        (("sources", "hello"),),
    )
    assert loaded.classes["sources", "hello"].__module__ == "my_source"


def test_what_lies_beside_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "_beside_my_source.py").write_text("GREETING = 'from beside'\n")
    text = "from _beside_my_source import GREETING\n" + HELLO.replace(": str", ": str = GREETING", 1)
    assert load(tmp_path, "my_source", text).classes["sources", "hello"]().greeting == "from beside"


def test_a_module_is_a_plugin_and_a_part_that_others_share_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load(tmp_path, "loading_test_module", kind="bundled").kinds == (("sources", "hello"),)
    assert load(tmp_path, "loading_test_part", "X = 1\n", kind="bundled") == Loaded()


def test_an_entry_point_is_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "loading_test_package.py").write_text(HELLO)
    loaded = loading.load(Origin("hello", "package", "loading_test_package", "3.1"))
    assert (loaded.version, loaded.kinds) == ("3.1", (("sources", "hello"),))


DETECTORS = """
from monitor import hookimpl

class First:
    kind = "first"
    larger_is_rarer = False
    fit = test = print

class Second(First):
    kind = "second"
    larger_is_rarer = True

@hookimpl
def register_detectors():
    return [First, Second]
"""


def test_it_is_known_which_detectors_answer_scores(tmp_path: Path) -> None:
    loaded = load(tmp_path, "my_detectors", DETECTORS)
    assert loaded.kinds == (("detectors", "first"), ("detectors", "second"))
    assert loaded.scoring == ("second",)


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
    "detector_that_does_not_fit": (
        DETECTORS.replace("fit = test", "test"),
        "class First (kind 'first') lacks the method `fit`",
    ),
    "detector_of_scores_or_p_values": (
        DETECTORS.replace("    larger_is_rarer = False\n", ""),
        "class First (kind 'first') lacks `larger_is_rarer`: False where it answers p-values",
    ),
    "same_kind_twice": (
        HELLO.replace("return [Hello]", "return [Hello, Hello]"),
        "kind 'hello' of sources is defined twice",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_told(tmp_path: Path, name: str) -> None:
    text, expected = BROKEN[name]
    assert expected in refused(tmp_path, f"a_{name}", text)
    assert f"a_{name}" not in sys.modules or name not in ("raises", "exits", "does_not_parse")


@pytest.mark.parametrize("name", ["json", "pytest"])
def test_a_file_with_an_installed_modules_name_is_refused(tmp_path: Path, name: str) -> None:
    before = sys.modules.get(name)
    assert "rename the file" in refused(tmp_path, name)
    assert sys.modules.get(name) is before


def test_a_file_that_cannot_be_a_module_is_told(tmp_path: Path) -> None:
    assert "letters, digits and _" in refused(tmp_path, "my-source")


def test_an_instance_crosses_to_another_process(tmp_path: Path) -> None:
    built = load(tmp_path, "crossing_source").classes["sources", "hello"]("x")
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r}); import pickle;"
        " print(pickle.load(sys.stdin.buffer).greeting)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(built), capture_output=True)
    assert done.stdout.strip() == b"x", done.stderr
