"""What a clock that steps, differs or stops does to running processes.

    python -m benchmarks.clocks [--json]

Real `monitor worker` processes share one store; their wall clocks are set while they run, by libfaketime
(Debian's package faketime), which leaves the monotonic clocks alone as a real step does. In each trial
every job has an interval of EVERY seconds, a process that is silent for LEASE seconds is dead, and what is
told is read from the store afterwards:

- step: two workers on one machine, whose clock is set by the step; the longest time between two runs of
  any job, in its intervals, from before the step to the end, and the polls of a source likewise
- killed: the leader's clock is wrong by the step; it is killed; how long, in leases, until another leads
- stopped: likewise, but it is stopped (SIGSTOP), so that only its silence tells; then it goes on, and
  two lead never at once
- twice: slots that more than one process ran, over all trials

The aims: at most two intervals, at most two leases, nothing twice.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.machine import command, describe, rounded
from monitor.schedule import scheduler
from monitor.store import Store, clock, leases, open_store, runs

EVERY = 4.0
LEASE = 12.0
WATCHED = 30.0
"""Seconds that a trial is watched for after its event."""

STEPS = {
    "+1 minute": 60,
    "-1 minute": -60,
    "+1 hour": 3600,
    "-1 hour": -3600,
    "+1 day": 86_400,
    "-1 day": -86_400,
    "+1 year": 31_536_000,
    "-1 year": -31_536_000,
}
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
JOBS = ("prioritise", "watch", "deliver")
"""What one process does at a time; polling and judging are shared (`benchmarks.workers`)."""
CONFIG = f"""
plugins_dir = "plugins"
[store]
url = "sqlite:///monitor.db"
[classifier]
kind = "fake"
model = "model"
[sources.wire]
kind = "fake"
interval_minutes = {EVERY / 60}
[jobs]
poll_seconds = {EVERY}
classify_seconds = {EVERY}
deliver_seconds = {EVERY}
prioritise_minutes = {EVERY / 60}
watch_seconds = {EVERY}
lease_seconds = {LEASE}
"""
PLUGIN = """
from monitor import hookimpl
from monitor.testing import FakeClassifier, FakeSource

@hookimpl
def register_classifiers():
    return [FakeClassifier]

@hookimpl
def register_sources():
    return [FakeSource]
"""


class Worker:
    """A `monitor worker` whose wall clock is set through a file."""

    def __init__(self, folder: Path, name: str, library: str, wrong: int = 0) -> None:
        self.offset = folder / f"{name}.offset"
        self.set_clock(wrong)
        environment = {
            **os.environ,
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(folder / "config.toml"), "worker"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=(folder / f"{name}.log").open("w"),
        )

    def set_clock(self, seconds: int) -> None:
        """Set its wall clock to so many seconds from the true time."""
        new = self.offset.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self.offset)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        if how is not signal.SIGSTOP:
            self.process.wait()


@contextmanager
def office() -> Iterator[tuple[Path, Store]]:
    """A folder to run workers in, and its store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plugins").mkdir()
        (folder / "plugins" / "fakes.py").write_text(PLUGIN)
        (folder / "config.toml").write_text(CONFIG)
        (folder / "model").mkdir()
        store = open_store(f"sqlite:///{folder / 'monitor.db'}")
        store.upgrade()
        yield folder, store
        store.close()


def leader(store: Store) -> str:
    with store.read() as tx:
        return leases.holder(tx, scheduler.LEASE)


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    """How long it took until `what`; infinity where it did not come."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if what():
            return time.monotonic() - began
        time.sleep(0.05)
    return float("inf")


def gaps(store: Store, since: float) -> float:
    """The longest time between the starts of two runs of any job since then, in intervals."""
    with store.read() as tx:
        found, end = runs.recent(tx, 100_000), clock.seconds(tx)
    longest = 0.0
    for job in JOBS:
        began = sorted(run.seconds for run in found if run.job == job and run.state != "missed")
        times = [time for time in began if time >= since - 2 * EVERY] + [end]
        longest = max([longest, *(after - before for before, after in pairwise(times))])
    return longest / EVERY


def doubled(store: Store) -> int:
    """Runs that began before the run before of their job had ended."""
    with store.read() as tx:
        found = runs.recent(tx, 100_000)
    return len(found) - len({(run.job, run.slot) for run in found})


def stepped(step: int, library: str) -> dict[str, float]:
    """Both workers' clock is set."""
    with office() as (folder, store):
        workers = [Worker(folder, name, library) for name in ("one", "other")]
        try:
            assert wait_for(lambda: bool(leader(store)), 60) < 60, "no worker led"
            time.sleep(4 * EVERY)
            with store.read() as tx:
                since = clock.seconds(tx)
            for worker in workers:
                worker.set_clock(step)
            time.sleep(WATCHED)
            with store.read() as tx:
                told = len(clock.steps(tx))
                passed = clock.seconds(tx) - since
            return {
                "longest_gap": rounded(gaps(store, since)),
                "told": told,
                "clock_off": rounded(abs(passed - WATCHED)),
                "twice": doubled(store),
            }
        finally:
            for worker in workers:
                worker.end()


def led(step: int, library: str, how: signal.Signals) -> dict[str, float]:
    """The leader's clock is wrong, and it is killed or stopped."""
    with office() as (folder, store):
        first = Worker(folder, "wrong", library, wrong=step)
        workers = [first]
        try:
            assert wait_for(lambda: bool(leader(store)), 60) < 60, "no worker led"
            before = leader(store)
            workers.append(Worker(folder, "right", library))
            time.sleep(4 * EVERY)
            assert leader(store) == before
            with store.read() as tx:
                since = clock.seconds(tx)
            first.end(how)
            took = wait_for(lambda: leader(store) not in ("", before), 10 * LEASE)
            time.sleep(2 * EVERY)
            if how is signal.SIGSTOP:
                first.process.send_signal(signal.SIGCONT)
                time.sleep(2 * EVERY)
            return {
                "leases": rounded(took / LEASE),
                "longest_gap": rounded(gaps(store, since)),
                "twice": doubled(store),
            }
        finally:
            for worker in workers:
                worker.process.send_signal(signal.SIGCONT)
                worker.end()


def main() -> int:
    parser = argparse.ArgumentParser(description="Set the clocks of running workers, and see what happens.")
    parser.add_argument("--library", default=LIBRARY, help="libfaketime")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/clocks.json"))
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    if not Path(arguments.library).exists():
        parser.error(f"there is no {arguments.library}: install Debian's package faketime, or name it")
    result: dict[str, Any] = {
        "command": command(parser, arguments),
        "interval_seconds": EVERY,
        "lease_seconds": LEASE,
        "trials": {},
        **describe("sqlalchemy", "apscheduler"),
    }
    for name, step in STEPS.items():
        result["trials"][name] = {
            "step": stepped(step, arguments.library),
            "killed": led(step, arguments.library, signal.SIGKILL),
            "stopped": led(step, arguments.library, signal.SIGSTOP),
        }
        print(name, json.dumps(result["trials"][name]), file=sys.stderr, flush=True)
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
