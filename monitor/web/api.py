"""The HTTP API: FastAPI routes over the desk, mounted under /api.

Who is asking comes from the guard (session cookie or `Authorization: Bearer TOKEN`). Errors are
``{"detail": "what, where, what to do"}``: 400 for a mistake in the request, 403 for the role,
404, 409, 422 for a body of the wrong shape, 503 with Retry-After while the store is busy or full.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from monitor import __version__
from monitor.desk import Circumstances, Desk
from monitor.desk.views import (
    AlertDetail,
    ArticleDetail,
    ArticleView,
    Me,
    Overview,
    SourceView,
    TaskView,
    TrainingRun,
)
from monitor.errors import (
    AccessError,
    ConflictError,
    DiskFullError,
    MonitorError,
    NotFoundError,
    StoreBusyError,
    TakenError,
    UserError,
)
from monitor.messages import Message
from monitor.records import (
    Alert,
    AlertState,
    Company,
    Delivery,
    DeliveryState,
    Explanation,
    Label,
    ModelVersion,
    PollResult,
    Scope,
    Topic,
    Window,
)
from monitor.registry import PluginStatus

if TYPE_CHECKING:
    from monitor.app import Monitor

MAX_ID = 2**63 - 1
_RETRY_SECONDS = 5

Id = Annotated[int, InPath(ge=1, le=MAX_ID)]
Name = Annotated[str, InPath(max_length=200)]
Words = Annotated[str, StringConstraints(max_length=500)]
Sentiment = Literal["negative", "neutral", "positive"]
TaskId = Annotated[int, Field(ge=1, le=MAX_ID)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[!-~]*$",
        description="The same key again is the same request again: it is done once, and answered alike.",
    ),
]


class Body(BaseModel):
    """A request's body; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Note(Body):
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class View(Body):
    """How an answer came about: how long the article was in view (seconds), whether the model's opinion
    was, and the article's `identity_key`, so that the answer is to that article and to no other."""

    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    suggested: bool = False
    article: Annotated[str, StringConstraints(max_length=200)] = ""


class Answer(View):
    """An analyst's answer; without `topics` they are not judged. `companies` holds the sentiment towards
    each company that is judged by itself, by id."""

    sentiment: Sentiment
    topics: Annotated[list[Words], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}


class Tasks(Body):
    """Tasks by id."""

    tasks: Annotated[list[TaskId], Field(max_length=100)]


class Undo(Body):
    """Which answer to take back, by the key it was given under; the last one where `of` is empty."""

    of: Annotated[str, StringConstraints(max_length=100, pattern=r"^[!-~]*$")] = ""


class TokenRequest(Body):
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    days: int = 90


class Token(BaseModel):
    """A new API token; it is shown this once."""

    token: str


def desk_of(request: Request) -> Desk:
    """The asking user's desk."""
    user = request.scope.get("user")
    if user is None:
        raise HTTPException(401, "log in at /login, or send Authorization: Bearer TOKEN")
    return Desk(request.app.state.monitor, user)


AtDesk = Annotated[Desk, Depends(desk_of)]


def own_desk(
    desk: AtDesk,
    as_user: Annotated[
        str,
        Header(
            alias="As-User",
            max_length=1000,
            description="The user that the sender takes itself for, percent-encoded; nothing is done, and "
            "412 answered, where another one is logged in by now.",
        ),
    ] = "",
) -> Desk:
    """The asking user's desk, unless the sender means another user: a page may outlive a log-in."""
    if as_user and unquote(as_user) != desk.user.name:
        raise HTTPException(412, Message("queue.other_user", user=unquote(as_user)))
    return desk


AtOwnDesk = Annotated[Desk, Depends(own_desk)]
OTHER_USER: dict[int | str, dict[str, Any]] = {
    412: {"description": "Another user is logged in than the one named in As-User."}
}


class StrictRoute(APIRoute):
    """Reads the body as JSON proper: no NaN, no Infinity, no nesting beyond reason."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            body = await request.body()
            if body:
                try:
                    json.loads(body, parse_constant=_refuse_constant)
                except (ValueError, RecursionError):
                    problem = "the body is not JSON (RFC 8259), or nested too deeply"
                    raise HTTPException(400, problem) from None
            return await handle(request)

        return strict


router = APIRouter(route_class=StrictRoute)


@router.get("/me", tags=["users"])
def me(desk: AtDesk) -> Me:
    """Who is asking."""
    return Me(desk.user.name, str(desk.user.role))


@router.post("/tokens", tags=["users"], status_code=201)
def create_token(body: TokenRequest, desk: AtDesk) -> Token:
    """Make an API token of one's own, for `Authorization: Bearer`."""
    return Token(token=desk.create_token(body.name, body.days))


@router.get("/overview", tags=["news"])
def overview(desk: AtDesk, hours: int = 24, sample: bool | None = None) -> Overview:
    """What the dashboard's first page shows."""
    return desk.overview(hours, sample)


@router.get("/articles", tags=["news"])
def articles(
    desk: AtDesk,
    text: Words = "",
    source: Words = "",
    topic: Words = "",
    company: Words = "",
    sentiment: Literal["", "negative", "neutral", "positive"] = "",
    story_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    sample: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[ArticleView]:
    """Articles, newest first; the next page is `before_id` = the last id."""
    return desk.articles(
        text=text,
        source=source,
        topic=topic,
        company=company,
        sentiment=sentiment,
        story_id=story_id,
        since=since,
        until=until,
        sample=sample,
        limit=limit,
        before_id=before_id,
    )


@router.get("/articles/{article_id}", tags=["news"])
def article(article_id: Id, desk: AtDesk) -> ArticleDetail:
    """One article, its prediction, its companies and the rest of its story."""
    return desk.article(article_id)


@router.get("/articles/{article_id}/explanation", tags=["news"])
def explanation(article_id: Id, desk: AtDesk, target: Words = "sentiment") -> Explanation:
    """What each word adds to a judgement: of the `target` sentiment, sentiment:CLASS, topics:NAME or
    company:NAME (a name in the text)."""
    return desk.explanation(article_id, target)


@router.get("/trends", tags=["news"])
def trends(
    desk: AtDesk,
    kind: Literal["all", "topic", "company"] = "all",
    name: Words = "",
    hours: int = 24,
    step_minutes: int = 60,
    sample: bool = False,
) -> list[Window]:
    """Stories and negative stories per step, of everything, one topic or one company."""
    return desk.trend(Scope(kind, name), hours, step_minutes, sample)


@router.get("/topics", tags=["news"])
def topics(desk: AtDesk) -> list[Topic]:
    """The taxonomy."""
    return desk.topics()


@router.get("/companies", tags=["news"])
def companies(desk: AtDesk) -> list[Company]:
    """The watch list."""
    return desk.companies()


@router.get("/alerts", tags=["alerts"])
def alerts(
    desk: AtDesk,
    state: Annotated[list[AlertState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Alert]:
    """Alerts in the given states, newest first; in every state where none is given."""
    return desk.alerts(tuple(state or ()), limit)


@router.get("/alerts/{alert_id}", tags=["alerts"])
def alert(alert_id: Name, desk: AtDesk) -> AlertDetail:
    """One alert with its evidence, history, and messages sent."""
    return desk.alert(alert_id)


@router.post("/alerts/{alert_id}/acknowledge", tags=["alerts"])
def acknowledge(alert_id: Name, desk: AtDesk, body: Note | None = None) -> Alert:
    """Say that somebody is on it (analyst)."""
    return desk.acknowledge(alert_id, body.note if body else "")


@router.post("/alerts/{alert_id}/resolve", tags=["alerts"])
def resolve(alert_id: Name, desk: AtDesk, body: Note | None = None) -> Alert:
    """Close it (analyst)."""
    return desk.resolve(alert_id, body.note if body else "")


@router.get("/deliveries", tags=["alerts"])
def deliveries(
    desk: AtDesk,
    state: Annotated[list[DeliveryState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Delivery]:
    """Messages in the outbox, newest first."""
    return desk.deliveries(tuple(state or ()), limit)


@router.post("/deliveries/{delivery_id}/retry", tags=["alerts"], status_code=204)
def retry(delivery_id: Name, desk: AtDesk) -> None:
    """Send a dead message again, under the same id (analyst)."""
    desk.retry(delivery_id)


@router.get("/queue", tags=["queue"])
def queue(desk: AtDesk) -> dict[str, Any]:
    """Counts of tasks and labels."""
    return dict(desk.queue_stats())


@router.get("/tasks", tags=["queue"], responses=OTHER_USER)
def tasks(
    desk: AtOwnDesk, n: Annotated[int, Query(ge=1, le=100)] = 10, blind: bool = False
) -> list[TaskView]:
    """The next tasks, claimed for the asking user for a quarter of an hour; asked again, the same ones,
    for longer. `blind`: without the model's opinion, which the user is then shown nowhere (analyst)."""
    return desk.tasks(n, blind=blind)


@router.post("/tasks/release", tags=["queue"], status_code=204, responses=OTHER_USER)
def release(body: Tasks, desk: AtOwnDesk) -> None:
    """Give claimed tasks back, for others to take (analyst)."""
    desk.release(body.tasks)


@router.post("/tasks/{task_id}/label", tags=["queue"], responses=OTHER_USER)
def label(task_id: Id, body: Answer, desk: AtOwnDesk, key: Key = "") -> Label:
    """Answer a task (analyst); 409 where somebody else was first: `became` says who, and what they said."""
    how = Circumstances(body.suggested, body.seconds, key)
    return desk.label(task_id, body.sentiment, body.topics, body.companies, how, article=body.article)


@router.post("/tasks/{task_id}/skip", tags=["queue"], status_code=204, responses=OTHER_USER)
def skip(task_id: Id, desk: AtOwnDesk, body: View | None = None, key: Key = "") -> None:
    """Leave a task unanswered (analyst); 409 as for a label."""
    view = body or View()
    desk.skip(task_id, Circumstances(view.suggested, view.seconds, key), article=view.article)


@router.post("/tasks/undo", tags=["queue"], responses=OTHER_USER)
def undo(desk: AtOwnDesk, body: Undo | None = None, key: Key = "") -> TaskView | None:
    """Take one's own last answer or skip back, or the one that `of` names: the reopened task, or null
    (analyst)."""
    return desk.undo(key, body.of if body else "")


@router.get("/sources", tags=["sources"])
def sources(desk: AtDesk) -> list[SourceView]:
    """Every source with its health."""
    return desk.sources()


@router.post("/sources/{name}/poll", tags=["sources"])
def poll(name: Name, desk: AtDesk) -> PollResult:
    """Fetch one source now, and wait for it (analyst)."""
    return desk.poll(name)


@router.get("/models", tags=["models"])
def models(desk: AtDesk) -> list[ModelVersion]:
    """Every model version, newest first."""
    return desk.models()


@router.post("/models/train", tags=["models"], status_code=202)
def train(desk: AtDesk) -> TrainingRun:
    """Start a training in the background (administrator)."""
    return desk.train()


@router.get("/models/training", tags=["models"])
def training(desk: AtDesk) -> TrainingRun | None:
    """The latest training, or null."""
    return desk.training()


@router.post("/models/rollback", tags=["models"])
def rollback(desk: AtDesk) -> ModelVersion:
    """Serve the champion before this one again (administrator)."""
    return desk.rollback()


@router.post("/models/{model_id}/promote", tags=["models"])
def promote(model_id: Name, desk: AtDesk) -> ModelVersion:
    """Serve this version, past the gate's word (administrator)."""
    return desk.promote(model_id)


@router.get("/plugins", tags=["models"])
def plugins(desk: AtDesk) -> Sequence[PluginStatus]:
    """Every plugin, with the reason where one is disabled."""
    return desk.plugins()


def create_api(monitor: Monitor) -> FastAPI:
    """The API of `monitor`, to be mounted behind the guard. Its pages load nothing from elsewhere."""
    api = FastAPI(
        title="Financial opinion monitor",
        version=__version__,
        description=__doc__ or "",
        docs_url=None,
        redoc_url=None,
    )
    api.state.monitor = monitor
    api.include_router(router)
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

    api.add_exception_handler(MonitorError, _explain)
    api.add_exception_handler(RequestValidationError, _name_fields)
    return api


async def _explain(request: Request, error: Exception) -> Response:
    for kind, status in (
        (AccessError, 403),
        (NotFoundError, 404),
        (ConflictError, 409),
        (UserError, 400),
        (StoreBusyError, 503),
        (DiskFullError, 503),
    ):
        if isinstance(error, kind):
            headers = {"Retry-After": str(_RETRY_SECONDS)} if status == 503 else None
            body: dict[str, Any] = {"detail": str(error)}
            if isinstance(error, TakenError):
                body["became"] = {
                    "user": error.user,
                    "outcome": error.outcome,
                    "sentiment": error.sentiment,
                }
            return JSONResponse(body, status, headers)
    return JSONResponse({"detail": str(error)}, 500)


async def _name_fields(request: Request, error: Exception) -> Response:
    """Which field, and what was expected. What was sent is not echoed: it may not even be JSON."""
    assert isinstance(error, RequestValidationError)
    problems = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
    return JSONResponse({"detail": "; ".join(problems[:10])}, 422)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
