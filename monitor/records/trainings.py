"""Trainings, from their being asked for to their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Trigger(StrEnum):
    """What a training was asked for by."""

    LABELS = "labels"  # so many new ones
    CRON = "cron"  # a time of the timetable
    DRIFT = "drift"
    PERSON = "person"


class TrainingState(StrEnum):
    QUEUED = "queued"  # nobody runs it yet
    RUNNING = "running"
    CANCELLING = "cancelling"  # told to stop; the process that runs it has not yet
    CANCELLED = "cancelled"
    DONE = "done"  # it made a version, whatever the gate said
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process ended; can be resumed from its last checkpoint


ACTIVE = (TrainingState.QUEUED, TrainingState.RUNNING, TrainingState.CANCELLING)
"""The states of which one training at most is in any."""


@dataclass(frozen=True, slots=True)
class Training:
    """One training, from its being asked for to its end.

    `via` is cli, api, dashboard or schedule, and `address` where the person was. `done` of `total` (0 where
    unknown) and `minutes_left` (None where unknown) are of the present `stage` alone. `holder` is the process
    that runs it, `attempts` how often one began to. `verdict` is promoted, refused or challenger (the gate
    could not decide) once `model` was made; `outcome` says how it ended in words.
    """

    id: str
    asked_at: datetime
    asked_by: str
    address: str
    via: str
    trigger: Trigger
    why: str
    state: TrainingState
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    minutes_left: float | None = None
    holder: str = ""
    attempts: int = 0
    started_at: datetime | None = None
    reported_at: datetime | None = None
    ended_at: datetime | None = None
    snapshot: str = ""
    parent: str = ""
    model: str = ""
    verdict: str = ""
    outcome: str = ""
