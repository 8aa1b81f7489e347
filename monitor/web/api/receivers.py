"""/notifiers: who is told of alerts, whether it arrives, and a message that only tests it."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.desk.receivers import ReceiverView, Resent, Tested
from monitor.errors import NotFoundError
from monitor.web.api.asking import AtDesk
from monitor.web.api.parameters import Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/notifiers", tags=["alerts"])
def receivers(desk: AtDesk) -> list[ReceiverView]:
    """Every receiver with what waits for it and what did not arrive."""
    return desk.receivers()


@router.post("/notifiers/{name}/test", tags=["alerts"], responses=raises(NotFoundError))
def test(name: Name, desk: AtDesk) -> Tested:
    """Send a test message, and wait whether it is taken (analyst)."""
    return desk.test_receiver(name)


@router.post("/notifiers/{name}/retry", tags=["alerts"], responses=raises(NotFoundError))
def retry(name: Name, desk: AtDesk) -> Resent:
    """Send what did not arrive again, of each alert the newest message alone (analyst)."""
    return desk.retry_all(name)
