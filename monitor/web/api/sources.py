"""/sources, /troubles: what the news come from, and what does not work."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.desk.views import SourceView
from monitor.errors import NotFoundError
from monitor.extensions.troubles import Trouble
from monitor.records import PollResult
from monitor.web.api.asking import AtDesk
from monitor.web.api.parameters import Name
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/sources", tags=["sources"])
def sources(desk: AtDesk) -> list[SourceView]:
    """Every source with its health."""
    return desk.sources()


@router.post("/sources/{name}/poll", tags=["sources"], responses=raises(NotFoundError))
def poll(name: Name, desk: AtDesk) -> PollResult:
    """Fetch one source now, and wait for it (analyst)."""
    return desk.poll(name)


@router.get("/troubles", tags=["sources"])
def troubles(desk: AtDesk) -> list[Trouble]:
    """Notifiers, strategies and detectors that do not work at present, and what does their work."""
    return desk.troubles()
