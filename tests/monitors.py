"""A monitor of the settings that a test writes down."""

from __future__ import annotations

from pathlib import Path

from monitor import config
from monitor.app import Monitor
from monitor.registry import Registry
from monitor.schedule.clocks import Now
from monitor.store import Store
from monitor.testing import FakeFetcher


def monitor_of(text: str, store: Store, folder: Path, now: Now) -> Monitor:
    """On a store, with `text` as its config.toml in a folder, the bundled plugins and no companies."""
    (folder / "config.toml").write_text(text, "utf-8")
    settings = config.load(folder / "config.toml", {})
    return Monitor(settings, store, Registry.discover(), FakeFetcher(), companies=(), now=now)
