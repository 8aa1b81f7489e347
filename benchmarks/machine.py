"""What a result must say of where it was measured, and where it goes."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np


def command(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> str:
    """What to type for this run: the arguments that are not their defaults, DIR for what is a path."""
    words = [f"python -m benchmarks.{Path(parser.prog).stem}"]
    for name, value in vars(arguments).items():
        if name in ("out", "json") or value == parser.get_default(name):
            continue
        some = value if isinstance(value, list) else [value]
        shown = ["DIR" if _path(one) else str(one) for one in some if one is not True]
        words += [f"--{name.replace('_', '-')}", *shown]
    return " ".join(words)


def _path(value: object) -> bool:
    """Whether an argument is a path, which says something of this machine; the file may not be made yet."""
    return isinstance(value, Path) or Path(str(value)).exists()


def describe(*packages: str) -> dict[str, Any]:
    """The machine, and the versions of Python and of the packages."""
    return {
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in packages},
        },
    }


def hand_over(result: Mapping[str, Any], out: Path | None) -> None:
    """Print a result as JSON, and write it to a file where one is named."""
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    print(text)


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def peak_memory() -> int:
    """The most memory this process had resident, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage's figure starts from the parent's where there is a vfork
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def rounded(value: float | np.floating[Any]) -> float:
    """To the four places that results are written with."""
    return round(float(value), 4)
