"""What files of deploy/ say of the product, held against it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from monitor import config
from monitor.cli import app
from monitor.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SECRETS = {"MONITOR_INSTALLATION_KEY", "PGPASSWORD", "POSTGRES_PASSWORD", "RAY_AUTH_TOKEN"}
"""Variables whose values are secret: files name where they come from, never what they are."""
OTHERS = {
    *("PATH", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "POD_IP"),
    *("PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR", "PIP_NO_COMPILE"),
    *("NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"),
    *("RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED", "RAY_USAGE_STATS_REPORT_URL", "RAY_worker_niceness"),
    *("POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"),
}
"""Variables of other programs, by their own manuals."""


def parses(words: Sequence[str]) -> None:
    """Raises where the command line does not know `monitor WORDS`, an option or a value of it."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("monitor", list(words))
    while context.command is not None and hasattr(context.command, "commands"):
        rest = [*getattr(context, "_protected_args", []), *context.args]
        assert rest, f"monitor {' '.join(words)}: which command?"
        name, found, rest = context.command.resolve_command(context, rest)
        assert found is not None
        context = found.make_context(name, rest, parent=context)


def monitors(line: str) -> Iterator[list[str]]:
    """The words after each `monitor` program of a line of a shell."""
    for part in re.split(r"&&|\|\||;|\bexec\b", line):
        words = shlex.split(re.sub(r"\$\([^)]*\)", "now", part))
        if words and Path(words[0]).name == "monitor":
            yield words[1:]


def settings(environ: Mapping[str, str], folder: Path) -> Settings:
    """The product's settings under an environment, over the shipped config.toml; fails where it names a
    setting that is not there."""
    file = folder / "config.toml"
    file.write_text((ROOT / "config.toml").read_text("utf-8"), "utf-8")
    ours = {name: value for name, value in environ.items() if name.startswith("MONITOR_")}
    return config.load(file, ours)


def is_known(name: str) -> bool:
    """Whether a variable is the product's, a secret, or another program's that is known here."""
    bare = name.removesuffix("_FILE")
    return name.startswith("MONITOR_") or name in OTHERS or bare in SECRETS


def healthy(url: str) -> None:
    """Fails where no face of the product answers at the path of a probe."""
    from monitor.classification.hosting import create_host
    from monitor.web.guard import OPEN_PATHS

    assert create_host is not None
    path = "/" + url.split("://")[-1].partition("/")[2]
    assert path in OPEN_PATHS, f"{url}: not open to probes"
