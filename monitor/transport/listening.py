"""A bound socket that answers requests until it is told to stop: what every server here stands on."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from monitor.errors import UserError

GRACE_SECONDS = 3
"""What open connections get to end by themselves."""

MAX_HEAD = 65_536
"""Bytes of a request's line and headers together."""


def listen(
    app: ASGIApp,
    listener: socket.socket,
    stop: threading.Event | None,
    ready: Callable[[], None],
    *,
    http: Literal["auto", "h11"] = "auto",
) -> None:
    """Answer requests on a bound socket as `serve` does.

    `http` "h11" is for servers that strangers reach: it bounds a request's head (MAX_HEAD bytes, or 400) and
    hands on every header and the target as they came, so that the application can refuse what is unclear;
    httptools, which "auto" means, does neither and is faster.
    """
    settings = uvicorn.Config(
        app,
        http=http,
        h11_max_incomplete_event_size=MAX_HEAD,
        proxy_headers=False,  # the application knows which proxies to believe
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(settings, ready)
    if stop is not None:
        threading.Thread(target=_stop_with, args=(stop, server), name="web-stop", daemon=True).start()
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it answers, and returns to its caller after a signal: uvicorn's own raises the
    signal once more, and SIGTERM would then end the process before the store is closed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = {kind: signal.signal(kind, self.handle_exit) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)


def _stop_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """A socket of that address. Raises UserError where it is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"port {port} on {host} is in use; stop the other program (perhaps another monitor), or set "
                f"port in [web] of config.toml or MONITOR_WEB__PORT to another"
            ) from None
        why = error.strerror or error
        raise UserError(f"cannot listen on {host}:{port}: {why}; set host and port in [web]") from None
    return listener
