"""What every route of the API has in common: it reads JSON proper, answers errors as `answers` does, and
declares in the OpenAPI schema what it can answer.

Whatever the route, the door may answer ALWAYS, and CHANGING where it changes something; 422 belongs to routes
with parameters or a body; the rest each route names by the kinds of error that its desk method raises:

    @router.get("/alerts/{alert_id}", responses=raises(NotFoundError))

`tests/web/test_api.py` holds that to what the desk's docstrings say, for every route there is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import compile_path

from monitor.errors import MonitorError, UserError
from monitor.messages import Message
from monitor.web import answers, fields

ALWAYS = (400, 401, 413, 421, 503)
CHANGING = (403,)
ONE_OF = "x-one-of"
_SAFE = {"GET", "HEAD", "OPTIONS"}

Responses = dict[int | str, dict[str, Any]]


def raises(*kinds: type[MonitorError]) -> Responses:
    """`responses` of a route whose desk method raises these kinds of error."""
    return answers.declared(answers.STATUSES[kind] for kind in kinds)


class Answering(APIRoute):
    """A route of the API."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        responses: Responses | None = None,
        methods: set[str] | list[str] | None = None,
        **options: Any,
    ) -> None:
        changes = set(methods or ["GET"]) - _SAFE
        everywhere = answers.declared([*ALWAYS, *(CHANGING if changes else ()), 422])
        known = {**everywhere, **(responses or {})}
        super().__init__(path, endpoint, responses=known, methods=methods, **options)
        if not self.body_field and not _takes(self.dependant):
            self.responses.pop(422)
            self.response_fields.pop(422)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            try:
                _read(await request.body())
                return await handle(request)
            except (HTTPException, RequestValidationError):
                raise
            except ClientDisconnect:  # nobody is there to be answered, or the guard answered already
                return Response(status_code=400)
            except Exception as error:
                return answers.failure(request.scope, error)

        return strict


def answer_errors(api: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Let `api` say in its own words, and the reader's language, what it finds wrong with a request."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message, headers = error.detail, dict(error.headers or {})
        if error.status_code == 404:
            message = Message("web.unknown")
        elif error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request, routes))
            message = Message("web.method", method=request.method, allowed=headers["Allow"])
        return answers.refusal(request.scope, error.status_code, message, headers)

    async def unusable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answers.refusal(request.scope, 422, fields.problems(error.errors()))

    api.add_exception_handler(HTTPException, refused)
    api.add_exception_handler(RequestValidationError, unusable)


def name_choices(api: FastAPI, choices: Mapping[str, Sequence[str]]) -> None:
    """Let the schema list what a value may be where only the installation knows it: a field marked with
    ONE_OF is one of the `choices` of that name. The desk holds requests to it."""
    written = api.openapi

    def named() -> dict[str, Any]:
        schema = written()
        _choose(schema, choices)
        return schema

    api.openapi = named  # type: ignore[method-assign]


def _choose(part: Any, choices: Mapping[str, Sequence[str]]) -> None:
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _choose(inner, choices)
    if isinstance(part, dict) and isinstance(part.get(ONE_OF), str):
        part["enum"] = list(choices[part.pop(ONE_OF)])


def _takes(dependant: Dependant) -> bool:
    """Whether a route takes any parameter, itself or where one of its own is worked out of others."""
    own = (dependant.path_params, dependant.query_params, dependant.header_params)
    return any(own) or any(_takes(one) for one in dependant.dependencies)


def _allowed(request: Request, routes: Sequence[APIRoute]) -> list[str]:
    """The methods of all routes at this address: Starlette names those of the first alone."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    found = {
        method
        for route in routes
        if compile_path(route.path)[0].match(path)
        for method in route.methods or ()
    }
    return sorted(found) or ["GET"]


def _read(body: bytes) -> None:
    """Raise UserError unless `body` is empty or JSON proper: no NaN, no Infinity, no endless nesting."""
    if not body:
        return
    try:
        json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise UserError(Message("web.not_json")) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
