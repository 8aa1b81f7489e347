"""The HTTP API: FastAPI routes over the desk, mounted under /api.

Who is asking comes from the guard (session cookie or `Authorization: Bearer TOKEN`). Errors are
``{"detail": "what, where, what to do"}``, in the reader's language: 400 for a mistake in the request, 401
without a user, 403 for the role, 404, 409, 413 and 421 for what the server does not take, 422 for a body or
parameter of the wrong shape, 503 with Retry-After while the store is busy, full or away. `routes` says how
each route comes to declare its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import fastapi_offline
from fastapi import FastAPI, Request, Security
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.staticfiles import StaticFiles

from monitor import __version__
from monitor.desk import auth
from monitor.web.api import (
    alerts,
    caseload,
    labels,
    models,
    news,
    queue,
    receivers,
    rules,
    sources,
    stories,
    team,
    users,
    watched,
)
from monitor.web.routes import answer_errors, name_choices

if TYPE_CHECKING:
    from monitor.app import Monitor

_NOUNS = (
    *(users, news, watched, stories, caseload, alerts, receivers, rules, queue, labels, team, sources),
    models,
)
_KEYS = [
    Security(HTTPBearer(auto_error=False, scheme_name="token")),
    Security(APIKeyCookie(name=auth.SESSION_COOKIE, auto_error=False, scheme_name="session")),
]

ROUTES = [route for noun in _NOUNS for route in noun.router.routes if isinstance(route, APIRoute)]
"""Every route of the API."""


def create_api(monitor: Monitor) -> FastAPI:
    """The API of `monitor`, to be mounted behind the guard. Its pages load nothing from elsewhere."""
    api = FastAPI(
        title="News Monitor · 新闻舆情监测",
        version=__version__,
        description=__doc__ or "",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.monitor = monitor
    for noun in _NOUNS:
        api.include_router(noun.router, dependencies=_KEYS)
    name_choices(api, {"topics": [topic.name for topic in monitor.settings.taxonomy]})
    assets = Path(fastapi_offline.__file__).parent / "static"
    api.mount("/assets", StaticFiles(directory=assets))

    @api.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=f"{api.title}: API",
            swagger_js_url=f"{root}/assets/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/assets/swagger-ui.css",
            swagger_favicon_url=f"{root}/assets/favicon.png",
        )

    answer_errors(api, ROUTES)
    return api
