"""/alerts, /deliveries: surges, what became of them, and the messages about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from monitor.alerts.silencing import Silence
from monitor.desk.views import AlertDetail
from monitor.detection.sparing import Spared
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.records import Alert, Delivery, DeliveryState, Verdict
from monitor.web.api import bodies
from monitor.web.api.asking import AtDesk
from monitor.web.api.bodies import Note, Silencing
from monitor.web.api.parameters import Id, Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/alerts/{alert_id}", tags=["alerts"], responses=raises(NotFoundError))
def alert(alert_id: Name, desk: AtDesk) -> AlertDetail:
    """One alert with its evidence, history, and messages sent."""
    return desk.alert(alert_id)


@router.post(
    "/alerts/{alert_id}/acknowledge", tags=["alerts"], responses=raises(NotFoundError, ConflictError)
)
def acknowledge(alert_id: Name, desk: AtDesk, body: Note | None = None) -> Alert:
    """Say that somebody is on it (analyst)."""
    return desk.acknowledge(alert_id, body.note if body else "")


@router.post("/alerts/{alert_id}/resolve", tags=["alerts"], responses=raises(NotFoundError, ConflictError))
def resolve(alert_id: Name, desk: AtDesk, body: Note | None = None) -> Alert:
    """Close it (analyst)."""
    return desk.resolve(alert_id, body.note if body else "")


@router.post(
    "/alerts/{alert_id}/feedback",
    tags=["alerts"],
    responses=raises(NotFoundError, UserError, ConflictError),
)
def feedback(alert_id: Name, desk: AtDesk, body: bodies.Verdict) -> Verdict:
    """Say what it was: useful, noise, wrong company, duplicate, wrong label (analyst). Each user says one
    thing; the last one stands."""
    return desk.judge_alert(alert_id, body.kind, body.note, other=body.other, article=body.article)


@router.get("/alerts/{alert_id}/budgets", tags=["alerts"], responses=raises(NotFoundError))
def budgets(alert_id: Name, desk: AtDesk) -> Sequence[Spared]:
    """Under which parts of its rule's budget it would have been told all the same."""
    return desk.spared(alert_id)


@router.get("/silences", tags=["alerts"])
def silences(desk: AtDesk) -> list[Silence]:
    """What people are not told of, now or later, by when it ends."""
    return desk.silences()


@router.post("/silences", tags=["alerts"], responses=raises(UserError))
def silence(desk: AtDesk, body: Silencing) -> Silence:
    """For some hours tell nobody of alerts of a rule, a company, a topic or a severity (analyst)."""
    return desk.silence(
        body.hours,
        rule=body.rule,
        company=body.company,
        topic=body.topic,
        severity=body.severity,
        until_worse=body.until_worse,
        note=body.note,
    )


@router.delete("/silences/{silence_id}", tags=["alerts"], status_code=204, responses=raises(NotFoundError))
def unsilence(silence_id: Id, desk: AtDesk) -> None:
    """Let a silence end now (analyst)."""
    desk.unsilence(silence_id)


@router.get("/deliveries", tags=["alerts"])
def deliveries(
    desk: AtDesk,
    state: Annotated[list[DeliveryState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Delivery]:
    """Messages in the outbox, newest first."""
    return desk.deliveries(tuple(state or ()), limit)


@router.post(
    "/deliveries/{delivery_id}/retry",
    tags=["alerts"],
    status_code=204,
    responses=raises(NotFoundError, ConflictError),
)
def retry(delivery_id: Name, desk: AtDesk) -> None:
    """Send a dead message again, under the same id (analyst)."""
    desk.retry(delivery_id)
