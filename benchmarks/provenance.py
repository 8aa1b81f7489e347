"""What a section of the page of benchmarks ends with: the command, the machine and the versions."""

from __future__ import annotations

from typing import Any


def made_by(result: dict[str, Any]) -> str:
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"`{result['command']}`; {machine}; {versions}.\n"
