"""/labels, /feedback, corrections and stories: what is said of texts beside the queue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from monitor.errors import AccessError, ConflictError, NotFoundError
from monitor.records import Feedback, Label
from monitor.store.imports import Brought
from monitor.web.api.asking import AtDesk, AtOwnDesk
from monitor.web.api.bodies import Correction, Report, Rows, StoryLabel
from monitor.web.api.parameters import MAX_ID, Id, Key
from monitor.web.routes import Answering, raises

router = APIRouter(route_class=Answering)


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


@router.post("/stories/{story_id}/label", tags=["queue"], responses=raises(NotFoundError, ConflictError))
def label_story(story_id: Id, body: StoryLabel, desk: AtOwnDesk) -> dict[str, int]:
    """Give every text of a story the same label, but those of one's own; it closes no audit and is never
    gold. `labelled`: how many texts were (analyst)."""
    return {"labelled": desk.label_story(story_id, body.sentiment, body.topics, body.note)}


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
