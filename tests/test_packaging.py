"""The wheel: what is in it, and that it runs from an empty folder."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "monitor": "monitor",
    "monitor_plugins": "plugins",
    "monitor_dashboard": "dashboard",
    "monitor_models": "models",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy of what git would ship."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    if not names:
        pytest.skip("the wheel is built from a git checkout, and this is none")
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(out),
    ]
    built = subprocess.run([*command, str(source)], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (path,) = out.glob("*.whl")
    return path


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with the extras named."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    return [Requirement(one) for one in asked]


def imported(folder: str) -> dict[str, str]:
    """The distributions that a folder's modules import from, each with a module that does.

    `needed("peft", ...)` of a plugin is an import, too.
    """
    owners = packages_distributions()
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path.parent.name == "bad":  # plugins that break on purpose
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            if folder == "plugins" and isinstance(node, ast.Call) and ast.unparse(node.func) == "needed":
                names = [str(ast.literal_eval(node.args[0]))]
            for top in {name.split(".")[0] for name in names}:
                if top not in sys.stdlib_module_names and top not in (
                    *FOLDERS,
                    "tests",
                    "benchmarks",
                    "conftest",
                ):
                    found[canonicalize_name(owners.get(top, [top])[0])] = str(path.relative_to(ROOT))
    return found


# Peers that benchmarks are measured beside and tools that are oracles of tests; each program says how to make
# an environment that has them.
PEERS = {"onnxruntime", "nncf", "openvino", "torchao", "alipy", "modal", "small-text"} | {
    *("argilla", "cleanlab", "datasets", "krippendorff", "label-studio-sdk"),
}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        *((folder, ()) for folder in ("dashboard", "models")),
        ("monitor", ("drift", "cluster")),
        ("plugins", ("train",)),
        *((folder, ("train", "drift", "cluster", "dev")) for folder in ("tests", "benchmarks", "docs")),
    ],
)
def test_every_import_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    names = {canonicalize_name(one.name) for one in declared(*extras)}
    lacking = {name: path for name, path in imported(folder).items() if name not in names | PEERS}
    assert not lacking


def test_every_dependency_has_both_bounds() -> None:
    """A new major version changes what is built on it; a person looks first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        build = [Requirement(one) for one in tomllib.load(file)["build-system"]["requires"]]
    for one in [*build, *declared("train", "drift", "cluster", "dev")]:
        operators = {bound.operator for bound in one.specifier}
        assert operators in ({">=", "<"}, {"=="}), f"{one}: give it a lower and an upper bound"


def test_every_dependency_is_installed_as_one_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    unpinned = (
        {canonicalize_name(one.name) for one in declared("train", "drift", "cluster", "dev")}
        - pinned
        - {"torch", "setuptools"}
    )
    assert not unpinned


def test_every_package_is_listed() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed = set(tomllib.load(file)["tool"]["setuptools"]["packages"])
    present = set()
    for package, folder in FOLDERS.items():
        for path in (ROOT / folder).rglob("__init__.py"):
            parts = path.parent.relative_to(ROOT / folder).parts
            present.add(".".join((package, *parts)))
    assert listed == present


def test_only_names_of_ours_reach_site_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == set(FOLDERS)
    assert "monitor/py.typed" in names
    assert any(name.startswith("monitor/store/migrations/versions/") for name in names)
    assert "monitor_models/default/model.safetensors" in names
    assert "monitor/defaults/config.toml" in names
    for component in ("alerts", "queue"):
        folder = f"monitor_dashboard/components/{component}/"
        scripts = {path.name for path in (ROOT / "dashboard" / "components" / component).glob("*.[jc]s*")}
        assert {name.removeprefix(folder) for name in names if name.startswith(folder)} >= scripts
        assert {"main.js", "loader.js", "style.css"} <= scripts


def test_the_wheel_runs_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    home = tmp_path / "home"

    def monitor(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path if arguments[0] == "init" else home,
            env={**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"},
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    monitor("init", str(home))
    assert (home / "config.toml").exists() and (home / "watchlist.csv").exists()
    (poll,) = json.loads(monitor("poll", "sample", "--json"))
    assert poll["ok"] and poll["new"] > 50
    judged = json.loads(monitor("classify", "Shares plunge after the bank defaults on its debt", "--json"))
    assert max(judged["sentiment"], key=judged["sentiment"].get) == "negative"
    assert judged["model"].startswith("shipped")
