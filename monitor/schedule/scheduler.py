"""When work is done, and by whom.

Any number of processes may run a scheduler on one store. Each polls its share of the sources and judges
what it claims, by runs of its own. All else is done by the one of them that leads, by a lease that is its
own as long as it lives (`monitor.schedule.heart`); when it dies, another takes over as soon as its silence
is known. A run's slot is the next number of its job, and a run first claims the row (job, number), which only
one process can: even two that both believe to lead never run a slot twice. When a slot has come up is
reckoned on the store's clock and, for a timetable, on the wall (`monitor.schedule.timetable`). Slots that
came up while nobody ran are recorded as missed and made up for by one run.

Each job has a thread that looks at it every so often, by waits that no wall clock ends or prolongs:
APScheduler's own loop compares dates, and stands still for an hour when the clock is set back by one
(https://github.com/agronholm/apscheduler/issues/351). Of it, the reading of cron expressions is used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from monitor.errors import MonitorError
from monitor.messages import Message
from monitor.records import ModelVersion, Trigger
from monitor.schedule import timetable
from monitor.schedule.clocks import Now
from monitor.schedule.heart import BEATS_IN_A_LEASE, Heart
from monitor.schedule.timetable import Due, Last, Timetable
from monitor.store import Store, Tx, leases, runs

if TYPE_CHECKING:
    from monitor.app import Monitor

LEASE = "scheduler"
MOST_MISSED = 100
"""Missed slots that are recorded one by one; of a longer outage, the newest so many."""

LOOKS = 10
"""How often a job is looked at between two of its runs, but at least every MOST_SECONDS."""

MOST_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often, or at the times of a timetable where it has one. `run` says in a
    few words what it did. `shared`: every process does it, each its part, and not the leader alone."""

    name: str
    every: timedelta
    run: Callable[[], str]
    timetable: Timetable | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that every process does every so often, and of which no run is recorded."""

    name: str
    every: timedelta
    run: Callable[[], object]


def jobs_of(monitor: Monitor) -> list[Job]:
    """What a monitor does on schedule."""
    times = monitor.settings.jobs

    def poll() -> str:
        results = monitor.poll_due()
        failed = sum(not result.ok for result in results)
        new = sum(result.new for result in results)
        malformed = sum(result.malformed for result in results)
        unusable = f", {malformed} items not usable" if malformed else ""
        return f"{len(results)} sources polled, {failed} failed, {new} new articles{unusable}"

    def classify() -> str:
        return f"{monitor.classify_pending()} articles classified"

    def prioritise() -> str:
        return f"{monitor.prioritise(int(monitor.now().timestamp()))} tasks put in order"

    def watch() -> str:
        return f"{len(monitor.watch())} alerts changed"

    def attend() -> str:
        return f"{len(monitor.attend())} operational alerts changed"

    def quote() -> str:
        return f"sentences of {monitor.quote()} articles found"

    def rejudge() -> str:
        return f"{monitor.rejudge()} texts judged again"

    def deliver() -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in monitor.deliver().items())

    def train() -> str:
        trigger = Trigger.CRON if times.train_at else Trigger.LABELS
        version = monitor.train_on_schedule(trigger)
        return "not due" if version is None else made(version)

    def take_up() -> str:
        version = monitor.take_up_training()
        return "no training waits" if version is None else made(version)

    def made(version: ModelVersion) -> str:
        return f"{version.id}: {version.state}. {version.reason}"

    def certify() -> str:
        return monitor.certify()

    def shadow() -> str:
        return monitor.shadow() or "no shadow runs"

    def measure() -> str:
        doubted = ", ".join(one.user for one in monitor.doubt())
        waits = f"the labels of {doubted} wait; " if doubted else ""
        if not monitor.settings.drift.enabled:
            return f"{waits}off"
        found = monitor.measure()
        fired = ", ".join(f"{one.kind} shift of {one.scope}" for one in found if one.fired)
        return f"{waits}{len(found)} results; {fired or 'no drift'}"

    def housekeeping() -> str:
        monitor.housekeeping()
        return "old working data removed"

    def prune() -> str:
        return monitor.pruned_lately()

    return [
        Job("poll", timedelta(seconds=times.poll_seconds), poll, shared=True),
        Job("classify", timedelta(seconds=times.classify_seconds), classify, shared=True),
        Job("prioritise", timedelta(minutes=times.prioritise_minutes), prioritise),
        Job("watch", timedelta(seconds=times.watch_seconds), watch),
        Job("attend", timedelta(seconds=times.attend_seconds), attend),
        Job("deliver", timedelta(seconds=times.deliver_seconds), deliver),
        Job("quote", timedelta(seconds=times.classify_seconds), quote),
        Job("rejudge", timedelta(seconds=times.classify_seconds), rejudge),
        Job("certify", timedelta(minutes=times.certify_minutes), certify),
        Job("train", timedelta(minutes=times.train_minutes), train, _read(times.train_at)),
        Job("trainings", timedelta(seconds=times.trainings_seconds), take_up),
        Job("shadow", timedelta(minutes=times.shadow_minutes), shadow),
        Job("measure", timedelta(hours=times.measure_hours), measure),
        Job(
            "housekeeping",
            timedelta(hours=times.housekeeping_hours),
            housekeeping,
            _read(times.housekeeping_at),
        ),
        Job("prune", timedelta(hours=times.prune_hours), prune, _read(times.prune_at)),
    ]


def _read(expression: str) -> Timetable | None:
    return Timetable(expression) if expression else None


def scheduler_of(monitor: Monitor) -> Scheduler:
    """The scheduler of a monitor in this process."""
    zone = monitor.settings.jobs.timezone
    beat = timedelta(seconds=monitor.settings.jobs.lease_seconds / BEATS_IN_A_LEASE)
    monitor.begin_sharing()
    return Scheduler(
        monitor.store,
        jobs_of(monitor),
        [Chore("share", beat, monitor.share)],
        heart=monitor.heart,
        now=monitor.now,
        zone=ZoneInfo(zone) if zone else None,
    )


class Scheduler:
    """Runs `jobs` while this process leads. `zone` is the wall that timetables are about; None: the
    machine's own."""

    def __init__(
        self,
        store: Store,
        jobs: Sequence[Job],
        chores: Sequence[Chore] = (),
        *,
        heart: Heart,
        now: Now,
        zone: tzinfo | None = None,
    ) -> None:
        self._store = store
        self._jobs = {job.name: job for job in jobs}
        self._chores = chores
        self.heart = heart
        self._now = now
        self._zone = zone
        self._since: dict[str, Last] = {}  # where watching a job that never ran began
        self._running: set[str] = set()
        self._idle = threading.Condition()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    # --- one step, with no clock of its own -----------------------------------------------

    def lead(self) -> bool:
        """Take or keep the lease; whether this process leads."""
        with self._store.begin() as tx:
            return leases.take(tx, LEASE, self.heart.holder) is not None

    def tick(self, name: str) -> bool:
        """Run job `name` if it is shared or this process leads, and a slot of it has come up; whether it
        ran."""
        job = self._jobs[name]
        with self._idle:
            if name in self._running:
                return False
            self._running.add(name)
        try:
            slot = self._claimed(job) if self._worth_a_try(job) else None
            if slot is None:
                return False
            state, detail = self._outcome(job)
            with self._store.begin() as tx:
                runs.finish(tx, name, slot, state, detail, self._now())
            return True
        finally:
            with self._idle:
                self._running.discard(name)
                self._idle.notify_all()

    def _worth_a_try(self, job: Job) -> bool:
        """Whether a slot may have come up, or nobody leads: seen without a write lock."""
        with self._store.read() as tx:
            last = self._last(tx, job)
            leader = leases.holder(tx, LEASE)
        if leader != self.heart.holder and not job.shared:
            return not leader
        ours = last is not None and last.state == "running" and last.holder == self.heart.holder
        return ours or bool(self._due(job, last, self._now(), self.heart.seconds()).slots)

    def _claimed(self, job: Job) -> int | None:
        """Claim the slot of `job` that has come up; None where there is none, or somebody has it."""
        holder = self.heart.holder
        with self._store.begin() as tx:
            if not job.shared and leases.take(tx, LEASE, holder) is None:
                return None
            return self._claim(tx, job, holder)

    def _last(self, tx: Tx, job: Job) -> runs.Run | None:
        """The run after which the next one is due: of a shared job this process's own."""
        return runs.last(tx, job.name, self.heart.holder if job.shared else "")

    def _claim(self, tx: Tx, job: Job, holder: str) -> int | None:
        now, seconds = self._now(), self.heart.seconds()
        last = self._last(tx, job)
        if last is not None and last.state == "running":
            if last.holder == holder:
                # Only one of ours runs at a time: that one ended, and the store could not be told.
                runs.finish(tx, job.name, last.slot, "failed", Message("jobs.untold"), now)
            elif not job.shared:
                return None
        due = self._due(job, last, now, seconds)
        if not due.slots:
            return None
        slots = due.slots
        if job.shared and (newest := runs.last(tx, job.name)) is not None:  # what nobody ran was missed
            unrun = self._due(job, newest, now, seconds).slots
            slots = unrun if last is None else min(slots, unrun)
        missed = min(max(slots - 1, 0), MOST_MISSED)
        first = runs.next_slot(tx, job.name)
        served = due.served.isoformat() if due.served else ""
        if not runs.claim(tx, job.name, first + missed, holder, now, seconds, served):
            return None
        for slot in range(first, first + missed):
            runs.missed(tx, job.name, slot, now, seconds)
        return first + missed

    def _due(self, job: Job, last: runs.Run | None, now: datetime, seconds: float) -> Due:
        if job.timetable is None:
            return timetable.after(job.every, Last(last.seconds) if last else None, seconds)
        wall = now.astimezone(self._zone).replace(tzinfo=None)
        if last is None:
            since = self._since.setdefault(job.name, Last(seconds, wall))
        else:
            since = Last(last.seconds, datetime.fromisoformat(last.served) if last.served else None)
        return job.timetable.after(since, seconds, wall)

    def _outcome(self, job: Job) -> tuple[str, str]:
        started = time.monotonic()
        try:
            detail = job.run()
        except MonitorError as error:
            log.warning("job failed", job=job.name, error=str(error))
            return "failed", error.told
        except Exception as error:
            log.exception("job failed", job=job.name)
            return "failed", Message("jobs.broke", kind=type(error).__name__)
        log.debug("job done", job=job.name, detail=detail, seconds=round(time.monotonic() - started, 3))
        return "done", detail

    # --- in the background ----------------------------------------------------------------

    def start(self) -> None:
        """Look at every job now and every so often, in threads of their own, until `stop`."""
        self._threads = [
            threading.Thread(target=self._keep_on, args=(job,), name=f"job {job.name}", daemon=True)
            for job in self._jobs.values()
        ]
        self._threads += [
            threading.Thread(target=self._go_on, args=(chore,), name=f"chore {chore.name}", daemon=True)
            for chore in self._chores
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, wait_seconds: float = 6) -> bool:
        """Start nothing more, wait for what runs, give the lease back.

        False where something still ran after `wait_seconds`; its slot stays unfinished in
        the store, and what it did not commit is done again by a later run.
        """
        self._over.set()
        with self._idle:
            ended = self._idle.wait_for(lambda: not self._running, wait_seconds)
        try:
            with self._store.begin() as tx:
                leases.release(tx, LEASE, self.heart.holder)
        except MonitorError as error:
            log.warning("lease not given back; it is free when this process is gone", error=str(error))
        return ended

    def _keep_on(self, job: Job) -> None:
        wait = min(job.every.total_seconds() / LOOKS, MOST_SECONDS)
        while True:
            self._quietly(lambda: self.tick(job.name))
            if self._over.wait(wait):
                return

    def _go_on(self, chore: Chore) -> None:
        while True:
            self._quietly(chore.run)
            if self._over.wait(chore.every.total_seconds()):
                return

    def _quietly(self, step: Callable[[], object]) -> None:
        """A look that fails (a locked or unreachable store) is made up for by the next one."""
        try:
            step()
        except MonitorError as error:
            log.warning("tick failed", error=str(error))
        except Exception:
            log.exception("tick failed")
