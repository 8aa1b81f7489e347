"""Which training is wanted: asked for, due by the schedule, next in line, given up.

Whoever asks (a person at any face, the timetable, so many new labels, drift) gets a row in the store, and
whoever looks next with a free hand runs it (`monitor.learning.run`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.datasets import frozen
from monitor.messages import Message
from monitor.premises import workrooms
from monitor.premises.workrooms import Workroom
from monitor.records import Example, Training, TrainingState, Trigger
from monitor.settings import LearningSettings
from monitor.store import Store, audit, clock, duels, labels, models, shadows, trainings
from monitor.store.models import SYSTEM
from monitor.store.trainings import Asked


def ask(
    store: Store,
    now: datetime,
    *,
    trigger: Trigger = Trigger.PERSON,
    why: str = "",
    user: str = SYSTEM,
    via: str = "schedule",
    address: str = "",
    options: Mapping[str, Any] | None = None,
    data: Sequence[Example] = (),
    gold: Sequence[Example] = (),
    directory: Path = Path(),
) -> Training:
    """Put a training in line: on every label that there is when it begins and on `data`, judged by `gold`,
    too (both kept beside the models in `directory` until then), with a classifier of these `options` beside
    its settings. One that was interrupted before is given up for it.

    Raises ConflictError where one is in line or runs already.
    """
    id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    why = why or Message(f"training.why.{trigger}", user=user)
    asked = Asked(id, trigger, why, user, via, address, options, bool(data or gold))
    if not (data or gold):
        return _asked(store, asked, now)
    room = Workroom(directory, id)
    with workrooms.entered(room):  # so that nobody takes the folder for one that nobody needs
        try:
            frozen.write_asked(room.asked, data, gold)
            return _asked(store, asked, now)
        finally:
            workrooms.tidy(store, room)


def cancel(store: Store, directory: Path, id: str, now: datetime, user: str, address: str = "") -> Training:
    """Give a training up, whoever asked for it and wherever it runs: the process that runs it stops at its
    next progress. Nothing is left of it but its row. Raises NotFoundError, ConflictError where it ended."""
    with store.begin() as tx:
        training = trainings.cancel(tx, id, Message("training.cancelled_by", user=user), now)
        audit.write(tx, now, user, "training.cancel", id, {}, address=address)
    workrooms.clean(store, directory)
    return training


def next_open(store: Store) -> Training | None:
    """What waits for whoever looks: the queued one, else the one that was interrupted, unless that was begun
    too often already."""
    with store.read() as tx:
        active, interrupted = trainings.active(tx), trainings.resumable(tx)
    if active is not None:
        return active if active.state is TrainingState.QUEUED else None
    tired = interrupted is not None and interrupted.attempts >= trainings.MOST_ATTEMPTS
    return None if tired else interrupted


def due(store: Store, settings: LearningSettings) -> int:
    """For how many new labels the schedule wants a training; 0 where it wants none: they are too few, it is
    too soon after the last one that was asked for, whatever became of it, one is open still, or a duel or a
    shadow runs whose challenger another one would overtake."""
    if not settings.enabled or next_open(store) is not None:
        return 0
    with store.read() as tx:
        trained = [one for one in models.all(tx) if not one.id.startswith(models.SHIPPED)]
        fresh = labels.since(tx, max((one.last_label for one in trained), default=0))
        asked, active = trainings.last_asked(tx), trainings.active(tx)
        since = clock.seconds(tx) - max((asked, *(one.seconds for one in trained)))
        challenged = duels.running(tx) is not None or shadows.running(tx) is not None
    waited = since >= settings.every_hours * 3600
    return fresh if waited and active is None and not challenged and fresh >= settings.min_new_labels else 0


def _asked(store: Store, asked: Asked, now: datetime) -> Training:
    with store.begin() as tx:
        training = trainings.ask(tx, asked, now, clock.seconds(tx))
        detail = {"why": asked.why, "via": asked.via}
        audit.write(tx, now, asked.user, "model.train", asked.id, detail, address=asked.address)
        return training
