"""How errors are answered: one status for each kind, and one body.

The body is ``{"detail": "what, where, what to do"}``, in the reader's language (`monitor.web.language`); a
browser that asked for a page gets a page that says the same. `told` decides how much is said. What a route
can answer is declared with the kinds of error its desk method raises (`declared`), so that the OpenAPI
schema and the answers come from the one table STATUSES.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from monitor.desk.telling import told
from monitor.errors import (
    AccessError,
    AttemptsError,
    BusyError,
    ConflictError,
    DamagedError,
    DamagedModelError,
    DiskFullError,
    ModelError,
    MonitorError,
    NotFoundError,
    OtherUserError,
    SchemaError,
    StoppedError,
    StoreBusyError,
    StoreLostError,
    TakenError,
    UserError,
)
from monitor.messages import Message, said
from monitor.web import page
from monitor.web.language import language_of

RETRY_SECONDS = 5

STATUSES: Mapping[type[MonitorError], int] = {
    AttemptsError: 429,
    AccessError: 403,
    NotFoundError: 404,
    TakenError: 409,
    ConflictError: 409,
    UserError: 400,
    BusyError: 503,
    StoreBusyError: 503,
    StoreLostError: 503,
    DiskFullError: 503,
    SchemaError: 503,
    DamagedError: 503,
    DamagedModelError: 409,
    ModelError: 503,
    StoppedError: 503,
}
"""The status of each kind and of what derives from it, the narrower kind first. Of any other error: 500."""

_WAITS = (429, 503)  # come with Retry-After


class Became(BaseModel):
    """What became of a task: `user` has it on the screen (held), left it (skip) or said `sentiment` of it
    (label)."""

    user: str
    outcome: str
    sentiment: str


class Problem(BaseModel):
    """An answer that something did not work."""

    detail: str = Field(description="What went wrong, where, and what to do, in the reader's language.")
    became: Became | None = Field(None, description="Of a task that somebody else was first at.")
    user: str | None = Field(None, description="Who is logged in, where As-User named somebody else.")


def status_of(error: Exception) -> int:
    """The HTTP status that `error` is answered with."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)


def failure(scope: Scope, error: Exception) -> Response:
    """The answer to a request that `error` ended."""
    status = status_of(error)
    wait = getattr(error, "retry_after", None) or RETRY_SECONDS
    headers = {"Retry-After": str(ceil(wait))} if status in _WAITS else {}
    return refusal(scope, status, told(error), headers, **_more(error))


def refusal(
    scope: Scope,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer that says `message`: a page where a browser asked for one, else a Problem, with `more`."""
    language = language_of(scope)
    if not wants_page(scope):
        problem = Problem(detail=said(message, language), **more)
        return JSONResponse(problem.model_dump(exclude_none=True), status, dict(headers or {}))
    title = "unknown" if status == HTTPStatus.NOT_FOUND else "failed"
    way_out = ("/", "home") if status < 500 else (_here(scope), "again")
    answer = page.notice(language, title, message, status, way_out)
    answer.headers.update(headers or {})
    return answer


def nothing_here(scope: Scope) -> Response:
    """The answer at an address that does not exist."""
    for_people = wants_page(scope)
    return refusal(scope, 404, Message("page.unknown_hint" if for_people else "web.unknown"))


def wants_page(scope: Scope) -> bool:
    """Whether a browser shows the answer to a person: it asks for HTML, and not from the API."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    is_api = path == "/api" or path.startswith(("/api/", "/_stcore/"))
    return not is_api and "text/html" in Headers(scope=scope).get("accept", "")


def declared(statuses: Iterable[int]) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers with these statuses beside its own."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted(set(statuses)):
        found[status] = {"model": Problem, "description": HTTPStatus(status).phrase}
        if status in _WAITS:
            seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
            found[status]["headers"] = {"Retry-After": seconds}
    return found


def _more(error: Exception) -> dict[str, Any]:
    """What a program must know of `error` to go on."""
    if isinstance(error, TakenError) and error.outcome:
        return {"became": Became(user=error.user, outcome=error.outcome, sentiment=error.sentiment)}
    return {"user": error.user} if isinstance(error, OtherUserError) and error.user else {}


def _here(scope: Scope) -> str:
    """The address asked for, where asking again is harmless, else the start page."""
    if scope["method"] not in ("GET", "HEAD"):
        return "/"
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope.get("raw_path", b"/").decode("latin-1")
    return f"{path}?{query}" if query else path
