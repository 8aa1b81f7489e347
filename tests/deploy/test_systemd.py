"""The units: systemd's own check, and what they say of the product."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.product import DEPLOY, SECRETS, is_known, monitors, parses, settings

UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix != ".env")
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/opt/monitor/bin/monitor"


def read(path: Path) -> configparser.RawConfigParser:
    """A unit; of keys that stand twice the last value."""
    unit = configparser.RawConfigParser(strict=False, comment_prefixes=("#", ";"), delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(path, "utf-8")
    return unit


def environment() -> dict[str, str]:
    lines = (DEPLOY / "systemd" / "monitor.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace(PROGRAM, sys.executable)  # it asks whether the file is there
        (tmp_path / unit.name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "monitor" in line]
    assert told == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_its_commands_are_the_products(unit: Path) -> None:
    line = read(unit)["Service"]["ExecStart"]
    words = list(monitors(line.replace("/bin/sh -c '", "").rstrip("'").replace("%%", "%")))
    assert len(words) == 1, line
    parses(words[0])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_it_is_locked_in(unit: Path) -> None:
    service = read(unit)["Service"]
    wanted = {
        "User": "monitor",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "SystemCallFilter": "@system-service",
    }
    assert {key: service[key] for key in wanted} == wanted
    assert service["MemoryMax"] and service["StateDirectory"].startswith("monitor")
    assert "WatchdogSec" not in service, "the product does not speak sd_notify"
    if service["Type"] == "exec":
        assert service["Restart"] == "always"


def test_its_environment_is_the_products(tmp_path: Path) -> None:
    found = environment()
    assert not SECRETS & found.keys()
    assert all(map(is_known, found)), found
    told = settings(found, tmp_path)
    assert told.web.port == int(found["MONITOR_WEB__PORT"])
    state = "/var/lib/" + read(SERVICES[0])["Service"]["StateDirectory"].partition("/")[0]
    assert str(told.learning.directory).startswith(f"{state}/")
    assert read(SERVICES[0])["Service"]["WorkingDirectory"] == state


def test_the_classifiers_socket_lies_in_its_runtime_directory(tmp_path: Path) -> None:
    from monitor.classification.wire import Address

    told = settings(environment(), tmp_path)
    service = read(DEPLOY / "systemd" / "monitor-classifier.service")["Service"]
    address = Address.parse(told.classifier.host, told.directory)
    assert Path(address.socket).parent == Path("/run") / service["RuntimeDirectory"]


def test_units_name_units_that_are_there() -> None:
    there = {unit.name for unit in UNITS}
    for unit in UNITS:
        for key, value in read(unit)["Unit"].items():
            if key in ("Requires", "After", "PartOf", "Wants"):
                ours = {name for name in value.split() if name.startswith("monitor")}
                assert ours <= there, f"{unit.name}: {key}"
    timer = read(DEPLOY / "systemd" / "monitor-backup.timer")
    assert "monitor-backup.service" in there and timer["Timer"]["OnCalendar"]
