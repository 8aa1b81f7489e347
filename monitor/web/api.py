"""The HTTP API: FastAPI routes over the desk, mounted under /api.

Who is asking comes from the guard (session cookie or `Authorization: Bearer TOKEN`). Errors are
``{"detail": "what, where, what to do"}``, in the reader's language: 400 for a mistake in the request, 401
without a user, 403 for the role, 404, 409, 413 and 421 for what the server does not take, 422 for a body or
parameter of the wrong shape, 503 with Retry-After while the store is busy, full or away. `routes` says how
each route comes to declare its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Security
from fastapi import Path as InPath
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.staticfiles import StaticFiles

from monitor import __version__
from monitor.desk import Circumstances, Desk, auth
from monitor.desk.adjudication import Decided, Dispute
from monitor.desk.analysts import Analyst, TeamAgreement
from monitor.desk.corrections import MOST_NOTE
from monitor.desk.figures import Asking
from monitor.desk.guidelines import MOST_EXAMPLES, MOST_TEXT
from monitor.desk.labels import MOST_ROWS
from monitor.desk.measured import MeasuredView
from monitor.desk.news import MAX_HOURS, MAX_STEPS, MIN_STEP_MINUTES
from monitor.desk.users import MAX_TOKEN_DAYS, MAX_TOKEN_NAME, TOKEN_NAME
from monitor.desk.views import (
    AlertDetail,
    ArticleDetail,
    ArticleView,
    AuditState,
    AuditView,
    Me,
    Overview,
    SourceView,
    TaskView,
    TokenView,
)
from monitor.errors import (
    AccessError,
    AttemptsError,
    ConflictError,
    DamagedModelError,
    NotFoundError,
    OtherUserError,
    TakenError,
    UserError,
)
from monitor.evaluation import figures as drawn
from monitor.evaluation.agreement import Pair
from monitor.extensions.troubles import Trouble
from monitor.messages import Message
from monitor.records import (
    Alert,
    AlertState,
    Company,
    Delivery,
    DeliveryState,
    Explanation,
    Feedback,
    Label,
    ModelEvent,
    ModelVersion,
    PollResult,
    Scope,
    Topic,
    Training,
    Window,
    Wrong,
)
from monitor.registry import PluginStatus
from monitor.store.comments import Comment
from monitor.store.doubts import Doubt
from monitor.store.guidelines import Guideline, LabelExample
from monitor.store.imports import Brought
from monitor.store.readings import Given
from monitor.store.users import Skills
from monitor.web import guard
from monitor.web.moments import Moment
from monitor.web.routes import ONE_OF, Answering, answer_errors, name_choices, raises

if TYPE_CHECKING:
    from monitor.app import Monitor

MAX_ID = 2**53 - 1  # what every reader of JSON holds exactly (RFC 8259, 6)
TARGET = "^(sentiment(:(negative|neutral|positive))?|topics:.+|company:.+)$"

Id = Annotated[int, InPath(ge=1, le=MAX_ID)]
Name = Annotated[str, InPath(max_length=200)]
Words = Annotated[str, StringConstraints(max_length=500)]
Hours = Annotated[int, Query(ge=1, le=MAX_HOURS)]
TopicName = Annotated[Words, Field(json_schema_extra={ONE_OF: "topics"})]
Target = Annotated[Words, Query(json_schema_extra={"pattern": TARGET})]
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


class Decision(Body):
    """What a text really says of which analysts said different things, and why."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class StoryLabel(Body):
    """What every text of a story says, and why."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Example(Body):
    """A text that shows what a label means: a sentiment or a topic's name."""

    label: Words
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    why: Annotated[str, StringConstraints(max_length=2000)] = ""


class Guidance(Body):
    """The guidelines, in Markdown, and their examples."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=MOST_TEXT)]
    examples: Annotated[list[Example], Field(max_length=MOST_EXAMPLES)] = []


class Saying(Body):
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class DoubtDecision(Body):
    """What becomes of an analyst's labels that wait: they count again (`keep`), or are taken back."""

    keep: bool
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class SkillSet(Body):
    """What a user is asked about: texts in these languages alone (none: in all), those of these topics
    first."""

    languages: Annotated[
        list[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]], Field(max_length=50)
    ] = []
    topics: Annotated[list[TopicName], Field(max_length=50)] = []


class Rows(Body):
    """Labels as `monitor labels export` writes them, one object a row: `text` (or `source` and
    `identity_key`), `label`, `topics`, `towards`, `user`, ... `user` beside them gave those that do not say
    whose they are."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS)]
    user: Annotated[str, StringConstraints(max_length=200)] = ""


class Skip(View):
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class Answer(View):
    """An analyst's answer; without `topics` they are not judged. `companies` holds the sentiment towards
    each company that is judged by itself, by id."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}


class Correction(Body):
    """What an article really says, and why the judgement is wrong."""

    sentiment: Sentiment
    topics: Annotated[list[TopicName], Field(max_length=50)] | None = None
    companies: Annotated[dict[Words, Sentiment], Field(max_length=100)] = {}
    note: Annotated[str, StringConstraints(max_length=MOST_NOTE)] = ""


class Report(Body):
    """What is wrong with an article, where what is right is not said."""

    kind: Wrong
    note: Annotated[str, StringConstraints(max_length=MOST_NOTE)] = ""


class Tasks(Body):
    """Tasks by id."""

    tasks: Annotated[list[TaskId], Field(max_length=100)]


class Undo(Body):
    """Which answer to take back, by the key it was given under; the last one where `of` is empty."""

    of: Annotated[str, StringConstraints(max_length=100, pattern=r"^[!-~]*$")] = ""


class TokenRequest(Body):
    name: Annotated[str, Field(max_length=MAX_TOKEN_NAME, json_schema_extra={"pattern": TOKEN_NAME})]
    days: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MAX_TOKEN_DAYS})] = 90


class PasswordChange(Body):
    old: Annotated[str, StringConstraints(max_length=2000)]
    new: Annotated[str, StringConstraints(max_length=2000)]


class Ended(BaseModel):
    """How many sessions and API tokens were ended."""

    ended: int


class Token(BaseModel):
    """A new API token; it is shown this once."""

    token: str


def desk_of(request: Request) -> Desk:
    """The asking user's desk."""
    user = request.scope.get("user")
    if user is None:
        raise HTTPException(401, Message("web.log_in"))
    address = request.client.host if request.client else ""
    return Desk(request.app.state.monitor, user, address=address, key=guard.key_of(request.scope))


AtDesk = Annotated[Desk, Depends(desk_of)]


def own_desk(
    desk: AtDesk,
    as_user: Annotated[
        str,
        Header(
            alias="As-User",
            max_length=1000,
            description="The user that the sender takes itself for, percent-encoded; nothing is done, and "
            "403 answered with who is, where another one is logged in by now.",
        ),
    ] = "",
) -> Desk:
    """The asking user's desk, unless the sender means another user: a page may outlive a log-in."""
    if as_user and unquote(as_user) != desk.user.name:
        raise OtherUserError(Message("queue.other_user", user=unquote(as_user)), user=desk.user.name)
    return desk


AtOwnDesk = Annotated[Desk, Depends(own_desk)]
TAKEN = raises(NotFoundError, TakenError)

router = APIRouter(
    route_class=Answering,
    dependencies=[
        Security(HTTPBearer(auto_error=False, scheme_name="token")),
        Security(APIKeyCookie(name=auth.SESSION_COOKIE, auto_error=False, scheme_name="session")),
    ],
)


@router.get("/me", tags=["users"])
def me(desk: AtDesk) -> Me:
    """Who is asking."""
    return Me(desk.user.name, str(desk.user.role))


@router.post("/tokens", tags=["users"], status_code=201)
def create_token(body: TokenRequest, desk: AtDesk) -> Token:
    """Make an API token of one's own, for `Authorization: Bearer`."""
    return Token(token=desk.create_token(body.name, body.days))


@router.get("/tokens", tags=["users"], responses=raises(AccessError, NotFoundError))
def tokens(desk: AtDesk, user: Words = "") -> list[TokenView]:
    """One's own sessions and API tokens, or those of `user` (administrator)."""
    return desk.tokens(user)


@router.delete("/tokens/{token_id}", tags=["users"], status_code=204, responses=raises(NotFoundError))
def revoke_token(token_id: Name, desk: AtDesk, user: Words = "") -> None:
    """End a session or an API token of one's own, or of `user` (administrator)."""
    desk.revoke_token(token_id, user)


@router.delete("/tokens", tags=["users"])
def revoke_others(desk: AtDesk) -> Ended:
    """End every session and API token of one's own but the one that asks."""
    return Ended(ended=desk.revoke_others())


@router.put("/me/password", tags=["users"], status_code=204, responses=raises(AttemptsError))
def change_password(body: PasswordChange, desk: AtDesk) -> None:
    """Change one's own password; every other session and token ends. 403 where the old one is wrong."""
    desk.change_password(body.old, body.new)


@router.get("/audit", tags=["audit"], responses=raises(AccessError))
def audit(
    desk: AtDesk,
    user: Words = "",
    action: Words = "",
    address: Words = "",
    text: Words = "",
    since: Moment | None = None,
    until: Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[AuditView]:
    """Who did what, newest first (administrator); the next page is `before_id` = the last id. `action` is
    one (session.open) or a kind (session)."""
    return desk.audit(
        user=user,
        action=action,
        address=address,
        text=text,
        since=since,
        until=until,
        limit=limit,
        before_id=before_id,
    )


@router.get("/audit/state", tags=["audit"], responses=raises(AccessError))
def audit_state(desk: AtDesk) -> AuditState:
    """Whether the audit's chain is whole (administrator)."""
    return desk.audit_state()


@router.get("/overview", tags=["news"])
def overview(desk: AtDesk, hours: Hours = 24, sample: bool | None = None) -> Overview:
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
    since: Moment | None = None,
    until: Moment | None = None,
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


@router.get("/articles/{article_id}", tags=["news"], responses=raises(NotFoundError))
def article(article_id: Id, desk: AtDesk) -> ArticleDetail:
    """One article, its prediction, its companies and the rest of its story."""
    return desk.article(article_id)


@router.get(
    "/articles/{article_id}/explanation", tags=["news"], responses=raises(NotFoundError, ConflictError)
)
def explanation(article_id: Id, desk: AtDesk, target: Target = "sentiment") -> Explanation:
    """What each word adds to a judgement: of the `target` sentiment, sentiment:CLASS, topics:NAME or
    company:NAME (a name in the text; 404 where it is not there)."""
    return desk.explanation(article_id, target)


@router.post(
    "/articles/{article_id}/correction",
    tags=["queue"],
    responses=raises(NotFoundError, ConflictError),
)
def correct(article_id: Id, body: Correction, desk: AtOwnDesk, key: Key = "") -> Label:
    """Say what an article really says: a label that counts from now on (analyst)."""
    return desk.correct(article_id, body.sentiment, body.topics, body.companies, body.note, key)


@router.post(
    "/articles/{article_id}/feedback", tags=["queue"], responses=raises(NotFoundError, ConflictError)
)
def report(article_id: Id, body: Report, desk: AtOwnDesk) -> Feedback:
    """Say what is wrong with an article; a wrong sentiment or topic is asked about in the queue, the rest is
    kept for who looks after companies, sources and stories (analyst)."""
    return desk.report(article_id, body.kind, body.note)


@router.get("/feedback", tags=["queue"], responses=raises(AccessError))
def feedback(
    desk: AtDesk,
    everything: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[Feedback]:
    """What is to be seen to, newest first; `everything`: what was seen to as well (analyst)."""
    return desk.feedback(everything=everything, limit=limit, before_id=before_id)


@router.post("/feedback/{feedback_id}/close", tags=["queue"], responses=raises(NotFoundError))
def close_feedback(feedback_id: Id, desk: AtOwnDesk) -> Feedback:
    """Somebody has seen to it (analyst)."""
    return desk.close_feedback(feedback_id)


@router.get("/trends", tags=["news"])
def trends(
    desk: AtDesk,
    kind: Literal["all", "topic", "company"] = "all",
    name: Words = "",
    hours: Hours = 24,
    step_minutes: Annotated[int, Query(ge=MIN_STEP_MINUTES, le=60 * MAX_HOURS)] = 60,
    sample: bool | None = None,
) -> list[Window]:
    """Stories and negative stories per step, of everything, one topic or one company. A step is as much
    longer than asked for as makes it 2000 steps at most."""
    step_minutes = max(step_minutes, -(-hours * 60 // MAX_STEPS))
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


@router.get("/deliveries", tags=["alerts"])
def deliveries(
    desk: AtDesk,
    state: Annotated[list[DeliveryState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Delivery]:
    """Messages in the outbox, newest first."""
    return desk.deliveries(tuple(state or ()), limit)


@router.post(
    "/deliveries/{delivery_id}/retry", tags=["alerts"], status_code=204, responses=raises(NotFoundError)
)
def retry(delivery_id: Name, desk: AtDesk) -> None:
    """Send a dead message again, under the same id (analyst)."""
    desk.retry(delivery_id)


@router.get("/queue", tags=["queue"])
def queue(desk: AtDesk) -> dict[str, Any]:
    """Counts of tasks, by state and by lane with the probability they were drawn with; of labels; and of the
    audits, which measure the model."""
    return dict(desk.queue_stats())


@router.get("/tasks", tags=["queue"], responses=raises(AccessError))
def tasks(
    desk: AtOwnDesk, n: Annotated[int, Query(ge=1, le=100)] = 10, blind: bool = False
) -> list[TaskView]:
    """The next tasks, claimed for the asking user for a quarter of an hour; asked again, the same ones,
    for longer. `blind`: without the model's opinion, which the user is then shown nowhere (analyst)."""
    return desk.tasks(n, blind=blind)


@router.post("/tasks/hold", tags=["queue"], responses=raises(AccessError))
def hold(body: Tasks, desk: AtOwnDesk) -> list[int]:
    """Keep claimed tasks for longer, a quarter of an hour from now; those that are still one's own
    (analyst)."""
    return desk.hold(body.tasks)


@router.post("/tasks/release", tags=["queue"], status_code=204)
def release(body: Tasks, desk: AtOwnDesk) -> None:
    """Give claimed tasks back, for others to take (analyst)."""
    desk.release(body.tasks)


@router.post("/tasks/{task_id}/label", tags=["queue"], responses=TAKEN)
def label(task_id: Id, body: Answer, desk: AtOwnDesk, key: Key = "") -> Label:
    """Answer a task (analyst); 409 where somebody else was first: `became` says who, and what they said."""
    how = Circumstances(body.suggested, body.seconds, key)
    return desk.label(task_id, body.sentiment, body.topics, body.companies, how, article=body.article)


@router.post("/tasks/{task_id}/skip", tags=["queue"], status_code=204, responses=TAKEN)
def skip(task_id: Id, desk: AtOwnDesk, body: Skip | None = None, key: Key = "") -> None:
    """Leave a task unanswered, with a `note` why (analyst); 409 as for a label."""
    view = body or Skip()
    how = Circumstances(view.suggested, view.seconds, key, view.note)
    desk.skip(task_id, how, article=view.article)


@router.post("/tasks/undo", tags=["queue"], responses=raises(NotFoundError))
def undo(desk: AtOwnDesk, body: Undo | None = None, key: Key = "") -> TaskView | None:
    """Take one's own last answer or skip back, or the one that `of` names: the reopened task, or null
    (analyst)."""
    return desk.undo(key, body.of if body else "")


@router.get("/history", tags=["queue"], responses=raises(AccessError))
def history(
    desk: AtOwnDesk,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[Given]:
    """One's own answers, taken back or not, newest first, each with the model versions that learnt from it
    (analyst)."""
    return desk.history(limit, before_id)


@router.post("/history/{answer_id}/undo", tags=["queue"], status_code=204, responses=raises(NotFoundError))
def take_back(answer_id: Id, desk: AtOwnDesk) -> None:
    """Take one of one's own answers back, however long ago it was given (analyst)."""
    desk.take_back(answer_id)


@router.get("/disputes", tags=["queue"], responses=raises(AccessError))
def disputes(desk: AtDesk, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Dispute]:
    """The texts of which analysts said different things, undecided, without who said it (analyst)."""
    return desk.disputes(limit)


@router.post("/texts/{text_id}/decision", tags=["queue"], responses=raises(NotFoundError, ConflictError))
def decide(text_id: Id, body: Decision, desk: AtOwnDesk, key: Key = "") -> Decided:
    """Say what a disputed text really says: its gold label; the answer tells who had said what (an analyst
    who did not read it)."""
    return desk.decide(text_id, body.sentiment, body.topics, body.companies, body.note, key)


@router.post("/stories/{story_id}/label", tags=["queue"], responses=raises(NotFoundError, ConflictError))
def label_story(story_id: Id, body: StoryLabel, desk: AtOwnDesk) -> dict[str, int]:
    """Give every text of a story the same label, but those of one's own; it closes no audit and is never
    gold. `labelled`: how many texts were (analyst)."""
    return {"labelled": desk.label_story(story_id, body.sentiment, body.topics, body.note)}


@router.get("/guidelines", tags=["queue"], responses=raises(NotFoundError))
def guideline(desk: AtDesk, version: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Guideline:
    """How texts are labelled; without a `version` the one in force."""
    return desk.guideline(version)


@router.get("/guidelines/versions", tags=["queue"])
def guideline_versions(desk: AtDesk) -> list[Guideline]:
    """Every version there was, newest first, without examples."""
    return desk.guidelines()


@router.post("/guidelines", tags=["queue"], responses=raises(AccessError))
def write_guideline(body: Guidance, desk: AtOwnDesk) -> Guideline:
    """A new version of the guidelines, in force from now on (administrator)."""
    examples = [LabelExample(one.label, one.text, one.why) for one in body.examples]
    return desk.write_guideline(body.text, examples)


@router.get("/articles/{article_id}/comments", tags=["news"], responses=raises(NotFoundError))
def comments(article_id: Id, desk: AtDesk) -> list[Comment]:
    """What people said about an article; nothing while one judges it blind."""
    return desk.comments(article_id)


@router.post("/articles/{article_id}/comments", tags=["news"], responses=raises(NotFoundError))
def comment(article_id: Id, body: Saying, desk: AtOwnDesk) -> Comment:
    """Say something about an article (analyst)."""
    return desk.comment(article_id, body.text)


@router.delete("/comments/{comment_id}", tags=["news"], status_code=204, responses=raises(NotFoundError))
def remove_comment(comment_id: Id, desk: AtOwnDesk) -> None:
    """Take one's own comment back (analyst); another's takes an administrator."""
    desk.remove_comment(comment_id)


@router.get("/agreement", tags=["queue"])
def agreement(desk: AtDesk) -> TeamAgreement:
    """How far analysts agree: Krippendorff's alpha with its interval, on audits and on all that several
    read."""
    return desk.agreement()


@router.get("/analysts", tags=["users"], responses=raises(AccessError))
def analysts(desk: AtDesk) -> list[Analyst]:
    """Every analyst: how good their answers are, and whether the model's opinion in view changes them
    (administrator)."""
    return desk.analysts()


@router.get("/analysts/pairs", tags=["users"], responses=raises(AccessError))
def agreeing_pairs(desk: AtDesk) -> list[Pair]:
    """How far every two analysts agree about what both read (administrator)."""
    return desk.agreeing_pairs()


@router.get("/analysts/doubts", tags=["users"], responses=raises(AccessError))
def doubts(desk: AtDesk) -> list[Doubt]:
    """Every doubt about an analyst that there was, the newest first (administrator)."""
    return desk.doubts()


@router.post("/analysts/{name}/decision", tags=["users"], responses=raises(NotFoundError, ConflictError))
def decide_doubt(name: Name, body: DoubtDecision, desk: AtOwnDesk) -> Doubt:
    """Keep the labels of an analyst that wait, or take them back, and why (administrator)."""
    return desk.decide_doubt(name, body.keep, body.reason)


@router.put("/users/{name}/skills", tags=["users"], responses=raises(NotFoundError))
def set_skills(name: Name, body: SkillSet, desk: AtOwnDesk) -> Skills:
    """What a user is asked about from now on (administrator)."""
    return desk.set_skills(name, body.languages, body.topics)


@router.get("/labels", tags=["queue"], responses=raises(AccessError))
def labels(
    desk: AtDesk,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before_id: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> list[dict[str, Any]]:
    """The standing labels of every analyst with their texts, newest first; the next page is `before_id` the
    last `label_id` (administrator)."""
    return desk.labels(limit, before_id)


@router.post("/labels", tags=["queue"], responses=raises(AccessError))
def bring_labels(body: Rows, desk: AtOwnDesk) -> Brought:
    """Store labels that were given elsewhere, of articles that are in the store: all of them, or where
    `problems` says of any why it cannot be taken, none (administrator). The same rows again change
    nothing."""
    return desk.bring_labels(body.rows, body.user)


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


@router.get("/models", tags=["models"])
def models(desk: AtDesk) -> list[ModelVersion]:
    """Every model version, newest first."""
    return desk.models()


@router.get("/models/trainings", tags=["models"])
def trainings(desk: AtDesk, limit: Annotated[int, Query(ge=1, le=500)] = 20) -> list[Training]:
    """The latest trainings, newest first, whoever asked for them and wherever they run."""
    return desk.trainings(limit)


@router.post(
    "/models/trainings", tags=["models"], status_code=202, responses=raises(ConflictError, UserError)
)
def train(desk: AtDesk) -> Training:
    """Ask for a training, which begins at once; 409 where one runs or waits (administrator)."""
    return desk.train()


@router.get("/models/trainings/{training_id}", tags=["models"], responses=raises(NotFoundError))
def training(training_id: Name, desk: AtDesk) -> Training:
    """One training: how far it is, or how it ended."""
    return desk.training(training_id)


@router.delete(
    "/models/trainings/{training_id}",
    tags=["models"],
    status_code=202,
    responses=raises(NotFoundError, ConflictError),
)
def cancel(training_id: Name, desk: AtDesk) -> Training:
    """Give a training up, wherever it runs; nothing is left of it but its row (administrator)."""
    return desk.cancel(training_id)


@router.post(
    "/models/trainings/{training_id}/resume",
    tags=["models"],
    status_code=202,
    responses=raises(NotFoundError, ConflictError),
)
def resume(training_id: Name, desk: AtDesk) -> Training:
    """Go on with an interrupted training, from its last checkpoint (administrator)."""
    return desk.resume(training_id)


@router.get("/models/measured", tags=["models"])
def measured(desk: AtDesk) -> list[MeasuredView]:
    """Drift, live accuracy, savings and the hint to stop, as the newest look found them."""
    return desk.measured()


@router.get("/models/curve", tags=["models"])
def learning_curve(desk: AtDesk) -> list[dict[str, Any]]:
    """How good each version is, with 95% intervals, by the number of texts it was taught: on audits drawn
    since it was made, and on the gold of its gate."""
    return drawn.points_to_json(desk.learning_curve())


@router.get("/models/{model_id}/figures", tags=["models"], responses=raises(NotFoundError))
def figures(model_id: Name, desk: AtDesk) -> dict[str, Any]:
    """A version's figures with 95% intervals, confusion and calibration: of the `audits` drawn since it was
    made, and of the `gold` of its gate, beside the version that serves and the one that served then."""
    return drawn.to_json(desk.figures(model_id))


@router.get("/strategy", tags=["models"])
def strategy(desk: AtDesk) -> Asking:
    """What orders the queue, and how the policies that were trained fared against margin."""
    return desk.asking()


@router.get("/models/{model_id}/events", tags=["models"], responses=raises(NotFoundError))
def model_events(model_id: Name, desk: AtDesk) -> list[ModelEvent]:
    """What happened to a version, first first: the gate's verdict, who or what promoted, refused, retired or
    rolled it back, and on which data."""
    return desk.events_of(model_id)


@router.post("/models/rollback", tags=["models"], responses=raises(NotFoundError, DamagedModelError))
def rollback(desk: AtDesk) -> ModelVersion:
    """Serve the champion before this one again (administrator)."""
    return desk.rollback()


@router.post(
    "/models/{model_id}/promote",
    tags=["models"],
    responses=raises(NotFoundError, ConflictError, DamagedModelError),
)
def promote(model_id: Name, desk: AtDesk) -> ModelVersion:
    """Serve this version, past the gate's word (administrator)."""
    return desk.promote(model_id)


@router.get("/models/{model_id}/duel", tags=["models"], responses=raises(NotFoundError))
def duel(model_id: Name, desk: AtDesk) -> dict[str, Any] | None:
    """The latest duel of this version with the one that served, or null."""
    return desk.duel(model_id)


@router.get("/models/{model_id}/shadow", tags=["models"], responses=raises(NotFoundError))
def shadow(model_id: Name, desk: AtDesk) -> dict[str, Any] | None:
    """The latest shadow of this version, in which it judged beside the one that served, or null."""
    return desk.shadow(model_id)


@router.get("/plugins", tags=["models"])
def plugins(desk: AtDesk) -> Sequence[PluginStatus]:
    """Every plugin, with the reason where one is disabled."""
    return desk.plugins()


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
    api.include_router(router)
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

    answer_errors(api, [route for route in router.routes if isinstance(route, APIRoute)])
    return api
