"""Pools whose children end with the test, and the plugins that lie beside these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor.extensions.loading import Origin
from monitor.sandbox.limits import Limits
from monitor.sandbox.pool import Pool

HERE = Path(__file__).parent

LIMITS = Limits(load_seconds=120.0, call_seconds=120.0, memory_bytes=400_000_000, items=5_000)


def origin(name: str, folder: str = "good") -> Origin:
    """The plugin `name` beside these tests."""
    return Origin(name, "directory", str(HERE / folder / f"{name}.py"))


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be fetched does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def pools() -> Iterator[Callable[..., Pool]]:
    """Makes pools: `pools(call_seconds=1, idle=2)`."""
    made: list[Pool] = []

    def make(idle: int = 4, calls: int = 500, **limits: Any) -> Pool:
        known = {name: getattr(LIMITS, name) for name in LIMITS.__slots__}
        made.append(Pool(Limits(**{**known, **limits}), idle=idle, calls=calls))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
    assert not [pid for pool in made for pid in pool.pids]


@pytest.fixture
def pool(pools: Callable[..., Pool]) -> Pool:
    """A pool with limits that nothing sound runs into."""
    return pools()
