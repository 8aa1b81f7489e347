"""Imports point one way: core <- contract <- edges <- lines <- app <- faces; plugins see only `monitor`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Lowest first. A module may import from its own layer's folder and from layers below it.
LAYERS: list[set[str]] = [
    {"records", "errors", "taxonomy"},
    {"settings"},
    {
        "normalize",
        "identity",
        "entities",
        "routing",
        "evaluation",
        "gate",
        "trends",
        "alerting",
        "notice",
        "snapshots",
    },
    {"hookspecs"},
    {
        "config",
        "registry",
        "instances",
        "store",
        "addresses",
        "fetcher",
        "sandbox",
        "datasets",
        "checklist",
        "manifest",
        "logs",
        "remote",
        "wire",
    },
    {"testing"},
    {
        "classifying",
        "recognition",
        "pipeline",
        "importing",
        "watch",
        "learning",
        "champion",
        "serving",
        "delivery",
        "batching",
        "bulk",
    },
    {"workbench"},
    {"app"},
    {"doctor", "scheduler", "auth", "desk", "metrics"},
    {"guard", "login"},
    {"api", "web", "hosting"},
    {"cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
PURE = LAYERS[0] | LAYERS[2]


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Absolute names imported anywhere in the file, `if TYPE_CHECKING` apart."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def noun(path: Path) -> str:
    return path.relative_to(ROOT / "monitor").parts[0].removesuffix(".py")


def test_every_module_has_a_layer() -> None:
    nouns = {noun(path) for path in modules("monitor")} - {"__init__", "defaults"}
    assert nouns == set(LEVEL) & nouns, f"give these a layer: {nouns - set(LEVEL)}"


@pytest.mark.parametrize("path", modules("monitor"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = noun(path)
    if here == "__init__":
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "monitor" and len(parts) > 1 and parts[1] in LEVEL and parts[1] != here:
            assert LEVEL[parts[1]] <= LEVEL[here], f"{path.name} imports {name}, a layer above it"


@pytest.mark.parametrize("path", modules("monitor"), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_and_foreign_libraries_stay_in_their_room(path: Path) -> None:
    rooms = {
        "torch": set(),
        "transformers": set(),
        "peft": set(),
        "ray": {"executor"},
        "sqlalchemy": {"store"},
        "alembic": {"store"},
        "httpx2": {"fetcher"},
        "streamlit": {"web"},
        "apscheduler": {"scheduler"},
    }
    for name in imports(path):
        top = name.split(".")[0]
        if top in rooms:
            assert noun(path) in rooms[top], f"{path} imports {name}"


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_core_does_no_input_or_output(name: str) -> None:
    path = ROOT / "monitor" / f"{name}.py"
    if not path.exists():
        return
    banned = {"socket", "subprocess", "threading", "sqlite3", "requests", "time", "os"}
    assert not {found.split(".")[0] for found in imports(path)} & banned
    assert "datetime.now" not in path.read_text(encoding="utf-8"), "`now` is passed in"


@pytest.mark.parametrize("path", modules("plugins"), ids=lambda path: str(path.relative_to(ROOT)))
def test_plugins_import_only_public_names(path: Path) -> None:
    import monitor

    for name in imports(path):
        if name.split(".")[0] in {"monitor", "monitor_dashboard"}:
            assert name.removeprefix("monitor.") in monitor.__all__, f"{path}: {name} is not public"


@pytest.mark.parametrize("path", modules("dashboard"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_dashboard_sees_only_the_desk(path: Path) -> None:
    for name in imports(path):
        parts = name.split(".")
        if parts[0] in {"monitor", "monitor_plugins"}:
            assert parts[:2] in (["monitor", "desk"], ["monitor", "records"], ["monitor", "errors"]), name


def test_feedparser_is_given_bytes_io_only() -> None:
    """`feedparser.parse(bytes)` opens files and `parse(str)` fetches URLs that the body names."""
    calls = []
    for folder in ("monitor", "plugins"):
        for path in modules(folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse":
                    calls.append((path.name, ast.unparse(node.args[0])))
    assert calls, "the rss source parses with feedparser"
    assert all(argument.startswith("io.BytesIO(") for _, argument in calls), calls


def test_commands_start_light() -> None:
    heavy = (
        "torch transformers streamlit pandas sqlalchemy fastapi pydantic_settings scipy apprise lingua numpy"
    )
    code = f"import sys, monitor.cli; print([m for m in {heavy.split()} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
