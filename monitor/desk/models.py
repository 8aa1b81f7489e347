"""Models at the desk: which one serves, and training another."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from monitor.desk.seat import Seat
from monitor.desk.telling import kept
from monitor.desk.views import TrainingRun
from monitor.errors import ConflictError, DamagedError, ModelError, MonitorError
from monitor.messages import Message
from monitor.records import ModelVersion, Role
from monitor.store import jobs, labels, models

TRAINING = "desk.train"
"""Job and lease of the trainings that are asked for at a desk."""

_TRAINING_LEASE = 900  # seconds; every report of progress renews it
log = structlog.get_logger(__name__)


class Models(Seat):
    """Changing what serves takes an administrator."""

    def models(self) -> list[ModelVersion]:
        """Every model version, newest first."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = sorted(models.all(tx), key=lambda version: version.created_at, reverse=True)
        return [_shown(version) for version in found]

    def new_labels(self) -> int:
        """Labels given since the champion was made."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            serving = models.champion(tx)
            return labels.since(tx, serving.created_at if serving else None)

    def promote(self, model_id: str) -> ModelVersion:
        """Serve this version, past the gate's word. Raises NotFoundError, DamagedError, and
        ConflictError where it serves already."""
        self._may(Role.ADMIN, "promote models")
        with _asked_for():
            return _shown(self.monitor.promote(model_id, self.user.name))

    def rollback(self) -> ModelVersion:
        """Serve the champion before this one again. Raises NotFoundError, DamagedError."""
        self._may(Role.ADMIN, "roll models back")
        with _asked_for():
            return _shown(self.monitor.rollback(self.user.name))

    def train(self) -> TrainingRun:
        """Start a training in the background; `training` tells how it goes.

        Raises ConflictError where one that was asked for at the desk is running.
        """
        self._may(Role.ADMIN, "train models")
        now, holder = self.monitor.now(), f"desk:{secrets.token_hex(8)}"
        with self.monitor.store.begin() as tx:
            if jobs.lease(tx, TRAINING, holder, now, _TRAINING_LEASE) is None:
                raise ConflictError(Message("desk.training"))
            jobs.claim(tx, TRAINING, now, holder, now)
            self._wrote(tx, "model.train", "")
        threading.Thread(target=self._train, args=(now, holder), name=TRAINING, daemon=True).start()
        return TrainingRun("running", now, None, "")

    def training(self) -> TrainingRun | None:
        """The latest training asked for at a desk."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            run = jobs.last(tx, TRAINING)
        return TrainingRun(run.state, run.started_at, run.finished_at, kept(run.detail)) if run else None

    def _train(self, slot: datetime, holder: str) -> None:
        store, now = self.monitor.store, self.monitor.now

        def keep(what: str, done: float, total: float) -> None:
            with store.begin() as tx:
                jobs.lease(tx, TRAINING, holder, now(), _TRAINING_LEASE)

        state, detail = "failed", "stopped by an error that the log holds"
        try:
            version = self.monitor.train(progress=keep, user=self.user.name)
            state, detail = "done", f"{version.id}: {version.state}. {version.reason}"
        except MonitorError as error:
            detail = str(error)
        except Exception:
            log.exception("training failed")
        finally:
            with store.begin() as tx:
                jobs.finish(tx, TRAINING, slot, state, detail, now())
                jobs.release(tx, TRAINING, holder)


@contextmanager
def _asked_for() -> Iterator[None]:
    """A version that somebody asks for and whose files are damaged is no failure of what serves."""
    try:
        yield
    except ModelError as error:
        raise DamagedError(str(error)) from error


def _shown(version: ModelVersion) -> ModelVersion:
    """A version as clients see it: where its folder lies is the operator's business."""
    return replace(version, path=Path(version.path).name, reason=kept(version.reason))
