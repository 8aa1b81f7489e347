"""Models at the desk: which one serves, and training another."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

import structlog

from monitor.desk.seat import Seat
from monitor.desk.views import TrainingRun
from monitor.errors import ConflictError, MonitorError
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
            return sorted(models.all(tx), key=lambda version: version.created_at, reverse=True)

    def new_labels(self) -> int:
        """Labels given since the champion was made."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            serving = models.champion(tx)
            return labels.since(tx, serving.created_at if serving else None)

    def promote(self, model_id: str) -> ModelVersion:
        """Serve this version, past the gate's word. Raises NotFoundError, ModelError, ConflictError."""
        self._may(Role.ADMIN, "promote models")
        return self.monitor.promote(model_id, self.user.name, self.address)

    def rollback(self) -> ModelVersion:
        """Serve the champion before this one again. Raises NotFoundError, ModelError."""
        self._may(Role.ADMIN, "roll models back")
        return self.monitor.rollback(self.user.name, self.address)

    def train(self) -> TrainingRun:
        """Start a training in the background; `training` tells how it goes.

        Raises ConflictError where one that was asked for at the desk is running.
        """
        self._may(Role.ADMIN, "train models")
        now, holder = self.monitor.now(), f"desk:{secrets.token_hex(8)}"
        with self.monitor.store.begin() as tx:
            if jobs.lease(tx, TRAINING, holder, now, _TRAINING_LEASE) is None:
                raise ConflictError("a training is running already; wait until it is done")
            jobs.claim(tx, TRAINING, now, holder, now)
            self._wrote(tx, "model.train", "")
        threading.Thread(target=self._train, args=(now, holder), name=TRAINING, daemon=True).start()
        return TrainingRun("running", now, None, "")

    def training(self) -> TrainingRun | None:
        """The latest training asked for at a desk."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            run = jobs.last(tx, TRAINING)
        return TrainingRun(run.state, run.started_at, run.finished_at, run.detail) if run else None

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
