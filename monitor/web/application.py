"""One ASGI application on one port: dashboard (Streamlit) at /, API at /api, one guard before both."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from monitor import __version__, desk
from monitor.errors import MonitorError
from monitor.logs import events
from monitor.premises.installation import derived, installation_key
from monitor.transport.listening import bind, listen
from monitor.web import answers, scripts
from monitor.web.api import create_api
from monitor.web.guard import Guard
from monitor.web.login import LoginPages
from monitor.web.metrics import Counted, Metrics
from monitor.web.unknown import Addresses, Unknown

if TYPE_CHECKING:
    from monitor.app import Monitor

log = structlog.get_logger(__name__)


def create_app(monitor: Monitor) -> ASGIApp:
    """Dashboard, API, log-in pages, /healthz and /metrics, behind the guard.

    /healthz and /metrics are open, as probes and scrapers expect; neither tells more than numbers.
    """
    import streamlit
    from streamlit import config, file_util

    from monitor_dashboard import frame, pages, theme

    events.reclaim()
    metrics = Metrics(monitor.store, lambda: monitor.examination.health, monitor.now)
    key = derived(installation_key(monitor.settings), "devices")
    routes: list[BaseRoute] = [
        Mount("/api", create_api(monitor)),
        Mount(scripts.PREFIX, scripts.Scripts(_dashboard("components"))),
        Route("/healthz", _healthz(monitor)),
        Route("/metrics", _metrics(metrics)),
        *LoginPages(monitor.store, monitor.now, monitor.tries, key, monitor.recurring).routes(),
    ]
    static = Path(file_util.get_static_dir())
    files = [one.name for one in static.iterdir() if one.is_file() and one.suffix != ".html"]
    addresses = Addresses(pages.ADDRESSES, files, routes)
    web = monitor.settings.web
    middleware = [
        Middleware(Counted, metrics=metrics),
        Middleware(
            Guard,
            store=monitor.store,
            now=monitor.now,
            hosts=(web.host, *web.allowed_hosts),
            proxies=web.trusted_proxies,
            is_page=addresses.leads_to_login,
        ),
        Middleware(Unknown, addresses=addresses),
    ]
    desk.serve_from(monitor)
    app = streamlit.App(
        _dashboard("app.py"), routes=routes, middleware=middleware, on_script_error=frame.broken
    )
    # After App(), which says where Streamlit looks for files that these must override.
    config.get_config_options(force_reparse=True, options_from_flags=dict(theme.OPTIONS))
    return app


def serve(
    monitor: Monitor,
    stop: threading.Event | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Answer requests on `settings.web` until Ctrl-C, SIGTERM or `stop`; open connections get GRACE_SECONDS.

    Calls `ready` with the address once it answers. Raises UserError where the port is taken
    or the address is not this machine's.
    """
    host, port = monitor.settings.web.host, monitor.settings.web.port
    with bind(host, port) as listener:
        url = _url(host, listener.getsockname()[1])
        if not _is_loopback(host):
            log.warning("web.open_to_network", url=url, hint="put a TLS proxy before it; see docs/")

        def started() -> None:
            log.info("web.serving", url=url)
            if ready is not None:
                ready(url)

        listen(create_app(monitor), listener, stop, started, http="h11")
    log.info("web.stopped", url=url)


def _dashboard(name: str) -> Path:
    return Path(str(resources.files("monitor_dashboard") / name))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _healthz(monitor: Monitor) -> Callable[[Request], Response]:
    def healthz(request: Request) -> Response:
        """Whether the server answers and the store can be read: 200, or 503 with the reason's kind."""
        try:
            with monitor.store.read():
                pass
        except MonitorError as error:
            return JSONResponse({"status": "failing", "store": type(error).__name__}, 503)
        return JSONResponse({"status": "ok", "version": __version__})

    return healthz


def _metrics(metrics: Metrics) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        try:
            return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)
        except MonitorError as error:
            return answers.failure(request.scope, error)

    return page
