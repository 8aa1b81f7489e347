"""The Containerfiles, read instruction by instruction (no engine is needed), and what stands beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.deploy.product import DEPLOY, ROOT, SECRETS, healthy, is_known, parses, settings

FILES = [DEPLOY / "container" / name for name in ("Containerfile", "Containerfile.cuda")]
INSTRUCTIONS = {
    *("FROM", "ARG", "ENV", "RUN", "COPY", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK"),
    *("ENTRYPOINT", "CMD"),
}


def instructions(path: Path) -> list[tuple[str, str]]:
    """Each instruction with its arguments, of lines joined."""
    text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def variables(path: Path) -> dict[str, str]:
    """What the last stage sets in the environment."""
    stage = instructions(path)
    last = max(n for n, (word, _) in enumerate(stage) if word == "FROM")
    pairs = [rest.split() for word, rest in stage[last:] if word == "ENV"]
    return dict(pair.split("=", 1) for some in pairs for pair in some)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_a_containerfile_of_two_stages_and_no_root(path: Path) -> None:
    found = instructions(path)
    assert {word for word, _ in found} <= INSTRUCTIONS
    assert path.read_text("utf-8").startswith("# The monitor for ")
    assert "Not built where it was written" in path.read_text("utf-8")
    assert [word for word, _ in found].count("FROM") == 2
    (user,) = [rest for word, rest in found if word == "USER"]
    assert user == "10001:10001"
    assert [word for word, _ in found].index("USER") < [word for word, _ in found].index("ENTRYPOINT")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_versions_are_exact_and_the_projects(path: Path) -> None:
    found = instructions(path)
    (python,) = [rest for word, rest in found if word == "ARG" and rest.startswith("PYTHON=")]
    assert re.fullmatch(r"PYTHON=3\.1[12]\.\d+", python)
    images = [rest.split()[0] for word, rest in found if word == "FROM"]
    assert all("${PYTHON}" in image for image in images)
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    (torch,) = [one for one in project["dependencies"] if one.startswith("torch==")]
    installs = [rest for word, rest in found if word == "RUN" and "pip install" in rest]
    assert installs[0].endswith(torch)
    assert "-c constraints.txt" in installs[1]
    (extras,) = [rest for word, rest in found if word == "ARG" and rest.startswith("EXTRAS=")]
    asked = set(extras.partition("=")[2].strip('"').split(","))
    assert asked <= project["optional-dependencies"].keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_it_copies_is_there_and_nothing_secret(path: Path) -> None:
    for word, rest in instructions(path):
        names = [part for part in rest.split()[:-1] if not part.startswith("--")]
        if word == "COPY" and "--from" not in rest:
            assert names and all((ROOT / name).exists() for name in names), rest
        if word in ("ARG", "ENV"):
            assert not SECRETS & {pair.partition("=")[0] for pair in rest.split()}, rest
    assert all(map(is_known, variables(path)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_its_command_and_settings_are_the_products(path: Path, tmp_path: Path) -> None:
    found = dict(instructions(path))
    assert json.loads(found["ENTRYPOINT"]) == ["with-secrets", "monitor"]
    parses(json.loads(found["CMD"]))
    told = settings(variables(path), tmp_path)
    homes = [rest for word, rest in instructions(path) if word == "VOLUME"]
    assert str(told.learning.directory).startswith(f"{homes[0]}/")
    check = json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
    if "EXPOSE" in found:
        assert int(found["EXPOSE"]) == told.web.port
        (url,) = re.findall(r"http://[^']+", " ".join(check))
        assert f":{told.web.port}/" in url
        healthy(url)
    else:
        assert told.classifier.host == f"unix:{check[1]}"


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a b'c\n", "utf-8")
    shown = "import os; print(os.environ['PGPASSWORD'], 'PGPASSWORD_FILE' in os.environ)"
    done = subprocess.run(
        [str(DEPLOY / "container" / "with-secrets"), sys.executable, "-c", shown],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PGPASSWORD_FILE": str(tmp_path / "key")},
    )
    assert (done.returncode, done.stdout) == (0, "a b'c False\n")


def test_a_secret_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(DEPLOY / "container" / "with-secrets"), "echo", "started"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PGPASSWORD_FILE": str(tmp_path / "none")},
    )
    assert done.returncode != 0 and done.stdout == ""


def test_a_classifier_is_ready_when_its_model_is(tmp_path: Path) -> None:
    """The script asks the product's own host."""
    import threading
    import time

    from monitor.classification import hosting
    from monitor.classification.wire import Address

    class Served:
        """Loads when it is told to."""

        def __init__(self) -> None:
            self.go = threading.Event()

        trouble = ""

        @property
        def serving(self) -> str:
            return "model-1" if self.go.is_set() else ""

        def load(self) -> None:
            self.go.wait(30)

        def classify(self, articles: object) -> list[object]:
            return []

    served, stop = Served(), threading.Event()
    address = Address.parse("unix:c.sock", tmp_path)
    host = threading.Thread(target=hosting.serve, args=(served, address, stop))

    def ready() -> int:
        script = str(DEPLOY / "container" / "classifier-ready")
        return subprocess.run([sys.executable, script, address.socket], capture_output=True).returncode

    assert ready() == 1  # nobody there
    host.start()
    try:
        while not Path(address.socket).exists():
            time.sleep(0.02)
        assert ready() == 1  # loading
        served.go.set()
        for _ in range(100):
            if ready() == 0:
                break
        assert ready() == 0
    finally:
        served.go.set()
        stop.set()
        host.join(30)
