"""When work is done, and by whom.

Any number of processes may run a scheduler on one store. One of them leads, by a lease
that it renews; when it dies, another takes over as soon as the lease runs out. Time is cut
into slots as long as a job's interval, and a run first claims the row (job, slot), which
only one process can: even two that both believe to lead never run a slot twice. Slots
that passed while nobody ran are recorded as missed and made up for by one run.

APScheduler only ticks, from memory; what was done when stands in the store.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.errors import MonitorError
from monitor.store import Store, jobs

if TYPE_CHECKING:
    from monitor.app import Monitor

LEASE = "scheduler"
MOST_MISSED = 100
"""Missed slots that are recorded one by one; of a longer outage, the newest so many."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often. `run` says in a few words what it did."""

    name: str
    every: timedelta
    run: Callable[[], str]

    def slot(self, at: datetime) -> datetime:
        """The start of the slot that `at` lies in."""
        return EPOCH + (at - EPOCH) // self.every * self.every


def jobs_of(monitor: Monitor) -> list[Job]:
    """What a monitor does on schedule."""
    times = monitor.settings.jobs

    def poll() -> str:
        results = monitor.poll_due()
        failed = sum(not result.ok for result in results)
        new = sum(result.new for result in results)
        return f"{len(results)} sources polled, {failed} failed, {new} new articles"

    def classify() -> str:
        return f"{monitor.classify_pending()} articles classified"

    def prioritise() -> str:
        return f"{monitor.prioritise(int(monitor.now().timestamp()))} tasks put in order"

    def watch() -> str:
        return f"{len(monitor.watch())} alerts changed"

    def deliver() -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in monitor.deliver().items())

    def train() -> str:
        if not monitor.training_due():
            return "not due"
        version = monitor.train()
        return f"{version.id}: {version.state}. {version.reason}"

    def housekeeping() -> str:
        monitor.housekeeping()
        return "old working data removed"

    return [
        Job("poll", timedelta(seconds=times.poll_seconds), poll),
        Job("classify", timedelta(seconds=times.classify_seconds), classify),
        Job("prioritise", timedelta(minutes=times.prioritise_minutes), prioritise),
        Job("watch", timedelta(minutes=times.watch_minutes), watch),
        Job("deliver", timedelta(seconds=times.deliver_seconds), deliver),
        Job("train", timedelta(minutes=times.train_minutes), train),
        Job("housekeeping", timedelta(hours=times.housekeeping_hours), housekeeping),
    ]


def scheduler_of(monitor: Monitor) -> Scheduler:
    """The scheduler of a monitor in this process."""
    return Scheduler(
        monitor.store,
        jobs_of(monitor),
        now=monitor.now,
        holder=holder(),
        lease_seconds=monitor.settings.jobs.lease_seconds,
    )


def holder() -> str:
    """A name for this process that no other has, readable in a log."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Scheduler:
    """Runs `jobs` while this process leads."""

    def __init__(
        self,
        store: Store,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        holder: str,
        lease_seconds: float = 60,
    ) -> None:
        self._store = store
        self._jobs = {job.name: job for job in jobs}
        self._now = now
        self._holder = holder
        self._lease_seconds = lease_seconds
        self._token: int | None = None
        self._running: set[str] = set()
        self._idle = threading.Condition()
        self._ticker: BackgroundScheduler | None = None

    # --- one step, with no clock of its own -----------------------------------------------

    def lead(self) -> bool:
        """Take or renew the lease; whether this process leads.

        A process that begins to lead closes the runs that the leader before left open.
        """
        now = self._now()
        with self._store.begin() as tx:
            token = jobs.lease(tx, LEASE, self._holder, now, self._lease_seconds)
            if token is not None and token != self._token:
                for name in self._jobs:
                    left = jobs.last(tx, name)
                    if left is not None and left.state == "running" and left.holder != self._holder:
                        detail = f"{left.holder} stopped before it was done"
                        jobs.finish(tx, name, left.slot, "failed", detail, now)
            self._token = token
        return token is not None

    def tick(self, name: str) -> bool:
        """Run job `name` if this process leads and its present slot was not run; whether it ran."""
        job = self._jobs[name]
        if not self.lead():
            return False
        now = self._now()
        slot = job.slot(now)
        with self._store.begin() as tx:
            last = jobs.last(tx, name)
            if not jobs.claim(tx, name, slot, self._holder, now):
                return False
            if last is not None:
                first = max(last.slot + job.every, slot - MOST_MISSED * job.every)
                while first < slot:
                    jobs.missed(tx, name, first, now)
                    first += job.every
        self._run(job, slot)
        return True

    def _run(self, job: Job, slot: datetime) -> None:
        with self._idle:
            self._running.add(job.name)
        try:
            state, detail = self._outcome(job)
            with self._store.begin() as tx:
                jobs.finish(tx, job.name, slot, state, detail, self._now())
        finally:
            with self._idle:
                self._running.discard(job.name)
                self._idle.notify_all()

    def _outcome(self, job: Job) -> tuple[str, str]:
        started = time.monotonic()
        try:
            detail = job.run()
        except MonitorError as error:
            log.warning("job failed", job=job.name, error=str(error))
            return "failed", str(error)
        except Exception as error:
            log.exception("job failed", job=job.name)
            return "failed", f"{type(error).__name__}: {error}"
        log.debug("job done", job=job.name, detail=detail, seconds=round(time.monotonic() - started, 3))
        return "done", detail

    # --- in the background ----------------------------------------------------------------

    def start(self) -> None:
        """Tick in the background until `stop`; the first ticks come at once."""
        ticker = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(len(self._jobs) + 1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        present = datetime.now(UTC)
        ticker.add_job(
            self._quietly,
            IntervalTrigger(seconds=self._lease_seconds / 3, timezone=UTC),
            args=[lambda: self.lead()],
            id="lease",
            next_run_time=present,
        )
        for job in self._jobs.values():
            ticker.add_job(
                self._quietly,
                # On the slots' edges, so that two ticks never fall into one slot.
                IntervalTrigger(
                    seconds=job.every.total_seconds(), start_date=job.slot(present) + job.every, timezone=UTC
                ),
                args=[lambda name=job.name: self.tick(name)],
                id=job.name,
                next_run_time=present,
            )
        ticker.start()
        self._ticker = ticker

    def stop(self, wait_seconds: float = 6) -> bool:
        """Start nothing more, wait for what runs, give the lease back.

        False where something still ran after `wait_seconds`; its slot stays unfinished in
        the store, and what it did not commit is done again by a later run.
        """
        if self._ticker is not None:
            self._ticker.shutdown(wait=False)
            self._ticker = None
        with self._idle:
            ended = self._idle.wait_for(lambda: not self._running, wait_seconds)
        try:
            with self._store.begin() as tx:
                jobs.release(tx, LEASE, self._holder)
        except MonitorError as error:
            log.warning("lease not given back; it runs out by itself", error=str(error))
        return ended

    def _quietly(self, step: Callable[[], bool]) -> None:
        """A tick that fails (a locked or unreachable store) is tried again by the next one."""
        try:
            step()
        except MonitorError as error:
            log.warning("tick failed", error=str(error))
        except Exception:
            log.exception("tick failed")
