"""/models, /strategy, /plugins: versions, trainings, figures, and who serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from monitor.desk.figures import Asking
from monitor.desk.measured import MeasuredView
from monitor.errors import ConflictError, DamagedModelError, NotFoundError, UserError
from monitor.evaluation import figures as drawn
from monitor.records import ModelEvent, ModelVersion, Training
from monitor.registry import PluginStatus
from monitor.web.api.asking import AtDesk
from monitor.web.api.parameters import Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/models", tags=["models"])
def models(desk: AtDesk) -> list[ModelVersion]:
    """Every model version, newest first."""
    return desk.models()


@router.get("/models/trainings", tags=["models"])
def trainings(desk: AtDesk, limit: Annotated[int, Query(ge=1, le=500)] = 20) -> list[Training]:
    """The latest trainings, newest first, whoever asked for them and wherever they run."""
    return desk.trainings(limit)


@router.post(
    "/models/trainings", tags=["models"], status_code=202, responses=raises(ConflictError, UserError)
)
def train(desk: AtDesk) -> Training:
    """Ask for a training, which begins at once; 409 where one runs or waits (administrator)."""
    return desk.train()


@router.get("/models/trainings/{training_id}", tags=["models"], responses=raises(NotFoundError))
def training(training_id: Name, desk: AtDesk) -> Training:
    """One training: how far it is, or how it ended."""
    return desk.training(training_id)


@router.delete(
    "/models/trainings/{training_id}",
    tags=["models"],
    status_code=202,
    responses=raises(NotFoundError, ConflictError),
)
def cancel(training_id: Name, desk: AtDesk) -> Training:
    """Give a training up, wherever it runs; nothing is left of it but its row (administrator)."""
    return desk.cancel(training_id)


@router.post(
    "/models/trainings/{training_id}/resume",
    tags=["models"],
    status_code=202,
    responses=raises(NotFoundError, ConflictError),
)
def resume(training_id: Name, desk: AtDesk) -> Training:
    """Go on with an interrupted training, from its last checkpoint (administrator)."""
    return desk.resume(training_id)


@router.get("/models/measured", tags=["models"])
def measured(desk: AtDesk) -> list[MeasuredView]:
    """Drift, live accuracy, savings and the hint to stop, as the newest look found them."""
    return desk.measured()


@router.get("/models/curve", tags=["models"])
def learning_curve(desk: AtDesk) -> list[dict[str, Any]]:
    """How good each version is, with 95% intervals, by the number of texts it was taught: on audits drawn
    since it was made, and on the gold of its gate."""
    return drawn.points_to_json(desk.learning_curve())


@router.get("/models/{model_id}/figures", tags=["models"], responses=raises(NotFoundError))
def figures(model_id: Name, desk: AtDesk) -> dict[str, Any]:
    """A version's figures with 95% intervals, confusion and calibration: of the `audits` drawn since it was
    made, and of the `gold` of its gate, beside the version that serves and the one that served then."""
    return drawn.to_json(desk.figures(model_id))


@router.get("/strategy", tags=["models"])
def strategy(desk: AtDesk) -> Asking:
    """What orders the queue, and how the policies that were trained fared against margin."""
    return desk.asking()


@router.get("/models/{model_id}/events", tags=["models"], responses=raises(NotFoundError))
def model_events(model_id: Name, desk: AtDesk) -> list[ModelEvent]:
    """What happened to a version, first first: the gate's verdict, who or what promoted, refused, retired or
    rolled it back, and on which data."""
    return desk.events_of(model_id)


@router.post("/models/rollback", tags=["models"], responses=raises(NotFoundError, DamagedModelError))
def rollback(desk: AtDesk) -> ModelVersion:
    """Serve the champion before this one again (administrator)."""
    return desk.rollback()


@router.post(
    "/models/{model_id}/promote",
    tags=["models"],
    responses=raises(NotFoundError, ConflictError, DamagedModelError),
)
def promote(model_id: Name, desk: AtDesk) -> ModelVersion:
    """Serve this version, past the gate's word (administrator)."""
    return desk.promote(model_id)


@router.get("/models/{model_id}/duel", tags=["models"], responses=raises(NotFoundError))
def duel(model_id: Name, desk: AtDesk) -> dict[str, Any] | None:
    """The latest duel of this version with the one that served, or null."""
    return desk.duel(model_id)


@router.get("/models/{model_id}/shadow", tags=["models"], responses=raises(NotFoundError))
def shadow(model_id: Name, desk: AtDesk) -> dict[str, Any] | None:
    """The latest shadow of this version, in which it judged beside the one that served, or null."""
    return desk.shadow(model_id)


@router.get("/plugins", tags=["models"])
def plugins(desk: AtDesk) -> Sequence[PluginStatus]:
    """Every plugin, with the reason where one is disabled."""
    return desk.plugins()
