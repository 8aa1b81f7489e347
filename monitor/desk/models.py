"""Models at the desk: which one serves, and training another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from monitor.desk.seat import Seat
from monitor.desk.telling import kept
from monitor.desk.views import TrainingRun
from monitor.errors import ConflictError, DamagedModelError, ModelError, MonitorError
from monitor.messages import Message
from monitor.records import ModelVersion, Role
from monitor.store import clock, duels, labels, leases, models, runs

TRAINING = "desk.train"
"""Job and lease of the trainings that are asked for at a desk."""

log = structlog.get_logger(__name__)


class Models(Seat):
    """Changing what serves takes an administrator."""

    def models(self) -> list[ModelVersion]:
        """Every model version, newest first."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = sorted(models.all(tx), key=lambda version: version.created_at, reverse=True)
        return [_shown(version) for version in found]

    def duel(self, model_id: str) -> dict[str, Any] | None:
        """The latest duel in which this version was the challenger, as it stands; None where there was none.
        Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            models.get(tx, model_id)
            found = duels.of(tx, model_id)
        return None if found is None else {**duels.told(found), "reason": kept(duels.words(found))}

    def new_labels(self) -> int:
        """Labels given since the champion was made."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            serving = models.champion(tx)
            return labels.since(tx, serving.last_label if serving else 0)

    def promote(self, model_id: str) -> ModelVersion:
        """Serve this version, past the gate's word. Raises NotFoundError, DamagedModelError, and
        ConflictError where it serves already."""
        self._may(Role.ADMIN, "promote models")
        with _asked_for():
            return _shown(self.monitor.promote(model_id, self.user.name, self.address))

    def rollback(self) -> ModelVersion:
        """Serve the champion before this one again. Raises NotFoundError, DamagedModelError."""
        self._may(Role.ADMIN, "roll models back")
        with _asked_for():
            return _shown(self.monitor.rollback(self.user.name, self.address))

    def train(self) -> TrainingRun:
        """Start a training in the background; `training` tells how it goes.

        Raises ConflictError where one that was asked for at a desk is running.
        """
        self._may(Role.ADMIN, "train models")
        now, holder = self.monitor.now(), self.monitor.heart.holder
        with self.monitor.store.begin() as tx:
            if leases.take(tx, TRAINING, holder, anew=True) is None:
                raise ConflictError(Message("learning.running", holder=leases.holder(tx, TRAINING)))
            last = runs.last(tx, TRAINING)
            slot = last.slot + 1 if last else 1
            runs.claim(tx, TRAINING, slot, holder, now, clock.seconds(tx))
            self._wrote(tx, "model.train", "")
        threading.Thread(target=self._train, args=(slot, holder), name=TRAINING, daemon=True).start()
        return TrainingRun("running", now, None, "")

    def training(self) -> TrainingRun | None:
        """The latest training asked for at a desk."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            run = runs.last(tx, TRAINING)
        return TrainingRun(run.state, run.started_at, run.finished_at, kept(run.detail)) if run else None

    def _train(self, slot: int, holder: str) -> None:
        store, now = self.monitor.store, self.monitor.now
        state = "failed"
        detail: str = Message("learning.broke")
        try:
            version = self.monitor.train(user=self.user.name)
            state = "done"
            detail = Message(
                "learning.made",
                model=version.id,
                state=Message(f"learning.state.{version.state}"),
                reason=version.reason,
            )
        except MonitorError as error:
            detail = error.told
        except Exception:
            log.exception("training failed")
        finally:
            with store.begin() as tx:
                runs.finish(tx, TRAINING, slot, state, detail, now())
                leases.release(tx, TRAINING, holder)


@contextmanager
def _asked_for() -> Iterator[None]:
    """A version that somebody asks for and whose files are damaged is no failure of what serves."""
    try:
        yield
    except ModelError as error:
        raise DamagedModelError(error.told) from error


def _shown(version: ModelVersion) -> ModelVersion:
    """A version as clients see it: where its folder lies is the operator's business."""
    return replace(version, path=Path(version.path).name, reason=kept(version.reason))
