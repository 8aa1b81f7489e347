"""Models at the desk: which one serves, what happened to each, and training another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from monitor.desk.seat import MAX_PAGE, Seat, within
from monitor.desk.telling import kept
from monitor.errors import DamagedModelError, ModelError, MonitorError
from monitor.evaluation import groups, standing
from monitor.records import ModelEvent, ModelVersion, Role, Training
from monitor.store import doubts, duels, labels, models, shadows, trainings

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

    def shadow(self, model_id: str) -> dict[str, Any] | None:
        """The latest shadow of this version, as it stands; None where there was none. Raises
        NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            models.get(tx, model_id)
            found = shadows.of(tx, model_id)
        return None if found is None else {**shadows.told(found), "reason": kept(shadows.words(found))}

    def doubted(self, model_id: str) -> dict[str, int]:
        """How many labels that this version was trained on are of an analyst whose labels wait or were taken
        back, by analyst. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return doubts.taught(tx, models.get(tx, model_id).snapshot)

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

    def events_of(self, model_id: str) -> list[ModelEvent]:
        """What happened to one version, first first. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            models.get(tx, model_id)
            return [replace(one, reason=kept(one.reason)) for one in models.events(tx, model_id)]

    def model_events(self) -> dict[str, list[ModelEvent]]:
        """`events_of` every version, by its id."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            found = models.all_events(tx)
        return {id: [replace(one, reason=kept(one.reason)) for one in some] for id, some in found.items()}

    def trainings(self, limit: int = 20) -> list[Training]:
        """The latest trainings, newest first, whoever asked for them and wherever they run."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return [_told(training) for training in trainings.all(tx, within("limit", limit, 1, MAX_PAGE))]

    def training(self, training_id: str) -> Training:
        """One training. Raises NotFoundError."""
        self._may(Role.VIEWER, "read")
        with self.monitor.store.read() as tx:
            return _told(trainings.get(tx, training_id))

    def train(self, via: str = "api") -> Training:
        """Ask for a training, which begins at once in this process; `training` tells how it goes.

        Raises ConflictError where one runs or waits already, UserError where it could only be refused.
        """
        self._may(Role.ADMIN, "train models")
        asked = self.monitor.ask_training(user=self.user.name, address=self.address, via=via)
        self._begin(asked.id)
        return _told(asked)

    def resume(self, training_id: str) -> Training:
        """Go on with an interrupted training, from its last checkpoint. Raises NotFoundError, and
        ConflictError where it was not interrupted, or another one runs."""
        self._may(Role.ADMIN, "train models")
        with self.monitor.store.begin() as tx:
            training = trainings.resume(tx, training_id, self.monitor.now())
            self._wrote(tx, "training.resume", training_id)
        self._begin(training_id)
        return _told(training)

    def cancel(self, training_id: str) -> Training:
        """Give a training up, wherever it runs: it is cancelled, or stops as soon as its process looks
        (`cancelling`). Raises NotFoundError, and ConflictError where it has ended."""
        self._may(Role.ADMIN, "train models")
        return _told(self.monitor.cancel_training(training_id, self.user.name, self.address))

    def _begin(self, id: str) -> None:
        threading.Thread(target=self._run, args=(id,), name=f"training {id}", daemon=True).start()

    def _run(self, id: str) -> None:
        try:
            self.monitor.run_training(id)
        except MonitorError as error:  # its row says so, too
            log.info("training ended", training=id, how=str(error))
        except Exception:
            log.exception("training ended", training=id)


@contextmanager
def _asked_for() -> Iterator[None]:
    """A version that somebody asks for and whose files are damaged is no failure of what serves."""
    try:
        yield
    except ModelError as error:
        raise DamagedModelError(error.told) from error


def _shown(version: ModelVersion) -> ModelVersion:
    """A version as clients see it: where its folder lies is the operator's business."""
    stands, shown = groups.from_json(version.certificate), version.certificate or {}
    parts = {
        name: {**part, "title": groups.title(stands, name), "reason": standing.told(stands.parts[name])}
        for name, part in shown.get("parts", {}).items()
    }
    return replace(
        version,
        path=Path(version.path).name,
        reason=kept(version.reason),
        certificate={"certified": False, **shown, "reason": groups.told(stands), "parts": parts},
    )


def _told(training: Training) -> Training:
    """A training as clients see it."""
    return replace(training, outcome=kept(training.outcome), stage=kept(training.stage))
