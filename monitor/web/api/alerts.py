"""/alerts, /deliveries: surges, what became of them, and the messages about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.alerts.silencing import Silence
from monitor.desk.views import AlertDetail
from monitor.errors import ConflictError, NotFoundError, UserError
from monitor.records import Alert, AlertState, Delivery, DeliveryState
from monitor.web.api.asking import AtDesk
from monitor.web.api.bodies import Note, Silencing
from monitor.web.api.parameters import Id, Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/alerts", tags=["alerts"])
def alerts(
    desk: AtDesk,
    state: Annotated[list[AlertState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Alert]:
    """Alerts in the given states, newest first; in every state where none is given."""
    return desk.alerts(tuple(state or ()), limit)


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
