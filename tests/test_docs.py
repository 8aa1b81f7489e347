"""The documentation is held to the code: generated pages are current, examples run, links resolve."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


def test_reference_pages_are_current() -> None:
    run = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_hook_is_documented_with_its_live_signature() -> None:
    from monitor import hookspecs

    page = (DOCS / "hooks.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("register_")]
    assert len(hooks) == 5
    for name in hooks:
        signature = str(inspect.signature(getattr(hookspecs, name))).replace("'", "")
        assert f"### {name}{signature}\n" in page


def test_every_setting_is_documented_with_its_default() -> None:
    from monitor.config import describe

    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    settings = describe()
    assert len(settings) > 20
    for key, _, _, description in settings:
        assert f"| `{key}` |" in page
        assert description, f"{key} has no description"


def test_every_command_is_documented() -> None:
    import typer

    from monitor.cli import app

    page = (DOCS / "commands.md").read_text(encoding="utf-8")

    def walk(command: object, path: str) -> list[str]:
        children = getattr(command, "commands", {})
        return [path, *(name for key, child in children.items() for name in walk(child, f"{path} {key}"))]

    names = walk(typer.main.get_command(app), "monitor")
    assert len(names) > 20
    for name in names:
        assert f"## {name}\n" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_repository_resolve(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_named_in_the_pages_exist(page: Path) -> None:
    import typer

    from monitor.cli import app

    root = typer.main.get_command(app)
    for line in re.findall(
        r"(?:^\$ |`)monitor ([a-z][^`\n#]*)", page.read_text(encoding="utf-8"), re.MULTILINE
    ):
        command = root
        for word in line.split():
            children = getattr(command, "commands", None)
            if not children:
                break
            assert word in children, f"{page.name}: monitor {line}"
            command = children[word]


def blocks(page: Path) -> dict[str, str]:
    """The code blocks of a page that name a file: ```language file=NAME."""
    found = re.findall(
        r"^```\w+ file=(\S+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return dict(found)


def test_the_plugin_page_works_as_written(tmp_path: Path) -> None:
    """A stranger follows docs/plugins.md to the letter."""
    files = blocks(DOCS / "plugins.md")
    assert set(files) == {
        *("my_plugins/my_source.py", "config.toml", "headlines.txt", "test_my_source.py"),
        *("my_plugins/my_detector.py", "test_my_detector.py"),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def monitor(*arguments: str) -> list[dict[str, object]]:
        run = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments, "--json"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    plugins = monitor("plugins")
    for mine in ("my_source", "my_detector"):
        assert any(one["name"] == mine and one["state"] == "loaded" for one in plugins), plugins
    (first,) = monitor("poll", "morning")
    assert (first["source"], first["ok"], first["new"], first["error"]) == ("morning", True, 2, "")
    (second,) = monitor("poll", "morning")
    assert (second["ok"], second["new"]) == (True, 0)

    check = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "test_my_source.py",
            "test_my_detector.py",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "my_plugins")},
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_public_names_have_docstrings() -> None:
    package = importlib.import_module("monitor")
    for name in package.__all__:
        value = getattr(package, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


def test_every_field_of_every_record_of_an_author_is_on_the_plugin_page() -> None:
    import dataclasses

    page = (DOCS / "plugins.md").read_text(encoding="utf-8")
    package = importlib.import_module("monitor")
    for name in package.__all__:
        cls = getattr(package, name)
        if not dataclasses.is_dataclass(cls) or name in ("Alert", "Topic"):  # which no plugin is handed
            continue
        assert f"**{name}**" in page
        table = page.split(f"**{name}**")[1].split("\n\n")[1]
        for field in dataclasses.fields(cls):
            assert f"| `{field.name}` |" in table, f"{name}.{field.name}"
