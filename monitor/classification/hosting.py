"""One process hosts the model, others ask it: a small HTTP interface on a unix socket or on loopback.

    POST /classify   a JSON array of articles  ->  a JSON array of predictions, same length and order
    POST /explain    {"article": ..., "target": ...}  ->  an explanation
    GET  /healthz    200 while the process answers
    GET  /readyz     200 once a model is loaded, 503 before; which one, and why not the one that should be
    GET  /metrics    queue length, batch sizes, waiting and working times, texts judged

Requests of all clients are batched together (`monitor.classification.batching`); a full line is
answered with 503 and Retry-After. A new champion is loaded beside the one that serves, which goes on
until the new one takes its place between two batches: no request waits for it. Errors are
``{"detail": ...}``. Nobody is asked who they are: the socket is its owner's alone, and any other
address than loopback is refused.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.classification.batching import Batch, Batcher
from monitor.classification.wire import ARTICLES, ASKED, EXPLANATION, Address, sent, written
from monitor.errors import BusyError, MonitorError, UserError
from monitor.transport import listening

if TYPE_CHECKING:
    from monitor.classification.exchanged import Exchanged

MAX_BODY = 64_000_000
"""Bytes of one request; some ten thousand long articles."""
RETRY_SECONDS = 5
log = structlog.get_logger(__name__)


class Load:
    """What /metrics says."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._texts = Counter("classifier_texts", "Texts judged", registry=self.registry)
        self._refused = Counter("classifier_refused", "Requests refused", registry=self.registry)
        self._queue = Gauge("classifier_queue_texts", "Texts in line", registry=self.registry)
        sizes = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
        self._sizes = Histogram(
            "classifier_batch_texts", "Texts in one call to the model", buckets=sizes, registry=self.registry
        )
        self._requests = Histogram(
            "classifier_batch_requests", "Requests in one call", buckets=sizes[:8], registry=self.registry
        )
        self._waited = Histogram("classifier_wait_seconds", "Time in line", registry=self.registry)
        self._seconds = Histogram("classifier_batch_seconds", "Time of one call", registry=self.registry)

    def batch(self, batch: Batch) -> None:
        """Count a call to the model."""
        self._texts.inc(batch.texts)
        self._sizes.observe(batch.texts)
        self._requests.observe(batch.requests)
        self._waited.observe(batch.waited)
        self._seconds.observe(batch.seconds)

    def refused(self) -> None:
        """Count a request that found the line full."""
        self._refused.inc()

    def text(self, waiting: int) -> bytes:
        """The page, in the Prometheus text format."""
        self._queue.set(waiting)
        return generate_latest(self.registry)


def create_host(served: Exchanged, batcher: Batcher, load: Load) -> Starlette:
    """The application; `batcher` must have been started."""

    def warm() -> None:
        try:
            served.load()
        except MonitorError as error:  # the first request tries again, and is told
            log.error("no model can be loaded", error=str(error))

    async def classify(request: Request) -> Response:
        articles = ARTICLES.validate_json(await _body(request))
        found = await run_in_threadpool(batcher.classify, articles)
        return Response(sent(found), media_type="application/json")

    async def explain(request: Request) -> Response:
        asked = ASKED.validate_json(await _body(request))
        found = await run_in_threadpool(served.explain, asked.article, asked.target)
        return Response(EXPLANATION.dump_json(found), media_type="application/json")

    def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def readyz(request: Request) -> Response:
        model = served.serving
        told = {"status": "ready" if model else "loading", "model": model, "trouble": written(served.trouble)}
        return JSONResponse(told, 200 if model else 503)

    def metrics(request: Request) -> Response:
        return Response(load.text(batcher.waiting), media_type=CONTENT_TYPE_LATEST)

    def busy(request: Request, error: Exception) -> Response:
        load.refused()
        return JSONResponse({"detail": written(_text(error))}, 503, {"Retry-After": str(RETRY_SECONDS)})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        threading.Thread(target=warm, name="warm", daemon=True).start()
        yield

    return Starlette(
        routes=[
            Route("/classify", classify, methods=["POST"]),
            Route("/explain", explain, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        exception_handlers={
            BusyError: busy,
            ValidationError: _told(422),
            UserError: _told(422),
            MonitorError: _told(500),
        },
        lifespan=lifespan,
    )


def serve(served: Exchanged, address: Address, stop: threading.Event | None = None) -> None:
    """Host the classifier at `address` until Ctrl-C, SIGTERM or `stop`; what is in line is finished.

    Raises UserError where the address is taken.
    """
    load = Load()
    batcher = Batcher(served.classify, observe=load.batch)
    batcher.start()
    try:
        with _listen(address) as listener:
            listening.listen(
                create_host(served, batcher, load),
                listener,
                stop,
                lambda: log.info("classifier.hosted", address=str(address)),
            )
    finally:
        batcher.stop()


@contextlib.contextmanager
def _listen(address: Address) -> Iterator[socket.socket]:
    if not address.socket:
        with listening.bind(address.host, address.port) as listener:
            yield listener
        return
    path = Path(address.socket)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if path.is_socket():
            try:
                probe.connect(str(path))
            except OSError:
                path.unlink()  # whoever made it is gone
            else:
                raise UserError(f"{path}: another process hosts the classifier there already; stop it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        before = os.umask(stat.S_IRWXG | stat.S_IRWXO)
        try:
            listener.bind(str(path))
        except OSError as error:
            raise UserError(
                f"cannot listen on {path}: {error.strerror or error}; set [classifier] host"
            ) from None
        finally:
            os.umask(before)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise UserError(f"the request is longer than {MAX_BODY:,} bytes; send fewer articles at a time")
    return body


def _told(status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": written(_text(error))}, status)

    return answer


def _text(error: Exception) -> str:
    return error.told if isinstance(error, MonitorError) else str(error)
