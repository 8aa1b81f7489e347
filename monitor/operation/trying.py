"""Trying rules: what a change would have opened in the last weeks, told before anybody makes it.

A replay over everything that is stored is exact and may take minutes (`monitor replay`). A try is bounded: it
reads the weeks that are asked about and `LEAD` weeks before, on which cuts are found and which both sides are
given alike, and reads them a week at a time, so that no transaction lasts.

The process that serves people does not walk: `try_rules` starts `monitor rules try` as a process of its own,
which gives way to all others, ends after `SECONDS`, and tells how far it is as it goes. One is under way at a
time.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from monitor.detection.comparing import Comparison, Share, compare
from monitor.detection.lines import Change
from monitor.detection.replay import Replay, replay
from monitor.detection.rules import Rule
from monitor.errors import BusyError, MonitorError, UserError
from monitor.messages import Message
from monitor.operation.replaying import Replaying, about
from monitor.settings.rules import written
from monitor.store import past

WEEK = timedelta(weeks=1)
LEAD = 30
"""Weeks before those that are asked about: enough for a cut that is checked."""
WEEKS = (1, 4, 13, 26)
"""How many weeks may be asked about."""
MOST_ROWS = 3_000_000
"""What began to count in the weeks of a try, at most."""
SECONDS = 120.0
NICE = 15


class Trying(Replaying):
    """Compares rules."""

    _trying = threading.Lock()  # of this process: one try at a time

    def weeks_to_try(self) -> list[int]:
        """How many weeks may be asked about here: those that are stored, as long as they are not too many
        to walk through while somebody waits. Empty where there is nothing."""
        with self.store.read() as tx:
            first, rows = past.begins(tx), past.size(tx)
        if first is None:
            return []
        weeks = max((self.now() - first) / WEEK, 1.0)
        each = rows / weeks
        return [one for one in WEEKS if one <= weeks and min(one + LEAD, weeks) * each <= MOST_ROWS]

    def compare_rules(
        self, after: Sequence[Rule], weeks: int, progress: Share = lambda done: None
    ) -> Comparison:
        """What these rules would have opened in the last `weeks`, beside those of the settings with their
        names. Walks in this process. Raises UserError, ConfigError, PluginError."""
        names = {rule.name for rule in after}
        before = [rule for rule in self.rules if rule.name in names]
        now = self.now()
        old = self._tried(before, weeks, now, lambda done: progress(done / 2))
        new = self._tried(after, weeks, now, lambda done: progress((1 + done) / 2))
        firsts = dict(self.firsts(old)) | dict(self.firsts(new))
        return compare(old, new, firsts)

    def try_rules(self, after: Sequence[Rule], weeks: int, progress: Share = lambda done: None) -> Comparison:
        """`compare_rules`, in a process of its own. Raises UserError for what cannot be run, BusyError while
        another try is under way and where it takes too long."""
        self.check_rules(after)
        if not self._trying.acquire(blocking=False):
            raise BusyError(Message("trying.busy"))
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "rules.toml")
                file.write_text("\n".join(written(rule) for rule in after), encoding="utf-8")
                return self._aside(file, weeks, progress)
        finally:
            self._trying.release()

    def _tried(self, rules: Sequence[Rule], weeks: int, until: datetime, progress: Share) -> Replay:
        detectors = self.instances.detectors(rules)
        with self.store.read() as tx:
            first = past.begins(tx)
        if first is None or first >= until:
            raise UserError(Message("replay.nothing"))
        since = max(until - weeks * WEEK, first)
        begins = max(since - LEAD * WEEK, first)
        watched = [one.id for one in self.watched_in(since, until)]
        changes = about(self._weeks(begins, until), {"", *watched})
        with self.store.read() as tx:
            told = self._past(tx, changes, begins, until, watched)
        whole = (until - begins).total_seconds()
        return replay(
            *(told, rules, detectors, since, until),
            lambda at: progress((at - begins).total_seconds() / whole),
        )

    def _weeks(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, list[Change]]]:
        """The changes from `since` to before `until`, a week in each transaction."""
        while since < until:
            end = min(since + WEEK, until)
            with self.store.read() as tx:
                moments = list(past.changes(tx, end, since))
            yield from moments
            since = end

    def _aside(self, file: Path, weeks: int, progress: Share) -> Comparison:
        settings = self.settings
        chosen = ["--config", str(settings.file)] if settings.file else []
        command = ["rules", "try", str(file), "--weeks", str(weeks), "--lines"]
        child = subprocess.Popen(
            [sys.executable, "-m", "monitor", *chosen, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"MONITOR_STORE__URL": self.settings.store.url, "OMP_NUM_THREADS": "1"},
        )
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
            return _answer(child, progress)
        finally:
            child.kill()
            child.wait()
            assert child.stdout is not None
            child.stdout.close()


def _answer(child: subprocess.Popen[bytes], progress: Share) -> Comparison:
    """What the child finds; its progress meanwhile."""
    assert child.stdout is not None
    end = time.monotonic() + SECONDS
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(end - time.monotonic(), 0)):
                raise BusyError(Message("trying.long", seconds=round(SECONDS)))
            chunk = os.read(child.stdout.fileno(), 1 << 16)
            received += chunk
            *lines, received = received.split(b"\n")
            for line in filter(None, lines):
                told = json.loads(line)
                if "done" in told:
                    progress(min(max(float(told["done"]), 0.0), 1.0))
                elif "failed" in told:
                    raise UserError(Message.decoded(told["failed"]))
                else:
                    return TypeAdapter(Comparison).validate_python(told)
            if not chunk:
                raise MonitorError("monitor rules try: it ended without an answer")
