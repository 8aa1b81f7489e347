"""/overview, /articles, /comments, /trends, /topics: what is published, and comments on it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from monitor.desk.news import MAX_HOURS, MAX_STEPS, MIN_STEP_MINUTES
from monitor.desk.views import ArticleDetail, ArticleView, Overview
from monitor.errors import ConflictError, NotFoundError
from monitor.records import Explanation, Scope, Topic, Window
from monitor.store.comments import Comment
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Saying
from monitor.web.api.parameters import MAX_ID, Hours, Id, Target, Words
from monitor.web.moments import Moment
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


@router.get("/overview", tags=["news"])
def overview(desk: AtDesk, hours: Hours = 24, sample: bool | None = None) -> Overview:
    """What the dashboard's first page shows."""
    return desk.overview(hours, sample)


@router.get("/articles", tags=["news"])
def articles(
    desk: AtDesk,
    response: Response,
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
    """Articles, newest first; the next page is `before_id` = the last id. The header Texts-Kept-Since says
    from when on words are found, where texts of the time that is asked about were removed."""
    kept_since = desk.texts_kept_since(since) if text.strip() else None
    if kept_since is not None:
        response.headers["Texts-Kept-Since"] = kept_since.isoformat()
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


@router.get("/trends", tags=["news"])
def trends(
    desk: AtDesk,
    kind: Literal["all", "topic", "company", "both"] = "all",
    name: Words = "",
    hours: Hours = 24,
    step_minutes: Annotated[int, Query(ge=MIN_STEP_MINUTES, le=60 * MAX_HOURS)] = 60,
    sample: bool | None = None,
) -> list[Window]:
    """Stories and negative stories per step, of everything, one topic, one company, or one topic of a company
    (TOPIC:COMPANY). A step is as much longer than asked for as makes it 2000 steps at most."""
    step_minutes = max(step_minutes, -(-hours * 60 // MAX_STEPS))
    return desk.trend(Scope(kind, name), hours, step_minutes, sample)


@router.get("/topics", tags=["news"])
def topics(desk: AtDesk) -> list[Topic]:
    """The taxonomy."""
    return desk.topics()


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
